//! The second factor at sign-in.

use super::browser::{EMAIL, House, PASSWORD};
use crate::accounts::{self, second_factor};
use crate::login::{self, Device, Outcome};
use crate::{Error, login::jobs};
use http::StatusCode;
use waxwing_crypto::totp::TotpSeed;
use waxwing_domain::{Actor, Ctx, Micros, SessionId};
use waxwing_store::{args, statement};
use waxwing_testkit::second_factor::code;
use waxwing_testkit::store_test;

statement! { WAITING, "SELECT id FROM login_steps WHERE workspace_id = $1 ORDER BY id" }

/// Turns the owner's second factor on; the code used for it is a minute old afterwards.
pub async fn turn_on(house: &House) -> (TotpSeed, Vec<String>) {
    let owner = house.owner().await;
    let actor = Actor::Account(owner.id, SessionId::from_i64(1));
    let ctx = Ctx { actor, ..house.host() };
    let mut tx = house.app.begin(&ctx, "test").await.expect("begins");
    let seed = second_factor::begin(&house.app, &mut tx, &ctx, &owner).await.expect("begins");
    let owner = accounts::by_id(&mut tx, owner.id).await.expect("asks").expect("there");
    let shown = code(&seed, house.now());
    let (_, codes) = second_factor::confirm(&house.app, &mut tx, &ctx, &owner, &shown).await.expect("confirms");
    tx.commit().await.expect("commits");
    house.pass(Micros::MINUTE);
    (seed, codes)
}

async fn step(house: &House) -> String {
    match house.attempt("192.0.2.1", EMAIL, PASSWORD).await {
        Ok(Outcome::Second(token)) => token,
        _ => panic!("the second factor is asked for"),
    }
}

async fn show(house: &House, step: &str, text: &str) -> crate::Result<Outcome> {
    login::second(&house.app, &house.visitor("192.0.2.1"), step, text, &Device::default()).await
}

