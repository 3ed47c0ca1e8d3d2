//! A small application behind the real shell, and a browser without a window.

use askama::Template;
use axum::Json;
use axum::Router;
use axum::body::Body;
use axum::response::IntoResponse;
use http::header::{CONTENT_SECURITY_POLICY, CONTENT_TYPE, COOKIE, HOST, SET_COOKIE};
use http::{HeaderMap, Method, Request, StatusCode};
use http_body_util::BodyExt as _;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use tower::ServiceExt as _;
use utoipa::ToSchema;
use waxwing_domain::{AccountId, Action, ApiKeyId, Rights, Scope, SessionId, TestClock, TestRng, WorkspaceId};
use waxwing_http::{
    Answer, ApiJson, Authenticate, Caller, Cursor, Fail, Finished, Flash, KeyHolder, Page, Paged, Routes, SafeForm,
    Sandboxed, SeeOther, Segment, SessionCookie, Settings, Shell, SignedIn, Site, Upload, Visitor, Who, api, front,
};

pub const HOST_NAME: &str = "news.example.org";
pub const ORIGIN: &str = "https://news.example.org";

static LEFT: AtomicBool = AtomicBool::new(false);

/// `owner` may do all, `reader` may read; the key `ww_read` reads, `ww_write` writes.
struct Fake;

impl Authenticate for Fake {
    fn session<'a>(&'a self, token: &'a str, _: Caller) -> Answer<'a, SignedIn> {
        let rights = match token {
            "owner" | "other" => Some(Rights::everything()),
            // Signed out while the form arrives: let in by its headers, gone when its body is there.
            "leaving" if !LEFT.swap(true, Ordering::SeqCst) => Some(Rights::everything()),
            "reader" => Some(Rights::of_scopes(&[Scope::Read])),
            _ => None,
        };
        Box::pin(async move {
            if token == "broken" {
                return Err(Fail::Unavailable("The database does not answer.".into()));
            }
            Ok(rights.map(|rights| SignedIn {
                account: AccountId::from_i64(7),
                session: SessionId::from_i64(8),
                workspace: WorkspaceId::from_i64(9),
                rights,
                proven: true,
                entered: None,
                form_key: token.replace("leaving", "owner"),
                enrolling: false,
                questioned: false,
                name: "Ada Example".into(),
                organisation: "Friends <of> the Orchard".into(),
                state: None,
            }))
        })
    }
    fn api_key<'a>(&'a self, key: &'a str, _: Caller) -> Answer<'a, KeyHolder> {
        let scope = match key {
            "ww_read" => Some(Scope::Read),
            "ww_write" => Some(Scope::Write),
            _ => None,
        };
        Box::pin(async move {
            Ok(scope.map(|scope| KeyHolder {
                key: ApiKeyId::from_i64(5),
                workspace: WorkspaceId::from_i64(9),
                rights: Rights::of_scopes(&[scope]),
                entered: None,
            }))
        })
    }
    fn public_workspace(&self) -> WorkspaceId {
        WorkspaceId::from_i64(1)
    }
}

#[derive(Template)]
#[template(
    source = "{% extends \"layout.html\" %}{% import \"components.html\" as ui %}{% block content %}<form>{% call ui::seal(shell) %}{% endcall %}</form>{% endblock %}",
    ext = "html"
)]
struct Inside {
    shell: Shell,
}

#[derive(Template)]
#[template(
    source = "{% extends \"plain.html\" %}{% import \"components.html\" as ui %}{% block content %}<form>{% call ui::seal(shell) %}{% endcall %}</form>{% endblock %}",
    ext = "html"
)]
struct Outside {
    shell: Shell,
}

#[derive(Deserialize)]
struct Names {
    name: String,
    #[serde(default)]
    ids: Vec<u32>,
}

#[derive(Deserialize, ToSchema)]
pub struct NewList {
    name: String,
}

#[derive(Serialize, ToSchema)]
pub struct List {
    name: String,
}

async fn home(shell: Shell) -> Page<Inside> {
    Page(Inside { shell: shell.titled("Home") })
}
async fn save(Who(ctx): Who, SafeForm(form): SafeForm<Names>) -> SeeOther {
    SeeOther::to("/audience").flash(Flash::good(format!("{} {:?} {}", form.name, form.ids, ctx.workspace)))
}
async fn door(shell: Shell) -> Page<Outside> {
    Page(Outside { shell: shell.titled("Confirm") })
}
async fn answer_door(SafeForm(form): SafeForm<Names>) -> String {
    form.name
}
async fn enter(cookie: SessionCookie) -> Result<SeeOther, Fail> {
    Ok(SeeOther::to("/").cookie(cookie.start("owner", None)?))
}
async fn leave(cookie: SessionCookie) -> Result<SeeOther, Fail> {
    Ok(SeeOther::to("/").cookie(cookie.end()?))
}
async fn bare_policy() -> impl IntoResponse {
    ([(CONTENT_SECURITY_POLICY, "default-src 'none'")], "")
}
async fn who(Visitor(person): Visitor) -> String {
    person.map_or("nobody", |_| "somebody").to_owned()
}
async fn numbered(Segment(id): Segment<waxwing_domain::ListId>) -> String {
    id.to_string()
}
async fn picture() -> Sandboxed {
    Sandboxed::preview("<p>customer</p>".into())
}
async fn hosted(Segment(name): Segment<String>, headers: HeaderMap) -> impl IntoResponse {
    let cookie = if headers.contains_key(COOKIE) { "with a cookie" } else { "without a cookie" };
    ([(SET_COOKIE, "planted=1")], Sandboxed::hosted(format!("<p>{name} {cookie}</p>")))
}
async fn panics() -> String {
    panic!("planted")
}
async fn internal() -> Fail {
    Fail::internal(std::io::Error::other("secret cause"))
}
async fn take(mut upload: Upload) -> Result<String, Fail> {
    let mut seen = String::new();
    while let Some(part) = upload.next().await? {
        let name = format!("{}/{}", part.name(), part.file_name().unwrap_or("-"));
        seen.push_str(&format!("{name}:{} ", part.bytes(1 << 20).await?.len()));
    }
    Ok(seen)
}

