//! A block of addresses, `10.0.0.0/8`.
//!
//! Promise: what parses has no bits beyond its prefix, so that nobody opens more than they wrote.
//! Limit: an IPv4 block never matches an IPv6 address that carries one; [`crate::address`] unpacks
//! those.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

/// A block of addresses.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Network {
    base: IpAddr,
    prefix: u8,
}

/// The text names no block.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a network is written 10.0.0.0/8 or fd00::/8, with nothing set beyond the prefix")]
pub struct NetworkError;

impl Network {
    /// Known to be right by whoever writes the table; a wrong prefix matches nothing.
    pub(crate) const fn fixed(base: IpAddr, prefix: u8) -> Self {
        Self { base, prefix }
    }

    /// Whether `ip` lies in it; families never mix.
    pub fn contains(&self, ip: IpAddr) -> bool {
        match (self.base, ip) {
            (IpAddr::V4(base), IpAddr::V4(ip)) => same(base.to_bits().into(), ip.to_bits().into(), self.prefix, 32),
            (IpAddr::V6(base), IpAddr::V6(ip)) => same(base.to_bits(), ip.to_bits(), self.prefix, 128),
            _ => false,
        }
    }

    const fn width(ip: IpAddr) -> u8 {
        if ip.is_ipv4() { 32 } else { 128 }
    }

    fn is_exact(&self) -> bool {
        let bits = match self.base {
            IpAddr::V4(ip) => u128::from(ip.to_bits()) << 96,
            IpAddr::V6(ip) => ip.to_bits(),
        };
        bits.checked_shl(self.prefix.into()).unwrap_or(0) == 0
    }
}

/// Whether the first `prefix` of `width` bits agree.
fn same(a: u128, b: u128, prefix: u8, width: u8) -> bool {
    match width.checked_sub(prefix) {
        Some(rest) => (a ^ b).checked_shr(rest.into()).unwrap_or(0) == 0,
        None => false,
    }
}

impl FromStr for Network {
    type Err = NetworkError;

    fn from_str(text: &str) -> Result<Self, NetworkError> {
        let (base, prefix) = text.split_once('/').map_or((text, None), |(base, prefix)| (base, Some(prefix)));
        let base: IpAddr = base.parse().map_err(|_| NetworkError)?;
        let width = Self::width(base);
        let prefix = prefix.map_or(Ok(width), str::parse).map_err(|_| NetworkError)?;
        let network = Self { base, prefix };
        if prefix <= width && network.is_exact() { Ok(network) } else { Err(NetworkError) }
    }
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.base, self.prefix)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_block_holds_its_own_and_nothing_beside() {
        for (block, inside, outside) in [
            ("10.0.0.0/8", "10.255.0.1", "11.0.0.0"),
            ("127.0.0.2", "127.0.0.2", "127.0.0.1"),
            ("fd00::/8", "fdff::1", "fe00::1"),
            ("::1/128", "::1", "::2"),
            ("0.0.0.0/0", "8.8.8.8", "2001:db8::1"),
            ("::/0", "2001:db8::1", "8.8.8.8"),
        ] {
            let network: Network = block.parse().expect(block);
            assert!(network.contains(inside.parse().expect(inside)), "{inside} in {block}");
            assert!(!network.contains(outside.parse().expect(outside)), "{outside} not in {block}");
        }
    }

    #[test]
    fn blocks_that_say_more_than_they_mean_are_refused() {
        for bad in ["10.0.0.1/8", "10.0.0.0/33", "fd00::1/8", "::/129", "10/8", "", "/8", "10.0.0.0/-1", "x"] {
            assert_eq!(bad.parse::<Network>(), Err(NetworkError), "{bad}");
        }
    }

    #[test]
    fn a_block_is_written_as_it_is_read() {
        for text in ["10.0.0.0/8", "fd00::/8", "192.0.2.1/32"] {
            assert_eq!(text.parse::<Network>().expect(text).to_string(), text);
        }
    }
}
