//! Single sign-on, in sentences: with a provider that can be told to lie, and with a real one.

mod double;
mod lies;
mod real;
mod settings;
mod story;

use super::{Config, SaidGroup, Wish, load, set};
use crate::accounts::roles::{self, RoleRef};
use crate::accounts::{self, Account};
use crate::login::tests::browser::{Browser, Got, House};
use double::Double;
use http::StatusCode;
use std::collections::BTreeSet;
use std::time::Duration;
use waxwing_domain::{Action, Actor, EmailAddress};
use waxwing_egress::{Caps, Config as EgressConfig, Egress, Exceptions};
use waxwing_store::{args, statement};
use waxwing_testkit::store::TestStore;

const SECRET: &str = "s3cr3t of this client & more";

statement! { REASONS, "SELECT detail FROM signals WHERE workspace_id = $1 AND kind = 'login.sso_refused' ORDER BY id" }

impl SaidGroup {
    fn of(group: &str, role: &str) -> Self {
        Self { group: group.into(), role: role.into() }
    }
}

/// A client that reaches this machine, and waits for two seconds.
fn egress() -> Egress {
    let exceptions = Exceptions { plain_loopback: true, ..Exceptions::default() };
    let caps = Caps { total: Duration::from_secs(2), ..Caps::default() };
    Egress::new(EgressConfig { exceptions, caps, ..EgressConfig::default() }).expect("a client")
}

fn wish(issuer: &str) -> Wish {
    Wish {
        enabled: true,
        name: "Birch ID".into(),
        issuer: issuer.to_owned(),
        client_id: "waxwing".into(),
        secret: SECRET.into(),
        groups_claim: "groups".into(),
        newcomers: "create".into(),
        groups: vec![SaidGroup::of("marketing", "marketer"), SaidGroup::of("numbers", "analyst")],
        ..Wish::default()
    }
}

/// A house with an owner that trusts a provider.
async fn furnished(t: TestStore, change: impl FnOnce(&mut Wish)) -> (House, Double) {
    let house = House::with_owner_reaching(t, egress()).await;
    let double = Double::start(house.t.store.clock().clone()).await;
    let mut wish = wish(&double.issuer);
    change(&mut wish);
    trust(&house, &wish).await;
    (house, double)
}

async fn trust(house: &House, wish: &Wish) {
    let passage = set(&house.app, &house.host(), wish).await.expect("set");
    assert!(passage.waits().is_none(), "the host asks nobody");
}

async fn config(house: &House) -> Config {
    let mut tx = house.app.read(&house.host(), "test").await.expect("reads");
    load(&mut tx).await.expect("reads").expect("a provider")
}

/// Presses the button of a page and gives where the browser is sent.
async fn leave(browser: &mut Browser, page: &str, path: &str) -> String {
    let got = browser.post(page, path, &[("next", "/audience")]).await;
    assert_eq!(got.status, StatusCode::OK, "{}", got.body);
    let refresh = got.headers["refresh"].to_str().expect("text");
    refresh.strip_prefix("0; url=").expect("an address").to_owned()
}

/// Signs in at the double as somebody and comes back.
async fn come(browser: &mut Browser, double: &Double, claims: serde_json::Value) -> Got {
    let address = leave(browser, "/sign-in", "/sign-in/sso").await;
    browser.sent_to(&double.consent(&address, claims)).await
}

/// The last refusal's reason, as the signals have it.
async fn reason(house: &House) -> String {
    let mut tx = house.app.read(&house.host(), "test").await.expect("reads");
    let all = tx.all(&REASONS, args![], |row| row.text(0)).await.expect("reads");
    let last: serde_json::Value = serde_json::from_str(all.last().map_or("{}", String::as_str)).expect("JSON");
    last["reason"].as_str().unwrap_or_default().to_owned()
}

async fn account(house: &House, email: &str) -> Option<Account> {
    let email = EmailAddress::parse(email).expect("an address");
    let mut tx = house.app.read(&house.host(), "test").await.expect("reads");
    accounts::by_email(&house.app, &mut tx, &email).await.expect("asks")
}

/// The roles of an account, by name.
async fn roles_of(house: &House, email: &str) -> BTreeSet<String> {
    let account = account(house, email).await.expect("an account");
    let mut tx = house.app.read(&house.host(), "test").await.expect("reads");
    let grants = roles::grants_of(&mut tx, &house.host(), account.id).await.expect("reads");
    grants.iter().map(|grant| grant.role.to_string()).collect()
}

/// Whether the browser's session may do this now.
async fn may(house: &House, browser: &Browser, action: Action) -> bool {
    use waxwing_http::{Authenticate as _, Caller};
    let caller = Caller { address: None, request: house.host().request };
    let token = browser.session().cloned().unwrap_or_default();
    let found = house.app.session(&token, caller).await.expect("asks");
    found.is_some_and(|person| person.rights.actions.has(action))
}

/// A role by its name.
fn role(name: &str) -> RoleRef {
    name.parse().expect("a role")
}

/// The host, acting as a person would: so that a second person is asked for.
async fn as_owner(house: &House) -> waxwing_domain::Ctx {
    let owner = house.owner().await.id;
    let actor = Actor::Account(owner, waxwing_domain::SessionId::from_i64(1));
    waxwing_domain::Ctx { actor, origin: actor, proven: true, ..house.host() }
}
