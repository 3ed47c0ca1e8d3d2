//! Seals on forms, and where requests come from.

use crate::site::{ORIGIN, ask, seal_of};
use http::StatusCode;

#[tokio::test]
async fn a_sealed_form_is_taken_and_repeated_keys_fill_a_list() {
    let seal = seal_of("owner").await;
    let got = ask("POST", "/audience")
        .session("owner")
        .with("origin", ORIGIN)
        .form(&format!("csrf={seal}&name=A&ids=1&ids=2"))
        .await;
    assert_eq!((got.status, got.header("location")), (StatusCode::SEE_OTHER, "/audience"));
    let flash = got.cookie("_flash").expect("a flash");
    let page = ask("GET", "/audience").with("cookie", &format!("__Host-waxwing_session=owner; {flash}")).get().await;
    assert!(page.body.contains("A [1, 2] 0000000000009"), "{}", page.body);
    assert_eq!(page.cookie("_flash").as_deref(), Some("__Host-waxwing_flash="));
}

#[tokio::test]
async fn a_form_without_a_seal_of_this_session_is_refused() {
    let other = seal_of("other").await;
    for body in [
        "name=A".to_owned(),
        format!("csrf={other}&name=A"),
        "csrf=&name=A".into(),
        format!("csrf={}&name=A", "A".repeat(64)),
    ] {
        let got = ask("POST", "/audience").session("owner").form(&body).await;
        assert_eq!(got.status, StatusCode::FORBIDDEN, "{body}");
        assert!(got.body.contains("no longer valid"));
    }
}

#[tokio::test]
async fn a_valid_seal_from_another_site_is_still_refused() {
    let seal = seal_of("owner").await;
    for (name, value) in [
        ("origin", "https://evil.example"),
        ("origin", "http://news.example.org"),
        ("origin", "null"),
        ("sec-fetch-site", "cross-site"),
        ("sec-fetch-site", "same-site"),
    ] {
        let got =
            ask("POST", "/audience").session("owner").with(name, value).form(&format!("csrf={seal}&name=A")).await;
        assert_eq!(got.status, StatusCode::FORBIDDEN, "{name}: {value}");
    }
}

#[tokio::test]
async fn a_page_without_referrer_may_still_post() {
    let page = ask("GET", "/confirm/abc").get().await;
    let visitor = page.cookie("_visitor").expect("a visitor cookie");
    let post = ask("POST", "/confirm/abc")
        .with("cookie", &visitor)
        .with("origin", "null")
        .with("sec-fetch-site", "same-origin");
    let got = post.form(&format!("csrf={}&name=yes", page.seal())).await;
    assert_eq!((got.status, got.body.as_str()), (StatusCode::OK, "yes"));
}

#[tokio::test]
async fn a_visitors_form_is_bound_to_the_visitors_browser() {
    let mine = ask("GET", "/confirm/abc").get().await;
    let theirs = ask("GET", "/confirm/abc").with("cookie", "__Host-waxwing_visitor=another").get().await;
    assert_eq!(theirs.cookie("_visitor"), None);
    for cookie in ["", "__Host-waxwing_visitor=another"] {
        let got =
            ask("POST", "/confirm/abc").with("cookie", cookie).form(&format!("csrf={}&name=x", mine.seal())).await;
        assert_eq!(got.status, StatusCode::FORBIDDEN, "{cookie}");
    }
}

#[tokio::test]
async fn a_page_without_a_form_leaves_no_cookie() {
    for path in ["/who", "/nothing", "/picture"] {
        assert!(!ask("GET", path).get().await.headers.contains_key("set-cookie"), "{path}");
    }
}

#[tokio::test]
async fn islands_send_the_seal_in_a_header() {
    let seal = seal_of("owner").await;
    let got = ask("POST", "/audience").session("owner").with("x-csrf-token", &seal).form("name=A").await;
    assert_eq!(got.status, StatusCode::SEE_OTHER);
    let got = ask("POST", "/audience")
        .session("owner")
        .with("x-csrf-token", "wrong")
        .form(&format!("csrf={seal}&name=A"))
        .await;
    assert_eq!(got.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn an_open_door_needs_no_seal() {
    let got = ask("POST", "/u/abc").with("origin", "https://mail.example").form("name=List-Unsubscribe").await;
    assert_eq!((got.status, got.body.as_str()), (StatusCode::OK, "List-Unsubscribe"));
}

#[tokio::test]
async fn broken_and_oversized_forms_get_an_answer() {
    let seal = seal_of("owner").await;
    // A field that is given twice has no meaning that everybody would read in it.
    for body in [format!("csrf={seal}"), format!("csrf={seal}&name=A&ids=one"), format!("csrf={seal}&name=A&name=B")] {
        let got = ask("POST", "/audience").session("owner").form(&body).await;
        assert_eq!(got.status, StatusCode::BAD_REQUEST, "{body}");
    }
    let got = ask("POST", "/u/abc").form(&format!("name={}", "x".repeat(70_000))).await;
    assert_eq!(got.status, StatusCode::PAYLOAD_TOO_LARGE);
    let got = ask("POST", "/u/abc").with("content-length", "99999999").form("name=x").await;
    assert_eq!(got.status, StatusCode::PAYLOAD_TOO_LARGE);
    let got = ask("POST", "/u/abc").json("{}").await;
    assert_eq!(got.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn signing_in_sets_a_cookie_bound_to_this_host() {
    let page = ask("GET", "/confirm/abc").get().await;
    let visitor = page.cookie("_visitor").expect("a visitor cookie");
    let got = ask("POST", "/sign-in").with("cookie", &visitor).form(&format!("csrf={}", page.seal())).await;
    let lines: Vec<_> = got.headers.get_all("set-cookie").iter().filter_map(|v| v.to_str().ok()).collect();
    assert!(lines.contains(&"__Host-waxwing_session=owner; Path=/; HttpOnly; SameSite=Strict; Secure"), "{lines:?}");
}

#[tokio::test]
async fn whoever_signed_out_while_the_form_arrived_is_asked_to_sign_in() {
    let form = format!("csrf={}&name=A", seal_of("owner").await);
    let got = ask("POST", "/audience").session("leaving").with("origin", ORIGIN).form(&form).await;
    assert!(got.header("location").starts_with("/sign-in"), "{} {}", got.status, got.header("location"));
    assert!(got.cookie("_flash").is_none_or(|flash| !flash.contains('A')), "nothing was saved");
}
