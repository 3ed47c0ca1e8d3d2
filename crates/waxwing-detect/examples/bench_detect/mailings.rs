//! Made-up visits of the links in mailings, with known machines among them.
//!
//! What it plays, each mailing with one network of each kind: a company whose scanner opens both links of every
//! message as it comes, with or without a browser's name, and whose people come later; a privacy proxy that opens
//! many people's links whenever they read; a class that opens one letter within ten minutes, at times as it comes;
//! an office; a household. What it does not play: scanners that wait, or that change their network for each message.

use crate::simulate::Tally;
use rand::RngExt as _;
use rand::rngs::StdRng;
use std::collections::BTreeMap;
use waxwing_detect::clicks::{self, Seen, Visit};

/// Mailings of a quarter.
const MAILINGS: usize = 30;
/// Links of a message.
const LINKS: u8 = 2;

/// A quarter of mailings.
pub fn visits(rng: &mut StdRng, tallies: &mut BTreeMap<&'static str, Tally>) {
    let tally = tallies.entry("clicks").or_default();
    for _ in 0..MAILINGS {
        if rng.random::<f64>() < 0.3 {
            let scanned = company(rng);
            tally.note(true, spoke(&scanned));
        }
        for people in [proxy(rng), class(rng), office(rng), household(rng)] {
            if let Some(after) = spoke(&people) {
                tally.note(false, Some(after));
            }
        }
    }
}

/// After how many visits the detector speaks, looking every ten.
fn spoke(visits: &[Visit]) -> Option<u64> {
    let looks = (10..=visits.len()).step_by(10).chain([visits.len()]);
    let found = |seen: &usize| clicks::scanner(Seen::of(&visits[..*seen], usize::from(LINKS))).is_some();
    looks.into_iter().find(found).map(|seen| seen as u64)
}

fn visit(person: u64, link: u8, after: i64) -> Visit {
    Visit { person, link, after: Some(after), hidden: false, nameless: false, pressed: false }
}

fn company(rng: &mut StdRng) -> Vec<Visit> {
    let (people, nameless) = (rng.random_range(15..200), rng.random::<bool>());
    let mut all = Vec::new();
    for person in 0..people {
        let after = rng.random_range(1..45);
        // A twentieth of the messages waits in a queue of its own.
        let after = if rng.random::<f64>() < 0.05 { after + 600 } else { after };
        all.extend((0..LINKS).map(|link| Visit { nameless, ..visit(person, link, after) }));
        if rng.random::<f64>() < 0.04 {
            let pressed = rng.random::<bool>();
            all.push(Visit { pressed, ..visit(person, 0, rng.random_range(120..20_000)) });
        }
    }
    all
}

fn proxy(rng: &mut StdRng) -> Vec<Visit> {
    let people = rng.random_range(20..400);
    // Some read at once, most within the day.
    let after = |rng: &mut StdRng| if rng.random::<f64>() < 0.05 { 30 } else { rng.random_range(60..60_000) };
    (0..people).map(|person| visit(person, rng.random_range(0..LINKS), after(rng))).collect()
}

fn class(rng: &mut StdRng) -> Vec<Visit> {
    let (people, begins) = (rng.random_range(15..35), if rng.random::<f64>() < 0.2 { 0 } else { 4_000 });
    let after = |rng: &mut StdRng| begins + rng.random_range(5..600);
    let pressed = |rng: &mut StdRng| rng.random::<f64>() < 0.05;
    (0..people).map(|person| Visit { pressed: pressed(rng), ..visit(person, 0, after(rng)) }).collect()
}

fn office(rng: &mut StdRng) -> Vec<Visit> {
    let people = rng.random_range(5..40);
    (0..people).map(|person| visit(person, rng.random_range(0..LINKS), rng.random_range(10..30_000))).collect()
}

fn household(rng: &mut StdRng) -> Vec<Visit> {
    let people = rng.random_range(1..5);
    (0..people).flat_map(|person| (0..LINKS).map(move |link| visit(person, link, 20))).collect()
}
