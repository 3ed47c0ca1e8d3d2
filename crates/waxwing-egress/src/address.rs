//! What an address is, and whether the world at large answers there.
//!
//! Promise: only addresses of the public internet are [`Kind::Public`]; whatever a table of IANA's
//! special-purpose registries (RFC 6890, RFC 8190), a cloud's metadata service or a transition
//! mechanism could lead inside is named by its kind. Outside `2000::/3` no IPv6 address is public
//! at all. Limit: a private prefix for NAT64 or a public address that the operator uses inside
//! cannot be known here; `refuse_networks` of the configuration is for those.

use crate::network::Network;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// What an address is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Answered by the public internet.
    Public,
    /// `0.0.0.0/8`, `::`.
    Unspecified,
    /// `127.0.0.0/8`, `::1`.
    Loopback,
    /// RFC 1918, RFC 4193 and the site-local addresses before it.
    Private,
    /// `100.64.0.0/10`, shared behind a carrier's translator (RFC 6598).
    Shared,
    /// `169.254.0.0/16`, `fe80::/10`.
    LinkLocal,
    /// A cloud's metadata service.
    Metadata,
    /// Multicast and broadcast.
    Multicast,
    /// Documentation and benchmarks.
    Documentation,
    /// Reserved, or of protocols that no server listens on.
    Reserved,
    /// IPv6 that carries an IPv4 address: mapped, compatible, translated, NAT64, 6to4, Teredo, ISATAP.
    Carrier,
}

impl Kind {
    /// What a person is told: "the host leads to …".
    pub const fn words(self) -> &'static str {
        match self {
            Kind::Public => "a public address",
            Kind::Unspecified => "an unspecified address",
            Kind::Loopback => "this machine itself",
            Kind::Private => "a private network",
            Kind::Shared => "an address shared behind a carrier",
            Kind::LinkLocal => "a link-local address",
            Kind::Metadata => "a cloud's metadata service",
            Kind::Multicast => "a multicast or broadcast address",
            Kind::Documentation => "an address for documentation or tests",
            Kind::Reserved => "a reserved address",
            Kind::Carrier => "an IPv6 address that carries an IPv4 address",
        }
    }

    /// Whether a host named in the configuration may still lead there.
    ///
    /// Never a metadata service or anything on the link: no webhook of any honest kind lives there.
    pub const fn may_be_excused(self) -> bool {
        matches!(self, Kind::Public | Kind::Loopback | Kind::Private | Kind::Shared)
    }
}

const fn v4(a: u8, b: u8, c: u8, d: u8, prefix: u8, kind: Kind) -> (Network, Kind) {
    (Network::fixed(IpAddr::V4(Ipv4Addr::new(a, b, c, d)), prefix), kind)
}

const fn v6(first: [u16; 4], prefix: u8, kind: Kind) -> (Network, Kind) {
    let base = Ipv6Addr::new(first[0], first[1], first[2], first[3], 0, 0, 0, 0);
    (Network::fixed(IpAddr::V6(base), prefix), kind)
}

const fn v6_host(ip: Ipv6Addr, kind: Kind) -> (Network, Kind) {
    (Network::fixed(IpAddr::V6(ip), 128), kind)
}

