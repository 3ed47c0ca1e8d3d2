//! What tests of features share: the product over a test's store, and a visitor without a browser.

use crate::lists::{self, MembershipState, NewList, Visibility};
use crate::subscribers::{self, NewPerson};
use crate::{App, AppConfig, consent, fields, sending, settings};
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
use waxwing_domain::{
    AccountId, ApiKeyId, Ctx, EmailAddress, ListId, Micros, Rights, SessionId, SourceId, SubjectNo, WorkspaceId,
};
use waxwing_http::{Answer, Authenticate, Caller, KeyHolder, Settings, SignedIn, Site, front};
use waxwing_message::{ContentFormat, RevisionSource};
use waxwing_store::{JobRegistry, OutboxMail, Runner, args, statement};
use waxwing_testkit::neighbour::Neighbour;
use waxwing_testkit::store::TestStore;

// The lane works for as long as the process lives.
statement! { OPEN_JOBS,
"SELECT COUNT(*) FROM jobs WHERE workspace_id = $1 AND state IN ('ready', 'leased') AND kind <> 'sending.lane'" }

const LISTEN: ([u8; 4], u16) = ([127, 0, 0, 1], 8080);

/// The product over `t`.
pub(crate) fn app(t: &TestStore) -> App {
    let config = AppConfig {
        data: t.dir.path().join("data"),
        public_url: "http://127.0.0.1:8080".into(),
        content_url: "http://127.0.0.1:8080".into(),
        dns: None,
        ehlo: "waxwing.example".into(),
    };
    App::new(t.store.clone(), config, t.workspace)
}

