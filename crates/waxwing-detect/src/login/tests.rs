//! A made-up team with known attackers: who is asked, and who is not.
//!
//! What it plays: twelve people over sixty days, at home and in one office, one in seven sign-ins on the
//! road with a provider's ever new networks, one in fifty somewhere never seen; two devices each, one browser
//! in thirty cleared of its cookies. An attacker with the right password comes once a day for each of them, from
//! any network, with the commonest browser, at working hours. What it does not play: attackers who sit in
//! the person's own network or stole the device.

use super::*;
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};

#[path = "../../examples/bench_detect/takeovers/team.rs"]
mod team;
use team::{Habits, How, Knowing, Seen, Someone, attack, observed};

/// The shares of attackers and of people that are asked, after two weeks of learning.
fn play(seed: u64, how: How) -> (f64, f64) {
    let mut rng = StdRng::seed_from_u64(seed);
    let mut people: Vec<Someone> = (0..12).map(|_| Someone::new(&mut rng)).collect();
    let mut own = vec![Habits::default(); people.len()];
    let mut all = Habits::default();
    let (mut asked, mut stopped, mut days) = (0_u32, 0_u32, 0_u32);
    for day in 20_000..20_060 {
        for (person, own) in people.iter_mut().zip(&mut own) {
            let strange = |seen: &Seen, own: &Habits, all: &Habits| {
                weigh(&observed(seen, own, all), &Circumstances::default()).is_strange()
            };
            let theirs = attack(&mut rng, |rng| day * 24 + rng.random_range(8..18), how);
            let (_, now) = person.sign_in(&mut rng, day, how);
            if day >= 20_014 {
                days += 1;
                stopped += u32::from(strange(&theirs, own, &all));
                asked += u32::from(strange(&now, own, &all));
            }
            own.add(&now);
            all.add(&now);
        }
    }
    (f64::from(stopped) / f64::from(days), f64::from(asked) / f64::from(days))
}

/// Invariants: an attacker with the right password is asked 98 times in a hundred; people who roam are asked
/// in at most 3.5 sign-ins of a hundred, as means over seeds; whatever is known of places and devices.
#[test]
#[expect(clippy::print_stdout, reason = "the rates are what a person who runs it wants to see")]
fn attackers_with_the_right_password_are_asked_and_people_who_roam_hardly_ever() {
    for how in [(Knowing::Networks, false), (Knowing::Atlas, false), (Knowing::Networks, true), (Knowing::Atlas, true)]
    {
        let runs: Vec<(f64, f64)> = (0..6).map(|seed| play(20_261_122 + seed, how)).collect();
        let mean = |of: fn(&(f64, f64)) -> f64| runs.iter().map(of).sum::<f64>() / runs.len() as f64;
        let (stopped, asked) = (mean(|run| run.0), mean(|run| run.1));
        println!("{how:?}: true positive rate {stopped:.3}, false positive rate {asked:.3}");
        assert!(stopped >= 0.98, "{how:?}: only {stopped} of attackers");
        assert!(asked <= 0.035, "{how:?}: {asked} of people");
    }
}

fn usual(feature: Feature) -> Observed {
    let counts = Counts { same: 30.0, total: 30.0, kinds: 1.0 };
    Observed { feature, levels: vec![Level { own: counts, all: counts, base: 0.01 }] }
}

fn new(feature: Feature) -> Observed {
    let counts = Counts { same: 0.0, total: 30.0, kinds: 1.0 };
    Observed { feature, levels: vec![Level { own: counts, all: counts, base: 0.01 }] }
}

#[test]
fn every_reason_is_said_in_words() {
    let circumstances = Circumstances {
        idle_days: Some(120),
        journey: Some(Journey { kilometres: 8_214.0, hours: 1.5 }),
        around: Attempts { tried: 14, refused: 13, unknown: 9, accounts: 11, strangers: 8 },
    };
    let found = weigh(&[new(Feature::Place), usual(Feature::Browser), new(Feature::Device)], &circumstances);
    let said = found.reasons.join(" ");
    for words in
        ["this network", "this device", "not used for 120 days", "at least 8200 km", "13 attempts", "9 of them"]
    {
        assert!(said.contains(words), "{words}: {said}");
    }
    assert!(found.is_strange() && !said.contains("browser"), "{found:?}");
}

#[test]
fn nothing_speaks_against_a_first_sign_in_and_nothing_makes_up_for_everything() {
    assert_eq!(weigh(&[], &Circumstances::default()), Assessment::default());
    let dear = Observed {
        feature: Feature::Device,
        levels: vec![Level {
            own: Counts { same: 500.0, total: 500.0, kinds: 1.0 },
            all: Counts { same: 0.0, total: 90_000.0, kinds: 1.0 },
            base: 1e-6,
        }],
    };
    assert_eq!(weigh(&[dear], &Circumstances::default()).score, BEST);
}
