//! A house with an owner, and a browser that keeps its cookies.

use crate::accounts::{self, Account};
use crate::login::{self, Device, Outcome};
use crate::{App, AppConfig};
use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use http::{HeaderMap, Request, StatusCode, header};
use http_body_util::BodyExt as _;
use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use tower::ServiceExt as _;
use waxwing_crypto::totp::TotpSeed;
use waxwing_domain::{Ctx, EmailAddress, Micros};
use waxwing_egress::Egress;
use waxwing_http::{Settings, Site, front};
use waxwing_store::{OutboxMail, Statement, args, statement};
use waxwing_testkit::neighbour::Neighbour;
use waxwing_testkit::second_factor::code;
use waxwing_testkit::store::TestStore;

pub const HOST: &str = "mail.example.org";
pub const EMAIL: &str = "Olga.Owner@example.org";
pub const PASSWORD: &str = "maroon kettle orbit fiddle";

statement! { PENDING, "SELECT COUNT(*) FROM record_pending WHERE workspace_id = $1" }
statement! { BODIES, "SELECT COUNT(*) FROM record_bodies WHERE workspace_id = $1" }
statement! { SIGNALS, "SELECT COUNT(*) FROM signals WHERE workspace_id = $1" }
statement! { JOBS, "SELECT COUNT(*) FROM jobs WHERE workspace_id = $1" }
statement! { OUTBOX, "SELECT COUNT(*) FROM outbox WHERE workspace_id = $1" }
statement! { system THROTTLES, "SELECT COUNT(*) FROM login_throttles" }

pub struct House {
    pub t: TestStore,
    pub app: App,
    router: Router,
}

impl House {
    pub async fn new(t: TestStore) -> Self {
        Self::reaching(t, Egress::closed()).await
    }

    /// One that asks other hosts by this client.
    async fn reaching(t: TestStore, egress: Egress) -> Self {
        let (app, router) = build(&t, egress);
        Self { t, app, router }
    }

    /// A house whose owner has chosen a password.
    pub async fn with_owner(t: TestStore) -> Self {
        Self::with_owner_reaching(t, Egress::closed()).await
    }

    /// The same, asking other hosts by this client.
    pub async fn with_owner_reaching(t: TestStore, egress: Egress) -> Self {
        let house = Self::reaching(t, egress).await;
        let token = accounts::bootstrap(&house.app, &house.host(), email()).await.expect("the first owner");
        login::welcome(&house.app, &house.visitor("192.0.2.1"), &token, PASSWORD.into(), &Device::default())
            .await
            .expect("a good password");
        house
    }

    /// The process stops and starts: nothing is kept but what is stored.
    pub fn restart(self) -> Self {
        let (app, router) = build(&self.t, Egress::closed());
        Self { app, router, ..self }
    }

    pub fn host(&self) -> Ctx {
        self.t.ctx()
    }
    pub fn visitor(&self, address: &str) -> Ctx {
        Ctx { address: Some(address.parse().expect("an address")), ..self.app.visitor() }
    }
    pub fn pass(&self, micros: i64) {
        self.t.clock.advance(micros);
    }
    pub fn now(&self) -> Micros {
        self.host().now()
    }

    pub async fn attempt(&self, address: &str, email: &str, password: &str) -> crate::Result<Outcome> {
        login::attempt(&self.app, &self.visitor(address), email, password.into(), &Device::default()).await
    }

    pub async fn owner(&self) -> Account {
        let mut tx = self.app.read(&self.host(), "test").await.expect("reads");
        accounts::by_email(&self.app, &mut tx, &email()).await.expect("asks").expect("the owner")
    }

