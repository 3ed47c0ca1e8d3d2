//! Fast enough not to be what a test of the sender measures. The figure is for the machine of the
//! day; what is asserted is far below it, so that a busy machine does not fail the test.

use crate::support::{Client, PATIENCE, start};
use std::fmt::Write as _;
use std::time::Instant;
use waxwing_demo::capture::{CaptureOptions, Keep};

const MESSAGES: usize = 2_000;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn thousands_of_pipelined_messages_are_counted_in_about_a_second() {
    let server = start(CaptureOptions { keep: Keep::Nothing, ..CaptureOptions::default() }).await;
    let line = format!("{}\r\n", "x".repeat(70));
    let body = format!("Subject: x\r\n\r\n{}.\r\n", line.repeat(70));
    let begun = Instant::now();
    let mut client = Client::hello(&server).await;
    let mut batch = String::new();
    for number in 0..MESSAGES {
        batch.clear();
        write!(batch, "MAIL FROM:<a@b.example>\r\nRCPT TO:<p{number}@postbox.example>\r\nDATA\r\n{body}")
            .expect("memory");
        client.send(&batch).await;
        for _ in 0..4 {
            assert!(client.answer().await.starts_with(['2', '3']));
        }
    }
    let counts = server.captured().wait_for(MESSAGES as u64, PATIENCE).await.expect("all arrive");
    assert_eq!(counts.accepted, MESSAGES as u64);
    let rate = MESSAGES as f64 / begun.elapsed().as_secs_f64();
    assert!(rate > 300.0, "{rate:.0} messages a second");
}