/// All lists.
#[utoipa::path(get, path = "/api/v1/lists", params(Cursor), responses((status = 200, body = Vec<List>)))]
async fn lists(cursor: Cursor) -> Result<Json<Paged<List>>, Fail> {
    let first: Option<u32> = cursor.key()?;
    let rows = (first.unwrap_or(0) + 1..=3).map(|n| List { name: n.to_string() }).collect();
    Ok(Json(Paged::from_surplus(rows, cursor.limit, |list| list.name.clone())))
}

/// Makes a list.
#[utoipa::path(post, path = "/api/v1/lists", request_body = NewList, responses((status = 201, body = List)))]
async fn make_list(ApiJson(list): ApiJson<NewList>) -> Result<(StatusCode, Json<List>), Fail> {
    if list.name.is_empty() {
        return Err(Fail::invalid("name", "must not be empty"));
    }
    Ok((StatusCode::CREATED, Json(List { name: list.name })))
}

pub fn routes() -> Finished<()> {
    let routes = Routes::new()
        .page(Method::GET, "/", Action::HomeRead, home)
        .page(Method::GET, "/audience", Action::ListsRead, home)
        .page(Method::POST, "/audience", Action::ListsWrite, save)
        .page(Method::GET, "/lists/{id}", Action::ListsRead, numbered)
        .page(Method::GET, "/picture", Action::ContentRead, picture)
        .page(Method::GET, "/panics", Action::HomeRead, panics)
        .page(Method::GET, "/internal", Action::HomeRead, internal)
        .upload("/import", Action::ImportRun, 100_000, take)
        .content("/v/{token}", hosted)
        .public(Method::GET, "/confirm/{token}", door)
        .public(Method::POST, "/confirm/{token}", answer_door)
        .public(Method::POST, "/sign-in", enter)
        .public(Method::POST, "/sign-out", leave)
        .public(Method::GET, "/bare-policy", bare_policy)
        .public(Method::GET, "/who", who)
        .open(Method::POST, "/u/{token}", answer_door)
        .assets();
    let routes = api!(routes, Action::ListsRead, lists);
    api!(routes, Action::ListsWrite, crate::site::make_list).finish()
}

pub fn app() -> Router {
    app_named(ORIGIN)
}

pub fn app_named(public: &str) -> Router {
    app_with(Settings::new(public.parse().expect("a valid origin")))
}

pub fn app_with(settings: Settings) -> Router {
    let clock = Arc::new(TestClock::at(1_800_000_000_000_000));
    let site = Site::new(settings, Arc::new(Fake), clock, Arc::new(TestRng::seeded(1)));
    front(routes().router.with_state(()), site)
}

/// An answer, read whole.
pub struct Got {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: String,
}

impl Got {
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|v| v.to_str().ok()).unwrap_or_default()
    }
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).expect("JSON")
    }
    /// The seal of the first form on the page.
    pub fn seal(&self) -> String {
        let from = self.body.split("name=\"csrf\" value=\"").nth(1).expect("a sealed form");
        from.split('"').next().expect("an end").to_owned()
    }
    /// `name=value` of the cookie whose name ends so.
    pub fn cookie(&self, name: &str) -> Option<String> {
        let lines = self.headers.get_all(SET_COOKIE).iter().filter_map(|v| v.to_str().ok());
        let mut pairs = lines.filter_map(|line| line.split(';').next());
        pairs.find(|pair| pair.split('=').next().is_some_and(|n| n.ends_with(name))).map(str::to_owned)
    }
}

/// A request as a browser would send it.
pub struct Ask(http::request::Builder);

pub fn ask(method: &str, path: &str) -> Ask {
    Ask(Request::builder().method(method).uri(path).header(HOST, HOST_NAME))
}

impl Ask {
    pub fn with(self, name: &str, value: &str) -> Self {
        Self(self.0.header(name, value))
    }
    pub fn host(self, host: &str) -> Self {
        let mut builder = self.0;
        if let Some(headers) = builder.headers_mut() {
            headers.insert(HOST, host.parse().expect("a header"));
        }
        Self(builder)
    }
    pub fn session(self, token: &str) -> Self {
        self.with(COOKIE.as_str(), &format!("__Host-waxwing_session={token}"))
    }
    pub async fn form(self, body: &str) -> Got {
        self.with(CONTENT_TYPE.as_str(), "application/x-www-form-urlencoded").send(body.to_owned()).await
    }
    pub async fn json(self, body: &str) -> Got {
        self.with(CONTENT_TYPE.as_str(), "application/json").send(body.to_owned()).await
    }
    pub async fn get(self) -> Got {
        self.send(Body::empty()).await
    }
    pub async fn send(self, body: impl Into<Body>) -> Got {
        self.to(app(), body).await
    }
    pub async fn to(self, app: Router, body: impl Into<Body>) -> Got {
        let request = self.0.body(body.into()).expect("a request");
        let response = app.oneshot(request).await.expect("the shell always answers");
        let (parts, body) = response.into_parts();
        let bytes = body.collect().await.expect("a body").to_bytes();
        let body = String::from_utf8_lossy(&bytes).into_owned();
        Got { status: parts.status, headers: parts.headers, body }
    }
}

/// A seal for the session's forms.
pub async fn seal_of(session: &str) -> String {
    ask("GET", "/").session(session).get().await.seal()
}
