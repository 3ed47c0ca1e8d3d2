//! A frozen answer as a file: each field of each person, how sure it is, when first and when last.
//!
//! Promise: its rows are those of the people's page; whom a chunk names is on the record before the chunk leaves. With
//! addresses it is an export: it asks for the right to export, for a fresh proof and for a second person where exports do,
//! masks nobody but refuses whoever would see masks, and stops when the workspace is contained. Without, it has numbers
//! and can be taken then too; the country stands beside them where the reader may read subscribers and nothing is contained.
//! Limit: no made-up people stand in it, for each row says that somebody was touched; who gave a copy away is told by the
//! record alone. Addresses and countries are as they stand now; whoever was erased since has neither.

use super::country::{code, country_field};
use super::file_rows::{self, Columns, Format, Known};
use super::summary::Registry;
use super::{Frozen, Radius, TouchedPeople};
use axum::body::Bytes;
use futures::stream::BoxStream;
use serde_json::json;
use std::collections::HashMap;
use std::sync::Arc;
use waxwing_app::accounts::approvals::{self, Kind, Matter, Passage};
use waxwing_app::fields::{self, Field};
use waxwing_app::{App, Error, Result, signals, subscribers};
use waxwing_domain::{Action, ApprovalId, Ctx, Denied, FieldId, Operation, SubjectNo};
use waxwing_store::{Entry, RoaringBitmap, Tx};

/// People a chunk: one entry of the record, one reading of the gate.
const PEOPLE: usize = 1_000;
/// People a walk through the record: each walk reads the whole log, and keeps what it found of so many.
const WALK: usize = 50_000;
/// The longest purpose, in characters.
const LONGEST: usize = 500;

/// What is wanted of a file.
#[derive(Clone, Debug)]
pub struct Wish {
    /// How it is written.
    pub format: Format,
    /// Whether people's addresses stand in it.
    pub addresses: bool,
    /// What it is for; stays in the access record.
    pub purpose: String,
}

/// What came of asking for a file.
#[must_use = "a file that waits is not made"]
pub enum Begun {
    /// It is under way.
    Now(Box<AnswerFile>),
    /// It waits for a second person; ask again for the same once they said yes.
    Waits(ApprovalId),
}

/// A file under way.
pub struct AnswerFile {
    app: App,
    ctx: Ctx,
    id: i64,
    radius: Radius,
    people: RoaringBitmap,
    registry: Registry,
    country: Option<Arc<Field>>,
    email: Option<Arc<Field>>,
    format: Format,
    destination: &'static str,
    begun: bool,
    after: u32,
    walked: Vec<SubjectNo>,
    touched: TouchedPeople,
}

/// Begins to hand out a frozen answer, or asks a second person where the workspace wants one for exports.
///
/// # Errors
/// [`Error::Invalid`] without a purpose; [`Error::Contained`] for addresses while the workspace is contained.
pub async fn begin(app: &App, ctx: &Ctx, id: i64, wish: &Wish, destination: &'static str) -> Result<Begun> {
    ctx.authorise(Action::RecordRead)?;
    let ctx = ctx.clone().with_purpose(checked(&wish.purpose)?);
    super::throttle(app, &ctx)?;
    let mut tx = app.read(&ctx, "blast.frozen").await?;
    let frozen = super::frozen(app, &mut tx, &ctx, id).await?;
    drop(tx);
    let mut tx = app.begin(&ctx, "blast.file").await?;
    let known = fields::all(&mut tx).await?;
    let country = country(&mut tx, &ctx, &known).await?;
    let email = if wish.addresses { Some(address(&mut tx, &ctx, &known).await?) } else { None };
    let people = frozen.answer.radius.everybody();
    let passage = match email.is_some() && approvals::policy(&mut tx).await?.exports {
        true => approvals::pass(app, &mut tx, &ctx, &matter(&frozen, country.as_deref(), wish, people.len())).await?,
        false => Passage::FREE,
    };
    if let Some(request) = passage.waits() {
        tx.commit().await?;
        return Ok(Begun::Waits(request));
    }
    let detail = json!({ "format": wish.format.as_str(), "addresses": wish.addresses, "people": people.len(),
        "hash": hex::encode(frozen.hash), "by": passage.note() });
    let entry = Entry::new(Operation::Export, "blast.file").on("radius", id).to(destination).detail(detail);
    tx.record(app.store(), &ctx, entry).await?;
    if email.is_some() {
        signals::note(&mut tx, &ctx, "export.begun", 1, json!({ "radius": id.to_string() })).await?;
    }
    tx.commit().await?;
    let (app, registry, format, radius) = (app.clone(), Registry::of(known), wish.format, frozen.answer.radius);
    let (begun, after, walked, touched) = (false, 0, Vec::new(), TouchedPeople::default());
    Ok(Begun::Now(Box::new(AnswerFile {
        app,
        ctx,
        id,
        radius,
        people,
        registry,
        country,
        email,
        format,
        destination,
        begun,
        after,
        walked,
        touched,
    })))
}

fn checked(purpose: &str) -> Result<&str> {
    let purpose = purpose.trim();
    match purpose.chars().count() {
        0 => Err(Error::invalid("purpose", "say what this file is for; it stays in the access record")),
        1..=LONGEST => Ok(purpose),
        _ => Err(Error::invalid("purpose", "at most 500 characters")),
    }
}

/// The field that says where people live, for whoever may read it of everybody now.
async fn country(tx: &mut Tx, ctx: &Ctx, known: &[Arc<Field>]) -> Result<Option<Arc<Field>>> {
    let flows = tx.gate().await?.level.may_move_data();
    if !flows || ctx.authorise_bulk(Action::SubscribersRead).is_err() {
        return Ok(None);
    }
    let key = country_field(tx).await?;
    Ok(known.iter().find(|field| field.key == key && ctx.rights.sees(field.class)).cloned())
}

