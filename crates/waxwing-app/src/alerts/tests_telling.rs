//! Who is told of alerts, in sentences.

use super::*;
use crate::accounts;
use crate::testing::Orchard;
use waxwing_detect::rate::Signal;
use waxwing_detect::volume::Flow;
use waxwing_domain::EmailAddress;
use waxwing_store::{OutboxMail, args, statement};
use waxwing_testkit::store::TestStore;
use waxwing_testkit::store_test;
use waxwing_testkit::web::mails;

statement! { JOIN, "UPDATE accounts SET state = 'active' WHERE workspace_id = $1" }

/// A house whose owner has joined, and whose earlier mail has left.
async fn house(t: &TestStore) -> Orchard {
    let house = Orchard::new(t, &[]).await;
    let email = EmailAddress::parse("olga@orchard.example").expect("an address");
    accounts::bootstrap(&house.app, &house.ctx, email).await.expect("an owner");
    let mut tx = house.app.begin(&house.ctx, "test").await.expect("begins");
    tx.exec(&JOIN, args![]).await.expect("they have joined");
    tx.commit().await.expect("commits");
    posted(&house).await;
    house
}

async fn posted(house: &Orchard) -> Vec<OutboxMail> {
    mails(house.app.store(), house.app.workspace()).await
}

fn found(detector: Detector, about: i64) -> store::New {
    let finding = Finding {
        observed: 600.0,
        expected: 2.0,
        bound: 9.0,
        sample: 72,
        contributors: Vec::new(),
        why: "ann@mailhaus.example was read.".into(),
        advice: "Look.".into(),
    };
    store::New::of(detector, about, finding)
}

async fn raised(house: &Orchard, found: Vec<store::New>) -> usize {
    raise::all(&house.app, &house.ctx, None, found).await.expect("raised").len()
}

store_test! {
    /// What was found, what was done, where to look; nobody's data; once an hour of one kind, and again in the next.
    async fn an_alert_is_mailed_to_whoever_may_judge_it(t) {
        let house = house(&t).await;
        let burst = Detector::Burst(Flow::Exports);
        assert_eq!(raised(&house, vec![found(burst, 1)]).await, 1);
        let mail = posted(&house).await.pop().expect("a mail");
        assert_eq!(mail.to.as_str(), "olga@orchard.example");
        assert!(mail.text.contains("A burst of exports") && mail.text.contains("/security/alerts/"), "{}", mail.text);
        assert!(mail.text.contains("Nothing was done by itself."), "{}", mail.text);
        assert!(!mail.text.contains("ann@") && !mail.text.contains("600"), "{}", mail.text);
        assert_eq!(raised(&house, vec![found(burst, 2)]).await, 1);
        assert!(posted(&house).await.is_empty(), "one mail an hour of one kind");
        t.clock.advance(Micros::HOUR);
        assert_eq!(raised(&house, vec![found(burst, 3)]).await, 1);
        assert_eq!(posted(&house).await.len(), 1, "the next hour is told again");
    }

    /// Its id and its detector, for webhooks.
    async fn an_alert_is_an_event_of_nobody(t) {
        let house = house(&t).await;
        raised(&house, vec![found(Detector::Stuffing, 1)]).await;
        let mut tx = house.app.read(&house.ctx, "test").await.expect("reads");
        let alert = page(&mut tx, &house.ctx, Filter::default(), None, 1).await.expect("reads").remove(0);
        let event = tx.events_by_id(vec![alert.id.as_i64()]).await.expect("reads").remove(0);
        assert_eq!((event.kind, event.subject), (waxwing_domain::EventKind::AlertRaised, None));
        assert_eq!((event.reason.as_deref(), event.at), (Some("login.stuffing"), alert.at));
    }

    /// Many at once are one mail; a made-up person is always told, a slow provider never.
    async fn many_are_summed_up_and_the_grave_are_always_told(t) {
        let house = house(&t).await;
        let both = vec![found(Detector::Stuffing, 1), found(Detector::Stuffing, 2), found(Detector::Habit, 3)];
        assert_eq!(raised(&house, both).await, 3);
        let mail = posted(&house).await;
        assert_eq!(mail.len(), 1);
        assert_eq!(mail[0].text.matches("/security/alerts/").count(), 3, "{}", mail[0].text);
        for about in [4, 5] {
            assert_eq!(raised(&house, vec![found(Detector::Canary, about)]).await, 1);
            let mail = posted(&house).await.pop().expect("a mail");
            assert!(mail.text.contains("Containment is asked for"), "{}", mail.text);
        }
        let mild = [Detector::Rate(Signal::Deferral), Detector::Drift(Flow::Sent)];
        assert_eq!(raised(&house, mild.into_iter().map(|one| found(one, 6)).collect()).await, 2);
        assert!(posted(&house).await.is_empty(), "the mild wait on Home");
    }
}
