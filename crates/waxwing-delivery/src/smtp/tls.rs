//! Whom to trust as a relay.
//!
//! Guarantee: the certificate chain and the host name are always verified; there is no switch to
//! turn that off. Limit: revocation is not asked for.

use crate::relay::{Relay, RelayError};
use crate::trouble::{Phase, Trouble};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

/// The roots and settings of one relay, made once.
#[derive(Clone)]
pub(crate) struct Trust(TlsConnector);

impl Trust {
    /// The system's roots, or Mozilla's where the system has none, and the relay's extra ones.
    pub(crate) fn for_relay(relay: &Relay) -> Result<Self, RelayError> {
        let mut roots = system_roots();
        if let Some(path) = &relay.extra_roots {
            add_roots(&mut roots, path)?;
        }
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|error| RelayError::Tls(error.to_string()))?
            .with_root_certificates(roots)
            .with_no_client_auth();
        Ok(Self(TlsConnector::from(Arc::new(config))))
    }

    /// Performs the handshake and verifies that the peer is `host`.
    pub(super) async fn handshake(
        &self,
        host: &str,
        tcp: TcpStream,
        patience: Duration,
    ) -> Result<TlsStream<TcpStream>, Trouble> {
        let phase = Phase::Handshake;
        let name = ServerName::try_from(host.to_owned()).map_err(|error| Trouble::Certificate(error.to_string()))?;
        match timeout(patience, self.0.connect(name, tcp)).await {
            Ok(Ok(tls)) => Ok(tls),
            Ok(Err(error)) => Err(handshake_trouble(&error)),
            Err(_) => Err(Trouble::Timeout { phase }),
        }
    }
}

/// rustls reports its refusals as `InvalidData`; everything else is the network's.
fn handshake_trouble(error: &io::Error) -> Trouble {
    match error.kind() {
        io::ErrorKind::InvalidData => Trouble::Certificate(error.to_string()),
        _ => Trouble::io(Phase::Handshake, error),
    }
}

fn system_roots() -> RootCertStore {
    let mut roots = RootCertStore::empty();
    let found = rustls_native_certs::load_native_certs();
    roots.add_parsable_certificates(found.certs);
    if roots.is_empty() {
        tracing::info!("the system has no trusted certificates; those built in are used");
        roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
    }
    roots
}

fn add_roots(roots: &mut RootCertStore, path: &Path) -> Result<(), RelayError> {
    let unusable = |why: String| RelayError::Roots(format!("{}: {why}", path.display()));
    let certificates = CertificateDer::pem_file_iter(path).map_err(|error| unusable(error.to_string()))?;
    let mut count = 0;
    for certificate in certificates {
        let certificate = certificate.map_err(|error| unusable(error.to_string()))?;
        roots.add(certificate).map_err(|error| unusable(error.to_string()))?;
        count += 1;
    }
    if count == 0 { Err(unusable("it holds no certificate in PEM form".to_owned())) } else { Ok(()) }
}
