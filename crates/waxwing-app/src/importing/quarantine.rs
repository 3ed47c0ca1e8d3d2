//! Quarantine: the people of one import get nothing, until somebody has looked.
//!
//! Promise: who joined by this import, and by nothing else since, stands as unconfirmed on its list; a release
//! gives back exactly those. Both are safe to run twice: each looks at what the import wants now. Limit: a
//! million people take some seconds, and a message whose last byte is out cannot be called back.

use super::state::State;
use super::{end, record, store};
use crate::lists::{self, MembershipState};
use crate::{App, Error, Result};
use serde_json::json;
use waxwing_domain::{Action, Actor, Ctx, ImportId, Operation, SubjectNo};
use waxwing_store::{JobContext, JobError, JobRegistry, NewJob, Tx};

/// Moves the people of an import to where it wants them.
const MOVE: &str = "import.quarantine";
/// Members looked at in one transaction.
const CHUNK: u32 = 5_000;

/// Registers the job.
pub(super) fn register(registry: &mut JobRegistry, app: &App) {
    let app = app.clone();
    registry.on(MOVE, 20, move |job| work(app.clone(), job));
}

/// Quarantines an import, and stops it where it still runs; gives whether it was not before. For features
/// that act by themselves.
pub async fn quarantine(app: &App, tx: &mut Tx, ctx: &Ctx, id: ImportId) -> Result<bool> {
    if !store::quarantine(tx, id, ctx.now()).await? {
        return Ok(false);
    }
    if store::state(tx, id).await? == Some(State::Running) {
        end(app, tx, ctx, id, State::Cancelled, Some("Quarantined: too many of its addresses do not exist.".into()))
            .await?;
    }
    begin(tx, ctx, id).await?;
    record(app, tx, ctx, Operation::Change, "importing.quarantine", id).await?;
    Ok(true)
}

/// Lets the people of a quarantined import get mail again.
///
/// A program needs the right to judge alerts: a key that may only import does not let go what it brought in.
///
/// # Errors
/// [`Error::NotFound`]; [`Error::Conflict`] where it is not quarantined.
pub async fn release(app: &App, tx: &mut Tx, ctx: &Ctx, id: ImportId) -> Result<()> {
    ctx.authorise(if matches!(ctx.actor, Actor::ApiKey(_)) { Action::AlertsJudge } else { Action::ImportRun })?;
    super::gate(tx).await?;
    if !store::release(tx, id).await? {
        let known = store::one(tx, id).await?.is_some();
        return Err(if known {
            Error::Conflict("This import is not quarantined.".into())
        } else {
            Error::NotFound("import")
        });
    }
    begin(tx, ctx, id).await?;
    record(app, tx, ctx, Operation::Change, "importing.release", id).await
}

/// Each change of mind has a job of its own: one that runs already may be past the people it concerns.
async fn begin(tx: &mut Tx, ctx: &Ctx, id: ImportId) -> Result<()> {
    tx.enqueue(ctx, NewJob::now(MOVE, json!({ "import": id.to_string() }))).await?;
    Ok(())
}

async fn work(app: App, job: JobContext) -> std::result::Result<(), JobError> {
    let id: ImportId = job.job.id_of("import")?;
    let mut after = SubjectNo::new(0);
    loop {
        let mut tx = app.begin(&job.ctx, "importing.quarantine").await?;
        job.fence(&mut tx).await?;
        let Some(import) = store::one(&mut tx, id).await? else { return Ok(()) };
        let (Some(list), Some(consent)) = (import.list, import.consent_id) else { return Ok(()) };
        let (from, to) = match import.quarantined_at {
            Some(_) => (MembershipState::Confirmed, MembershipState::Unconfirmed),
            None => (MembershipState::Unconfirmed, MembershipState::Confirmed),
        };
        let last = lists::move_joined(&mut tx, (list, consent), (from, to), after, CHUNK).await?;
        tx.commit().await?;
        let Some(last) = last else { return Ok(()) };
        if job.stopping() {
            return Err(job.interrupted());
        }
        after = last;
    }
}
