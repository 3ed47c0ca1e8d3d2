//! Servers without PIPELINING get one command at a time.

use crate::peer::Peer;
use crate::support::{assert_accepted, envelope, plain};
use waxwing_delivery::{Always, FailCause, Outcome};

#[tokio::test]
async fn nothing_follows_a_refusal_but_rset() {
    let peer = Peer::start(|mut line, _| async move {
        line.greet(&[]).await;
        line.answer("MAIL", "250 ok\r\n").await;
        line.answer("RCPT", "550 5.1.1 unknown\r\n").await;
        line.take_messages().await;
    })
    .await;
    let pool = plain(peer.port);
    let outcome = pool.send(&envelope(), Always).await;
    assert!(matches!(outcome, Outcome::Failed { cause: FailCause::Recipient, .. }), "{outcome:?}");
    assert_accepted(&pool.send(&envelope(), Always).await);
    let verbs: Vec<String> = peer.heard().iter().map(|line| line.chars().take(4).collect()).collect();
    assert_eq!(verbs, ["EHLO", "MAIL", "RCPT", "RSET", "MAIL", "RCPT", "DATA"]);
}
