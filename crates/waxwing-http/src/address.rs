//! The network address of the client, seen through proxies that are believed, and no others.

use crate::{Fail, RequestMark};
use axum::extract::FromRequestParts;
use http::HeaderMap;
use http::request::Parts;
use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

/// The client's network address: personal data, so it has no `Debug` text of its own.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct ClientAddress(pub Option<IpAddr>);

impl fmt::Debug for ClientAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ClientAddress(…)")
    }
}

impl<S: Send + Sync> FromRequestParts<S> for ClientAddress {
    type Rejection = Fail;
    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Fail> {
        RequestMark::from_request_parts(parts, state).await.map(|mark| Self(mark.address))
    }
}

/// A range of network addresses in CIDR form (RFC 4632), or one address.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Network {
    base: IpAddr,
    bits: u8,
}

/// Text that is not a network.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("write an address such as 10.0.0.7 or a range such as 10.0.0.0/8")]
pub struct NetworkError;

impl Network {
    /// Whether `address` lies within; an IPv4 address mapped into IPv6 counts as IPv4.
    pub fn contains(&self, address: IpAddr) -> bool {
        match (self.base, address.to_canonical()) {
            (IpAddr::V4(base), IpAddr::V4(ip)) => {
                let mask = u32::MAX.checked_shl(32 - u32::from(self.bits)).unwrap_or(0);
                base.to_bits() & mask == ip.to_bits() & mask
            }
            (IpAddr::V6(base), IpAddr::V6(ip)) => {
                let mask = u128::MAX.checked_shl(128 - u32::from(self.bits)).unwrap_or(0);
                base.to_bits() & mask == ip.to_bits() & mask
            }
            _ => false,
        }
    }
}

impl FromStr for Network {
    type Err = NetworkError;
    fn from_str(text: &str) -> Result<Self, NetworkError> {
        let (base, bits) = match text.trim().split_once('/') {
            Some((base, bits)) => (base, Some(bits)),
            None => (text.trim(), None),
        };
        let base: IpAddr = base.parse().map_err(|_| NetworkError)?;
        let most = if base.is_ipv4() { 32 } else { 128 };
        let bits = bits.map_or(Ok(most), |b| b.parse().map_err(|_| NetworkError))?;
        if bits > most { Err(NetworkError) } else { Ok(Self { base, bits }) }
    }
}

/// The client's address: the peer's, or, while the peer is a trusted proxy, the nearest entry
/// of `X-Forwarded-For` that no trusted proxy wrote about itself. An entry that is no address
/// ends the walk: what stands left of it was written by somebody we cannot judge.
pub(crate) fn client(peer: Option<IpAddr>, headers: &HeaderMap, trusted: &[Network]) -> Option<IpAddr> {
    let mut nearest = peer?.to_canonical();
    let lines: Vec<&str> = headers.get_all("x-forwarded-for").iter().filter_map(|v| v.to_str().ok()).collect();
    for entry in lines.iter().rev().flat_map(|line| line.rsplit(',')) {
        if !trusted.iter().any(|network| network.contains(nearest)) {
            break;
        }
        let Ok(next) = entry.trim().parse::<IpAddr>() else {
            break;
        };
        nearest = next.to_canonical();
    }
    Some(nearest)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(peer: &str, forwarded: &[&str], trusted: &[&str]) -> String {
        let mut headers = HeaderMap::new();
        for line in forwarded {
            headers.append("x-forwarded-for", line.parse().expect("valid"));
        }
        let trusted: Vec<Network> = trusted.iter().map(|t| t.parse().expect("valid")).collect();
        client(Some(peer.parse().expect("valid")), &headers, &trusted).expect("known").to_string()
    }

    #[test]
    fn a_stranger_cannot_claim_another_address() {
        assert_eq!(seen("203.0.113.9", &["1.2.3.4"], &[]), "203.0.113.9");
        assert_eq!(seen("203.0.113.9", &["1.2.3.4"], &["10.0.0.0/8"]), "203.0.113.9");
    }

    #[test]
    fn the_nearest_address_that_a_trusted_proxy_saw_is_believed() {
        assert_eq!(seen("10.0.0.1", &["1.2.3.4, 198.51.100.7"], &["10.0.0.0/8"]), "198.51.100.7");
        assert_eq!(seen("10.0.0.1", &["6.6.6.6", "198.51.100.7, 10.0.0.2"], &["10.0.0.0/8"]), "198.51.100.7");
        assert_eq!(seen("10.0.0.1", &["rubbish"], &["10.0.0.1"]), "10.0.0.1");
        assert_eq!(seen("::ffff:10.0.0.1", &["2001:db8::5"], &["10.0.0.1"]), "2001:db8::5");
    }

    #[test]
    fn ranges_are_parsed_strictly() {
        for text in ["", "10.0.0.0/33", "10.0.0.0/-1", "ten", "::1/129", "10.0.0.0/8/8"] {
            assert_eq!(text.parse::<Network>(), Err(NetworkError), "{text}");
        }
        let all: Network = "0.0.0.0/0".parse().expect("valid");
        assert!(all.contains("255.1.2.3".parse().expect("valid")));
    }
}
