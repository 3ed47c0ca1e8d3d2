//! Many attempts from one place: lists of passwords that are tried out, and addresses that are.
//!
//! Promise: the share of refusals is weighed by the same sequential test as the rates of campaigns, so that
//! it may be looked at after every attempt. Limit: a place is an address, a network or a provider, as whoever
//! counts decides; attempts spread over many providers are found by their number alone (`volume`).

use crate::rate::{ALPHA, Trials, ln_evidence};
use crate::{Contributor, Finding, percent};

/// Of a place whose people sign in, up to half of all attempts may be refused.
const REFUSED: f64 = 0.5;
/// Of a place whose people sign in, up to so many attempts are at addresses that nobody has.
const UNKNOWN: f64 = 0.25;
/// Fewer addresses than this are somebody who forgot a password.
const ADDRESSES: u64 = 5;
/// So many refusals at several addresses make a right password from the same place strange.
const AROUND: u64 = 10;

/// What was tried from one place within an hour.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Attempts {
    /// Attempts, right ones included.
    pub tried: u64,
    /// Those that were refused.
    pub refused: u64,
    /// Those that were refused because nobody has the address.
    pub unknown: u64,
    /// At how many different addresses something was refused.
    pub accounts: u64,
    /// How many of those addresses nobody has.
    pub strangers: u64,
}

impl Attempts {
    /// Whether a right password among them needs a second look; a lower bar than that of an alert.
    pub const fn looks_like_guessing(self) -> bool {
        self.refused >= AROUND && self.accounts >= ADDRESSES
    }
}

/// A list of passwords that is tried out: far more refusals, at several addresses, than people cause.
pub fn stuffing(of: Attempts) -> Option<Finding> {
    if of.accounts < ADDRESSES {
        return None;
    }
    let why = format!(
        "{} of {} sign-ins from one place were refused within an hour, at {} addresses. People who mistype do not \
         reach such a share: up to {} is let pass.",
        of.refused,
        of.tried,
        of.accounts,
        percent(REFUSED)
    );
    let advice = "Look whether one of them went through. Ask those people for a new password and a second factor; \
                  if it goes on, refuse the network before Waxwing.";
    found((of.refused, of.tried), REFUSED, parts(of), (why, advice))
}

/// Addresses that are tried out: sign-ins at addresses that nobody has.
pub fn enumeration(of: Attempts) -> Option<Finding> {
    if of.strangers < ADDRESSES {
        return None;
    }
    let why = format!(
        "{} of {} sign-ins from one place within an hour were at addresses that nobody here has, {} of them. \
         Somebody tries out whom Waxwing knows; every answer was the same.",
        of.unknown, of.tried, of.strangers
    );
    let advice = "Nothing was told. Expect passwords to be tried next at the addresses that are right.";
    found((of.unknown, of.tried), UNKNOWN, parts(of), (why, advice))
}

/// What the attempts were, by what came of them.
fn parts(of: Attempts) -> Vec<Contributor> {
    Finding::ranked(vec![
        Contributor::new("Refused at addresses that nobody here has", of.unknown),
        Contributor::new("Refused at addresses of people here", of.refused.saturating_sub(of.unknown)),
        Contributor::new("Not refused", of.tried.saturating_sub(of.refused)),
    ])
}

fn found(
    (bad, tried): (u64, u64),
    limit: f64,
    contributors: Vec<Contributor>,
    (why, advice): (String, &str),
) -> Option<Finding> {
    let seen = Trials { sent: tried.max(bad), bad };
    (ln_evidence(seen, limit) >= -ALPHA.ln()).then(|| Finding {
        observed: seen.rate(),
        expected: 0.0,
        bound: limit,
        sample: seen.sent,
        contributors,
        why,
        advice: advice.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn attempts(tried: u64, refused: u64, accounts: u64) -> Attempts {
        Attempts { tried, refused, accounts, ..Attempts::default() }
    }

    #[test]
    fn a_list_that_is_tried_out_is_found_after_some_tens_of_attempts() {
        let first = (1..200).find(|n| stuffing(attempts(*n, *n, *n)).is_some()).expect("found");
        assert!((15..=30).contains(&first), "after {first}");
        let found = stuffing(attempts(60, 58, 40)).expect("a list");
        assert!(found.why.starts_with("58 of 60 sign-ins from one place were refused"), "{}", found.why);
        assert_eq!(found.contributors[1], Contributor::new("Not refused", 2));
    }

    #[test]
    fn an_office_that_mistypes_and_somebody_who_forgot_are_not() {
        assert!(stuffing(attempts(200, 80, 30)).is_none(), "two in five on a Monday");
        assert!(stuffing(attempts(40, 40, 1)).is_none(), "one person, forty tries");
        assert!(!attempts(9, 9, 1).looks_like_guessing());
    }

    #[test]
    fn addresses_that_nobody_has_are_enumeration_and_one_s_own_typos_are_not() {
        let tried = |unknown, strangers| Attempts { unknown, strangers, ..attempts(40, 38, strangers) };
        assert!(enumeration(tried(36, 30)).is_some());
        assert!(enumeration(tried(36, 2)).is_none(), "the same typo over and over");
        assert!(enumeration(tried(9, 9)).is_none());
    }

    #[test]
    fn numbers_that_cannot_be_do_not_break_it() {
        assert!(stuffing(attempts(0, 90, 90)).is_some_and(|found| found.observed <= 1.0));
        assert!(stuffing(Attempts::default()).is_none() && enumeration(Attempts::default()).is_none());
    }
}
