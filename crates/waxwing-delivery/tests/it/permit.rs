//! The last word before a message leaves.

use crate::peer::Peer;
use crate::support::{MODERN, assert_accepted, envelope, plain};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;
use waxwing_delivery::{Always, Outcome, Permit, Verdict, when};

/// Counts the bodies that arrive whole.
async fn counting_peer() -> (Peer, Arc<AtomicUsize>) {
    let bodies = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&bodies);
    let peer = Peer::start(move |mut line, _| {
        let count = Arc::clone(&count);
        async move {
            line.greet(MODERN).await;
            line.until_body().await;
            if line.body().await.ends_with(b".\r\n") {
                count.fetch_add(1, Ordering::SeqCst);
                line.say("250 2.0.0 queued\r\n").await;
            }
            line.take_messages().await;
        }
    })
    .await;
    (peer, bodies)
}

#[tokio::test]
async fn a_dropped_permit_sends_nothing_and_the_next_message_goes_on() {
    let (peer, bodies) = counting_peer().await;
    let pool = plain(peer.port);
    assert_eq!(pool.send(&envelope(), when(async { Verdict::Drop })).await, Outcome::NotSent);
    assert_eq!(bodies.load(Ordering::SeqCst), 0);
    assert_accepted(&pool.send(&envelope(), Always).await);
    assert_eq!(bodies.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn the_body_waits_for_the_permit_and_the_commands_do_not() {
    let (peer, bodies) = counting_peer().await;
    let pool = plain(peer.port);
    let (grant, granted) = tokio::sync::oneshot::channel();
    let sending =
        tokio::spawn(
            async move { pool.send(&envelope(), when(async { granted.await.unwrap_or(Verdict::Drop) })).await },
        );
    while peer.heard_times("DATA") == 0 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    tokio::time::sleep(Duration::from_millis(50)).await;
    assert_eq!(bodies.load(Ordering::SeqCst), 0);
    grant.send(Verdict::Go).unwrap();
    assert_accepted(&sending.await.unwrap());
    assert_eq!(bodies.load(Ordering::SeqCst), 1);
}

/// Grants at once, and takes it back when the gate closes.
struct Gate(Arc<AtomicBool>);

impl Permit for Gate {
    async fn grant(&mut self) -> Verdict {
        Verdict::Go
    }
    fn still_granted(&mut self) -> bool {
        self.0.load(Ordering::SeqCst)
    }
}

#[tokio::test]
async fn a_gate_that_closes_while_the_server_dawdles_stops_the_body() {
    let open = Arc::new(AtomicBool::new(true));
    let gate = Arc::clone(&open);
    let peer = Peer::start(move |mut line, _| {
        let gate = Arc::clone(&gate);
        async move {
            line.greet(MODERN).await;
            line.answer("MAIL", "250 ok\r\n").await;
            line.answer("RCPT", "250 ok\r\n").await;
            gate.store(false, Ordering::SeqCst);
            line.answer("DATA", "354 go on\r\n").await;
            assert_eq!(line.hear().await, None, "the client hangs up without a word");
        }
    })
    .await;
    assert_eq!(plain(peer.port).send(&envelope(), Gate(open)).await, Outcome::NotSent);
}

#[tokio::test]
async fn a_refused_recipient_does_not_wait_for_the_permit() {
    let peer = Peer::start(|mut line, _| async move {
        line.greet(MODERN).await;
        line.answer("MAIL", "250 ok\r\n").await;
        line.answer("RCPT", "550 5.1.1 unknown\r\n").await;
        line.answer("DATA", "503 5.5.1 no\r\n").await;
    })
    .await;
    let never = when(std::future::pending());
    let sending =
        tokio::time::timeout(Duration::from_secs(5), async { plain(peer.port).send(&envelope(), never).await });
    assert!(matches!(sending.await.unwrap(), Outcome::Failed { .. }));
}
