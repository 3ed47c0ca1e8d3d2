//! Networks in CIDR form (RFC 4632, RFC 4291 §2.3), to say from where a key may come.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

/// A network: an address whose bits after the prefix are zero.
///
/// An IPv4 address that came in as an IPv6 one (`::ffff:192.0.2.1`) counts as the IPv4 address.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct Network {
    base: IpAddr,
    prefix: u8,
}

/// The text is no network.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum NetworkError {
    /// Not `address` or `address/prefix`.
    #[error("write a network such as 192.0.2.0/24, or one address")]
    Malformed,
    /// Bits stand after the prefix: most likely a slip.
    #[error("the address does not begin a network of this size")]
    NotTheBase,
}

impl Network {
    /// Whether `address` lies in it.
    pub fn contains(self, address: IpAddr) -> bool {
        masked(address.to_canonical(), self.prefix) == Some(self.base)
    }
}

/// The address with the bits after `prefix` zero; none for a prefix that is too long.
fn masked(address: IpAddr, prefix: u8) -> Option<IpAddr> {
    let kept = u32::from(prefix);
    Some(match address {
        IpAddr::V4(v4) => {
            let hidden = 32_u32.checked_sub(kept)?;
            let mask = u32::MAX.checked_shl(hidden).unwrap_or(0);
            Ipv4Addr::from_bits(v4.to_bits() & mask).into()
        }
        IpAddr::V6(v6) => {
            let hidden = 128_u32.checked_sub(kept)?;
            let mask = u128::MAX.checked_shl(hidden).unwrap_or(0);
            Ipv6Addr::from_bits(v6.to_bits() & mask).into()
        }
    })
}

impl FromStr for Network {
    type Err = NetworkError;
    fn from_str(text: &str) -> Result<Self, NetworkError> {
        let (address, prefix) = text.split_once('/').map_or((text, None), |(a, p)| (a, Some(p)));
        let base: IpAddr = address.parse().map_err(|_| NetworkError::Malformed)?;
        let base = base.to_canonical();
        let whole = if base.is_ipv4() { 32 } else { 128 };
        let prefix = match prefix {
            None => whole,
            Some(digits) if digits.len() <= 3 && digits.bytes().all(|b| b.is_ascii_digit()) => {
                digits.parse().map_err(|_| NetworkError::Malformed)?
            }
            Some(_) => return Err(NetworkError::Malformed),
        };
        match masked(base, prefix) {
            None => Err(NetworkError::Malformed),
            Some(masked) if masked != base => Err(NetworkError::NotTheBase),
            Some(_) => Ok(Self { base, prefix }),
        }
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

    fn contains(network: &str, address: &str) -> bool {
        network.parse::<Network>().expect("a network").contains(address.parse().expect("an address"))
    }

    #[test]
    fn an_address_lies_in_its_networks_only() {
        assert!(contains("192.0.2.0/24", "192.0.2.255") && !contains("192.0.2.0/24", "192.0.3.0"));
        assert!(contains("192.0.2.7", "192.0.2.7") && !contains("192.0.2.7", "192.0.2.8"));
        assert!(contains("0.0.0.0/0", "203.0.113.9") && !contains("0.0.0.0/0", "2001:db8::1"));
        assert!(contains("2001:db8::/32", "2001:db8:ffff::1") && !contains("2001:db8::/32", "2001:db9::"));
        assert!(contains("192.0.2.0/24", "::ffff:192.0.2.9"), "an IPv4 address in the dress of IPv6");
    }

    #[test]
    fn what_is_no_network_is_refused() {
        for text in
            ["", "/", "192.0.2.0/33", "192.0.2.0/-1", "192.0.2.0/+8", "::/129", "host", "192.0.2.0/24/8", "1.2.3"]
        {
            assert_eq!(text.parse::<Network>(), Err(NetworkError::Malformed), "{text}");
        }
        assert_eq!("192.0.2.1/24".parse::<Network>(), Err(NetworkError::NotTheBase));
    }

    #[test]
    fn a_network_is_read_as_it_is_written() {
        for text in ["10.0.0.0/8", "192.0.2.7/32", "2001:db8::/32", "0.0.0.0/0", "::/0"] {
            assert_eq!(text.parse::<Network>().expect("a network").to_string(), text);
        }
    }
}
