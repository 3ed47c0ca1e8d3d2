//! 421: the server is about to close the connection.

use crate::peer::Peer;
use crate::support::{MODERN, assert_accepted, envelope, plain};
use waxwing_delivery::{Always, DeferClass, Outcome};

#[tokio::test]
async fn a_421_on_a_used_connection_costs_the_message_nothing() {
    let peer = Peer::start(|mut line, number| async move {
        line.greet(MODERN).await;
        if number == 0 {
            line.until_body().await;
            line.body().await;
            line.say("250 2.0.0 queued\r\n").await;
            line.answer("MAIL", "421 4.4.2 enough for today\r\n").await;
        }
        line.take_messages().await;
    })
    .await;
    let pool = plain(peer.port);
    assert_accepted(&pool.send(&envelope(), Always).await);
    assert_accepted(&pool.send(&envelope(), Always).await);
    assert_eq!(peer.heard_times("EHLO"), 2);
}

#[tokio::test]
async fn a_421_on_a_fresh_connection_defers() {
    for step in ["greeting", "RCPT"] {
        let peer = Peer::start(move |mut line, _| async move {
            if step == "greeting" {
                return line.say("421 4.3.2 too busy\r\n").await;
            }
            line.greet(MODERN).await;
            line.answer("MAIL", "250 ok\r\n").await;
            line.answer("RCPT", "421 4.3.2 closing\r\n").await;
        })
        .await;
        let outcome = plain(peer.port).send(&envelope(), Always).await;
        assert!(matches!(outcome, Outcome::Deferred { class: DeferClass::Relay, .. }), "{step}: {outcome:?}");
    }
}
