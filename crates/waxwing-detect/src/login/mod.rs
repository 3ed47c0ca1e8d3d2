//! Sign-ins: is a right password shown by its person, and is somebody trying out a list of passwords?
//!
//! Read in this order: [`weigh`] (one sign-in against the habits of its person and of everybody),
//! [`travel`] (journeys that nobody can make), [`guessing`] (many attempts from one place).
//!
//! Promise: everything that speaks against a sign-in is said in words. Limit: features count as
//! independent; who signed in a few times only is strange quickly; an attacker within the person's own
//! network, with their browser and their device cookie, is not strange at all.

pub mod guessing;
mod score;
#[cfg(test)]
mod tests;
pub mod travel;

pub use score::{Counts, Level, ratio};

use guessing::Attempts;
use travel::Journey;

/// From here a sign-in is strange: six times likelier somebody else's than the person's own. Chosen on the
/// simulation in `tests.rs`: a tenth of a unit either way changes little.
pub const STRANGE: f64 = 0.8;
/// A feature speaks against the person from here.
const TELLING: f64 = 0.3;
/// A feature that is right for the person is worth no more than this: none makes up for all others.
const BEST: f64 = -1.0;
/// An account that was not used for so many days is dormant.
pub const DORMANT_DAYS: i64 = 90;

/// What of a sign-in is compared.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Feature {
    /// The network it comes from, its provider and country.
    Place,
    /// Browser and system.
    Browser,
    /// The hour of the week.
    Hour,
    /// The cookie that a browser keeps from an earlier sign-in.
    Device,
}

impl Feature {
    /// The hour counts half: people work late more often than their habits foretell.
    const fn weight(self) -> f64 {
        match self {
            Self::Hour => 0.5,
            Self::Place | Self::Browser | Self::Device => 1.0,
        }
    }

    /// What it is compared with: everybody, or where nobody else can show it by chance, everybody else. Else
    /// the device of the only person there is would say nothing for them.
    fn compared(self, levels: &[Level]) -> Vec<Level> {
        let others = |all: Counts, own: Counts| Counts {
            same: (all.same - own.same).max(0.0),
            total: (all.total - own.total).max(0.0),
            ..all
        };
        let of = |level: &Level| match self {
            Self::Device => Level { all: others(level.all, level.own), ..*level },
            Self::Place | Self::Browser | Self::Hour => *level,
        };
        levels.iter().map(of).collect()
    }

    /// What is strange about it, in a sentence.
    const fn reason(self) -> &'static str {
        match self {
            Self::Place => "This account never signed in from this network.",
            Self::Browser => "This account never signed in with this browser and system.",
            Self::Hour => "This account hardly ever signs in at this hour.",
            Self::Device => "This account never signed in on this device.",
        }
    }
}

/// A feature of a sign-in with what is known of its values, the finest level first.
#[derive(Clone, PartialEq, Debug)]
pub struct Observed {
    /// Which.
    pub feature: Feature,
    /// From the finest to the coarsest.
    pub levels: Vec<Level>,
}

/// What surrounds a sign-in.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub struct Circumstances {
    /// For so many days the account was not used; `None` before its first sign-in.
    pub idle_days: Option<i64>,
    /// A journey since the last sign-in that nobody can have made.
    pub journey: Option<Journey>,
    /// What came from the same place within the hour.
    pub around: Attempts,
}

/// What a sign-in looks like.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Assessment {
    /// Decimal logarithm of how much likelier it is somebody else's.
    pub score: f64,
    /// Why, in sentences.
    pub reasons: Vec<String>,
}

impl Assessment {
    /// Whether a password alone is not enough for it.
    pub fn is_strange(&self) -> bool {
        self.score >= STRANGE
    }

    fn add(&mut self, weight: f64, reason: String) {
        self.score += weight;
        self.reasons.push(reason);
    }
}

/// Weighs a sign-in with a right password.
pub fn weigh(observed: &[Observed], circumstances: &Circumstances) -> Assessment {
    let mut found = Assessment::default();
    for one in observed {
        let ratio = (one.feature.weight() * ratio(&one.feature.compared(&one.levels))).max(BEST);
        found.score += ratio;
        if ratio > TELLING && one.levels.first().is_some_and(|finest| finest.own.same < 1.0) {
            found.reasons.push(one.feature.reason().to_owned());
        }
    }
    surroundings(&mut found, circumstances);
    found
}

fn surroundings(found: &mut Assessment, circumstances: &Circumstances) {
    if let Some(days) = circumstances.idle_days.filter(|days| *days >= DORMANT_DAYS) {
        found.add(1.0, format!("The account was not used for {days} days."));
    }
    if let Some(Journey { kilometres, hours }) = circumstances.journey {
        let far = (kilometres / 100.0).floor() * 100.0;
        found.add(0.7, format!("An earlier sign-in was {hours:.1} hours ago, at least {far:.0} km from here."));
    }
    let around = circumstances.around;
    if around.looks_like_guessing() {
        let Attempts { refused, accounts, unknown, .. } = around;
        found.add(
            1.0,
            format!("{refused} attempts from this place were refused within the hour, at {accounts} addresses."),
        );
        if unknown * 2 >= refused {
            found.add(0.5, format!("{unknown} of them were at addresses that nobody has: somebody tries out a list."));
        }
    }
}
