//! What a campaign says of its sender against the campaigns before: links, From, postal address.
//!
//! Promise: what no earlier campaign had is said by name, for whoever takes over an account changes where
//! links lead or whose name mail carries before anything else. Limit: a new shop or a move of house looks the
//! same; it is a reason to look, and nothing is held back by it.

use crate::{Contributor, Finding};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// Campaigns before anything is said.
const FEWEST: usize = 3;

/// What a campaign says of its sender.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Identity {
    /// The domain of From.
    pub from: String,
    /// The domains that links and pictures lead to.
    pub links: BTreeSet<String>,
    /// The postal address in the footer, or a tag of it.
    pub postal: String,
}

/// Something that no earlier campaign had.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Change {
    /// Links lead to this domain.
    Link(String),
    /// Mail comes from this domain.
    From(String),
    /// The postal address.
    Postal,
}

impl Change {
    /// A sentence.
    pub fn words(&self) -> String {
        match self {
            Self::Link(domain) => format!("Links lead to {domain}, which no earlier campaign linked to."),
            Self::From(domain) => format!("Mail comes from {domain}, which no earlier campaign came from."),
            Self::Postal => "The postal address is not that of earlier campaigns.".to_owned(),
        }
    }

    fn label(&self) -> String {
        match self {
            Self::Link(domain) => format!("Link to {domain}"),
            Self::From(domain) => format!("From {domain}"),
            Self::Postal => "Postal address".to_owned(),
        }
    }
}

/// What of `now` none of the campaigns before had; nothing while there are fewer than three.
pub fn compare(now: &Identity, past: &[Identity]) -> Vec<Change> {
    if past.len() < FEWEST {
        return Vec::new();
    }
    let mut changes = Vec::new();
    if !now.from.is_empty() && past.iter().all(|one| one.from != now.from) {
        changes.push(Change::From(now.from.clone()));
    }
    if !now.postal.is_empty() && past.iter().all(|one| one.postal != now.postal) {
        changes.push(Change::Postal);
    }
    // A domain of the sender's own is no swap, also where nothing linked to it yet.
    let known = |domain: &String| past.iter().any(|one| one.links.contains(domain) || one.from == *domain);
    changes.extend(now.links.iter().filter(|domain| !known(domain)).cloned().map(Change::Link));
    changes
}

/// The same as a finding; `None` where nothing is new.
pub fn look(now: &Identity, past: &[Identity]) -> Option<Finding> {
    let changes = compare(now, past);
    if changes.is_empty() {
        return None;
    }
    let words: Vec<String> = changes.iter().map(Change::words).collect();
    let part = |change: &Change| Contributor::new(change.label(), 1);
    Some(Finding {
        observed: changes.len() as f64,
        expected: 0.0,
        bound: 0.0,
        sample: past.len() as u64,
        contributors: Finding::ranked(changes.iter().map(part).collect()),
        why: words.join(" "),
        advice: "Ask who wrote this campaign whether they meant it. If they know nothing of it, pause it and end \
                 their sessions."
            .to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn identity(from: &str, links: &[&str], postal: &str) -> Identity {
        let links = links.iter().map(|link| (*link).to_owned()).collect();
        Identity { from: from.into(), links, postal: postal.into() }
    }

    fn past() -> Vec<Identity> {
        vec![identity("example.org", &["example.org", "shop.example"], "1"); 4]
    }

    #[test]
    fn a_new_link_a_new_sender_and_a_new_address_are_said_by_name() {
        let now = identity("exarnple.example", &["shop.example", "pay.example"], "2");
        let changes = [Change::From("exarnple.example".into()), Change::Postal, Change::Link("pay.example".into())];
        assert_eq!(compare(&now, &past()), changes);
        let found = look(&now, &past()).expect("three changes");
        assert_eq!((found.observed, found.sample, found.contributors.len()), (3.0, 4, 3));
        assert!(found.why.contains("Links lead to pay.example"), "{}", found.why);
    }

    #[test]
    fn the_usual_is_no_finding_and_neither_are_the_first_campaigns() {
        assert!(look(&identity("example.org", &["shop.example"], "1"), &past()).is_none());
        assert!(look(&identity("example.org", &[], ""), &past()).is_none());
        assert!(look(&identity("other.example", &["new.example"], "9"), &past()[..2]).is_none());
    }
}
