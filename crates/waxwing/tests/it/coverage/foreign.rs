//! Every route × every role × ids of nobody and of a neighbouring workspace × every verb, made from
//! the list of routes itself: what is another's is as if it were not.

use super::routes::{As, house, request};
use axum::Router;
use axum::body::to_bytes;
use http::{Method, StatusCode};
use waxwing_domain::{ListId, Role};
use waxwing_http::{Kind, RouteInfo};
use waxwing_testkit::neighbour::{CANARY, ID, Neighbour, SUBJECT};

/// The verbs that somebody may try on any path.
const VERBS: [Method; 6] = [Method::GET, Method::HEAD, Method::POST, Method::PUT, Method::PATCH, Method::DELETE];

/// How a segment may name something: an id, a number, a name; each the neighbour's, and one of nobody's.
fn names() -> [(String, String); 3] {
    [
        (ListId::from_i64(ID).to_string(), ListId::from_i64(ID - 1).to_string()),
        (SUBJECT.to_string(), (SUBJECT - 1).to_string()),
        (CANARY.to_owned(), "nobody-of-that-name".to_owned()),
    ]
}

fn filled(path: &str, name: &str) -> String {
    path.split('/').map(|part| if part.starts_with('{') { name } else { part }).collect::<Vec<_>>().join("/")
}

/// Status and body, without what differs between two askings for unlike names.
async fn answer(router: &Router, kind: Kind, method: &Method, path: &str, who: &As) -> StatusCode {
    let answer = request(router, kind, method.clone(), path, who).await;
    let status = answer.status();
    // A page that says "there is no such thing" may repeat the address, and nothing else of the neighbour.
    if status.is_success() {
        let body = to_bytes(answer.into_body(), usize::MAX).await.expect("a whole body");
        Neighbour::spot(&String::from_utf8_lossy(&body));
    }
    status
}

fn askers(kind: Kind) -> Vec<As> {
    let word = |role: &Role| format!("role-{}", role.name());
    let people = Role::ALL.iter().map(word).chain(["all".to_owned()]);
    people.map(|word| if kind == Kind::Api { As::Key(word) } else { As::Session(word) }).collect()
}

/// The methods that a path knows; HEAD is answered as GET.
fn known<'a>(routes: &'a [RouteInfo], path: &'a str) -> impl Fn(&Method) -> bool + 'a {
    move |method| {
        let asked = if method == Method::HEAD { &Method::GET } else { method };
        routes.iter().any(|route| route.path == path && route.method == asked)
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_neighbour_has_is_as_if_it_were_not() {
    let (router, routes, t) = house().await;
    let mut cells = 0;
    for route in routes.iter().filter(|r| r.path.contains('{') && r.kind != Kind::Asset) {
        for (theirs, nobodys) in names() {
            for who in askers(route.kind) {
                let ask = async |name: &str| {
                    answer(&router, route.kind, &route.method, &filled(&route.path, name), &who).await
                };
                let (got, expected) = (ask(&theirs).await, ask(&nobodys).await);
                cells += 2;
                let cell = format!("{} {} as {who:?} with {theirs}: {got}", route.method, route.path);
                assert_eq!(got, expected, "{cell}");
                assert!(!got.is_server_error(), "{cell}");
                let shows = route.method == Method::GET && route.kind != Kind::Public;
                assert!(!shows || got.is_client_error(), "{cell}");
            }
        }
    }
    assert!(cells >= 7_000, "only {cells} cells were tried");
    drop(t);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_verb_that_a_path_does_not_know_is_refused_whoever_asks() {
    let (router, routes, t) = house().await;
    let mut paths: Vec<(&str, Kind)> = routes.iter().map(|route| (route.path.as_str(), route.kind)).collect();
    paths.sort_unstable_by_key(|(path, _)| *path);
    paths.dedup_by_key(|(path, _)| *path);
    let theirs = ListId::from_i64(ID).to_string();
    let mut cells = 0;
    for (path, kind) in paths {
        let knows = known(&routes, path);
        for method in VERBS.iter().filter(|method| !knows(method)) {
            for who in askers(kind) {
                let got = answer(&router, kind, method, &filled(path, &theirs), &who).await;
                cells += 1;
                let refused = got == StatusCode::METHOD_NOT_ALLOWED || got == StatusCode::NOT_FOUND;
                assert!(refused, "{method} {path} as {who:?}: {got}");
            }
        }
    }
    assert!(cells >= 5_000, "only {cells} cells were tried");
    drop(t);
}
