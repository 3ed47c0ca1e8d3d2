//! The DNS records a domain needs, as values to copy.
//!
//! Guarantee: the DKIM records are the very keys that sign. Limit: SPF and DMARC are suggestions;
//! a domain that has such a record keeps one of each, so they are merged by hand.

use super::Domain;
use crate::{Result, relays};
use serde::Serialize;
use utoipa::ToSchema;
use waxwing_store::Tx;

/// A record to publish.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, ToSchema)]
pub struct DnsRecord {
    /// The full name, without a dot at the end.
    pub name: String,
    /// `TXT`.
    #[serde(rename = "type")]
    #[schema(rename = "type")]
    pub kind: &'static str,
    /// The value; one that is longer than 255 characters is cut into strings by most providers themselves.
    pub value: String,
    /// Whether bulk mail waits for it.
    pub required: bool,
    /// What it is for.
    pub purpose: &'static str,
}

/// The hosts of relays beyond this machine, for SPF.
pub(super) async fn relay_hosts(tx: &mut Tx) -> Result<Vec<String>> {
    let mut hosts = relays::hosts(tx).await?;
    hosts.sort();
    hosts.dedup();
    Ok(hosts)
}

/// The records of a domain whose mail leaves through `relays`.
pub(super) fn of(domain: &Domain, relays: &[String]) -> Vec<DnsRecord> {
    let name = &domain.name;
    let txt =
        |name: String, value: String, required, purpose| DnsRecord { name, kind: "TXT", value, required, purpose };
    let key = |key: &super::PublishedKey| format!("{}._domainkey.{name}", key.selector);
    let mut records = vec![
        txt(key(&domain.rsa), domain.rsa.record.clone(), true, "DKIM, the signature every receiver checks"),
        txt(key(&domain.ed25519), domain.ed25519.record.clone(), false, "DKIM, the newer and smaller signature"),
        txt(format!("_dmarc.{name}"), "v=DMARC1; p=none".into(), true, "DMARC, what receivers do with forged mail"),
        txt(name.to_string(), spf(relays), false, "SPF, who may send; merge it with a record that is there"),
    ];
    let other = domain.return_path.as_ref().map(|path| path.domain()).filter(|path| *path != name.as_str());
    if let Some(path) = other {
        records.push(txt(
            path.to_owned(),
            spf(relays),
            false,
            "SPF of the return path, which is what receivers look at",
        ));
    }
    records
}

/// The relay's own provider mostly names an include; without knowing it, its host is the best guess.
fn spf(relays: &[String]) -> String {
    let hosts: Vec<String> = relays.iter().map(|host| mechanism(host)).collect();
    if hosts.is_empty() { "v=spf1 mx ~all".to_owned() } else { format!("v=spf1 {} ~all", hosts.join(" ")) }
}

fn mechanism(host: &str) -> String {
    match host.parse::<std::net::IpAddr>() {
        Ok(std::net::IpAddr::V4(ip)) => format!("ip4:{ip}"),
        Ok(std::net::IpAddr::V6(ip)) => format!("ip6:{ip}"),
        Err(_) => format!("a:{host}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spf_names_the_relays_in_the_form_of_their_hosts() {
        assert_eq!(spf(&[]), "v=spf1 mx ~all");
        let hosts = ["192.0.2.7".to_owned(), "2001:db8::1".to_owned(), "mail.example.net".to_owned()];
        assert_eq!(spf(&hosts), "v=spf1 ip4:192.0.2.7 ip6:2001:db8::1 a:mail.example.net ~all");
    }
}
