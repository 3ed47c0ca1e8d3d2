//! The proof of delivery of a notice as a file of JSON, written piece by piece.
//!
//! Promise: memory does not grow with the number of people: a piece holds at most [`PAGE`] of them. Limit: while a notice still
//! leaves, its numbers are those of the beginning of the file and a row is that of its piece; once everybody has an outcome, both
//! agree.

use super::proof::{UNREACHED, progress};
use super::store::{self, PartRow};
use super::{Notice, by_id};
use crate::incidents::{self, EvidenceFile, EvidencePart};
use axum::body::Bytes;
use futures::stream::BoxStream;
use serde_json::{Value, json};
use std::collections::VecDeque;
use waxwing_app::sending::{self, Recipient};
use waxwing_app::{App, Result};
use waxwing_domain::{Ctx, IncidentId, NoticeId, Operation, SubjectNo};
use waxwing_law::drafts::Locale;
use waxwing_law::facts::DataKind;
use waxwing_store::{Entry, Tx, inventory};

/// People of one piece, at most.
const PAGE: i64 = 2_000;

/// A proof that is being written.
pub struct Proof {
    app: App,
    ctx: Ctx,
    notice: Notice,
    parts: VecDeque<PartRow>,
    at: At,
}

/// What is written next.
enum At {
    /// What is said of the notice as a whole.
    Head,
    /// What is said of the next letter, which may be the first.
    Letter { first: bool },
    /// Who got it, from the number after this one.
    People { part: PartRow, after: SubjectNo, first: bool },
    /// Nothing.
    Over,
}

/// The proof; that it left is on the record and the timeline first.
///
/// # Errors
/// [`waxwing_app::Error::NotFound`] for who is not in the case.
pub async fn proof(app: &App, ctx: &Ctx, case: IncidentId, id: NoticeId) -> Result<Proof> {
    let mut tx = app.begin(ctx, "notices.proof").await?;
    let notice = by_id(app, &mut tx, ctx, case, id).await?;
    let entry = Entry::new(Operation::Export, "notices.proof").on("notice", id.as_i64()).to("file");
    let entry = tx.record(app.store(), ctx, entry).await?;
    incidents::machine(&mut tx, ctx, case, incidents::Category::Communication, ("notices.proof", entry)).await?;
    let proof = Proof::of(app, &mut tx, ctx, notice).await?;
    tx.commit().await?;
    Ok(proof)
}

impl Proof {
    async fn of(app: &App, tx: &mut Tx, ctx: &Ctx, notice: Notice) -> Result<Self> {
        let parts = store::parts(tx, notice.id).await?.into();
        Ok(Self { app: app.clone(), ctx: ctx.clone(), notice, parts, at: At::Head })
    }

    /// The next piece; none after the last. The pieces together are one object of JSON.
    pub async fn next(&mut self) -> Result<Option<String>> {
        if matches!(self.at, At::Over) {
            return Ok(None);
        }
        let mut tx = self.app.read(&self.ctx, "notices.proof").await?;
        self.piece(&mut tx).await
    }

    /// The same as a stream.
    pub fn into_stream(self) -> BoxStream<'static, std::io::Result<Bytes>> {
        Box::pin(futures::stream::try_unfold(self, |mut proof| async {
            let next = proof.next().await.map_err(std::io::Error::other)?;
            Ok(next.map(|piece| (Bytes::from(piece), proof)))
        }))
    }

    async fn piece(&mut self, tx: &mut Tx) -> Result<Option<String>> {
        // Nothing follows a piece that could not be written.
        match std::mem::replace(&mut self.at, At::Over) {
            At::Head => {
                self.at = At::Letter { first: true };
                Ok(Some(opened(&head(tx, &self.notice).await?, "parts")))
            }
            At::Letter { first } => Ok(Some(self.letter(first))),
            At::People { part, after, first } => self.people(tx, (part, after), first).await.map(Some),
            At::Over => Ok(None),
        }
    }

    fn letter(&mut self, first: bool) -> String {
        let Some(part) = self.parts.pop_front() else { return "\n]}\n".into() };
        let text = opened(&letter(&self.notice, &part), "people");
        self.at = At::People { part, after: SubjectNo::new(0), first: true };
        format!("{}{text}", if first { "\n" } else { ",\n" })
    }

    async fn people(&mut self, tx: &mut Tx, (part, after): (PartRow, SubjectNo), first: bool) -> Result<String> {
        let page = sending::proof(tx, &self.ctx, part.source, after, PAGE).await?;
        let Some(last) = page.last() else {
            self.at = At::Letter { first: false };
            return Ok("\n]}".into());
        };
        self.at = At::People { part, after: last.subject, first: false };
        let rows: Vec<String> = page.iter().map(|row| delivery(row).to_string()).collect();
        Ok(format!("{}{}", if first { "\n" } else { ",\n" }, rows.join(",\n")))
    }
}

/// An object whose last member is a list that is still to be written.
fn opened(object: &Value, list: &str) -> String {
    let text = object.to_string();
    format!("{},\"{list}\":[", text.strip_suffix('}').unwrap_or(&text))
}

async fn head(tx: &mut Tx, notice: &Notice) -> Result<Value> {
    let progress = progress(tx, notice.id).await?;
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
    }))
}

fn letter(notice: &Notice, part: &PartRow) -> Value {
    let locale = Locale::parse(&part.locale).unwrap_or(notice.words.usual);
    let (certain, possible) = (kinds(&part.certain), kinds(&part.possible));
    let letter = notice.words.letters.get(&locale).cloned().unwrap_or_default();
    json!({
        "language": locale.as_str(), "certain": part.certain, "possible": part.possible, "ordered_for": part.frozen,
        "title": letter.title, "text": letter.filled(locale, &certain, &possible),
    })
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

inventory::submit! { EvidencePart::new("notices", |app, tx, ctx, case| Box::pin(files(app, tx, ctx, case))) }

/// The proof of every notice of a case, a file each.
async fn files(app: &App, tx: &mut Tx, ctx: &Ctx, case: IncidentId) -> Result<Vec<EvidenceFile>> {
    let mut files = Vec::new();
    for notice in super::of_case(app, tx, ctx, case).await? {
        let (name, mut text) = (format!("{}.json", notice.id), String::new());
        let mut proof = Proof::of(app, tx, ctx, notice).await?;
        while let Some(piece) = proof.piece(tx).await? {
            text.push_str(&piece);
        }
        files.push(EvidenceFile::text(&name, text));
    }
    Ok(files)
}
