//! What comes from outside into the evidence of a case: a screenshot, a letter of extortion, a provider's answer.
//!
//! Promise: a file is sealed under a key of its own as it comes in and never changed; its SHA-256 stands in the chain of
//! custody and so in the access record, and is compared whenever the file is opened; each opening is a link of the chain.
//! Limit: where it comes from is what whoever put it in says; what was done to it before is not known here. At most
//! [`LARGEST`] bytes each and [`MOST`] together.

use super::custody::{self, CustodyAct};
use super::store_files as store;
use super::words::Category;
use super::{EvidenceFile, members, sealing, timeline, when};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use waxwing_app::{App, Error, Result};
use waxwing_crypto::file_key::{CHUNK_LEN, HEADER_LEN, SEALED_CHUNK_LEN};
use waxwing_crypto::{FileKey, FileOpener, FileSealer, Place, TableId, sha256};
use waxwing_domain::{Action, Actor, CasePartId, Ctx, FieldId, IncidentId, Micros, Operation, WorkspaceId};
use waxwing_store::{Entry, StoreError, Tx};

/// The largest file, in bytes.
pub const LARGEST: usize = 10 * 1024 * 1024;
/// All files of one case together, in bytes.
pub const MOST: i64 = 200 * 1024 * 1024;
/// The longest name and the longest source, in characters.
const LONGEST: usize = 200;

