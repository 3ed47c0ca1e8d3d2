//! Rates while a campaign runs: bounces, complaints, unsubscribes, deferrals.
//!
//! Promise: the test may be looked at after every message and still alarms on a campaign whose rate
//! is within its limit with probability at most [`ALPHA`] over the whole life of the campaign; a bad
//! campaign is found after hundreds of messages. Limit: that promise needs outcomes that stay: a
//! deferral that is later accepted is taken out of the count again, so that for deferrals the bound
//! is a good rule and not a proof, and nothing should be stopped by it alone.
//!
//! A [`Baseline`] says what this list's own history lets us expect, and from that the limit; a
//! [`look`] weighs the evidence that the true rate is beyond it.

mod baseline;
mod evidence;
#[cfg(test)]
mod tests;

pub use baseline::Baseline;
pub use evidence::{ln_evidence, lower_bound};

use crate::{Contributor, Finding, percent};

/// The probability of a false alarm over the whole life of one campaign and signal.
pub const ALPHA: f64 = 1e-4;

/// Fewer bad outcomes than this are an anecdote, whatever their share.
pub const FEWEST: u64 = 5;

/// Outcomes of messages: so many, of which so many were bad.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Trials {
    /// Messages with an outcome.
    pub sent: u64,
    /// Those of them with the bad outcome; never more than `sent`.
    pub bad: u64,
}

impl Trials {
    /// The share of bad outcomes; zero of nothing.
    pub fn rate(self) -> f64 {
        if self.sent == 0 { 0.0 } else { self.bad.min(self.sent) as f64 / self.sent as f64 }
    }
}

/// What kind of bad outcome is counted.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub enum Signal {
    /// Refused for good because there is no such mailbox.
    Bounce,
    /// Refused for good for what or who we are.
    Refusal,
    /// Reported as spam.
    Complaint,
    /// Left by the link of the message.
    Unsubscribe,
    /// Refused for now.
    Deferral,
}

/// What is believed about a signal before any history, and where its limit may lie.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Policy {
    /// The rate of an ordinary list.
    pub typical: f64,
    /// However well a list behaved, a rate up to this is let pass.
    pub floor: f64,
    /// However badly a list behaved, a rate beyond this is found.
    pub ceiling: f64,
}

impl Signal {
    /// Every one.
    pub const ALL: [Signal; 5] =
        [Signal::Bounce, Signal::Refusal, Signal::Complaint, Signal::Unsubscribe, Signal::Deferral];

    /// The stable word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Bounce => "bounce",
            Self::Refusal => "refusal",
            Self::Complaint => "complaint",
            Self::Unsubscribe => "unsubscribe",
            Self::Deferral => "deferral",
        }
    }

    /// Reads the stable word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|signal| signal.as_str() == word)
    }

    /// Its starting belief. The limits of complaints are those of Gmail's sender guidelines (stay
    /// under 0.1 %, never reach 0.3 %); the others are our own choice, to be moved by measurement.
    pub const fn policy(self) -> Policy {
        match self {
            Self::Bounce => Policy { typical: 0.01, floor: 0.02, ceiling: 0.06 },
            Self::Refusal => Policy { typical: 0.005, floor: 0.02, ceiling: 0.06 },
            Self::Complaint => Policy { typical: 0.0002, floor: 0.001, ceiling: 0.003 },
            Self::Unsubscribe => Policy { typical: 0.003, floor: 0.01, ceiling: 0.05 },
            Self::Deferral => Policy { typical: 0.03, floor: 0.15, ceiling: 0.4 },
        }
    }

    /// Whether going on harms: people who never asked, or the name of the sender.
    pub const fn is_grave(self) -> bool {
        !matches!(self, Self::Deferral)
    }

    pub(crate) const fn noun(self) -> &'static str {
        match self {
            Self::Bounce => "addresses that do not exist",
            Self::Refusal => "refusals for what is sent or who sends it",
            Self::Complaint => "complaints",
            Self::Unsubscribe => "unsubscribes",
            Self::Deferral => "deferrals",
        }
    }

    const fn advice(self) -> &'static str {
        match self {
            Self::Bounce => {
                "Ask where these addresses come from. Go on only if the list was collected by you and \
                             confirmed; otherwise cancel, and remove what was imported."
            }
            Self::Refusal => {
                "Read what the providers answered. Mend authentication, content or reputation first; \
                              going on makes the next campaign harder to deliver."
            }
            Self::Complaint => {
                "Stop. Ask whether these people asked for this mail, and whether leaving is easy to find."
            }
            Self::Unsubscribe => "Ask whether these people expected this mail from you, and so often.",
            Self::Deferral => {
                "Look at the providers that defer. Most recover by themselves; send more slowly if they \
                               say so."
            }
        }
    }
}

/// Looks at the outcomes so far; a finding if the true rate is beyond the limit of `baseline`, as
/// far as can be known. May be asked as often as wanted ([`ALPHA`]).
///
/// `in_hand` messages were begun and have no outcome yet. A refusal comes back sooner than an
/// acceptance, so that the first outcomes are worse than the campaign: those in hand count as good.
/// The evidence only falls with every good one, so the promise holds for whatever becomes of them.
pub fn look(
    signal: Signal,
    baseline: &Baseline,
    (so_far, in_hand): (Trials, u64),
    contributors: Vec<Contributor>,
) -> Option<Finding> {
    let weighed = Trials { sent: so_far.sent.saturating_add(in_hand), ..so_far };
    if weighed.bad < FEWEST || ln_evidence(weighed, baseline.limit) < -ALPHA.ln() {
        return None;
    }
    let surely = lower_bound(weighed, ALPHA);
    let noun = signal.noun();
    let why = format!(
        "{} of {} messages were {noun}: {}. The true rate is at least {}, but for one chance in \
         {:.0}; the history of its lists leads to expect {}, and up to {} is let pass.",
        so_far.bad,
        so_far.sent,
        percent(so_far.rate()),
        percent(surely),
        1.0 / ALPHA,
        percent(baseline.expected),
        percent(baseline.limit)
    );
    Some(Finding {
        observed: so_far.rate(),
        expected: baseline.expected,
        bound: baseline.limit,
        sample: so_far.sent,
        contributors: Finding::ranked(contributors),
        why,
        advice: signal.advice().to_owned(),
    })
}
