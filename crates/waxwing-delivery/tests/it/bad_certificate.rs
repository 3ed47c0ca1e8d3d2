//! Whom the relay's certificate must come from, and whom it must name.

use crate::peer::Peer;
use crate::support::{MODERN, Pki, assert_accepted, envelope, pool, relay};
use std::sync::Arc;
use waxwing_delivery::{Always, DeferClass, Outcome, Pool, Reason, Relay, RelayError, Trouble};

async fn tls_peer(pki: &Pki) -> Peer {
    let identity = Arc::clone(&pki.identity);
    Peer::start(move |mut line, _| {
        let identity = Arc::clone(&identity);
        async move {
            if line.encrypt(&identity).await.is_ok() {
                line.greet(MODERN).await;
                line.take_messages().await;
            }
        }
    })
    .await
}

fn implicit(port: u16) -> Relay {
    relay(port, "ann:pw@", "tls=implicit")
}

async fn refused_as(relay: Relay, words: &str) {
    let outcome = pool(relay, 1).send(&envelope(), Always).await;
    let Outcome::Deferred { class: DeferClass::Tls, reason: Reason::Trouble(Trouble::Certificate(why)), .. } = outcome
    else {
        panic!("{outcome:?}")
    };
    assert!(why.contains(words), "{why}");
}

#[tokio::test]
async fn a_certificate_from_nobody_we_know_is_refused() {
    let peer = tls_peer(&Pki::vouching_for("localhost")).await;
    refused_as(implicit(peer.port), "UnknownIssuer").await;
    assert!(peer.heard().is_empty(), "not a word was said");
}

#[tokio::test]
async fn a_certificate_for_another_host_is_refused() {
    let pki = Pki::vouching_for("mail.example.net");
    let peer = tls_peer(&pki).await;
    let mut relay = implicit(peer.port);
    relay.extra_roots = Some(pki.roots.path().to_owned());
    refused_as(relay, "not valid for name").await;
    assert!(peer.heard().is_empty(), "not a word was said");
}

#[tokio::test]
async fn a_certificate_from_our_own_authority_is_accepted() {
    let pki = Pki::vouching_for("localhost");
    let peer = tls_peer(&pki).await;
    let mut relay = relay(peer.port, "", "tls=implicit");
    relay.extra_roots = Some(pki.roots.path().to_owned());
    assert_accepted(&pool(relay, 1).send(&envelope(), Always).await);
}

#[tokio::test]
async fn a_file_of_roots_that_cannot_be_used_is_an_error_at_once() {
    let empty = tempfile::NamedTempFile::new().unwrap();
    for path in [empty.path().to_owned(), "/nowhere/roots.pem".into()] {
        let mut relay = implicit(465);
        relay.extra_roots = Some(path);
        assert!(matches!(Pool::new(relay), Err(RelayError::Roots(_))));
    }
}
