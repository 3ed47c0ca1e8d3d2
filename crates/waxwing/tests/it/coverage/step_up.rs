//! What asks for a fresh proof refuses a session without one, on every route that does it.

use super::routes::{HOST, changes, filled, house};
use axum::Router;
use axum::body::{Body, to_bytes};
use http::{Request, StatusCode, header};
use std::collections::BTreeSet;
use tower::ServiceExt as _;
use waxwing_domain::{Action, STEP_UP, needs_proof};
use waxwing_http::{Kind, RouteInfo};

/// Actions of the table that no page does, with the reason. This list may only shrink.
const NO_PAGE: &[(Action, &str)] = &[(Action::KeysRotate, "done on the host's command line, which needs no proof")];

async fn send(router: &Router, method: &str, path: &str, session: &str, body: String) -> (StatusCode, String) {
    let request = Request::builder()
        .method(method)
        .uri(path)
        .header(header::HOST, HOST)
        .header(header::COOKIE, format!("waxwing_session={session}"))
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
    let answer = router.clone().oneshot(request.body(Body::from(body)).expect("a request")).await.expect("answers");
    let (status, body) = (answer.status(), to_bytes(answer.into_body(), 1 << 20).await.expect("a body"));
    (status, String::from_utf8_lossy(&body).into_owned())
}

/// A form of this session, sealed, with one field.
async fn form(router: &Router, session: &str) -> String {
    let (_, page) = send(router, "GET", "/settings", session, String::new()).await;
    let seal = page.split("name=\"csrf\" value=\"").nth(1).and_then(|rest| rest.split('"').next());
    format!("csrf={}&typed=a%20%26%20%22b%22", seal.expect("a sealed form"))
}

fn asked(route: &RouteInfo) -> bool {
    route.kind == Kind::Page && needs_proof(route.action)
}

#[tokio::test(flavor = "multi_thread")]
async fn every_change_that_needs_a_proof_asks_a_stale_session_for_it() {
    let (router, routes, _t) = house().await;
    let (stale, fresh) = (form(&router, "unproven").await, form(&router, "all").await);
    let mut seen = BTreeSet::new();
    for route in routes.iter().filter(|route| asked(route) && changes(route)) {
        let path = filled(&route.path);
        let (status, page) = send(&router, "POST", &path, "unproven", stale.clone()).await;
        assert_eq!(status, StatusCode::FORBIDDEN, "{path}");
        assert!(page.contains("<h1>Is it you?</h1>"), "{path} does not ask: {page}");
        assert!(page.contains("name=\"typed\" value=\"a &#38; &#34;b&#34;\""), "{path} loses what was typed: {page}");
        let (_, page) = send(&router, "POST", &path, "all", fresh.clone()).await;
        assert!(!page.contains("Is it you?"), "{path} asks who proved themselves a moment ago");
        assert!(!route.streams, "{path}: what is uploaded cannot be carried through the question");
        seen.insert(route.action);
    }
    for (action, _) in STEP_UP {
        let none = NO_PAGE.iter().any(|(listed, _)| listed == action);
        assert_eq!(seen.contains(action), !none, "{} on pages", action.name());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn looking_asks_for_no_proof() {
    let (router, routes, _t) = house().await;
    for route in routes.iter().filter(|route| asked(route) && !changes(route)) {
        let (status, _) = send(&router, "GET", &filled(&route.path), "unproven", String::new()).await;
        assert_ne!(status, StatusCode::FORBIDDEN, "{}", route.path);
    }
}
