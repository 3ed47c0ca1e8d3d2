//! Frozen answers: what notices, forms and evidence cite, for ever the same.
//!
//! Promise: a frozen answer names the log it was computed from and has a hash over all of it, which
//! stands in the record's entry too; one that was changed since is refused. Limit: it is as true as
//! the record was when it was asked.

use super::closure::Made;
use super::radius::Radius;
use super::store::{self, Kept};
use super::summary::Summary;
use super::touch::Touch;
use super::{Answer, Question};
use aws_lc_rs::digest::{Context, SHA256};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use waxwing_app::{App, Error, Result};
use waxwing_crypto::{Place, TableId};
use waxwing_domain::{Action, Ctx, FieldId, Micros, Operation, WorkspaceId};
use waxwing_store::{Entry, StoreError, Tx};

/// Frozen answers that are listed.
const NEWEST: i64 = 50;

/// A frozen answer.
#[derive(Clone, PartialEq, Debug)]
pub struct Frozen {
    /// Its number.
    pub id: i64,
    /// When it was frozen.
    pub at: Micros,
    /// SHA-256 over question, log, numbers and every bitmap.
    pub hash: [u8; 32],
    /// The answer as it was.
    pub answer: Answer,
}

/// A frozen answer in a list.
#[derive(Clone, PartialEq, Debug)]
pub struct Listed {
    /// Its number.
    pub id: i64,
    /// When it was frozen.
    pub at: Micros,
    /// What was asked.
    pub question: Question,
    /// The numbers.
    pub summary: Summary,
}

/// All of an answer but its people.
#[derive(Serialize, Deserialize)]
struct Body {
    suspect: String,
    from: Micros,
    until: Micros,
    asked_skew: i64,
    follow: bool,
    entries: u64,
    first: Option<Micros>,
    last: Option<Micros>,
    made: Vec<Made>,
    made_more: u64,
    unnamed: BTreeMap<String, u64>,
    clock_back: i64,
    skew: i64,
    unknown_months: usize,
    unnumbered: u64,
    summary: Summary,
}

impl Body {
    fn of(answer: &Answer) -> Self {
        let radius = answer.radius.clone();
        Self {
            suspect: radius.question.suspect.to_string(),
            from: radius.question.from,
            until: radius.question.until,
            asked_skew: radius.question.skew,
            follow: radius.question.follow,
            entries: radius.entries,
            first: radius.first,
            last: radius.last,
            made: radius.made,
            made_more: radius.made_more,
            unnamed: radius.unnamed,
            clock_back: radius.clock_back,
            skew: radius.skew,
            unknown_months: radius.unknown_months,
            unnumbered: answer.unnumbered,
            summary: answer.summary.clone(),
        }
    }

    fn question(&self) -> Result<Question> {
        let suspect = self.suspect.parse().map_err(|_| damaged())?;
        Ok(Question { suspect, from: self.from, until: self.until, skew: self.asked_skew, follow: self.follow })
    }

    fn answer(self, kept: &Kept, touches: Vec<Touch>) -> Result<Answer> {
        let radius = Radius {
            question: self.question()?,
            size: kept.size.cast_unsigned(),
            root: kept.root,
            entries: self.entries,
            first: self.first,
            last: self.last,
            touches,
            made: self.made,
            made_more: self.made_more,
            unnamed: self.unnamed,
            clock_back: self.clock_back,
            skew: self.skew,
            unknown_months: self.unknown_months,
        };
        Ok(Answer { radius, summary: self.summary, unnumbered: self.unnumbered })
    }
}

fn damaged() -> Error {
    StoreError::Damaged("a frozen answer".into()).into()
}

const fn place(workspace: WorkspaceId, id: i64) -> Place {
    Place::shared(workspace, TableId::BLAST, FieldId::new(0), id)
}

