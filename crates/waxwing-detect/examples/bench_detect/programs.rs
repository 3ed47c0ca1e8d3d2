//! Made-up API keys and lists with known troubles: a key in other hands, and a list that is worse than it looks.
//!
//! What it plays: six keys, from one that looks up some people an hour to a nightly synchronisation; in every other quarter
//! one that is for few takes everybody on one day. Six lists whose campaigns are small, so that hardly one of them says
//! anything alone; in every other quarter one list is stale. What it does not play: the first run of a new
//! synchronisation, which is told, and is meant; a thief who takes no more in a day than the key always does.

use crate::draw::poisson;
use crate::simulate::Tally;
use rand::RngExt as _;
use rand::rngs::StdRng;
use std::collections::BTreeMap;
use waxwing_detect::rate::{Signal, Trials};
use waxwing_detect::{Contributor, keys, lists};

/// Days of a quarter.
const DAYS: usize = 91;
/// Days before a thief takes anything.
const QUIET: usize = 14;
/// What the keys read in a day.
const READS: [f64; 6] = [0.0, 4.0, 40.0, 150.0, 900.0, 8_000.0];
/// Campaigns of a list in a quarter.
const CAMPAIGNS: usize = 13;

/// A quarter of what keys read.
pub fn reads(rng: &mut StdRng, tallies: &mut BTreeMap<&'static str, Tally>) {
    let tally = tallies.entry("key").or_default();
    // Who looks up a few people; a synchronisation may read everybody.
    let trouble = rng.random::<bool>().then(|| (rng.random_range(0..4), rng.random_range(QUIET..DAYS)));
    let mut found = None;
    for (key, mean) in READS.into_iter().enumerate() {
        let mut own: Vec<u64> = Vec::new();
        for day in 0..DAYS {
            let stolen = trouble == Some((key, day));
            let taken = if stolen { rng.random_range(1_000..40_000) } else { 0 };
            let usual = mean * rng.random_range(0.5..1.5);
            let today = poisson(rng, usual) + taken;
            // The first days of a key teach what it is for.
            let spoke = day > 0 && keys::bulk(today, &own).is_some();
            match (spoke, stolen) {
                (true, true) => found = Some(0),
                (true, false) => tally.note(false, Some(0)),
                (false, _) => {}
            }
            if today > 0 {
                own.push(today);
            }
        }
    }
    tally.note(trouble.is_some(), found);
}

/// A quarter of small campaigns of six lists.
pub fn campaigns(rng: &mut StdRng, tallies: &mut BTreeMap<&'static str, Tally>) {
    let tally = tallies.entry("list").or_default();
    let stale = rng.random::<bool>().then(|| rng.random_range(0..6));
    let mut sent: Vec<Vec<(Contributor, Trials)>> = vec![Vec::new(); 6];
    let usual: Vec<f64> = (0..6).map(|_| rng.random_range(0.002..0.012)).collect();
    let mut told = [None; 6];
    for campaign in 0..CAMPAIGNS {
        for list in 0..6 {
            let size = rng.random_range(60..600);
            let usual = usual[list] * rng.random_range(0.5..1.8);
            let rate = if stale == Some(list) { rng.random_range(0.05..0.1) } else { usual };
            let bad = (0..size).filter(|_| rng.random::<f64>() < rate).count() as u64;
            sent[list].insert(0, (Contributor::new("A campaign", 0), Trials { sent: size, bad }));
        }
        for list in 0..6 {
            let others = sent.iter().enumerate().filter(|(other, _)| *other != list).flat_map(|(_, sent)| sent);
            let others: Vec<Trials> = others.map(|(_, trials)| *trials).collect();
            if told[list].is_none() && lists::look(Signal::Bounce, &sent[list], &others).is_some() {
                told[list] = Some(campaign as u64 + 1);
            }
        }
    }
    for (list, spoke) in told.into_iter().enumerate() {
        let trouble = stale == Some(list);
        if trouble || spoke.is_some() {
            tally.note(trouble, spoke);
        }
    }
}
