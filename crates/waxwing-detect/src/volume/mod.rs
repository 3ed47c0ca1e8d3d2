//! Counts an hour: messages sent, programs' requests, exports, sign-ups, sign-ins that were refused.
//!
//! Two questions, each with its own answer: is this hour far beyond what its hour of the week
//! usually brings ([`look`])? And did a week creep away from the weeks before ([`drift`])? The first
//! catches a burst, the second what is kept low to stay unseen.
//!
//! Promise: a baseline of medians, so that past bursts do not teach it to expect bursts; short
//! histories borrow from the hour of the day and from all hours. Limit: it is silent for its first
//! [`LEARNING`] hours, and a count below the floor of its flow is never a finding.

mod baseline;
#[cfg(test)]
mod tests;

pub use baseline::{Baseline, Expected};

use crate::Finding;

/// Hours of history before a burst is told.
pub const LEARNING: usize = 72;
/// Hours of history that a baseline looks at: eight weeks.
pub const HISTORY: usize = 8 * WEEK;
/// The hours of a week.
pub const WEEK: usize = 168;
/// A burst lies so many spreads above what its hour of the week brings. Counts that are Poisson
/// pass 6 once in a thousand million hours; real ones have heavier tails.
const BURST: f64 = 6.0;
/// How far beyond the expected an hour must lie to add to the drift, in spreads.
const ALLOWANCE: f64 = 1.0;
/// No hour adds more than this to the drift: a burst is not a drift.
const MOST: f64 = 3.0;
/// The sum at which a drift is told: a day of hours three spreads too high, or three of hours 1.7.
const DRIFT: f64 = 48.0;
/// How much a count must exceed the expected at least, as a factor, however regular the flow is.
const FACTOR: f64 = 2.0;

/// What is counted.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub enum Flow {
    /// Messages that relays accepted.
    Sent,
    /// Times that personal data was handed to a program.
    ApiReads,
    /// Exports that were begun.
    Exports,
    /// Times that somebody asked to sign up.
    Signups,
    /// Sign-ins that were refused.
    Refused,
}

impl Flow {
    /// Every one.
    pub const ALL: [Flow; 5] = [Flow::Sent, Flow::ApiReads, Flow::Exports, Flow::Signups, Flow::Refused];

    /// The stable word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Sent => "sent",
            Self::ApiReads => "api_reads",
            Self::Exports => "exports",
            Self::Signups => "signups",
            Self::Refused => "refused",
        }
    }

    /// Reads the stable word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|flow| flow.as_str() == word)
    }

    /// Up to this many in an hour is never a finding.
    pub const fn floor(self) -> u64 {
        match self {
            Self::Sent => 1_000,
            Self::ApiReads => 100,
            Self::Exports => 3,
            Self::Signups => 30,
            Self::Refused => 40,
        }
    }

    const fn noun(self) -> &'static str {
        match self {
            Self::Sent => "messages were sent",
            Self::ApiReads => "times personal data went to programs",
            Self::Exports => "exports were begun",
            Self::Signups => "sign-ups were asked for",
            Self::Refused => "sign-ins were refused",
        }
    }

    const fn advice(self) -> &'static str {
        match self {
            Self::Sent => {
                "Ask whether somebody on the team ordered this. If nobody did, pause it, and look at who \
                           signed in and which keys were used."
            }
            Self::ApiReads => {
                "Look in the access record at which key reads, and whom. Revoke a key that nobody \
                               expects to read so much."
            }
            Self::Exports => "Look at who exports what, and why. Ask them, by another way than mail.",
            Self::Signups => {
                "Look where they come from. A flood of sign-ups is often bots that bomb the addresses \
                              they type; forms ask for confirmation, but each request sends a mail."
            }
            Self::Refused => {
                "Somebody may try out passwords, spread over many places. Look whether a sign-in went through \
                              that its person does not know, and ask for second factors."
            }
        }
    }
}

/// The count of one hour.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Hour {
    /// Hours since 1970.
    pub number: i64,
    /// How many there were.
    pub count: u64,
}

/// Looks at one hour against the hours before it; hours that are missing there brought nothing.
pub fn look(flow: Flow, history: &[Hour], now: Hour) -> Option<Finding> {
    let baseline = Baseline::learn(history, now.number, LEARNING)?;
    let expected = baseline.expected(now.number);
    let bound = bound(flow, expected, BURST);
    if now.count as f64 <= bound {
        return None;
    }
    let why = format!(
        "{} {} in this hour, where {:.0} is usual for it and up to {bound:.0} is let pass; learnt from {} hours.",
        now.count,
        flow.noun(),
        expected.count(),
        baseline.hours()
    );
    Some(Finding {
        observed: now.count as f64,
        expected: expected.count(),
        bound,
        sample: baseline.hours(),
        contributors: Vec::new(),
        why,
        advice: flow.advice().to_owned(),
    })
}

/// Looks at the week that ends with hour `last` against the weeks before it: a one-sided cumulative
/// sum (Page, Biometrika 41, 1954) over standardised hours.
pub fn drift(flow: Flow, history: &[Hour], last: i64) -> Option<Finding> {
    let first = last - WEEK as i64 + 1;
    let baseline = Baseline::learn(history, first, 2 * WEEK)?;
    let week = baseline::dense(history, first, last + 1);
    let (mut sum, mut reached) = (0.0_f64, false);
    for hour in &week {
        let beyond = baseline.expected(hour.number).spreads(hour.count as f64);
        sum = (sum + beyond.min(MOST) - ALLOWANCE).max(0.0);
        reached |= sum >= DRIFT;
    }
    let seen: u64 = week.iter().map(|hour| hour.count).sum();
    let usual: f64 = week.iter().map(|hour| baseline.expected(hour.number).count()).sum();
    let bound = usual * FACTOR.sqrt();
    if !reached || seen as f64 <= bound.max(flow.floor() as f64) {
        return None;
    }
    let why = format!(
        "{seen} {} in the last seven days, where {usual:.0} is usual: no single hour stands out, but they add up.",
        flow.noun()
    );
    Some(Finding {
        observed: seen as f64,
        expected: usual,
        bound: bound.max(flow.floor() as f64),
        sample: week.len() as u64,
        contributors: Vec::new(),
        why,
        advice: flow.advice().to_owned(),
    })
}

/// The largest count that is let pass.
fn bound(flow: Flow, expected: Expected, spreads: f64) -> f64 {
    expected.above(spreads).max(FACTOR * expected.count()).max(flow.floor() as f64)
}
