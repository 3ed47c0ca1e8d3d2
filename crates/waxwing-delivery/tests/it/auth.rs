//! Signing in.

use crate::peer::Peer;
use crate::support::{assert_accepted, envelope, pool, relay};
use waxwing_delivery::{Always, DeferClass, Outcome, Reason, Trouble};

#[tokio::test]
async fn plain_is_used_where_it_is_offered() {
    let peer = Peer::start(|mut line, _| async move {
        line.greet(&["AUTH LOGIN PLAIN", "PIPELINING"]).await;
        line.answer("AUTH PLAIN AGFubgBwdw==", "235 2.7.0 welcome\r\n").await;
        line.take_messages().await;
    })
    .await;
    assert_accepted(&pool(relay(peer.port, "ann:pw@", "tls=none"), 1).send(&envelope(), Always).await);
}

#[tokio::test]
async fn a_refused_login_is_the_operators_business_and_fails_no_message() {
    let peer = Peer::start(|mut line, _| async move {
        line.greet(&["AUTH PLAIN"]).await;
        line.answer("AUTH PLAIN", "535 5.7.8 wrong password for ann\r\n").await;
        line.take_messages().await;
    })
    .await;
    let pool = pool(relay(peer.port, "ann:pw@", "tls=none"), 1);
    for _ in 0..2 {
        let outcome = pool.send(&envelope(), Always).await;
        let Outcome::Deferred { class: DeferClass::Auth, reason, .. } = &outcome else { panic!("{outcome:?}") };
        assert_eq!(reason.in_words(), "the relay refused AUTH with 535 5.7.8");
    }
    assert_eq!(peer.heard_times("AUTH"), 1, "the breaker keeps us from locking the account");
    assert_eq!(peer.heard_times("MAIL"), 0);
}

#[tokio::test]
async fn a_server_without_a_mechanism_we_know_gets_no_login() {
    let peer = Peer::friendly(&["AUTH CRAM-MD5 XOAUTH2"]).await;
    let outcome = pool(relay(peer.port, "ann:pw@", "tls=none"), 1).send(&envelope(), Always).await;
    assert!(
        matches!(&outcome, Outcome::Deferred { reason: Reason::Trouble(Trouble::NoSharedAuth), .. }),
        "{outcome:?}"
    );
}
