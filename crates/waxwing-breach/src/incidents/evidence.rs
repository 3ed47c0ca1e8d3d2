//! The evidence of a case as files, to be checked on another machine.
//!
//! Promise: what is written is the case, its timeline with the entries that it rests on, what was done and told in it, its
//! frozen answers, the files that were put in, the chain of custody before this export, the parts of other features, what
//! was kept when something was contained and how that went, the whole record
//! with its signed head, and the configuration without secrets, under one signed manifest; that it left is on the record
//! and the timeline before its first byte.
//! The same state gives the same bytes. Limit: the free text of a case is in clear in these files; whoever has them needs
//! to know it. An archive is gathered in the data directory, in a folder that goes before its first byte leaves.

use super::custody::{self, CustodyAct};
use super::gathering::Turn;
use super::snapshots;
use super::words::Category;
use super::{
    EvidenceFile, Incident, Indicator, Line, archive, evidence_part, evidence_work, files, indicators, radius, stix,
    timeline,
};
use crate::containment::configuration;
use serde_json::{Value, json};
use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{Seek as _, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::Path;
use std::time::Duration;
use waxwing_app::{App, Error, Result, record};
use waxwing_domain::{Action, Ctx, IncidentId, Operation};
use waxwing_store::{
    EVIDENCE_RECORD, Entry, RecordCheck, RecordFileError, Sequencer, Tx, sign_evidence, verify_record,
};

/// What was written.
#[derive(Clone, Debug)]
pub struct Written {
    /// SHA-256 of the manifest, in hexadecimal.
    pub manifest: String,
    /// The key of the log, by which all is checked; to be handed over by another way.
    pub key: String,
    /// Entries of the record that are in it.
    pub entries: u64,
}

/// The evidence as one file.
#[derive(Clone, Debug)]
pub struct Archived {
    /// What is in it.
    pub written: Written,
    /// SHA-256 of the archive, in hexadecimal.
    pub sha256: String,
    /// Its size in bytes.
    pub size: u64,
}

/// How folders begin in which evidence is gathered.
const STAGING: &str = ".evidence-";
/// After this such a folder was left behind by a process that ended.
const LEFT_BEHIND: Duration = Duration::from_secs(3_600);
/// How often it is asked whether entries have their numbers, each a tenth of a second after the other.
const PATIENCE: usize = 50;

/// Writes the evidence of a case into the new directory `dir`, readable by its owner only.
///
/// # Errors
/// [`Error::NotFound`] for who is not in the case; [`Error::Conflict`] where `dir` exists or cannot be written.
pub async fn to_files(app: &App, ctx: &Ctx, id: IncidentId, dir: &Path) -> Result<Written> {
    begin(app, ctx, id).await?;
    DirBuilder::new().mode(0o700).create(dir).map_err(|error| unwritable(dir, &error))?;
    let written = write(app, ctx, id, dir).await?;
    let hash = hex::decode(&written.manifest).unwrap_or_default();
    let mut tx = app.begin(ctx, "incidents.evidence").await?;
    custody::add(app, &mut tx, ctx, id, CustodyAct::Exported, ("files", &hash)).await?;
    tx.commit().await?;
    Ok(written)
}

/// The evidence as one archive: an open file that no folder names any more, and what it is.
///
/// # Errors
/// As [`to_files`].
pub async fn to_archive(app: &App, ctx: &Ctx, id: IncidentId) -> Result<(File, Archived)> {
    let (file, hash, archived) = gather(app, ctx, id).await?;
    let mut tx = app.begin(ctx, "incidents.evidence").await?;
    custody::add(app, &mut tx, ctx, id, CustodyAct::Exported, ("archive", &hash)).await?;
    tx.commit().await?;
    Ok((file, archived))
}

/// Makes the archive, checks it from its first byte to its last, and keeps its hash, not the archive.
///
/// # Errors
/// As [`to_files`]; [`Error::Conflict`] where it is not whole.
pub async fn prepare(app: &App, ctx: &Ctx, id: IncidentId) -> Result<Archived> {
    let (file, hash, archived) = gather(app, ctx, id).await?;
    let check = RecordCheck { key: archived.written.key.parse().ok(), ..RecordCheck::default() };
    let checked = tokio::task::spawn_blocking(move || archive::verify_open(file, &check)).await;
    let whole = checked.ok().and_then(std::result::Result::ok).is_some_and(|report| report.is_whole());
    whole
        .then_some(())
        .ok_or_else(|| Error::Conflict("The evidence was made and is not whole. The log says why.".into()))?;
    let mut tx = app.begin(ctx, "incidents.evidence").await?;
    custody::add(app, &mut tx, ctx, id, CustodyAct::Acquired, ("archive", &hash)).await?;
    tx.commit().await?;
    Ok(archived)
}

async fn gather(app: &App, ctx: &Ctx, id: IncidentId) -> Result<(File, [u8; 32], Archived)> {
    let data = &app.config().data;
    DirBuilder::new().recursive(true).mode(0o700).create(data).map_err(|error| unwritable(data, &error))?;
    sweep(data);
    let _turn = Turn::take(data, ctx.workspace)?;
    begin(app, ctx, id).await?;
    let staging = tempfile::Builder::new().prefix(STAGING).tempdir_in(data);
    let staging = staging.map_err(|error| unwritable(data, &error))?;
    let dir = staging.path().join("evidence");
    DirBuilder::new().mode(0o700).create(&dir).map_err(|error| unwritable(&dir, &error))?;
    let written = write(app, ctx, id, &dir).await?;
    let file = tempfile::tempfile_in(data).map_err(|error| unwritable(data, &error))?;
    let packed = tokio::task::spawn_blocking(move || pack(&staging, file)).await;
    let packed = packed.map_err(|_| Error::Conflict("The evidence could not be packed.".into()))?;
    let (file, hash, size) = packed.map_err(|error| unwritable(data, &error))?;
    Ok((file, hash, Archived { written, sha256: hex::encode(hash), size }))
}

/// Checks the whole access record: writes it out, reads it back with the log's key, and throws the files away.
///
/// # Errors
/// [`Error::Conflict`] where anything does not fit.
pub async fn verify(app: &App, ctx: &Ctx) -> Result<(u64, String)> {
    numbered(app, ctx).await?;
    let data = &app.config().data;
    DirBuilder::new().recursive(true).mode(0o700).create(data).map_err(|error| unwritable(data, &error))?;
    sweep(data);
    let _turn = Turn::take(data, ctx.workspace)?;
    let staging = tempfile::Builder::new().prefix(STAGING).tempdir_in(data);
    let staging = staging.map_err(|error| unwritable(data, &error))?;
    let exported = record::to_files(app, ctx, &staging.path().join("record"), true, |_, _| ()).await?;
    let check = RecordCheck { key: exported.key.parse().ok(), ..RecordCheck::default() };
    let checked = tokio::task::spawn_blocking(move || verify_record(&staging.path().join("record"), &check, |_, _| ()));
    let report = checked.await.map_err(|_| Error::Conflict("The record could not be read back.".into()))?;
    let report = report.map_err(told)?;
    if !report.is_whole() {
        return Err(Error::Conflict(format!("The record is not whole: {} things do not fit.", report.wrong)));
    }
    Ok((report.size, report.root))
}

/// Packs what lies in `staging`; gives the file from its beginning, its hash and its size.
fn pack(staging: &tempfile::TempDir, file: File) -> std::io::Result<(File, [u8; 32], u64)> {
    let mut file = archive::pack(&staging.path().join("evidence"), file)?;
    file.rewind()?;
    let hash = archive::hash_of(&mut file)?;
    let size = file.stream_position()?;
    file.rewind()?;
    Ok((file, hash, size))
}

/// Takes away what a process left behind that ended while it gathered evidence.
fn sweep(data: &Path) {
    let Ok(entries) = std::fs::read_dir(data) else { return };
    for entry in entries.flatten().filter(|entry| entry.file_name().to_string_lossy().starts_with(STAGING)) {
        let age = entry.metadata().and_then(|about| about.modified()).ok().and_then(|at| at.elapsed().ok());
        if age.is_some_and(|age| age > LEFT_BEHIND)
            && let Err(error) = std::fs::remove_dir_all(entry.path())
        {
            tracing::warn!(%error, "what was left of gathering evidence cannot be removed");
        }
    }
}

/// Before the first byte: that it leaves is on the record and on the timeline, under the signed head.
async fn begin(app: &App, ctx: &Ctx, id: IncidentId) -> Result<()> {
    ctx.authorise(Action::RecordRead)?;
    let mut tx = app.begin(ctx, "incidents.evidence").await?;
    super::by_id(&mut tx, ctx, id).await?;
    let entry = Entry::new(Operation::Export, "incidents.evidence").to("file");
    timeline::act(app, &mut tx, ctx, id, Category::Communication, entry).await?;
    tx.commit().await?;
    numbered(app, ctx).await
}

/// Waits until every entry has its number: where a server runs, it gives them within a second.
async fn numbered(app: &App, ctx: &Ctx) -> Result<()> {
    for _ in 0..PATIENCE {
        Sequencer::new(app.store().clone()).finish().await?;
        if record::head(app, ctx).await?.pending == 0 {
            return Ok(());
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    // Others go on acting meanwhile: their entries are not of this case.
    Ok(())
}

async fn write(app: &App, ctx: &Ctx, id: IncidentId, dir: &Path) -> Result<Written> {
    let exported = record::to_files(app, ctx, &dir.join(EVIDENCE_RECORD), true, |_, _| ()).await?;
    for (name, text) in texts(app, ctx, id).await? {
        put(&dir.join(name), text.as_bytes())?;
    }
    let mut tx = app.read(ctx, "incidents.evidence").await?;
    let mut files = evidence_part::parts(app, &mut tx, ctx, id).await?;
    files.extend(radius::evidence(app, &mut tx, ctx, id).await?);
    files.extend(evidence_work::contained(app, &mut tx, ctx, id).await?);
    files.extend(snapshots::files(&mut tx, id).await?);
    for file in files {
        put_in(dir, &file)?;
    }
    // One at a time: together they may be larger than memory.
    for file in super::files(app, &mut tx, ctx, id).await? {
        put_in(dir, &files::evidence(app, &mut tx, ctx, id, &file).await?)?;
    }
    drop(tx);
    let manifest = sign_evidence(app.store(), ctx.workspace, dir).await.map_err(told)?;
    Ok(Written { manifest, key: exported.key, entries: exported.head.checkpoint.size })
}

fn put_in(dir: &Path, file: &EvidenceFile) -> Result<()> {
    let path = dir.join(&file.name);
    if let Some(folder) = path.parent() {
        let made = DirBuilder::new().recursive(true).mode(0o700).create(folder);
        made.map_err(|error| unwritable(folder, &error))?;
    }
    put(&path, &file.bytes)
}

/// The case's own files.
async fn texts(app: &App, ctx: &Ctx, id: IncidentId) -> Result<Vec<(&'static str, String)>> {
    let mut tx = app.read(ctx, "incidents.evidence").await?;
    let case = super::by_id(&mut tx, ctx, id).await?;
    let lines = super::lines(app, &mut tx, ctx, id).await?;
    let found = indicators(app, &mut tx, ctx, id).await?;
    let about = about(app, &mut tx, ctx, &case).await?;
    let config = configuration(&mut tx, ctx).await?;
    let chain = custody::custody(&mut tx, ctx, id).await?;
    let done = evidence_work::texts(app, &mut tx, ctx, id).await?;
    let done = done.into_iter().map(|(name, value)| (name, pretty(&value)));
    let own = vec![
        ("custody.json", pretty(&chain.iter().map(custody::Custody::view).collect())),
        ("case.json", pretty(&about)),
        ("timeline.json", pretty(&lines.iter().map(line).collect())),
        ("indicators.json", pretty(&found.iter().map(indicator).collect())),
        ("indicators.stix.json", stix::bundle(ctx.workspace, &case.codename, &found)),
        ("configuration.json", pretty(&config)),
    ];
    Ok(own.into_iter().chain(done).collect())
}

fn pretty(value: &Value) -> String {
    format!("{value:#}\n")
}

async fn about(app: &App, tx: &mut Tx, ctx: &Ctx, case: &Incident) -> Result<Value> {
    let members = super::members(tx, ctx, case.id).await?;
    let assets = super::assets(app, tx, ctx, case.id).await?;
    let cause = super::cause(app, tx, ctx, case.id).await?;
    Ok(json!({
        "id": case.id,
        "codename": case.codename,
        "status": case.status.as_str(),
        "severity": case.severity.as_str(),
        "losses": case.losses.words(),
        "summary": super::summary(app, ctx, case)?,
        "suspected_at": case.suspected_at,
        "opened_at": case.opened_at,
        "aware": case.aware.map(|aware| json!({ "at": aware.at, "by": aware.by, "said_at": aware.said_at })),
        "contained_at": case.contained_at,
        "ended_at": case.ended_at,
        "outcome": case.outcome.map(super::Outcome::as_str),
        "ending": super::ending(app, ctx, case)?,
        "cause": cause.map(|cause| json!({
            "kind": cause.kind.as_str(), "text": cause.text, "controls": cause.controls,
        })),
        "members": members.iter().map(|one| json!({
            "kind": one.who.kind, "number": one.number(), "role": one.role.as_str(), "since": one.since,
        })).collect::<Value>(),
        "assets": assets.iter().map(|one| json!({
            "kind": one.kind.as_str(), "name": one.name, "number": one.number(),
            "compromise": one.compromise.as_str(), "noted_at": one.noted_at,
        })).collect::<Value>(),
    }))
}

fn line(line: &Line) -> Value {
    let (kind, principal, _) = line.author.to_columns();
    json!({
        "id": line.id, "at": line.at, "zone": line.zone, "category": line.category.as_str(), "use_case": line.what,
        "entry": line.index, "corrects": line.corrects, "author": { "kind": kind, "number": principal },
        "noted_at": line.noted_at, "known_from": line.source, "text": line.text,
    })
}

fn indicator(one: &Indicator) -> Value {
    json!({
        "kind": one.kind.as_str(), "value": one.value, "tlp": one.tlp.as_str(), "first_seen": one.first_seen,
        "last_seen": one.last_seen,
    })
}

fn put(path: &Path, bytes: &[u8]) -> Result<()> {
    let file = OpenOptions::new().create_new(true).write(true).mode(0o600).open(path);
    file.and_then(|mut file| file.write_all(bytes)).map_err(|error| unwritable(path, &error))
}

fn unwritable(path: &Path, error: &std::io::Error) -> Error {
    Error::Conflict(format!("{} cannot be written: {}", path.display(), error.kind()))
}

fn told(error: RecordFileError) -> Error {
    match error {
        RecordFileError::Store(error) => error.into(),
        other => Error::Conflict(other.to_string()),
    }
}
