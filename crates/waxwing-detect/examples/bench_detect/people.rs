//! Made-up people with known troubles: insiders who take much on one day, and lists of passwords that are tried out.
//!
//! What it plays: eight people whose days differ by a factor of forty, each with a rhythm of their own; in every other
//! quarter one of them takes ten to eighty times as much on one day. Offices that mistype, up to three in ten
//! attempts, and in every other quarter a network that tries out a list. What it does not play: who takes a little
//! every day.

use crate::draw::poisson;
use crate::simulate::Tally;
use rand::RngExt as _;
use rand::rngs::StdRng;
use std::collections::BTreeMap;
use waxwing_detect::habit::{self, Day};
use waxwing_detect::login::guessing::{self, Attempts};

/// Working days of a quarter.
const DAYS: usize = 65;
/// Days before an insider takes anything.
const QUIET: usize = 20;

/// A quarter of people's days.
pub fn days(rng: &mut StdRng, tallies: &mut BTreeMap<&'static str, Tally>) {
    let usual: Vec<f64> = (0..8).map(|_| 10.0 * 40_f64.powf(rng.random())).collect();
    let trouble = rng.random::<bool>().then(|| (rng.random_range(0..8), rng.random_range(QUIET..DAYS)));
    let mut past: Vec<Vec<Day>> = vec![Vec::new(); usual.len()];
    let tally = tallies.entry("habit").or_default();
    let mut found = None;
    for at in 0..DAYS {
        for (who, mean) in usual.iter().enumerate() {
            let taken =
                if trouble == Some((who, at)) { (15.0 * mean).max(1_500.0) * rng.random_range(1.0..5.0) } else { 0.0 };
            let busy = rng.random_range(0.4..1.8);
            let people = poisson(rng, mean * busy + taken);
            let today = Day { people, ..Day::default() };
            let peers: Vec<u64> = past
                .iter()
                .enumerate()
                .filter(|(other, _)| *other != who)
                .flat_map(|(_, days)| days)
                .map(|day| day.people)
                .collect();
            let spoke = habit::look(&today, &past[who], &peers).is_some();
            match (spoke, taken > 0.0) {
                (true, true) => found = Some(0),
                (true, false) => tally.note(false, Some(0)),
                (false, _) => {}
            }
            past[who].push(today);
        }
    }
    tally.note(trouble.is_some(), found);
}

/// A quarter of attempts to sign in: offices, and perhaps a list that is tried out.
pub fn attempts(rng: &mut StdRng, tallies: &mut BTreeMap<&'static str, Tally>) {
    let tally = tallies.entry("stuffing").or_default();
    for _ in 0..600 {
        let refused = rng.random_range(0.02..0.3);
        if let Some(after) = tried(rng, 60, refused) {
            tally.note(false, Some(after));
        }
    }
    if rng.random::<bool>() {
        let refused = rng.random_range(0.9..1.0);
        let found = tried(rng, 400, refused);
        tally.note(true, found);
    }
}

/// After how many attempts of an hour the detector speaks, looking after each.
fn tried(rng: &mut StdRng, most: u64, refused: f64) -> Option<u64> {
    let mut seen = Attempts::default();
    let most = rng.random_range(1..=most).max(if refused > 0.5 { 100 } else { 1 });
    (0..most).find_map(|_| {
        seen.tried += 1;
        if rng.random::<f64>() < refused {
            seen.refused += 1;
            // An office has twenty people; a list has a new address each time.
            seen.accounts = if refused > 0.5 { seen.refused } else { seen.refused.min(20) };
        }
        guessing::stuffing(seen).is_some().then_some(seen.tried)
    })
}
