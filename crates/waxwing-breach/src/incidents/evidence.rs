//! The evidence of a case as files, to be checked on another machine.
//!
//! Promise: what is written is the case, its timeline with the entries that it rests on, the whole record with its
//! signed head, and the configuration without secrets, under one signed manifest; that it left is on the record and
//! the timeline before its first byte. The same state gives the same bytes. Limit: the free text of a case is in
//! clear in these files; whoever has them needs to know it.

use super::words::Category;
use super::{Incident, Indicator, Line, indicators, stix, timeline};
use serde_json::{Value, json};
use std::fs::{DirBuilder, OpenOptions};
use std::io::Write as _;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::Path;
use std::pin::Pin;
use waxwing_app::accounts::{self, approvals};
use waxwing_app::{App, Error, Result, domains, record, relays, settings, webhooks};
use waxwing_domain::{Action, Ctx, IncidentId, Operation};
use waxwing_store::{EVIDENCE_RECORD, Entry, RecordFileError, Sequencer, Tx, schema_version, sign_evidence};

/// What a feature below this one adds to a case's evidence. Register one with `inventory::submit!`.
pub struct EvidencePart {
    /// The name of its file.
    pub name: &'static str,
    /// What it says of a case.
    pub write: for<'a> fn(&'a App, &'a Ctx, IncidentId) -> Pin<Box<dyn Future<Output = Result<Value>> + Send + 'a>>,
}

inventory::collect!(EvidencePart);

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

/// Writes the evidence of a case into the new directory `dir`, readable by its owner only.
///
/// # Errors
/// [`Error::NotFound`] for who is not in the case; [`Error::Conflict`] where `dir` exists or cannot be written.
pub async fn to_files(app: &App, ctx: &Ctx, id: IncidentId, dir: &Path) -> Result<Written> {
    ctx.authorise(Action::RecordRead)?;
    let mut tx = app.begin(ctx, "incidents.evidence").await?;
    super::by_id(&mut tx, ctx, id).await?;
    let entry = Entry::new(Operation::Export, "incidents.evidence").to("file");
    timeline::act(app, &mut tx, ctx, id, Category::Communication, entry).await?;
    tx.commit().await?;
    // So that the entry of this very export has its number and stands under the signed head.
    Sequencer::new(app.store().clone()).finish().await?;
    DirBuilder::new().mode(0o700).create(dir).map_err(|error| unwritable(dir, &error))?;
    let exported = record::to_files(app, ctx, &dir.join(EVIDENCE_RECORD), true, |_, _| ()).await?;
    for (name, text) in texts(app, ctx, id).await? {
        put(&dir.join(name), text.as_bytes())?;
    }
    for part in inventory::iter::<EvidencePart> {
        put(&dir.join(part.name), pretty(&(part.write)(app, ctx, id).await?).as_bytes())?;
    }
    let manifest = sign_evidence(app.store(), ctx.workspace, dir).await.map_err(told)?;
    Ok(Written { manifest, key: exported.key, entries: exported.head.checkpoint.size })
}

/// The case's own files.
async fn texts(app: &App, ctx: &Ctx, id: IncidentId) -> Result<Vec<(&'static str, String)>> {
    let mut tx = app.read(ctx, "incidents.evidence").await?;
    let case = super::by_id(&mut tx, ctx, id).await?;
    let lines = super::lines(app, &mut tx, ctx, id).await?;
    let found = indicators(app, &mut tx, ctx, id).await?;
    let about = about(app, &mut tx, ctx, &case).await?;
    let config = configuration(&mut tx, ctx).await?;
    Ok(vec![
        ("case.json", pretty(&about)),
        ("timeline.json", pretty(&lines.iter().map(line).collect())),
        ("indicators.json", pretty(&found.iter().map(indicator).collect())),
        ("indicators.stix.json", stix::bundle(ctx.workspace, &case.codename, &found)),
        ("configuration.json", pretty(&config)),
    ])
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

/// How the system is set, without anything secret and without anybody's name.
async fn configuration(tx: &mut Tx, ctx: &Ctx) -> Result<Value> {
    let set = settings::load(tx).await?;
    let policy = approvals::policy(tx).await?;
    let mut people: Vec<_> = accounts::colleagues(tx).await?;
    people.sort_by_key(|account| account.id);
    let relays = relays::all(tx, ctx).await?;
    let domains = domains::all(tx, ctx).await?;
    let webhooks = webhooks::all(tx, ctx).await?;
    Ok(json!({
        "version": env!("CARGO_PKG_VERSION"),
        "schema": schema_version(),
        "organisation": set.organisation,
        "default_zone": set.default_zone,
        "limits": { "workspace": set.limits.workspace, "domain": set.limits.domain,
            "recipient_domain": set.limits.recipient_domain },
        "approvals": policy,
        "accounts": people.iter().map(|one| json!({
            "number": one.id, "second_factor": one.has_second_factor(), "since": one.created_at,
        })).collect::<Value>(),
        "relays": relays.iter().map(|one| json!({
            "number": one.id, "name": one.name, "address": one.address, "enabled": one.enabled,
        })).collect::<Value>(),
        "webhooks": webhooks.iter().map(|one| json!({
            "number": one.id, "name": one.name, "origin": one.origin,
        })).collect::<Value>(),
        "domains": domains.iter().map(|one| json!({
            "number": one.id, "name": one.name.as_str(), "changed_at": one.changed_at,
        })).collect::<Value>(),
    }))
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
