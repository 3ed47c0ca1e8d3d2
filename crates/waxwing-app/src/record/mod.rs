//! The access record: reading it, searching it, proving it to outsiders.
//!
//! Promise: whoever may read the record sees who did what to whose data, newest first, and that look is recorded;
//! signed heads, proofs and files let an outsider check it without this machine.
//! States: none.
//! Tables: `record_witnesses`, `record_searches`; the other `record_*` belong to the store.
//! Events: the signals `record.witness_refused`, `record.witness_removed`.
//! Jobs: `record.witness` (each minute), `record.mail` (a checkpoint to a mailbox outside, daily), `record.tidy`.
//! Limit: a search with filters looks through 20,000 entries a page.

mod api;
mod jobs;
mod log;
mod log_page;
mod mailing;
mod names;
mod pages;
mod searches;
mod siem;
mod store;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod tests_log;
mod witnesses;

pub use log::{LogState, entries, log_state, proof, receipts, tile, to_files};
pub use mailing::{mailbox, set_mailbox};
pub use searches::{Search, delete_search, save_search, searches};
pub use siem::{Format, hand_out};
pub use witnesses::{WitnessRow, add_witness, remove_witness, witnesses};

use crate::{App, Result};
use std::net::IpAddr;
use waxwing_domain::{Action, Ctx, Micros, Operation};
use waxwing_http::Routes;
use waxwing_store::{Entry, JobRegistry, RecordRow, record_head, record_page};

/// How many entries are looked through for one page with filters, at most.
const SCAN: i64 = 20_000;
/// How many are read at a time.
const STEP: i64 = 500;

/// Which entries are wanted.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// This operation only.
    pub operation: Option<Operation>,
    /// Use cases whose name begins so, `subscribers` or `subscribers.show`.
    pub what: String,
    /// Entries that name this person.
    pub subject: Option<u32>,
    /// Entries of this kind of actor.
    pub actor: String,
    /// Entries of this person, session or key, or caused by it: a number of 13 characters.
    pub who: Option<i64>,
    /// Entries from this network address.
    pub address: Option<IpAddr>,
    /// Not before this moment.
    pub from: Option<Micros>,
    /// Before this moment.
    pub until: Option<Micros>,
}

impl Filter {
    fn wants(&self, row: &RecordRow) -> bool {
        let text = |key: &str| row.leaf[key].as_str().unwrap_or_default();
        let actor = row.leaf["actor"][0].as_str().unwrap_or_default();
        self.operation.is_none_or(|operation| text("operation") == operation.as_str())
            && text("what").starts_with(&self.what)
            && (self.actor.is_empty() || actor == self.actor)
            && self.who.is_none_or(|who| is_by(&row.leaf, who))
            && self.address.is_none_or(|address| from(row) == Some(address))
            && self.subject.is_none_or(|subject| row.subjects.contains(subject))
            && self.from.is_none_or(|from| moment(row) >= from)
            && self.until.is_none_or(|until| moment(row) < until)
    }
    /// The filter in words, for the record's own entry.
    fn words(&self) -> serde_json::Value {
        serde_json::json!({
            "operation": self.operation.map(Operation::as_str), "what": self.what, "subject": self.subject,
            "actor": self.actor, "who": self.who, "address": self.address,
            "from": self.from, "until": self.until,
        })
    }
    /// Whether nothing older than this row can be wanted. The clock may have been set back within
    /// the log by a little; a day is looked through on top.
    fn ends_before(&self, row: &RecordRow) -> bool {
        self.from.is_some_and(|from| moment(row) < from.plus(-Micros::DAY))
    }
}

/// Whether a principal or credential acted, or caused the act.
fn is_by(leaf: &serde_json::Value, who: i64) -> bool {
    ["actor", "origin"].iter().any(|role| leaf[role][1] == who || leaf[role][2] == who)
}

fn from(row: &RecordRow) -> Option<IpAddr> {
    row.address.as_ref()?.parse::<IpAddr>().ok().map(|address| address.to_canonical())
}

fn moment(row: &RecordRow) -> Micros {
    Micros::from_i64(row.leaf["at"].as_i64().unwrap_or_default())
}

/// The size and root of the log.
#[derive(Clone, Debug)]
pub struct Head {
    /// Numbered entries.
    pub size: i64,
    /// The root of the hash tree over them (RFC 6962), in hexadecimal.
    pub root: String,
    /// Entries that wait for their number, unprotected until they have it.
    pub pending: i64,
}

/// A page of the record.
#[derive(Debug)]
pub struct Found {
    /// The entries, newest first.
    pub rows: Vec<RecordRow>,
    /// Where the next page begins.
    pub next: Option<i64>,
    /// Whether the search stopped before it had looked through everything.
    pub cut: bool,
}

/// The head of the log.
pub async fn head(app: &App, ctx: &Ctx) -> Result<Head> {
    ctx.authorise(Action::RecordRead)?;
    let mut tx = app.read(ctx, "record.head").await?;
    let (size, root) = record_head(&mut tx).await?;
    Ok(Head { size, root: hex::encode(root), pending: store::pending(&mut tx).await? })
}

/// Entries before index `before`, newest first. The look itself is recorded before anything is answered.
pub async fn page(app: &App, ctx: &Ctx, filter: &Filter, before: i64, limit: usize) -> Result<Found> {
    ctx.authorise(Action::RecordRead)?;
    let detail = serde_json::json!({ "filter": filter.words(), "before": before });
    app.store().disclose(ctx, Entry::new(Operation::Read, "record.page").detail(detail)).await?;
    let mut tx = app.read(ctx, "record.page").await?;
    let mut rows = Vec::new();
    let mut at = before;
    for _ in 0..SCAN / STEP {
        let chunk = record_page(app.store(), &mut tx, at, STEP).await?;
        let Some(last) = chunk.last().map(|row| row.index) else {
            return Ok(Found { rows, next: None, cut: false });
        };
        for row in chunk {
            if filter.ends_before(&row) {
                return Ok(Found { rows, next: None, cut: false });
            }
            if filter.wants(&row) {
                if rows.len() == limit {
                    return Ok(Found { next: rows.last().map(|row: &RecordRow| row.index), rows, cut: false });
                }
                rows.push(row);
            }
        }
        at = last;
    }
    Ok(Found { rows, next: Some(at), cut: true })
}

/// The routes of this feature.
pub(crate) fn routes() -> Routes<App> {
    api::routes(pages::routes())
}

/// The jobs of this feature.
pub(crate) fn jobs(registry: &mut JobRegistry, app: &App) {
    jobs::register(registry, app);
}
