//! What a careless or hostile sender gets.

use crate::support::{Client, MESSAGE, PATIENCE, start};
use std::net::SocketAddr;
use std::time::Duration;
use waxwing_demo::capture::{CaptureError, CaptureOptions, CaptureServer, Limits};

fn limited(change: impl FnOnce(&mut Limits)) -> CaptureOptions {
    let mut options = CaptureOptions::default();
    change(&mut options.limits);
    options
}

#[tokio::test]
async fn it_refuses_to_listen_for_the_network() {
    let everyone = SocketAddr::from(([0, 0, 0, 0], 0));
    let refused = CaptureServer::start(everyone, CaptureOptions::default()).await;
    assert!(matches!(refused, Err(CaptureError::NotLoopback)));
}

#[tokio::test]
async fn a_taken_port_is_a_clear_error() {
    let server = start(CaptureOptions::default()).await;
    let second = CaptureServer::start(server.address(), CaptureOptions::default()).await;
    assert!(second.is_err_and(|error| error.to_string().contains("cannot listen on 127.0.0.1:")));
}

#[tokio::test]
async fn a_line_without_end_is_cut_off() {
    let server = start(CaptureOptions::default()).await;
    let mut client = Client::hello(&server).await;
    client.send(vec![b'x'; 4_000]).await;
    assert!(client.answer().await.starts_with("500 5.5.6 "));
    assert!(client.is_closed().await);
}

#[tokio::test]
async fn a_message_announced_too_large_is_refused_before_its_data() {
    let server = start(limited(|l| l.message = 1_000)).await;
    let mut client = Client::hello(&server).await;
    assert!(client.ask("MAIL FROM:<a@b.example> SIZE=1001\r\n").await.starts_with("552 5.3.4 "));
}

#[tokio::test]
async fn a_message_that_turns_out_too_large_is_refused_and_the_next_is_taken() {
    let server = start(limited(|l| l.message = 40)).await;
    let mut client = Client::hello(&server).await;
    client.ask("MAIL FROM:<a@b.example>\r\n").await;
    client.ask("RCPT TO:<ann@postbox.example>\r\n").await;
    client.ask("DATA\r\n").await;
    assert!(client.ask(&format!("{}.\r\n", "0123456789\r\n".repeat(10))).await.starts_with("552 5.3.4 "));
    assert!(client.deliver("ann@postbox.example").await.starts_with("250 "));
}

#[tokio::test]
async fn an_endless_message_is_cut_off() {
    let server = start(limited(|l| l.message = 1_000)).await;
    let mut client = Client::hello(&server).await;
    client.ask("MAIL FROM:<a@b.example>\r\n").await;
    client.ask("RCPT TO:<ann@postbox.example>\r\n").await;
    client.ask("DATA\r\n").await;
    client.send("0123456789\r\n".repeat(100_000)).await;
    assert!(client.is_closed().await);
    assert_eq!(server.captured().counts().accepted, 0);
}

#[tokio::test]
async fn bare_line_feeds_cannot_smuggle_a_second_message() {
    let server = start(CaptureOptions::default()).await;
    let mut client = Client::hello(&server).await;
    client.ask("MAIL FROM:<a@b.example>\r\n").await;
    client.ask("RCPT TO:<ann@postbox.example>\r\n").await;
    client.ask("DATA\r\n").await;
    let smuggled = "Subject: x\r\n\r\n.\nMAIL FROM:<evil@b.example>\r\nRCPT TO:<bob@postbox.example>\r\nDATA\r\n.\r\n";
    assert!(client.ask(smuggled).await.starts_with("550 5.6.0 "));
    let counts = server.captured().counts();
    assert_eq!((counts.accepted, counts.refused), (0, 1));
}

