//! Passkeys: added, used alone, as second factor and as proof, refused, removed.

use super::authenticator::Authenticator;
use super::browser::{Browser, EMAIL, Got, HOST, House, PASSWORD};
use http::StatusCode;
use serde_json::Value;
use waxwing_domain::Micros;
use waxwing_testkit::store_test;

const MINE: &str = "/account/passkeys";

pub fn device() -> Authenticator {
    Authenticator::new(&format!("https://{HOST}"))
}

/// What stands in an attribute of a page.
fn attribute(page: &str, before: &str) -> String {
    let from = page.split(&format!("{before}=\"")).nth(1).unwrap_or_else(|| panic!("{before} is not in {page}"));
    let raw = from.split('"').next().unwrap_or_default();
    raw.replace("&#34;", "\"").replace("&#60;", "<").replace("&#62;", ">").replace("&#39;", "'").replace("&#38;", "&")
}

fn options(page: &str) -> Value {
    serde_json::from_str(&attribute(page, "data-passkey")).expect("JSON")
}

async fn add(browser: &mut Browser, device: &mut Authenticator, name: &str) -> Got {
    add_from("/account", browser, device, name).await
}

pub async fn add_from(page: &str, browser: &mut Browser, device: &mut Authenticator, name: &str) -> Got {
    let asked = browser.post(page, "/account/passkeys/new", &[]).await;
    assert_eq!(asked.status, StatusCode::OK, "{}", asked.body);
    let made = device.make(&options(&asked.body));
    let step = attribute(&asked.body, "name=\"step\" value");
    browser.post(page, MINE, &[("step", &step), ("passkey", &made), ("name", name)]).await
}

/// A house whose owner has one passkey and no app.
pub async fn with_passkey(t: waxwing_testkit::store::TestStore) -> (House, Browser, Authenticator) {
    let house = House::with_owner(t).await;
    let (mut browser, mut device) = (house.signed_in().await, device());
    let got = add(&mut browser, &mut device, "Work laptop").await;
    assert!(got.body.contains("Your recovery codes"), "{}", got.body);
    (house, browser, device)
}

/// A question at the sign-in: its step and its options.
async fn question(browser: &mut Browser, page: &str, path: &str) -> (String, Value) {
    let got = browser.fetch(page, path).await;
    assert_eq!(got.status, StatusCode::OK, "{}", got.body);
    let json: Value = serde_json::from_str(&got.body).expect("JSON");
    (json["step"].as_str().expect("a step").to_owned(), json["options"].clone())
}

pub async fn come_in(browser: &mut Browser, device: &mut Authenticator) -> Got {
    let (step, options) = question(browser, "/sign-in", "/sign-in/passkey/question").await;
    assert!(options["allowCredentials"].as_array().is_none_or(Vec::is_empty), "nobody's keys are told: {options}");
    let answer = device.answer(&options);
    browser.post("/sign-in", "/sign-in/passkey", &[("step", &step), ("passkey", &answer)]).await
}

