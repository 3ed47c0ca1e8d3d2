//! Leaving, in sentences.

use super::*;
use crate::suppression::{self, Reason};
use crate::testing::{Got, Orchard};
use http::{Method, StatusCode};
use waxwing_domain::EventKind;
use waxwing_store::{args, statement};
use waxwing_testkit::store_test;

statement! { CONTAIN, "UPDATE gate SET level = 'contained', epoch = epoch + 1 WHERE workspace_id = $1" }

const CLICK: &str = "List-Unsubscribe=One-Click";

/// The path of somebody's link.
fn path(house: &Orchard, source: SourceId, subject: SubjectNo) -> String {
    let url = sending::links::unsubscribe_url(&house.app, house.ctx.workspace, source, subject).expect("a link");
    url.strip_prefix("http://127.0.0.1:8080").expect("ours").to_owned()
}

async fn left(house: &Orchard, source: SourceId) -> i64 {
    count(&mut house.app.read(&house.ctx, "test").await.expect("reads"), &house.ctx, source).await.expect("counts")
}

async fn suppressed(house: &Orchard, email: &str) -> Option<Reason> {
    let email = waxwing_domain::EmailAddress::parse(email).expect("an address");
    let tag = suppression::tag_of_email(&house.app, house.ctx.workspace, &email).expect("a tag");
    let mut tx = house.app.read(&house.ctx, "test").await.expect("reads");
    suppression::among(&mut tx, vec![tag.to_vec()]).await.expect("looks").remove(&tag)
}

fn undo_of(got: &Got) -> String {
    got.hidden("undo")
}

