//! Files, streamed.

use crate::site::{Got, ask, seal_of};
use http::StatusCode;

fn part(name: &str, content: &str) -> String {
    format!("--line\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{content}\r\n")
}
fn file(name: &str, content: &str) -> String {
    format!("--line\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{name}\"\r\n\r\n{content}\r\n")
}

async fn send(body: String, header: Option<&str>) -> Got {
    let request = ask("POST", "/import").session("owner").with("content-type", "multipart/form-data; boundary=line");
    let request = match header {
        Some(seal) => request.with("x-csrf-token", seal),
        None => request,
    };
    request.send(format!("{body}--line--\r\n")).await
}

#[tokio::test]
async fn a_sealed_upload_is_streamed_and_its_name_is_no_path() {
    let seal = seal_of("owner").await;
    let got = send(part("csrf", &seal) + &part("list", "news") + &file("../../etc/people.csv", "a,b"), None).await;
    assert_eq!((got.status, got.body.as_str()), (StatusCode::OK, "list/-:4 file/people.csv:3 "));
    let got = send(file("people.csv", "a,b"), Some(&seal)).await;
    assert_eq!((got.status, got.body.as_str()), (StatusCode::OK, "file/people.csv:3 "));
}

#[tokio::test]
async fn an_upload_is_refused_before_its_file_if_the_seal_is_not_first() {
    let (seal, other) = (seal_of("owner").await, seal_of("other").await);
    for body in [
        file("a.csv", "a") + &part("csrf", &seal),
        part("csrf", &other) + &file("a.csv", "a"),
        part("csrf", &"x".repeat(500)),
        file("a.csv", "a"),
        String::new(),
    ] {
        assert_eq!(send(body, None).await.status, StatusCode::FORBIDDEN);
    }
    assert_eq!(send(file("a.csv", "a"), Some(&other)).await.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn an_upload_over_its_limit_or_broken_off_is_refused() {
    let seal = seal_of("owner").await;
    let got = send(part("csrf", &seal) + &file("a.csv", &"x".repeat(200_000)), None).await;
    assert_eq!(got.status, StatusCode::PAYLOAD_TOO_LARGE);
    let cut = ask("POST", "/import").session("owner").with("content-type", "multipart/form-data; boundary=line");
    let got =
        cut.send(part("csrf", &seal) + "--line\r\nContent-Disposition: form-data; name=\"file\"\r\n\r\nhalf").await;
    assert_eq!(got.status, StatusCode::BAD_REQUEST);
    let got = ask("POST", "/import").session("owner").form(&format!("csrf={seal}")).await;
    assert_eq!(got.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn an_island_is_told_where_to_go_rather_than_redirected() {
    let seal = seal_of("owner").await;
    let request = ask("POST", "/audience").session("owner").with("hx-request", "true");
    let got = request.form(&format!("csrf={seal}&name=A")).await;
    assert_eq!((got.status, got.header("hx-redirect"), got.header("location")), (StatusCode::OK, "/audience", ""));
    assert!(got.cookie("_flash").is_some());
}
