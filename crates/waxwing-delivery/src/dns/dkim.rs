//! Is the DKIM key published that we sign with (RFC 6376 §3.6.1)?
//!
//! Guarantee: `Published` means the very key, byte for byte. Limit: whether signatures verify is
//! for the signer's tests to show.

use super::tags;
use waxwing_egress::dns::{LookupError, Resolver};

/// A key that mail is signed with, and the record it needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DkimKey {
    /// The selector `s=`.
    pub selector: String,
    /// The TXT record as it should be published: `v=DKIM1; k=rsa; p=…`.
    pub record: String,
}

impl DkimKey {
    /// The algorithm its record names: `rsa` unless said otherwise.
    pub fn algorithm(&self) -> String {
        tags::parse(&self.record).map_or_else(|| "rsa".to_owned(), |tags| algorithm(&tags))
    }
    /// Where the record belongs.
    pub fn name(&self, domain: &str) -> String {
        format!("{}._domainkey.{domain}", self.selector)
    }
}

/// What is published for a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DkimState {
    /// The very key.
    Published {
        /// The record bears `t=y`: receivers may treat the mail as unsigned.
        testing: bool,
    },
    /// Nothing.
    Missing,
    /// A record with an empty `p=`: the key was withdrawn.
    Revoked,
    /// A record, but another key or algorithm, or none that can be read.
    Mismatch,
    /// Several records, of which receivers may take any.
    Multiple(usize),
    /// Nobody could say.
    Unknown(LookupError),
}

pub(super) async fn check(resolver: &Resolver, domain: &str, key: &DkimKey) -> DkimState {
    match resolver.txt(&key.name(domain)).await {
        Ok(records) => judge(&records, &key.record),
        Err(error) => DkimState::Unknown(error),
    }
}

fn judge(records: &[String], expected: &str) -> DkimState {
    match records {
        [] => DkimState::Missing,
        [record] => compare(record, expected),
        several => DkimState::Multiple(several.len()),
    }
}

fn compare(record: &str, expected: &str) -> DkimState {
    let (Some(found), Some(wanted)) = (tags::parse(record), tags::parse(expected)) else {
        return DkimState::Mismatch;
    };
    if tags::find(&found, "v").is_some_and(|version| version != "DKIM1") {
        return DkimState::Mismatch;
    }
    match key(&found).as_deref() {
        Some("") => DkimState::Revoked,
        same if same.is_some() && same == key(&wanted).as_deref() && algorithm(&found) == algorithm(&wanted) => {
            let testing = tags::find(&found, "t").is_some_and(|flags| flags.split(':').any(|f| f.trim() == "y"));
            DkimState::Published { testing }
        }
        _ => DkimState::Mismatch,
    }
}

/// The key without the spaces that long records are broken with.
fn key(tags: &[(String, String)]) -> Option<String> {
    tags::find(tags, "p").map(|p| p.split_ascii_whitespace().collect())
}

fn algorithm(tags: &[(String, String)]) -> String {
    tags::find(tags, "k").unwrap_or("rsa").to_ascii_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_very_key_counts() {
        let expected = "v=DKIM1; k=rsa; p=MIIBAbc=";
        for (records, state) in [
            (vec![], DkimState::Missing),
            (vec!["v=DKIM1; k=rsa; p=MIIBAbc="], DkimState::Published { testing: false }),
            (vec!["p=MIIB Abc= ;"], DkimState::Published { testing: false }),
            (vec!["v=DKIM1; t=s:y; p=MIIBAbc="], DkimState::Published { testing: true }),
            (vec!["v=DKIM1; k=ed25519; p=MIIBAbc="], DkimState::Mismatch),
            (vec!["v=DKIM1; p=miibaBC="], DkimState::Mismatch),
            (vec!["v=DKIM2; p=MIIBAbc="], DkimState::Mismatch),
            (vec!["hello"], DkimState::Mismatch),
            (vec!["v=DKIM1"], DkimState::Mismatch),
            (vec!["v=DKIM1; p="], DkimState::Revoked),
            (vec![expected, "p=x"], DkimState::Multiple(2)),
        ] {
            let records: Vec<String> = records.into_iter().map(str::to_owned).collect();
            assert_eq!(judge(&records, expected), state, "{records:?}");
        }
    }

    #[test]
    fn the_algorithm_is_what_the_record_says() {
        let key = |record: &str| DkimKey { selector: "s".into(), record: record.into() }.algorithm();
        assert_eq!(key("v=DKIM1; p=x"), "rsa");
        assert_eq!(key("v=DKIM1; k=ed25519; p=x"), "ed25519");
    }
}
