//! The reply to the final dot never comes: the one case where nobody knows.

use crate::peer::{Line, Peer};
use crate::support::{MODERN, envelope, plain};
use waxwing_delivery::{Always, Outcome, Phase, Trouble};

async fn until_dot(line: &mut Line) {
    line.greet(MODERN).await;
    line.until_body().await;
    line.body().await;
}

async fn trouble_with(peer: &Peer) -> Trouble {
    match plain(peer.port).send(&envelope(), Always).await {
        Outcome::Unknown { trouble } => trouble,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_connection_lost_after_the_dot_is_unknown() {
    let peer = Peer::start(|mut line, _| async move { until_dot(&mut line).await }).await;
    assert!(matches!(
        trouble_with(&peer).await,
        Trouble::Closed { phase: Phase::Dot } | Trouble::Io { phase: Phase::Dot, .. }
    ));
}

#[tokio::test]
async fn silence_after_the_dot_is_unknown() {
    let peer = Peer::start(|mut line, _| async move {
        until_dot(&mut line).await;
        line.hang().await;
    })
    .await;
    assert_eq!(trouble_with(&peer).await, Trouble::Timeout { phase: Phase::Dot });
}

#[tokio::test]
async fn garbage_after_the_dot_is_unknown() {
    for (text, expected) in [
        ("??\r\n", Trouble::NotSmtp { phase: Phase::Dot }),
        ("354 again\r\n", Trouble::OutOfStep { phase: Phase::Dot }),
        ("250-half a reply\r\n", Trouble::Closed { phase: Phase::Dot }),
    ] {
        let peer = Peer::start(move |mut line, _| async move {
            until_dot(&mut line).await;
            line.say(text).await;
        })
        .await;
        assert_eq!(trouble_with(&peer).await, expected);
    }
}

#[tokio::test]
async fn a_refusal_after_the_dot_is_no_mystery() {
    let peer = Peer::start(|mut line, _| async move {
        until_dot(&mut line).await;
        line.say("421 4.3.2 shutting down\r\n").await;
    })
    .await;
    let outcome = plain(peer.port).send(&envelope(), Always).await;
    assert!(matches!(outcome, Outcome::Deferred { .. }), "{outcome:?}");
}
