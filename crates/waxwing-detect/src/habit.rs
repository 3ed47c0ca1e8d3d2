//! A person's use of people's data against their own days and those of their peers.
//!
//! Promise: an alarm needs both: a day far beyond what this person does and far beyond what anybody does;
//! a new colleague is measured by the others alone, the busiest by themselves alone. Robust z-scores on
//! Anscombe's scale, so that one odd day in the past does not hide the next. Limit: whoever takes a little
//! every day stays within their habit; what was read outside the product is in no record.

use crate::{Contributor, Finding};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// A day lies so many spreads beyond the usual.
const BEYOND: f64 = 6.0;
/// Up to so many people in a day are never a finding.
pub const FLOOR: u64 = 200;
/// A person's own days say something from here on.
pub(crate) const OWN_DAYS: usize = 7;
/// The days of peers say something from here on.
const PEER_DAYS: usize = 10;
/// How much a day must exceed the usual at least, as a factor, however regular somebody is.
const FACTOR: f64 = 3.0;
/// How much the busiest twentieth of peers' days must be exceeded, as a factor.
const BUSIEST: f64 = 2.0;
/// How much further somebody may go whose own ways are not known yet, as a factor: the busiest are new once, too.
const NEWCOMER: f64 = 4.0;
/// The median absolute deviation of a normal distribution, in standard deviations.
const NORMAL: f64 = 0.674_489_75;

/// What somebody opened on one day.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Day {
    /// People, each time that one was opened.
    pub people: u64,
    /// The same by the hour of the day (UTC).
    pub hours: BTreeMap<u8, u64>,
    /// Lists and other things that they were opened by.
    pub sources: BTreeSet<i64>,
    /// The fields that were opened.
    pub fields: BTreeSet<u32>,
}

/// What is usual: the middle and the spread of days, on Anscombe's scale.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(crate) struct Usual {
    middle: f64,
    spread: f64,
}

impl Usual {
    pub(crate) fn of(days: &[f64], fewest: usize) -> Option<Self> {
        if days.len() < fewest {
            return None;
        }
        let middle = median(days.to_vec());
        let off: Vec<f64> = days.iter().map(|day| (day - middle).abs()).collect();
        Some(Self { middle, spread: (median(off) / NORMAL).max(1.0) })
    }

    /// The count in the middle.
    pub(crate) fn middle(self) -> f64 {
        back(self.middle)
    }

    /// The largest count that is let pass.
    pub(crate) fn bound(self) -> f64 {
        back(self.middle + BEYOND * self.spread).max(FACTOR * back(self.middle))
    }
}

pub(crate) fn scale(count: u64) -> f64 {
    2.0 * (count as f64 + 0.375).sqrt()
}

fn back(scaled: f64) -> f64 {
    ((scaled / 2.0).powi(2) - 0.375).max(0.0)
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    match values.len() {
        0 => 0.0,
        odd if odd % 2 == 1 => values[middle],
        _ => 0.5 * (values[middle - 1] + values[middle]),
    }
}

/// The count that the share `q` of days does not exceed; zero of nothing.
fn quantile(days: &[u64], q: f64) -> f64 {
    let mut days = days.to_vec();
    days.sort_unstable();
    let last = days.len().saturating_sub(1) as f64;
    days.get((last * q).round() as usize).map_or(0.0, |count| *count as f64)
}

/// Looks at what somebody opened today, against their own days and those of their peers on which anything
/// was opened.
pub fn look(today: &Day, own: &[Day], peers: &[u64]) -> Option<Finding> {
    let own_counts: Vec<f64> = own.iter().map(|day| scale(day.people)).collect();
    let own_usual = Usual::of(&own_counts, OWN_DAYS);
    let peer_usual = Usual::of(&peers.iter().map(|day| scale(*day)).collect::<Vec<_>>(), PEER_DAYS);
    // Colleagues differ by far more than a day does: beyond the busiest of them, not beyond the middle.
    let further = if own_usual.is_some() { 1.0 } else { NEWCOMER };
    let peer_bound = peer_usual.map(|usual| further * usual.bound().max(BUSIEST * quantile(peers, 0.95)));
    let bounds = own_usual.map(Usual::bound).into_iter().chain(peer_bound);
    let bound = bounds.max_by(f64::total_cmp)?.max(FLOOR as f64);
    if today.people as f64 <= bound {
        return None;
    }
    let expected = own_usual.or(peer_usual).map_or(0.0, Usual::middle);
    Some(Finding {
        observed: today.people as f64,
        expected,
        bound,
        sample: (own.len() + peers.len()) as u64,
        contributors: Finding::ranked(parts(today, own)),
        why: why(today, own, (expected, bound)),
        advice: "Look in the access record at what was opened, and ask the person, by another way than mail. \
                 If nobody expected it, end their sessions."
            .to_owned(),
    })
}