#[tokio::test]
async fn recipients_beyond_the_limit_are_put_off() {
    let server = start(limited(|l| l.recipients = 2)).await;
    let mut client = Client::hello(&server).await;
    client.ask("MAIL FROM:<a@b.example>\r\n").await;
    for (name, code) in [("a", "250 "), ("b", "250 "), ("c", "452 4.5.3 ")] {
        assert!(client.ask(&format!("RCPT TO:<{name}@postbox.example>\r\n")).await.starts_with(code));
    }
}

#[tokio::test]
async fn a_connection_too_many_is_turned_away_and_its_place_comes_back() {
    let server = start(limited(|l| l.connections = 1)).await;
    let mut first = Client::hello(&server).await;
    let mut second = Client::dial(&server).await;
    assert!(second.answer().await.starts_with("421 4.3.2 "));
    assert!(second.is_closed().await);
    first.ask("QUIT\r\n").await;
    assert!(first.is_closed().await);
    // The session's task ends a moment after its socket.
    let mut greeting = String::new();
    for _ in 0..50 {
        greeting = Client::dial(&server).await.answer().await;
        if greeting.starts_with("220 ") {
            break;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert!(greeting.starts_with("220 "));
}

#[tokio::test]
async fn commands_out_of_order_or_out_of_form_are_refused_and_harmless() {
    let server = start(limited(|l| l.bad_commands = 100)).await;
    let mut client = Client::dial(&server).await;
    client.answer().await;
    assert!(client.ask("MAIL FROM:<a@b.example>\r\n").await.starts_with("503 "));
    client.ask("EHLO sender.example\r\n").await;
    for (command, code) in [
        ("RCPT TO:<a@b.example>\r\n", "503 "),
        ("DATA\r\n", "503 "),
        ("MAIL FROM:a b c\r\n", "50"),
        ("MAIL FROM:<a@b.example> NONSENSE=1\r\n", "555 "),
        ("BDAT 10 LAST\r\n", "502 "),
        ("STARTTLS\r\n", "502 "),
        ("HELLO?\r\n", "500 "),
        ("NOOP\n", "500 5.5.2 "),
        ("NO\0OP\r\n", "500 5.5.2 "),
        ("NOOP\r\n", "250 "),
    ] {
        let answer = client.ask(command).await;
        assert!(answer.starts_with(code), "{command:?}: {answer}");
    }
    client.ask("MAIL FROM:<a@b.example>\r\n").await;
    for (command, code) in [
        ("MAIL FROM:<a@b.example>\r\n", "503 "),
        ("DATA\r\n", "554 "),
        ("RCPT TO:<>\r\n", "553 "),
        ("RCPT TO:<no-at>\r\n", "553 "),
        ("RCPT TO:<jürgen@b.example>\r\n", "553 "),
    ] {
        let answer = client.ask(command).await;
        assert!(answer.starts_with(code), "{command:?}: {answer}");
    }
}

#[tokio::test]
async fn too_many_mistakes_end_the_conversation() {
    let server = start(limited(|l| l.bad_commands = 2)).await;
    let mut client = Client::hello(&server).await;
    assert!(client.ask("WHAT\r\n").await.starts_with("500 "));
    assert!(client.ask("WHAT\r\n").await.starts_with("500 "));
    assert!(client.ask("WHAT\r\n").await.starts_with("421 4.7.0 "));
    assert!(client.is_closed().await);
}

#[tokio::test]
async fn a_silent_peer_is_let_go() {
    let server = start(limited(|l| l.idle = Duration::from_millis(50))).await;
    let mut client = Client::hello(&server).await;
    assert!(client.answer().await.starts_with("421 4.4.2 "));
    assert!(client.is_closed().await);
}

#[tokio::test]
async fn stopping_closes_every_connection() {
    let server = start(CaptureOptions::default()).await;
    let mut client = Client::hello(&server).await;
    let captured = server.captured().clone();
    client.deliver("ann@postbox.example").await;
    server.stop().await;
    assert!(client.is_closed().await);
    assert!(captured.wait_for(1, PATIENCE).await.is_ok());
    assert!(MESSAGE.len() as u64 > captured.counts().bytes);
}
