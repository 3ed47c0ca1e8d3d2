//! One list as CSV, chunk by chunk.

use super::rows::{Chunk, Opened};
use super::store::{self, State};
use crate::accounts::approvals::{self, Kind, Matter, Passage};
use crate::canaries::{self, Sprinkle};
use crate::fields::{self, Field};
use crate::importing::csv_row as row;
use crate::lists::{self, List, MembershipState};
use crate::subscribers::{self, StoredPerson};
use crate::{App, Error, Result, signals};
use bytes::Bytes;
use futures::stream::BoxStream;
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;
use std::sync::Arc;
use waxwing_domain::{Action, ApprovalId, Ctx, ExportId, ListId, Operation, SubjectNo};
use waxwing_store::{Disclosure, Entry, StoreError, Tx};

/// People a chunk: one entry of the record, one reading of the gate.
const PEOPLE: u32 = 1_000;
/// The longest purpose, in characters.
const LONGEST: usize = 500;

/// An export under way.
pub struct Export {
    app: App,
    ctx: Ctx,
    id: ExportId,
    list: ListId,
    fields: Vec<Arc<Field>>,
    destination: &'static str,
    after: SubjectNo,
    begun: bool,
    sprinkle: Sprinkle,
    written: u64,
}

/// What came of asking for an export.
#[must_use = "an export that waits is not made"]
pub enum Begun {
    /// It is under way.
    Now(Box<Export>),
    /// It waits for a second person; ask again for the same once they said yes.
    Waits(ApprovalId),
}

/// Begins to export the confirmed members of a list, or asks a second person where the workspace wants one.
///
/// # Errors
/// [`Error::Invalid`] without a purpose; [`Error::Contained`] while the workspace is contained.
pub async fn begin(app: &App, ctx: &Ctx, list: ListId, purpose: &str, destination: &'static str) -> Result<Begun> {
    ctx.authorise(Action::ExportRun)?;
    let purpose = checked_purpose(purpose)?;
    let ctx = ctx.clone().with_purpose(purpose);
    let mut tx = app.begin(&ctx, "exporting.begin").await?;
    if !tx.gate().await?.level.may_move_data() {
        return Err(contained());
    }
    let exported = lists::by_id(&mut tx, list).await?;
    let fields = fields::all(&mut tx).await?;
    // A file with empty columns would look like people without data.
    if fields.iter().any(|field| !ctx.rights.sees(field.class)) {
        return Err(waxwing_domain::Denied(Action::ExportRun).into());
    }
    let passage = match approvals::policy(&mut tx).await?.exports {
        true => {
            let matter = matter(&mut tx, &exported, &fields, purpose).await?;
            approvals::pass(app, &mut tx, &ctx, &matter).await?
        }
        false => Passage::FREE,
    };
    if let Some(request) = passage.waits() {
        tx.commit().await?;
        return Ok(Begun::Waits(request));
    }
    let id = ExportId::from_i64(ctx.new_id());
    store::insert(&mut tx, id, list, purpose, ctx.actor.kind(), ctx.now()).await?;
    let entry = Entry::new(Operation::Export, "exporting.begin").on("export", id.as_i64()).to(destination);
    let detail = serde_json::json!({ "list": list.to_string(), "by": passage.note() });
    tx.record(app.store(), &ctx, entry.detail(detail)).await?;
    signals::note(&mut tx, &ctx, "export.begun", 1, serde_json::json!({ "export": id.to_string() })).await?;
    let people = lists::confirmed(&mut tx, list).await?;
    let sprinkle = canaries::mark_export(app, &mut tx, &ctx, (id, list), people).await?;
    tx.commit().await?;
    let (app, after, begun, written) = (app.clone(), SubjectNo::new(0), false, 0);
    let export = Export { app, ctx, id, list, fields, destination, after, begun, sprinkle, written };
    Ok(Begun::Now(Box::new(export)))
}

/// The export as a second person is shown it.
async fn matter(tx: &mut Tx, list: &List, fields: &[Arc<Field>], purpose: &str) -> Result<Matter> {
    let people = lists::confirmed(tx, list.id).await?;
    let query = url::form_urlencoded::Serializer::new(String::new())
        .append_pair("list", &list.id.to_string())
        .append_pair("purpose", purpose)
        .finish();
    let keys: Vec<&str> = fields.iter().map(|field| field.key.as_str()).collect();
    let ids: Vec<u8> = fields.iter().flat_map(|field| field.id.get().to_be_bytes()).collect();
    Ok(Matter::new(Kind::Export, list.id.as_i64(), list.name.clone(), format!("/audience/export?{query}"))
        .fact("Fields", keys.join(", "))
        .fact("Purpose", purpose)
        .exactly(ids)
        .about(people))
}

fn checked_purpose(purpose: &str) -> Result<&str> {
    let purpose = purpose.trim();
    match purpose.chars().count() {
        0 => Err(Error::invalid("purpose", "say what this export is for; it stays in the access record")),
        1..=LONGEST => Ok(purpose),
        _ => Err(Error::invalid("purpose", "at most 500 characters")),
    }
}

const fn contained() -> Error {
    Error::Contained("nothing is imported or exported.")
}

