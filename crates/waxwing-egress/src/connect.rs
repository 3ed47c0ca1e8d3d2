//! From a target to a connection with the very address that was judged.
//!
//! Promise: a name is asked for once; if any of its addresses is refused, all are, for a name that
//! mixes inside and outside is a trick; the connection is opened by address, and its peer is
//! compared. No byte is said before. Limit: what lies behind that address is not ours to see.

use crate::config::{Caps, Exceptions};
use crate::dns::Resolver;
use crate::error::{EgressError, TlsFault};
use crate::target::Target;
use rustls::pki_types::ServerName;
use rustls::{CertificateError, Error as TlsError};
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;

/// Addresses of one name that are tried.
const MAX_TRIES: usize = 3;

/// What HTTP is spoken over.
pub(crate) trait Wire: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Wire for T {}

/// Opens connections.
pub(crate) struct Connector {
    pub(crate) resolver: Resolver,
    pub(crate) tls: TlsConnector,
}

impl Connector {
    /// The addresses that `target` leads to, every one of them allowed.
    pub(crate) async fn addresses(&self, target: &Target, rule: &Exceptions) -> Result<Vec<IpAddr>, EgressError> {
        let found = self.resolve(target).await?;
        if found.is_empty() {
            return Err(EgressError::NoAddress);
        }
        for ip in &found {
            rule.judge(target.host(), *ip).map_err(EgressError::Refused)?;
        }
        Ok(found)
    }

    async fn resolve(&self, target: &Target) -> Result<Vec<IpAddr>, EgressError> {
        match target.ip() {
            Some(ip) => Ok(vec![ip]),
            // Never a question of the network's (RFC 6761 §6.3).
            None if target.host() == "localhost" => Ok(vec![Ipv4Addr::LOCALHOST.into(), Ipv6Addr::LOCALHOST.into()]),
            None => Ok(self.resolver.addresses(target.host()).await?),
        }
    }

    /// A connection to `target`, secured where it is HTTPS.
    pub(crate) async fn open(
        &self,
        target: &Target,
        rule: &Exceptions,
        caps: &Caps,
    ) -> Result<Box<dyn Wire>, EgressError> {
        let resolved = timeout(caps.connect, self.addresses(target, rule)).await;
        let addresses = resolved.map_err(|_| EgressError::ConnectTimeout)??;
        let tcp = dial(&addresses, target.port(), caps.connect).await?;
        if !target.is_https() {
            return Ok(Box::new(tcp));
        }
        let secured = timeout(caps.connect, self.secure(target, tcp)).await;
        secured.map_err(|_| EgressError::ConnectTimeout)?
    }

    async fn secure(&self, target: &Target, tcp: TcpStream) -> Result<Box<dyn Wire>, EgressError> {
        let name = match target.ip() {
            Some(ip) => ServerName::from(ip),
            None => ServerName::try_from(target.host().to_owned()).map_err(|_| EgressError::Tls(TlsFault::Name))?,
        };
        match self.tls.connect(name, tcp).await {
            Ok(stream) => Ok(Box::new(stream)),
            Err(error) => Err(EgressError::Tls(fault(&error))),
        }
    }
}

/// The first of the addresses that answers.
async fn dial(addresses: &[IpAddr], port: u16, patience: Duration) -> Result<TcpStream, EgressError> {
    let mut last = EgressError::NoAddress;
    for ip in addresses.iter().take(MAX_TRIES) {
        let wanted = SocketAddr::new(*ip, port);
        match timeout(patience, TcpStream::connect(wanted)).await {
            Ok(Ok(tcp)) => return verified(tcp, wanted),
            Ok(Err(_)) => last = EgressError::Unreachable,
            Err(_) => last = EgressError::ConnectTimeout,
        }
    }
    Err(last)
}

/// The kernel's word on whom we speak with must be the address that was judged.
fn verified(tcp: TcpStream, wanted: SocketAddr) -> Result<TcpStream, EgressError> {
    let peer = tcp.peer_addr().map_err(|_| EgressError::Unreachable)?;
    if peer.ip() != wanted.ip() || peer.port() != wanted.port() {
        return Err(EgressError::WrongPeer);
    }
    tcp.set_nodelay(true).map_err(|_| EgressError::Unreachable)?;
    Ok(tcp)
}

fn fault(error: &io::Error) -> TlsFault {
    let inner = error.get_ref().and_then(|inner| inner.downcast_ref::<TlsError>());
    let Some(TlsError::InvalidCertificate(certificate)) = inner else { return TlsFault::Handshake };
    match certificate {
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => TlsFault::Name,
        CertificateError::Expired
        | CertificateError::ExpiredContext { .. }
        | CertificateError::NotValidYet
        | CertificateError::NotValidYetContext { .. } => TlsFault::Time,
        CertificateError::UnknownIssuer => TlsFault::Issuer,
        _ => TlsFault::Certificate,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::net::TcpListener;

    #[tokio::test]
    async fn a_connection_that_ends_elsewhere_is_dropped() {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let real = listener.local_addr().expect("an address");
        let judged = SocketAddr::new("127.0.0.9".parse().expect("an address"), real.port());
        let connect = || async { TcpStream::connect(real).await.expect("a connection") };
        assert!(matches!(verified(connect().await, judged), Err(EgressError::WrongPeer)));
        assert!(verified(connect().await, real).is_ok());
    }
}
