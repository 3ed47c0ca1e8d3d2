//! Made-up letters that providers refuse or people leave by, and imports whose addresses do not exist.
//!
//! What it plays: four lists; one campaign in twenty is refused for its content, another in twenty drives people
//! away who did not expect it; one import in ten was bought. What it does not play: people who leave a week later.

use crate::simulate::{Tally, send};
use rand::RngExt as _;
use rand::rngs::StdRng;
use std::collections::BTreeMap;
use waxwing_detect::rate::{Baseline, Signal, Trials};

/// Lists of the installation.
const LISTS: usize = 4;
/// Campaigns of a list in a quarter.
const CAMPAIGNS: usize = 30;
/// Imports into a list in a quarter.
const IMPORTS: usize = 5;

/// A quarter of campaigns that are refused or left.
pub fn campaigns(rng: &mut StdRng, tallies: &mut BTreeMap<&'static str, Tally>) {
    for _ in 0..LISTS {
        let mut history: [Vec<Trials>; 2] = Default::default();
        for _ in 0..CAMPAIGNS {
            let (blocked, unexpected) = (rng.random::<f64>() < 0.05, rng.random::<f64>() < 0.05);
            let refused = if blocked { rng.random_range(0.1..0.6) } else { rng.random_range(0.0005..0.01) };
            let left = if unexpected { rng.random_range(0.06..0.3) } else { rng.random_range(0.0005..0.006) };
            let size = rng.random_range(1_000..20_000);
            let played = [(Signal::Refusal, refused, blocked), (Signal::Unsubscribe, left, unexpected)];
            for (at, (signal, rate, trouble)) in played.into_iter().enumerate() {
                let (outcome, spoke) = send(rng, signal, &Baseline::learn(signal, &history[at]), (size, rate));
                tallies.entry(signal.as_str()).or_default().note(trouble, spoke);
                history[at].push(outcome);
            }
        }
    }
}

/// A quarter of imports, each judged by the first letter to its people against the history of their list.
pub fn imports(rng: &mut StdRng, tallies: &mut BTreeMap<&'static str, Tally>) {
    let tally = tallies.entry("imports").or_default();
    for _ in 0..LISTS {
        let history: Vec<Trials> = (0..CAMPAIGNS)
            .map(|_| {
                let sent = rng.random_range(1_000..20_000);
                Trials { sent, bad: (sent as f64 * rng.random_range(0.002..0.012)) as u64 }
            })
            .collect();
        let baseline = Baseline::learn(Signal::Bounce, &history);
        for _ in 0..IMPORTS {
            let bought = rng.random::<f64>() < 0.1;
            let missing = if bought { rng.random_range(0.1..0.4) } else { rng.random_range(0.002..0.015) };
            let size = rng.random_range(200..3_000);
            tally.note(bought, send(rng, Signal::Bounce, &baseline, (size, missing)).1);
        }
    }
}
