//! What follows from an alert, by detector: told only, or an act; and which detectors look at all.
//!
//! Promise: who turns a detector off or weakens what follows proved themselves within five minutes, and it is on
//! the record. A rule contains a key, a webhook or a relay by itself, and nobody: for a person and for the workspace it
//! asks, and the page of containment shows that to whoever may. Limit: what happened while a detector was off is not told
//! afterwards, but for what it still sees.

use super::{Detector, store_rules};
use crate::{App, Error, Result, signals};
use serde_json::json;
use std::collections::BTreeMap;
use waxwing_detect::rate::Signal;
use waxwing_domain::{Action, Ctx, Operation};
use waxwing_store::{Entry, Tx};

/// What follows from an alert.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Follows {
    /// It is told.
    Tell,
    /// The campaign is paused.
    Pause,
    /// The person's sessions ask for a proof before anything else, and then go on.
    StepUp,
    /// The person's sessions end: they must sign in anew.
    EndSessions,
    /// Containment is asked for, of what it is about or else of the workspace.
    Ask,
    /// The key, webhook or relay that it is about is contained; for anything else containment is asked for.
    Contain,
    /// The import's people get nothing until somebody releases it.
    Quarantine,
}

impl Follows {
    const ALL: [Self; 7] =
        [Self::Tell, Self::Pause, Self::StepUp, Self::EndSessions, Self::Ask, Self::Contain, Self::Quarantine];

    /// The stable word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Tell => "tell",
            Self::Pause => "pause",
            Self::StepUp => "step_up",
            Self::EndSessions => "end_sessions",
            Self::Ask => "ask",
            Self::Contain => "contain",
            Self::Quarantine => "quarantine",
        }
    }
    /// Reads the stable word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.as_str() == word)
    }
    /// What people read.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Tell => "Tell",
            Self::Pause => "Pause the campaign",
            Self::StepUp => "Ask the person for a proof",
            Self::EndSessions => "End the person's sessions",
            Self::Ask => "Ask for containment",
            Self::Contain => "Contain the key, webhook or relay at once; ask for anything else",
            Self::Quarantine => "Quarantine the import",
        }
    }
}

/// The rule of one detector.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Rule {
    /// Of which.
    pub detector: Detector,
    /// Whether it looks.
    pub looks: bool,
    /// What follows.
    pub follows: Follows,
}

impl Rule {
    /// What a detector does unless somebody says otherwise: campaigns that do harm are paused, and who is not like
    /// themselves is asked for a proof.
    pub const fn usual(detector: Detector) -> Self {
        let follows = match detector {
            Detector::Rate(Signal::Deferral) => Follows::Tell,
            Detector::Rate(_) => Follows::Pause,
            Detector::ImportBounce => Follows::Quarantine,
            Detector::Canary | Detector::KeyElsewhere => Follows::Ask,
            // A false alarm costs a password; a right one stops a stolen session.
            Detector::StrangeLogin | Detector::Habit => Follows::StepUp,
            _ => Follows::Tell,
        };
        Self { detector, looks: true, follows }
    }

    /// What may follow from this detector's alerts.
    pub const fn choices(detector: Detector) -> &'static [Follows] {
        match detector {
            Detector::Rate(_) | Detector::Swap => &[Follows::Tell, Follows::Pause, Follows::Ask],
            Detector::ImportBounce => &[Follows::Tell, Follows::Quarantine, Follows::Ask],
            Detector::StrangeLogin | Detector::Habit | Detector::Canary => {
                &[Follows::Tell, Follows::StepUp, Follows::EndSessions, Follows::Ask]
            }
            _ if detector.is_of_credentials() => &[Follows::Tell, Follows::Ask, Follows::Contain],
            _ => &[Follows::Tell, Follows::Ask],
        }
    }
}

/// The rule of every detector.
///
/// # Errors
/// [`Error::Forbidden`].
pub async fn rules(tx: &mut Tx, ctx: &Ctx) -> Result<Vec<Rule>> {
    ctx.authorise(Action::AlertsRead)?;
    let known = known(tx).await?;
    Ok(Detector::all().map(|detector| known.get(&detector).copied().unwrap_or(Rule::usual(detector))).collect())
}

async fn known(tx: &mut Tx) -> Result<BTreeMap<Detector, Rule>> {
    Ok(store_rules::all(tx).await?.into_iter().map(|rule| (rule.detector, rule)).collect())
}

/// The rule of one detector.
pub(super) async fn of(tx: &mut Tx, detector: Detector) -> Result<Rule> {
    Ok(known(tx).await?.remove(&detector).unwrap_or(Rule::usual(detector)))
}

/// Sets the rule of one detector.
///
/// # Errors
/// [`Error::Invalid`] for `follows`, where it cannot follow from this detector.
pub async fn set(app: &App, tx: &mut Tx, ctx: &Ctx, rule: Rule) -> Result<()> {
    ctx.authorise(Action::AlertsRules)?;
    if !Rule::choices(rule.detector).contains(&rule.follows) {
        let words: Vec<&str> = Rule::choices(rule.detector).iter().map(|one| one.as_str()).collect();
        let said = format!("This cannot follow from this detector. Say {}.", words.join(" or "));
        return Err(Error::invalid("follows", said));
    }
    let old = of(tx, rule.detector).await?;
    store_rules::put(tx, ctx, rule).await?;
    let words = |rule: Rule| json!({ "looks": rule.looks, "follows": rule.follows.as_str() });
    let detail = json!({ "detector": rule.detector.as_str(), "old": words(old), "new": words(rule) });
    tx.record(app.store(), ctx, Entry::new(Operation::Change, "alerts.rule").detail(detail.clone())).await?;
    signals::note(tx, ctx, "alerts.rule", 1, detail).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_detector_usually_does_is_among_its_choices() {
        for detector in Detector::all() {
            assert!(Rule::choices(detector).contains(&Rule::usual(detector).follows), "{}", detector.as_str());
        }
        for one in Follows::ALL {
            assert_eq!(Follows::parse(one.as_str()), Some(one));
        }
        assert_eq!(Follows::parse("erase"), None);
    }
}