/// What is hashed: the log, the body, and each touch with its bitmap, every part with its length.
fn digest(size: i64, root: &[u8; 32], body: &[u8], touches: &[Touch], people: &[Vec<u8>]) -> [u8; 32] {
    let mut hash = Context::new(&SHA256);
    let mut part = |bytes: &[u8]| {
        hash.update(&(bytes.len() as u64).to_be_bytes());
        hash.update(bytes);
    };
    part(&size.to_be_bytes());
    part(root);
    part(body);
    for (touch, people) in touches.iter().zip(people) {
        part(touch.effect.as_str().as_bytes());
        part(touch.channel.as_str().as_bytes());
        part(store::field_words(&touch.fields).as_bytes());
        for number in [touch.entries.cast_signed(), touch.first.as_i64(), touch.last.as_i64()] {
            part(&number.to_be_bytes());
        }
        part(people);
    }
    let mut out = [0; 32];
    out.copy_from_slice(hash.finish().as_ref());
    out
}

/// Freezes an answer; gives its number. The record's entry has its hash.
pub async fn freeze(app: &App, tx: &mut Tx, ctx: &Ctx, answer: &Answer) -> Result<i64> {
    ctx.authorise(Action::RecordRead)?;
    let radius = &answer.radius;
    let id = ctx.new_id();
    let body = serde_json::to_vec(&Body::of(answer)).map_err(|_| damaged())?;
    let mut people = Vec::with_capacity(radius.touches.len());
    for touch in &radius.touches {
        let mut bytes = Vec::with_capacity(touch.people.serialized_size());
        touch.people.serialize_into(&mut bytes).map_err(|_| damaged())?;
        people.push(bytes);
    }
    let size = radius.size.cast_signed();
    let hash = digest(size, &radius.root, &body, &radius.touches, &people);
    let ring = app.store().keys().ring();
    let keys = ring.workspace(ctx.workspace).map_err(|e| StoreError::Damaged(e.to_string()))?;
    let body = keys.seal_secret(&place(ctx.workspace, id), &body, &*ctx.rng);
    let kept = Kept { id, size, root: radius.root, hash, body, at: ctx.now() };
    store::insert(tx, kept, &radius.touches, people).await?;
    let entry = Entry::new(Operation::Create, "blast.freeze").on("radius", id);
    tx.record(app.store(), ctx, entry.detail(serde_json::json!({ "hash": hex::encode(hash) }))).await?;
    Ok(id)
}

/// A frozen answer, if it is what was frozen. Nothing of the people is opened.
///
/// # Errors
/// [`Error::NotFound`]; [`Error::Store`] with `Damaged` when it was changed since.
pub async fn frozen(app: &App, tx: &mut Tx, ctx: &Ctx, id: i64) -> Result<Frozen> {
    ctx.authorise(Action::RecordRead)?;
    let kept = store::by_id(tx, id).await?.ok_or(Error::NotFound("frozen answer"))?;
    let (touches, people): (Vec<Touch>, Vec<Vec<u8>>) = store::touches(tx, id).await?.into_iter().unzip();
    let body = open(app, ctx.workspace, &kept)?;
    if digest(kept.size, &kept.root, &body, &touches, &people) != kept.hash {
        return Err(damaged());
    }
    let body: Body = serde_json::from_slice(&body).map_err(|_| damaged())?;
    Ok(Frozen { id, at: kept.at, hash: kept.hash, answer: body.answer(&kept, touches)? })
}

/// The newest frozen answers.
pub async fn list(app: &App, tx: &mut Tx, ctx: &Ctx) -> Result<Vec<Listed>> {
    ctx.authorise(Action::RecordRead)?;
    let mut listed = Vec::new();
    for kept in store::newest(tx, NEWEST).await? {
        let body: Body = serde_json::from_slice(&open(app, ctx.workspace, &kept)?).map_err(|_| damaged())?;
        listed.push(Listed { id: kept.id, at: kept.at, question: body.question()?, summary: body.summary });
    }
    Ok(listed)
}

fn open(app: &App, workspace: WorkspaceId, kept: &Kept) -> Result<Vec<u8>> {
    let ring = app.store().keys().ring();
    let keys = ring.workspace(workspace).map_err(|e| StoreError::Damaged(e.to_string()))?;
    keys.open_secret(&place(workspace, kept.id), &kept.body).map_err(|_| damaged())
}

waxwing_store::sealed! { "blast_radii"."body" by "id", under Secrets,
at |cell| place(cell.workspace, cell.key) }
