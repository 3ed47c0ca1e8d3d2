//! Whom the other side's certificate must come from, and whom it must name.

use crate::support::{Pki, Server, answer, config, get};
use waxwing_egress::{Caps, Config, Egress, EgressError, Exceptions, SetupError, TlsFault};

const OK: &str = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";

async fn ask(pki: &Pki, trusted: bool) -> (Result<u16, EgressError>, usize) {
    let server = Server::listen("127.0.0.1:0", Some(pki.acceptor.clone()), answer(OK)).await;
    let port = server.address.port();
    let exceptions = Exceptions { plain_loopback: true, ports: vec![port], ..Exceptions::default() };
    let extra_roots = trusted.then(|| pki.roots.path().to_owned());
    let client = Egress::new(Config { extra_roots, exceptions, ..config() }).expect("works");
    let answer = get(&client, &format!("https://localhost:{port}/")).await.map(|response| response.status());
    (answer, server.heard().len())
}

#[tokio::test]
async fn a_right_certificate_is_accepted() {
    assert_eq!(ask(&Pki::vouching_for("localhost"), true).await, (Ok(200), 1));
}

#[tokio::test]
async fn a_wrong_one_is_named_and_not_a_word_is_said() {
    let stale = Pki::with("localhost", |params| params.not_after = rcgen::date_time_ymd(2020, 1, 1));
    for (pki, trusted, fault) in [
        (Pki::vouching_for("other.example.org"), true, TlsFault::Name),
        (Pki::vouching_for("localhost"), false, TlsFault::Issuer),
        (stale, true, TlsFault::Time),
    ] {
        assert_eq!(ask(&pki, trusted).await, (Err(EgressError::Tls(fault)), 0));
    }
}

#[tokio::test]
async fn a_server_without_tls_is_no_secure_server() {
    let server = Server::answering(OK).await;
    let port = server.address.port();
    let exceptions = Exceptions { plain_loopback: true, ports: vec![port], ..Exceptions::default() };
    let client = Egress::new(Config { exceptions, ..config() }).expect("works");
    let error = get(&client, &format!("https://localhost:{port}/")).await.expect_err("is refused");
    assert!(matches!(error, EgressError::Tls(TlsFault::Handshake) | EgressError::ConnectTimeout), "{error}");
}

#[test]
fn settings_that_cannot_work_are_errors_at_once() {
    let empty = tempfile::NamedTempFile::new().expect("works");
    for path in [empty.path().to_owned(), "/nowhere/roots.pem".into()] {
        assert!(matches!(Egress::new(Config { extra_roots: Some(path), ..config() }), Err(SetupError::Roots(_))));
    }
    let caps = Caps { head: 100, ..config().caps };
    assert!(matches!(Egress::new(Config { caps, ..config() }), Err(SetupError::Caps)));
}