    /// How many rows an act leaves in the tables where acts leave rows.
    pub async fn rows(&self) -> Vec<i64> {
        let mut tx = self.app.read(&self.host(), "test").await.expect("reads");
        let tables: [&'static Statement; 6] = [&PENDING, &BODIES, &SIGNALS, &JOBS, &OUTBOX, &THROTTLES];
        let mut counts = Vec::new();
        for table in tables {
            counts.push(tx.one(table, args![], |r| r.int(0)).await.expect("counts"));
        }
        counts
    }

    pub async fn grown(&self, before: &[i64]) -> Vec<i64> {
        self.rows().await.iter().zip(before).map(|(after, before)| after - before).collect()
    }

    /// The mail that waits.
    pub async fn mail(&self) -> Vec<OutboxMail> {
        let mut tx = self.app.begin(&self.host(), "test").await.expect("begins");
        let (now, later) = (self.now(), self.now().plus(Micros::HOUR));
        let mail = tx.claim_outbox(self.app.store(), now, later, 100).await.expect("claims");
        tx.commit().await.expect("commits");
        mail
    }

    pub fn router(&self) -> Router {
        self.router.clone()
    }

    pub fn browser(&self, address: &str) -> Browser {
        let address: IpAddr = address.parse().expect("an address");
        Browser {
            router: self.router.clone(),
            address,
            cookies: BTreeMap::new(),
            sealing: None,
            accept: None,
            sent_from_elsewhere: false,
        }
    }

    /// A browser in which the owner is signed in; without second factor.
    pub async fn signed_in(&self) -> Browser {
        let mut browser = self.browser("192.0.2.1");
        let got = browser.sign_in(EMAIL, PASSWORD).await;
        assert_eq!(got.status, StatusCode::SEE_OTHER, "{}", got.body);
        browser
    }
}

impl House {
    /// The same with a second factor.
    pub async fn signed_in_with(&self, seed: &TotpSeed) -> Browser {
        let mut browser = self.browser("192.0.2.1");
        browser.sign_in(EMAIL, PASSWORD).await;
        let shown = code(seed, self.now());
        let got = browser.post("/sign-in/second", "/sign-in/second", &[("code", &shown)]).await;
        assert_eq!(got.status, StatusCode::SEE_OTHER, "{}", got.body);
        browser
    }
}

fn build(t: &TestStore, egress: Egress) -> (App, Router) {
    let config = AppConfig {
        data: t.dir.path().join("data"),
        public_url: format!("https://{HOST}"),
        content_url: format!("https://{HOST}"),
        dns: None,
        ehlo: "waxwing.example".into(),
    };
    let app = App::with_egress(t.store.clone(), config, t.workspace, egress);
    let settings = Settings::new(format!("https://{HOST}").parse().expect("an origin"));
    let site = Site::new(settings, Arc::new(app.clone()), t.store.clock().clone(), t.store.rng().clone());
    let router = crate::routes().finish().router.with_state(app.clone());
    (app, front(router, site))
}

pub fn email() -> EmailAddress {
    EmailAddress::parse(EMAIL).expect("an address")
}

pub struct Got {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: String,
}

impl Got {
    pub fn location(&self) -> &str {
        self.headers.get(header::LOCATION).and_then(|v| v.to_str().ok()).unwrap_or_default()
    }
    pub fn set_cookies(&self) -> Vec<&str> {
        self.headers.get_all(header::SET_COOKIE).iter().filter_map(|v| v.to_str().ok()).collect()
    }
    pub fn seal(&self) -> Option<String> {
        let from = self.body.split("name=\"csrf\" value=\"").nth(1)?;
        from.split('"').next().map(str::to_owned)
    }
    /// The page without what is drawn afresh for each answer.
    pub fn still(&self) -> String {
        let mut parts = self.body.split("name=\"csrf\" value=\"");
        let first = parts.next().unwrap_or_default().to_owned();
        parts.fold(first, |text, part| text + part.split_once('"').map_or("", |(_, rest)| rest))
    }
}

pub struct Browser {
    router: Router,
    address: IpAddr,
    pub cookies: BTreeMap<String, String>,
    /// A seal for the header of the next request.
    sealing: Option<String>,
    accept: Option<&'static str>,
    /// Whether the next request comes by a redirect of another site: then strict cookies stay behind.
    sent_from_elsewhere: bool,
}

impl Browser {
    pub async fn get(&mut self, path: &str) -> Got {
        self.send("GET", path, String::new()).await
    }

