//! Under which names the site answers.

use crate::site::{app_named, ask};
use http::StatusCode;

#[tokio::test]
async fn a_foreign_name_pointed_at_us_is_refused() {
    for host in ["evil.example", "news.example.org:8080", "127.0.0.1", ""] {
        let got = ask("GET", "/confirm/abc").host(host).get().await;
        assert_eq!(got.status, StatusCode::MISDIRECTED_REQUEST, "{host}");
        assert!(!got.header("content-security-policy").is_empty());
    }
}

#[tokio::test]
async fn two_host_headers_are_refused() {
    let got = ask("GET", "/confirm/abc").with("host", "evil.example").get().await;
    assert_eq!(got.status, StatusCode::MISDIRECTED_REQUEST);
}

#[tokio::test]
async fn every_answer_has_strict_headers() {
    for path in ["/", "/confirm/abc", "/nothing", "/api/v1/lists", "/assets/nothing"] {
        let got = ask("GET", path).get().await;
        let policy = got.header("content-security-policy");
        assert!(policy.starts_with("default-src 'none'; script-src 'self'; style-src 'self';"), "{path}: {policy}");
        assert!(!policy.contains("unsafe"), "{path}");
        assert_eq!(got.header("x-content-type-options"), "nosniff", "{path}");
        assert_eq!(got.header("cross-origin-opener-policy"), "same-origin", "{path}");
        assert_eq!(got.header("strict-transport-security"), "max-age=63072000", "{path}");
        assert_eq!(got.header("x-request-id").len(), 13, "{path}");
        if !path.starts_with("/assets/") {
            assert_eq!(got.header("cache-control"), "no-store", "{path}");
        }
    }
}

#[tokio::test]
async fn paths_with_tokens_do_not_leak_by_referer() {
    assert_eq!(ask("GET", "/confirm/abc").get().await.header("referrer-policy"), "no-referrer");
    assert_eq!(ask("GET", "/who").get().await.header("referrer-policy"), "same-origin");
}

#[tokio::test]
async fn plain_http_promises_no_https() {
    let got = ask("GET", "/who").host("127.0.0.1:1").to(app_named("http://127.0.0.1:1"), "").await;
    assert_eq!((got.status, got.header("strict-transport-security")), (StatusCode::OK, ""));
}
