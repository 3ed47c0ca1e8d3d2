//! What was changed after a case, for everybody to read.
//!
//! Promise: a measure stands on the page only while its finding holds: somebody tried again what went wrong, and it did
//! not work any more; it is dated by that day. Its words are a person's, held to the linter, and name no case.

use super::store;
use crate::{incidents, status};
use serde_json::json;
use waxwing_app::{App, Error, Result};
use waxwing_domain::{Action, CasePartId, Ctx, IncidentId, Micros, Operation};
use waxwing_law::drafts::Locale;
use waxwing_law::lint::LintRule;
use waxwing_store::{Entry, Tx};

/// The longest measure, in characters.
const LONGEST: usize = 500;
/// Cases whose findings are offered, the newest first.
const CASES: i64 = 50;

/// A measure that is published.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Measure {
    /// Its finding.
    pub finding: CasePartId,
    /// What everybody reads.
    pub text: String,
    /// When it was last tried and held; none while it does not, and nobody reads it.
    pub held_at: Option<Micros>,
}

/// A finding that holds and of which nobody reads yet.
#[derive(Clone)]
pub struct Candidate {
    /// Its case.
    pub case: IncidentId,
    /// What the case is called inside.
    pub codename: String,
    /// The finding.
    pub finding: CasePartId,
    /// What had to become better; for inside.
    pub text: String,
}

/// What is said of a finding to everybody.
#[derive(Clone, Debug)]
pub struct NewMeasure {
    /// The words.
    pub text: String,
    /// The language that they are in, for the linter.
    pub locale: Locale,
    /// What the linter found that a person lets stand.
    pub overruled: Vec<LintRule>,
}

/// Every measure, the newest first; also those that do not hold any more.
pub async fn measures(tx: &mut Tx) -> Result<Vec<Measure>> {
    let rows = store::measures(tx).await?;
    let held = incidents::held(tx, rows.iter().map(|(finding, _)| *finding).collect()).await?;
    let measures =
        rows.into_iter().map(|(finding, text)| Measure { finding, text, held_at: held.get(&finding).copied() });
    Ok(measures.collect())
}

/// The findings of the actor's cases that hold and are not published.
pub async fn candidates(app: &App, tx: &mut Tx, ctx: &Ctx) -> Result<Vec<Candidate>> {
    let published: Vec<CasePartId> = store::measures(tx).await?.into_iter().map(|(finding, _)| finding).collect();
    let mut found = Vec::new();
    for case in incidents::page(tx, ctx, None, CASES).await? {
        let held = incidents::findings(app, tx, ctx, case.id).await?.into_iter();
        let held = held.filter(|one| one.state == incidents::FindingState::Held && !published.contains(&one.id));
        let (id, codename) = (case.id, &case.codename);
        found.extend(held.map(|one| Candidate {
            case: id,
            codename: codename.clone(),
            finding: one.id,
            text: one.text,
        }));
    }
    Ok(found)
}

/// Publishes what was changed after a finding.
///
/// # Errors
/// [`Error::NotFound`] for a finding of no case of the actor's; [`Error::Conflict`] for one that does not hold;
/// [`Error::Invalid`] for words that the linter refuses.
pub async fn add_measure(
    app: &App,
    tx: &mut Tx,
    ctx: &Ctx,
    (case, finding): (IncidentId, CasePartId),
    new: &NewMeasure,
) -> Result<()> {
    ctx.authorise(Action::StatusPublish)?;
    let all = incidents::findings(app, tx, ctx, case).await?;
    let one = all.iter().find(|one| one.id == finding).ok_or(Error::NotFound("finding"))?;
    if one.state != incidents::FindingState::Held {
        return Err(Error::Conflict("Only what was tried again and holds is told to everybody.".into()));
    }
    let text = new.text.trim().replace("\r\n", "\n");
    let control = text.chars().any(|c| c.is_control() && c != '\n');
    if text.is_empty() || control || text.chars().count() > LONGEST {
        return Err(Error::invalid("body", "Write plain text of at most 500 characters."));
    }
    status::check(app, ("", &text), new.locale, &new.overruled)?;
    store::put_measure(tx, ctx, finding, &text).await?;
    note(app, tx, ctx, "trust.add_measure", finding).await
}

/// Takes a measure off the page.
///
/// # Errors
/// [`Error::NotFound`] for one that is not there.
pub async fn remove_measure(app: &App, tx: &mut Tx, ctx: &Ctx, finding: CasePartId) -> Result<()> {
    ctx.authorise(Action::StatusPublish)?;
    if !store::remove_measure(tx, finding).await? {
        return Err(Error::NotFound("measure"));
    }
    note(app, tx, ctx, "trust.remove_measure", finding).await
}

async fn note(app: &App, tx: &mut Tx, ctx: &Ctx, what: &'static str, finding: CasePartId) -> Result<()> {
    let entry = Entry::new(Operation::Change, what).detail(json!({ "finding": finding }));
    tx.record(app.store(), ctx, entry).await?;
    Ok(())
}
