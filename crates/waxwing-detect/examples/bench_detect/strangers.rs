//! Made-up strangers: bots that sign other people up, addresses that are tried out, and taken-over senders.
//!
//! What it plays: hours of networks from which families and offices sign up, and in every other quarter a bot;
//! people who join a few lists, and in every other quarter one who is bombed with requests; offices that mistype
//! an address, and in every other quarter a list of addresses that is tried out; campaigns whose sender links to a
//! new shop of their own now and then, and in every other quarter one that somebody else wrote. What it does not play:
//! a stand at a fair with one machine for everybody, and bots with a new network for each address.

use crate::draw::poisson;
use crate::simulate::Tally;
use rand::RngExt as _;
use rand::rngs::StdRng;
use std::collections::{BTreeMap, BTreeSet};
use waxwing_detect::bots::{self, Asked};
use waxwing_detect::login::guessing::{self, Attempts};
use waxwing_detect::swap::{self, Identity};

/// Networks and people of a quarter that sign up.
const HOURS: usize = 300;
/// Campaigns of a quarter.
const CAMPAIGNS: usize = 120;

/// A quarter of sign-ups.
pub fn signups(rng: &mut StdRng, tallies: &mut BTreeMap<&'static str, Tally>) {
    let place = tallies.entry("place").or_default();
    for _ in 0..HOURS {
        let mean = rng.random_range(0.5..4.0);
        let addresses = poisson(rng, mean);
        if let Some(after) = placed(addresses, 0) {
            place.note(false, Some(after));
        }
    }
    if rng.random::<bool>() {
        let trapped = if rng.random::<bool>() { rng.random_range(1..20) } else { 0 };
        place.note(true, placed(rng.random_range(15..300), trapped));
    }
    let bombs = tallies.entry("bombs").or_default();
    for _ in 0..HOURS {
        let lists = 1 + poisson(rng, 0.2);
        if let Some(after) = bombed(lists) {
            bombs.note(false, Some(after));
        }
    }
    if rng.random::<bool>() {
        bombs.note(true, bombed(rng.random_range(6..60)));
    }
}

/// After how many requests of a network the detector speaks.
fn placed(addresses: u64, trapped: u64) -> Option<u64> {
    (1..=addresses).find(|seen| bots::place(Asked { requests: *seen, addresses: *seen, trapped }).is_some())
}

/// After how many requests for one address it speaks.
fn bombed(lists: u64) -> Option<u64> {
    (1..=lists).find(|seen| bots::target(*seen, *seen).is_some())
}

/// A quarter of attempts to sign in at addresses that nobody has.
pub fn addresses(rng: &mut StdRng, tallies: &mut BTreeMap<&'static str, Tally>) {
    let tally = tallies.entry("addresses").or_default();
    for _ in 0..600 {
        let mistyped = rng.random_range(0.0..0.12);
        let most = rng.random_range(1..60);
        if let Some(after) = tried(rng, most, mistyped) {
            tally.note(false, Some(after));
        }
    }
    if rng.random::<bool>() {
        let (most, unknown) = (rng.random_range(60..400), rng.random_range(0.6..1.0));
        let found = tried(rng, most, unknown);
        tally.note(true, found);
    }
}

/// After how many attempts it speaks, looking after each; whoever is unknown is another each time.
fn tried(rng: &mut StdRng, most: u64, share: f64) -> Option<u64> {
    let mut seen = Attempts::default();
    (0..most).find_map(|_| {
        let unknown = u64::from(rng.random::<f64>() < share);
        seen.tried += 1;
        (seen.refused, seen.unknown) = (seen.refused + unknown, seen.unknown + unknown);
        (seen.accounts, seen.strangers) = (seen.accounts + unknown, seen.strangers + unknown);
        guessing::enumeration(seen).is_some().then_some(seen.tried)
    })
}

/// A quarter of campaigns of one sender.
pub fn senders(rng: &mut StdRng, tallies: &mut BTreeMap<&'static str, Tally>) {
    let tally = tallies.entry("swap").or_default();
    let stolen = rng.random::<bool>().then(|| rng.random_range(10..CAMPAIGNS));
    let mut shops: BTreeSet<String> = BTreeSet::from(["larkfield.example".to_owned()]);
    let mut past: Vec<Identity> = Vec::new();
    for at in 0..CAMPAIGNS {
        if rng.random::<f64>() < 0.002 {
            shops.insert(format!("shop-{at}.example"));
        }
        let mut now = Identity { from: "larkfield.example".into(), links: shops.clone(), postal: "1".into() };
        if stolen == Some(at) {
            change(rng, &mut now);
        }
        let spoke = swap::look(&now, &past).map(|_| 0);
        if stolen == Some(at) {
            tally.note(true, spoke);
        } else {
            tally.note(false, spoke);
            past.push(now);
        }
    }
}

/// What a thief changes first: where links lead, whose name it carries, or both.
fn change(rng: &mut StdRng, of: &mut Identity) {
    let which = rng.random_range(0..3);
    if which != 0 {
        of.links.insert("pay-here.example".into());
    }
    if which != 1 {
        of.from = "1arkfield.example".into();
    }
}