/// The first that matches counts.
const SPECIAL: &[(Network, Kind)] = &[
    // Metadata services with addresses of their own, before the blocks around them.
    v4(169, 254, 169, 254, 32, Kind::Metadata), // AWS, Google, Azure, DigitalOcean, OpenStack
    v4(169, 254, 170, 0, 24, Kind::Metadata),   // AWS containers
    v4(169, 254, 0, 23, 32, Kind::Metadata),    // Tencent
    v4(100, 100, 100, 200, 32, Kind::Metadata), // Alibaba
    v4(192, 0, 0, 192, 32, Kind::Metadata),     // Oracle
    v4(168, 63, 129, 16, 32, Kind::Metadata),   // Azure's host, behind a public-looking address
    v6_host(Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254), Kind::Metadata), // AWS
    v6_host(Ipv6Addr::new(0xfd20, 0xce, 0, 0, 0, 0, 0, 0x254), Kind::Metadata), // Google
    v4(0, 0, 0, 0, 8, Kind::Unspecified),
    v4(10, 0, 0, 0, 8, Kind::Private),
    v4(100, 64, 0, 0, 10, Kind::Shared),
    v4(127, 0, 0, 0, 8, Kind::Loopback),
    v4(169, 254, 0, 0, 16, Kind::LinkLocal),
    v4(172, 16, 0, 0, 12, Kind::Private),
    v4(192, 0, 0, 0, 24, Kind::Reserved),
    v4(192, 0, 2, 0, 24, Kind::Documentation),
    v4(192, 31, 196, 0, 24, Kind::Reserved),
    v4(192, 52, 193, 0, 24, Kind::Reserved),
    v4(192, 88, 99, 0, 24, Kind::Reserved),
    v4(192, 168, 0, 0, 16, Kind::Private),
    v4(192, 175, 48, 0, 24, Kind::Reserved),
    v4(198, 18, 0, 0, 15, Kind::Documentation),
    v4(198, 51, 100, 0, 24, Kind::Documentation),
    v4(203, 0, 113, 0, 24, Kind::Documentation),
    v4(224, 0, 0, 0, 4, Kind::Multicast),
    v4(255, 255, 255, 255, 32, Kind::Multicast),
    v4(240, 0, 0, 0, 4, Kind::Reserved),
    v6_host(Ipv6Addr::UNSPECIFIED, Kind::Unspecified),
    v6_host(Ipv6Addr::LOCALHOST, Kind::Loopback),
    v6([0xfc00, 0, 0, 0], 7, Kind::Private),
    v6([0xfec0, 0, 0, 0], 10, Kind::Private),
    v6([0xfe80, 0, 0, 0], 10, Kind::LinkLocal),
    v6([0xff00, 0, 0, 0], 8, Kind::Multicast),
    v6([0x2001, 0xdb8, 0, 0], 32, Kind::Documentation),
    v6([0x3fff, 0, 0, 0], 20, Kind::Documentation),
    v6([0x2001, 0x2, 0, 0], 48, Kind::Documentation),
    v6([0x2001, 0, 0, 0], 23, Kind::Reserved),
    v6([0x2620, 0x4f, 0x8000, 0], 48, Kind::Reserved),
];

/// The IPv6 addresses that the public internet is made of (RFC 4291 §2.4 as assigned).
const GLOBAL_UNICAST: Network = Network::fixed(IpAddr::V6(Ipv6Addr::new(0x2000, 0, 0, 0, 0, 0, 0, 0)), 3);

/// What `ip` is, by itself.
pub fn kind(ip: IpAddr) -> Kind {
    if carried(ip).is_some() {
        return Kind::Carrier;
    }
    let special = SPECIAL.iter().find(|(network, _)| network.contains(ip)).map(|(_, kind)| *kind);
    special.unwrap_or(if ip.is_ipv4() || GLOBAL_UNICAST.contains(ip) { Kind::Public } else { Kind::Reserved })
}

