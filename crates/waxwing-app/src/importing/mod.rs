//! Bringing people in from files.
//!
//! Promise. A file of any size is read as a stream and never lies in clear on disk; a bad row is
//! refused with its line and reason and stops nothing; who unsubscribed or is on the do-not-mail
//! list stays so; after a crash the import goes on where it was, with nobody left out and nobody
//! doubled. Limit: that people agreed is attested by whoever imports them, not proved.
//! States. mapping → checking → checked → running → done, failed or cancelled.
//! Tables. `imports`, `import_rejects`.
//! Events. None of its own: people and memberships note theirs.
//! An import whose addresses do not exist can be quarantined: its people get nothing until somebody releases it.
//! Jobs. `import.check` (the dry run), `import.run`, `import.quarantine`, `import.sweep`.

mod api;
mod counts;
mod csv_text;
mod file;
mod files;
mod jobs;
mod mapping;
mod pages;
mod pipeline;
mod preview;
mod quarantine;
mod reading;
mod receive;
mod rejects;
mod report;
mod state;
mod store;
#[cfg(test)]
pub(crate) mod tests;
mod work;

pub use counts::Counts;
pub use csv_text::row as csv_row;
pub use preview::{Preview, PreviewColumn, preview};
pub use quarantine::{quarantine, release};
pub use receive::Incoming;
pub use rejects::{FileStream, RejectFile, download as rejects};
pub use report::{Report, recent, report};
pub use state::State;

use crate::lists::{self, List, NewList};
use crate::{App, Error, Result, consent, fields};
use file::{FileProblem, Form};
use files::Use;
use mapping::Mapping;
use serde::{Deserialize, Serialize};
use std::path::Path;
use waxwing_domain::{Action, Ctx, FieldId, ImportId, JobId, Operation, WorkspaceId};
use waxwing_http::Routes;
use waxwing_store::{Entry, JobRegistry, NewJob, StoreError, Tx};

/// What a person decides about a file.
#[derive(Clone, Debug)]
pub struct Decision {
    /// Which field each column fills, by position; `None` leaves the column out. As it was found
    /// out when the whole is `None`.
    pub columns: Option<Vec<Option<FieldId>>>,
    /// The name of the list that people join; made when it does not exist.
    pub list: String,
    /// Where and how these people agreed to receive mail.
    pub consent: String,
}

/// What is known of a file; kept sealed, for a first row without a header is a person's data.
#[derive(Serialize, Deserialize)]
struct About {
    name: String,
    columns: Vec<String>,
    form: Form,
}

impl About {
    fn seal(&self, app: &App, workspace: WorkspaceId, id: ImportId) -> Result<Vec<u8>> {
        let text = serde_json::to_vec(self).map_err(|e| Error::Conflict(e.to_string()))?;
        let ring = app.store().keys().ring();
        let keys = ring.workspace(workspace).map_err(|e| StoreError::Damaged(e.to_string()))?;
        Ok(keys.seal_secret(&files::about_place(workspace, id), &text, &**app.store().rng()))
    }

    fn open(app: &App, workspace: WorkspaceId, id: ImportId, sealed: &[u8]) -> Result<Self> {
        let damaged = |e: &dyn std::fmt::Display| StoreError::Damaged(format!("import {id}: {e}"));
        let ring = app.store().keys().ring();
        let keys = ring.workspace(workspace).map_err(|e| damaged(&e))?;
        let text = keys.open_secret(&files::about_place(workspace, id), sealed).map_err(|e| damaged(&e))?;
        Ok(serde_json::from_slice(&text).map_err(|_| damaged(&"unreadable"))?)
    }
}

/// Takes a file of this machine in, decides on it as it was found, and begins: with `dry_run` only
/// to count. For the command line; [`report`] tells the job to follow.
///
/// # Errors
/// [`Error::Invalid`] when the file is not one that people can be read from, when no column or two
/// columns hold the address, or when the consent is missing. Then nothing of the file is kept.
pub async fn start_from_file(
    app: &App,
    ctx: &Ctx,
    path: &Path,
    list: &str,
    consent: &str,
    dry_run: bool,
) -> Result<ImportId> {
    consent::check(consent)?;
    list_name(list)?;
    let id = receive::receive_file(app, ctx, path).await?;
    let decision = Decision { columns: None, list: list.into(), consent: consent.into() };
    let begun = start(app, ctx, id, decision, dry_run).await;
    if begun.is_err() {
        cancel(app, ctx, id).await?;
    }
    begun.map(|()| id)
}

