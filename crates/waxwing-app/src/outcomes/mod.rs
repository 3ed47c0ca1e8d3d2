//! What providers report of messages afterwards: bounces that come late, and complaints.
//!
//! Promise: whatever brings a report (API, page, command line; mail and hooks of providers later), it is counted once
//! for each message and kind, shows in the report of its campaign, and is heard by the detectors in its own
//! transaction; an address that does not exist, or whose person complained, gets no more mail. Who is looked for by
//! address stands in the record, found or not, and misses are throttled.
//! Limits: a report is believed from whoever has the right to bring it; what cannot be matched to a message of the
//! last 30 days that left here is counted as unknown and dropped. A soft bounce suppresses nobody.
//! States: none.
//! Tables: `outcomes`; reads what `sending` finds.
//! Events: `bounced`, `complained`, `suppressed`; record `outcomes.report`; signals `outcomes.reported`, `outcomes.throttled`.
//! Jobs: none.

mod api;
mod file;
mod find;
mod keep;
mod pages;
mod store;
#[cfg(test)]
mod tests;
mod wish;

pub use file::read as read_file;
pub use wish::{MOST, Reported, Wish};

use crate::{App, Error, Result, signals, subscribers};
use serde_json::json;
use std::collections::HashMap;
use waxwing_domain::{Action, Ctx, FieldId, Micros, Operation, SourceId, SubjectNo};
use waxwing_http::{Fail, Limit, Routes};
use waxwing_store::{Entry, JobRegistry, Tx, subjects};

/// Reports that match no message, of one credential: enough for a provider that mixes streams, too few to try out
/// a file of addresses.
const MISSES: Limit = Limit::per_hour("outcomes.missed", 600);

/// What was reported.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub enum Kind {
    /// Could not be delivered, for good.
    HardBounce,
    /// Could not be delivered, this time.
    SoftBounce,
    /// The person reported it as spam.
    Complaint,
}

impl Kind {
    /// Every one.
    pub const ALL: [Self; 3] = [Self::HardBounce, Self::SoftBounce, Self::Complaint];
    /// The stable word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::HardBounce => "hard_bounce",
            Self::SoftBounce => "soft_bounce",
            Self::Complaint => "complaint",
        }
    }
    /// Reads the stable word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == word)
    }
}

/// What became of a batch of reports.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Taken {
    /// How many there were.
    pub received: usize,
    /// How many were new.
    pub counted: usize,
    /// How many had been told before.
    pub repeated: usize,
    /// How many match no message that left here.
    pub unknown: usize,
}

/// How often what was reported of a source's messages.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Tally {
    /// Bounces that the ledger does not show itself, by kind and cause.
    pub bounced: Vec<(Kind, String, i64)>,
    /// Complaints.
    pub complained: i64,
}

impl Tally {
    /// Bounces of any kind.
    pub fn bounces(&self) -> i64 {
        self.bounced.iter().map(|(_, _, number)| number).sum()
    }
    /// Bounces for good, for one of these causes.
    pub fn hard(&self, causes: &[&str]) -> i64 {
        let of =
            |(kind, cause, _): &&(Kind, String, i64)| *kind == Kind::HardBounce && causes.contains(&cause.as_str());
        self.bounced.iter().filter(of).map(|(_, _, number)| number).sum()
    }
}

/// Takes a batch of reports.
///
/// # Errors
/// [`Error::Invalid`] for a batch that is empty or has more than [`MOST`]; [`Error::TooMany`] where too many
/// reports of one credential match no message: nothing of the batch is taken then.
pub async fn report(app: &App, ctx: &Ctx, wishes: &[Wish], destination: &'static str) -> Result<Taken> {
    ctx.authorise_bulk(Action::OutcomesWrite)?;
    let reported = wish::read_all(wishes, ctx.now())?;
    let mut tx = app.read(ctx, "outcomes.find").await?;
    let found = find::all(app, &mut tx, ctx, &reported).await?;
    drop(tx);
    throttle(app, ctx, found.missed).await?;
    let mut tx = app.begin(ctx, "outcomes.report").await?;
    let counted = keep::all(app, &mut tx, ctx, &found.matched).await?;
    let taken = Taken {
        received: reported.len(),
        counted,
        repeated: found.matched.len() - counted,
        unknown: reported.len() - found.matched.len(),
    };
    note(app, &mut tx, ctx, &found, taken, destination).await?;
    tx.commit().await?;
    Ok(taken)
}

