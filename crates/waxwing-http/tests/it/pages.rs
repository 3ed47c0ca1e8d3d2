//! Who may see a page, and what they get when something fails.

use crate::site::{ask, routes};
use http::{Method, StatusCode};
use waxwing_domain::Action;
use waxwing_http::{Kind, asset};

#[tokio::test]
async fn signed_out_people_are_sent_to_sign_in_and_back() {
    let got = ask("GET", "/audience?after=1&x=a%20b").get().await;
    assert_eq!(got.status, StatusCode::SEE_OTHER);
    assert_eq!(got.header("location"), "/sign-in?next=/audience%3Fafter%3D1%26x%3Da%2520b");
    for session in ["expired", "' or 1=1", &"x".repeat(5_000)] {
        assert_eq!(ask("GET", "/").session(session).get().await.header("location"), "/sign-in", "{session}");
    }
}

#[tokio::test]
async fn a_part_of_a_page_sends_the_whole_page_to_sign_in() {
    let got = ask("GET", "/audience").with("hx-request", "true").get().await;
    assert_eq!((got.status, got.header("hx-redirect")), (StatusCode::OK, "/sign-in"));
}

#[tokio::test]
async fn a_link_on_another_site_is_opened_once_more_with_the_strict_cookie() {
    let elsewhere = ask("GET", "/audience?q='&b=%22%3E").with("sec-fetch-site", "cross-site");
    let got = elsewhere.with("sec-fetch-mode", "navigate").get().await;
    assert_eq!(got.status, StatusCode::OK);
    assert!(got.body.contains("http-equiv=\"refresh\""));
    assert!(got.body.contains("url=/audience?q=&#39;&#38;b=%22%3E\""), "{}", got.body);
}

#[tokio::test]
async fn the_layout_shows_who_one_is_and_only_what_one_may() {
    let owner = ask("GET", "/").session("owner").get().await;
    assert_eq!(owner.status, StatusCode::OK);
    assert_eq!(owner.header("content-type"), "text/html; charset=utf-8");
    assert!(owner.body.contains("Ada Example"));
    assert!(owner.body.contains("Friends &#60;of&#62; the Orchard"));
    assert!(owner.body.contains("href=\"/settings\""));
    assert!(owner.body.contains("action=\"/sign-out\""), "the way out is on every page");
    assert!(owner.body.contains(&asset("app.css")));
    let reader = ask("GET", "/").session("reader").get().await;
    assert!(reader.body.contains("href=\"/audience\""));
    assert!(!reader.body.contains("href=\"/settings\""));
}

#[tokio::test]
async fn a_right_one_lacks_is_refused_before_the_handler() {
    let got = ask("POST", "/audience").session("reader").form("name=x").await;
    assert_eq!(got.status, StatusCode::FORBIDDEN);
    assert!(got.body.contains("lists.write"));
}

#[tokio::test]
async fn what_does_not_exist_is_a_page_that_says_so() {
    for path in ["/nothing", "/lists/zzz", "/lists/..%2f..%2fetc", "/assets/..%2fCargo.toml"] {
        let got = ask("GET", path).session("owner").get().await;
        assert_eq!(got.status, StatusCode::NOT_FOUND, "{path}");
        assert!(got.body.contains("Nothing is here"), "{path}: {}", got.body);
        assert!(got.body.contains(got.header("x-request-id")), "{path}");
    }
    let got = ask("DELETE", "/audience").session("owner").get().await;
    assert_eq!(got.status, StatusCode::METHOD_NOT_ALLOWED);
    assert!(got.header("allow").contains("POST"));
}

#[tokio::test]
async fn a_mistake_of_ours_names_the_request_and_nothing_else() {
    for path in ["/panics", "/internal"] {
        let got = ask("GET", path).session("owner").get().await;
        assert_eq!(got.status, StatusCode::INTERNAL_SERVER_ERROR, "{path}");
        assert!(got.body.contains(got.header("x-request-id")), "{path}");
        assert!(!got.body.contains("secret cause") && !got.body.contains("planted"), "{path}");
    }
}

#[tokio::test]
async fn a_credential_that_cannot_be_judged_is_refused() {
    let got = ask("GET", "/").session("broken").get().await;
    assert_eq!(got.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(got.header("retry-after"), "10");
}

#[tokio::test]
async fn customers_html_is_boxed_by_a_header() {
    let policy = ask("GET", "/picture").session("owner").get().await;
    let policy = policy.header("content-security-policy");
    assert!(policy.starts_with("sandbox; default-src 'none';") && !policy.contains("script-src"), "{policy}");
}

#[tokio::test]
async fn files_of_the_interface_are_kept_for_ever() {
    let got = ask("GET", &asset("app.css")).get().await;
    assert_eq!((got.status, got.header("content-type")), (StatusCode::OK, "text/css; charset=utf-8"));
    assert_eq!(got.header("cache-control"), "public, max-age=31536000, immutable");
    assert_eq!(ask("GET", "/assets/app.css").get().await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_public_page_knows_a_person_who_is_signed_in() {
    assert_eq!(ask("GET", "/who").get().await.body, "nobody");
    assert_eq!(ask("GET", "/who").session("owner").get().await.body, "somebody");
    assert_eq!(ask("GET", "/who").session("expired").get().await.body, "nobody");
}

#[test]
fn every_route_is_listed_with_its_action() {
    let finished = routes();
    let has = |method: Method, path: &str, action: Action, kind: Kind| {
        finished.infos.iter().any(|r| r.method == method && r.path == path && r.action == action && r.kind == kind)
    };
    assert!(has(Method::POST, "/audience", Action::ListsWrite, Kind::Page));
    assert!(has(Method::GET, "/api/v1/lists", Action::ListsRead, Kind::Api));
    assert!(has(Method::POST, "/u/{token}", Action::Public, Kind::Open));
    assert!(has(Method::GET, "/assets/{name}", Action::Public, Kind::Asset));
    assert!(has(Method::GET, "/v/{token}", Action::Public, Kind::Content));
    assert_eq!(finished.infos.len(), 19);
}