/// The field of addresses, for whoever may take them out now. A file of masks would look like people without addresses.
async fn address(tx: &mut Tx, ctx: &Ctx, known: &[Arc<Field>]) -> Result<Arc<Field>> {
    ctx.authorise(Action::ExportRun)?;
    ctx.authorise(Action::SubscribersRead)?;
    if !tx.gate().await?.level.may_move_data() {
        return Err(contained());
    }
    let field = known.iter().find(|field| field.id == FieldId::EMAIL).cloned().ok_or(Error::NotFound("field"))?;
    if ctx.rights.sees(field.class) { Ok(field) } else { Err(Denied(Action::ExportRun).into()) }
}

/// Whether whoever asks may take addresses out, were nothing contained and the proof fresh.
pub(super) async fn may_have_addresses(tx: &mut Tx, ctx: &Ctx) -> Result<bool> {
    let known = fields::all(tx).await?;
    let seen = known.iter().any(|field| field.id == FieldId::EMAIL && ctx.rights.sees(field.class));
    Ok(seen && ctx.may(Action::ExportRun) && ctx.may(Action::SubscribersRead))
}

/// The file as a second person is shown it.
fn matter(frozen: &Frozen, country: Option<&Field>, wish: &Wish, people: u64) -> Matter {
    let back = format!("/security/who-was-touched/frozen/{}", frozen.id);
    let fields = country.map_or("email".to_owned(), |country| format!("email, {}", country.key));
    Matter::new(Kind::Export, frozen.id, "People who were touched", back)
        .fact("Answer frozen", frozen.at.to_string())
        .fact("Fields", fields)
        .fact("Purpose", wish.purpose.trim())
        .exactly(frozen.hash)
        .about(i64::try_from(people).unwrap_or(i64::MAX))
}

const fn contained() -> Error {
    Error::Contained("addresses stay here. Take the file without them: it has the numbers.")
}

impl AnswerFile {
    /// How many people stand in it.
    pub fn people(&self) -> u64 {
        self.people.len()
    }

    /// The next piece of the file, once whom it names is on the record; none after the last.
    pub async fn next(&mut self) -> Result<Option<Bytes>> {
        if !std::mem::replace(&mut self.begun, true)
            && let Some(header) = file_rows::header(self.format, self.columns())
        {
            return Ok(Some(header.into()));
        }
        let chunk = self.chunk().await?;
        if chunk.is_empty() {
            return Ok(None);
        }
        let values = (self.country.is_some() || self.email.is_some()).then_some(());
        let known = match values {
            Some(()) => self.opened(&chunk).await?,
            None => HashMap::new(),
        };
        let (mut text, nothing, shape) = (String::new(), Known::default(), (self.format, self.columns()));
        for subject in chunk {
            let known = known.get(&subject).unwrap_or(&nothing);
            file_rows::person(shape, &self.registry, (subject, known), &self.touched, &mut text)?;
        }
        Ok(Some(text.into()))
    }

    /// The same as a stream.
    pub fn into_stream(self) -> BoxStream<'static, std::io::Result<Bytes>> {
        Box::pin(futures::stream::try_unfold(self, |mut file| async {
            let next = file.next().await.map_err(std::io::Error::other)?;
            Ok(next.map(|bytes| (bytes, file)))
        }))
    }

    const fn columns(&self) -> Columns {
        Columns { country: self.country.is_some(), email: self.email.is_some() }
    }

    /// The next people, on the record as handed out; none after the last.
    async fn chunk(&mut self) -> Result<Vec<SubjectNo>> {
        if self.columns() != (Columns { country: false, email: false })
            && !self.app.gate().now(self.ctx.workspace).await?.level.may_move_data()
        {
            return Err(contained());
        }
        if self.walked.is_empty() {
            let more = self.people.range(self.after.saturating_add(1)..).take(WALK);
            self.walked = more.map(SubjectNo::new).collect();
            let Some(last) = self.walked.last() else { return Ok(Vec::new()) };
            self.after = last.get();
            self.touched = super::touched(&self.app, &self.ctx, &self.radius, &self.walked).await?;
        }
        let rest = self.walked.split_off(PEOPLE.min(self.walked.len()));
        let chunk = std::mem::replace(&mut self.walked, rest);
        let entry = Entry::new(Operation::Export, "blast.file.chunk").on("radius", self.id).to(self.destination);
        let entry = entry.present(chunk.iter().map(|subject| (*subject, Vec::new())));
        self.app.store().disclose(&self.ctx, entry).await?;
        Ok(chunk)
    }

    /// Addresses and countries of these people, on the record before.
    async fn opened(&self, people: &[SubjectNo]) -> Result<HashMap<SubjectNo, Known>> {
        let fields: Vec<_> = self.country.iter().chain(&self.email).cloned().collect();
        let mut tx = self.app.read(&self.ctx, "blast.file.people").await?;
        let (what, to) = ("blast.file.people", self.destination);
        let shown = subscribers::show_many(&self.app, &mut tx, &self.ctx, people, &fields, what, to).await?;
        let value = |person: &subscribers::Shown, field: &Option<Arc<Field>>| {
            field.as_ref().and_then(|field| person.get(field)).unwrap_or_default().to_owned()
        };
        let known = shown.into_iter().map(|person| {
            let country = code(&value(&person, &self.country)).unwrap_or_default();
            (person.subject, Known { country, email: value(&person, &self.email) })
        });
        Ok(known.collect())
    }
}
