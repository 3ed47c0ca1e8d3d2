//! What a server gets to hear.

use crate::support::{Server, client};
use waxwing_egress::Request;

const OK: &str = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\nx-answer: yes\r\n\r\nok";

#[tokio::test]
async fn a_request_says_what_it_must_and_no_more() {
    let server = Server::answering(OK).await;
    let client = client();
    let target = client.target(&server.url("/in?key=1")).expect("works");
    let request = Request::post(target, "application/json", b"{}".to_vec()).expect("works");
    let response = client.request(request.header("webhook-id", "msg_1").expect("works")).await.expect("works");
    assert_eq!((response.status(), response.body(), response.header("x-answer")), (200, &b"ok"[..], Some("yes")));
    let heard = server.heard().concat();
    let mut lines: Vec<&str> = heard.trim_end().split("\r\n").collect();
    lines.sort_unstable();
    let host = format!("host: {}", server.address);
    let mut expected = vec![
        "POST /in?key=1 HTTP/1.1",
        "accept-encoding: identity",
        "connection: close",
        "content-length: 2",
        "content-type: application/json",
        &host,
        concat!("user-agent: Waxwing/", env!("CARGO_PKG_VERSION")),
        "webhook-id: msg_1",
    ];
    expected.sort_unstable();
    assert_eq!(lines, expected);
}
