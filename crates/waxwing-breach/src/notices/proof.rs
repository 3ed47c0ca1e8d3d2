//! What became of a notice: numbers for the page, and the proof of each delivery as a file.
//!
//! Promise: the proof names each person by number only, with the codes that the relay answered and when; it has every
//! letter word by word and the digest that the second person's yes was bound to. Limit: a relay that took a message
//! took responsibility for it; whether it was read is not known and not watched.

use super::store::{self, PartRow};
use super::{Notice, by_id};
use crate::incidents::{self, EvidenceFile, EvidencePart};
use serde_json::{Value, json};
use waxwing_app::sending::{self, Counts, Recipient, SourceState};
use waxwing_app::{App, Result};
use waxwing_domain::{Ctx, IncidentId, NoticeId, Operation, SubjectNo};
use waxwing_law::drafts::Locale;
use waxwing_law::facts::DataKind;
use waxwing_store::{Entry, StoreError, Tx, inventory};

/// Rows read at once.
const PAGE: i64 = 2_000;
/// What follows for those who could not be reached.
pub(super) const UNREACHED: &str = "Who could not be reached by mail is to be told by a public communication or a similar measure, \
    by which they are informed in an equally effective manner (GDPR Art. 34(3)(c)).";

/// How far a notice is.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Progress {
    /// Everybody it was ordered for.
    pub people: i64,
    /// A relay took responsibility.
    pub accepted: i64,
    /// Waits, or is put off.
    pub waiting: i64,
    /// Refused for good.
    pub failed: i64,
    /// Known not to be reachable, or erased since.
    pub skipped: i64,
    /// Sent, and the answer was lost.
    pub unknown: i64,
    /// Why parts of it are held, each sentence once.
    pub held: Vec<String>,
    /// Whether any part is running.
    pub running: bool,
}

impl Progress {
    fn add(&mut self, counts: &Counts, ordered: i64) {
        self.people += ordered;
        self.accepted += counts.accepted;
        self.failed += counts.failed;
        self.unknown += counts.unknown;
        // Who was erased between order and freezing has no row; they count as left out.
        self.skipped += counts.skipped + if counts.filled { ordered - counts.audience } else { 0 };
        self.waiting = self.people - self.accepted - self.failed - self.unknown - self.skipped;
    }
    /// Those who were not reached, and will not be by mail.
    pub const fn unreached(&self) -> i64 {
        self.failed + self.skipped
    }
    /// Whether everybody has an outcome.
    pub const fn is_complete(&self) -> bool {
        self.waiting == 0
    }
}

/// How far a notice is.
pub async fn progress(tx: &mut Tx, id: NoticeId) -> Result<Progress> {
    let parts = store::parts(tx, id).await?;
    let sources: Vec<_> = parts.iter().map(|part| part.source).collect();
    let standings = sending::standings(tx, &sources).await?;
    let mut progress = Progress::default();
    for part in &parts {
        let Some(standing) = standings.get(&part.source) else { continue };
        progress.add(&standing.counts, part.frozen);
        progress.running |= standing.state == SourceState::Running;
        if standing.state == SourceState::Held {
            let reason = standing.hold_reason.clone().unwrap_or_default();
            if !progress.held.contains(&reason) {
                progress.held.push(reason);
            }
        }
    }
    Ok(progress)
}

/// The proof, as JSON; that it left is on the record and the timeline first.
///
/// # Errors
/// [`waxwing_app::Error::NotFound`] for who is not in the case.
pub async fn proof(app: &App, ctx: &Ctx, case: IncidentId, id: NoticeId) -> Result<Value> {
    let mut tx = app.begin(ctx, "notices.proof").await?;
    let notice = by_id(app, &mut tx, ctx, case, id).await?;
    let entry = Entry::new(Operation::Export, "notices.proof").on("notice", id.as_i64()).to("file");
    let entry = tx.record(app.store(), ctx, entry).await?;
    incidents::machine(&mut tx, ctx, case, incidents::Category::Communication, ("notices.proof", entry)).await?;
    tx.commit().await?;
    let mut tx = app.read(ctx, "notices.proof").await?;
    written(&mut tx, ctx, &notice).await
}

inventory::submit! { EvidencePart::new("notices", |app, tx, ctx, case| Box::pin(files(app, tx, ctx, case))) }

/// The proof of every notice of a case, a file each.
async fn files(app: &App, tx: &mut Tx, ctx: &Ctx, case: IncidentId) -> Result<Vec<EvidenceFile>> {
    let mut files = Vec::new();
    for notice in super::of_case(app, tx, ctx, case).await? {
        let proof = written(tx, ctx, &notice).await?;
        let text = serde_json::to_string_pretty(&proof).map_err(|_| StoreError::Damaged("a proof".into()))?;
        files.push(EvidenceFile::text(&format!("{}.json", notice.id), text + "\n"));
    }
    Ok(files)
}

async fn written(tx: &mut Tx, ctx: &Ctx, notice: &Notice) -> Result<Value> {
    let progress = progress(tx, notice.id).await?;
    let mut parts = Vec::new();
    for part in store::parts(tx, notice.id).await? {
        parts.push(one(tx, ctx, notice, part).await?);
    }
    Ok(json!({
        "notice": notice.id, "case": notice.case, "state": notice.state.as_str(),
        "digest": notice.digest.map(hex::encode),
        "frozen_answer": { "id": notice.radius.to_string(), "hash": hex::encode(notice.radius_hash) },
        "told": if notice.possible { "confirmed and possible" } else { "confirmed" },
        "ordered_at": notice.sent.map(|(at, _)| at), "ordered_by": notice.sent.map(|(_, by)| by),
        "from": notice.words.from, "relay": notice.relay,
        "let_stand": notice.words.overruled.iter().map(|rule| rule.as_str()).collect::<Vec<_>>(),
        "numbers": { "people": progress.people, "accepted": progress.accepted, "waiting": progress.waiting,
            "failed": progress.failed, "left_out": progress.skipped, "unknown": progress.unknown },
        "unreached": { "people": progress.unreached(), "law": UNREACHED },
        "parts": parts,
    }))
}

async fn one(tx: &mut Tx, ctx: &Ctx, notice: &Notice, part: PartRow) -> Result<Value> {
    let locale = Locale::parse(&part.locale).unwrap_or(notice.words.usual);
    let (certain, possible) = (kinds(&part.certain), kinds(&part.possible));
    let letter = notice.words.letters.get(&locale).cloned().unwrap_or_default();
    let mut people = Vec::new();
    let mut after = SubjectNo::new(0);
    loop {
        let page = sending::proof(tx, ctx, part.source, after, PAGE).await?;
        let Some(last) = page.last() else { break };
        after = last.subject;
        people.extend(page.iter().map(delivery));
    }
    Ok(json!({
        "language": locale.as_str(), "certain": part.certain, "possible": part.possible, "ordered_for": part.frozen,
        "title": letter.title, "text": letter.filled(locale, &certain, &possible), "people": people,
    }))
}

fn kinds(words: &str) -> Vec<DataKind> {
    words.split(',').filter_map(DataKind::parse).collect()
}

fn delivery(row: &Recipient) -> Value {
    json!({
        "person": row.subject.get(), "outcome": row.state.as_str(), "why": row.reason, "reply": row.codes,
        "attempts": row.attempts, "at": row.at,
    })
}
