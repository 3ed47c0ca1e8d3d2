//! Whom to trust as a relay.
//!
//! Guarantee: the certificate chain and the host name are always verified; there is no switch to
//! turn that off. Limit: revocation is not asked for.

use crate::relay::{Relay, RelayError};
use crate::trouble::{Phase, Trouble};
use rustls::pki_types::ServerName;
use std::io;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use waxwing_egress::{roots, tls_config};

/// The roots and settings of one relay, made once.
#[derive(Clone)]
pub(crate) struct Trust(TlsConnector);

impl Trust {
    /// The system's roots, or Mozilla's where the system has none, and the relay's extra ones.
    pub(crate) fn for_relay(relay: &Relay) -> Result<Self, RelayError> {
        let roots = roots(relay.extra_roots.as_deref()).map_err(|error| RelayError::Roots(error.to_string()))?;
        let config = tls_config(roots).map_err(|error| RelayError::Tls(error.to_string()))?;
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
