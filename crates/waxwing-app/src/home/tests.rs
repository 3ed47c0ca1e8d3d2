//! Home, in sentences.

use super::growth;
use crate::login::tests::browser::House;
use crate::settings::{self, Workspace};
use http::StatusCode;
use waxwing_domain::{EmailAddress, Micros};
use waxwing_testkit::store_test;

store_test! {
    async fn a_new_house_shows_the_five_steps_and_what_is_missing(t) {
        let house = House::with_owner(t).await;
        let page = house.signed_in().await.get("/").await;
        assert_eq!(page.status, StatusCode::OK);
        assert_eq!(page.body.matches("class=\"step \"").count(), 5);
        for words in ["Say who sends", "Add a relay", "no second factor", "No backup is known", "System mail has no sender"] {
            assert!(page.body.contains(words), "{words}");
        }
    }

    async fn a_step_turns_green_when_it_is_done(t) {
        let house = House::with_owner(t).await;
        let mut tx = house.app.begin(&house.host(), "test").await.expect("begins");
        let saved = Workspace {
            organisation: "Birds".into(),
            postal_address: "1 Cedar Lane".into(),
            system_from: EmailAddress::parse("system@example.org").ok(),
            ..Workspace::default()
        };
        settings::save(&house.app, &mut tx, &house.host(), &saved).await.expect("saves");
        tx.commit().await.expect("commits");
        let page = house.signed_in().await.get("/").await;
        assert_eq!(page.body.matches("class=\"step done\"").count(), 1);
        assert!(page.body.contains("Birds") && !page.body.contains("System mail has no sender"));
    }

    async fn an_old_backup_is_named(t) {
        let house = House::with_owner(t).await;
        let ctx = house.host();
        crate::home::backed_up(&house.app, &ctx).await.expect("noted");
        assert!(!house.signed_in().await.get("/").await.body.contains("backup is"));
        house.pass(8 * Micros::DAY);
        assert!(house.signed_in().await.get("/").await.body.contains("The last backup is over a week old"));
    }

    async fn the_days_are_counted_and_thirty_are_kept(t) {
        let house = House::with_owner(t).await;
        for _ in 0..40 {
            let mut tx = house.app.begin(&house.host(), "test").await.expect("begins");
            growth::count(&mut tx, &house.host()).await.expect("counts");
            tx.commit().await.expect("commits");
            house.pass(Micros::DAY);
        }
        let mut tx = house.app.read(&house.host(), "test").await.expect("reads");
        let days = growth::show(&mut tx, &house.host(), 12).await.expect("shows");
        assert_eq!((days.len(), days.last().map(|day| day.1)), (30, Some(12)));
    }

    async fn health_is_for_everybody_and_says_nothing_more(t) {
        let house = House::new(t).await;
        let got = house.browser("203.0.113.1").get("/healthz").await;
        assert_eq!((got.status, got.body.as_str()), (StatusCode::OK, "ok\n"));
    }

    async fn home_is_for_those_who_are_signed_in(t) {
        let house = House::with_owner(t).await;
        let got = house.browser("203.0.113.1").get("/").await;
        assert_eq!((got.status, got.location()), (StatusCode::SEE_OTHER, "/sign-in"));
    }
}
