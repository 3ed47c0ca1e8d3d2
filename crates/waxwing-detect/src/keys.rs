//! What API keys do that they never did: come from a network they are not for, and read many people for the first time.
//!
//! Promise: [`elsewhere`] speaks of the right key only, so that nobody without it can cause an alert; [`bulk`] measures a
//! key by its own days alone, and asks for hundreds of people however quiet the key was. Limit: a key that is bound to no
//! network can come from anywhere unseen; one that always reads much goes on unseen, as does one that reads a little
//! more each day; the first run of a new synchronisation looks like a theft, for it is the same act.

use crate::habit::{OWN_DAYS, Usual, scale};
use crate::{Contributor, Finding};

/// Up to so many people in a day are never a finding.
pub const FLOOR: u64 = 200;
/// How much further than on its busiest day a key may go whose ways are hardly known yet, as a factor.
const BUSIEST: f64 = 5.0;

/// Attempts with a key from networks that it is not for: so many, of so many networks. All were refused.
pub fn elsewhere(attempts: u64, networks: &[u64]) -> Option<Finding> {
    if attempts == 0 {
        return None;
    }
    let parts = networks.iter().enumerate().map(|(at, count)| Contributor::new(format!("Network {}", at + 1), *count));
    let why = format!(
        "The key came {attempts} times within an hour from networks that it is not for, of which there were {}. It was \
         the right key each time, so somebody there has it. All were refused.",
        networks.len().max(1)
    );
    Some(Finding {
        observed: attempts as f64,
        expected: 0.0,
        bound: 0.0,
        sample: attempts,
        contributors: Finding::ranked(parts.collect()),
        why,
        advice:
            "Ask whoever runs the integration whether its machine moved. If not, the key is in other hands: contain \
                 it, make another, and look where the first one was kept."
                .to_owned(),
    })
}

/// A key that reads far more people in a day than on any day of its own; `own` are the days on which it read anybody.
pub fn bulk(today: u64, own: &[u64]) -> Option<Finding> {
    let days: Vec<f64> = own.iter().map(|day| scale(*day)).collect();
    let usual = Usual::of(&days, OWN_DAYS);
    let busiest = own.iter().copied().max().unwrap_or_default();
    let bound = usual.map_or(BUSIEST * busiest as f64, Usual::bound).max(FLOOR as f64);
    if today as f64 <= bound {
        return None;
    }
    let before = match own.len() {
        0 => "It never read anybody before".to_owned(),
        days => format!("On the {days} days on which it read anybody before, it read up to {busiest}"),
    };
    Some(Finding {
        observed: today as f64,
        expected: usual.map_or(0.0, Usual::middle),
        bound,
        sample: own.len() as u64,
        contributors: Vec::new(),
        why: format!(
            "The key read people {today} times today, where up to {bound:.0} are let pass. {before}. Reading one person \
             twice counts twice."
        ),
        advice: "Ask whoever runs the integration whether this was meant, such as a first synchronisation. If nobody \
                 knows of it, contain the key and ask who was touched."
            .to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_attempt_with_the_right_key_from_elsewhere_is_enough_and_none_is_nothing() {
        assert!(elsewhere(0, &[]).is_none());
        let found = elsewhere(5, &[1, 4]).expect("five attempts");
        assert_eq!((found.observed, found.bound), (5.0, 0.0));
        assert_eq!(found.contributors[0], Contributor::new("Network 2", 4));
        assert!(found.why.contains("All were refused"), "{}", found.why);
    }

    #[test]
    fn a_key_that_never_read_anybody_and_reads_hundreds_is_found() {
        let found = bulk(600, &[]).expect("a first bulk read");
        assert!(found.why.contains("It never read anybody before"), "{}", found.why);
        assert_eq!((found.observed, found.bound, found.sample), (600.0, 200.0, 0));
        assert!(bulk(200, &[]).is_none(), "the floor");
    }

    #[test]
    fn a_key_is_measured_by_its_own_days() {
        assert!(bulk(600, &[3, 5, 4]).is_some());
        assert!(bulk(600, &[210, 5, 4]).is_none(), "within five times its busiest day");
        assert!(bulk(9_000, &[8_000; 30]).is_none(), "a nightly synchronisation");
        assert!(bulk(40_000, &[8_000; 30]).is_some());
        let mut odd = vec![40; 20];
        odd[7] = 90_000;
        assert!(bulk(90_000, &odd).is_some(), "one odd day does not hide the next");
    }
}
