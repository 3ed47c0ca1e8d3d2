//! Customers' content under a host name of its own.

use crate::site::{Got, HOST_NAME, ORIGIN, app, app_with, ask};
use axum::Router;
use http::StatusCode;
use waxwing_http::Settings;

const PAGES: &str = "pages.example.net";

/// The interface under its name and content under another.
fn apart() -> Router {
    let origin = |text: &str| text.parse().expect("a valid origin");
    app_with(Settings::new(origin(ORIGIN)).with_content(origin("https://pages.example.net")))
}

async fn got(host: &str, path: &str) -> Got {
    ask("GET", path).host(host).session("owner").to(apart(), "").await
}

#[tokio::test]
async fn a_document_is_served_in_its_box() {
    let got = got(PAGES, "/v/abc").await;
    assert_eq!((got.status, got.body.as_str()), (StatusCode::OK, "<p>abc without a cookie</p>"));
    let policy = got.header("content-security-policy");
    assert!(policy.starts_with("sandbox allow-popups") && policy.contains("default-src 'none'"), "{policy}");
    assert_eq!(got.header("referrer-policy"), "no-referrer");
    assert_eq!(got.header("x-content-type-options"), "nosniff");
}

#[tokio::test]
async fn nothing_else_is_there_signed_in_or_not() {
    for path in ["/", "/who", "/confirm/abc", "/api/v1/lists", "/assets/app.css", "/nothing"] {
        let got = got(PAGES, path).await;
        assert_eq!(got.status, StatusCode::NOT_FOUND, "{path}");
        assert!(!got.body.contains("/assets/") && !got.body.contains("Ada"), "{path}: {}", got.body);
    }
    for (method, path) in [("POST", "/sign-in"), ("PUT", "/sign-in"), ("POST", "/v/abc"), ("POST", "/u/abc")] {
        let got = ask(method, path).host(PAGES).session("owner").to(apart(), "").await;
        assert_eq!(got.status, StatusCode::NOT_FOUND, "{method} {path}");
    }
}

#[tokio::test]
async fn no_cookie_comes_in_or_goes_out() {
    let got = got(PAGES, "/v/sets-a-cookie").await;
    assert_eq!((got.status, got.body.as_str()), (StatusCode::OK, "<p>sets-a-cookie without a cookie</p>"));
    assert_eq!(got.header("set-cookie"), "");
}

#[tokio::test]
async fn links_from_before_lead_to_where_content_is_now() {
    let moved = got(HOST_NAME, "/v/abc?x=1").await;
    assert_eq!(moved.status, StatusCode::TEMPORARY_REDIRECT);
    assert_eq!(moved.header("location"), "https://pages.example.net/v/abc?x=1");
    assert_eq!((moved.header("referrer-policy"), moved.header("set-cookie")), ("no-referrer", ""));
    assert!(moved.body.is_empty());
}

#[tokio::test]
async fn the_interface_stays_where_it_was_and_may_show_the_pictures() {
    let home = got(HOST_NAME, "/").await;
    assert_eq!(home.status, StatusCode::OK);
    let policy = home.header("content-security-policy");
    assert!(policy.contains("img-src 'self' https://pages.example.net data:;"), "{policy}");
    assert!(policy.contains("script-src 'self'; style-src 'self';"), "{policy}");
}

#[tokio::test]
async fn other_names_are_refused_as_before() {
    for host in ["evil.example", "pages.example.net:8443", "pages.example.net.evil.example", "127.0.0.1", ""] {
        for path in ["/", "/v/abc"] {
            assert_eq!(got(host, path).await.status, StatusCode::MISDIRECTED_REQUEST, "{host}{path}");
        }
    }
}

#[tokio::test]
async fn without_a_host_of_its_own_content_is_served_beside_the_interface_in_its_box() {
    let got = ask("GET", "/v/abc").session("owner").to(app(), "").await;
    assert_eq!(got.status, StatusCode::OK);
    assert!(got.header("content-security-policy").starts_with("sandbox allow-popups"));
}
