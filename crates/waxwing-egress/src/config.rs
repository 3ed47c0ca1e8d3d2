//! What the operator allows beyond the rule. Read from the configuration file, and from nowhere
//! else: no page and no programming interface can widen it.
//!
//! Promise: the default allows HTTPS on port 443 to public addresses and nothing else. Limit: a
//! network allowed here is allowed for every workspace and every feature.

use crate::address::{Kind, carried, kind};
use crate::network::Network;
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

/// How the client behaves.
#[derive(Debug, Clone, Default)]
pub struct Config {
    /// The DNS server to ask; the system's own when `None`.
    pub dns: Option<SocketAddr>,
    /// PEM file of roots trusted beside the system's, for a private authority.
    pub extra_roots: Option<PathBuf>,
    /// Exceptions to the rule.
    pub exceptions: Exceptions,
    /// Time and size.
    pub caps: Caps,
}

/// Exceptions to "public addresses, HTTPS, port 443".
#[derive(Debug, Clone, Default)]
pub struct Exceptions {
    /// Networks that may be reached although they are not public.
    pub networks: Vec<Network>,
    /// Host names, in lower case, that may lead to loopback, private or shared addresses; never to
    /// the link or a metadata service.
    pub hosts: Vec<String>,
    /// Ports beside 443.
    pub ports: Vec<u16>,
    /// Networks refused although they look public: a NAT64 prefix or an inner network of one's own.
    /// Stronger than every exception.
    pub refused: Vec<Network>,
    /// Whether `http://` works towards this machine itself, on any port.
    pub plain_loopback: bool,
}

/// Upper bounds of one request. A request may ask for less, never for more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Caps {
    /// For the name, and then for one connection and its handshake each.
    pub connect: Duration,
    /// From the first question to the last byte, redirects included.
    pub total: Duration,
    /// Bytes of status line and headers; at least 8,192, which the HTTP library needs.
    pub head: usize,
    /// Bytes of the answer's body.
    pub body: usize,
}

impl Default for Caps {
    /// 5 s to connect, 15 s in all, 16 KiB of headers, 1 MiB of body.
    fn default() -> Self {
        Self { connect: Duration::from_secs(5), total: Duration::from_secs(15), head: 16 * 1024, body: 1024 * 1024 }
    }
}

impl Exceptions {
    /// Whether a connection to `ip`, which `host` led to, may be opened; else what it is.
    pub(crate) fn judge(&self, host: &str, ip: IpAddr) -> Result<(), Kind> {
        if self.refused.iter().any(|network| network.contains(ip)) {
            return Err(Kind::Reserved);
        }
        let own = kind(ip);
        if !self.permits(host, ip, own) {
            return Err(own);
        }
        // A carrier that was allowed by network still must not smuggle what would be refused bare.
        carried(ip).map_or(Ok(()), |inner| self.judge(host, inner.into()))
    }

    fn permits(&self, host: &str, ip: IpAddr, own: Kind) -> bool {
        own == Kind::Public
            || (own == Kind::Loopback && self.plain_loopback)
            || self.networks.iter().any(|network| network.contains(ip))
            || (own.may_be_excused() && self.names(host))
    }

    /// Whether `host` is an exception by name.
    pub(crate) fn names(&self, host: &str) -> bool {
        self.hosts.iter().any(|name| name == host)
    }

    pub(crate) fn permits_port(&self, port: u16) -> bool {
        port == 443 || (port != 0 && self.ports.contains(&port))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ip(text: &str) -> IpAddr {
        text.parse().expect(text)
    }

    #[test]
    fn by_default_only_public_addresses_pass() {
        let rule = Exceptions::default();
        assert_eq!(rule.judge("a.example", ip("8.8.8.8")), Ok(()));
        assert_eq!(rule.judge("a.example", ip("10.0.0.1")), Err(Kind::Private));
        assert_eq!(rule.judge("a.example", ip("::ffff:8.8.8.8")), Err(Kind::Carrier));
    }

    #[test]
    fn a_named_host_reaches_inside_but_never_the_link() {
        let rule = Exceptions { hosts: vec!["hooks.intra.example".into()], ..Exceptions::default() };
        assert_eq!(rule.judge("hooks.intra.example", ip("10.0.0.1")), Ok(()));
        assert_eq!(rule.judge("other.intra.example", ip("10.0.0.1")), Err(Kind::Private));
        assert_eq!(rule.judge("hooks.intra.example", ip("169.254.169.254")), Err(Kind::Metadata));
        assert_eq!(rule.judge("hooks.intra.example", ip("fe80::1")), Err(Kind::LinkLocal));
    }

    #[test]
    fn an_allowed_carrier_does_not_smuggle() {
        let networks = vec!["64:ff9b::/96".parse().expect("a network")];
        let rule = Exceptions { networks, ..Exceptions::default() };
        assert_eq!(rule.judge("a.example", ip("64:ff9b::8.8.8.8")), Ok(()));
        assert_eq!(rule.judge("a.example", ip("64:ff9b::169.254.169.254")), Err(Kind::Metadata));
        assert_eq!(rule.judge("a.example", ip("64:ff9b::10.0.0.1")), Err(Kind::Private));
    }

    #[test]
    fn a_refusal_is_stronger_than_every_exception() {
        let block: Network = "8.8.8.0/24".parse().expect("a network");
        let rule = Exceptions {
            networks: vec![block],
            hosts: vec!["a.example".into()],
            refused: vec![block],
            ..Exceptions::default()
        };
        assert!(rule.judge("a.example", ip("8.8.8.8")).is_err());
        assert_eq!(rule.judge("a.example", ip("8.8.9.8")), Ok(()));
    }

    #[test]
    fn ports_are_443_and_those_named() {
        let rule = Exceptions { ports: vec![8443, 0], ..Exceptions::default() };
        assert!(rule.permits_port(443) && rule.permits_port(8443));
        assert!(!rule.permits_port(80) && !rule.permits_port(25) && !rule.permits_port(0));
    }
}
