//! The page of the provider, the same for programs, and the second person.

use super::double::{Double, query};
use super::{Got, SECRET, as_owner, come, config, furnished, leave, roles_of, wish};
use crate::accounts::approvals::{self, Passage, Policy};
use crate::accounts::roles::{self, NewGrant};
use crate::accounts::{self, Person};
use crate::login::sso::{self, SaidGroup, Wish};
use crate::login::tests::browser::{Browser, House};
use crate::{Error, accounts::roles::RoleRef};
use http::StatusCode;
use serde_json::json;
use waxwing_domain::{AccountId, Ctx, EmailAddress, Micros, Rights, Role};
use waxwing_store::{args, statement};
use waxwing_testkit::store_test;

statement! { STORED, "SELECT secret FROM sso_providers WHERE workspace_id = $1" }
statement! { WAITING, "SELECT sealed FROM sso_attempts WHERE workspace_id = $1" }

fn form<'a>(wish: &'a Wish, secret: &'a str) -> Vec<(&'a str, &'a str)> {
    let mut form = vec![
        ("enabled", "on"),
        ("name", &*wish.name),
        ("issuer", &wish.issuer),
        ("client_id", &wish.client_id),
        ("secret", secret),
        ("groups_claim", &wish.groups_claim),
        ("newcomers", &wish.newcomers),
    ];
    for SaidGroup { group, role } in &wish.groups {
        form.extend([("group", &**group), ("role", &**role)]);
    }
    form.extend([("group", ""), ("role", "marketer")]);
    form
}

async fn save(browser: &mut Browser, form: &[(&str, &str)]) -> Got {
    browser.post("/settings/sso", "/settings/sso", form).await
}

/// Somebody who can say yes to the owner.
async fn second_person(house: &House) -> AccountId {
    let (ctx, email) = (house.host(), EmailAddress::parse("second@example.org").expect("an address"));
    let mut tx = house.app.begin(&ctx, "test").await.expect("begins");
    let id = accounts::admit(&house.app, &mut tx, &ctx, &Person { email, name: String::new() }).await.expect("made");
    let owner = NewGrant { role: RoleRef::BuiltIn(Role::Owner), expires_at: None };
    assert_eq!(roles::grant(&house.app, &mut tx, &ctx, id, owner).await.expect("granted"), Passage::FREE);
    let policy = Policy { grants: true, ..approvals::policy(&mut tx).await.expect("reads") };
    assert_eq!(approvals::set_policy(&house.app, &mut tx, &ctx, policy).await.expect("set"), Passage::FREE);
    tx.commit().await.expect("commits");
    id
}

async fn say_yes(house: &House, passage: &Passage, who: AccountId) {
    let actor = waxwing_domain::Actor::Account(who, waxwing_domain::SessionId::from_i64(2));
    let ctx = Ctx { actor, origin: actor, proven: true, ..house.host() };
    let mut tx = house.app.begin(&ctx, "test").await.expect("begins");
    let id = passage.waits().expect("a request");
    approvals::approve(&house.app, &mut tx, &ctx, id).await.expect("approved");
    tx.commit().await.expect("commits");
}