/// A file that is put in.
pub struct NewFile {
    /// What it is called.
    pub name: String,
    /// From whom or where it comes.
    pub source: String,
    /// When it was acquired there.
    pub acquired_at: Micros,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

/// A file of the evidence, without its bytes.
#[derive(Clone)]
pub struct CaseFile {
    /// Its id.
    pub id: CasePartId,
    /// SHA-256 of its bytes.
    pub hash: [u8; 32],
    /// In bytes.
    pub size: i64,
    /// When it was put in.
    pub put_at: Micros,
    /// By whom: kind and principal.
    pub by: Actor,
    /// What it is called; sealed at rest.
    pub name: String,
    /// From whom or where it comes; sealed at rest.
    pub source: String,
    /// When it was acquired there.
    pub acquired_at: Micros,
}

impl CaseFile {
    /// The hash in hexadecimal.
    pub fn hash_text(&self) -> String {
        hex::encode(self.hash)
    }
    /// As the chain of custody calls it.
    fn what(&self) -> String {
        format!("file:{}", self.id)
    }
    /// Its name within the evidence: never what somebody called it.
    fn stored_name(&self) -> String {
        format!("files/{}.bin", self.id)
    }
}

/// The sealed words of a file.
#[derive(Serialize, Deserialize)]
struct About {
    name: String,
    source: String,
    acquired_at: i64,
}

/// Puts a file into the evidence of a case, also after the case has ended.
///
/// # Errors
/// [`Error::Invalid`] for an empty or too large file, a name or source that is no line, a time to come;
/// [`Error::Conflict`] where the case holds too much already.
pub async fn put(app: &App, ctx: &Ctx, id: IncidentId, new: NewFile) -> Result<CaseFile> {
    ctx.authorise(Action::IncidentsWrite)?;
    let about = check(ctx, &new)?;
    let file = CaseFile {
        id: CasePartId::from_i64(ctx.new_id()),
        hash: sha256(&[&new.bytes]),
        size: i64::try_from(new.bytes.len()).unwrap_or(i64::MAX),
        put_at: ctx.now(),
        by: ctx.actor,
        name: about.name.clone(),
        source: about.source.clone(),
        acquired_at: new.acquired_at,
    };
    // Before the transaction: ten megabytes take a while.
    let sealed = seal(app, ctx, file.id, (&about, &new.bytes))?;
    let mut tx = app.begin(ctx, "incidents.put_file").await?;
    members::writable(&mut tx, ctx, id).await?;
    let held: i64 = store::all(&mut tx, id).await?.iter().map(|(file, _)| file.size).sum();
    if held + file.size > MOST {
        return Err(Error::Conflict("The files of this case are 200 MB together already.".into()));
    }
    store::insert(&mut tx, id, &file, sealed).await?;
    let detail = json!({ "file": file.id, "sha256": file.hash_text(), "bytes": file.size });
    let entry = Entry::new(Operation::Create, "incidents.put_file").detail(detail);
    timeline::act(app, &mut tx, ctx, id, Category::Response, entry).await?;
    custody::add(app, &mut tx, ctx, id, CustodyAct::Acquired, (&file.what(), &file.hash)).await?;
    tx.commit().await?;
    Ok(file)
}

fn check(ctx: &Ctx, new: &NewFile) -> Result<About> {
    if new.bytes.is_empty() || new.bytes.len() > LARGEST {
        return Err(Error::invalid("file", "Choose a file with something in it, of at most 10 MB."));
    }
    when::past("acquired_at", new.acquired_at, ctx.now())?;
    Ok(About {
        name: line("name", &new.name)?,
        source: line("source", &new.source)?,
        acquired_at: new.acquired_at.as_i64(),
    })
}

fn line(field: &str, typed: &str) -> Result<String> {
    let line = typed.trim();
    if line.is_empty() || line.chars().any(char::is_control) || line.chars().count() > LONGEST {
        return Err(Error::invalid(field, "Write one line of at most 200 characters."));
    }
    Ok(line.to_owned())
}

const fn key_place(workspace: WorkspaceId, id: i64) -> Place {
    Place::shared(workspace, TableId::INCIDENTS, FieldId::CASE_FILE_KEY, id)
}

fn seal(app: &App, ctx: &Ctx, id: CasePartId, (about, bytes): (&About, &[u8])) -> Result<store::Sealed> {
    let key = FileKey::random(&*ctx.rng);
    let ring = app.store().keys().ring();
    let keys = ring.workspace(ctx.workspace).map_err(|e| StoreError::Damaged(e.to_string()))?;
    let mut sealer = FileSealer::new(&key, &*ctx.rng);
    let mut sealed = sealer.header().to_vec();
    let mut chunks = bytes.chunks(CHUNK_LEN).peekable();
    while let Some(chunk) = chunks.next() {
        let last = chunks.peek().is_none();
        sealed.extend(sealer.seal_chunk(chunk, last).map_err(|e| StoreError::Damaged(e.to_string()))?);
    }
    Ok(store::Sealed {
        key: keys.wrap_file_key(&key_place(ctx.workspace, id.as_i64()), &key, &*ctx.rng),
        about: sealing::seal(app, ctx, FieldId::CASE_FILE, id.as_i64(), about)?,
        bytes: sealed,
    })
}

/// Opens what [`seal`] closed, and compares it with its hash.
fn open(app: &App, workspace: WorkspaceId, file: &CaseFile, (key, sealed): (&[u8], &[u8])) -> Result<Vec<u8>> {
    let damaged = || StoreError::Damaged(format!("the file {} of a case", file.id));
    let ring = app.store().keys().ring();
    let keys = ring.workspace(workspace).map_err(|e| StoreError::Damaged(e.to_string()))?;
    let key = keys.unwrap_file_key(&key_place(workspace, file.id.as_i64()), key).map_err(|_| damaged())?;
    let (header, body) = sealed.split_at_checked(HEADER_LEN).ok_or_else(damaged)?;
    let mut opener = FileOpener::new(&key, header).map_err(|_| damaged())?;
    let mut bytes = Vec::with_capacity(body.len());
    let mut chunks = body.chunks(SEALED_CHUNK_LEN).peekable();
    while let Some(chunk) = chunks.next() {
        let last = chunks.peek().is_none();
        bytes.extend(opener.open_chunk(chunk, last).map_err(|_| damaged())?);
    }
    opener.finish().map_err(|_| damaged())?;
    if sha256(&[&bytes]) != file.hash {
        return Err(damaged().into());
    }
    Ok(bytes)
}

/// The files of a case, the first first, without their bytes.
pub async fn files(app: &App, tx: &mut Tx, ctx: &Ctx, id: IncidentId) -> Result<Vec<CaseFile>> {
    ctx.authorise(Action::IncidentsRead)?;
    members::readable(tx, ctx, id).await?;
    let rows = store::all(tx, id).await?;
    let named = |(file, about): (CaseFile, Vec<u8>)| {
        let about: About = sealing::open(app, ctx.workspace, FieldId::CASE_FILE, file.id.as_i64(), &about)?;
        let acquired_at = Micros::from_i64(about.acquired_at);
        Ok(CaseFile { name: about.name, source: about.source, acquired_at, ..file })
    };
    rows.into_iter().map(named).collect()
}

/// Takes a file out again: opened, its hash compared, and a link of the chain before its first byte leaves.
///
/// # Errors
/// [`Error::NotFound`] for none of the case.
pub async fn take(app: &App, ctx: &Ctx, id: IncidentId, file: CasePartId) -> Result<(CaseFile, Vec<u8>)> {
    ctx.authorise(Action::RecordRead)?;
    let mut tx = app.begin(ctx, "incidents.take_file").await?;
    let found = files(app, &mut tx, ctx, id).await?.into_iter().find(|one| one.id == file);
    let found = found.ok_or(Error::NotFound("file"))?;
    let bytes = bytes(app, &mut tx, ctx, id, &found).await?;
    custody::add(app, &mut tx, ctx, id, CustodyAct::Exported, (&found.what(), &found.hash)).await?;
    tx.commit().await?;
    Ok((found, bytes))
}

async fn bytes(app: &App, tx: &mut Tx, ctx: &Ctx, id: IncidentId, file: &CaseFile) -> Result<Vec<u8>> {
    let (key, sealed) = store::content(tx, id, file.id).await?.ok_or(Error::NotFound("file"))?;
    open(app, ctx.workspace, file, (&key, &sealed))
}

/// What is said of the files, and the names that they have in the evidence.
pub(super) async fn index(app: &App, tx: &mut Tx, ctx: &Ctx, id: IncidentId) -> Result<Value> {
    let files = files(app, tx, ctx, id).await?;
    Ok(files
        .iter()
        .map(|file| {
            let (kind, number, _) = file.by.to_columns();
            json!({
                "file": file.stored_name(), "name": file.name, "from": file.source, "acquired_at": file.acquired_at,
                "put_in_at": file.put_at, "by": { "kind": kind, "number": number }, "bytes": file.size,
                "sha256": file.hash_text(),
            })
        })
        .collect())
}

/// One file as the evidence has it.
pub(super) async fn evidence(
    app: &App,
    tx: &mut Tx,
    ctx: &Ctx,
    id: IncidentId,
    file: &CaseFile,
) -> Result<EvidenceFile> {
    Ok(EvidenceFile { name: file.stored_name(), bytes: bytes(app, tx, ctx, id, file).await? })
}

waxwing_store::sealed! { "incident_files"."about" by "id", under Secrets,
at |cell| Place::shared(cell.workspace, TableId::INCIDENTS, FieldId::CASE_FILE, cell.key) }
waxwing_store::sealed! { "incident_files"."file_key" by "id", under Files, at |cell| key_place(cell.workspace, cell.key) }