store_test! {
    async fn one_click_from_the_mail_program_leaves_the_list_and_twice_is_once(t) {
        let house = Orchard::new(&t, &["ada@example.org"]).await;
        let source = house.source(vec![house.list]).await;
        let path = path(&house, source, house.people[0]);
        for _ in 0..2 {
            let got = house.web.post(&path, CLICK).await;
            assert_eq!(got.status, StatusCode::OK);
            assert!(!got.body.contains("name=\"undo\""), "a mail program needs no way back");
        }
        assert_eq!(house.state(house.people[0]).await, Some(MembershipState::Unsubscribed));
        assert_eq!(left(&house, source).await, 1);
        let mut tx = house.app.read(&house.ctx, "test").await.expect("reads");
        let history = tx.history(house.people[0], i64::MAX, 20).await.expect("reads");
        assert_eq!(history.iter().filter(|e| e.kind == EventKind::Unsubscribed).count(), 1);
    }

    async fn a_look_at_the_page_changes_nothing_and_shows_no_address(t) {
        let house = Orchard::new(&t, &["ada@example.org"]).await;
        let source = house.source(vec![house.list]).await;
        let path = path(&house, source, house.people[0]);
        for method in [Method::GET, Method::HEAD] {
            house.web.ask(method, &path, "text/plain", "").await;
        }
        let page = house.web.get(&path).await;
        assert!(page.body.contains("“Letters”") && page.body.contains("Orchard") && !page.body.contains("ada@"));
        assert_eq!(page.headers["referrer-policy"], "no-referrer");
        assert!(!page.headers.contains_key("set-cookie"));
        assert_eq!(house.state(house.people[0]).await, Some(MembershipState::Confirmed));
    }

    async fn a_guessed_link_shows_nothing_and_guessing_is_slowed_down(t) {
        let house = Orchard::new(&t, &["ada@example.org"]).await;
        let source = house.source(vec![house.list]).await;
        let good = path(&house, source, house.people[0]);
        let mut forged = good.clone();
        let last = forged.pop().expect("a character");
        forged.push(if last == 'A' { 'Q' } else { 'A' });
        let got = house.web.get(&forged).await;
        assert!(got.status == StatusCode::NOT_FOUND && !got.body.contains("Letters"));
        assert_eq!(house.web.post(&forged, CLICK).await.status, StatusCode::NOT_FOUND);
        let mut last = StatusCode::OK;
        for _ in 0..70 {
            last = house.web.post(&forged, CLICK).await.status;
        }
        assert_eq!(last, StatusCode::TOO_MANY_REQUESTS);
        assert_eq!(house.state(house.people[0]).await, Some(MembershipState::Confirmed));
        assert_eq!(house.web.post(&good, CLICK).await.status, StatusCode::OK, "a good link is never refused");
    }

    async fn everything_can_be_left_at_once(t) {
        let house = Orchard::new(&t, &["ada@example.org"]).await;
        let source = house.source(vec![house.list]).await;
        let path = path(&house, source, house.people[0]);
        house.web.post(&path, "leave=lists").await;
        assert_eq!(suppressed(&house, "ada@example.org").await, None);
        house.web.post(&path, "leave=everything").await;
        assert_eq!(suppressed(&house, "ada@example.org").await, Some(Reason::Unsubscribed));
        assert_eq!(left(&house, source).await, 1);
    }

    async fn a_mistake_can_be_taken_back_once_within_the_hour_by_the_page_that_made_it(t) {
        let house = Orchard::new(&t, &["ada@example.org", "eve@example.org"]).await;
        let source = house.source(vec![house.list]).await;
        let path_of = |n: usize| path(&house, source, house.people[n]);
        let undo = undo_of(&house.web.post(&path_of(0), "leave=everything").await);
        let back = house.web.post(&path_of(0), &format!("undo={undo}")).await;
        assert!(back.body.contains("subscribed again"));
        assert_eq!(house.state(house.people[0]).await, Some(MembershipState::Confirmed));
        assert_eq!((suppressed(&house, "ada@example.org").await, left(&house, source).await), (None, 0));

        house.web.post(&path_of(0), CLICK).await;
        for secret in [undo.as_str(), "", "x", &"A".repeat(43)] {
            let got = house.web.post(&path_of(0), &format!("undo={secret}")).await;
            assert!(got.body.contains("Nothing was changed"), "{secret}");
        }
        assert_eq!(house.state(house.people[0]).await, Some(MembershipState::Unsubscribed));

        let late = undo_of(&house.web.post(&path_of(1), "leave=lists").await);
        t.clock.advance(UNDO + 1);
        house.web.post(&path_of(1), &format!("undo={late}")).await;
        assert_eq!(house.state(house.people[1]).await, Some(MembershipState::Unsubscribed));
    }

    async fn leaving_works_while_the_workspace_is_contained(t) {
        let house = Orchard::new(&t, &["ada@example.org"]).await;
        let source = house.source(vec![house.list]).await;
        let mut tx = house.app.begin(&house.ctx, "test").await.expect("begins");
        tx.exec(&CONTAIN, args![]).await.expect("contains");
        tx.commit().await.expect("commits");
        let got = house.web.post(&path(&house, source, house.people[0]), CLICK).await;
        assert_eq!(got.status, StatusCode::OK);
        assert_eq!(house.state(house.people[0]).await, Some(MembershipState::Unsubscribed));
    }

    async fn people_who_are_gone_and_made_up_people_get_the_same_page(t) {
        let house = Orchard::new(&t, &["ada@example.org", "eve@example.org"]).await;
        let source = house.source(vec![house.list]).await;
        let mut tx = house.app.begin(&house.ctx, "test").await.expect("begins");
        erasure::erase(&house.app, &mut tx, &house.ctx, house.people[0]).await.expect("erases");
        tx.commit().await.expect("commits");
        for subject in [house.people[0], SubjectNo::new(0)] {
            let got = house.web.post(&path(&house, source, subject), CLICK).await;
            assert!(got.status == StatusCode::OK && got.body.contains("You are unsubscribed"));
        }
        assert_eq!(left(&house, source).await, 0);
    }

    async fn erasure_forgets_who_left(t) {
        let house = Orchard::new(&t, &["ada@example.org"]).await;
        let source = house.source(vec![house.list]).await;
        house.web.post(&path(&house, source, house.people[0]), CLICK).await;
        let mut tx = house.app.begin(&house.ctx, "test").await.expect("begins");
        erasure::erase(&house.app, &mut tx, &house.ctx, house.people[0]).await.expect("erases");
        tx.commit().await.expect("commits");
        assert_eq!(left(&house, source).await, 0);
    }
}
