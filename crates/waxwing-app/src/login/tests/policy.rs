//! What the workspace asks of everybody who signs in.

use super::browser::{Browser, EMAIL, House, PASSWORD, email};
use super::factor::turn_on;
use super::passkey::{add_from, come_in, device, with_passkey};
use crate::Error;
use crate::accounts::{self, passkeys};
use crate::login::policy::{self, Policy};
use http::StatusCode;
use waxwing_crypto::totp::TotpSeed;
use waxwing_domain::{Ctx, Micros, PasskeyId, Rights, Strength};
use waxwing_store::{args, statement};
use waxwing_testkit::second_factor::code;
use waxwing_testkit::store_test;

statement! { LATEST,
"SELECT detail FROM signals WHERE workspace_id = $1 AND kind = 'login.policy' ORDER BY id DESC LIMIT 1" }

async fn set(house: &House, policy: Policy) {
    let ctx = house.host();
    let mut tx = house.app.begin(&ctx, "test").await.expect("begins");
    policy::set(&house.app, &mut tx, &ctx, policy).await.expect("within bounds");
    tx.commit().await.expect("commits");
}

async fn ask_for(house: &House, minimum: Strength) {
    set(house, Policy { minimum, ..Policy::default() }).await;
}

/// Whether the session is led to what is missing.
async fn is_enrolling(browser: &mut Browser) -> bool {
    let got = browser.get("/").await;
    got.status == StatusCode::SEE_OTHER && got.location() == "/account/enrol"
}

async fn passkeys_of(house: &House) -> Vec<PasskeyId> {
    let owner = house.owner().await.id;
    let mut tx = house.app.read(&house.host(), "test").await.expect("reads");
    passkeys::of(&house.app, &mut tx, owner).await.expect("asks").into_iter().map(|held| held.id).collect()
}

async fn with_app(house: &House, seed: &TotpSeed) -> Browser {
    let mut browser = house.browser("192.0.2.9");
    browser.sign_in(EMAIL, PASSWORD).await;
    let shown = code(seed, house.now());
    browser.post("/sign-in/second", "/sign-in/second", &[("code", &shown)]).await;
    browser
}

