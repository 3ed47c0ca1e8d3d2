//! Relays that hang, close, answer garbage; a gate that closes; domains that do not align.

use super::rig::{Rig, addresses};
use crate::sending::{self, SourceState, Tuning};
use std::time::Duration;
use waxwing_demo::capture::{Misbehaviour, Rules};
use waxwing_domain::{Micros, SkipReason};
use waxwing_store::{args, statement};
use waxwing_testkit::dns::DnsServer;
use waxwing_testkit::store_test;

statement! { GATE, "UPDATE gate SET level = $2, epoch = epoch + 1 WHERE workspace_id = $1" }

fn quick() -> Tuning {
    Tuning { first_retry: Micros::SECOND / 2, ..Tuning::default() }
}

async fn gate(rig: &Rig, level: &str) {
    let mut tx = rig.begin().await;
    tx.exec(&GATE, args![level]).await.expect("set");
    tx.commit().await.expect("commits");
}

store_test! {
    async fn a_misbehaving_relay_loses_nobody_and_doubles_nobody(t) {
        let rig = Rig::new(t, Rules::accept_all()).await;
        rig.capture.script().push([
            Misbehaviour::GarbageGreeting,
            Misbehaviour::Refuse421,
            Misbehaviour::CloseInData { after_bytes: 300 },
            Misbehaviour::CloseAfterDot,
            Misbehaviour::GarbageAfterDot,
            Misbehaviour::ShutDownAfter { messages: 2 },
            Misbehaviour::Refuse554,
            Misbehaviour::CloseInData { after_bytes: 0 },
        ]);
        rig.relay().await;
        let (list, _) = rig.list("News", &addresses("ann", 60)).await;
        let id = rig.send(&[list]).await;
        let lane = rig.lane(quick());
        rig.until_state(id, SourceState::Done).await;
        let counts = rig.counts(id).await;
        assert_eq!(counts.accepted + counts.unknown, 60, "{counts:?}");
        // A short message is out whole before a relay can close in the middle of it: four scripts end so.
        assert!(counts.unknown <= 4, "only those whose dot was out when the relay fell silent: {counts:?}");
        assert!(rig.doubles().is_empty());
        assert!(rig.capture.captured().deliveries().len() >= usize::try_from(counts.accepted).unwrap_or(0));
        lane.stop().await;
    }

    async fn a_relay_that_is_down_does_not_use_up_the_audience(t) {
        let rig = Rig::new(t, Rules::accept_all()).await;
        // A port that nobody listens on.
        let free = std::net::TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("bound");
        rig.relay_at(&format!("smtp://{free}?tls=none")).await;
        let (list, _) = rig.list("News", &addresses("ann", 2_000)).await;
        let id = rig.send(&[list]).await;
        let lane = rig.lane(Tuning { batch: 64, ..quick() });
        rig.until(id, |counts| counts.deferred > 0).await;
        tokio::time::sleep(Duration::from_millis(800)).await;
        let counts = rig.counts(id).await;
        assert!(counts.pending > 500, "{counts:?}");
        assert_eq!(counts.failed, 0);
        lane.stop().await;
    }

    async fn a_second_relay_takes_over_from_one_that_is_down(t) {
        let rig = Rig::new(t, Rules::accept_all()).await;
        let free = std::net::TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("bound");
        rig.relay_at(&format!("smtp://{free}?tls=none")).await;
        rig.relay().await;
        let (list, _) = rig.list("News", &addresses("ann", 50)).await;
        let id = rig.send(&[list]).await;
        let lane = rig.lane(quick());
        rig.until_state(id, SourceState::Done).await;
        assert_eq!(rig.counts(id).await.accepted, 50);
        lane.stop().await;
    }

    async fn nothing_but_system_mail_leaves_under_containment(t) {
        let rig = Rig::new(t, Rules::accept_all()).await;
        rig.relay().await;
        let (list, _) = rig.list("News", &addresses("ann", 20)).await;
        let id = rig.open(&[list]).await;
        rig.start(id).await;
        gate(&rig, "contained").await;
        let lane = rig.lane(quick());
        tokio::time::sleep(Duration::from_millis(700)).await;
        assert_eq!(rig.capture.captured().counts().accepted, 0);
        let mut tx = rig.begin().await;
        assert!(matches!(sending::hold(&rig.app, &mut tx, &rig.ctx, id, "x").await, Ok(())), "pausing stays possible");
        assert!(matches!(sending::release(&rig.app, &mut tx, &rig.ctx, id).await, Err(crate::Error::Contained(_))));
        drop(tx);
        gate(&rig, "normal").await;
        rig.until_state(id, SourceState::Done).await;
        assert!(rig.doubles().is_empty());
        lane.stop().await;
    }

    async fn a_domain_that_does_not_align_sends_nothing_beyond_this_machine(t) {
        let dns = DnsServer::start().await.expect("starts");
        let rig = Rig::with_dns(t, Rules::accept_all(), Some(dns.address())).await;
        crate::domains::add(&rig.app, &rig.ctx, "example.org").await.expect("a domain");
        rig.relay_at("smtp://relay.example.net:587").await;
        let (list, _) = rig.list("News", &addresses("ann", 5)).await;
        let id = rig.send(&[list]).await;
        let lane = rig.lane(quick());
        let reason = rig.until_state(id, SourceState::Held).await.expect("a reason");
        assert!(reason.contains("example.org may not send in bulk") && reason.contains("key is not published"), "{reason}");
        lane.stop().await;
    }

    async fn a_panic_while_making_a_message_costs_that_message_only(t) {
        let rig = Rig::new(t, Rules::accept_all()).await;
        rig.relay().await;
        let (list, people) = rig.list("News", &addresses("ann", 40)).await;
        let id = rig.send(&[list]).await;
        let lane = rig.lane(Tuning { breaks_at: Some(people[7]), ..quick() });
        rig.until_state(id, SourceState::Done).await;
        let counts = rig.counts(id).await;
        assert_eq!((counts.accepted, counts.skipped), (39, 1), "{counts:?}");
        assert_eq!(counts.skipped_by, [(SkipReason::Render, 1)]);
        assert!(rig.doubles().is_empty());
        lane.stop().await;
    }

    async fn without_a_relay_a_source_is_held_with_the_way_on(t) {
        let rig = Rig::new(t, Rules::accept_all()).await;
        let (list, _) = rig.list("News", &addresses("ann", 1)).await;
        let id = rig.send(&[list]).await;
        let lane = rig.lane(quick());
        let reason = rig.until_state(id, SourceState::Held).await.expect("a reason");
        assert!(reason.contains("no relay"), "{reason}");
        lane.stop().await;
    }
}