/// Decides on a received file and begins at once. Columns that speak for one field twice are an
/// error here, for nobody looks at them.
pub(crate) async fn start(app: &App, ctx: &Ctx, id: ImportId, decision: Decision, dry_run: bool) -> Result<()> {
    let mut tx = app.begin(ctx, "importing.start").await?;
    let import = store::one(&mut tx, id).await?.ok_or(Error::NotFound("import"))?;
    let about = About::open(app, ctx.workspace, id, &import.about)?;
    let fields = fields::all(&mut tx).await?;
    if decision.columns.is_none() && !import.mapping.ambiguous(&about.columns, &fields).is_empty() {
        return Err(Error::invalid("file", "two columns stand for the same field; rename the one that does not count"));
    }
    decide(app, &mut tx, ctx, id, decision).await?;
    if dry_run {
        check(app, &mut tx, ctx, id).await?;
    } else {
        run(app, &mut tx, ctx, id).await?;
    }
    Ok(tx.commit().await?)
}

/// Keeps what a person decided about a file.
///
/// # Errors
/// [`Error::Invalid`] names what is missing; [`Error::Conflict`] when the import has begun.
pub async fn decide(app: &App, tx: &mut Tx, ctx: &Ctx, id: ImportId, decision: Decision) -> Result<()> {
    ctx.authorise(Action::ImportRun)?;
    let import = store::one(tx, id).await?.ok_or(Error::NotFound("import"))?;
    let mapping = match decision.columns {
        None => import.mapping,
        Some(columns) if columns.len() == import.mapping.columns.len() => Mapping { columns, ..import.mapping },
        Some(_) => return Err(Error::invalid("mapping", "the number of columns does not fit the file")),
    };
    mapping.check(&fields::all(tx).await?)?;
    consent::check(&decision.consent)?;
    let list = list_name(&decision.list)?;
    let mapping = serde_json::to_string(&mapping).map_err(|e| Error::Conflict(e.to_string()))?;
    if !store::choose(tx, id, list, decision.consent.trim(), mapping).await? {
        return Err(begun());
    }
    record(app, tx, ctx, Operation::Change, "importing.decide", id).await
}

fn list_name(name: &str) -> Result<&str> {
    let name = name.trim();
    if name.is_empty() || name.chars().count() > 200 || name.chars().any(char::is_control) {
        return Err(Error::invalid("list", "needs a name of 1 to 200 characters on one line"));
    }
    Ok(name)
}

fn begun() -> Error {
    Error::Conflict("This import has begun or ended already.".into())
}

/// Begins the dry run: counts, and changes nothing.
pub async fn check(app: &App, tx: &mut Tx, ctx: &Ctx, id: ImportId) -> Result<JobId> {
    ctx.authorise(Action::ImportRun)?;
    gate(tx).await?;
    let job = tx.enqueue(ctx, job(jobs::CHECK, id)).await?;
    if !store::set_checking(tx, id, job).await? {
        return Err(begun());
    }
    record(app, tx, ctx, Operation::Change, "importing.check", id).await?;
    Ok(job)
}

/// Begins to write: makes the list when it is missing, keeps the evidence of consent, queues the job.
pub async fn run(app: &App, tx: &mut Tx, ctx: &Ctx, id: ImportId) -> Result<JobId> {
    ctx.authorise(Action::ImportRun)?;
    gate(tx).await?;
    let import = store::one(tx, id).await?.ok_or(Error::NotFound("import"))?;
    import.mapping.check(&fields::all(tx).await?)?;
    let list = list_of(app, tx, ctx, &import.list_name).await?;
    let evidence = consent::NewConsent {
        kind: consent::ConsentKind::Import,
        statement: import.consent.clone(),
        list: Some(list.id),
        subject: None,
        wording_version: None,
        requested_at: None,
        confirmed_at: None,
        evidence: serde_json::json!({ "import": id.to_string(), "actor": ctx.actor.kind() }),
    };
    let consent = consent::attest(app, tx, ctx, evidence).await?;
    let job = tx.enqueue(ctx, job(jobs::RUN, id)).await?;
    if !store::set_running(tx, id, list.id, consent, job).await? {
        return Err(begun());
    }
    record(app, tx, ctx, Operation::Import, "importing.run", id).await?;
    Ok(job)
}

