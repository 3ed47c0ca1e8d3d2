//! How many connections there are, and what happens when there can be no more.

use crate::peer::Peer;
use crate::support::{MODERN, assert_accepted, envelope, pool, relay};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tokio::task::JoinSet;
use waxwing_delivery::{Always, Pool};

async fn send_many(pool: &Pool, count: usize) {
    let mut tasks = JoinSet::new();
    for _ in 0..count {
        let pool = pool.clone();
        tasks.spawn(async move { pool.send(&envelope(), Always).await });
    }
    for outcome in tasks.join_all().await {
        assert_accepted(&outcome);
    }
}

#[tokio::test]
async fn no_more_connections_than_allowed_are_open() {
    let peer = Peer::friendly(MODERN).await;
    let mut relay = relay(peer.port, "", "tls=none");
    relay.limits.messages_per_connection = 1_000;
    send_many(&pool(relay, 3), 200).await;
    assert!(peer.heard_times("EHLO") <= 3, "{}", peer.heard_times("EHLO"));
    assert_eq!(peer.heard_times("MAIL"), 200);
}

#[tokio::test]
async fn a_relay_that_allows_fewer_connections_still_gets_every_message() {
    let open = Arc::new(AtomicUsize::new(0));
    let peer = Peer::start(move |mut line, _| {
        let open = Arc::clone(&open);
        async move {
            if open.fetch_add(1, Ordering::SeqCst) >= 2 {
                open.fetch_sub(1, Ordering::SeqCst);
                return line.say("421 4.7.0 too many connections\r\n").await;
            }
            line.greet(MODERN).await;
            tokio::time::sleep(Duration::from_millis(20)).await;
            line.take_messages().await;
            open.fetch_sub(1, Ordering::SeqCst);
        }
    })
    .await;
    let mut relay = relay(peer.port, "", "tls=none");
    relay.limits.messages_per_connection = 7;
    send_many(&pool(relay, 6), 100).await;
    assert!(peer.heard_times("EHLO") >= 15, "worn connections are replaced");
}

#[tokio::test]
async fn a_sender_that_gives_up_leaves_no_gap() {
    let peer = Peer::start(|mut line, number| async move {
        line.greet(MODERN).await;
        if number == 0 {
            return line.hang().await;
        }
        line.take_messages().await;
    })
    .await;
    let pool = pool(relay(peer.port, "", "tls=none"), 1);
    let given_up =
        tokio::time::timeout(Duration::from_millis(100), async { pool.send(&envelope(), Always).await }).await;
    assert!(given_up.is_err());
    send_many(&pool, 5).await;
}

#[tokio::test]
async fn a_probe_says_whether_the_relay_would_take_mail() {
    let peer = Peer::friendly(MODERN).await;
    assert_eq!(pool(relay(peer.port, "", "tls=none"), 1).probe().await, Ok(()));
    let with_login = pool(relay(peer.port, "ann:pw@", "tls=none"), 1);
    assert!(with_login.probe().await.is_err_and(|trouble| trouble.to_string().contains("AUTH")));
}
