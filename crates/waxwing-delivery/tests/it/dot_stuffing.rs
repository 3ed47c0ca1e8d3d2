//! Lines that begin with a dot.

use crate::peer::Peer;
use crate::support::{MODERN, assert_accepted, envelope_of, plain};
use std::sync::{Arc, Mutex};
use waxwing_delivery::Always;

#[tokio::test]
async fn dots_arrive_doubled_and_cannot_end_the_message() {
    let bodies = Arc::new(Mutex::new(Vec::new()));
    let caught = Arc::clone(&bodies);
    let peer = Peer::start(move |mut line, _| {
        let caught = Arc::clone(&caught);
        async move {
            line.greet(MODERN).await;
            line.until_body().await;
            let body = line.body().await;
            caught.lock().unwrap().push(body);
            line.say("250 2.0.0 queued\r\n").await;
            line.take_messages().await;
        }
    })
    .await;
    let message = "Subject: x\r\n\r\n.\r\n..\r\nMAIL FROM:<evil@x.example>\r\n.end\r\n";
    assert_accepted(&plain(peer.port).send(&envelope_of(message), Always).await);
    let expected = "Subject: x\r\n\r\n..\r\n...\r\nMAIL FROM:<evil@x.example>\r\n..end\r\n.\r\n";
    assert_eq!(bodies.lock().unwrap()[0], expected.as_bytes());
}
