//! Encryption: when asked for, from the first byte, and never half.

use crate::support::{Client, start};
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, RootCertStore};
use std::sync::Arc;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use waxwing_demo::capture::{CaptureOptions, Misbehaviour, TlsIdentity, TlsMode};

async fn handshake(
    stream: TcpStream,
    trusted: &TlsIdentity,
    name: &'static str,
) -> std::io::Result<TlsStream<TcpStream>> {
    let mut roots = RootCertStore::empty();
    roots.add(trusted.certificate_der().clone()).expect("a certificate");
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("versions")
        .with_root_certificates(roots)
        .with_no_client_auth();
    let name = ServerName::try_from(name).expect("a name");
    TlsConnector::from(Arc::new(config)).connect(name, stream).await
}

fn identity() -> TlsIdentity {
    TlsIdentity::generate(&["mx.postbox.example"]).expect("a certificate")
}

#[tokio::test]
async fn starttls_begins_anew_and_is_not_offered_twice() {
    let identity = identity();
    let tls = TlsMode::StartTls(identity.clone());
    let server = start(CaptureOptions { tls, ..CaptureOptions::default() }).await;
    let mut client = Client::hello(&server).await;
    assert!(client.ask("STARTTLS\r\n").await.starts_with("220 "));
    let stream = handshake(client.into_stream(), &identity, "mx.postbox.example").await.expect("trusted");
    let mut client = Client::over(stream);
    assert!(client.ask("MAIL FROM:<a@b.example>\r\n").await.starts_with("503 "));
    assert!(!client.ask("EHLO sender.example\r\n").await.contains("STARTTLS"));
    assert!(client.deliver("ann@postbox.example").await.starts_with("250 "));
    assert!(server.captured().newest_to("ann@postbox.example").is_some_and(|m| m.tls));
}

#[tokio::test]
async fn commands_slipped_in_before_the_handshake_are_not_obeyed() {
    let server = start(CaptureOptions { tls: TlsMode::StartTls(identity()), ..CaptureOptions::default() }).await;
    let mut client = Client::hello(&server).await;
    client.send("STARTTLS\r\nMAIL FROM:<evil@b.example>\r\n").await;
    assert!(client.answer().await.starts_with("503 "));
    assert!(client.is_closed().await);
}

#[tokio::test]
async fn implicit_tls_greets_inside_the_tunnel() {
    let identity = identity();
    let tls = TlsMode::Implicit(identity.clone());
    let server = start(CaptureOptions { tls, ..CaptureOptions::default() }).await;
    let stream = TcpStream::connect(server.address()).await.expect("it listens");
    let stream = handshake(stream, &identity, "mx.postbox.example").await.expect("trusted");
    let mut client = Client::over(stream);
    assert!(client.answer().await.starts_with("220 "));
}

#[tokio::test]
async fn a_client_that_checks_refuses_strange_expired_and_misnamed_certificates() {
    let expired = TlsIdentity::generate_expired(&["mx.postbox.example"]).expect("a certificate");
    for (served, trusted, name) in [
        (identity(), identity(), "mx.postbox.example"),
        (expired.clone(), expired, "mx.postbox.example"),
        (identity(), identity(), "other.example"),
    ] {
        let tls = TlsMode::Implicit(served);
        let server = start(CaptureOptions { tls, ..CaptureOptions::default() }).await;
        let stream = TcpStream::connect(server.address()).await.expect("it listens");
        assert!(handshake(stream, &trusted, name).await.is_err());
    }
}

#[tokio::test]
async fn a_scripted_misbehaviour_goes_on_inside_the_tunnel() {
    let identity = identity();
    let tls = TlsMode::StartTls(identity.clone());
    let server = start(CaptureOptions { tls, ..CaptureOptions::default() }).await;
    server.script().push([Misbehaviour::CloseAfterDot]);
    let mut client = Client::hello(&server).await;
    client.ask("STARTTLS\r\n").await;
    let stream = handshake(client.into_stream(), &identity, "mx.postbox.example").await.expect("trusted");
    let mut client = Client::over(stream);
    client.ask("EHLO sender.example\r\n").await;
    assert_eq!(client.deliver("ann@postbox.example").await, "");
}
