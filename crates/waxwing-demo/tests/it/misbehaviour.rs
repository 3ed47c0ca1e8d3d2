//! Bad peers by appointment.

use crate::support::{Client, MESSAGE, PATIENCE, start};
use std::time::Duration;
use tokio::time::timeout;
use waxwing_demo::capture::{CaptureOptions, CaptureServer, Misbehaviour};

async fn scripted(next: impl IntoIterator<Item = Misbehaviour>) -> CaptureServer {
    let server = start(CaptureOptions::default()).await;
    server.script().push(next);
    server
}

async fn up_to_data(server: &CaptureServer) -> Client {
    let mut client = Client::hello(server).await;
    client.ask("MAIL FROM:<a@larkfield.example>\r\n").await;
    client.ask("RCPT TO:<ann@postbox.example>\r\n").await;
    assert!(client.ask("DATA\r\n").await.starts_with("354 "));
    client
}

#[tokio::test]
async fn scripts_are_taken_in_order_and_then_all_is_well() {
    let server = scripted([Misbehaviour::None, Misbehaviour::Refuse421, Misbehaviour::Refuse554]).await;
    for code in ["220 ", "421 ", "554 ", "220 "] {
        assert!(Client::dial(&server).await.answer().await.starts_with(code));
    }
}

#[tokio::test]
async fn a_hanging_server_says_nothing() {
    let server = scripted([Misbehaviour::HangBeforeGreeting]).await;
    let mut client = Client::dial(&server).await;
    assert!(timeout(Duration::from_millis(100), client.answer()).await.is_err());
}

#[tokio::test]
async fn garbage_is_no_greeting() {
    let server = scripted([Misbehaviour::GarbageGreeting]).await;
    let greeting = Client::dial(&server).await.answer().await;
    assert!(!greeting.is_empty() && !greeting.starts_with("220"));
}

#[tokio::test]
async fn a_close_in_the_middle_of_the_message_takes_nothing() {
    let server = scripted([Misbehaviour::CloseInData { after_bytes: 10 }]).await;
    let mut client = up_to_data(&server).await;
    client.send("Subject: a long beginning\r\n").await;
    assert!(client.is_closed().await);
    let counts = server.captured().counts();
    assert_eq!((counts.accepted, counts.reply_lost), (0, 0));
}

#[tokio::test]
async fn a_close_after_the_dot_takes_the_message() {
    let server = scripted([Misbehaviour::CloseAfterDot]).await;
    let mut client = up_to_data(&server).await;
    assert_eq!(client.ask(MESSAGE).await, "");
    assert!(server.captured().wait_until(|c| c.reply_lost == 1, PATIENCE).await.is_ok());
}

#[tokio::test]
async fn a_hang_after_the_dot_takes_the_message() {
    let server = scripted([Misbehaviour::HangAfterDot]).await;
    let mut client = up_to_data(&server).await;
    client.send(MESSAGE).await;
    assert!(server.captured().wait_until(|c| c.reply_lost == 1, PATIENCE).await.is_ok());
    assert!(timeout(Duration::from_millis(50), client.answer()).await.is_err());
}

#[tokio::test]
async fn garbage_after_the_dot_leaves_the_sender_in_doubt() {
    let server = scripted([Misbehaviour::GarbageAfterDot]).await;
    let mut client = up_to_data(&server).await;
    let answer = client.ask(MESSAGE).await;
    assert!(!answer.is_empty() && !answer.starts_with(|c: char| c.is_ascii_digit()));
    assert_eq!(server.captured().counts().reply_lost, 1);
}

#[tokio::test]
async fn a_server_that_shuts_down_says_so_between_messages() {
    let server = scripted([Misbehaviour::ShutDownAfter { messages: 1 }]).await;
    let mut client = Client::hello(&server).await;
    assert!(client.deliver("ann@postbox.example").await.starts_with("250 "));
    assert!(client.ask("MAIL FROM:<a@larkfield.example>\r\n").await.starts_with("421 "));
    assert!(client.is_closed().await);
}
