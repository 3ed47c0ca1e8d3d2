//! Coming in by the provider: for the first time, again, with other groups, with an account that was there before.

use super::double::{Double, Lie, query};
use super::{account, come, furnished, leave, may, reason, role, roles_of, trust, wish};
use crate::accounts::approvals::Passage;
use crate::accounts::{self, Person, roles};
use crate::login::policy::{self, Policy};
use crate::login::tests::browser::{EMAIL, House, PASSWORD};
use crate::login::tests::factor::turn_on;
use http::StatusCode;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use waxwing_domain::{Action, ContainmentId, EmailAddress, Micros, Strength, Thing};
use waxwing_testkit::second_factor::code;
use waxwing_testkit::store_test;

const ANNA: &str = "anna@birch.example";

fn anna(groups: &[&str]) -> Value {
    json!({ "sub": "u-1", "email": ANNA, "email_verified": true, "name": "Anna Birch", "groups": groups })
}

fn names(all: &[&str]) -> BTreeSet<String> {
    all.iter().map(|one| (*one).to_owned()).collect()
}

async fn ask_for(house: &House, minimum: Strength) {
    let ctx = house.host();
    let mut tx = house.app.begin(&ctx, "test").await.expect("begins");
    policy::set(&house.app, &mut tx, &ctx, Policy { minimum, ..Policy::default() }).await.expect("within bounds");
    tx.commit().await.expect("commits");
}

/// The owner's browser with the account linked to the person of this number.
async fn linked(house: &House, double: &Double, subject: &str) -> crate::login::tests::browser::Browser {
    let mut browser = house.signed_in().await;
    let address = leave(&mut browser, "/account", "/account/sso").await;
    let claims = json!({ "sub": subject, "email": "o@birch.example", "email_verified": true });
    let got = browser.sent_to(&double.consent(&address, claims)).await;
    assert_eq!((got.status, got.location()), (StatusCode::SEE_OTHER, "/account"), "{}", got.body);
    browser
}

