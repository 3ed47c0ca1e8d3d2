//! The product behind its front, and a visitor without a browser; its jobs and its mail.
//!
//! Promise: what a test asks goes through the guard as a request from the network does, and nothing
//! that comes back may show a neighbour. Limit: who a session or key is, is a word here; sign-in has its own tests.

use crate::neighbour::Neighbour;
use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use http::{HeaderMap, Method, Request, StatusCode, header};
use http_body_util::BodyExt as _;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tower::ServiceExt as _;
use waxwing_domain::{AccountId, ApiKeyId, Micros, Rights, Role, SessionId, WorkspaceId};
use waxwing_http::{Answer, Authenticate, Caller, KeyHolder, Settings, SignedIn, Site, front};
use waxwing_store::{JobRegistry, OutboxMail, Runner, Store, args, statement};

// The lane works for as long as the process lives.
statement! { OPEN_JOBS,
"SELECT COUNT(*) FROM jobs WHERE workspace_id = $1 AND state IN ('ready', 'leased') AND kind <> 'sending.lane'
   AND kind IN [text $2] AND (state = 'leased' OR attempts > 0 OR run_at <= $3)" }

const LISTEN: ([u8; 4], u16) = ([127, 0, 0, 1], 8080);

/// Runs the jobs of `registry` until none waits.
pub async fn run_jobs(store: &Store, workspace: WorkspaceId, registry: JobRegistry) {
    let (stop, stopped) = watch::channel(false);
    let kinds: Vec<String> = registry.kinds().into_iter().map(str::to_owned).collect();
    let runner = tokio::spawn(Runner::new(store.clone(), registry).run(stopped));
    tokio::time::timeout(Duration::from_secs(30), async {
        loop {
            tokio::time::sleep(Duration::from_millis(20)).await;
            let mut tx = store.read(workspace, "test").await.expect("reads");
            // One may be queued for now while we look.
            let soon = store.clock().now().plus(Micros::SECOND);
            if tx.one(&OPEN_JOBS, args![kinds.clone(), soon], |r| r.int(0)).await.expect("counts") == 0 {
                break;
            }
        }
    })
    .await
    .expect("the jobs end");
    stop.send_replace(true);
    runner.await.expect("stops");
}

/// Takes every piece of system mail that waits.
pub async fn mails(store: &Store, workspace: WorkspaceId) -> Vec<OutboxMail> {
    let now = store.clock().now();
    let mut tx = store.begin(workspace, "test").await.expect("begins");
    let mails = tx.claim_outbox(store, now, now.plus(Micros::HOUR), 100).await.expect("claims");
    tx.commit().await.expect("commits");
    mails
}

/// The session and key `all` may do everything, `nothing` nothing, and the name of a role what that role may.
struct Words(WorkspaceId);

impl Words {
    fn rights(word: &str) -> Option<Rights> {
        match word {
            "all" => Some(Rights::everything()),
            "nothing" => Some(Rights::nothing()),
            role => Role::parse(role).map(Rights::of_role),
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
            proven: true,
            entered: None,
            form_key: token.to_owned(),
            enrolling: false,
            questioned: false,
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

/// An answer, read whole.
#[derive(Debug)]
pub struct Got {
    /// Its status.
    pub status: StatusCode,
    /// Its headers.
    pub headers: HeaderMap,
    /// Its body, as text.
    pub body: String,
}

impl Got {
    /// The value of the first hidden field of that name.
    pub fn hidden(&self, name: &str) -> String {
        let from = self.body.split(&format!("name=\"{name}\" value=\"")).nth(1).expect("a hidden field");
        from.split('"').next().expect("its end").to_owned()
    }
    /// The visitor's cookie, if one was set.
    fn cookie(&self) -> Option<String> {
        let line = self.headers.get(header::SET_COOKIE)?.to_str().ok()?;
        line.split(';').next().map(str::to_owned)
    }
}

/// The product behind its front, and who comes from one network address.
#[derive(Clone, Debug)]
pub struct Web {
    router: Router,
    from: IpAddr,
    headers: Vec<(header::HeaderName, String)>,
}

impl Web {
    /// A visitor of `router`, behind its front, who finds the workspace of `store`.
    pub fn new(router: Router, store: &Store, workspace: WorkspaceId) -> Self {
        Self::behind(router, store, Arc::new(Words(workspace)))
    }
    /// The same behind another door, for sessions and keys that are real.
    pub fn behind(router: Router, store: &Store, door: Arc<dyn Authenticate>) -> Self {
        let settings = Settings::local(SocketAddr::from(LISTEN));
        let site = Site::new(settings, door, store.clock().clone(), store.rng().clone());
        let router = front(router, site);
        Self { router, from: IpAddr::from([192, 0, 2, 7]), headers: Vec::new() }
    }
    /// The same from another network address.
    pub fn from(&self, address: [u8; 4]) -> Self {
        Self { from: IpAddr::from(address), ..self.clone() }
    }
    /// The same with a session.
    pub fn session(&self, token: &str) -> Self {
        self.with(header::COOKIE, format!("waxwing_session={token}"))
    }
    /// The same with an API key.
    pub fn key(&self, key: &str) -> Self {
        self.with(header::AUTHORIZATION, format!("Bearer {key}"))
    }
    fn with(&self, name: header::HeaderName, value: String) -> Self {
        let mut other = self.clone();
        other.headers.push((name, value));
        other
    }
    /// The answer to a request with a body of `kind`.
    pub async fn ask(&self, method: Method, path: &str, kind: &str, body: impl Into<String>) -> Got {
        self.try_ask(method, path, kind, body).await.expect("a whole body")
    }
    /// The same; `None` where the answer broke off on its way.
    pub async fn try_ask(&self, method: Method, path: &str, kind: &str, body: impl Into<String>) -> Option<Got> {
        let mut request = Request::builder().method(method).uri(path).header(header::HOST, "127.0.0.1:8080");
        for (name, value) in &self.headers {
            request = request.header(name, value);
        }
        request = request.header(header::CONTENT_TYPE, kind).extension(ConnectInfo(SocketAddr::new(self.from, 4_711)));
        let request = request.body(Body::from(body.into())).expect("a request");
        let (parts, body) = self.router.clone().oneshot(request).await.expect("always answers").into_parts();
        let body = body.collect().await.ok()?.to_bytes();
        Neighbour::spot(&String::from_utf8_lossy(&body));
        Some(Got { status: parts.status, headers: parts.headers, body: String::from_utf8_lossy(&body).into_owned() })
    }
    /// The answer to a GET.
    pub async fn get(&self, path: &str) -> Got {
        self.ask(Method::GET, path, "text/plain", "").await
    }
    /// The answer to a form.
    pub async fn post(&self, path: &str, form: &str) -> Got {
        self.ask(Method::POST, path, "application/x-www-form-urlencoded", form).await
    }
    /// The answer to a JSON body.
    pub async fn json(&self, method: Method, path: &str, body: &serde_json::Value) -> Got {
        self.ask(method, path, "application/json", body.to_string()).await
    }
    /// Loads a page with a sealed form and gives the visitor who can send it, and the page.
    pub async fn open(&self, path: &str) -> (Self, Got) {
        let page = self.get(path).await;
        let visitor = match page.cookie() {
            Some(cookie) => self.with(header::COOKIE, cookie),
            None => self.clone(),
        };
        (visitor, page)
    }
}
