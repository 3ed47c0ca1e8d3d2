//! Sign-ups that nobody asked for: bots that type in other people's addresses.
//!
//! Two shapes: one place that asks for many addresses ([`place`]), and one address that is asked for at many
//! lists ([`target`]). Promise: the visitor is told the same whatever is found. Limit: a fair with one machine for
//! everybody looks like a bot; bots that take a new network for each address are found by their number alone
//! (`volume`).

use crate::{Contributor, Finding};

/// Up to so many different addresses from one network in an hour are a family, an office or a stand.
const ADDRESSES: u64 = 12;
/// One person joins so many lists in an hour, and hardly more.
const LISTS: u64 = 4;

/// What came from one network within an hour.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Asked {
    /// Requests.
    pub requests: u64,
    /// For so many different addresses.
    pub addresses: u64,
    /// Forms that came back with the field filled in that people do not see.
    pub trapped: u64,
}

/// One place that asks for many addresses.
pub fn place(of: Asked) -> Option<Finding> {
    // Whoever fills in what nobody sees is a program; its neighbours are given half the room.
    let bound = if of.trapped > 0 { ADDRESSES / 2 } else { ADDRESSES };
    if of.addresses <= bound {
        return None;
    }
    let trap = match of.trapped {
        0 => String::new(),
        trapped => format!(" {trapped} more filled in a field that people do not see."),
    };
    let why = format!(
        "{} different addresses were signed up from one network within an hour; up to {bound} are let pass.{trap}",
        of.addresses
    );
    let parts = [("Requests", of.requests), ("Filled in what people do not see", of.trapped)];
    Some(finding((of.addresses, bound), of.requests, (why, &parts)))
}

/// One address that is asked for at many lists: somebody is being bombed with requests to confirm.
pub fn target(lists: u64, requests: u64) -> Option<Finding> {
    if lists <= LISTS {
        return None;
    }
    let why = format!("One address was signed up at {lists} forms within an hour; up to {LISTS} are let pass.");
    Some(finding((lists, LISTS), requests, (why, &[("Requests", requests)])))
}

fn finding((observed, bound): (u64, u64), sample: u64, (why, parts): (String, &[(&str, u64)])) -> Finding {
    let parts = parts.iter().map(|(label, count)| Contributor::new(*label, *count));
    Finding {
        observed: observed as f64,
        expected: 1.0,
        bound: bound as f64,
        sample,
        contributors: Finding::ranked(parts.collect()),
        why,
        advice: "Nobody is on a list before they confirm, but every request sends a mail. If it goes on, close the \
                 form for a while, or ask for more than an address."
            .to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_place_with_many_addresses_is_a_bot_and_an_office_is_not() {
        let asked = |addresses, trapped| Asked { requests: addresses, addresses, trapped };
        assert!(place(asked(40, 0)).is_some() && place(asked(12, 0)).is_none());
        let found = place(asked(8, 3)).expect("eight beside a trap");
        assert!(found.why.contains("3 more filled in a field"), "{}", found.why);
        assert_eq!(found.contributors.iter().map(|one| one.count).collect::<Vec<_>>(), [8, 3]);
        assert!(place(Asked { requests: 90, addresses: 1, trapped: 0 }).is_none(), "somebody who clicks");
    }

    #[test]
    fn one_address_at_many_lists_is_a_bomb() {
        assert!(target(4, 9).is_none());
        assert_eq!(target(22, 30).expect("a bomb").observed, 22.0);
    }
}
