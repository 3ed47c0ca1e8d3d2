//! Jobs of sign-in: `login.unfinished` tells a person that their password is known to somebody,
//! `login.sweep` deletes what has been over for thirty days.

use super::device::KNOWN_FOR;
use super::{risk, sso, store, throttle};
use crate::accounts::{self, State, mail};
use crate::{App, Error, holds, signals};
use serde_json::json;
use std::time::Duration;
use waxwing_domain::{Ctx, Micros};
use waxwing_store::{JobContext, JobError, JobRegistry, StoreError, Tx};

const KEPT: i64 = 30 * Micros::DAY;

pub(super) fn register(registry: &mut JobRegistry, app: &App) {
    let telling = app.clone();
    registry.on("login.unfinished", 5, move |job| unfinished(telling.clone(), job));
    registry.on("login.sweep", 3, sweep);
    registry.every("login.sweep", Duration::from_secs(3_600));
}

async fn unfinished(app: App, job: JobContext) -> Result<(), JobError> {
    let step = job.job.payload["step"].as_str().and_then(|text| text.parse().ok());
    let step = step.ok_or_else(|| StoreError::Damaged("job login.unfinished lacks step".into()))?;
    let mut tx = app.begin(&job.ctx, "login.unfinished").await?;
    job.fence(&mut tx).await?;
    tell(&app, &mut tx, &job.ctx, step).await?;
    Ok(tx.commit().await?)
}

/// Tells once for each step, and not more often than the throttle allows.
pub(super) async fn tell(app: &App, tx: &mut Tx, ctx: &Ctx, step: i64) -> crate::Result<()> {
    let Some(id) = store::tell_step(tx, step).await? else { return Ok(()) };
    signals::note(tx, ctx, "login.unfinished", 1, json!({ "account": id })).await?;
    let Some(account) = accounts::by_id(tx, id).await?.filter(|a| a.state == State::Active) else { return Ok(()) };
    match throttle::of_account(app, tx, ctx, throttle::TOLD, id).await {
        Ok(()) => mail::unfinished(app, tx, ctx, &account).await,
        Err(Error::TooMany(_)) => Ok(()),
        Err(other) => Err(other),
    }
}

async fn sweep(job: JobContext) -> Result<(), JobError> {
    let mut tx = job.store.begin(job.ctx.workspace, "login.sweep").await?;
    job.fence(&mut tx).await?;
    // Who was signed in, from which browser and in what way of theirs may be asked for as long as everything is held.
    if !holds::keep_all(&mut tx).await? {
        store::sweep_sessions(&mut tx, job.ctx.now().plus(-KEPT)).await?;
        store::sweep_devices(&mut tx, job.ctx.now().plus(-KNOWN_FOR)).await?;
        risk::sweep(&mut tx, job.ctx.now()).await?;
    }
    store::sweep(&mut tx, job.ctx.now().plus(-KEPT)).await?;
    sso::sweep(&mut tx, job.ctx.now()).await?;
    Ok(tx.commit().await?)
}
