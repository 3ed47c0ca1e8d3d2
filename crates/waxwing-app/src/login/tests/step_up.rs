//! Proving again that it is them, before what could do most harm.

use super::browser::{Browser, Got, House, PASSWORD};
use super::factor::turn_on;
use http::StatusCode;
use waxwing_domain::Micros;
use waxwing_testkit::second_factor::code;
use waxwing_testkit::store_test;

const KEYS: &str = "/settings/keys";
const FORM: [(&str, &str); 3] = [("name", "Nightly \"sync\" & more"), ("scope", "read"), ("scope", "write")];

async fn make_key(browser: &mut Browser, proof: &[(&str, &str)]) -> Got {
    let fields: Vec<_> = FORM.iter().chain(proof).copied().collect();
    browser.post(KEYS, KEYS, &fields).await
}

fn asks(got: &Got) -> bool {
    got.status == StatusCode::FORBIDDEN && got.body.contains("<h1>Is it you?</h1>")
}

fn is_made(got: &Got) -> bool {
    got.status == StatusCode::OK && got.body.contains("id=\"new-key\"")
}

store_test! {
    async fn a_sign_in_counts_for_five_minutes_to_the_second(t) {
        let house = House::with_owner(t).await;
        let mut browser = house.signed_in().await;
        house.pass(5 * Micros::MINUTE - Micros::SECOND);
        assert!(is_made(&make_key(&mut browser, &[]).await));
        house.pass(Micros::SECOND);
        let got = make_key(&mut browser, &[]).await;
        assert!(asks(&got), "{}", got.body);
    }

    async fn what_was_typed_goes_on_after_the_proof(t) {
        let house = House::with_owner(t).await;
        let mut browser = house.signed_in().await;
        house.pass(Micros::HOUR);
        let got = make_key(&mut browser, &[]).await;
        assert!(got.body.contains("name=\"name\" value=\"Nightly &#34;sync&#34; &#38; more\""), "{}", got.body);
        assert_eq!(got.body.matches("name=\"scope\"").count(), 2);
        assert!(!got.body.contains("name=\"proof_code\""), "there is no second factor to ask for");
        let got = make_key(&mut browser, &[("proof_password", PASSWORD)]).await;
        assert!(is_made(&got), "{}", got.body);
        house.pass(4 * Micros::MINUTE);
        assert!(is_made(&make_key(&mut browser, &[]).await), "the proof counts for a while");
    }

    async fn a_right_proof_gives_the_session_another_token_and_leaves_other_pages_good(t) {
        let house = House::with_owner(t).await;
        let mut browser = house.signed_in().await;
        let mut thief = house.browser("198.51.100.7");
        thief.cookies = browser.cookies.clone();
        let open = browser.get("/account").await;
        house.pass(Micros::HOUR);
        assert!(is_made(&make_key(&mut browser, &[("proof_password", PASSWORD)]).await));
        assert_ne!(browser.session(), thief.session());
        assert!(!thief.is_in().await, "the old token does not rise with its person");
        let seal = open.seal().expect("a form");
        let got = browser.send("POST", "/account/name", format!("csrf={seal}&name=Olga")).await;
        assert_eq!(got.status, StatusCode::SEE_OTHER, "a page that was open before: {}", got.body);
    }

    async fn a_wrong_proof_makes_nothing_and_is_throttled(t) {
        let house = House::with_owner(t).await;
        let mut browser = house.signed_in().await;
        house.pass(Micros::HOUR);
        let before = house.rows().await;
        let got = make_key(&mut browser, &[("proof_password", "wrong")]).await;
        assert!(asks(&got) && got.body.contains("That is not right"), "{}", got.body);
        assert!(got.body.contains("Nightly"), "what was typed is still there");
        assert!(!got.body.contains("wrong\""), "a password is not drawn again");
        assert!(house.grown(&before).await.iter().sum::<i64>() > 0, "it is on the record");
        for _ in 0..9 {
            make_key(&mut browser, &[("proof_password", "wrong")]).await;
        }
        let got = make_key(&mut browser, &[("proof_password", PASSWORD)]).await;
        assert!(asks(&got) && got.body.contains("Try again in"), "{}", got.body);
    }

    async fn with_a_second_factor_the_password_alone_is_no_proof(t) {
        let house = House::with_owner(t).await;
        let (seed, _) = turn_on(&house).await;
        let mut browser = house.signed_in_with(&seed).await;
        house.pass(Micros::HOUR);
        assert!(make_key(&mut browser, &[]).await.body.contains("name=\"proof_code\""));
        assert!(asks(&make_key(&mut browser, &[("proof_password", PASSWORD)]).await));
        let shown = code(&seed, house.now());
        assert!(asks(&make_key(&mut browser, &[("proof_password", "wrong"), ("proof_code", &shown)]).await));
        let right = [("proof_password", PASSWORD), ("proof_code", &*shown)];
        assert!(is_made(&make_key(&mut browser, &right).await));
        house.pass(Micros::HOUR);
        assert!(asks(&make_key(&mut browser, &right).await), "a code works once");
    }

    async fn a_proof_helps_nobody_without_the_right_or_the_seal(t) {
        let house = House::with_owner(t).await;
        let mut browser = house.signed_in().await;
        house.pass(Micros::HOUR);
        let got = browser.send("POST", KEYS, format!("name=x&scope=read&proof_password={PASSWORD}")).await;
        assert_eq!(got.status, StatusCode::FORBIDDEN);
        assert!(!asks(&got), "an unsealed form is not judged at all");
    }
}
