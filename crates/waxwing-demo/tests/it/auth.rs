//! Signing in, as relays ask for it.

use crate::support::{Client, start};
use waxwing_demo::capture::{CaptureOptions, CaptureServer, Credentials};

/// A relay whose account is `wax` with the password `wing`.
async fn relay() -> CaptureServer {
    let credentials = Credentials { user: "wax".to_owned(), password: "wing".to_owned() };
    start(CaptureOptions { credentials: Some(credentials), ..CaptureOptions::default() }).await
}

#[tokio::test]
async fn mail_waits_for_the_right_password() {
    let server = relay().await;
    let mut client = Client::hello(&server).await;
    assert!(client.ask("MAIL FROM:<a@b.example>\r\n").await.starts_with("530 5.7.0 "));
    // base64 of NUL wax NUL wrong, then of NUL wax NUL wing.
    assert!(client.ask("AUTH PLAIN AHdheAB3cm9uZw==\r\n").await.starts_with("535 5.7.8 "));
    assert!(client.ask("AUTH PLAIN AHdheAB3aW5n\r\n").await.starts_with("235 "));
    assert!(client.deliver("ann@postbox.example").await.starts_with("250 "));
    assert!(client.ask("AUTH PLAIN AHdheAB3aW5n\r\n").await.starts_with("503 "));
}

#[tokio::test]
async fn plain_may_come_in_a_second_line() {
    let server = relay().await;
    let mut client = Client::hello(&server).await;
    assert_eq!(client.ask("AUTH PLAIN\r\n").await, "334 \r\n");
    assert!(client.ask("AHdheAB3aW5n\r\n").await.starts_with("235 "));
}

#[tokio::test]
async fn login_asks_for_name_and_password() {
    let server = relay().await;
    let mut client = Client::hello(&server).await;
    assert_eq!(client.ask("AUTH LOGIN\r\n").await, "334 VXNlcm5hbWU6\r\n");
    assert_eq!(client.ask("d2F4\r\n").await, "334 UGFzc3dvcmQ6\r\n");
    assert!(client.ask("d2luZw==\r\n").await.starts_with("235 "));
}

#[tokio::test]
async fn nonsense_and_a_change_of_mind_are_refused() {
    let server = relay().await;
    let mut client = Client::hello(&server).await;
    assert!(client.ask("AUTH CRAM-MD5\r\n").await.starts_with("504 "));
    assert!(client.ask("AUTH PLAIN ???\r\n").await.starts_with("535 "));
    client.ask("AUTH PLAIN\r\n").await;
    assert!(client.ask("*\r\n").await.starts_with("535 "));
    client.ask("AUTH PLAIN\r\n").await;
    assert!(client.ask("\r\n").await.starts_with("535 "));
}
