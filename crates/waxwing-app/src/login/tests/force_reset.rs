//! Everybody, or one person, must prove anew who they are.

use super::browser::{EMAIL, House, PASSWORD, email};
use super::factor::turn_on;
use crate::Error;
use crate::accounts::{self, ResetScope, force_reset};
use http::StatusCode;
use serde_json::json;
use waxwing_domain::{AccountId, Action, Ctx, Rights};
use waxwing_testkit::store_test;

const OTHER: &str = "velvet harbour siphon lantern";

async fn force(house: &House, scope: ResetScope) -> usize {
    let ctx = house.host();
    let mut tx = house.app.begin(&ctx, "test").await.expect("begins");
    let people = force_reset(&house.app, &mut tx, &ctx, scope, Action::AccountsWrite).await.expect("forced");
    tx.commit().await.expect("commits");
    people
}

async fn choose(house: &House, password: &str) -> (StatusCode, String) {
    let token = accounts::reset_link(&house.app, &house.host(), &email()).await.expect("a link");
    let path = format!("/reset/{token}");
    let got = house.browser("192.0.2.3").post(&path, &path, &[("password", password), ("repeat", password)]).await;
    (got.status, got.body)
}

store_test! {
    async fn sessions_and_password_are_worth_nothing_until_another_is_chosen(t) {
        let house = House::with_owner(t).await;
        let mut browser = house.signed_in().await;
        let owner = house.owner().await.id;
        assert_eq!(force(&house, ResetScope::Person(owner)).await, 1);
        assert!(!browser.is_in().await);
        assert_eq!(browser.sign_in(EMAIL, PASSWORD).await.status, StatusCode::UNPROCESSABLE_ENTITY);
        let (status, body) = choose(&house, PASSWORD).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "not the same again");
        assert!(body.contains("somebody else may know"));
        assert_eq!(choose(&house, OTHER).await.0, StatusCode::SEE_OTHER);
        assert_eq!(browser.sign_in(EMAIL, OTHER).await.status, StatusCode::SEE_OTHER);
    }

    async fn the_second_factor_stays(t) {
        let house = House::with_owner(t).await;
        let (seed, _) = turn_on(&house).await;
        force(&house, ResetScope::Everybody { but: None }).await;
        choose(&house, OTHER).await;
        let mut browser = house.browser("192.0.2.1");
        assert!(browser.sign_in(EMAIL, OTHER).await.location().starts_with("/sign-in/second"));
        let code = waxwing_testkit::second_factor::code(&seed, house.now());
        browser.post("/sign-in/second", "/sign-in/second", &[("code", &code)]).await;
        assert!(browser.is_in().await);
    }

    async fn a_sign_in_under_way_and_a_link_of_before_end_as_well(t) {
        let house = House::with_owner(t).await;
        let (seed, _) = turn_on(&house).await;
        let token = accounts::reset_link(&house.app, &house.host(), &email()).await.expect("a link");
        let mut browser = house.browser("192.0.2.1");
        browser.sign_in(EMAIL, PASSWORD).await;
        force(&house, ResetScope::Everybody { but: None }).await;
        let code = waxwing_testkit::second_factor::code(&seed, house.now());
        browser.post("/sign-in/second", "/sign-in/second", &[("code", &code)]).await;
        assert!(!browser.is_in().await);
        assert_eq!(browser.get(&format!("/reset/{token}")).await.status, StatusCode::GONE);
    }

    async fn who_decides_it_for_everybody_can_stay(t) {
        let house = House::with_owner(t).await;
        let mut browser = house.signed_in().await;
        let owner = house.owner().await.id;
        assert_eq!(force(&house, ResetScope::Everybody { but: Some(owner) }).await, 0);
        assert!(browser.is_in().await);
    }

    async fn mail_tells_who_has_not_chosen_yet(t) {
        let house = House::with_owner(t).await;
        let owner = house.owner().await.id;
        force(&house, ResetScope::Person(owner)).await;
        for expected in [1, 0] {
            let ctx = house.host();
            let mut tx = house.app.begin(&ctx, "test").await.expect("begins");
            accounts::tell_reset(&house.app, &mut tx, &ctx, &json!({ "accounts": [owner] })).await.expect("tells");
            tx.commit().await.expect("commits");
            let mail = house.mail().await;
            assert_eq!(mail.iter().filter(|mail| mail.kind == "accounts.must_reset").count(), expected);
            choose(&house, OTHER).await;
            house.mail().await;
        }
    }

    async fn nobody_without_the_right_forces_anybody_and_the_unknown_are_not_found(t) {
        let house = House::with_owner(t).await;
        let nobody = Ctx { rights: Rights::nothing(), ..house.host() };
        let mut tx = house.app.begin(&nobody, "test").await.expect("begins");
        let everybody = ResetScope::Everybody { but: None };
        let refused = force_reset(&house.app, &mut tx, &nobody, everybody, Action::AccountsWrite).await;
        assert!(matches!(refused, Err(Error::Denied(_))), "{refused:?}");
        let unknown = ResetScope::Person(AccountId::from_i64(9));
        let refused = force_reset(&house.app, &mut tx, &house.host(), unknown, Action::AccountsWrite).await;
        assert!(matches!(refused, Err(Error::NotFound(_))), "{refused:?}");
    }
}