    /// Fills in the form of `page` and sends it to `path`.
    pub async fn post(&mut self, page: &str, path: &str, fields: &[(&str, &str)]) -> Got {
        let seal = self.get(page).await.seal().unwrap_or_default();
        let mut body = url::form_urlencoded::Serializer::new(String::new());
        body.append_pair("csrf", &seal).extend_pairs(fields);
        self.send("POST", path, body.finish()).await
    }

    /// What an island of `page` does: posts nothing to `path`, sealed by the header.
    pub async fn fetch(&mut self, page: &str, path: &str) -> Got {
        let seal = self.get(page).await.seal().unwrap_or_default();
        self.sealing = Some(seal);
        let got = self.send("POST", path, String::new()).await;
        self.sealing = None;
        got
    }

    /// What a script asks for.
    pub async fn ask_for_data(&mut self, path: &str) -> Got {
        self.accept = Some("application/json");
        let got = self.get(path).await;
        self.accept = None;
        got
    }

    /// Comes here from another site: by itself the page is opened once more, from here, if it asks for that.
    pub async fn sent_to(&mut self, path: &str) -> Got {
        self.sent_from_elsewhere = true;
        let got = self.get(path).await;
        self.sent_from_elsewhere = false;
        if got.status == StatusCode::OK && got.body.contains("http-equiv=\"refresh\"") {
            self.get(path).await
        } else {
            got
        }
    }

    pub async fn sign_in(&mut self, email: &str, password: &str) -> Got {
        self.post("/sign-in", "/sign-in", &[("email", email), ("password", password)]).await
    }

    pub async fn is_in(&mut self) -> bool {
        self.get("/account").await.status == StatusCode::OK
    }

    pub fn session(&self) -> Option<&String> {
        self.cookies.get("__Host-waxwing_session")
    }

    pub async fn send(&mut self, method: &str, path: &str, body: String) -> Got {
        let strict = ["__Host-waxwing_session", "__Host-waxwing_device"];
        let sent =
            self.cookies.iter().filter(|(name, _)| !self.sent_from_elsewhere || !strict.contains(&name.as_str()));
        let cookies: Vec<_> = sent.map(|(name, value)| format!("{name}={value}")).collect();
        let mut request = Request::builder()
            .method(method)
            .uri(path)
            .header(header::HOST, HOST)
            .header(header::USER_AGENT, "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0")
            .header(header::COOKIE, cookies.join("; "));
        if method == "POST" {
            request = request.header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        }
        if self.sent_from_elsewhere {
            request = request.header("sec-fetch-site", "cross-site").header("sec-fetch-mode", "navigate");
        }
        if let Some(accept) = self.accept {
            request = request.header(header::ACCEPT, accept);
        }
        if let Some(seal) = &self.sealing {
            request = request.header("x-csrf-token", seal);
        }
        let mut request = request.body(Body::from(body)).expect("a request");
        request.extensions_mut().insert(ConnectInfo(SocketAddr::from((self.address, 40_000))));
        let response = self.router.clone().oneshot(request).await.expect("the shell always answers");
        let (parts, body) = response.into_parts();
        let bytes = body.collect().await.expect("a body").to_bytes();
        let got =
            Got { status: parts.status, headers: parts.headers, body: String::from_utf8_lossy(&bytes).into_owned() };
        Neighbour::spot(&got.body);
        self.keep(&got);
        got
    }

    fn keep(&mut self, got: &Got) {
        for line in got.set_cookies() {
            let pair = line.split(';').next().and_then(|pair| pair.split_once('='));
            match pair {
                Some((name, "")) => drop(self.cookies.remove(name)),
                Some((name, value)) => drop(self.cookies.insert(name.to_owned(), value.to_owned())),
                None => {}
            }
        }
    }
}
