//! Every route has its authorisation cases, made from the list of routes itself.

use axum::Router;
use axum::body::Body;
use http::{Method, Request, Response, StatusCode, header};
use std::collections::HashSet;
use std::net::SocketAddr;
use std::sync::Arc;
use tower::ServiceExt as _;
use waxwing_app::login::Finder;
use waxwing_app::{App, AppConfig};
use waxwing_domain::{
    AccountId, Action, ActionSet, ApiKeyId, DataClass, Rights, Role, SessionId, WorkspaceId, clear_classes, roles_of,
};
use waxwing_http::{Answer, Authenticate, Caller, KeyHolder, Kind, RouteInfo, Settings, SignedIn, Site, front};
use waxwing_store::{Engine, inventory};
use waxwing_testkit::store::TestStore;

/// Doors that need neither seal nor credential, each with the reason why that is safe.
const OPEN: &[(&str, &str)] = &[
    ("/healthz", "says whether the process answers, and nothing else"),
    ("/api/v1/openapi.json", "the document of the API: the same for everybody, nothing secret"),
    ("/f/{slug}/join", "a form on another website: causes at most one mail, which does nothing by itself"),
    ("/confirm/{token}", "proven by its single-use token"),
    ("/u/{token}", "proven by the token of a message; mail programs press it without a browser (RFC 8058)"),
];

/// Routes that hand out people in clear as a whole: a role that masks them is refused there, each with the reason.
const IN_CLEAR: &[(&str, &str)] = &[
    ("/audience/import/{id}/rejects", "refused lines stand as they stood in the file"),
    ("/api/v1/imports/{id}/rejects", "refused lines stand as they stood in the file"),
];

const LISTEN: ([u8; 4], u16) = ([127, 0, 0, 1], 8080);
pub(super) const HOST: &str = "127.0.0.1:8080";

/// An application over a test's store.
pub fn app(t: &TestStore) -> App {
    let config = AppConfig {
        data: t.dir.path().join("data"),
        public_url: format!("http://{HOST}"),
        content_url: format!("http://{HOST}"),
        dns: None,
        ehlo: "waxwing.example".into(),
    };
    App::new(t.store.clone(), config, t.workspace)
}

/// Names every route and job, so that the linker keeps every statement.
pub fn link_everything(t: &TestStore) {
    let app = app(t);
    assert!(!waxwing_breach::routes().finish().infos.is_empty());
    assert!(waxwing_breach::jobs(&app).kinds().len() < 1_000);
}

/// Takes words as token or key, and gives those rights: `all`, `unproven` (all, proven
/// long ago), `enrolling` (all, with less than the workspace asks for), `questioned` (all, after a proof), `nothing`, `without-ACTION`, `role-ROLE`.
struct Words(WorkspaceId);

impl Words {
    fn rights(word: &str) -> Option<Rights> {
        let action = |name: &str| Action::ALL.iter().copied().find(|action| action.name() == name);
        match word.split_once('-') {
            Some(("without", name)) => {
                let actions = ActionSet::ALL.without(action(name).into_iter().collect());
                Some(Rights { actions, ..Rights::everything() })
            }
            Some(("role", name)) => Role::parse(name).map(Rights::of_role),
            Some(("list", id)) => id.parse().ok().map(|list| Rights::everything().limited_to([list].into())),
            _ => match word {
                "all" | "unproven" | "enrolling" | "questioned" => Some(Rights::everything()),
                "nothing" => Some(Rights::nothing()),
                _ => None,
            },
        }
    }
}

impl Authenticate for Words {
    fn session<'a>(&'a self, token: &'a str, _: Caller) -> Answer<'a, SignedIn> {
        let signed_in = Self::rights(token).map(|rights| SignedIn {
            account: AccountId::from_i64(1),
            session: SessionId::from_i64(1),
            workspace: self.0,
            rights,
            proven: token != "unproven",
            entered: None,
            form_key: token.to_owned(),
            enrolling: token == "enrolling",
            questioned: token == "questioned",
            name: "Test".into(),
            organisation: "Test".into(),
            state: None,
        });
        Box::pin(async move { Ok(signed_in) })
    }
    fn api_key<'a>(&'a self, key: &'a str, _: Caller) -> Answer<'a, KeyHolder> {
        let holder = Self::rights(key).map(|rights| KeyHolder {
            key: ApiKeyId::from_i64(1),
            workspace: self.0,
            rights,
            entered: None,
        });
        Box::pin(async move { Ok(holder) })
    }
    fn public_workspace(&self) -> WorkspaceId {
        self.0
    }
}

