//! The DMARC record that covers a domain, and alignment (RFC 9989).
//!
//! Guarantee: a record counts only if it is alone and readable. Limit: of RFC 9989's walk up the
//! tree two steps are taken, the domain and its organisational domain by the public suffix list;
//! a record on a level between them is not seen.

use super::tags;
use waxwing_egress::dns::{LookupError, Resolver};

/// What the domain asks receivers to do with mail that fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Policy {
    /// Only report.
    None,
    /// To the spam folder.
    Quarantine,
    /// Refuse.
    Reject,
}

impl Policy {
    fn parse(text: &str) -> Option<Self> {
        match text.to_ascii_lowercase().as_str() {
            "none" => Some(Policy::None),
            "quarantine" => Some(Policy::Quarantine),
            "reject" => Some(Policy::Reject),
            _ => None,
        }
    }
    /// The word in the record.
    pub const fn as_str(self) -> &'static str {
        match self {
            Policy::None => "none",
            Policy::Quarantine => "quarantine",
            Policy::Reject => "reject",
        }
    }
}

/// How close the signing domain must be to the From domain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Alignment {
    /// The same organisational domain.
    Relaxed,
    /// The same domain.
    Strict,
}

/// A DMARC record, as it applies to the domain asked about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dmarc {
    /// The domain whose record it is: the one asked about or its organisational domain.
    pub published_at: String,
    /// What applies (`p`, or `sp` for a subdomain).
    pub policy: Policy,
    /// Closeness wanted of DKIM's `d=`.
    pub dkim: Alignment,
    /// Closeness wanted of the return path's domain.
    pub spf: Alignment,
    /// Whether aggregate reports are asked for.
    pub reports: bool,
}

/// What is published.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DmarcState {
    /// One readable record.
    Found(Dmarc),
    /// Nothing here and nothing above.
    Missing,
    /// More than one record: receivers ignore all of them.
    Multiple(usize),
    /// A record that cannot be read: receivers ignore it.
    Invalid,
    /// Nobody could say.
    Unknown(LookupError),
}

/// The domain under which an organisation registers: `shop.example.co.uk` → `example.co.uk`.
/// A public suffix itself is its own.
pub fn organisational_domain(domain: &str) -> &str {
    psl::domain_str(domain).unwrap_or(domain)
}

/// Whether a signature by `signing` speaks for mail from `from` (RFC 9989 §4.4).
pub fn is_aligned(from: &str, signing: &str, mode: Alignment) -> bool {
    let (from, signing) = (from.to_ascii_lowercase(), signing.to_ascii_lowercase());
    match mode {
        Alignment::Strict => from == signing,
        Alignment::Relaxed => organisational_domain(&from) == organisational_domain(&signing),
    }
}

pub(super) async fn check(resolver: &Resolver, domain: &str) -> DmarcState {
    let above = organisational_domain(domain);
    let own = check_at(resolver, domain, domain).await;
    if own != DmarcState::Missing || above == domain {
        return own;
    }
    check_at(resolver, above, domain).await
}

async fn check_at(resolver: &Resolver, place: &str, domain: &str) -> DmarcState {
    match resolver.txt(&format!("_dmarc.{place}")).await {
        Ok(records) => judge(&records, place, domain),
        Err(error) => DmarcState::Unknown(error),
    }
}

fn judge(records: &[String], place: &str, domain: &str) -> DmarcState {
    let ours: Vec<&String> = records.iter().filter(|record| is_dmarc(record)).collect();
    match ours.as_slice() {
        [] => DmarcState::Missing,
        [record] => read(record, place, domain).map_or(DmarcState::Invalid, DmarcState::Found),
        several => DmarcState::Multiple(several.len()),
    }
}

/// The version comes first and is written exactly so.
fn is_dmarc(record: &str) -> bool {
    let first = record.split(';').next().unwrap_or_default();
    first.split_once('=').is_some_and(|(name, value)| name.trim() == "v" && value.trim() == "DMARC1")
}

fn read(record: &str, place: &str, domain: &str) -> Option<Dmarc> {
    let tags = tags::parse(record)?;
    let reports = tags::find(&tags, "rua").is_some_and(|rua| !rua.is_empty());
    let main = match tags::find(&tags, "p") {
        Some(policy) => Policy::parse(policy),
        None => None,
    };
    // A policy that is missing or misspelt counts as none if reports are asked for, else the
    // record is void (RFC 9989 §4.7).
    let main = main.or(reports.then_some(Policy::None))?;
    let below = tags::find(&tags, "sp").and_then(Policy::parse).unwrap_or(main);
    let alignment = |tag| match tags::find(&tags, tag) {
        Some(mode) if mode.eq_ignore_ascii_case("s") => Alignment::Strict,
        _ => Alignment::Relaxed,
    };
    Some(Dmarc {
        published_at: place.to_owned(),
        policy: if place == domain { main } else { below },
        dkim: alignment("adkim"),
        spf: alignment("aspf"),
        reports,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn state(records: &[&str], place: &str) -> DmarcState {
        let records: Vec<String> = records.iter().map(|&r| r.to_owned()).collect();
        judge(&records, place, "shop.example.org")
    }

    #[test]
    fn a_subdomain_follows_sp() {
        let DmarcState::Found(found) = state(&["v=DMARC1; p=reject; sp=quarantine; adkim=s"], "example.org") else {
            panic!("should be found")
        };
        assert_eq!((found.policy, found.dkim, found.spf), (Policy::Quarantine, Alignment::Strict, Alignment::Relaxed));
        let DmarcState::Found(found) = state(&["v=DMARC1; p=reject; sp=none"], "shop.example.org") else {
            panic!("should be found")
        };
        assert_eq!(found.policy, Policy::Reject);
    }

    #[test]
    fn records_that_receivers_ignore_do_not_count() {
        assert_eq!(state(&["v=spf1 -all", "hello"], "x"), DmarcState::Missing);
        assert_eq!(state(&["p=none; v=DMARC1"], "x"), DmarcState::Missing);
        assert_eq!(state(&["v=DMARC1; p=none", "v=DMARC1; p=none"], "x"), DmarcState::Multiple(2));
        assert_eq!(state(&["v=DMARC1; p=later"], "x"), DmarcState::Invalid);
        assert_eq!(state(&["v=DMARC1; p=none; p=reject"], "x"), DmarcState::Invalid);
        assert!(matches!(state(&["v=DMARC1; rua=mailto:d@example.org"], "x"), DmarcState::Found(_)));
    }

    #[test]
    fn alignment_is_by_organisation_or_exact() {
        assert!(is_aligned("example.co.uk", "mail.Example.co.uk", Alignment::Relaxed));
        assert!(!is_aligned("example.co.uk", "other.co.uk", Alignment::Relaxed));
        assert!(!is_aligned("example.org", "mail.example.org", Alignment::Strict));
        assert!(is_aligned("example.org", "EXAMPLE.org", Alignment::Strict));
    }
}
