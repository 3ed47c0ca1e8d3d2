//! A real provider: npm's `oidc-provider`, run by Node over real HTTP, with a browser that follows redirects.
//!
//! `WAXWING_OIDC_PROVIDER` names the folder where it is installed; `cargo xtask test` sees to that. Without it the test
//! says that it was skipped; with `WAXWING_REQUIRE_ORACLES=1` that is a failure instead.

use super::{SECRET, leave, may, roles_of, trust, wish};
use crate::login::tests::browser::{Browser, Got, House};
use http::StatusCode;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::io::Write as _;
use std::process::Stdio;
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::TcpStream;
use tokio::process::{Child, Command};
use waxwing_domain::{Action, Micros};
use waxwing_egress::{Config, Egress, Exceptions};
use waxwing_testkit::store_test;

const CALLBACK: &str = "https://mail.example.org/sign-in/sso/callback";
const ANNA: &str = "anna@birch.example";

/// The provider's process; it ends with the test.
struct Provider {
    issuer: String,
    _process: Child,
}

/// A person's browser at the provider.
#[derive(Default)]
struct There(BTreeMap<String, String>);

impl Provider {
    /// `None`, said aloud, where it is not installed.
    async fn start() -> Option<Self> {
        let Some(folder) = std::env::var_os("WAXWING_OIDC_PROVIDER") else {
            let required = std::env::var("WAXWING_REQUIRE_ORACLES").is_ok_and(|v| v == "1");
            assert!(!required, "WAXWING_OIDC_PROVIDER is required and missing");
            let _ = writeln!(std::io::stderr(), "SKIPPED: WAXWING_OIDC_PROVIDER does not name an identity provider");
            return None;
        };
        let mut process = Command::new("node")
            .arg("server.mjs")
            .current_dir(folder)
            .env("REDIRECT", CALLBACK)
            .env("SECRET", SECRET)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .expect("Node runs");
        let lines = BufReader::new(process.stdout.take().expect("its output"));
        let first = tokio::time::timeout(Duration::from_secs(60), lines.lines().next_line()).await.expect("in time");
        Some(Self { issuer: first.expect("reads").expect("its address"), _process: process })
    }

    async fn tell(&self, change: Value) {
        let (status, _) = There::default().ask("POST", &format!("{}/control", self.issuer), &change.to_string()).await;
        assert_eq!(status, 204);
    }
}

impl There {
    /// Follows redirects until one leads to us; gives the path of it.
    async fn sign_in(&mut self, address: &str) -> String {
        let mut address = address.to_owned();
        for _ in 0..10 {
            let (status, location) = self.ask("GET", &address, "").await;
            assert_eq!(status, 303, "{address}");
            if let Some(path) = location.strip_prefix("https://mail.example.org") {
                return path.to_owned();
            }
            address = url::Url::parse(&address).and_then(|from| from.join(&location)).expect("an address").into();
        }
        panic!("the provider sends people round and round");
    }

    /// One request; the status and where it leads.
    async fn ask(&mut self, method: &str, address: &str, body: &str) -> (u16, String) {
        let url = url::Url::parse(address).expect("an address");
        let host = format!("127.0.0.1:{}", url.port().expect("a port"));
        let path = &url[url::Position::BeforePath..url::Position::AfterQuery];
        let cookies: Vec<String> = self.0.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let head = format!(
            "{method} {path} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\ncookie: {}\r\ncontent-length: {}\r\n\r\n",
            cookies.join("; "),
            body.len()
        );
        let mut line = TcpStream::connect(&host).await.expect("connects");
        line.write_all(format!("{head}{body}").as_bytes()).await.expect("writes");
        let mut answer = Vec::new();
        line.read_to_end(&mut answer).await.expect("reads");
        self.take(&String::from_utf8_lossy(&answer))
    }

