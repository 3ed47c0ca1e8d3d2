//! One connection must not wait for Nagle and delayed acknowledgements.

use crate::peer::Peer;
use crate::support::{MODERN, assert_accepted, envelope_of, pool, relay};
use std::time::Instant;
use waxwing_delivery::Always;

/// With TCP_NODELAY off or the dot in a write of its own, this is 25 messages a second.
#[tokio::test]
async fn one_connection_passes_five_hundred_messages_a_second() {
    let peer = Peer::friendly(MODERN).await;
    let mut relay = relay(peer.port, "", "tls=none");
    relay.limits.messages_per_connection = 1_000;
    let pool = pool(relay, 1);
    let envelope = envelope_of("A line of an ordinary length, as mails have it.\r\n".repeat(100));
    assert_accepted(&pool.send(&envelope, Always).await);
    let started = Instant::now();
    for _ in 0..500 {
        assert_accepted(&pool.send(&envelope, Always).await);
    }
    assert!(started.elapsed().as_secs_f64() < 1.0, "500 messages took {:?}", started.elapsed());
}