/// The list of this name, made when it does not exist. Importing people onto a list is making one.
async fn list_of(app: &App, tx: &mut Tx, ctx: &Ctx, name: &str) -> Result<List> {
    match lists::by_name(tx, list_name(name)?).await? {
        Some(list) => lists::open(tx, list.id).await,
        None => lists::create(app, tx, ctx, NewList { name: name.trim().to_owned(), ..NewList::default() }).await,
    }
}

/// Back from the dry run to the columns.
pub async fn reopen(app: &App, ctx: &Ctx, id: ImportId) -> Result<()> {
    ctx.authorise(Action::ImportRun)?;
    let mut tx = app.begin(ctx, "importing.reopen").await?;
    if !store::reopen(&mut tx, id).await? {
        return Err(begun());
    }
    record(app, &mut tx, ctx, Operation::Change, "importing.reopen", id).await?;
    Ok(tx.commit().await?)
}

/// Stops an import, or takes a file back that nobody decided on. What was written stays; the copy
/// of the file is deleted.
pub async fn cancel(app: &App, ctx: &Ctx, id: ImportId) -> Result<()> {
    ctx.authorise(Action::ImportRun)?;
    let mut tx = app.begin(ctx, "importing.cancel").await?;
    end(app, &mut tx, ctx, id, State::Cancelled, None).await?;
    tx.commit().await?;
    let app = app.clone();
    files::blocking(move || {
        files::remove(&app, id, Use::Upload);
        Ok(())
    })
    .await
}

async fn end(app: &App, tx: &mut Tx, ctx: &Ctx, id: ImportId, state: State, why: Option<String>) -> Result<()> {
    if !store::end(tx, id, state, why, ctx.now()).await? {
        return Err(Error::Conflict("This import has ended already.".into()));
    }
    record(app, tx, ctx, Operation::Change, "importing.end", id).await
}

fn job(kind: &'static str, id: ImportId) -> NewJob {
    NewJob::now(kind, serde_json::json!({ "import": id.to_string() })).unique(id)
}

async fn gate(tx: &mut Tx) -> Result<()> {
    if tx.gate().await?.level.may_move_data() { Ok(()) } else { Err(contained()) }
}

/// Rows of a file are people in clear, whatever its columns will become.
fn may_see_rows(ctx: &Ctx) -> Result<()> {
    if ctx.rights.sees(waxwing_domain::DataClass::Personal) {
        return Ok(());
    }
    Err(waxwing_domain::Denied(Action::SubscribersUnmask).into())
}

/// Whether data may be moved now, asked outside a transaction.
async fn may_move(app: &App, ctx: &Ctx) -> Result<()> {
    if app.gate().now(ctx.workspace).await?.level.may_move_data() { Ok(()) } else { Err(contained()) }
}

const fn contained() -> Error {
    Error::Contained("nothing is imported or exported.")
}

fn problem(problem: FileProblem) -> Error {
    Error::invalid("file", problem)
}

async fn record(
    app: &App,
    tx: &mut Tx,
    ctx: &Ctx,
    operation: Operation,
    what: &'static str,
    id: ImportId,
) -> Result<()> {
    tx.record(app.store(), ctx, Entry::new(operation, what).on("import", id.as_i64())).await?;
    Ok(())
}

/// The routes of this feature.
pub(crate) fn routes() -> Routes<App> {
    api::routes(pages::routes(Routes::new()))
}

/// The jobs of this feature.
pub(crate) fn jobs(registry: &mut JobRegistry, app: &App) {
    jobs::register(registry, app);
    quarantine::register(registry, app);
}

waxwing_store::sealed! { "imports"."about" by "id", under Secrets,
at |cell| files::about_place(cell.workspace, ImportId::from_i64(cell.key)) }
