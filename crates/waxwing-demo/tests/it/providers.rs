//! Who gets which answer, and what is kept of it.

use crate::support::{Client, MESSAGE, PATIENCE, start};
use std::time::{Duration, Instant};
use waxwing_demo::capture::{Act, CaptureOptions, Filter, Keep, Rule, Rules, Verdict};
use waxwing_demo::mime;

#[tokio::test]
async fn an_ordinary_message_is_taken_and_kept_byte_for_byte() {
    let server = start(CaptureOptions::default()).await;
    let mut client = Client::hello(&server).await;
    client.ask("MAIL FROM:<news@larkfield.example> SIZE=100 BODY=8BITMIME\r\n").await;
    client.ask("RCPT TO:<ann@postbox.example>\r\n").await;
    client.ask("DATA\r\n").await;
    let answer = client.ask("Subject: hi\r\n\r\n..dot\r\ngr\u{fc}n\r\n.\r\n").await;
    assert_eq!(answer, "250 2.0.0 Taken\r\n");
    let caught = server.captured().newest_to("ANN@postbox.example").expect("kept");
    assert_eq!(caught.raw.as_ref(), "Subject: hi\r\n\r\n.dot\r\ngr\u{fc}n\r\n".as_bytes());
    assert_eq!((caught.from.as_str(), caught.verdict), ("news@larkfield.example", Verdict::Accepted));
    assert_eq!(mime::subject(&caught.raw).as_deref(), Some("hi"));
    assert_eq!(client.ask("QUIT\r\n").await, "221 2.0.0 Bye\r\n");
    assert!(client.is_closed().await);
}

#[tokio::test]
async fn special_recipients_are_answered_as_their_names_say() {
    let server = start(CaptureOptions::default()).await;
    let mut client = Client::hello(&server).await;
    for (to, answer) in [
        ("unknown1@mailhaus.example", "550 5.1.1 "),
        ("unknown1@oldpost.example", "550 user"),
        ("unknown1@postbox.example", "550-5.1.1 "),
        ("full1@mailhaus.example", "452 4.2.2 "),
        ("blocked1@mailhaus.example", "550 5.7.1 "),
        ("ann@busy.example", "451 4.3.2 "),
        ("ann@closed.example", "556 5.1.10 "),
        ("ann@mailhaus.example", "250 2.0.0 "),
    ] {
        let got = client.deliver(to).await;
        assert!(got.starts_with(answer), "{to}: {got}");
    }
    let counts = server.captured().counts();
    assert_eq!((counts.accepted, counts.deferred, counts.refused), (1, 2, 5));
    assert_eq!(
        server.captured().list(&Filter::to("unknown1@oldpost.example"), 9)[0].verdict.to_string().trim(),
        "refused 550"
    );
}

#[tokio::test]
async fn a_greylisted_address_is_taken_at_the_second_try() {
    let server = start(CaptureOptions::default()).await;
    let mut client = Client::hello(&server).await;
    assert!(client.deliver("later1@postbox.example").await.starts_with("451 4.7.1 "));
    assert!(client.deliver("LATER1@postbox.example").await.starts_with("250 "));
    assert!(client.deliver("later2@postbox.example").await.starts_with("451 4.7.1 "));
}

#[tokio::test]
async fn a_dropped_reply_leaves_the_message_with_the_provider() {
    let server = start(CaptureOptions::default()).await;
    let mut client = Client::hello(&server).await;
    assert_eq!(client.deliver("drop1@postbox.example").await, "");
    let counts = server.captured().wait_until(|c| c.reply_lost == 1, PATIENCE).await.expect("it was read");
    assert_eq!(counts.accepted, 0);
    assert_eq!(server.captured().deliveries().get("drop1@postbox.example"), Some(&1));
}

#[tokio::test]
async fn a_slow_provider_answers_late() {
    let slow = Rule::local("slow", Act::Slow(Duration::from_millis(200)));
    let options = CaptureOptions { rules: Rules::accept_all().first(slow), ..CaptureOptions::default() };
    let server = start(options).await;
    let mut client = Client::hello(&server).await;
    let begun = Instant::now();
    assert!(client.deliver("slow@postbox.example").await.starts_with("250 "));
    assert!(begun.elapsed() >= Duration::from_millis(200));
}

#[tokio::test]
async fn one_refused_recipient_does_not_hurt_the_others() {
    let server = start(CaptureOptions::default()).await;
    let mut client = Client::hello(&server).await;
    client.ask("MAIL FROM:<>\r\n").await;
    assert!(client.ask("RCPT TO:<unknown@mailhaus.example>\r\n").await.starts_with("550 "));
    assert!(client.ask("RCPT TO:<ann@mailhaus.example>\r\n").await.starts_with("250 "));
    client.ask("DATA\r\n").await;
    assert!(client.ask(MESSAGE).await.starts_with("250 "));
    assert_eq!(server.captured().newest_to("ann@mailhaus.example").map(|m| m.to.len()), Some(1));
}

#[tokio::test]
async fn pipelined_commands_are_answered_in_order_and_together() {
    let server = start(CaptureOptions::default()).await;
    let mut client = Client::hello(&server).await;
    client.send("MAIL FROM:<a@larkfield.example>\r\nRCPT TO:<b@postbox.example>\r\nDATA\r\n").await;
    for code in ["250 2.1.0", "250 2.1.5", "354 "] {
        assert!(client.answer().await.starts_with(code));
    }
    client.send(format!("{MESSAGE}MAIL FROM:<a@larkfield.example>\r\nQUIT\r\n")).await;
    for code in ["250 2.0.0", "250 2.1.0", "221 "] {
        assert!(client.answer().await.starts_with(code));
    }
}

#[tokio::test]
async fn ehlo_offers_what_the_options_say() {
    let server = start(CaptureOptions { pipelining: false, ..CaptureOptions::default() }).await;
    let mut client = Client::dial(&server).await;
    client.answer().await;
    let offer = client.ask("EHLO sender.example\r\n").await;
    assert!(offer.contains("SIZE 26214400\r\n") && offer.contains("8BITMIME"));
    assert!(!offer.contains("PIPELINING") && !offer.contains("STARTTLS"));
}

#[tokio::test]
async fn counting_recipients_keeps_no_message() {
    let server = start(CaptureOptions { keep: Keep::Recipients(10), ..CaptureOptions::default() }).await;
    let mut client = Client::hello(&server).await;
    client.deliver("ann@postbox.example").await;
    client.deliver("ann@postbox.example").await;
    assert!(server.captured().list(&Filter::default(), 9).is_empty());
    assert_eq!(server.captured().deliveries().get("ann@postbox.example"), Some(&2));
    assert_eq!(server.captured().counts().bytes, 2 * (MESSAGE.len() as u64 - 3));
}

#[tokio::test]
async fn a_wait_that_is_not_met_says_where_it_stands() {
    let server = start(CaptureOptions::default()).await;
    let mut client = Client::hello(&server).await;
    client.deliver("ann@postbox.example").await;
    let error = server.captured().wait_for(2, Duration::from_millis(20)).await.expect_err("only one came");
    assert_eq!(error.0.accepted, 1);
}
