//! The listener itself, over a real socket.

use crate::site::app_named;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::sync::oneshot;
use waxwing_http::{Server, ServerLimits};

async fn serve(limits: ServerLimits) -> (SocketAddr, oneshot::Sender<()>, tokio::task::JoinHandle<()>) {
    let server = Server::bind(SocketAddr::from(([127, 0, 0, 1], 0)), limits).await.expect("bound");
    let address = server.address().expect("an address");
    let (stop, stopped) = oneshot::channel::<()>();
    let app = app_named(&format!("http://{address}"));
    let running = tokio::spawn(server.serve(app, async {
        drop(stopped.await);
    }));
    (address, stop, running)
}

async fn exchange(address: SocketAddr, request: &str) -> String {
    let mut stream = TcpStream::connect(address).await.expect("connected");
    stream.write_all(request.as_bytes()).await.expect("written");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.expect("read");
    answer
}

#[tokio::test]
async fn it_serves_and_stops_in_good_order() {
    let (address, stop, running) = serve(ServerLimits::default()).await;
    let request = format!("GET /who HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
    let answer = exchange(address, &request).await;
    assert!(answer.starts_with("HTTP/1.1 200 OK") && answer.ends_with("nobody"), "{answer}");
    drop(stop);
    running.await.expect("an orderly end");
    assert!(TcpStream::connect(address).await.is_err());
}

#[tokio::test]
async fn somebody_who_sends_headers_slowly_is_cut_off() {
    let limits = ServerLimits { header_time: Duration::from_millis(200), ..ServerLimits::default() };
    let (address, _stop, _) = serve(limits).await;
    let answer = tokio::time::timeout(Duration::from_secs(5), exchange(address, "GET /who HTTP/1.1\r\nHo")).await;
    assert!(answer.is_ok_and(|answer| !answer.contains("200 OK")));
}

#[tokio::test]
async fn endless_headers_are_refused() {
    let (address, _stop, _) = serve(ServerLimits::default()).await;
    let many: String = (0..200).map(|n| format!("X-{n}: 1\r\n")).collect();
    let answer = exchange(address, &format!("GET /who HTTP/1.1\r\nHost: {address}\r\n{many}\r\n")).await;
    assert!(answer.starts_with("HTTP/1.1 431"), "{answer}");
}

/// Where the body of the first message ends must not be a matter of opinion: else a second one is smuggled in
/// by it (RFC 9112 §6.3).
#[tokio::test]
async fn a_message_of_two_lengths_smuggles_nothing() {
    let (address, _stop, _) = serve(ServerLimits::default()).await;
    let asked = async |lengths: &str, body: &str| {
        let form = "Content-Type: application/x-www-form-urlencoded";
        let first = format!("POST /u/abc HTTP/1.1\r\nHost: {address}\r\n{form}\r\n{lengths}\r\n\r\n{body}");
        let second = format!("GET /who HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
        let both = format!("{first}{second}");
        tokio::time::timeout(Duration::from_secs(5), exchange(address, &both)).await.expect("an answer")
    };
    let statuses = |answer: &str| answer.matches("HTTP/1.1 200 OK").count();
    let plain = asked("Content-Length: 6", "name=x").await;
    assert_eq!(statuses(&plain), 2, "two messages are two answers: {plain}");
    for lengths in [
        "Content-Length: 6\r\nContent-Length: 5",
        "Content-Length: 6, 5",
        "Content-Length: +6",
        "Content-Length: 0x6",
        "Transfer-Encoding: xchunked",
        "Transfer-Encoding: chunked, identity",
    ] {
        let answer = asked(lengths, "name=x").await;
        assert!(answer.starts_with("HTTP/1.1 400") && statuses(&answer) == 0, "{lengths}: {answer}");
    }
    // Chunks are stronger than a length beside them, in either order; the connection may be closed afterwards.
    for lengths in
        ["Content-Length: 3\r\nTransfer-Encoding: chunked", "Transfer-Encoding: chunked\r\nContent-Length: 3"]
    {
        let answer = asked(lengths, "6\r\nname=x\r\n0\r\n\r\n").await;
        assert!(answer.starts_with("HTTP/1.1 200 OK") && answer.contains("\r\n\r\nx"), "{lengths}: {answer}");
    }
}
