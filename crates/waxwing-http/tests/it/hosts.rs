//! Under which names the site answers.

use crate::site::{ORIGIN, app_named, app_with, ask};
use http::StatusCode;
use waxwing_http::Settings;

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
        assert_eq!(got.header("strict-transport-security"), "max-age=63072000; includeSubDomains", "{path}");
        assert!(policy.contains("frame-ancestors 'none'") && policy.contains("base-uri 'none'"), "{path}");
        assert_eq!(got.header("access-control-allow-origin"), "", "{path}: no other origin reads our answers");
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

#[tokio::test]
async fn a_policy_that_forgets_frames_refuses_them() {
    let got = ask("GET", "/bare-policy").get().await;
    assert_eq!(got.header("content-security-policy"), "default-src 'none'; frame-ancestors 'none'");
    let framed = ask("GET", "/picture").session("owner").get().await;
    assert!(framed.header("content-security-policy").ends_with("frame-ancestors 'self'"));
}

#[tokio::test]
async fn names_below_ours_are_left_out_where_the_operator_says_so() {
    let settings = Settings::new(ORIGIN.parse().expect("an origin")).strict_below(false);
    let got = ask("GET", "/who").to(app_with(settings), "").await;
    assert_eq!(got.header("strict-transport-security"), "max-age=63072000");
}

#[tokio::test]
async fn a_browser_that_is_signed_out_forgets_what_it_kept() {
    let page = ask("GET", "/confirm/abc").get().await;
    let visitor = page.cookie("_visitor").expect("a visitor cookie");
    let got = ask("POST", "/sign-out").with("cookie", &visitor).form(&format!("csrf={}", page.seal())).await;
    assert_eq!(got.header("clear-site-data"), "\"cache\"");
    let other = ask("POST", "/sign-in").with("cookie", &visitor).form(&format!("csrf={}", page.seal())).await;
    assert_eq!((other.status, other.header("clear-site-data")), (StatusCode::SEE_OTHER, ""));
}

#[tokio::test]
async fn trace_is_not_answered() {
    for path in ["/", "/who", "/audience", "/api/v1/lists", "/nothing"] {
        let got = ask("TRACE", path).session("owner").get().await;
        assert!(matches!(got.status, StatusCode::METHOD_NOT_ALLOWED | StatusCode::NOT_FOUND), "{path}: {}", got.status);
        assert!(!got.body.contains("__Host-"), "{path} sends the request back");
    }
}
