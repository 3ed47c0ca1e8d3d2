//! The words of an SPF record (RFC 7208 §5, §6).

use std::net::IpAddr;

/// An address range.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Network {
    pub(super) ip: IpAddr,
    pub(super) prefix: u8,
}

impl Network {
    pub(super) fn contains(self, other: IpAddr) -> bool {
        match (self.ip, other) {
            (IpAddr::V4(a), IpAddr::V4(b)) => {
                let differing = u32::from(a) ^ u32::from(b);
                differing.leading_zeros() >= u32::from(self.prefix.min(32))
            }
            (IpAddr::V6(a), IpAddr::V6(b)) => {
                let differing = u128::from(a) ^ u128::from(b);
                differing.leading_zeros() >= u32::from(self.prefix.min(128))
            }
            _ => false,
        }
    }
}

/// One word, as far as it matters to a survey.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Term {
    /// `all`.
    All { pass: bool },
    /// `ip4` and `ip6`.
    Network(Network),
    /// `include`.
    Include(String),
    /// `a`, with the prefix lengths for each family.
    Address { name: Option<String>, v4: u8, v6: u8 },
    /// `mx`, likewise.
    Mx { name: Option<String>, v4: u8, v6: u8 },
    /// `exists` and `ptr`: depends on each message.
    PerMessage,
    /// `redirect=`.
    Redirect(String),
    /// `exp=`, unknown modifiers, and networks that are named to be refused.
    Nothing,
}

impl Term {
    /// Whether it counts towards the ten.
    pub(super) fn asks_dns(&self) -> bool {
        !matches!(self, Term::All { .. } | Term::Network(_) | Term::Nothing)
    }
}

/// The words behind `v=spf1`; an error is the word that is none.
pub(super) fn parse(record: &str) -> Result<Vec<Term>, String> {
    record.split_ascii_whitespace().skip(1).map(|word| term(word).ok_or_else(|| word.to_owned())).collect()
}

fn term(word: &str) -> Option<Term> {
    if let Some(modifier) = modifier(word) {
        return Some(modifier);
    }
    let (pass, word) = match word.strip_prefix(['+', '-', '~', '?']) {
        Some(rest) => (word.starts_with('+'), rest),
        None => (true, word),
    };
    let cut = word.find([':', '/']).unwrap_or(word.len());
    let (name, value) = (word[..cut].to_ascii_lowercase(), &word[cut..]);
    match name.as_str() {
        "all" if value.is_empty() => Some(Term::All { pass }),
        "ip4" | "ip6" => network(name == "ip4", value.strip_prefix(':')?)
            .map(|network| if pass { Term::Network(network) } else { Term::Nothing }),
        "include" => domain(value.strip_prefix(':')?).map(Term::Include),
        "exists" => domain(value.strip_prefix(':')?).map(|_| Term::PerMessage),
        "ptr" => Some(Term::PerMessage),
        "a" | "mx" => host(name == "a", value),
        _ => None,
    }
}

/// `name=value`; unknown names are to be ignored (RFC 7208 §6).
fn modifier(word: &str) -> Option<Term> {
    let (name, value) = word.split_once('=')?;
    let is_name = name.starts_with(|c: char| c.is_ascii_alphabetic())
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b));
    if !is_name {
        return None;
    }
    if name.eq_ignore_ascii_case("redirect") { domain(value).map(Term::Redirect) } else { Some(Term::Nothing) }
}

fn domain(text: &str) -> Option<String> {
    let ok = (1..=253).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_graphic());
    ok.then(|| text.trim_end_matches('.').to_ascii_lowercase())
}

fn network(is_v4: bool, text: &str) -> Option<Network> {
    let (ip, prefix) = text.split_once('/').map_or((text, None), |(ip, prefix)| (ip, Some(prefix)));
    let ip: IpAddr = ip.parse().ok()?;
    let max = if is_v4 { 32 } else { 128 };
    let prefix = prefix.map_or(Some(max), |text| length(text, max))?;
    (ip.is_ipv4() == is_v4).then_some(Network { ip, prefix })
}

fn length(text: &str, max: u8) -> Option<u8> {
    let digits = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    text.parse().ok().filter(|&length| digits && length <= max)
}

/// `[:domain][/v4][//v6]` of `a` and `mx`.
fn host(is_address: bool, value: &str) -> Option<Term> {
    let (name, lengths) = value.find('/').map_or((value, ""), |at| value.split_at(at));
    let name = match name.strip_prefix(':') {
        Some(name) => Some(domain(name)?),
        None if name.is_empty() => None,
        None => return None,
    };
    let (v4, v6) = lengths.split_once("//").map_or((lengths, None), |(v4, v6)| (v4, Some(v6)));
    let v4 = if v4.is_empty() { 32 } else { length(v4.strip_prefix('/')?, 32)? };
    let v6 = v6.map_or(Some(128), |text| length(text, 128))?;
    Some(if is_address { Term::Address { name, v4, v6 } } else { Term::Mx { name, v4, v6 } })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ordinary_records_are_read() {
        let terms = parse(
            "v=spf1 a mx:mail.example.org/24//64 ip4:192.0.2.0/24 -ip6:2001:db8::/32 include:_spf.example.net. exp=x.example ~all",
        );
        let expected = vec![
            Term::Address { name: None, v4: 32, v6: 128 },
            Term::Mx { name: Some("mail.example.org".into()), v4: 24, v6: 64 },
            Term::Network(Network { ip: "192.0.2.0".parse().expect("an address"), prefix: 24 }),
            Term::Nothing,
            Term::Include("_spf.example.net".into()),
            Term::Nothing,
            Term::All { pass: false },
        ];
        assert_eq!(terms, Ok(expected));
    }

    #[test]
    fn what_is_no_term_is_named() {
        for word in [
            "ipv4:192.0.2.1",
            "ip4:192.0.2.300",
            "ip4:192.0.2.0/33",
            "ip4:2001:db8::1",
            "include:",
            "all:x",
            "a:",
            "mx/x",
            "?",
        ] {
            assert_eq!(parse(&format!("v=spf1 {word} -all")), Err(word.to_owned()));
        }
    }

    #[test]
    fn networks_hold_their_addresses_and_no_others() {
        let network = |ip: &str, prefix| Network { ip: ip.parse().expect("an address"), prefix };
        let holds = |network: Network, ip: &str| network.contains(ip.parse().expect("an address"));
        assert!(holds(network("192.0.2.0", 24), "192.0.2.255"));
        assert!(!holds(network("192.0.2.0", 24), "192.0.3.0"));
        assert!(holds(network("0.0.0.0", 0), "203.0.113.9"));
        assert!(holds(network("2001:db8::", 32), "2001:db8:ffff::1"));
        assert!(!holds(network("::", 0), "192.0.2.1"));
        assert!(!holds(network("192.0.2.1", 32), "192.0.2.2"));
    }

    proptest::proptest! {
        #[test]
        fn no_text_makes_the_parser_panic(text: String) {
            let _ = parse(&text);
        }
    }
}