store_test! {
    async fn somebody_new_comes_in_with_the_roles_of_their_groups(t) {
        let (house, double) = furnished(t, |_| {}).await;
        let mut browser = house.browser("192.0.2.20");
        assert!(browser.get("/sign-in").await.body.contains("Sign in with Birch ID"));
        let got = come(&mut browser, &double, anna(&["marketing", "unknown"])).await;
        assert_eq!((got.status, got.location()), (StatusCode::SEE_OTHER, "/audience"), "{}", got.body);
        assert!(browser.get("/account").await.body.contains(ANNA));
        assert_eq!(roles_of(&house, ANNA).await, names(&["marketer"]));
        assert!(may(&house, &browser, Action::CampaignsWrite).await);
        let second = come(&mut house.browser("192.0.2.20"), &double, anna(&["marketing"])).await;
        assert_eq!(second.status, StatusCode::SEE_OTHER, "and again, as the same");
    }

    async fn the_browser_is_known_again_although_the_provider_is_another_site(t) {
        let (house, double) = furnished(t, |_| {}).await;
        let mut browser = house.browser("192.0.2.20");
        let one = leave(&mut browser, "/sign-in", "/sign-in/sso").await;
        let two = leave(&mut browser, "/sign-in", "/sign-in/sso").await;
        browser.sent_to(&double.consent(&one, anna(&["marketing"]))).await;
        let (mark, first) = (browser.cookies["__Host-waxwing_device"].clone(), browser.session().cloned());
        told(&house).await;
        browser.sent_to(&double.consent(&two, anna(&["marketing"]))).await;
        assert_eq!(browser.cookies["__Host-waxwing_device"], mark);
        assert!(told(&house).await.is_empty(), "nobody is told of a browser that they know");
        let mut other = house.browser("192.0.2.20");
        other.cookies.insert("__Host-waxwing_session".into(), first.expect("a session"));
        assert!(!other.is_in().await, "the session before has ended");
        come(&mut house.browser("192.0.2.20"), &double, anna(&["marketing"])).await;
        assert_eq!(told(&house).await, ["login.new_device"], "of another one they are");
    }

    async fn groups_are_read_anew_and_a_change_bites_at_once(t) {
        let (house, double) = furnished(t, |_| {}).await;
        let (mut old, mut new) = (house.browser("192.0.2.20"), house.browser("192.0.2.21"));
        come(&mut old, &double, anna(&["marketing"])).await;
        come(&mut new, &double, anna(&["numbers"])).await;
        assert_eq!(roles_of(&house, ANNA).await, names(&["analyst"]));
        assert!(!may(&house, &old, Action::CampaignsWrite).await, "in every session");
        assert!(may(&house, &new, Action::ReportsRead).await);
        let got = come(&mut house.browser("192.0.2.22"), &double, anna(&["other"])).await;
        assert_eq!((got.status, reason(&house).await.as_str()), (StatusCode::FORBIDDEN, "groups"));
        assert!(!new.is_in().await && !old.is_in().await, "who is in no group any more is out everywhere");
        assert_eq!(roles_of(&house, ANNA).await, names(&[]));
    }

    async fn a_role_of_a_group_counts_only_where_the_provider_let_in_and_ends_by_itself(t) {
        let (house, double) = furnished(t, |_| {}).await;
        let mut browser = house.browser("192.0.2.20");
        come(&mut browser, &double, anna(&["marketing"])).await;
        let email = EmailAddress::parse(ANNA).expect("an address");
        let token = accounts::reset_link(&house.app, &house.host(), &email).await.expect("a link");
        let form = [("password", PASSWORD), ("repeat", PASSWORD)];
        house.browser("192.0.2.20").post(&format!("/reset/{token}"), &format!("/reset/{token}"), &form).await;
        let mut by_password = house.browser("192.0.2.20");
        by_password.sign_in(ANNA, PASSWORD).await;
        assert!(by_password.is_in().await);
        assert!(!may(&house, &by_password, Action::CampaignsWrite).await, "a password is not the provider's word");
        let mut again = house.browser("192.0.2.20");
        come(&mut again, &double, anna(&["marketing"])).await;
        assert!(may(&house, &again, Action::CampaignsWrite).await);
        let mut tx = house.app.read(&house.host(), "test").await.expect("reads");
        let account = account(&house, ANNA).await.expect("hers");
        let grants = roles::grants_of(&mut tx, &house.host(), account.id).await.expect("reads");
        assert!(grants.iter().all(|grant| grant.by_group && grant.expires_at.is_some()));
    }

    async fn a_role_that_a_person_gave_is_left_alone(t) {
        let (house, double) = furnished(t, |_| {}).await;
        come(&mut house.browser("192.0.2.20"), &double, anna(&["marketing"])).await;
        let id = account(&house, ANNA).await.expect("hers").id;
        let mut tx = house.app.begin(&house.host(), "test").await.expect("begins");
        let given = roles::NewGrant { role: role("analyst"), expires_at: None };
        assert_eq!(roles::grant(&house.app, &mut tx, &house.host(), id, given).await.expect("granted"), Passage::FREE);
        tx.commit().await.expect("commits");
        come(&mut house.browser("192.0.2.20"), &double, anna(&["numbers"])).await;
        come(&mut house.browser("192.0.2.20"), &double, anna(&[])).await;
        assert_eq!(roles_of(&house, ANNA).await, names(&["analyst"]), "the group's is gone, the person's stays");
    }

    async fn an_address_joins_nobody_to_an_account_that_is_there(t) {
        let (house, double) = furnished(t, |_| {}).await;
        let owner = json!({ "sub": "evil", "email": EMAIL, "email_verified": true, "groups": ["marketing"] });
        let got = come(&mut house.browser("198.51.100.9"), &double, owner).await;
        assert!(got.status == StatusCode::FORBIDDEN && got.body.contains("There is an account with your address"), "{}", got.body);
        assert_eq!(reason(&house).await, "taken");
        let mut tx = house.app.begin(&house.host(), "test").await.expect("begins");
        let invited = Person { email: EmailAddress::parse(ANNA).expect("an address"), name: String::new() };
        let grant = roles::NewGrant { role: role("security_officer"), expires_at: None };
        accounts::invite(&house.app, &mut tx, &house.host(), &invited, grant).await.expect("invited");
        tx.commit().await.expect("commits");
        assert_eq!(come(&mut house.browser("198.51.100.9"), &double, anna(&["marketing"])).await.status, StatusCode::FORBIDDEN);
        assert_eq!(reason(&house).await, "taken", "nor to an invitation");
    }

    async fn an_owner_links_their_account_and_comes_in_as_themselves(t) {
        let (house, double) = furnished(t, |_| {}).await;
        linked(&house, &double, "u-9").await;
        assert_eq!(told(&house).await, ["accounts.changed"], "the owner hears of it");
        let mut browser = house.browser("192.0.2.20");
        let claims = json!({ "sub": "u-9", "email": "other@birch.example", "email_verified": true });
        assert_eq!(come(&mut browser, &double, claims).await.status, StatusCode::SEE_OTHER);
        assert!(may(&house, &browser, Action::AccountsWrite).await, "roles that people gave count");
        assert!(browser.get("/account").await.body.contains("Linked"));
        let got = browser.post("/account", "/account/sso/remove", &[]).await;
        assert_eq!(got.location(), "/account");
        assert!(!browser.is_in().await, "what the provider began ends with the link");
        let got = come(&mut house.browser("192.0.2.20"), &double, json!({ "sub": "u-9", "email": "x@birch.example", "email_verified": true })).await;
        assert_eq!(got.status, StatusCode::FORBIDDEN);
    }

    async fn a_link_needs_a_fresh_proof_and_the_session_that_asked(t) {
        let (house, double) = furnished(t, |_| {}).await;
        let mut browser = house.signed_in().await;
        house.pass(6 * Micros::MINUTE);
        let got = browser.post("/account", "/account/sso", &[]).await;
        assert!(got.body.contains("Is it you?"), "{}", got.body);
        let address = leave_with(&mut browser, &[("proof_password", PASSWORD)]).await;
        browser.post("/account", "/sign-out", &[]).await;
        let claims = json!({ "sub": "u-9", "email": "o@birch.example", "email_verified": true });
        assert_eq!(browser.sent_to(&double.consent(&address, claims)).await.status, StatusCode::FORBIDDEN);
        assert_eq!(reason(&house).await, "session");
    }

    async fn nobody_links_a_person_that_another_account_has(t) {
        let (house, double) = furnished(t, |_| {}).await;
        come(&mut house.browser("192.0.2.20"), &double, anna(&["marketing"])).await;
        let mut owner = house.signed_in().await;
        let address = leave(&mut owner, "/account", "/account/sso").await;
        assert_eq!(owner.sent_to(&double.consent(&address, anna(&["marketing"]))).await.status, StatusCode::FORBIDDEN);
        assert_eq!(reason(&house).await, "other_person");
    }

    async fn an_address_that_is_not_vouched_for_or_of_another_domain_is_refused(t) {
        let (house, double) = furnished(t, |wish| wish.domains = "birch.example".into()).await;
        for (email, verified) in [("anna@birch.example", false), ("anna@elsewhere.example", true), ("anna@sub.birch.example", true)] {
            let claims = json!({ "sub": "u-1", "email": email, "email_verified": verified, "groups": ["marketing"] });
            assert_eq!(come(&mut house.browser("192.0.2.20"), &double, claims).await.status, StatusCode::FORBIDDEN);
            assert_eq!(reason(&house).await, "address", "{email}");
        }
        assert_eq!(come(&mut house.browser("192.0.2.20"), &double, anna(&["marketing"])).await.status, StatusCode::SEE_OTHER);
    }

    async fn strangers_are_refused_where_the_workspace_says_so(t) {
        let (house, double) = furnished(t, |wish| wish.newcomers = "refuse".into()).await;
        let got = come(&mut house.browser("192.0.2.20"), &double, anna(&["marketing"])).await;
        assert!(got.status == StatusCode::FORBIDDEN && got.body.contains("Ask for an invitation"), "{}", got.body);
        assert_eq!(reason(&house).await, "stranger");
    }

    async fn a_second_factor_here_is_asked_for_unless_the_providers_counts(t) {
        let (house, double) = furnished(t, |wish| wish.strong = "mfa".into()).await;
        linked(&house, &double, "u-9").await;
        let (seed, _) = turn_on(&house).await;
        house.pass(Micros::HOUR);
        let plain = json!({ "sub": "u-9", "email": "o@birch.example", "email_verified": true });
        let mut browser = house.browser("192.0.2.20");
        let got = come(&mut browser, &double, plain.clone()).await;
        assert_eq!(got.location(), "/sign-in/second?next=%2Faudience", "{}", got.body);
        assert!(!browser.is_in().await);
        let shown = code(&seed, house.now());
        browser.post("/sign-in/second", "/sign-in/second", &[("code", &shown)]).await;
        assert!(browser.is_in().await);
        let mut strong = plain;
        strong["amr"] = json!(["pwd", "mfa"]);
        let mut browser = house.browser("192.0.2.20");
        assert_eq!(come(&mut browser, &double, strong).await.location(), "/audience");
    }

    async fn the_least_credential_is_asked_of_who_comes_by_the_provider_too(t) {
        let (house, double) = furnished(t, |wish| wish.strong = "mfa".into()).await;
        ask_for(&house, Strength::SecondFactor).await;
        let mut browser = house.browser("192.0.2.20");
        come(&mut browser, &double, anna(&["marketing"])).await;
        assert_eq!(browser.get("/").await.location(), "/account/enrol");
        assert!(!browser.get("/account/enrol").await.body.contains("Authenticator app"), "which needs a password");
        let mut strong = anna(&["marketing"]);
        strong["acr"] = "mfa".into();
        let mut browser = house.browser("192.0.2.20");
        come(&mut browser, &double, strong.clone()).await;
        assert_eq!(browser.get("/").await.status, StatusCode::OK);
        ask_for(&house, Strength::Passkey).await;
        let mut browser = house.browser("192.0.2.20");
        come(&mut browser, &double, strong).await;
        assert_eq!(browser.get("/").await.location(), "/account/enrol", "no provider's word is a passkey");
    }

    async fn a_stale_session_is_proved_by_signing_in_there_anew(t) {
        let (house, double) = furnished(t, |_| {}).await;
        let mut browser = house.browser("192.0.2.20");
        come(&mut browser, &double, anna(&["marketing"])).await;
        house.pass(Micros::HOUR);
        let got = browser.post("/account", "/account/passkeys/new", &[]).await;
        assert!(got.body.contains("Prove it at Birch ID") && !got.body.contains("proof_password"), "{}", got.body);
        let seconds = |at: Micros| at.as_i64() / Micros::SECOND;
        for (claims, why) in [
            (anna(&[]), "stale"),
            (with(anna(&[]), seconds(house.now()) - 61), "stale"),
            (with(json!({ "sub": "u-2", "email": ANNA, "email_verified": true }), seconds(house.now())), "other_person"),
        ] {
            let address = leave(&mut browser, "/account", "/account/sso/prove").await;
            let asked = query(&address);
            assert!(asked["prompt"] == "login" && asked["max_age"] == "0");
            assert_eq!(browser.sent_to(&double.consent(&address, claims)).await.status, StatusCode::FORBIDDEN, "{why}");
            assert_eq!(reason(&house).await, why);
        }
        let before = browser.session().cloned();
        let address = leave(&mut browser, "/account", "/account/sso/prove").await;
        let got = browser.sent_to(&double.consent(&address, with(anna(&[]), seconds(house.now())))).await;
        assert!(got.status == StatusCode::OK && got.body.contains("It is you"), "{}", got.body);
        assert_ne!(browser.session().cloned(), before, "another token");
        let got = browser.post("/account", "/account/passkeys/new", &[]).await;
        assert!(!got.body.contains("Is it you?"), "{}", got.body);
        assert!(may(&house, &browser, Action::CampaignsWrite).await, "the session is still the provider's");
    }

    async fn who_is_contained_or_removed_does_not_come_in_by_the_provider(t) {
        let (house, double) = furnished(t, |_| {}).await;
        come(&mut house.browser("192.0.2.20"), &double, anna(&["marketing"])).await;
        let id = account(&house, ANNA).await.expect("hers").id;
        let ctx = house.host();
        let mut tx = house.app.begin(&ctx, "test").await.expect("begins");
        tx.shut(Thing::Account(id), ContainmentId::from_i64(1)).await.expect("shut");
        tx.commit().await.expect("commits");
        assert_eq!(come(&mut house.browser("192.0.2.20"), &double, anna(&["marketing"])).await.status, StatusCode::FORBIDDEN);
        assert_eq!(reason(&house).await, "closed");
    }

    async fn who_was_removed_here_does_not_come_back_as_somebody_new(t) {
        let (house, double) = furnished(t, |_| {}).await;
        come(&mut house.browser("192.0.2.20"), &double, anna(&["marketing"])).await;
        let id = account(&house, ANNA).await.expect("hers").id;
        let mut tx = house.app.begin(&house.host(), "test").await.expect("begins");
        accounts::remove(&house.app, &mut tx, &house.host(), id).await.expect("removed");
        tx.commit().await.expect("commits");
        assert_eq!(come(&mut house.browser("192.0.2.20"), &double, anna(&["marketing"])).await.status, StatusCode::FORBIDDEN);
        assert_eq!(reason(&house).await, "closed");
    }

    async fn an_owner_signs_in_here_when_the_provider_does_not_answer(t) {
        let (house, double) = furnished(t, |_| {}).await;
        house.pass(11 * Micros::MINUTE);
        double.tell(Lie::Slow);
        let mut browser = house.browser("192.0.2.1");
        browser.post("/sign-in", "/sign-in/sso", &[]).await;
        assert_eq!(browser.sign_in(EMAIL, PASSWORD).await.status, StatusCode::SEE_OTHER);
    }

    async fn what_the_provider_is_trusted_with_has_changed_so_everybody_comes_anew(t) {
        let (house, double) = furnished(t, |_| {}).await;
        let mut browser = house.browser("192.0.2.20");
        come(&mut browser, &double, anna(&["marketing"])).await;
        let mut renamed = wish(&double.issuer);
        renamed.name = "Birch sign-in".into();
        trust(&house, &renamed).await;
        assert!(browser.is_in().await, "another name on the button is no matter");
        renamed.groups.truncate(1);
        trust(&house, &renamed).await;
        assert!(!browser.is_in().await);
        assert_eq!(roles_of(&house, ANNA).await, names(&[]));
    }
}

/// The kinds of mail that wait.
async fn told(house: &House) -> Vec<String> {
    house.mail().await.into_iter().map(|mail| mail.kind.to_string()).collect()
}

fn with(mut claims: Value, auth_time: i64) -> Value {
    claims["auth_time"] = auth_time.into();
    claims
}

async fn leave_with(browser: &mut crate::login::tests::browser::Browser, fields: &[(&str, &str)]) -> String {
    let got = browser.post("/account", "/account/sso", fields).await;
    let refresh = got.headers.get("refresh").unwrap_or_else(|| panic!("{}", got.body));
    refresh.to_str().expect("text").strip_prefix("0; url=").expect("an address").to_owned()
}
