//! What is seen to before an integration comes back, point by point.
//!
//! Promise: each point is ticked by name and stands in the record with who ticked it. Limit: a tick is a person's word;
//! only that a login or key is another one is checked by the machine.

use super::{Scope, renewals};
use serde_json::{Value, json};
use waxwing_app::{Error, Result};
use waxwing_domain::Thing;
use waxwing_store::Tx;

/// The longest reason, in characters.
const LONGEST: usize = 500;

/// A point of a checklist.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Point {
    /// The stable word.
    pub word: &'static str,
    /// What whoever ticks it says.
    pub text: &'static str,
}

const fn point(word: &'static str, text: &'static str) -> Point {
    Point { word, text }
}

const WEBHOOK: [Point; 3] = [
    point("receiver", "The receiver is clean."),
    point("address", "The address is still theirs."),
    point("secret", "They wait for the fresh secret."),
];
const RELAY: [Point; 3] = [
    point("login", "The login was changed at the provider, the old one ended there."),
    point("provider", "Nobody unknown is in the account at the provider: no users, keys or forwardings."),
    point("sent", "What left by it since the suspicion was looked through."),
];
const DOMAIN: [Point; 3] = [
    point("published", "The records of the new keys are published."),
    point("withdrawn", "The records of the old keys are withdrawn."),
    point("zone", "Nobody unknown can change the domain’s records."),
];

/// The points of a kind of thing; none for what does not come back this way.
pub const fn points(thing: Thing) -> &'static [Point] {
    match thing {
        Thing::Webhook(_) => &WEBHOOK,
        Thing::Relay(_) => &RELAY,
        Thing::Domain(_) => &DOMAIN,
        Thing::Account(_) | Thing::ApiKey(_) => &[],
    }
}

/// What whoever reinstates vouches for.
#[derive(Clone, Default, Debug)]
pub struct Vouched {
    /// The words of the points that were seen to.
    pub seen: Vec<String>,
    /// Why it may come back under the login or keys that it was contained with; empty where they are new.
    pub unchanged_because: String,
}

/// Refuses what was not seen to; gives what the record says of it.
///
/// # Errors
/// [`Error::Invalid`] of `seen` for a point that is left or unknown, of `reason` for one that is missing or too long.
pub(super) async fn check(tx: &mut Tx, thing: Thing, vouched: &Vouched) -> Result<Value> {
    let points = points(thing);
    let known = |word: &String| points.iter().any(|point| point.word == word);
    if let Some(strange) = vouched.seen.iter().find(|word| !known(word)) {
        return Err(Error::invalid("seen", format!("There is no point “{strange}” here.")));
    }
    if let Some(left) = points.iter().find(|point| !vouched.seen.iter().any(|word| word == point.word)) {
        return Err(Error::invalid("seen", format!("See to this first, and tick it: {}", left.text)));
    }
    let reason = vouched.unchanged_because.trim();
    if reason.chars().count() > LONGEST {
        return Err(Error::invalid("reason", "Write at most 500 characters."));
    }
    // A webhook gets its fresh secret with the act.
    let unchanged = !matches!(thing, Thing::Webhook(_)) && renewals::is_unchanged(tx, thing).await?;
    if unchanged && reason.is_empty() {
        return Err(Error::invalid("reason", same(thing)));
    }
    let words: Vec<&str> = points.iter().map(|point| point.word).collect();
    let reason = (unchanged && !reason.is_empty()).then_some(reason);
    Ok(json!({ "thing": Scope::One(thing).to_text(), "seen": words, "unchanged_because": reason }))
}

const fn same(thing: Thing) -> &'static str {
    match thing {
        Thing::Domain(_) => {
            "It signs by the keys that it was contained with. Publish the new ones first, or say why these may stay."
        }
        _ => {
            "It signs in by the password that it was contained with. Put the new one in place first, or say why this one may stay."
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;
    use waxwing_domain::{DomainId, RelayId, WebhookId};

    #[test]
    fn every_integration_has_its_own_points_and_each_its_own_word() {
        let things = [
            Thing::Webhook(WebhookId::from_i64(1)),
            Thing::Relay(RelayId::from_i64(1)),
            Thing::Domain(DomainId::from_i64(1)),
        ];
        for thing in things {
            let words: BTreeSet<&str> = points(thing).iter().map(|point| point.word).collect();
            assert_eq!(words.len(), 3, "{thing:?}");
            assert!(points(thing).iter().all(|point| point.text.ends_with('.')), "{thing:?}");
        }
    }
}
