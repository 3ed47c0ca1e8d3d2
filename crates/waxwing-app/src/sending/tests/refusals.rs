//! What relays refuse, and what becomes of it.

use super::rig::{Rig, addresses};
use crate::sending::{self, Retry, SourceState, Tuning};
use crate::suppression;
use waxwing_demo::capture::{Act, Reply, Rule, Rules};
use waxwing_domain::Micros;
use waxwing_testkit::store_test;

fn quick() -> Tuning {
    Tuning { first_retry: Micros::SECOND / 2, ..Tuning::default() }
}

async fn suppressed(rig: &Rig, address: &str) -> bool {
    let tag = suppression::tag(&rig.app, rig.t.workspace, suppression::Kind::Email, address).expect("a tag");
    let mut tx = rig.app.read(&rig.ctx, "test").await.expect("begins");
    suppression::among(&mut tx, vec![tag.to_vec()]).await.expect("looked up").contains_key(&tag)
}

store_test! {
    async fn each_refusal_ends_where_it_should(t) {
        let rig = Rig::new(t, Rules::providers()).await;
        rig.relay().await;
        let people: Vec<String> = [("ann", 6), ("unknown", 3), ("later", 2), ("blocked", 2), ("drop", 2)]
            .iter().flat_map(|(prefix, count)| addresses(prefix, *count)).collect();
        let (list, _) = rig.list("News", &people).await;
        let id = rig.send(&[list]).await;
        let lane = rig.lane(quick());
        rig.until_state(id, SourceState::Done).await;
        let counts = rig.counts(id).await;
        assert_eq!((counts.accepted, counts.failed, counts.unknown, counts.deferred), (8, 5, 2, 0), "{counts:?}");
        assert!(counts.failed_by.contains(&("recipient".to_owned(), 3)), "{counts:?}");
        assert!(suppressed(&rig, "unknown0@postbox.example").await, "a 5xx about the recipient suppresses");
        assert!(!suppressed(&rig, "blocked0@postbox.example").await, "content and policy do not");
        assert!(!suppressed(&rig, "drop0@postbox.example").await);
        assert!(rig.doubles().is_empty(), "an unknown one is not sent again by itself");
        lane.stop().await;
    }

    async fn a_full_mailbox_is_tried_again_until_it_expires(t) {
        let rig = Rig::new(t, Rules::providers()).await;
        rig.relay().await;
        let (list, _) = rig.list("News", &addresses("full", 2)).await;
        let id = rig.send(&[list]).await;
        let lane = rig.lane(Tuning { expires_after: 2 * Micros::SECOND, ..quick() });
        let waiting = rig.until(id, |counts| counts.deferred == 2).await;
        assert_eq!(waiting.deferred_by, [("mailbox_full".to_owned(), 2)]);
        rig.until_state(id, SourceState::Done).await;
        assert_eq!(rig.counts(id).await.failed_by, [("expired".to_owned(), 2)]);
        assert!(!suppressed(&rig, "full0@postbox.example").await);
        lane.stop().await;
    }

    async fn failed_and_unknown_are_sent_again_only_when_asked(t) {
        let rig = Rig::new(t, Rules::providers()).await;
        rig.relay().await;
        let (list, _) = rig.list("News", &[addresses("drop", 2), addresses("blocked", 1)].concat()).await;
        let id = rig.send(&[list]).await;
        let lane = rig.lane(quick());
        rig.until_state(id, SourceState::Done).await;
        let mut tx = rig.begin().await;
        assert_eq!(sending::retry(&rig.app, &mut tx, &rig.ctx, id, Retry::Unknown).await.expect("reopened"), 2);
        tx.commit().await.expect("commits");
        rig.until_state(id, SourceState::Done).await;
        assert_eq!(rig.counts(id).await.unknown, 2);
        assert_eq!(rig.doubles().len(), 2, "both copies of each were taken");
        lane.stop().await;
    }

    async fn a_source_that_is_refused_again_and_again_is_held(t) {
        let refuse = Act::AfterData(Reply::new(550, "5.7.1", "Message refused by content policy"));
        let rig = Rig::new(t, Rules::accept_all().first(Rule::local("", refuse))).await;
        rig.relay().await;
        let (list, _) = rig.list("News", &addresses("ann", 300)).await;
        let id = rig.send(&[list]).await;
        let lane = rig.lane(Tuning { refusals: 5, batch: 20, ..quick() });
        let reason = rig.until_state(id, SourceState::Held).await.expect("a reason");
        assert!(reason.contains("policy") && reason.contains("550 5.7.1"), "{reason}");
        lane.stop().await;
        let counts = rig.counts(id).await;
        assert!(counts.pending > 0 && counts.failed < 100, "{counts:?}");
    }
}
