//! Servers that say nothing, or that are not there.

use crate::peer::Peer;
use crate::support::{MODERN, envelope, plain};
use std::time::{Duration, Instant};
use waxwing_delivery::{Always, DeferClass, Outcome, Phase, Reason, Trouble};

fn timeout(phase: Phase) -> Outcome {
    Outcome::Deferred {
        class: DeferClass::Connection,
        reason: Reason::Trouble(Trouble::Timeout { phase }),
        retry_after: None,
    }
}

/// Without the back-off hint, which is a matter of chance.
fn without_hint(outcome: Outcome) -> Outcome {
    match outcome {
        Outcome::Deferred { class, reason, .. } => Outcome::Deferred { class, reason, retry_after: None },
        other => other,
    }
}

#[tokio::test]
async fn a_server_without_a_greeting_is_given_up() {
    let peer = Peer::start(|line, _| line.hang()).await;
    let outcome = plain(peer.port).send(&envelope(), Always).await;
    assert_eq!(without_hint(outcome), timeout(Phase::Greeting));
}

#[tokio::test]
async fn a_server_that_falls_silent_is_given_up() {
    let peer = Peer::start(|mut line, _| async move {
        line.greet(MODERN).await;
        line.answer("MAIL", "250 ok\r\n").await;
        line.hang().await;
    })
    .await;
    let outcome = plain(peer.port).send(&envelope(), Always).await;
    assert_eq!(outcome, timeout(Phase::Rcpt));
}

#[tokio::test]
async fn dripping_a_reply_does_not_stretch_the_wait() {
    let peer = Peer::start(|mut line, _| async move {
        line.say("220").await;
        for _ in 0..50 {
            tokio::time::sleep(Duration::from_millis(100)).await;
            line.say("-x\r\n220").await;
        }
    })
    .await;
    let started = Instant::now();
    let outcome = plain(peer.port).send(&envelope(), Always).await;
    assert_eq!(without_hint(outcome), timeout(Phase::Greeting));
    assert!(started.elapsed() < Duration::from_secs(3));
}

#[tokio::test]
async fn a_relay_that_is_not_there_is_left_alone_for_a_while() {
    let port = {
        let gone = Peer::start(|line, _| line.hang()).await;
        gone.port
    };
    tokio::time::sleep(Duration::from_millis(50)).await;
    let pool = plain(port);
    for _ in 0..3 {
        let outcome = pool.send(&envelope(), Always).await;
        let Outcome::Deferred { class: DeferClass::Connection, retry_after: Some(wait), .. } = outcome else {
            panic!("{outcome:?}")
        };
        assert!(wait <= Duration::from_secs(1) && wait > Duration::from_millis(500), "{wait:?}");
    }
}
