//! The rotation itself: a reconciler. It reads what should be and what is, and does the difference.

use super::EPOCH_AGE;
use crate::App;
use serde_json::json;
use std::time::Duration;
use waxwing_domain::{Actor, Ctx, Micros, Operation, SubjectNo, WorkspaceId};
use waxwing_store::{Entry, JobContext, JobError, JobRegistry, NewJob, StoreError, Tx};

/// How often what remained is looked for, before a job gives way and is queued again.
pub(super) const MOST: usize = 8;

/// The jobs of this feature.
pub fn register(registry: &mut JobRegistry, app: &App) {
    let rotation = app.clone();
    registry.on("keys.rotate", 20, move |job| {
        let app = rotation.clone();
        async move { rotate(&app, &job).await }
    });
    let links = app.clone();
    registry.on("keys.renew_links", 20, move |job| super::renew::links(links.clone(), job));
    let secrets = app.clone();
    registry.on("keys.reseal_secrets", 20, move |job| super::reseal::secrets(secrets.clone(), job));
    let people = app.clone();
    registry.on("keys.reseal_people", 20, move |job| super::reseal::people(people.clone(), job));
    // Whatever was begun is finished, also where its job was given up.
    for kind in ["keys.reseal_secrets", "keys.reseal_people"] {
        registry.every(kind, Duration::from_secs(600));
    }
    let weekly = app.clone();
    registry.on("keys.weekly", 3, move |job| {
        let app = weekly.clone();
        async move { queue_when_old(&app, &job).await }
    });
    registry.every("keys.weekly", Duration::from_secs(3_600));
}

/// Queues a rotation when the epoch is old, or when one was begun and never finished.
async fn queue_when_old(app: &App, job: &JobContext) -> Result<(), JobError> {
    let age = super::age(app);
    let limit = job.ctx.now().plus(-EPOCH_AGE);
    if age.began >= limit && age.alive == 1 {
        return Ok(());
    }
    let mut tx = job.store.begin(job.job.workspace, "keys.weekly").await?;
    job.fence(&mut tx).await?;
    tx.enqueue(&job.ctx, NewJob::now("keys.rotate", json!({ "younger_than": limit })).unique("rotate")).await?;
    tx.commit().await?;
    Ok(())
}

async fn rotate(app: &App, job: &JobContext) -> Result<(), JobError> {
    let wanted = job.job.payload.get("younger_than").and_then(serde_json::Value::as_i64);
    let wanted = wanted.ok_or_else(|| JobError::GiveUp("the job does not say how young the keys shall be".into()))?;
    begin_if_old(app, job, Micros::from_i64(wanted)).await?;
    let mut turns = 1;
    loop {
        rewrap_all(app, job).await?;
        match finish(app, job).await {
            // A key was made under the old epoch meanwhile: it is carried over too.
            Err(StoreError::Lost(_)) if turns < MOST => turns += 1,
            ended => return Ok(ended?),
        }
    }
}

async fn rewrap_all(app: &App, job: &JobContext) -> Result<(), JobError> {
    let mut damaged = 0;
    for workspace in app.store().workspaces().await? {
        damaged += rewrap(app, job, workspace.id).await?;
    }
    if damaged > 0 {
        return Err(JobError::GiveUp(format!(
            "{damaged} people's keys are damaged and were left as they are, and so the old epoch was kept; \
             restore them from a backup or delete those people, then rotate again"
        )));
    }
    Ok(())
}

/// The record says that an epoch begins before it does: an entry too many, never one too few.
pub(super) async fn begin_if_old(app: &App, job: &JobContext, wanted: Micros) -> Result<(), JobError> {
    if app.store().epoch().1 < wanted {
        note(app, job, "keys.begin_epoch", app.store().epoch().0.get() + 1).await?;
        app.store().begin_epoch_unless_younger(wanted).await?;
        return Ok(());
    }
    Ok(app.store().settle_epoch().await?)
}

/// Carries a workspace over; gives how many keys are damaged.
async fn rewrap(app: &App, job: &JobContext, workspace: WorkspaceId) -> Result<u64, JobError> {
    let total = app.store().keys_behind(workspace).await?;
    let (mut after, mut done, mut damaged) = (SubjectNo::new(0), 0, 0);
    while !job.stopping() {
        let mut tx = job.store.begin(workspace, "keys.rewrap").await?;
        fence(job, &mut tx).await?;
        let Some(batch) = app.store().rewrap_batch(&mut tx, after).await? else {
            return Ok(damaged);
        };
        done += batch.count.cast_signed();
        damaged += batch.damaged;
        after = batch.last;
        if workspace == job.job.workspace {
            job.progress(&mut tx, done, total).await?;
        }
        tx.commit().await?;
    }
    Err(job.interrupted())
}

/// The job's row belongs to one workspace; in another's transaction there is nothing to ask. A
/// second runner there does the same harmless work twice.
async fn fence(job: &JobContext, tx: &mut Tx) -> Result<(), StoreError> {
    if tx.workspace() == job.job.workspace { job.fence(tx).await } else { Ok(()) }
}

async fn finish(app: &App, job: &JobContext) -> Result<(), StoreError> {
    note(app, job, "keys.destroy_epochs", app.store().epoch().0.get()).await?;
    let destroyed = app.store().destroy_old_epochs().await?;
    tracing::info!(epochs = destroyed.len(), "old epochs of keys were destroyed");
    Ok(())
}

/// Epochs belong to all workspaces: each one's record says what became of its keys. Who asked stands
/// in the record of their own.
async fn note(app: &App, job: &JobContext, what: &'static str, epoch: u32) -> Result<(), StoreError> {
    for workspace in app.store().workspaces().await? {
        let own = workspace.id == job.job.workspace;
        let origin = if own { job.ctx.origin } else { Actor::Job };
        let ctx = Ctx { workspace: workspace.id, origin, ..job.ctx.clone() };
        let mut tx = job.store.begin(workspace.id, what).await?;
        tx.record(app.store(), &ctx, Entry::new(Operation::Key, what).on("epoch", i64::from(epoch))).await?;
        tx.commit().await?;
    }
    Ok(())
}
