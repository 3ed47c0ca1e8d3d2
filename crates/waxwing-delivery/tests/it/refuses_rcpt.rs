//! A recipient that the server does not want.

use crate::peer::Peer;
use crate::support::{MODERN, assert_accepted, envelope, plain};
use waxwing_delivery::{Always, DeferClass, FailCause, Outcome};

#[tokio::test]
async fn an_unknown_recipient_fails_and_the_connection_goes_on() {
    let peer = Peer::start(|mut line, _| async move {
        line.greet(MODERN).await;
        line.answer("MAIL", "250 2.1.0 ok\r\n").await;
        line.answer("RCPT", "550 5.1.1 <ann@mail.example> unknown\r\n").await;
        line.answer("DATA", "503 5.5.1 no recipients\r\n").await;
        line.answer("RSET", "250 2.0.0 ok\r\n").await;
        line.take_messages().await;
    })
    .await;
    let pool = plain(peer.port);
    let outcome = pool.send(&envelope(), Always).await;
    let Outcome::Failed { cause: FailCause::Recipient, .. } = &outcome else { panic!("{outcome:?}") };
    assert_eq!(outcome.reply().unwrap().codes(), "550 5.1.1");
    assert!(!format!("{outcome:?}").contains("ann"), "no address in Debug");
    assert_accepted(&pool.send(&envelope(), Always).await);
    assert_eq!(peer.heard_times("EHLO"), 1);
}

#[tokio::test]
async fn a_server_that_says_354_all_the_same_gets_a_lone_dot_and_no_message() {
    let peer = Peer::start(|mut line, _| async move {
        line.greet(MODERN).await;
        line.answer("MAIL", "250 ok\r\n").await;
        line.answer("RCPT", "452 4.2.2 full\r\n").await;
        line.answer("DATA", "354 go on\r\n").await;
        assert_eq!(line.body().await, b".\r\n");
        line.say("554 5.5.1 no valid recipients\r\n").await;
        line.answer("RSET", "250 ok\r\n").await;
        line.take_messages().await;
    })
    .await;
    let pool = plain(peer.port);
    let outcome = pool.send(&envelope(), Always).await;
    assert!(matches!(outcome, Outcome::Deferred { class: DeferClass::MailboxFull, .. }), "{outcome:?}");
    assert_accepted(&pool.send(&envelope(), Always).await);
    assert_eq!(peer.heard_times("EHLO"), 1);
}