fn why(today: &Day, own: &[Day], (expected, bound): (f64, f64)) -> String {
    let mut why = format!(
        "{} people were opened today, where {expected:.0} are usual; the person's own days and those of their peers \
         let up to {bound:.0} pass.",
        today.people
    );
    let fields = today.fields.difference(&known(own, |day| &day.fields)).count();
    if fields > 0 && !own.is_empty() {
        why.push_str(&format!(" {fields} of the fields were never opened by this person before."));
    }
    let sources = today.sources.difference(&known(own, |day| &day.sources)).count();
    if sources > 1 && !own.is_empty() {
        why.push_str(&format!(" {sources} of the lists were new to them."));
    }
    if at_odd_hours(today, own) * 2 > today.people {
        why.push_str(" Most of it was at hours at which they never work.");
    }
    why
}

/// How many people were opened at hours at which this person never opened any, nor in the hours beside them.
fn at_odd_hours(today: &Day, own: &[Day]) -> u64 {
    if own.len() < OWN_DAYS {
        return 0;
    }
    let usual: BTreeSet<u8> = own
        .iter()
        .flat_map(|day| day.hours.keys())
        .flat_map(|hour| [(hour + 23) % 24, *hour, (hour + 1) % 24])
        .collect();
    today.hours.iter().filter(|(hour, _)| !usual.contains(hour)).map(|(_, people)| people).sum()
}

fn known<T: Copy + Ord>(own: &[Day], of: impl Fn(&Day) -> &BTreeSet<T>) -> BTreeSet<T> {
    own.iter().flat_map(|day| of(day).iter().copied()).collect()
}

fn parts(today: &Day, own: &[Day]) -> Vec<Contributor> {
    let part = |label: &str, count: u64| Contributor::new(label, count);
    let new = |number: usize| number as u64;
    vec![
        part("People", today.people),
        part("At hours outside work", at_odd_hours(today, own)),
        part("Lists and other sources", new(today.sources.len())),
        part("Fields never opened before", new(today.fields.difference(&known(own, |day| &day.fields)).count())),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(people: u64) -> Day {
        Day { people, sources: [1].into(), fields: [1, 2].into(), hours: [(9, people)].into() }
    }

    fn weeks(each: u64) -> Vec<Day> {
        (0..20).map(|at| day(each + at % 7)).collect()
    }

    #[test]
    fn a_person_who_opens_far_more_than_they_and_their_peers_do_is_found() {
        let today = Day {
            hours: [(9, 500), (23, 3_500)].into(),
            sources: (1..9).collect(),
            fields: [1, 2, 9].into(),
            ..day(4_000)
        };
        let found = look(&today, &weeks(40), &[30, 50, 80, 20, 60, 45, 55, 90, 33, 41]).expect("found");
        assert!(found.bound < 400.0 && found.observed == 4_000.0, "{found:?}");
        for words in ["4000 people were opened today", "1 of the fields", "7 of the lists", "hours at which they never"]
        {
            assert!(found.why.contains(words), "{words}: {}", found.why);
        }
    }

    #[test]
    fn who_always_does_much_is_no_finding_and_neither_is_a_busy_day() {
        assert!(look(&day(4_000), &weeks(3_500), &[30; 30]).is_none(), "support opens thousands every day");
        assert!(look(&day(110), &weeks(40), &[30; 30]).is_none());
        assert!(look(&day(190), &weeks(2), &[2; 30]).is_none(), "below the floor");
    }

    #[test]
    fn a_new_colleague_is_measured_by_the_others_and_the_first_of_all_by_nobody() {
        assert!(look(&day(2_000), &[], &[100; 30]).is_some());
        assert!(look(&day(150), &[], &[100; 30]).is_none());
        assert!(look(&day(90_000), &[], &[]).is_none(), "there is nothing to compare with yet");
    }

    #[test]
    fn one_odd_day_does_not_hide_the_next() {
        let mut own = weeks(40);
        own[3].people = 50_000;
        assert!(look(&day(50_000), &own, &[40; 30]).is_some());
    }
}