    fn take(&mut self, answer: &str) -> (u16, String) {
        let head = answer.split("\r\n\r\n").next().unwrap_or_default();
        let status = head.split(' ').nth(1).and_then(|code| code.parse().ok()).expect("a status");
        let mut location = String::new();
        for (name, value) in head.lines().filter_map(|line| line.split_once(": ")) {
            match name.to_ascii_lowercase().as_str() {
                "location" => location = value.to_owned(),
                "set-cookie" => {
                    let pair = value.split(';').next().and_then(|pair| pair.split_once('=')).expect("a cookie");
                    match pair.1 {
                        "" => drop(self.0.remove(pair.0)),
                        value => drop(self.0.insert(pair.0.to_owned(), value.to_owned())),
                    }
                }
                _ => {}
            }
        }
        (status, location)
    }
}

/// A house whose clock is the machine's, as the provider's is.
async fn house(t: waxwing_testkit::store::TestStore, provider: &Provider) -> House {
    let exceptions = Exceptions { plain_loopback: true, ..Exceptions::default() };
    let egress = Egress::new(Config { exceptions, ..Config::default() }).expect("a client");
    let house = House::with_owner_reaching(t, egress).await;
    catch_up(&house);
    let mut wish = wish(&provider.issuer);
    (wish.scopes, wish.strong) = ("openid email groups".into(), "mfa".into());
    trust(&house, &wish).await;
    house
}

fn catch_up(house: &House) {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970").as_micros();
    house.pass(i64::try_from(now).expect("a time") - house.now().as_i64());
}

async fn come(browser: &mut Browser, there: &mut There) -> Got {
    let address = leave(browser, "/sign-in", "/sign-in/sso").await;
    let path = there.sign_in(&address).await;
    browser.sent_to(&path).await
}

store_test! {
    async fn with_a_real_provider_people_come_in_by_their_groups_and_prove_themselves_anew(t) {
        let Some(provider) = Provider::start().await else { return };
        let house = house(t, &provider).await;
        provider.tell(json!({ "groups": ["marketing"] })).await;
        let (mut browser, mut there) = (house.browser("192.0.2.20"), There::default());
        let got = come(&mut browser, &mut there).await;
        assert_eq!((got.status, got.location()), (StatusCode::SEE_OTHER, "/audience"), "{}", got.body);
        assert!(may(&house, &browser, Action::CampaignsWrite).await);
        provider.tell(json!({ "groups": ["numbers"], "acr": "mfa" })).await;
        let mut second = house.browser("192.0.2.20");
        assert_eq!(come(&mut second, &mut There::default()).await.status, StatusCode::SEE_OTHER);
        assert_eq!(roles_of(&house, ANNA).await.into_iter().collect::<Vec<_>>(), ["analyst"]);
        assert!(!may(&house, &browser, Action::CampaignsWrite).await, "the first session lost it too");
        house.pass(6 * Micros::MINUTE);
        assert!(second.post("/account", "/account/passkeys/new", &[]).await.body.contains("Is it you?"));
        house.pass(-6 * Micros::MINUTE);
        let address = leave(&mut second, "/account", "/account/sso/prove").await;
        let path = there.sign_in(&address).await;
        let got = second.sent_to(&path).await;
        assert!(got.status == StatusCode::OK && got.body.contains("It is you"), "{}", got.body);
        provider.tell(json!({ "groups": [] })).await;
        let got = come(&mut house.browser("192.0.2.20"), &mut There::default()).await;
        assert!(got.status == StatusCode::FORBIDDEN && got.body.contains("None of your groups"), "{}", got.body);
        assert!(!second.is_in().await);
    }

    async fn with_a_real_provider_another_key_of_another_kind_is_found_by_itself(t) {
        let Some(provider) = Provider::start().await else { return };
        let house = house(t, &provider).await;
        provider.tell(json!({ "groups": ["marketing"] })).await;
        assert_eq!(come(&mut house.browser("192.0.2.20"), &mut There::default()).await.status, StatusCode::SEE_OTHER);
        provider.tell(json!({ "alg": "ES256" })).await;
        house.pass(Micros::MINUTE);
        let got = come(&mut house.browser("192.0.2.20"), &mut There::default()).await;
        assert_eq!(got.status, StatusCode::SEE_OTHER, "{}", got.body);
        let used = come(&mut house.browser("192.0.2.20"), &mut There::default()).await;
        assert_eq!(used.status, StatusCode::SEE_OTHER);
    }
}
