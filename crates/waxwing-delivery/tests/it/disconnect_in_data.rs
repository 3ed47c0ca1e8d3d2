//! The server goes away while the body is on its way.

use crate::peer::Peer;
use crate::support::{MODERN, envelope, envelope_of, plain};
use waxwing_delivery::{Always, DeferClass, FailCause, Outcome};

/// Larger than what the sockets hold, so that its end cannot have left.
fn large() -> String {
    "All work and no play makes for long mails.\r\n".repeat(200_000)
}

#[tokio::test]
async fn a_body_cut_short_is_deferred_for_its_dot_never_left() {
    let peer = Peer::start(|mut line, _| async move {
        line.greet(&["PIPELINING"]).await;
        line.until_body().await;
        line.hear().await;
    })
    .await;
    let outcome = plain(peer.port).send(&envelope_of(large()), Always).await;
    assert!(matches!(outcome, Outcome::Deferred { class: DeferClass::Connection, .. }), "{outcome:?}");
}

#[tokio::test]
async fn a_small_body_has_left_whole_so_its_fate_is_unknown() {
    let peer = Peer::start(|mut line, _| async move {
        line.greet(MODERN).await;
        line.until_body().await;
        line.hear().await;
    })
    .await;
    let outcome = plain(peer.port).send(&envelope(), Always).await;
    assert!(matches!(outcome, Outcome::Unknown { .. }), "{outcome:?}");
}

#[tokio::test]
async fn a_server_that_stops_reading_gets_no_more_time_than_the_block_timeout() {
    let peer = Peer::start(|mut line, _| async move {
        line.greet(&["PIPELINING"]).await;
        line.until_body().await;
        line.hang().await;
    })
    .await;
    let outcome = plain(peer.port).send(&envelope_of(large()), Always).await;
    assert!(matches!(outcome, Outcome::Deferred { class: DeferClass::Connection, .. }), "{outcome:?}");
}

#[tokio::test]
async fn a_reason_given_in_the_middle_is_heard() {
    let peer = Peer::start(|mut line, _| async move {
        line.greet(&["PIPELINING"]).await;
        line.until_body().await;
        line.say("552 5.3.4 too big\r\n").await;
        line.hang().await;
    })
    .await;
    let outcome = plain(peer.port).send(&envelope_of(large()), Always).await;
    assert!(matches!(outcome, Outcome::Failed { cause: FailCause::Content, .. }), "{outcome:?}");
}

#[tokio::test]
async fn a_connection_lost_before_the_body_is_deferred() {
    let peer = Peer::start(|mut line, _| async move {
        line.greet(MODERN).await;
        line.answer("MAIL", "250 ok\r\n").await;
    })
    .await;
    let outcome = plain(peer.port).send(&envelope(), Always).await;
    assert!(matches!(outcome, Outcome::Deferred { class: DeferClass::Connection, .. }), "{outcome:?}");
}