/// The IPv4 address inside an IPv6 address made for transition; where a packet may really go.
pub fn carried(ip: IpAddr) -> Option<Ipv4Addr> {
    let IpAddr::V6(ip) = ip else { return None };
    let tail = |segments: &[u16; 8]| Ipv4Addr::from_bits(u32::from(segments[6]) << 16 | u32::from(segments[7]));
    match ip.segments() {
        [0, 0, 0, 0, 0, 0, 0, 0 | 1] => None,
        // Compatible (RFC 4291 §2.5.5.1), mapped (§2.5.5.2), translated (RFC 2765, RFC 7915).
        ref s @ ([0, 0, 0, 0, 0, 0, _, _] | [0, 0, 0, 0, 0, 0xffff, _, _] | [0, 0, 0, 0, 0xffff, 0, _, _]) => {
            Some(tail(s))
        }
        // NAT64: well-known prefix (RFC 6052) and the one for local use (RFC 8215).
        ref s @ ([0x64, 0xff9b, 0, 0, 0, 0, _, _] | [0x64, 0xff9b, 1, ..]) => Some(tail(s)),
        // 6to4 (RFC 3056).
        [0x2002, high, low, ..] => Some(Ipv4Addr::from_bits(u32::from(high) << 16 | u32::from(low))),
        // Teredo: the client's address is stored inverted (RFC 4380 §4).
        ref s @ [0x2001, 0, ..] => Some(Ipv4Addr::from_bits(!tail(s).to_bits())),
        // ISATAP (RFC 5214 §6.1).
        ref s @ [_, _, _, _, 0 | 0x200, 0x5efe, _, _] => Some(tail(s)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> Kind {
        kind(text.parse().expect(text))
    }

    #[test]
    fn only_the_public_internet_is_public() {
        for text in ["1.1.1.1", "8.8.8.8", "93.184.215.14", "172.15.255.255", "172.32.0.0", "100.63.255.255"] {
            assert_eq!(of(text), Kind::Public, "{text}");
        }
        for text in ["100.128.0.0", "192.167.255.255", "192.169.0.0", "223.255.255.255", "126.255.255.255", "11.0.0.0"]
        {
            assert_eq!(of(text), Kind::Public, "{text}");
        }
        for text in ["2606:4700:4700::1111", "2a00:1450:4001::1", "2001:4860:4860::8888", "2003::1", "2001:200::1"] {
            assert_eq!(of(text), Kind::Public, "{text}");
        }
    }

    #[test]
    fn every_special_range_is_named_from_its_first_to_its_last_address() {
        for (kind, addresses) in [
            (Kind::Unspecified, &["0.0.0.0", "0.255.255.255", "::"][..]),
            (Kind::Loopback, &["127.0.0.0", "127.0.0.1", "127.255.255.255", "::1"]),
            (Kind::Private, &["10.0.0.0", "10.255.255.255", "172.16.0.0", "172.31.255.255", "192.168.0.0"]),
            (Kind::Private, &["192.168.255.255", "fc00::", "fdff:ffff::1", "fec0::1", "feff::1"]),
            (Kind::Shared, &["100.64.0.0", "100.127.255.255"]),
            (Kind::LinkLocal, &["169.254.0.0", "169.254.255.255", "fe80::1", "febf:ffff::1"]),
            (Kind::Metadata, &["169.254.169.254", "169.254.170.2", "169.254.170.23", "169.254.0.23"]),
            (Kind::Metadata, &["100.100.100.200", "192.0.0.192", "168.63.129.16", "fd00:ec2::254", "fd20:ce::254"]),
            (Kind::Multicast, &["224.0.0.0", "239.255.255.255", "255.255.255.255", "ff00::", "ff02::1"]),
            (Kind::Documentation, &["192.0.2.0", "198.51.100.255", "203.0.113.1", "198.18.0.0", "198.19.255.255"]),
            (Kind::Documentation, &["2001:db8::", "2001:db8:ffff::1", "3fff::1", "3fff:fff::1", "2001:2::1"]),
            (Kind::Reserved, &["192.0.0.0", "192.88.99.1", "240.0.0.0", "255.255.255.254", "100::1", "5f00::1"]),
            (Kind::Reserved, &["2001:10::1", "2001:20::1", "2001:1ff::1", "4000::1", "1fff::1", "8000::", "fe00::1"]),
        ] {
            for text in addresses {
                assert_eq!(of(text), kind, "{text}");
            }
        }
    }

    #[test]
    fn an_address_inside_an_address_is_unpacked() {
        for (text, inner) in [
            ("::ffff:127.0.0.1", "127.0.0.1"),
            ("::ffff:8.8.8.8", "8.8.8.8"),
            ("::10.0.0.1", "10.0.0.1"),
            ("::ffff:0:169.254.169.254", "169.254.169.254"),
            ("64:ff9b::a9fe:a9fe", "169.254.169.254"),
            ("64:ff9b:1::192.168.1.1", "192.168.1.1"),
            ("64:ff9b:1:ffff:1:2:10.1.2.3", "10.1.2.3"),
            ("2002:7f00:1::", "127.0.0.1"),
            ("2002:a00:1:2:3:4:5:6", "10.0.0.1"),
            ("2001:0:4136:e378:8000:63bf:3fff:fdd2", "192.0.2.45"),
            ("2001::f5ff:fffe", "10.0.0.1"),
            ("2606:4700::200:5efe:192.168.0.9", "192.168.0.9"),
            ("2606:4700::5efe:10.0.0.9", "10.0.0.9"),
        ] {
            let ip = text.parse().expect(text);
            assert_eq!(carried(ip), Some(inner.parse().expect(inner)), "{text}");
            assert_eq!(kind(ip), Kind::Carrier, "{text}");
        }
        for text in ["::", "::1", "2606:4700:4700::1111", "8.8.8.8", "fe80::1"] {
            assert_eq!(carried(text.parse().expect(text)), None, "{text}");
        }
    }

    #[test]
    fn what_is_on_the_link_can_never_be_excused() {
        assert!(Kind::Private.may_be_excused() && Kind::Loopback.may_be_excused());
        for kind in [Kind::Metadata, Kind::LinkLocal, Kind::Multicast, Kind::Unspecified, Kind::Carrier] {
            assert!(!kind.may_be_excused(), "{kind:?}");
        }
    }
}
