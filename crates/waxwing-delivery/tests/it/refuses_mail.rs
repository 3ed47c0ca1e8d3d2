//! A sender that the server does not want, and messages it cannot take.

use crate::peer::Peer;
use crate::support::{MODERN, assert_accepted, envelope, envelope_of, plain};
use waxwing_delivery::{Always, DeferClass, FailCause, Outcome, Reason, Trouble};

#[tokio::test]
async fn a_refused_sender_is_never_held_against_the_recipient() {
    let peer = Peer::start(|mut line, _| async move {
        line.greet(MODERN).await;
        line.answer("MAIL", "550 5.1.1 who are you\r\n").await;
        line.answer("RCPT", "503 5.5.1 MAIL first\r\n").await;
        line.answer("DATA", "503 5.5.1 MAIL first\r\n").await;
    })
    .await;
    let outcome = plain(peer.port).send(&envelope(), Always).await;
    assert!(matches!(outcome, Outcome::Failed { cause: FailCause::Policy, .. }), "{outcome:?}");
}

#[tokio::test]
async fn a_server_that_goes_on_after_refusing_the_sender_gets_no_empty_message() {
    let peer = Peer::start(|mut line, number| async move {
        line.greet(MODERN).await;
        if number > 0 {
            return line.take_messages().await;
        }
        line.answer("MAIL", "451 4.3.0 later\r\n").await;
        line.answer("RCPT", "250 ok\r\n").await;
        line.answer("DATA", "354 go on\r\n").await;
        assert_eq!(line.hear().await, None, "the client hangs up");
    })
    .await;
    let pool = plain(peer.port);
    let outcome = pool.send(&envelope(), Always).await;
    assert!(matches!(outcome, Outcome::Deferred { class: DeferClass::Relay, .. }), "{outcome:?}");
    assert_accepted(&pool.send(&envelope(), Always).await);
}

#[tokio::test]
async fn a_login_the_server_misses_fails_no_message() {
    let peer = Peer::start(|mut line, _| async move {
        line.greet(MODERN).await;
        line.answer("MAIL", "530 5.7.0 authentication required\r\n").await;
        line.answer("RCPT", "530 5.7.0 authentication required\r\n").await;
        line.answer("DATA", "530 5.7.0 authentication required\r\n").await;
    })
    .await;
    let outcome = plain(peer.port).send(&envelope(), Always).await;
    assert!(matches!(outcome, Outcome::Deferred { class: DeferClass::Auth, .. }), "{outcome:?}");
}

#[tokio::test]
async fn what_the_server_cannot_take_is_not_sent() {
    let peer = Peer::friendly(&["PIPELINING", "SIZE 100"]).await;
    let pool = plain(peer.port);
    for (message, expected) in
        [("x\r\n".repeat(40), Trouble::TooBig { limit: 100 }), ("é\r\n".into(), Trouble::EightBit)]
    {
        let outcome = pool.send(&envelope_of(message), Always).await;
        let Outcome::Failed { cause: FailCause::Content, reason: Reason::Trouble(trouble) } = outcome else {
            panic!("{outcome:?}")
        };
        assert_eq!(trouble, expected);
    }
    assert_eq!(peer.heard_times("MAIL"), 0);
}

#[tokio::test]
async fn size_and_eight_bit_are_announced() {
    let peer = Peer::friendly(MODERN).await;
    assert_accepted(&plain(peer.port).send(&envelope_of("é\r\n"), Always).await);
    assert!(peer.heard().contains(&"MAIL FROM:<bounces@shop.example> SIZE=4 BODY=8BITMIME".to_owned()));
    assert!(peer.heard().contains(&"RCPT TO:<ann@mail.example>".to_owned()));
    assert!(peer.heard().contains(&"EHLO [127.0.0.1]".to_owned()));
}
