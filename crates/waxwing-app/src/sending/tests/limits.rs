//! Limits per hour: the rest waits, and leaves in its time.

use super::rig::{Rig, addresses};
use crate::sending::{SourceState, Tuning};
use crate::settings;
use std::time::Duration;
use waxwing_demo::capture::Rules;
use waxwing_domain::Micros;
use waxwing_testkit::store_test;

async fn limit(rig: &Rig, change: impl FnOnce(&mut settings::Limits)) {
    let mut tx = rig.begin().await;
    let mut workspace = settings::load(&mut tx).await.expect("settings");
    change(&mut workspace.limits);
    settings::save(&rig.app, &mut tx, &rig.ctx, &workspace).await.expect("saved");
    tx.commit().await.expect("commits");
}

store_test! {
    async fn a_workspace_sends_no_more_than_its_limit(t) {
        let rig = Rig::new(t, Rules::accept_all()).await;
        rig.relay().await;
        limit(&rig, |limits| limits.workspace.per_hour = Some(40)).await;
        let (list, _) = rig.list("News", &addresses("ann", 8)).await;
        let id = rig.send(&[list]).await;
        let lane = rig.lane(Tuning::default());
        rig.until(id, |counts| counts.accepted == 2).await;
        tokio::time::sleep(Duration::from_millis(500)).await;
        let counts = rig.counts(id).await;
        assert_eq!((counts.accepted, counts.pending), (2, 6), "a twentieth at once");
        for accepted in 3..=8 {
            rig.t.clock.advance(Micros::HOUR / 38);
            rig.until(id, |counts| counts.accepted == accepted).await;
        }
        // That nobody is left is noticed when the next could leave.
        rig.t.clock.advance(Micros::HOUR / 38);
        rig.until_state(id, SourceState::Done).await;
        lane.stop().await;
    }

    async fn a_recipient_domain_at_its_limit_does_not_hold_up_the_others(t) {
        let rig = Rig::new(t, Rules::accept_all()).await;
        rig.relay().await;
        limit(&rig, |limits| limits.recipient_domain.per_hour = Some(5)).await;
        let mut people = addresses("ann", 12);
        people.extend((0..4).map(|n| format!("bob{n}@mailhaus.example")));
        let (list, _) = rig.list("News", &people).await;
        let id = rig.send(&[list]).await;
        let lane = rig.lane(Tuning::default());
        rig.until(id, |counts| counts.accepted == 2).await;
        assert_eq!(rig.counts(id).await.pending, 14, "one of each domain");
        rig.t.clock.advance(13 * Micros::MINUTE);
        rig.until(id, |counts| counts.accepted == 4).await;
        rig.t.clock.advance(25 * Micros::MINUTE);
        rig.until(id, |counts| counts.accepted == 8).await;
        rig.t.clock.advance(2 * Micros::HOUR);
        rig.until_state(id, SourceState::Done).await;
        assert!(rig.doubles().is_empty());
        lane.stop().await;
    }
}