store_test! {
    async fn a_password_alone_does_not_sign_in(t) {
        let house = House::with_owner(t).await;
        let (seed, _) = turn_on(&house).await;
        let mut browser = house.browser("192.0.2.1");
        let got = browser.sign_in(EMAIL, PASSWORD).await;
        assert!(got.location().starts_with("/sign-in/second"));
        assert!(!browser.is_in().await, "the step's token is no session");
        let before = browser.session().cloned();
        let got = browser.post("/sign-in/second", "/sign-in/second", &[("code", "000000")]).await;
        assert_eq!(got.status, StatusCode::UNPROCESSABLE_ENTITY);
        let right = code(&seed, house.now());
        let got = browser.post("/sign-in/second", "/sign-in/second", &[("code", &right)]).await;
        assert_eq!((got.status, got.location()), (StatusCode::SEE_OTHER, "/"));
        assert_ne!(browser.session().cloned(), before, "another token for another right");
        assert!(browser.is_in().await);
    }

    async fn a_code_works_once(t) {
        let house = House::with_owner(t).await;
        let (seed, _) = turn_on(&house).await;
        let right = code(&seed, house.now());
        assert!(matches!(show(&house, &step(&house).await, &right).await, Ok(Outcome::In(_))));
        assert!(matches!(show(&house, &step(&house).await, &right).await, Ok(Outcome::Refused)));
        house.pass(30 * Micros::SECOND);
        assert!(matches!(show(&house, &step(&house).await, &right).await, Ok(Outcome::Refused)), "still within the skew");
        let next = code(&seed, house.now());
        assert!(matches!(show(&house, &step(&house).await, &next).await, Ok(Outcome::In(_))));
    }

    async fn a_step_works_once(t) {
        let house = House::with_owner(t).await;
        let (seed, codes) = turn_on(&house).await;
        let step = step(&house).await;
        assert!(matches!(show(&house, &step, &code(&seed, house.now())).await, Ok(Outcome::In(_))));
        assert!(matches!(show(&house, &step, &codes[0]).await, Err(Error::NotFound(_))));
    }

    async fn a_recovery_code_works_once_and_its_use_is_told(t) {
        let house = House::with_owner(t).await;
        let (_, codes) = turn_on(&house).await;
        assert_eq!(codes.len(), 10);
        let typed = codes[3].to_uppercase().replace('-', " ");
        assert!(matches!(show(&house, &step(&house).await, &typed).await, Ok(Outcome::In(_))));
        assert!(matches!(show(&house, &step(&house).await, &codes[3]).await, Ok(Outcome::Refused)));
        assert!(house.mail().await.iter().any(|m| m.text.contains("You have 9 left")));
    }

    async fn after_five_wrong_codes_or_ten_minutes_the_password_is_asked_for_again(t) {
        let house = House::with_owner(t).await;
        let (seed, _) = turn_on(&house).await;
        let first = step(&house).await;
        for _ in 0..5 {
            assert!(matches!(show(&house, &first, "000000").await, Ok(Outcome::Refused)));
        }
        assert!(matches!(show(&house, &first, &code(&seed, house.now())).await, Err(Error::NotFound(_))));
        let second = step(&house).await;
        house.pass(10 * Micros::MINUTE);
        assert!(matches!(show(&house, &second, &code(&seed, house.now())).await, Err(Error::NotFound(_))));
    }

    async fn codes_are_throttled_for_the_account_whatever_the_step(t) {
        let house = House::with_owner(t).await;
        let (seed, _) = turn_on(&house).await;
        for _ in 0..2 {
            let step = step(&house).await;
            for _ in 0..5 {
                assert!(matches!(show(&house, &step, "000000").await, Ok(Outcome::Refused)));
            }
        }
        let third = step(&house).await;
        assert!(matches!(show(&house, &third, &code(&seed, house.now())).await, Err(Error::TooMany(_))));
        house.pass(10 * Micros::MINUTE);
        let fourth = step(&house).await;
        assert!(matches!(show(&house, &fourth, &code(&seed, house.now())).await, Ok(Outcome::In(_))));
    }

    async fn a_reset_link_keeps_the_second_factor(t) {
        let house = House::with_owner(t).await;
        let (seed, _) = turn_on(&house).await;
        let waiting = step(&house).await;
        let email = crate::login::tests::browser::email();
        let token = accounts::reset_link(&house.app, &house.host(), &email).await.expect("a link");
        let other = "velvet harbour siphon lantern";
        login::reset(&house.app, &house.visitor("192.0.2.1"), &token, other.into()).await.expect("reset");
        assert!(house.owner().await.has_second_factor());
        assert!(matches!(show(&house, &waiting, &code(&seed, house.now())).await, Err(Error::NotFound(_))), "older epoch");
        assert!(matches!(house.attempt("192.0.2.1", EMAIL, other).await, Ok(Outcome::Second(_))));
    }

    async fn a_right_password_without_its_second_factor_is_told_to_the_person_once(t) {
        let house = House::with_owner(t).await;
        let (seed, _) = turn_on(&house).await;
        step(&house).await;
        let passed = step(&house).await;
        assert!(matches!(show(&house, &passed, &code(&seed, house.now())).await, Ok(Outcome::In(_))));
        house.mail().await;
        let mut tx = house.app.begin(&house.host(), "test").await.expect("begins");
        let steps = tx.all(&WAITING, args![], |r| r.int(0)).await.expect("reads");
        assert_eq!(steps.len(), 2);
        for _ in 0..2 {
            for step in &steps {
                jobs::tell(&house.app, &mut tx, &house.host(), *step).await.expect("tells");
            }
        }
        tx.commit().await.expect("commits");
        let mail = house.mail().await;
        assert_eq!(mail.len(), 1);
        assert!(mail[0].text.contains("right Waxwing password"));
        assert_eq!(mail[0].to.as_str(), EMAIL);
    }

    async fn the_seed_opens_for_its_own_account_only(t) {
        let house = House::with_owner(t).await;
        turn_on(&house).await;
        let mut other = house.owner().await;
        other.id = waxwing_domain::AccountId::from_i64(7);
        let mut tx = house.app.begin(&house.host(), "test").await.expect("begins");
        let answer = second_factor::prove(&house.app, &mut tx, &house.host(), &other, "000000").await;
        assert!(matches!(answer, Err(Error::Store(waxwing_store::StoreError::Damaged(_)))));
    }
}
