//! Connections are kept, reused and given up.

use crate::peer::Peer;
use crate::support::{MODERN, assert_accepted, envelope, plain, pool, relay};
use std::time::Duration;
use waxwing_delivery::Always;

#[tokio::test]
async fn many_messages_share_a_connection_up_to_its_limit() {
    let peer = Peer::friendly(MODERN).await;
    let mut relay = relay(peer.port, "", "tls=none");
    relay.limits.messages_per_connection = 10;
    let pool = pool(relay, 1);
    for _ in 0..25 {
        assert_accepted(&pool.send(&envelope(), Always).await);
    }
    assert_eq!((peer.heard_times("EHLO"), peer.heard_times("MAIL"), peer.heard_times("RSET")), (3, 25, 0));
}

#[tokio::test]
async fn a_connection_closed_behind_our_back_costs_no_message() {
    let peer = Peer::start(|mut line, _| async move {
        line.greet(MODERN).await;
        line.until_body().await;
        line.body().await;
        line.say("250 2.0.0 queued\r\n").await;
    })
    .await;
    let pool = plain(peer.port);
    for _ in 0..5 {
        assert_accepted(&pool.send(&envelope(), Always).await);
    }
    assert_eq!(peer.heard_times("EHLO"), 5);
}

#[tokio::test]
async fn an_idle_connection_says_goodbye() {
    let peer = Peer::friendly(MODERN).await;
    let mut relay = relay(peer.port, "", "tls=none");
    relay.limits.idle = Duration::from_millis(100);
    let pool = pool(relay, 1);
    assert_accepted(&pool.send(&envelope(), Always).await);
    tokio::time::sleep(Duration::from_millis(500)).await;
    assert_eq!(peer.heard_times("QUIT"), 1);
    assert_accepted(&pool.send(&envelope(), Always).await);
}

#[tokio::test]
async fn closing_says_goodbye_and_takes_no_more() {
    let peer = Peer::friendly(MODERN).await;
    let pool = plain(peer.port);
    assert_accepted(&pool.send(&envelope(), Always).await);
    pool.close().await;
    assert_eq!(peer.heard_times("QUIT"), 1);
    assert!(matches!(pool.send(&envelope(), Always).await, waxwing_delivery::Outcome::Deferred { .. }));
}
