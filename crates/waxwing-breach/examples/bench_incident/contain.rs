//! Containment under load: seconds from the confirmation until nothing from before is honoured, seen from outside.
//!
//! On one node with the embedded database, and on two nodes that share a PostgreSQL, while mail leaves.

use crate::Outcome;
use crate::siege::{self, Plan, Seen};
use std::time::Duration;

/// What was asked for: from the confirmation, for each kind.
const ASKED: Duration = Duration::from_secs(2);
/// Messages a minute that are to be leaving meanwhile.
const RATE: f64 = 10_000.0;

/// Prints the figures; says whether all were met.
pub async fn measure(people: usize) -> Outcome<bool> {
    let one = Plan { people, nodes: 1, postgres: None, slowness: Duration::from_millis(1) };
    let mut met = tell("one node, embedded database", &siege::run(&one).await?);
    match waxwing_testkit::store::fresh_postgres().await {
        Some(url) => {
            let two = Plan { nodes: 2, postgres: Some(url), ..one };
            met &= tell("two nodes, one PostgreSQL", &siege::run(&two).await?);
        }
        None => println!("two nodes: not measured, for there is no PostgreSQL"),
    }
    Ok(met)
}

fn tell(words: &str, seen: &Seen) -> bool {
    let mut met = verdict(seen.a_minute >= RATE);
    println!("containment, {words}: {:.0} messages a minute before ({}, asked for: {RATE:.0})", seen.a_minute, met.1);
    println!("  `contain` returned after {:.2} s", seen.returned.as_secs_f64());
    for (kind, count, last) in &seen.kinds {
        let (good, word) = verdict(*last <= ASKED);
        println!(
            "  {}: honoured {count} times, the last {:.2} s after the confirmation ({word}, asked for: {} s)",
            kind.words(),
            last.as_secs_f64(),
            ASKED.as_secs()
        );
        met.0 &= good;
    }
    met.0
}

const fn verdict(good: bool) -> (bool, &'static str) {
    (good, if good { "met" } else { "missed" })
}
