//! One-time links: the first owner, invitations, resets.

use super::browser::{EMAIL, House, PASSWORD, email};
use crate::accounts::roles::Grant;
use crate::accounts::{self, LinkKind, Person};
use crate::{Error, login};
use http::StatusCode;
use waxwing_domain::{EmailAddress, Micros, Role};
use waxwing_testkit::store_test;

const OTHER: &str = "velvet harbour siphon lantern";

/// The path of the link in a piece of mail.
fn path_in(text: &str) -> String {
    let line = text.lines().find(|line| line.starts_with("https://")).expect("a link");
    line.trim_start_matches("https://mail.example.org").to_owned()
}

async fn reset_path(house: &House) -> String {
    let got = house.browser("192.0.2.5").post("/reset", "/reset", &[("email", EMAIL)]).await;
    assert_eq!(got.status, StatusCode::OK);
    let token = accounts::reset_link(&house.app, &house.host(), &email()).await.expect("a link");
    path_in(&LinkKind::Reset.url(&house.app, &token))
}

store_test! {
    async fn the_first_owner_comes_in_by_a_link_that_works_once(t) {
        let house = House::new(t).await;
        let token = accounts::bootstrap(&house.app, &house.host(), email()).await.expect("a link");
        let path = format!("/welcome/{token}");
        let mut browser = house.browser("192.0.2.1");
        for _ in 0..3 {
            let got = browser.get(&path).await;
            assert_eq!(got.status, StatusCode::OK, "looking uses nothing up");
            assert_eq!(got.headers["referrer-policy"], "no-referrer");
        }
        let chosen = [("password", PASSWORD), ("repeat", PASSWORD)];
        assert_eq!(browser.post(&path, &path, &chosen).await.location(), "/");
        assert!(browser.is_in().await);
        let mut second = house.browser("192.0.2.2");
        assert_eq!(second.post("/sign-in", &path, &chosen).await.status, StatusCode::GONE);
        assert_eq!(second.get(&path).await.status, StatusCode::GONE);
        let again = accounts::bootstrap(&house.app, &house.host(), email()).await;
        assert!(matches!(again, Err(Error::Conflict(_))));
    }

    async fn nobody_can_claim_a_house_without_the_link(t) {
        let house = House::new(t).await;
        let mut browser = house.browser("192.0.2.1");
        let chosen = [("password", PASSWORD), ("repeat", PASSWORD)];
        for token in ["x".to_owned(), "A".repeat(43), String::from("..%2f")] {
            let got = browser.post("/sign-in", &format!("/welcome/{token}"), &chosen).await;
            assert_eq!(got.status, StatusCode::GONE, "{token}");
        }
        assert!(!browser.is_in().await);
    }

    async fn a_newer_link_ends_the_older_and_both_end_after_seven_days(t) {
        let house = House::new(t).await;
        let first = accounts::bootstrap(&house.app, &house.host(), email()).await.expect("a link");
        let second = accounts::bootstrap(&house.app, &house.host(), email()).await.expect("a newer link");
        let mut browser = house.browser("192.0.2.1");
        assert_eq!(browser.get(&format!("/welcome/{first}")).await.status, StatusCode::GONE);
        assert_eq!(browser.get(&format!("/welcome/{second}")).await.status, StatusCode::OK);
        house.pass(7 * Micros::DAY);
        assert_eq!(browser.get(&format!("/welcome/{second}")).await.status, StatusCode::GONE);
    }

    async fn a_weak_password_is_refused_with_a_reason_and_the_link_still_works(t) {
        let house = House::new(t).await;
        let token = accounts::bootstrap(&house.app, &house.host(), email()).await.expect("a link");
        let path = format!("/welcome/{token}");
        let mut browser = house.browser("192.0.2.1");
        for (password, reason) in [("short", "at least 15"), ("password12345678", "attackers try first"), ("olga.owner@example.org", "your email address")] {
            let got = browser.post(&path, &path, &[("password", password), ("repeat", password)]).await;
            assert_eq!(got.status, StatusCode::UNPROCESSABLE_ENTITY);
            assert!(got.body.contains(reason), "{password}");
            assert!(!got.body.contains("value=\"short"), "no password comes back");
        }
        let got = browser.post(&path, &path, &[("password", PASSWORD), ("repeat", "another")]).await;
        assert!(got.body.contains("differ"));
        assert_eq!(browser.post(&path, &path, &[("password", PASSWORD), ("repeat", PASSWORD)]).await.location(), "/");
    }

    async fn a_reset_is_answered_alike_for_known_and_unknown_addresses(t) {
        let house = House::with_owner(t).await;
        let mut seen = Vec::new();
        for (address, email) in [("192.0.2.7", EMAIL), ("192.0.2.8", "nobody@example.net")] {
            let before = house.rows().await;
            let got = house.browser(address).post("/reset", "/reset", &[("email", email)]).await;
            seen.push((got.status, got.still(), house.grown(&before).await));
        }
        assert_eq!(seen[0], seen[1]);
        assert!(house.mail().await.is_empty(), "mail is the job's, so that no answer waits for it");
    }

    async fn a_reset_ends_every_session_signs_nobody_in_and_works_once(t) {
        let house = House::with_owner(t).await;
        let mut before = house.signed_in().await;
        let path = reset_path(&house).await;
        let mut browser = house.browser("192.0.2.5");
        let chosen = [("password", OTHER), ("repeat", OTHER)];
        let got = browser.post(&path, &path, &chosen).await;
        assert_eq!((got.status, got.location()), (StatusCode::SEE_OTHER, "/sign-in"));
        assert!(!browser.is_in().await && !before.is_in().await);
        assert_eq!(browser.post("/reset", &path, &chosen).await.status, StatusCode::GONE);
        assert!(browser.sign_in(EMAIL, PASSWORD).await.status == StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(browser.sign_in(EMAIL, OTHER).await.status, StatusCode::SEE_OTHER);
        assert!(house.mail().await.iter().any(|m| m.kind == "accounts.changed"), "the person is told");
    }

    async fn a_reset_link_is_over_after_an_hour(t) {
        let house = House::with_owner(t).await;
        let path = reset_path(&house).await;
        house.pass(Micros::HOUR);
        assert_eq!(house.browser("192.0.2.5").get(&path).await.status, StatusCode::GONE);
    }

    async fn one_link_does_not_pass_for_another(t) {
        let house = House::with_owner(t).await;
        let token = accounts::reset_link(&house.app, &house.host(), &email()).await.expect("a link");
        let got = login::welcome(&house.app, &house.visitor("192.0.2.1"), &token, OTHER.into(), &Default::default()).await;
        assert!(matches!(got, Err(Error::NotFound(_))));
        assert!(LinkKind::Reset.url(&house.app, &token).starts_with("https://mail.example.org/reset/"));
    }

    async fn an_invited_person_chooses_a_password_and_can_be_removed(t) {
        let house = House::with_owner(t).await;
        let person = Person { email: EmailAddress::parse("new@example.org").expect("valid"), name: "New Person".into() };
        let mut tx = house.app.begin(&house.host(), "test").await.expect("begins");
        let token = accounts::invite(&house.app, &mut tx, &house.host(), &person, Grant::of(Role::Marketer)).await.expect("invited");
        tx.commit().await.expect("commits");
        assert!(house.mail().await.iter().any(|m| m.kind == "accounts.invitation" && m.text.contains(&token)));
        let path = format!("/welcome/{token}");
        let mut browser = house.browser("192.0.2.6");
        browser.post(&path, &path, &[("password", OTHER), ("repeat", OTHER)]).await;
        assert!(browser.is_in().await);
        let mut owner = house.signed_in().await;
        let page = owner.get("/settings/people").await;
        assert!(page.body.contains("n…@example.org") && !page.body.contains("new@example.org"), "masked for others");
        assert!(page.body.contains(EMAIL), "one's own in clear");
        let mut tx = house.app.read(&house.host(), "test").await.expect("reads");
        let id = accounts::by_email(&house.app, &mut tx, &person.email).await.expect("asks").expect("there").id;
        drop(tx);
        let got = owner.post("/settings/people", &format!("/settings/people/{id}/remove"), &[]).await;
        assert_eq!(got.status, StatusCode::SEE_OTHER);
        assert!(!browser.is_in().await, "their sessions end");
        let mut tx = house.app.read(&house.host(), "test").await.expect("reads");
        assert!(accounts::by_email(&house.app, &mut tx, &person.email).await.expect("asks").is_none());
    }

    async fn the_last_owner_cannot_be_removed(t) {
        let house = House::with_owner(t).await;
        let id = house.owner().await.id;
        let mut tx = house.app.begin(&house.host(), "test").await.expect("begins");
        assert!(matches!(accounts::remove(&house.app, &mut tx, &house.host(), id).await, Err(Error::Conflict(_))));
    }
}
