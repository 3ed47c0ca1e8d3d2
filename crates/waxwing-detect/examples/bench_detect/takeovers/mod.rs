//! Takeovers from the first act to the last: somebody comes in with another's password, session or key, reads, and sends.
//!
//! Each quarter is a workspace of its own (`world`), in which a person and a key may be taken over (`thief`), and all
//! of the product's detectors that hear of such acts listen (`watch`). Noted as it is made is whose every act is; so it is
//! known of each takeover whether anything found it, which detector first, how long after the first act, and how many
//! people's data were handed out by then; and of each other alert whether it was about ordinary work or about
//! something rare that was meant.
//!
//! What it does not play: answers. Nobody stops a thief, so that each detector is judged on the whole of every plan, and
//! a second factor, which a strange sign-in is asked for, is taken as passed. Nor journeys that nobody can make,
//! complaints about the mail (the row `complaint`), or the seconds until the product looks: two for sign-ins and keys, up to
//! sixty for the rest.

mod team;
#[cfg(test)]
mod tests;
mod thief;
mod watch;
mod world;

use rand::SeedableRng as _;
use rand::rngs::StdRng;
use std::collections::BTreeMap;
use std::io::Write;
use thief::{Plan, Theft, Way};
use watch::Alarm;
use waxwing_detect::login::{Counts, Feature, Level, Observed};
use world::{Cause, DAY, DAYS, World};

/// Quarters of a year in a block, each with a seed of its own.
const QUARTERS: u64 = 60;
/// Days in which nobody knows anybody yet: what is said of them is not counted.
const LEARNING: i64 = 14;
/// Months that false alarms are counted over.
const MONTHS: f64 = QUARTERS as f64 * (DAYS - LEARNING) as f64 / 30.4;

/// What became of one takeover.
struct Case {
    theft: Theft,
    /// Which detector spoke first, and how many minutes after the first act.
    found: Option<(&'static str, u64)>,
    /// How many people's data were handed out until then, or in all.
    read: u64,
    /// In all.
    wanted: u64,
    /// How many messages had gone out until then, or in all.
    mailed: u64,
}

/// What a block shows.
pub struct Played {
    cases: Vec<Case>,
    /// Alerts about nobody who was taken over, by detector: about ordinary work, and about what is rarely done.
    vain: BTreeMap<&'static str, (u32, u32)>,
}

/// Plays the block that begins with `first`.
pub fn play(first: u64) -> Played {
    quarters(first, QUARTERS)
}

fn quarters(first: u64, how_many: u64) -> Played {
    let mut played = Played { cases: Vec::new(), vain: BTreeMap::new() };
    for seed in (0..how_many).map(|quarter| first.wrapping_add(quarter)) {
        let mut rng = StdRng::seed_from_u64(seed);
        let mut world = World::new(&mut rng);
        let thefts = thief::plan(&mut rng, &mut world);
        let alarms = watch::watch(&world);
        let judged = thefts.into_iter().enumerate().map(|(number, theft)| judge((number, theft), &world, &alarms));
        played.cases.extend(judged);
        for alarm in alarms.iter().filter(|alarm| alarm.at >= LEARNING * DAY) {
            let (ordinary, rare) = played.vain.entry(alarm.detector).or_default();
            match alarm.cause {
                Cause::Ordinary => *ordinary += 1,
                Cause::Rare => *rare += 1,
                Cause::Theft(_) => {}
            }
        }
    }
    played
}

/// Compares what was done with what was said.
fn judge((number, theft): (usize, Theft), world: &World, alarms: &[Alarm]) -> Case {
    let own = || world.acts.iter().filter(|act| act.cause == Cause::Theft(number));
    let begun = own().map(|act| act.at).min().unwrap_or_default();
    let first = alarms.iter().find(|alarm| alarm.cause == Cause::Theft(number));
    let until = first.map_or(i64::MAX, |alarm| alarm.at);
    Case {
        theft,
        found: first.map(|alarm| (alarm.detector, (alarm.at - begun).unsigned_abs())),
        read: own().filter(|act| act.at <= until).map(world::Act::read).sum(),
        wanted: own().map(world::Act::read).sum(),
        mailed: own().filter(|act| act.at <= until).map(world::Act::mailed).sum(),
    }
}

/// The figures of some takeovers.
struct Figures {
    cases: usize,
    found: usize,
    delay: [u64; 2],
    read: [u64; 2],
    /// Of everything that these thieves would read, the share that was handed out before anything was said.
    share: f64,
    mailed: u64,
}

impl Figures {
    fn of<'a>(cases: impl Iterator<Item = &'a Case>) -> Self {
        let cases: Vec<&Case> = cases.collect();
        let delays: Vec<u64> = cases.iter().filter_map(|case| case.found).map(|(_, delay)| delay).collect();
        let reads: Vec<u64> = cases.iter().map(|case| case.read).collect();
        let wanted: u64 = cases.iter().map(|case| case.wanted).sum();
        Self {
            cases: cases.len(),
            found: delays.len(),
            share: reads.iter().sum::<u64>() as f64 / wanted.max(1) as f64,
            mailed: middle_and_most(cases.iter().map(|case| case.mailed).collect())[0],
            delay: middle_and_most(delays),
            read: middle_and_most(reads),
        }
    }
}

