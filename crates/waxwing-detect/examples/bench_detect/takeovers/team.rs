//! Made-up people who sign in: shared by the simulations and the tests of sign-ins.

use super::{Counts, Feature, Level, Observed};
use rand::RngExt as _;
use rand::rngs::StdRng;
use std::collections::HashMap;

const BROWSERS: [&str; 6] = [
    "Chrome on Windows",
    "Firefox on Linux",
    "Safari on macOS",
    "Edge on Windows",
    "Chrome on Android",
    "Safari on iPhone",
];

/// How often each value of each level was seen, of one person or of everybody.
#[derive(Clone, Default)]
pub struct Habits(HashMap<(usize, String), f64>);

impl Habits {
    /// Learns a sign-in.
    pub fn add(&mut self, seen: &Seen) {
        for (level, value, _) in seen.0.iter().flat_map(|(_, levels)| levels) {
            *self.0.entry((*level, value.clone())).or_default() += 1.0;
        }
    }

    fn counts(&self, level: usize, value: &str) -> Counts {
        let of_level = || self.0.iter().filter(|((of, _), _)| *of == level);
        Counts {
            same: self.0.get(&(level, value.to_owned())).copied().unwrap_or_default(),
            total: of_level().map(|(_, seen)| seen).sum(),
            kinds: of_level().count() as f64,
        }
    }
}

/// The levels of a feature, each with its number, value and base.
type Levels = Vec<(usize, String, f64)>;

/// What a sign-in shows.
#[derive(Clone)]
pub struct Seen(Vec<(Feature, Levels)>);

/// What is known besides the network itself.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Knowing {
    /// Networks alone.
    Networks,
    /// Providers and countries too.
    Atlas,
}

/// What is known of places, and whether browsers keep a cookie.
pub type How = (Knowing, bool);

/// A sign-in from this network at this hour.
pub fn seen([a, b, c]: [u8; 3], browser: &str, hour: i64, device: u32, (knowing, cookies): How) -> Seen {
    let near = (0, format!("{a}.{b}.{c}"), 1.0 / 256.0);
    let place = match knowing {
        Knowing::Networks => vec![near, (1, format!("{a}.{b}"), 1.0 / 65_536.0)],
        // Providers hold a sixteenth of what begins alike, countries eight such beginnings.
        Knowing::Atlas => vec![near, (2, format!("{a}.{}", b / 16), 0.01), (3, (a / 8).to_string(), 0.02)],
    };
    let system = browser.rsplit_once(" on ").map_or(browser, |(_, system)| system);
    let browser = vec![(4, browser.to_owned(), 0.2), (5, system.to_owned(), 1.0 / 6.0)];
    let hours =
        vec![(6, hour.rem_euclid(168).to_string(), 1.0 / 21.0), (7, (hour.rem_euclid(24) / 6).to_string(), 0.125)];
    let mut all = vec![(Feature::Place, place), (Feature::Browser, browser), (Feature::Hour, hours)];
    if cookies {
        all.push((Feature::Device, vec![(8, device.to_string(), 0.001)]));
    }
    Seen(all)
}

/// The same beside what is known of its person and of everybody.
pub fn observed(seen: &Seen, own: &Habits, all: &Habits) -> Vec<Observed> {
    let level = |(level, value, base): &(usize, String, f64)| Level {
        own: own.counts(*level, value),
        all: all.counts(*level, value),
        base: *base,
    };
    let one = |(feature, levels): &(Feature, Vec<_>)| Observed {
        feature: *feature,
        levels: levels.iter().map(level).collect(),
    };
    seen.0.iter().map(one).collect()
}

/// A person who signs in from home, from the office and on the road.
pub struct Someone {
    /// The network at home.
    pub home: [u8; 3],
    mobile: [u8; 2],
    /// Browsers, and what each was marked with; the first is used most.
    pub devices: [(&'static str, u32); 2],
    begins: i64,
}

impl Someone {
    /// Whoever chance makes.
    pub fn new(rng: &mut StdRng) -> Self {
        Self {
            home: [rng.random_range(60..99), rng.random(), rng.random()],
            mobile: [rng.random_range(100..110), rng.random_range(0..4)],
            devices: [
                (BROWSERS[rng.random_range(0..4)], rng.random()),
                (BROWSERS[rng.random_range(4..6)], rng.random()),
            ],
            begins: rng.random_range(6..10),
        }
    }

    /// The sign-in of a day, with the hour at which it is.
    pub fn sign_in(&mut self, rng: &mut StdRng, day: i64, how: How) -> (i64, Seen) {
        let network = match rng.random_range(0..100) {
            0..40 => self.home,
            40..84 => [50, 1, 7],
            84..98 => [self.mobile[0], self.mobile[1], rng.random()],
            _ => [rng.random_range(1..223), rng.random(), rng.random()],
        };
        let which = usize::from(rng.random_range(0..5) == 0);
        if rng.random_range(0..30) == 0 {
            self.devices[which].1 = rng.random();
        }
        let (browser, device) = self.devices[which];
        let hour = day * 24 + rng.random_range(self.begins..self.begins + 11);
        (hour, seen(network, browser, hour, device, how))
    }
}

/// Somebody else with the right password: from any network, with the commonest browser.
pub fn attack(rng: &mut StdRng, hour: impl FnOnce(&mut StdRng) -> i64, how: How) -> Seen {
    let network = [rng.random_range(1..223), rng.random(), rng.random()];
    let device = if how.1 { rng.random() } else { 0 };
    seen(network, BROWSERS[0], hour(rng), device, how)
}
