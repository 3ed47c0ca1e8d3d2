//! STARTTLS and those who would rather not have it.

use crate::peer::{Line, Peer};
use crate::support::{Pki, assert_accepted, envelope, pool, relay};
use std::sync::Arc;
use waxwing_delivery::{Always, DeferClass, Outcome, Reason, Trouble};

async fn trouble_with(peer: &Peer) -> Trouble {
    let outcome = pool(relay(peer.port, "ann:pw@", "tls=starttls"), 1).send(&envelope(), Always).await;
    let Outcome::Deferred { class: DeferClass::Tls, reason: Reason::Trouble(trouble), .. } = outcome else {
        panic!("{outcome:?}")
    };
    for line in peer.heard() {
        assert!(line.starts_with("EHLO") || line == "STARTTLS", "{line} was said in the clear");
    }
    trouble
}

#[tokio::test]
async fn a_server_without_start_tls_gets_neither_login_nor_mail() {
    let peer = Peer::friendly(&["PIPELINING", "AUTH PLAIN LOGIN"]).await;
    assert_eq!(trouble_with(&peer).await, Trouble::NoStartTls);
}

#[tokio::test]
async fn plain_text_put_in_front_of_the_encryption_is_noticed() {
    let peer = Peer::start(|mut line, _| async move {
        line.greet(&["STARTTLS"]).await;
        line.answer("STARTTLS", "220 go\r\n250-evil\r\n250 AUTH PLAIN\r\n").await;
        line.hang().await;
    })
    .await;
    assert_eq!(trouble_with(&peer).await, Trouble::InjectedPlaintext);
}

#[tokio::test]
async fn plain_text_instead_of_the_handshake_is_noticed() {
    let peer = Peer::start(|mut line, _| async move {
        line.greet(&["STARTTLS"]).await;
        line.answer("STARTTLS", "220 go\r\n").await;
        line.say("250 no TLS here\r\n").await;
        line.hang().await;
    })
    .await;
    assert!(matches!(trouble_with(&peer).await, Trouble::Certificate(_) | Trouble::InjectedPlaintext));
}

#[tokio::test]
async fn a_refused_start_tls_is_not_worked_around() {
    let peer = Peer::start(|mut line, _| async move {
        line.greet(&["STARTTLS", "AUTH PLAIN"]).await;
        line.answer("STARTTLS", "454 4.7.0 not now\r\n").await;
        line.take_messages().await;
    })
    .await;
    let outcome = pool(relay(peer.port, "ann:pw@", "tls=starttls"), 1).send(&envelope(), Always).await;
    assert!(matches!(outcome, Outcome::Deferred { class: DeferClass::Tls, .. }), "{outcome:?}");
    assert_eq!(peer.heard_times("AUTH") + peer.heard_times("MAIL"), 0);
}

#[tokio::test]
async fn what_was_offered_in_the_clear_is_forgotten() {
    let pki = Pki::vouching_for("localhost");
    let identity = Arc::clone(&pki.identity);
    let peer = Peer::start(move |mut line: Line, _| {
        let identity = Arc::clone(&identity);
        async move {
            line.greet(&["STARTTLS", "PIPELINING", "AUTH PLAIN"]).await;
            line.answer("STARTTLS", "220 go\r\n").await;
            line.encrypt(&identity).await.unwrap();
            line.ehlo(&["AUTH LOGIN"]).await;
            line.answer("AUTH LOGIN", "334 VXNlcm5hbWU6\r\n").await;
            line.answer("YW5u", "334 UGFzc3dvcmQ6\r\n").await;
            line.answer("cHc=", "235 2.7.0 welcome\r\n").await;
            line.take_messages().await;
        }
    })
    .await;
    let mut relay = relay(peer.port, "ann:pw@", "tls=starttls");
    relay.extra_roots = Some(pki.roots.path().to_owned());
    assert_accepted(&pool(relay, 1).send(&envelope(), Always).await);
    assert_eq!(peer.heard_times("EHLO"), 2);
}