/// The middle, and what nine of ten do not exceed.
fn middle_and_most(mut values: Vec<u64>) -> [u64; 2] {
    values.sort_unstable();
    [0.5, 0.9].map(|share| {
        let at = (share * values.len().saturating_sub(1) as f64).round() as usize;
        values.get(at).copied().unwrap_or_default()
    })
}

/// Plays a block and prints what became of its takeovers.
pub fn print(out: &mut impl Write, (first, what): (u64, &str)) -> std::io::Result<()> {
    let played = play(first);
    writeln!(
        out,
        "takeovers: {QUARTERS} quarters of a workspace of ten people and six keys, from seed {first} ({what})"
    )?;
    let head = ["", "cases", "found", "minutes", "most", "read before", "most", "share", "mailed"];
    let [a, b, c, d, e, f, g, h, i] = head;
    writeln!(out, "  {a:<20} {b:>5} {c:>6} {d:>8} {e:>6} {f:>12} {g:>7} {h:>6} {i:>7}")?;
    for way in Way::ALL {
        line(out, way.as_str(), Figures::of(played.cases.iter().filter(|case| case.theft.way == way)))?;
    }
    for plan in Plan::ALL {
        line(out, plan.as_str(), Figures::of(played.cases.iter().filter(|case| case.theft.plan == plan)))?;
    }
    line(out, "all", Figures::of(played.cases.iter()))?;
    said(out, &played)?;
    writeln!(
        out,
        "  (minutes from the first act; people read and messages sent until something was said, else in all; the middle, \
         and what nine of ten do not exceed; share: of what these thieves read in all)"
    )
}

fn line(out: &mut impl Write, name: &str, of: Figures) -> std::io::Result<()> {
    let Figures { cases, found, delay: [delay, late], read: [read, much], share, mailed } = of;
    let found = found as f64 / cases.max(1) as f64;
    writeln!(
        out,
        "  {name:<20} {cases:>5} {found:>6.3} {delay:>8} {late:>6} {read:>12} {much:>7} {share:>6.3} {mailed:>7}"
    )
}

/// Which detector spoke first how often, and how often each spoke in vain.
fn said(out: &mut impl Write, played: &Played) -> std::io::Result<()> {
    writeln!(
        out,
        "  {:<20} {:>11} {:>31} {:>31}",
        "detector", "spoke first", "in vain a month: ordinary work", "rare work"
    )?;
    for (detector, (ordinary, rare)) in &played.vain {
        let first = played.cases.iter().filter(|case| case.found.is_some_and(|(word, _)| word == *detector)).count();
        let [ordinary, rare] = [ordinary, rare].map(|vain| f64::from(*vain) / MONTHS);
        writeln!(out, "  {detector:<20} {first:>11} {ordinary:>31.3} {rare:>31.3}")?;
    }
    Ok(())
}
