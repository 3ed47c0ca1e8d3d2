//! Relays, envelopes and certificates for the tests.

use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use std::io::Write;
use std::sync::Arc;
use std::time::Duration;
use waxwing_delivery::{Envelope, Limits, Outcome, Pool, Relay, RelayUrl, Timeouts};
use waxwing_domain::EmailAddress;

/// What servers of our days offer.
pub const MODERN: &[&str] = &["PIPELINING", "SIZE 10000000", "8BITMIME", "ENHANCEDSTATUSCODES"];

/// A relay on `port`, impatient, with the URL's login and parameters as given.
pub fn relay(port: u16, login: &str, query: &str) -> Relay {
    let mut relay = Relay::new(RelayUrl::parse(&format!("smtp://{login}localhost:{port}?{query}")).unwrap());
    let short = Duration::from_secs(1);
    relay.timeouts = Timeouts {
        connect: short,
        handshake: short,
        command: short,
        data: short,
        block: short,
        dot: short,
        quit: short,
    };
    relay
}

/// One connection in the clear.
pub fn plain(port: u16) -> Pool {
    pool(relay(port, "", "tls=none"), 1)
}

pub fn pool(mut relay: Relay, connections: usize) -> Pool {
    relay.limits = Limits { connections, ..relay.limits };
    Pool::new(relay).unwrap()
}

pub fn envelope() -> Envelope {
    envelope_of("From: a@shop.example\r\nSubject: Hello\r\n\r\nHello.\r\n")
}

pub fn envelope_of(message: impl Into<Vec<u8>>) -> Envelope {
    let sender = EmailAddress::parse("bounces@shop.example").unwrap();
    let recipient = EmailAddress::parse("ann@mail.example").unwrap();
    Envelope::new(Some(sender), recipient, message.into()).unwrap()
}

#[track_caller]
pub fn assert_accepted(outcome: &Outcome) {
    assert!(matches!(outcome, Outcome::Accepted { .. }), "{outcome:?}");
}

/// A certificate authority of our own and one server it vouches for.
pub struct Pki {
    pub identity: Arc<(CertificateDer<'static>, PrivateKeyDer<'static>)>,
    pub roots: tempfile::NamedTempFile,
}

impl Pki {
    pub fn vouching_for(name: &str) -> Self {
        let ca_key = KeyPair::generate().unwrap();
        let mut ca = CertificateParams::new(Vec::new()).unwrap();
        ca.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let ca_certificate = ca.self_signed(&ca_key).unwrap();
        let key = KeyPair::generate().unwrap();
        let server = CertificateParams::new(vec![name.to_owned()]).unwrap();
        let certificate = server.signed_by(&key, &Issuer::new(ca, ca_key)).unwrap();
        let mut roots = tempfile::NamedTempFile::new().unwrap();
        roots.write_all(ca_certificate.pem().as_bytes()).unwrap();
        let identity = (certificate.der().clone(), PrivateKeyDer::Pkcs8(key.serialize_der().into()));
        Self { identity: Arc::new(identity), roots }
    }
}
