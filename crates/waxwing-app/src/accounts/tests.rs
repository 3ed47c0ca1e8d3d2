//! Accounts, in sentences; what concerns signing in is told in `login/tests`.

use super::roles::{Grant, NewGrant};
use super::{Person, by_email, by_id, invite, invite_again, links, links::LinkKind, remove};
use crate::Error;
use crate::login::tests::browser::{EMAIL, House, email};
use http::StatusCode;
use waxwing_domain::{AccountId, Ctx, EmailAddress, Rights, Role, Scope};
use waxwing_testkit::store_test;

fn person(text: &str) -> Person {
    Person { email: EmailAddress::parse(text).expect("an address"), name: String::new() }
}

fn marketer() -> NewGrant {
    Grant::of(Role::Marketer)
}

store_test! {
    async fn an_account_is_found_by_its_address_in_any_case(t) {
        let house = House::with_owner(t).await;
        let mut tx = house.app.read(&house.host(), "test").await.expect("reads");
        let found = by_email(&house.app, &mut tx, &person("OLGA.OWNER@example.org").email).await.expect("asks");
        assert_eq!(found.map(|a| a.id), Some(house.owner().await.id));
        assert!(by_email(&house.app, &mut tx, &person("olga@example.org").email).await.expect("asks").is_none());
    }

    async fn an_address_is_invited_once_and_a_new_link_ends_the_old(t) {
        let house = House::with_owner(t).await;
        let ctx = house.host();
        let mut tx = house.app.begin(&ctx, "test").await.expect("begins");
        let first = invite(&house.app, &mut tx, &ctx, &person("new@example.org"), marketer()).await.expect("invited");
        let again = invite(&house.app, &mut tx, &ctx, &person("NEW@example.org"), marketer()).await;
        assert!(matches!(again, Err(Error::Conflict(_))));
        let taken = invite(&house.app, &mut tx, &ctx, &Person { email: email(), name: String::new() }, marketer()).await;
        assert!(matches!(taken, Err(Error::Conflict(_))));
        let id = links::look(&mut tx, &ctx, LinkKind::Welcome, &first).await.expect("asks").expect("works");
        let second = invite_again(&house.app, &mut tx, &ctx, id).await.expect("again");
        assert!(links::look(&mut tx, &ctx, LinkKind::Welcome, &first).await.expect("asks").is_none());
        assert!(links::look(&mut tx, &ctx, LinkKind::Welcome, &second).await.expect("asks").is_some());
    }

    async fn only_the_invited_get_another_welcome_link(t) {
        let house = House::with_owner(t).await;
        let id = house.owner().await.id;
        let ctx = house.host();
        let mut tx = house.app.begin(&ctx, "test").await.expect("begins");
        assert!(matches!(invite_again(&house.app, &mut tx, &ctx, id).await, Err(Error::NotFound(_))));
        let nobody = AccountId::from_i64(9);
        assert!(matches!(remove(&house.app, &mut tx, &ctx, nobody).await, Err(Error::NotFound(_))));
    }

    async fn who_lacks_the_right_invites_and_removes_nobody(t) {
        let house = House::with_owner(t).await;
        let ctx = Ctx { rights: Rights::of_scopes(&[Scope::Write, Scope::Read]), ..house.host() };
        let mut tx = house.app.begin(&ctx, "test").await.expect("begins");
        assert!(matches!(invite(&house.app, &mut tx, &ctx, &person("x@example.org"), marketer()).await, Err(Error::Denied(_))));
        let owner = house.owner().await.id;
        assert!(matches!(remove(&house.app, &mut tx, &ctx, owner).await, Err(Error::Denied(_))));
    }

    async fn a_sealed_name_moved_to_another_account_is_refused(t) {
        let house = House::with_owner(t).await;
        let mut moved = house.owner().await;
        assert_eq!(moved.person(&house.app, house.t.workspace).expect("opens").email.as_str(), EMAIL);
        moved.id = AccountId::from_i64(9);
        assert!(moved.person(&house.app, house.t.workspace).is_err());
    }

    async fn who_was_removed_keeps_the_name_that_the_record_needs_and_no_address(t) {
        let house = House::with_owner(t).await;
        let ctx = house.host();
        let mut tx = house.app.begin(&ctx, "test").await.expect("begins");
        let mut ids = Vec::new();
        for (address, name) in [("ada@example.org", "Ada Example"), ("eve@example.org", "")] {
            let new = Person { name: name.into(), ..person(address) };
            let link = invite(&house.app, &mut tx, &ctx, &new, marketer()).await.expect("invited");
            ids.push(links::look(&mut tx, &ctx, LinkKind::Welcome, &link).await.expect("asks").expect("works"));
        }
        for (id, called_then) in ids.iter().zip(["Ada Example (left)", "e…@example.org (left)"]) {
            let id = *id;
            remove(&house.app, &mut tx, &ctx, id).await.expect("removed");
            let left = by_id(&mut tx, id).await.expect("asks").expect("the row stays");
            assert!(matches!(left.person(&house.app, ctx.workspace), Err(Error::NotFound(_))), "no address is left");
            let called = left.called(&house.app, ctx.workspace).expect("opens");
            assert_eq!(called.as_deref(), Some(called_then));
        }
        assert!(matches!(remove(&house.app, &mut tx, &ctx, ids[0]).await, Err(Error::NotFound(_))), "only once");
    }

    async fn people_are_invited_on_their_page_with_mistakes_beside_the_field(t) {
        let house = House::with_owner(t).await;
        let mut browser = house.signed_in().await;
        let got = browser.post("/settings/people", "/settings/people", &[("email", "nonsense"), ("name", ""), ("role", "editor")]).await;
        assert_eq!(got.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(got.body.contains("Check the address") && got.body.contains("value=\"nonsense\""));
        let got = browser.post("/settings/people", "/settings/people", &[("email", "new@example.org"), ("name", "N"), ("role", "editor")]).await;
        assert!(got.body.contains("https://mail.example.org/welcome/"));
        let again = browser.get("/settings/people").await;
        assert!(!again.body.contains("/welcome/"), "the link is shown once");
        let ask = again.body.split("href=\"/settings/people?ask=").nth(1).and_then(|s| s.split('"').next()).expect("a way");
        let asked = browser.get(&format!("/settings/people?ask={ask}")).await;
        assert!(asked.body.contains("Remove n…@example.org?"), "also without script");
    }
}