store_test! {
    async fn the_page_saves_the_provider_and_never_shows_its_secret(t) {
        let (house, double) = furnished(t, |_| {}).await;
        let mut browser = house.signed_in().await;
        let page = browser.get("/settings/sso").await.body;
        assert!(page.contains(&double.issuer) && page.contains("value=\"marketing\""), "{page}");
        assert!(page.contains("https://mail.example.org/sign-in/sso/callback"));
        assert!(!page.contains("s3cr3t"));
        let mut new = wish(&double.issuer);
        new.name = "Other name".into();
        let got = save(&mut browser, &form(&new, "")).await;
        assert_eq!(got.location(), "/settings/sso", "{}", got.body);
        assert_eq!(config(&house).await.name, "Other name");
        let mut tx = house.app.read(&house.host(), "test").await.expect("reads");
        let stored = tx.one(&STORED, args![], |row| row.blob(0)).await.expect("reads");
        assert!(!stored.windows(6).any(|part| part == b"s3cr3t"));
        drop(tx);
        assert_eq!(config(&house).await.secret(&house.app, house.host().workspace).expect("opens"), SECRET);
        let got = browser.post("/settings/sso", "/settings/sso/remove", &[]).await;
        assert_eq!(got.location(), "/settings/sso");
        assert!(!browser.get("/sign-in").await.body.contains("Sign in with"));
    }

    async fn a_secret_is_never_sent_to_another_provider_than_it_was_typed_for(t) {
        let (house, double) = furnished(t, |_| {}).await;
        let other = Double::start(house.t.store.clock().clone()).await;
        for (issuer, client) in [(&other.issuer, "waxwing"), (&double.issuer, "another")] {
            let wish = Wish { secret: String::new(), client_id: client.into(), ..wish(issuer) };
            let refused = sso::set(&house.app, &house.host(), &wish).await;
            assert!(matches!(refused, Err(Error::Invalid { field, .. }) if field == "secret"));
        }
    }

    async fn what_is_wrong_is_said_beside_its_field(t) {
        let (house, double) = furnished(t, |_| {}).await;
        type Change = fn(&mut Wish);
        let wrong: [(&str, Change); 13] = [
            ("name", |wish| wish.name = "a\nb".into()),
            ("issuer", |wish| wish.issuer = "http://id.example".into()),
            ("issuer", |wish| wish.issuer = "https://169.254.169.254".into()),
            ("issuer", |wish| wish.issuer.push_str("/?x")),
            ("issuer", |wish| wish.issuer.push('/')),
            ("client_id", |wish| wish.client_id = String::new()),
            ("secret", |wish| wish.secret = "a\nb".into()),
            ("newcomers", |wish| wish.newcomers = "all".into()),
            ("newcomers", |wish| wish.groups.clear()),
            ("groups_claim", |wish| wish.groups_claim = String::new()),
            ("domains", |wish| wish.domains = "birch..example".into()),
            ("groups", |wish| wish.groups[0].role = "nobody".into()),
            ("groups", |wish| wish.groups[0].role = "owner".into()),
        ];
        for (field, change) in wrong {
            let mut wish = wish(&double.issuer);
            change(&mut wish);
            let refused = sso::set(&house.app, &house.host(), &wish).await;
            assert!(matches!(&refused, Err(Error::Invalid { field: f, .. }) if f == field), "{field}: {refused:?}");
        }
        let mut browser = house.signed_in().await;
        let got = save(&mut browser, &form(&Wish { client_id: String::new(), ..wish(&double.issuer) }, "typed again")).await;
        assert_eq!(got.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(got.body.contains("Paste the client ID") && !got.body.contains("typed again"), "{}", got.body);
    }

    async fn nobody_maps_a_group_to_what_they_lack(t) {
        let (house, double) = furnished(t, |_| {}).await;
        let security = Ctx { rights: Rights::of_role(Role::SecurityOfficer), ..as_owner(&house).await };
        let refused = sso::set(&house.app, &security, &wish(&double.issuer)).await;
        assert!(matches!(refused, Err(Error::Conflict(_) | Error::Denied(_))), "{refused:?}");
        let nobody = Ctx { rights: Rights::nothing(), ..as_owner(&house).await };
        assert!(matches!(sso::set(&house.app, &nobody, &wish(&double.issuer)).await, Err(Error::Denied(_))));
        assert!(matches!(sso::remove(&house.app, &nobody).await, Err(Error::Denied(_))));
    }

    async fn a_stale_session_changes_nothing(t) {
        let (house, double) = furnished(t, |_| {}).await;
        let mut browser = house.signed_in().await;
        house.pass(6 * Micros::MINUTE);
        let got = save(&mut browser, &form(&wish(&double.issuer), "x")).await;
        assert!(got.status == StatusCode::FORBIDDEN && got.body.contains("Is it you?"), "{}", got.body);
    }

    async fn a_powerful_role_for_a_group_waits_for_a_second_person(t) {
        let (house, double) = furnished(t, |_| {}).await;
        let second = second_person(&house).await;
        let mut new = wish(&double.issuer);
        new.groups.push(SaidGroup::of("guards", "privacy_officer"));
        let owner = as_owner(&house).await;
        let passage = sso::set(&house.app, &owner, &new).await.expect("asked");
        assert!(passage.waits().is_some());
        assert_eq!(config(&house).await.groups.len(), 2, "nothing is changed before the yes");
        say_yes(&house, &passage, second).await;
        let mut other = new.clone();
        other.groups[2].group = "everybody".into();
        assert!(sso::set(&house.app, &owner, &other).await.expect("asked").waits().is_some(), "a yes is to exactly this");
    }

    async fn after_the_yes_it_is_set_and_the_group_gives_the_role(t) {
        let (house, double) = furnished(t, |_| {}).await;
        let second = second_person(&house).await;
        let mut new = wish(&double.issuer);
        new.groups.push(SaidGroup::of("guards", "privacy_officer"));
        let owner = as_owner(&house).await;
        let passage = sso::set(&house.app, &owner, &new).await.expect("asked");
        say_yes(&house, &passage, second).await;
        assert!(matches!(sso::set(&house.app, &owner, &new).await.expect("set"), Passage::Open(Some(_))));
        let claims = json!({ "sub": "u-1", "email": "a@birch.example", "email_verified": true, "groups": ["guards"] });
        come(&mut house.browser("192.0.2.20"), &double, claims).await;
        assert!(roles_of(&house, "a@birch.example").await.contains("privacy_officer"));
        new.name = "Another name".into();
        let same = sso::set(&house.app, &owner, &new).await.expect("set");
        assert!(same.waits().is_none(), "what was agreed on stays agreed on");
        new.domains = "birch.example".into();
        let more = sso::set(&house.app, &owner, &new).await.expect("asked");
        assert!(more.waits().is_some(), "whom it is given to is part of it");
    }

    async fn a_powerful_role_that_nobody_agreed_to_is_not_given_once_a_second_person_is_asked_for(t) {
        let (house, double) = furnished(t, |_| {}).await;
        let owner = as_owner(&house).await;
        let mut new = wish(&double.issuer);
        new.groups.push(SaidGroup::of("guards", "privacy_officer"));
        assert!(sso::set(&house.app, &owner, &new).await.expect("set").waits().is_none(), "nobody is asked yet");
        second_person(&house).await;
        let claims = json!({ "sub": "u-1", "email": "a@birch.example", "email_verified": true, "groups": ["guards", "numbers"] });
        come(&mut house.browser("192.0.2.20"), &double, claims).await;
        let roles = roles_of(&house, "a@birch.example").await;
        assert!(roles.contains("analyst") && !roles.contains("privacy_officer"), "{roles:?}");
    }

    async fn what_waits_for_the_provider_is_kept_sealed(t) {
        let (house, _double) = furnished(t, |_| {}).await;
        let address = leave(&mut house.browser("192.0.2.20"), "/sign-in", "/sign-in/sso").await;
        let nonce = query(&address)["nonce"].clone();
        let mut tx = house.app.read(&house.host(), "test").await.expect("reads");
        let sealed = tx.one(&WAITING, args![], |row| row.blob(0)).await.expect("one");
        assert!(!sealed.windows(nonce.len()).any(|part| part == nonce.as_bytes()));
        drop(tx);
        house.pass(Micros::HOUR);
        let mut tx = house.app.begin(&house.host(), "test").await.expect("begins");
        sso::sweep(&mut tx, house.now()).await.expect("swept");
        assert!(tx.all(&WAITING, args![], |row| row.blob(0)).await.expect("reads").is_empty());
    }

    async fn of_several_workspaces_the_one_that_is_named_is_signed_in_to(t) {
        let (house, double) = furnished(t, |_| {}).await;
        house.t.store.create_workspace("Birch").await.expect("a workspace");
        let mut browser = house.browser("192.0.2.20");
        let page = browser.get("/sign-in").await.body;
        assert!(page.contains("Sign in with your organisation") && !page.contains("Birch ID"), "nobody is told whose: {page}");
        let word = house.t.store.workspaces().await.expect("reads")[0].word.as_str().to_owned();
        let page = browser.get(&format!("/sign-in?workspace={word}")).await.body;
        assert!(page.contains("Sign in with Birch ID"), "{page}");
        for (named, status) in [(&*word, StatusCode::OK), ("birch", StatusCode::FORBIDDEN), ("none", StatusCode::FORBIDDEN), ("", StatusCode::FORBIDDEN)] {
            let got = browser.post("/sign-in", "/sign-in/sso", &[("workspace", named)]).await;
            assert_eq!(got.status, status, "{named}");
        }
        let claims = json!({ "sub": "u-1", "email": "a@birch.example", "email_verified": true, "groups": ["numbers"] });
        let got = browser.post("/sign-in", "/sign-in/sso", &[("workspace", &word)]).await;
        let address = got.headers["refresh"].to_str().expect("text").strip_prefix("0; url=").expect("an address").to_owned();
        assert_eq!(browser.sent_to(&double.consent(&address, claims)).await.status, StatusCode::SEE_OTHER);
    }

    async fn programs_read_and_set_it_without_the_secret(t) {
        let (house, double) = furnished(t, |_| {}).await;
        let said = serde_json::to_value(sso::config::Said::from(&config(&house).await)).expect("JSON");
        assert_eq!(said["issuer"], double.issuer.as_str());
        assert_eq!(said["groups"][0], json!({ "group": "marketing", "role": "marketer" }));
        assert!(!said.to_string().contains("ecret"), "{said}");
    }
}
