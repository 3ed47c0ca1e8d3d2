//! What people stated, signed and noted, as it is kept.

use super::numbers::Overrides;
use super::sealing;
use super::store::{MetRow, SignatureRow, StatedRow};
use serde::{Deserialize, Serialize};
use waxwing_app::{App, Error, Result};
use waxwing_domain::{AccountId, Ctx, FieldId, IncidentId, Micros};
use waxwing_law::Facts;
use waxwing_law::drafts::Parts;
use waxwing_law::facts::Judgements;
use waxwing_law::severity::Adjustments;

/// The longest reason or reference, in characters.
const LONGEST: usize = 8_000;

/// Facts and words of a case, as stated last.
#[derive(Clone, Default)]
pub struct Stated {
    /// Counts from 1; 0 while nothing was stated.
    pub version: i64,
    /// The facts that the case itself does not hold.
    pub facts: Facts,
    /// The words of its drafts.
    pub parts: Parts,
    /// What of the record's numbers is overridden, and why.
    pub overrides: Overrides,
}

/// What a person signs.
#[derive(Clone, Default, Serialize, Deserialize)]
pub struct Signed {
    /// The judgements.
    pub judgements: Judgements,
    /// What they changed of the computed severity.
    pub adjustments: Adjustments,
    /// Why they judge so.
    pub reason: String,
}

/// A signature.
#[derive(Clone)]
pub struct Signature {
    /// The facts that were before the person.
    pub version: i64,
    /// Who signed.
    pub by: AccountId,
    /// When.
    pub at: Micros,
    /// What.
    pub signed: Signed,
}

/// A duty that was done.
#[derive(Clone)]
pub struct Met {
    /// Which rule.
    pub rule: String,
    /// When it was done.
    pub at: Micros,
    /// The recipient's reference, or what else was noted.
    pub reference: String,
}

impl std::fmt::Debug for Met {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Met").field("rule", &self.rule).field("at", &self.at).finish_non_exhaustive()
    }
}

#[derive(Serialize, Deserialize)]
struct Whole {
    facts: Facts,
    parts: Parts,
    #[serde(default)]
    overrides: Overrides,
}

pub(super) fn stated(app: &App, ctx: &Ctx, id: IncidentId, row: StatedRow) -> Result<Stated> {
    let whole: Whole = sealing::open(app, ctx, FieldId::DUTY_FACTS, (id, row.version), &row.sealed)?;
    Ok(Stated { version: row.version, facts: whole.facts, parts: whole.parts, overrides: whole.overrides })
}

pub(super) fn seal_stated(app: &App, ctx: &Ctx, id: IncidentId, version: i64, stated: &Stated) -> Result<Vec<u8>> {
    let (facts, parts) = (stated.facts.clone(), stated.parts.clone());
    let whole = Whole { facts, parts, overrides: stated.overrides.clone() };
    sealing::seal(app, ctx, FieldId::DUTY_FACTS, (id, version), &whole)
}

pub(super) fn signature(app: &App, ctx: &Ctx, id: IncidentId, row: SignatureRow) -> Result<Signature> {
    let signed = sealing::open(app, ctx, FieldId::DUTY_SIGNATURE, (id, row.number), &row.sealed)?;
    Ok(Signature { version: row.version, by: row.by, at: row.at, signed })
}

pub(super) fn seal_signed(app: &App, ctx: &Ctx, id: IncidentId, number: i64, signed: &Signed) -> Result<Vec<u8>> {
    if signed.reason.trim().is_empty() {
        return Err(Error::invalid("reason", "Write why you judge so: whoever reads it later needs it."));
    }
    sealing::seal(app, ctx, FieldId::DUTY_SIGNATURE, (id, number), signed)
}

pub(super) fn met(app: &App, ctx: &Ctx, id: IncidentId, row: MetRow) -> Result<Met> {
    let said: (String, String) = sealing::open(app, ctx, FieldId::DUTY_MET, (id, 0), &row.sealed)?;
    // The rule's name is sealed with the reference, so that a row moved to another rule does not pass.
    let reference = if said.0 == row.rule { said.1 } else { return Err(sealing::damaged().into()) };
    Ok(Met { rule: row.rule, at: row.at, reference })
}

pub(super) fn seal_reference(app: &App, ctx: &Ctx, id: IncidentId, rule: &str, reference: &str) -> Result<Vec<u8>> {
    let reference = line(reference)?;
    sealing::seal(app, ctx, FieldId::DUTY_MET, (id, 0), &(rule, reference))
}

/// A text without control characters, within its limit.
pub(super) fn line(text: &str) -> Result<String> {
    let text = text.trim().replace("\r\n", "\n");
    let control = text.chars().any(|c| c.is_control() && c != '\n' && c != '\t');
    if control || text.chars().count() > LONGEST {
        return Err(Error::invalid("text", "Write plain text of at most 8,000 characters."));
    }
    Ok(text)
}