/// The whole product behind its front, and its routes.
pub(super) async fn house() -> (Router, Vec<RouteInfo>, TestStore) {
    house_of(Settings::local(SocketAddr::from(LISTEN))).await
}

async fn house_of(settings: Settings) -> (Router, Vec<RouteInfo>, TestStore) {
    let t = TestStore::open(Engine::Sqlite).await.expect("SQLite is always here");
    let app = app(&t);
    let finished = waxwing_breach::routes().finish();
    let site = Site::new(settings, Arc::new(Words(t.workspace)), t.store.clock().clone(), t.store.rng().clone());
    (front(finished.router.with_state(app), site), finished.infos, t)
}

/// Who asks.
#[derive(Clone, Debug)]
pub(super) enum As {
    Nobody,
    Session(String),
    Key(String),
}

async fn ask(router: &Router, route: &RouteInfo, who: &As) -> StatusCode {
    let answer = request(router, route.kind, route.method.clone(), &filled(&route.path), who).await;
    answer.status()
}

/// Asks for a path as a route of this kind is asked.
pub(super) async fn request(router: &Router, kind: Kind, method: Method, path: &str, who: &As) -> Response<Body> {
    let mut request = Request::builder().method(method).uri(path).header(header::HOST, HOST);
    request = match who {
        As::Nobody => request,
        As::Session(token) => request.header(header::COOKIE, format!("waxwing_session={token}")),
        As::Key(key) => request.header(header::AUTHORIZATION, format!("Bearer {key}")),
    };
    if kind != Kind::Api {
        request = request.header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
    }
    let request = request.body(Body::empty()).expect("a request");
    router.clone().oneshot(request).await.expect("always answers")
}

/// A path with something plausible in each segment.
pub(super) fn filled(path: &str) -> String {
    let parts = path.split('/').map(|part| if part.starts_with('{') { "0000000000001" } else { part });
    parts.collect::<Vec<_>>().join("/")
}