impl Export {
    /// Its id.
    pub const fn id(&self) -> ExportId {
        self.id
    }

    /// The next piece of the file, once what it holds is on the record; none after the last.
    pub async fn next(&mut self) -> Result<Option<Bytes>> {
        if !std::mem::replace(&mut self.begun, true) {
            return Ok(Some(self.header().into()));
        }
        let chunk = self.chunk().await;
        let ended = match &chunk {
            Ok(Some(_)) => return chunk,
            Ok(None) => State::Done,
            Err(_) => State::Broken,
        };
        let noted = self.end(ended).await;
        match (chunk, noted) {
            (Ok(_), Err(error)) => Err(error),
            (chunk, _) => chunk,
        }
    }

    /// The same as a stream.
    pub fn into_stream(self) -> BoxStream<'static, std::io::Result<Bytes>> {
        Box::pin(futures::stream::try_unfold(self, |mut export| async {
            let next = export.next().await.map_err(std::io::Error::other)?;
            Ok(next.map(|bytes| (bytes, export)))
        }))
    }

    fn header(&self) -> String {
        let mut text = String::new();
        row(self.fields.iter().map(|field| field.key.as_str()), &mut text);
        text
    }

    async fn chunk(&mut self) -> Result<Option<Bytes>> {
        if !self.app.gate().now(self.ctx.workspace).await?.level.may_move_data() {
            return Err(contained());
        }
        let mut tx = self.app.read(&self.ctx, "exporting.chunk").await?;
        let people = lists::members_after(&mut tx, self.list, MembershipState::Confirmed, self.after, PEOPLE).await?;
        let Some(&last) = people.last() else { return Ok(None) };
        let people = subscribers::sealed(&mut tx, &people).await?;
        drop(tx);
        let seen = self.disclose(&people).await?;
        let text = self.rows(&seen, &people);
        self.advance(people.len()).await?;
        self.after = last;
        Ok(Some(text.into()))
    }

    /// The entry of this chunk, committed.
    async fn disclose(&self, people: &[StoredPerson]) -> Result<Disclosure> {
        let entry =
            Entry::new(Operation::Export, "exporting.chunk").on("export", self.id.as_i64()).to(self.destination);
        let entry = entry.present(people.iter().map(|stored| stored.named(&self.fields)));
        Ok(self.app.store().disclose(&self.ctx, entry).await?)
    }

    fn rows(&mut self, seen: &Disclosure, people: &[StoredPerson]) -> String {
        let mut opened: Vec<Opened<'_>> = Vec::with_capacity(people.len());
        for stored in people {
            match seen.open(self.app.store(), &stored.person) {
                Ok(clear) => opened.push((stored, clear)),
                // A row that fails its integrity check is left out and never shown; the rest goes on.
                Err(error) => tracing::error!(%error, export = %self.id, "a person is missing from an export"),
            }
        }
        let (first, is_last) = (self.written, people.len() < PEOPLE as usize);
        self.written += opened.len() as u64;
        Chunk { fields: &self.fields, people: &opened, first, is_last }.text(&mut self.sprinkle)
    }

    async fn advance(&self, people: usize) -> Result<()> {
        let mut tx = self.app.begin(&self.ctx, "exporting.advance").await?;
        store::advance(&mut tx, self.id, people).await?;
        Ok(tx.commit().await?)
    }

    async fn end(&self, state: State) -> Result<()> {
        let mut tx = self.app.begin(&self.ctx, "exporting.end").await?;
        store::end(&mut tx, self.id, state, self.ctx.now()).await?;
        Ok(tx.commit().await?)
    }
}

/// Exports a list to a new file that only its owner can read; gives the number of bytes written.
///
/// # Errors
/// [`Error::Invalid`] when the file exists. A file that was not finished is removed again.
pub async fn to_file(app: &App, ctx: &Ctx, list: ListId, purpose: &str, path: &Path) -> Result<u64> {
    let unwritable = |e: std::io::Error| Error::invalid("out", format!("cannot be written: {}", e.kind()));
    let mut file =
        std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path).map_err(unwritable)?;
    let written = write(app, ctx, list, purpose, &mut file).await;
    if written.is_err() {
        std::fs::remove_file(path).map_err(unwritable)?;
    }
    written
}

async fn write(app: &App, ctx: &Ctx, list: ListId, purpose: &str, file: &mut std::fs::File) -> Result<u64> {
    let full = |e: std::io::Error| match e.kind() {
        std::io::ErrorKind::StorageFull => StoreError::Full.into(),
        kind => Error::invalid("out", format!("cannot be written: {kind}")),
    };
    let mut export = match begin(app, ctx, list, purpose, "file").await? {
        Begun::Now(export) => export,
        Begun::Waits(request) => {
            return Err(Error::Conflict(format!("This export waits for a second person’s yes: request {request}.")));
        }
    };
    let mut size = 0;
    while let Some(bytes) = export.next().await? {
        size += bytes.len() as u64;
        if let Err(error) = file.write_all(&bytes) {
            export.end(State::Broken).await?;
            return Err(full(error));
        }
    }
    file.sync_all().map_err(full)?;
    Ok(size)
}