/// Runs the product's jobs until none waits.
pub(crate) async fn run_jobs(app: &App, register: fn(&mut JobRegistry, &App)) {
    let mut registry = JobRegistry::default();
    register(&mut registry, app);
    let (stop, stopped) = watch::channel(false);
    let runner = tokio::spawn(Runner::new(app.store().clone(), registry).run(stopped));
    tokio::time::timeout(Duration::from_secs(30), async {
        loop {
            tokio::time::sleep(Duration::from_millis(20)).await;
            let mut tx = app.store().read(app.workspace(), "test").await.expect("reads");
            if tx.one(&OPEN_JOBS, args![], |r| r.int(0)).await.expect("counts") == 0 {
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
pub(crate) async fn mails(app: &App) -> Vec<OutboxMail> {
    let now = app.store().clock().now();
    let mut tx = app.store().begin(app.workspace(), "test").await.expect("begins");
    let mails = tx.claim_outbox(app.store(), now, now.plus(Micros::HOUR), 100).await.expect("claims");
    tx.commit().await.expect("commits");
    mails
}

/// The session and key `all` may do everything, `nothing` nothing.
struct Words(WorkspaceId);

impl Words {
    fn rights(word: &str) -> Option<Rights> {
        match word {
            "all" => Some(Rights::everything()),
            "nothing" => Some(Rights::nothing()),
            _ => None,
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
            form_key: token.to_owned(),
            name: "Test".into(),
            organisation: "Test".into(),
            state: None,
        });
        Box::pin(async move { Ok(signed_in) })
    }
    fn api_key<'a>(&'a self, key: &'a str, _: Caller) -> Answer<'a, KeyHolder> {
        let holder =
            Self::rights(key).map(|rights| KeyHolder { key: ApiKeyId::from_i64(1), workspace: self.0, rights });
        Box::pin(async move { Ok(holder) })
    }
    fn public_workspace(&self) -> WorkspaceId {
        self.0
    }
}

/// An answer, read whole.
pub(crate) struct Got {
    pub status: StatusCode,
    pub headers: HeaderMap,
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
#[derive(Clone)]
pub(crate) struct Web {
    router: Router,
    from: IpAddr,
    headers: Vec<(header::HeaderName, String)>,
}

impl Web {
    pub fn new(app: &App) -> Self {
        let settings = Settings::local(SocketAddr::from(LISTEN));
        let (clock, rng) = (app.store().clock().clone(), app.store().rng().clone());
        let site = Site::new(settings, Arc::new(Words(app.workspace())), clock, rng);
        let router = front(crate::routes().finish().router.with_state(app.clone()), site);
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
    pub async fn ask(&self, method: Method, path: &str, kind: &str, body: impl Into<String>) -> Got {
        let mut request = Request::builder().method(method).uri(path).header(header::HOST, "127.0.0.1:8080");
        for (name, value) in &self.headers {
            request = request.header(name, value);
        }
        request = request.header(header::CONTENT_TYPE, kind).extension(ConnectInfo(SocketAddr::new(self.from, 4_711)));
        let request = request.body(Body::from(body.into())).expect("a request");
        let (parts, body) = self.router.clone().oneshot(request).await.expect("always answers").into_parts();
        let body = body.collect().await.expect("a whole body").to_bytes();
        Neighbour::spot(&String::from_utf8_lossy(&body));
        Got { status: parts.status, headers: parts.headers, body: String::from_utf8_lossy(&body).into_owned() }
    }
    pub async fn get(&self, path: &str) -> Got {
        self.ask(Method::GET, path, "text/plain", "").await
    }
    pub async fn post(&self, path: &str, form: &str) -> Got {
        self.ask(Method::POST, path, "application/x-www-form-urlencoded", form).await
    }
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

/// A workspace named Orchard with one public list, and people on it with attested consent; beside a
/// neighbour that nobody may see or touch.
pub(crate) struct Orchard {
    pub app: App,
    pub web: Web,
    pub ctx: Ctx,
    pub list: ListId,
    pub people: Vec<SubjectNo>,
    _neighbour: Neighbour,
}

impl Orchard {
    pub async fn new(t: &TestStore, emails: &[&str]) -> Self {
        let (app, ctx) = (app(t), t.ctx());
        let mut tx = app.begin(&ctx, "test").await.expect("begins");
        fields::install(&app, &mut tx, &ctx).await.expect("fields");
        let settings = settings::Workspace { organisation: "Orchard".into(), ..settings::Workspace::default() };
        settings::save(&app, &mut tx, &ctx, &settings).await.expect("settings");
        let new = NewList { visibility: Visibility::Public, ..NewList::named("Letters") };
        let list = lists::create(&app, &mut tx, &ctx, new).await.expect("a list").id;
        let mut people = Vec::new();
        for email in emails {
            let email = EmailAddress::parse(email).expect("an address");
            let person = NewPerson { email, values: vec![] };
            let kind = consent::ConsentKind::Manual;
            let admitted = subscribers::admit(&app, &mut tx, &ctx, person, kind, "At the fair.", &[list]).await;
            people.push(admitted.expect("a person").subject);
        }
        tx.commit().await.expect("commits");
        let neighbour = Neighbour::plant(&t.database).await;
        Self { web: Web::new(&app), app, ctx, list, people, _neighbour: neighbour }
    }

    /// Opens a source of campaign 7 to `lists` and freezes its audience.
    pub async fn source(&self, lists: Vec<ListId>) -> SourceId {
        let content = RevisionSource {
            format: ContentFormat::Text,
            subject: "News of the orchard".into(),
            preheader: String::new(),
            body: "Apples are ripe.".into(),
            wrapper: None,
            text: None,
        };
        let new = sending::NewSource {
            kind: "campaign",
            reference: 7,
            revision: sending::FrozenRevision { content, facts: sending::Facts::default() },
            sender: sending::Sender::parse("Orchard", "news@orchard.example", None).expect("a sender"),
            lists,
        };
        let mut tx = self.app.begin(&self.ctx, "test").await.expect("begins");
        let source = sending::open_source(&self.app, &mut tx, &self.ctx, new).await.expect("opens");
        tx.commit().await.expect("commits");
        run_jobs(&self.app, sending::jobs).await;
        source
    }

    /// How a person stands to the list.
    pub async fn state(&self, subject: SubjectNo) -> Option<MembershipState> {
        let mut tx = self.app.read(&self.ctx, "test").await.expect("reads");
        let memberships = lists::memberships(&mut tx, subject).await.expect("reads");
        memberships.iter().find(|m| m.list == self.list).map(|m| m.state)
    }
}