pub(super) fn changes(route: &RouteInfo) -> bool {
    !matches!(route.method, Method::GET | Method::HEAD)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_is_shown_to_signed_in_people_only() {
    let (router, routes, _t) = house().await;
    for route in routes.iter().filter(|r| r.kind == Kind::Page) {
        for who in [As::Nobody, As::Session("stale".into()), As::Key("all".into())] {
            let status = ask(&router, route, &who).await;
            let refused = status == StatusCode::SEE_OTHER
                || status == StatusCode::UNAUTHORIZED
                || status == StatusCode::FORBIDDEN;
            assert!(refused, "{} {} answered {who:?} with {status}", route.method, route.path);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_without_the_right_is_refused() {
    let (router, routes, _t) = house().await;
    for route in routes.iter().filter(|r| r.kind == Kind::Page && r.action.is_grantable()) {
        for rights in ["nothing".to_owned(), format!("without-{}", route.action.name())] {
            let status = ask(&router, route, &As::Session(rights.clone())).await;
            let refused = status == StatusCode::FORBIDDEN || status == StatusCode::NOT_FOUND;
            assert!(refused, "{} {} answered {rights} with {status}", route.method, route.path);
        }
    }
}

/// Whoever has less than the workspace asks for can set it up, or leave: from everywhere else they are led there.
#[tokio::test(flavor = "multi_thread")]
async fn an_enrolling_session_reaches_what_sets_up_a_credential_and_nothing_else() {
    let (router, routes, _t) = house().await;
    let mut open = Vec::new();
    for route in routes.iter().filter(|r| r.kind == Kind::Page) {
        let who = As::Session("enrolling".into());
        let answer = request(&router, route.kind, route.method.clone(), &filled(&route.path), &who).await;
        let place = answer.headers().get(header::LOCATION).and_then(|place| place.to_str().ok());
        let led = answer.status() == StatusCode::SEE_OTHER && place == Some("/account/enrol");
        let sets_up = matches!(route.action, Action::Enrol | Action::OwnCredentials);
        assert_eq!(led, !sets_up, "{} {}: {}", route.method, route.path, answer.status());
        open.extend(sets_up.then(|| format!("{} {}", route.method, route.path)));
    }
    open.sort();
    let expected = [
        "GET /account/enrol",
        "GET /account/prove",
        "POST /account/enrol",
        "POST /account/enrol/question",
        "POST /account/passkeys",
        "POST /account/passkeys/new",
        "POST /account/prove",
        "POST /account/second-factor",
        "POST /account/second-factor/confirm",
        "POST /account/sso",
        "POST /account/sso/prove",
        "POST /sign-out",
    ];
    assert_eq!(open, expected);
}

/// Whoever was stepped up proves who they are, or leaves: whatever they look at leads to the question, and whatever
/// they send waits behind it.
#[tokio::test(flavor = "multi_thread")]
async fn a_session_that_was_stepped_up_reaches_the_question_and_nothing_else() {
    let (router, routes, _t) = house().await;
    let who = As::Session("questioned".into());
    for route in routes.iter().filter(|r| r.kind == Kind::Page) {
        let answer = request(&router, route.kind, route.method.clone(), &filled(&route.path), &who).await;
        let place = answer.headers().get(header::LOCATION).and_then(|place| place.to_str().ok()).unwrap_or_default();
        let free = ["/account/prove", "/account/sso/prove", "/sign-out"].contains(&route.path.as_str());
        let led = answer.status() == StatusCode::SEE_OTHER && place.starts_with("/account/prove?back=");
        let asked = answer.status() == StatusCode::FORBIDDEN;
        // A form without a seal is refused before anything is asked.
        assert!(
            free || led || (asked && route.method != Method::GET),
            "{} {}: {}",
            route.method,
            route.path,
            answer.status()
        );
        assert!(free || route.method != Method::GET || led, "{} is looked at: {}", route.path, answer.status());
    }
}

/// Every route × every role, as a person and as a program: refused where the matrix has no mark,
/// let in where it has one.
#[tokio::test(flavor = "multi_thread")]
async fn each_route_opens_to_the_roles_of_the_matrix_and_to_no_other() {
    let (router, routes, _t) = house().await;
    let mut cells = 0;
    for route in routes.iter().filter(|r| r.action.is_grantable()) {
        for &role in Role::ALL {
            let word = format!("role-{}", role.name());
            let who = if route.kind == Kind::Api { As::Key(word) } else { As::Session(word) };
            let status = ask(&router, route, &who).await;
            cells += 1;
            let masked =
                IN_CLEAR.iter().any(|(path, _)| *path == route.path) && !clear_classes(role).has(DataClass::Personal);
            let granted = roles_of(route.action).has(role) && !masked;
            let cell = format!("{} {} as {}: {status}", route.method, route.path, role.name());
            assert!(granted || status == StatusCode::FORBIDDEN, "{cell}");
            // A change by form is refused here for its missing seal, whoever asks.
            let asked_in_full = route.kind == Kind::Api || !changes(route);
            assert!(!granted || !asked_in_full || status != StatusCode::FORBIDDEN, "{cell}");
        }
    }
    assert!(cells >= routes.len() * Role::ALL.len() / 2, "only {cells} cells were tried");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_without_its_seal_is_refused() {
    let (router, routes, _t) = house().await;
    let sealed = routes.iter().filter(|r| matches!(r.kind, Kind::Page | Kind::Public) && changes(r));
    for route in sealed {
        let status = ask(&router, route, &As::Session("all".into())).await;
        assert!(status.is_client_error(), "{} {} was done without a seal: {status}", route.method, route.path);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_api_wants_a_key_with_the_right_scope() {
    let (router, routes, _t) = house().await;
    for route in routes.iter().filter(|r| r.kind == Kind::Api && r.action != Action::Public) {
        for who in [As::Nobody, As::Key("unknown".into()), As::Session("all".into())] {
            let status = ask(&router, route, &who).await;
            assert_eq!(status, StatusCode::UNAUTHORIZED, "{} {} for {who:?}", route.method, route.path);
        }
        for rights in ["nothing".to_owned(), format!("without-{}", route.action.name())] {
            let status = ask(&router, route, &As::Key(rights.clone())).await;
            let refused = status == StatusCode::FORBIDDEN || status == StatusCode::NOT_FOUND;
            assert!(refused, "{} {} answered {rights} with {status}", route.method, route.path);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_foreign_host_name_reaches_nothing() {
    let (router, routes, _t) = house().await;
    for route in &routes {
        let request = Request::builder()
            .method(route.method.clone())
            .uri(filled(&route.path))
            .header(header::HOST, "evil.example");
        let answer = router.clone().oneshot(request.body(Body::empty()).expect("a request")).await.expect("answers");
        assert_eq!(answer.status(), StatusCode::MISDIRECTED_REQUEST, "{} {}", route.method, route.path);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn on_the_host_of_content_nothing_but_content_answers() {
    let content = "http://localhost:8080".parse().expect("an origin");
    let settings = Settings::local(SocketAddr::from(LISTEN)).with_content(content);
    let (router, routes, _t) = house_of(settings).await;
    let ask = async |route: &RouteInfo, host: &str| {
        let request =
            Request::builder().method(route.method.clone()).uri(filled(&route.path)).header(header::HOST, host);
        let request = request.header(header::COOKIE, "waxwing_session=all").header(header::AUTHORIZATION, "Bearer all");
        router.clone().oneshot(request.body(Body::empty()).expect("a request")).await.expect("answers")
    };
    for route in &routes {
        let answer = ask(route, "localhost:8080").await;
        assert_eq!(answer.status(), StatusCode::NOT_FOUND, "{} {}", route.method, route.path);
        assert!(answer.headers().get(header::SET_COOKIE).is_none(), "{} {}", route.method, route.path);
    }
    let content: Vec<_> = routes.iter().filter(|route| route.kind == Kind::Content).collect();
    assert_eq!(content.iter().map(|route| route.path.as_str()).collect::<Vec<_>>(), ["/m/{name}", "/v/{token}"]);
    for route in content {
        let answer = ask(route, HOST).await;
        assert_eq!(answer.status(), StatusCode::TEMPORARY_REDIRECT, "{}", route.path);
        let place = format!("http://localhost:8080{}", filled(&route.path));
        assert_eq!(answer.headers()[header::LOCATION], place.as_str());
    }
}

#[test]
fn routes_are_declared_once_and_open_doors_are_few() {
    let routes = waxwing_breach::routes().finish().infos;
    let mut seen = HashSet::new();
    for route in &routes {
        assert!(seen.insert((route.method.clone(), route.path.clone())), "{} {} twice", route.method, route.path);
        let public = route.action == Action::Public;
        let anybody = matches!(route.kind, Kind::Public | Kind::Open | Kind::Content | Kind::Asset);
        assert!(!anybody || public, "{} is reachable by anybody but names {}", route.path, route.action.name());
        let known = OPEN.iter().any(|(path, _)| *path == route.path);
        assert!(route.kind != Kind::Open || known, "the door {} is not in this test's list", route.path);
    }
    for (path, reason) in OPEN {
        assert!(!reason.is_empty() && routes.iter().any(|r| r.path == *path), "{path} is listed and does not exist");
    }
}

/// What somebody signed out asks for belongs to a workspace, and only its address says to which.
#[test]
fn every_signed_out_address_that_names_something_says_whose_it_is() {
    let routes = waxwing_breach::routes().finish().infos;
    let finders: Vec<&str> = inventory::iter::<Finder>.into_iter().flat_map(|finder| finder.routes).copied().collect();
    for route in routes.iter().filter(|r| matches!(r.kind, Kind::Public | Kind::Open | Kind::Content)) {
        let named = route.path.contains('{');
        assert!(!named || finders.contains(&route.path.as_str()), "nobody finds the workspace of {}", route.path);
    }
    for path in finders {
        assert!(routes.iter().any(|r| r.path == path), "{path} has a finder and does not exist");
    }
}

#[test]
fn get_is_the_only_safe_method_in_use() {
    for route in waxwing_breach::routes().finish().infos {
        let known = [Method::GET, Method::POST, Method::PUT, Method::PATCH, Method::DELETE].contains(&route.method);
        assert!(known, "{} {}", route.method, route.path);
        assert!(
            route.kind != Kind::Page || matches!(route.method, Method::GET | Method::POST),
            "{} is a page: forms know GET and POST",
            route.path
        );
    }
}

#[test]
fn the_api_document_names_every_api_route() {
    let finished = waxwing_breach::routes().finish();
    let document = serde_json::to_value(&finished.api).expect("JSON");
    for route in finished.infos.iter().filter(|r| r.kind == Kind::Api) {
        let method = route.method.as_str().to_lowercase();
        let described = document["paths"][&route.path].get(&method).is_some();
        assert!(described, "{} {} is not in the document", route.method, route.path);
    }
}

#[test]
fn no_two_types_of_the_api_share_a_name() {
    let finished = waxwing_breach::routes().finish();
    assert!(finished.clashes.is_empty(), "different schemas are called {:?}", finished.clashes);
}

#[test]
fn every_operation_of_the_api_has_a_name_of_its_own() {
    let document = serde_json::to_value(waxwing_breach::routes().finish().api).expect("JSON");
    let mut seen = HashSet::new();
    for (path, operations) in document["paths"].as_object().expect("paths") {
        for (method, operation) in operations.as_object().expect("operations") {
            let name = operation["operationId"].as_str().unwrap_or_default().to_owned();
            assert!(!name.is_empty() && seen.insert(name.clone()), "{method} {path} is called {name:?}, as another is");
        }
    }
}