async fn note(
    app: &App,
    tx: &mut Tx,
    ctx: &Ctx,
    found: &find::Found<'_>,
    taken: Taken,
    to: &'static str,
) -> Result<()> {
    let Taken { received, counted, repeated, unknown } = taken;
    let detail = json!({ "received": received, "counted": counted, "repeated": repeated, "unknown": unknown });
    let entry = Entry::new(Operation::Search, "outcomes.report").to(to);
    let entry = entry.part(&[FieldId::EMAIL], subjects(found.by_address.iter().copied()));
    tx.record(app.store(), ctx, entry.detail(detail.clone())).await?;
    signals::note(tx, ctx, "outcomes.reported", i64::try_from(received).unwrap_or(i64::MAX), detail).await
}

/// Each report that matches nothing uses up a little of what one credential may try; the host's own does not.
async fn throttle(app: &App, ctx: &Ctx, missed: usize) -> Result<()> {
    if matches!(ctx.actor, waxwing_domain::Actor::Host) {
        return Ok(());
    }
    let key = ctx.actor.credential().to_be_bytes();
    let Some(fail) = (0..missed).find_map(|_| app.limiter().take(MISSES, &key, ctx.now()).err()) else { return Ok(()) };
    let mut tx = app.begin(ctx, "outcomes.throttled").await?;
    let amount = i64::try_from(missed).unwrap_or(i64::MAX);
    signals::note(&mut tx, ctx, "outcomes.throttled", amount, serde_json::Value::Null).await?;
    tx.commit().await?;
    match fail {
        Fail::TooMany { retry_after } => Err(Error::TooMany(retry_after)),
        _ => Err(Error::TooMany(60)),
    }
}

/// What was reported of these sources; those of which nothing was are missing. Who was erased since is no longer
/// among them.
pub async fn tallies(tx: &mut Tx, ctx: &Ctx, sources: &[SourceId]) -> Result<HashMap<SourceId, Tally>> {
    ctx.authorise(Action::ReportsRead)?;
    let mut found = store::tallies(tx, sources).await?;
    for tally in found.values_mut() {
        tally.complained = tx.shown(tally.complained);
        tally.bounced.iter_mut().for_each(|(_, _, number)| *number = tx.shown(*number));
    }
    Ok(found)
}

/// What was reported of one source.
pub async fn tally(tx: &mut Tx, ctx: &Ctx, source: SourceId) -> Result<Tally> {
    Ok(tallies(tx, ctx, &[source]).await?.remove(&source).unwrap_or_default())
}

/// A person of whose message something was reported.
#[derive(Clone, Debug)]
pub struct Behind {
    /// Who.
    pub subject: SubjectNo,
    /// What.
    pub kind: Kind,
    /// Why: a cause of failure; empty for a complaint.
    pub reason: String,
    /// When.
    pub at: Micros,
}

/// Of whose messages of a source something of these kinds was reported, by number, after number `after`.
pub async fn people(
    tx: &mut Tx,
    ctx: &Ctx,
    source: SourceId,
    kinds: &[Kind],
    (after, limit): (SubjectNo, i64),
) -> Result<Vec<Behind>> {
    ctx.authorise(Action::ReportsRecipients)?;
    Ok(store::people(tx, source, kinds, after, limit).await?)
}

waxwing_store::inventory::submit! {
    subscribers::Hook::new("outcomes", |_, tx, _, who| Box::pin(async move { store::forget(tx, who.subject).await.map_err(Error::from) }))
}

/// The routes of this feature.
pub(crate) fn routes() -> Routes<App> {
    api::routes(pages::routes())
}

/// The jobs of this feature.
pub(crate) const fn jobs(_registry: &mut JobRegistry, _app: &App) {}
