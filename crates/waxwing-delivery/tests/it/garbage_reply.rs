//! Servers that do not speak SMTP, or without end.

use crate::peer::Peer;
use crate::support::{MODERN, envelope, plain};
use waxwing_delivery::{Always, DeferClass, Outcome, Phase, Reason, Trouble};

async fn trouble_with(peer: &Peer) -> Trouble {
    match plain(peer.port).send(&envelope(), Always).await {
        Outcome::Deferred { class: DeferClass::Protocol, reason: Reason::Trouble(trouble), .. } => trouble,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn another_protocol_is_recognised_at_its_first_letters() {
    let peer = Peer::start(|mut line, _| async move {
        line.say("SSH-2.0-server").await;
        line.hang().await;
    })
    .await;
    assert_eq!(trouble_with(&peer).await, Trouble::NotSmtp { phase: Phase::Greeting });
}

#[tokio::test]
async fn a_line_or_reply_without_end_is_cut_off() {
    for endless in ["220 and so on and on", "220-and on\r\n"] {
        let peer = Peer::start(move |mut line, _| async move {
            for _ in 0..2_000 {
                line.say(endless.repeat(10).as_str()).await;
            }
            line.hang().await;
        })
        .await;
        // A line with the greeting repeated is one line only where it has no end.
        assert_eq!(trouble_with(&peer).await, Trouble::ReplyTooLong { phase: Phase::Greeting });
    }
}

#[tokio::test]
async fn a_reply_nobody_asked_for_ends_the_conversation() {
    let peer = Peer::start(|mut line, _| async move {
        line.say("220 hello\r\n250 and an answer to nothing\r\n").await;
        line.hang().await;
    })
    .await;
    assert_eq!(trouble_with(&peer).await, Trouble::OutOfStep { phase: Phase::Ehlo });
}

#[tokio::test]
async fn a_reply_to_another_question_ends_the_conversation() {
    let peer = Peer::start(|mut line, _| async move {
        line.greet(MODERN).await;
        line.answer("MAIL", "354 go on\r\n").await;
        line.answer("RCPT", "250 ok\r\n").await;
        line.answer("DATA", "354 go on\r\n").await;
    })
    .await;
    assert_eq!(trouble_with(&peer).await, Trouble::OutOfStep { phase: Phase::Mail });
}

#[tokio::test]
async fn an_answer_before_the_body_is_no_answer_to_it() {
    let peer = Peer::start(|mut line, _| async move {
        line.greet(MODERN).await;
        line.answer("MAIL", "250 ok\r\n").await;
        line.answer("RCPT", "250 ok\r\n").await;
        line.answer("DATA", "354 go on\r\n250 taken\r\n").await;
        line.hang().await;
    })
    .await;
    assert_eq!(trouble_with(&peer).await, Trouble::OutOfStep { phase: Phase::Body });
}
