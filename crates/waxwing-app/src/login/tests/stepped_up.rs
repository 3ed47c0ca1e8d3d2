//! A person who is stepped up: their sessions prove themselves before anything else, and go on where they were.

use super::browser::{Browser, Got, House, PASSWORD};
use super::factor::turn_on;
use http::StatusCode;
use waxwing_domain::Micros;
use waxwing_testkit::second_factor::code;
use waxwing_testkit::store_test;

async fn step_up(house: &House) {
    house.pass(Micros::MINUTE);
    let (ctx, owner) = (house.host(), house.owner().await);
    let mut tx = house.app.begin(&ctx, "test").await.expect("begins");
    crate::login::step_up(&house.app, &mut tx, &ctx, owner.id).await.expect("stepped up");
    tx.commit().await.expect("commits");
}

fn asks(got: &Got) -> bool {
    got.status == StatusCode::FORBIDDEN && got.body.contains("<h1>Is it you?</h1>")
}

/// Gives this proof on the page that asks.
async fn prove(browser: &mut Browser, back: &str, proof: &[(&str, &str)]) -> Got {
    let page = browser.get(&format!("/account/prove?back={back}")).await;
    assert!(asks(&page) && page.body.contains(&format!("name=\"back\" value=\"{back}\"")), "{}", page.body);
    let mut body = url::form_urlencoded::Serializer::new(String::new());
    body.append_pair("csrf", &page.seal().expect("a form")).append_pair("back", back).extend_pairs(proof);
    browser.send("POST", "/account/prove", body.finish()).await
}

store_test! {
    async fn whatever_they_look_at_leads_to_the_question_and_back(t) {
        let house = House::with_owner(t).await;
        let mut browser = house.signed_in().await;
        step_up(&house).await;
        let got = browser.get("/audience?state=confirmed").await;
        assert_eq!((got.status, got.location()), (StatusCode::SEE_OTHER, "/account/prove?back=%2Faudience%3Fstate%3Dconfirmed"));
        assert!(asks(&prove(&mut browser, "/audience", &[("proof_password", "wrong")]).await), "a wrong one changes nothing");
        assert!(!browser.is_in().await);
        let before = browser.session().cloned();
        let got = prove(&mut browser, "/audience", &[("proof_password", PASSWORD)]).await;
        assert_eq!((got.status, got.location()), (StatusCode::SEE_OTHER, "/audience"), "{}", got.body);
        assert_ne!(browser.session().cloned(), before, "whoever copied the token does not rise with its person");
        assert!(browser.is_in().await);
        assert_eq!(browser.get("/account/prove?back=/audience").await.location(), "/audience", "there is nothing to prove");
    }

    async fn what_they_were_typing_goes_on_after_the_proof(t) {
        let house = House::with_owner(t).await;
        let mut browser = house.signed_in().await;
        let open = browser.get("/account").await.seal().expect("a form");
        step_up(&house).await;
        let form = format!("csrf={open}&name=Olga+%26+Co");
        let got = browser.send("POST", "/account/name", form.clone()).await;
        assert!(asks(&got) && got.body.contains("name=\"name\" value=\"Olga &#38; Co\""), "{}", got.body);
        let got = browser.send("POST", "/account/name", format!("{form}&proof_password={}", PASSWORD.replace(' ', "+"))).await;
        assert_eq!(got.status, StatusCode::SEE_OTHER, "{}", got.body);
        assert!(browser.get("/account").await.body.contains("Olga &#38; Co"));
    }

    async fn a_second_factor_is_proven_with_it(t) {
        let house = House::with_owner(t).await;
        let (seed, _) = turn_on(&house).await;
        let mut browser = house.signed_in_with(&seed).await;
        step_up(&house).await;
        assert!(asks(&prove(&mut browser, "/", &[("proof_password", PASSWORD)]).await), "the password alone is no proof");
        let shown = code(&seed, house.now());
        let got = prove(&mut browser, "/", &[("proof_password", PASSWORD), ("proof_code", &shown)]).await;
        assert_eq!(got.status, StatusCode::SEE_OTHER, "{}", got.body);
    }

    async fn each_session_is_asked_and_one_that_begins_later_is_not(t) {
        let house = House::with_owner(t).await;
        let (mut one, mut two) = (house.signed_in().await, house.signed_in().await);
        step_up(&house).await;
        prove(&mut one, "/", &[("proof_password", PASSWORD)]).await;
        assert!(one.is_in().await && !two.is_in().await);
        let seal = two.get("/account/prove").await.seal().expect("a form");
        let out = two.send("POST", "/sign-out", format!("csrf={seal}")).await;
        assert_eq!((out.status, out.location()), (StatusCode::SEE_OTHER, "/sign-in"), "{}", out.body);
        assert!(house.signed_in().await.is_in().await, "a sign-in is a proof");
        step_up(&house).await;
        assert!(!one.is_in().await, "and anew when they are stepped up again");
    }
}
