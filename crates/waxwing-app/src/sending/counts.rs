//! How far a source is, and who stands behind a number.
//!
//! Guarantee: `accepted + deferred + failed + skipped + unknown + pending = audience`, at every
//! moment that a transaction can see. Limits: `accepted` is not `delivered`; to whoever sees no people each
//! number is rounded up to tens for itself, so that theirs need not add up.

use super::{RowState, SourceState, Stream, store};
use crate::{Error, Result};
use serde::Serialize;
use std::collections::HashMap;
use utoipa::ToSchema;
use waxwing_domain::{Action, Ctx, Micros, SkipReason, SourceId, SubjectNo};
use waxwing_store::Tx;

/// The standing of a source.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, ToSchema)]
#[schema(as = SendingCounts)]
pub struct Counts {
    /// Everybody the source goes to.
    pub audience: i64,
    /// A relay took responsibility.
    pub accepted: i64,
    /// Refused for now; will be tried again.
    pub deferred: i64,
    /// Refused for good.
    pub failed: i64,
    /// Not sent, for a stated reason.
    pub skipped: i64,
    /// Sent, and the answer was lost.
    pub unknown: i64,
    /// No outcome yet; those being sent now are among them.
    pub pending: i64,
    /// The skipped by reason, most first.
    #[schema(value_type = Vec<(String, i64)>)]
    pub skipped_by: Vec<(SkipReason, i64)>,
    /// The failed by cause, most first.
    pub failed_by: Vec<(String, i64)>,
    /// The deferred by cause, most first.
    pub deferred_by: Vec<(String, i64)>,
    /// Whether the audience is frozen; until then it grows.
    pub filled: bool,
}

impl Counts {
    /// Whether every recipient has an outcome.
    pub const fn is_complete(&self) -> bool {
        self.filled && self.pending == 0 && self.deferred == 0
    }

    fn map(&mut self, f: impl Fn(i64) -> i64) {
        let Self { audience, accepted, deferred, failed, skipped, unknown, pending, .. } = self;
        let by_cause = self.failed_by.iter_mut().chain(&mut self.deferred_by).map(|(_, number)| number);
        let numbers = [audience, accepted, deferred, failed, skipped, unknown, pending].into_iter();
        for number in numbers.chain(self.skipped_by.iter_mut().map(|(_, number)| number)).chain(by_cause) {
            *number = f(*number);
        }
    }

    pub(super) fn from_rows(audience: i64, filled: bool, rows: Vec<(RowState, String, i64)>) -> Self {
        let mut counts = Self { audience, filled, ..Self::default() };
        for (state, reason, number) in rows.into_iter().filter(|(_, _, number)| *number > 0) {
            match state {
                RowState::Accepted => counts.accepted += number,
                RowState::Deferred => {
                    counts.deferred += number;
                    counts.deferred_by.push((reason, number));
                }
                RowState::Failed => {
                    counts.failed += number;
                    counts.failed_by.push((reason, number));
                }
                RowState::Skipped => {
                    counts.skipped += number;
                    counts.skipped_by.push((SkipReason::parse(&reason).unwrap_or(SkipReason::Damaged), number));
                }
                RowState::Unknown => counts.unknown += number,
                RowState::Pending | RowState::Leased | RowState::InFlight => {}
            }
        }
        let settled = counts.accepted + counts.deferred + counts.failed + counts.skipped + counts.unknown;
        counts.pending = audience - settled;
        counts.skipped_by.sort_by_key(|(_, number)| -number);
        counts.failed_by.sort_by_key(|(_, number)| -number);
        counts.deferred_by.sort_by_key(|(_, number)| -number);
        counts
    }
}

/// How a source stands, with its counts.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Standing {
    /// Where it stands.
    pub state: SourceState,
    /// Grows with every start, hold, release and retry: an order that names it is done once.
    pub pass: i64,
    /// Why it is held, in a sentence.
    pub hold_reason: Option<String>,
    /// When it was started first.
    pub started_at: Option<Micros>,
    /// What became of its messages.
    pub counts: Counts,
}

/// How these sources stand, in one question to the database.
pub async fn standings(tx: &mut Tx, ids: &[SourceId]) -> Result<HashMap<SourceId, Standing>> {
    match ids {
        [] => Ok(HashMap::new()),
        ids => {
            let mut found = store::standings(tx, ids.iter().map(|id| id.as_i64()).collect()).await?;
            found.values_mut().for_each(|standing| standing.counts.map(|people| tx.shown(people)));
            Ok(found)
        }
    }
}

/// How a source stands.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn standing(tx: &mut Tx, id: SourceId) -> Result<Standing> {
    standings(tx, &[id]).await?.remove(&id).ok_or(Error::NotFound("source"))
}

/// How far a source is.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn counts(tx: &mut Tx, id: SourceId) -> Result<Counts> {
    Ok(standing(tx, id).await?.counts)
}

/// Which recipients to list.
#[derive(Clone, Default, Debug)]
pub struct RecipientFilter {
    /// In this state only; pending includes those being sent now.
    pub state: Option<RowState>,
    /// With this reason only.
    pub reason: Option<String>,
    /// After this person.
    pub after: Option<SubjectNo>,
    /// At most so many; ask for one more than is shown to learn whether there are more.
    pub limit: i64,
}

/// A row of the ledger, without personal data.
#[derive(Clone, Debug)]
pub struct Recipient {
    /// Who.
    pub subject: SubjectNo,
    /// Where they stand.
    pub state: RowState,
    /// Why: a skip reason, a cause of failure, a class of deferral.
    pub reason: Option<String>,
    /// What the relay answered, as codes: `550 5.1.1`.
    pub codes: Option<String>,
    /// How often it was tried.
    pub attempts: i64,
    /// When the state was reached; `None` while pending.
    pub at: Option<Micros>,
    /// When it is tried next.
    pub next_at: Option<Micros>,
}

/// What became of each recipient of a notice, in the order of their numbers: numbers and codes, nobody's data.
///
/// # Errors
/// [`Error::NotFound`] for a source that is no notice.
pub async fn proof(tx: &mut Tx, ctx: &Ctx, id: SourceId, after: SubjectNo, limit: i64) -> Result<Vec<Recipient>> {
    ctx.authorise(Action::IncidentsRead)?;
    let source = store::source(tx, id).await?.filter(|source| source.stream() == Stream::Notice);
    source.ok_or(Error::NotFound("notice"))?;
    let filter = RecipientFilter { after: Some(after), limit, ..RecipientFilter::default() };
    Ok(store::recipients(tx, id, &filter).await?)
}

/// Recipients of a source in the order of their numbers. Whoever shows more of them than numbers
/// discloses them first.
pub async fn recipients(tx: &mut Tx, ctx: &Ctx, id: SourceId, filter: &RecipientFilter) -> Result<Vec<Recipient>> {
    ctx.authorise(Action::ReportsRecipients)?;
    Ok(store::recipients(tx, id, filter).await?)
}
