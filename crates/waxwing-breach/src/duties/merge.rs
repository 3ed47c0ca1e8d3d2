//! The facts that the rules are asked about: what the case says, what was stated, what was signed, what was done.
//!
//! The case wins where it says the same thing: since when it was suspected and known, and that something was lost. So do
//! the numbers of its frozen answers, unless somebody stated others and why.

use super::kept::{Met, Signature, Stated};
use super::numbers::Numbers;
use crate::incidents::Incident;
use waxwing_app::settings::Workspace;
use waxwing_domain::Micros;
use waxwing_law::drafts::Parts;
use waxwing_law::facts::{Availability, Confidentiality, Integrity, Nature};
use waxwing_law::jurisdictions::Recipient;
use waxwing_law::{Facts, RuleBook};

/// The rule whose being done starts the clock of NIS2's final report.
const NIS2_NOTIFIED: &str = "eu-nis2-23-4-b";

/// What is known before anybody states anything.
pub(super) fn first(settings: &Workspace) -> Stated {
    let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    let parts = Parts {
        organisation: some(&settings.organisation),
        address: some(&settings.postal_address),
        ..Parts::default()
    };
    let facts = Facts { zone: some(&settings.default_zone), ..Facts::default() };
    Stated { version: 0, facts, parts, ..Stated::default() }
}

pub(super) fn facts(
    case: &Incident,
    stated: &Stated,
    numbers: Option<&Numbers>,
    signature: Option<&Signature>,
    met: &[Met],
) -> Facts {
    let mut facts = stated.facts.clone();
    facts.nature = nature(case, facts.nature);
    facts.times.suspected_at = Some(case.suspected_at.timestamp());
    facts.times.aware_at = case.aware.map(|aware| aware.at.timestamp());
    if let Some(numbers) = numbers {
        numbers.merge(&stated.overrides, &mut facts);
    }
    facts.times.people_told_at = people_told(met).map(Micros::timestamp);
    facts.times.nis2_notified_at = met.iter().find(|met| met.rule == NIS2_NOTIFIED).map(|met| met.at.timestamp());
    facts.judgements = signature.map(|signature| signature.signed.judgements.clone()).unwrap_or_default();
    facts
}

/// What the case says is lost, where nobody said how: the least that its word means.
fn nature(case: &Incident, stated: Nature) -> Nature {
    let mut nature = stated;
    if case.losses.confidentiality && nature.confidentiality == Confidentiality::Kept {
        nature.confidentiality = Confidentiality::Exposed;
    }
    if case.losses.integrity && nature.integrity == Integrity::Kept {
        nature.integrity = Integrity::Restorable;
    }
    if case.losses.availability && nature.availability == Availability::Kept {
        nature.availability = Availability::ForATime;
    }
    nature
}

/// The first time at which people were told under any rule.
fn people_told(met: &[Met]) -> Option<Micros> {
    let to_people =
        |met: &&Met| RuleBook::shipped().rules().iter().any(|rule| rule.id == met.rule && rule.to == Recipient::People);
    met.iter().filter(to_people).map(|met| met.at).min()
}