store_test! {
    async fn a_change_bites_on_the_next_request(t) {
        let house = House::with_owner(t).await;
        let mut browser = house.signed_in().await;
        assert_eq!(browser.get("/").await.status, StatusCode::OK);
        ask_for(&house, Strength::SecondFactor).await;
        assert!(is_enrolling(&mut browser).await);
        let got = browser.post("/account/enrol", "/settings", &[("organisation", "Mine")]).await;
        assert_eq!(got.location(), "/account/enrol", "nothing else can be done");
        assert!(browser.get("/account/enrol").await.body.contains("Authenticator app"));
        ask_for(&house, Strength::Password).await;
        assert!(!is_enrolling(&mut browser).await);
    }

    async fn a_passkey_set_up_there_opens_the_house(t) {
        let house = House::with_owner(t).await;
        let mut browser = house.signed_in().await;
        ask_for(&house, Strength::Passkey).await;
        assert!(!browser.get("/account/enrol").await.body.contains("Authenticator app"), "an app is not enough");
        let mut device = device();
        let got = add_from("/account/enrol", &mut browser, &mut device, "Phone").await;
        assert!(got.body.contains("Your recovery codes"), "{}", got.body);
        assert!(!is_enrolling(&mut browser).await);
    }

    async fn an_app_set_up_there_opens_the_house(t) {
        let house = House::with_owner(t).await;
        let mut browser = house.signed_in().await;
        ask_for(&house, Strength::SecondFactor).await;
        let page = browser.post("/account/enrol", "/account/second-factor", &[("current", PASSWORD)]).await;
        assert_eq!(page.status, StatusCode::OK, "{}", page.body);
        let owner = house.owner().await;
        let seed = crate::accounts::second_factor::pending(&house.app, &owner).expect("opens").expect("one");
        let shown = code(&seed, house.now());
        let got = browser.post("/account/enrol", "/account/second-factor/confirm", &[("code", &shown)]).await;
        assert!(got.body.contains("Your recovery codes"), "{}", got.body);
        assert!(!is_enrolling(&mut browser).await);
        let wrong = browser.post("/account", "/account/second-factor/off", &[("current", PASSWORD), ("code", "000000")]).await;
        assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    }

    async fn password_and_code_are_no_passkey_and_cannot_add_one_beside_it(t) {
        let (house, _, mut device) = with_passkey(t).await;
        let (seed, _) = turn_on(&house).await;
        ask_for(&house, Strength::Passkey).await;
        let mut browser = with_app(&house, &seed).await;
        assert!(is_enrolling(&mut browser).await, "they have a passkey and did not use it");
        let got = browser.post("/account/enrol", "/account/passkeys/new", &[]).await;
        assert_eq!(got.status, StatusCode::CONFLICT, "{}", got.body);
        let held = passkeys_of(&house).await;
        let remove = format!("/account/passkeys/{}/remove", held[0]);
        assert_eq!(browser.post("/account/enrol", &remove, &[]).await.location(), "/account/enrol");
        assert_eq!(passkeys_of(&house).await, held, "nor make room for another");
        let asked = browser.fetch("/account/enrol", "/account/enrol/question").await;
        let json: serde_json::Value = serde_json::from_str(&asked.body).expect("JSON");
        let (step, answer) = (json["step"].as_str().expect("a step").to_owned(), device.answer(&json["options"]));
        let before = browser.session().cloned();
        let fields = [("proof_step", &*step), ("proof_passkey", &*answer)];
        let got = browser.post("/account/enrol", "/account/enrol", &fields).await;
        assert_eq!((got.status, got.location()), (StatusCode::SEE_OTHER, "/"), "{}", got.body);
        assert_ne!(browser.session().cloned(), before, "another token for another right");
        assert!(!is_enrolling(&mut browser).await);
    }

    async fn a_passkey_is_always_enough(t) {
        let (house, _, mut device) = with_passkey(t).await;
        for minimum in Strength::MINIMA {
            ask_for(&house, minimum).await;
            let mut browser = house.browser("198.51.100.4");
            come_in(&mut browser, &mut device).await;
            assert!(!is_enrolling(&mut browser).await, "{minimum:?}");
        }
    }

    async fn a_change_is_recorded_and_says_whether_it_asks_for_less(t) {
        let house = House::with_owner(t).await;
        ask_for(&house, Strength::Passkey).await;
        let before = house.rows().await;
        ask_for(&house, Strength::Passkey).await;
        assert_eq!(house.grown(&before).await[0], 0, "the same again is no change");
        for (minimum, weaker) in [(Strength::SecondFactor, true), (Strength::Passkey, false)] {
            ask_for(&house, minimum).await;
            let mut tx = house.app.read(&house.host(), "test").await.expect("reads");
            let detail = tx.one(&LATEST, args![], |r| r.text(0)).await.expect("a signal");
            let detail: serde_json::Value = serde_json::from_str(&detail).expect("JSON");
            assert_eq!(detail["weaker"], weaker, "{detail}");
        }
    }

    async fn without_the_right_nobody_changes_it_and_a_stale_session_is_asked_for_a_proof(t) {
        let house = House::with_owner(t).await;
        let nobody = Ctx { rights: Rights::nothing(), ..house.host() };
        let mut tx = house.app.begin(&nobody, "test").await.expect("begins");
        let new = Policy { idle_hours: 1, ..Policy::default() };
        assert!(matches!(policy::set(&house.app, &mut tx, &nobody, new).await, Err(Error::Denied(_))));
        drop(tx);
        let mut browser = house.signed_in().await;
        house.pass(6 * Micros::MINUTE);
        let fields = [("minimum", "password"), ("idle_hours", "72"), ("absolute_days", "30")];
        let got = browser.post("/settings/sign-in", "/settings/sign-in", &fields).await;
        assert!(got.status == StatusCode::FORBIDDEN && got.body.contains("Is it you?"), "{}", got.body);
    }

    async fn a_password_that_stands_alone_is_longer(t) {
        let house = House::with_owner(t).await;
        for (minimum, word) in [(Strength::Password, "at least 15"), (Strength::SecondFactor, "at least 8")] {
            ask_for(&house, minimum).await;
            let token = accounts::reset_link(&house.app, &house.host(), &email()).await.expect("a link");
            let path = format!("/reset/{token}");
            let mut browser = house.browser("192.0.2.3");
            assert!(browser.get(&path).await.body.to_lowercase().contains(word));
            let (short, enough) = if minimum == Strength::Password { ("gK7-orbit!wq3v", "gK7-orbit!wq3vx") } else { ("gK7-or!", "gK7-or!bit") };
            let got = browser.post(&path, &path, &[("password", short), ("repeat", short)]).await;
            assert!(got.status == StatusCode::UNPROCESSABLE_ENTITY && got.body.to_lowercase().contains(word), "{}", got.body);
            let got = browser.post(&path, &path, &[("password", enough), ("repeat", enough)]).await;
            assert_eq!(got.status, StatusCode::SEE_OTHER, "{}", got.body);
        }
    }

    async fn whoever_asks_for_data_is_told_in_a_problem_document(t) {
        let house = House::with_owner(t).await;
        let mut browser = house.signed_in().await;
        ask_for(&house, Strength::SecondFactor).await;
        let got = browser.ask_for_data("/audience").await;
        assert_eq!((got.status, &*got.headers["content-type"].to_str().expect("text")), (StatusCode::FORBIDDEN, "application/problem+json"));
        assert!(got.body.contains("credential-needed") && got.body.contains("/account/enrol"), "{}", got.body);
    }

    async fn sessions_end_when_the_workspace_says(t) {
        let house = House::with_owner(t).await;
        set(&house, Policy { idle_hours: 1, absolute_days: 1, ..Policy::default() }).await;
        let mut idle = house.signed_in().await;
        house.pass(59 * Micros::MINUTE);
        assert!(idle.is_in().await);
        house.pass(Micros::HOUR);
        assert!(!idle.is_in().await);
        let mut busy = house.signed_in().await;
        for _ in 0..47 {
            house.pass(30 * Micros::MINUTE);
            assert!(busy.is_in().await);
        }
        house.pass(30 * Micros::MINUTE);
        assert!(!busy.is_in().await);
    }

    async fn what_is_out_of_bounds_is_refused_by_name(t) {
        let house = House::with_owner(t).await;
        let mut browser = house.signed_in().await;
        for (field, fields) in [
            ("minimum", [("minimum", "recovery"), ("idle_hours", "12"), ("absolute_days", "14")]),
            ("idle", [("minimum", "password"), ("idle_hours", "0"), ("absolute_days", "14")]),
            ("idle", [("minimum", "password"), ("idle_hours", "many"), ("absolute_days", "14")]),
            ("absolute", [("minimum", "password"), ("idle_hours", "12"), ("absolute_days", "31")]),
        ] {
            let got = browser.post("/settings/sign-in", "/settings/sign-in", &fields).await;
            assert_eq!(got.status, StatusCode::UNPROCESSABLE_ENTITY, "{field}: {}", got.body);
            assert!(got.body.contains("role=\"alert\""), "{field}");
        }
        let fields = [("minimum", "second_factor"), ("idle_hours", "2"), ("absolute_days", "7")];
        let got = browser.post("/settings/sign-in", "/settings/sign-in", &fields).await;
        assert_eq!(got.status, StatusCode::SEE_OTHER, "{}", got.body);
        assert!(is_enrolling(&mut browser).await, "also for who set it");
    }
}
