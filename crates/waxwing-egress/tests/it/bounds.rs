//! However slow, long or broken the other side is, there is an answer within the caps.

use crate::support::{Server, client, get};
use std::time::{Duration, Instant};
use tokio::io::AsyncWriteExt;
use waxwing_egress::{Egress, EgressError, Request};

async fn refused(server: &Server) -> EgressError {
    get(&client(), &server.url("/")).await.expect_err("is refused")
}

/// What comes of half a second's patience.
async fn in_time(server: &Server) -> EgressError {
    let (client, begun) = (client(), Instant::now());
    let error =
        client.request(request(&client, server).within(Duration::from_millis(500))).await.expect_err("is refused");
    assert!(begun.elapsed() < Duration::from_secs(3), "{error} came late");
    error
}

fn request(client: &Egress, server: &Server) -> Request {
    Request::get(client.target(&server.url("/")).expect("works"))
}

#[tokio::test]
async fn headers_that_drip_end_with_the_time() {
    let server = Server::start(|mut line| async move {
        let _ = line.write_all(b"HTTP/1.1 200 OK\r\n").await;
        loop {
            tokio::time::sleep(Duration::from_millis(100)).await;
            if line.write_all(b"x-drip: drop\r\n").await.is_err() {
                return;
            }
        }
    })
    .await;
    assert_eq!(in_time(&server).await, EgressError::Timeout);
}

#[tokio::test]
async fn a_server_that_says_nothing_ends_with_the_time() {
    let server = Server::start(|line| async move {
        tokio::time::sleep(Duration::from_secs(30)).await;
        drop(line);
    })
    .await;
    assert_eq!(in_time(&server).await, EgressError::Timeout);
}

#[tokio::test]
async fn a_request_may_ask_for_less_time_but_not_for_more() {
    let server = Server::start(|line| async move {
        tokio::time::sleep(Duration::from_secs(30)).await;
        drop(line);
    })
    .await;
    let client = client();
    for (asked, at_most) in [(Duration::from_millis(100), 3_000), (Duration::from_secs(60), 9_000)] {
        let begun = Instant::now();
        let error = client.request(request(&client, &server).within(asked)).await.expect_err("is refused");
        assert_eq!(error, EgressError::Timeout);
        assert!(begun.elapsed() < Duration::from_millis(at_most));
    }
}

fn endless(head: &'static str) -> impl Fn(Box<dyn crate::support::Line>) -> crate::support::BoxFuture + Clone + Send {
    move |mut line| {
        Box::pin(async move {
            let _ = line.write_all(head.as_bytes()).await;
            let block = [b'x'; 4_096];
            while line.write_all(b"1000\r\n").await.is_ok()
                && line.write_all(&block).await.is_ok()
                && line.write_all(b"\r\n").await.is_ok()
            {}
        })
    }
}

const CHUNKED: &str = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n";

#[tokio::test]
async fn an_endless_body_is_cut_at_the_cap() {
    let server = Server::start(endless(CHUNKED)).await;
    assert_eq!(refused(&server).await, EgressError::BodyTooLarge);
}

#[tokio::test]
async fn of_an_endless_body_a_beginning_can_be_had() {
    let server = Server::start(endless(CHUNKED)).await;
    let client = client();
    let response = client.request(request(&client, &server).excerpt(100)).await.expect("works");
    assert_eq!((response.status(), response.body()), (200, &[b'x'; 100][..]));
}

#[tokio::test]
async fn a_length_that_is_a_lie_allocates_nothing() {
    let head = "HTTP/1.1 200 OK\r\ncontent-length: 18446744073709551615\r\n\r\nshort";
    let error = refused(&Server::answering(head).await).await;
    assert!(matches!(error, EgressError::HeadTooLarge | EgressError::Garbled), "{error}");
    let head = "HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\nshort";
    assert_eq!(refused(&Server::answering(head).await).await, EgressError::CutOff);
}

#[tokio::test]
async fn huge_headers_are_refused() {
    let one = format!("HTTP/1.1 200 OK\r\nx-big: {}\r\n\r\n", "a".repeat(100_000));
    let many = format!("HTTP/1.1 200 OK\r\n{}\r\n", "x-a: b\r\n".repeat(500));
    for head in [one, many] {
        assert_eq!(refused(&Server::answering(head).await).await, EgressError::HeadTooLarge);
    }
}

#[tokio::test]
async fn what_is_not_http_is_refused() {
    for garbage in [
        &b"SSH-2.0-OpenSSH_9.2\r\n"[..],
        b"220 mail.example.org ESMTP\r\n",
        b"\x16\x03\x01\x00\x05hello",
        b"HTTP/1.1 2x0 OK\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nno colon here\r\n\r\n",
        b"HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nxx",
        b"just a body, as of old\n",
        b"\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0",
    ] {
        let error = refused(&Server::answering(garbage).await).await;
        assert!(matches!(error, EgressError::Garbled | EgressError::CutOff), "{error}: {garbage:?}");
    }
    assert_eq!(refused(&Server::answering("").await).await, EgressError::CutOff);
}

#[tokio::test]
async fn nothing_is_unpacked() {
    let answer = "HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: 4\r\n\r\nbomb";
    let server = Server::answering(answer).await;
    assert_eq!(refused(&server).await, EgressError::Encoded);
    let client = client();
    let response = client.request(request(&client, &server).excerpt(100)).await.expect("works");
    assert_eq!((response.status(), response.body()), (200, &b""[..]));
}

#[tokio::test]
async fn nobody_listening_is_said_so() {
    let free = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("works").local_addr().expect("works");
    let error = get(&client(), &format!("http://{free}/secret?of=mine")).await.expect_err("is refused");
    assert_eq!(error, EgressError::Unreachable);
    assert!(!error.to_string().contains("secret"));
}

#[tokio::test]
async fn every_status_is_an_answer() {
    for status in [200, 204, 301, 404, 500, 599] {
        let server = Server::answering(format!("HTTP/1.1 {status} X\r\ncontent-length: 0\r\n\r\n")).await;
        assert_eq!(get(&client(), &server.url("/")).await.expect("works").status(), status);
    }
}