store_test! {
    async fn a_passkey_signs_in_alone(t) {
        let (house, first, mut device) = with_passkey(t).await;
        let mut browser = house.browser("198.51.100.4");
        let got = come_in(&mut browser, &mut device).await;
        assert_eq!((got.status, got.location()), (StatusCode::SEE_OTHER, "/"), "{}", got.body);
        assert!(browser.is_in().await);
        assert_ne!(browser.session(), first.session());
        let page = browser.get(MINE).await.body;
        assert!(page.contains("Work laptop") && !page.contains(">Never<"), "{page}");
    }

    async fn an_answer_works_once_and_for_its_own_question_only(t) {
        let (house, _, mut device) = with_passkey(t).await;
        let mut browser = house.browser("198.51.100.4");
        let (step, options) = question(&mut browser, "/sign-in", "/sign-in/passkey/question").await;
        let (other, _) = question(&mut browser, "/sign-in", "/sign-in/passkey/question").await;
        let answer = device.answer(&options);
        let wrong = browser.post("/sign-in", "/sign-in/passkey", &[("step", &other), ("passkey", &answer)]).await;
        assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
        let fields = [("step", &*step), ("passkey", &*answer)];
        assert_eq!(browser.post("/sign-in", "/sign-in/passkey", &fields).await.status, StatusCode::SEE_OTHER);
        let mut again = house.browser("198.51.100.4");
        let got = again.post("/sign-in", "/sign-in/passkey", &fields).await;
        assert_eq!(got.status, StatusCode::UNPROCESSABLE_ENTITY, "used up");
    }

    async fn a_question_waits_for_five_minutes(t) {
        let (house, _, mut device) = with_passkey(t).await;
        let mut browser = house.browser("198.51.100.4");
        let (step, options) = question(&mut browser, "/sign-in", "/sign-in/passkey/question").await;
        house.pass(5 * Micros::MINUTE);
        let answer = device.answer(&options);
        let got = browser.post("/sign-in", "/sign-in/passkey", &[("step", &step), ("passkey", &answer)]).await;
        assert_eq!(got.status, StatusCode::UNPROCESSABLE_ENTITY);
    }

    async fn a_copied_page_gets_nothing_from_a_passkey(t) {
        let (house, _, mut device) = with_passkey(t).await;
        device.origin = "https://mail.example.org.evil.example".to_owned();
        let mut browser = house.browser("198.51.100.4");
        assert_eq!(come_in(&mut browser, &mut device).await.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(!browser.is_in().await);
    }

    async fn a_device_that_does_not_verify_its_person_is_refused(t) {
        let (house, _, mut device) = with_passkey(t).await;
        device.verifies = false;
        let mut browser = house.browser("198.51.100.4");
        assert_eq!(come_in(&mut browser, &mut device).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    }

    async fn a_counter_that_runs_backwards_lets_nobody_in_and_is_told(t) {
        let (house, _, mut device) = with_passkey(t).await;
        device.counter = 40;
        assert_eq!(come_in(&mut house.browser("198.51.100.4"), &mut device).await.status, StatusCode::SEE_OTHER);
        house.mail().await;
        device.counter = 20;
        let got = come_in(&mut house.browser("198.51.100.4"), &mut device).await;
        assert_eq!(got.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(house.mail().await.iter().any(|mail| mail.text.contains("counter ran backwards")));
    }

    async fn somebody_elses_device_is_nobody(t) {
        let (house, _, _) = with_passkey(t).await;
        let mut browser = house.browser("198.51.100.4");
        let mut stranger = device();
        assert_eq!(come_in(&mut browser, &mut stranger).await.status, StatusCode::UNPROCESSABLE_ENTITY);
        let long = "x".repeat(40_000);
        for (step, answer) in [("", ""), ("no step", "{}"), ("x", "not JSON"), ("x", &*long)] {
            let got = browser.post("/sign-in", "/sign-in/passkey", &[("step", step), ("passkey", answer)]).await;
            assert_eq!(got.status, StatusCode::UNPROCESSABLE_ENTITY);
        }
    }

    async fn with_a_passkey_a_password_alone_does_not_sign_in(t) {
        let (house, _, mut device) = with_passkey(t).await;
        let mut browser = house.browser("192.0.2.1");
        let got = browser.sign_in(EMAIL, PASSWORD).await;
        assert!(got.location().starts_with("/sign-in/second"), "{}", got.location());
        assert!(!browser.is_in().await);
        let (step, options) = question(&mut browser, "/sign-in/second", "/sign-in/second/question").await;
        assert_eq!(options["allowCredentials"].as_array().map(Vec::len), Some(1));
        let answer = device.answer(&options);
        let fields = [("step", &*step), ("passkey", &*answer)];
        let got = browser.post("/sign-in/second", "/sign-in/second/passkey", &fields).await;
        assert_eq!((got.status, got.location()), (StatusCode::SEE_OTHER, "/"), "{}", got.body);
        assert!(browser.is_in().await);
    }

    async fn a_recovery_code_stands_in_for_a_lost_passkey(t) {
        let house = House::with_owner(t).await;
        let (mut first, mut device) = (house.signed_in().await, device());
        let page = add(&mut first, &mut device, "Phone").await.body;
        let code = page.split("id=\"codes\">").nth(1).and_then(|rest| rest.lines().next()).expect("a code").to_owned();
        let mut browser = house.browser("192.0.2.1");
        browser.sign_in(EMAIL, PASSWORD).await;
        let got = browser.post("/sign-in/second", "/sign-in/second", &[("code", &code)]).await;
        assert_eq!((got.status, got.location()), (StatusCode::SEE_OTHER, "/"), "{}", got.body);
    }

    async fn a_passkey_is_a_proof_and_the_form_goes_on(t) {
        let (house, mut browser, mut device) = with_passkey(t).await;
        house.pass(Micros::HOUR);
        let form = [("name", "Nightly"), ("scope", "read")];
        let asked = browser.post("/settings/keys", "/settings/keys", &form).await;
        assert_eq!(asked.status, StatusCode::FORBIDDEN);
        let (answer, step) = (device.answer(&options(&asked.body)), attribute(&asked.body, "name=\"proof_step\" value"));
        let proof = [form[0], form[1], ("proof_step", &*step), ("proof_passkey", &*answer)];
        let got = browser.post("/settings/keys", "/settings/keys", &proof).await;
        assert!(got.status == StatusCode::OK && got.body.contains("id=\"new-key\""), "{}", got.body);
        house.pass(Micros::HOUR);
        let got = browser.post("/settings/keys", "/settings/keys", &proof).await;
        assert_eq!(got.status, StatusCode::FORBIDDEN, "the answer was used up");
        let password = [form[0], form[1], ("proof_password", PASSWORD)];
        let got = browser.post("/settings/keys", "/settings/keys", &password).await;
        assert_eq!(got.status, StatusCode::FORBIDDEN, "a password alone is less than they have");
    }

    async fn adding_and_removing_ask_for_a_proof_end_other_sessions_and_are_told(t) {
        let (house, mut browser, mut device) = with_passkey(t).await;
        assert!(house.mail().await.iter().any(|mail| mail.text.contains("A passkey was added")));
        let mut other = house.browser("198.51.100.4");
        come_in(&mut other, &mut device).await;
        let page = browser.get(MINE).await.body;
        let id = page.split("/account/passkeys/").find_map(|rest| rest.split_once("/remove")).expect("one").0.to_owned();
        house.pass(5 * Micros::MINUTE);
        let path = format!("{MINE}/{id}/remove");
        for path in ["/account/passkeys/new", MINE, &path] {
            assert_eq!(browser.post("/account", path, &[("name", "x")]).await.status, StatusCode::FORBIDDEN, "{path}");
        }
        // The other session proved itself just as long ago; a new one has not.
        let mut fresh = house.browser("198.51.100.4");
        come_in(&mut fresh, &mut device).await;
        assert_eq!(fresh.post("/account", &path, &[]).await.status, StatusCode::SEE_OTHER);
        assert!(fresh.is_in().await && !browser.is_in().await && !other.is_in().await);
        assert!(house.mail().await.iter().any(|mail| mail.text.contains("A passkey of your account was removed")));
        assert_eq!(come_in(&mut house.browser("198.51.100.4"), &mut device).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    }

    async fn the_same_device_is_added_once(t) {
        let (_house, mut browser, mut device) = with_passkey(t).await;
        let got = add(&mut browser, &mut device, "Again").await;
        assert_eq!(got.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", got.body);
        assert!(got.body.contains("known already"), "{}", got.body);
    }
}
