//! `keys.reseal_secrets` and `keys.reseal_people`: new keys under everything that is sealed.
//!
//! Promise: reconcilers; each reads from the ring, the values and the order what remains, does it in small
//! transactions beside all other work, and may be killed anywhere and run twice. The record says that a re-sealing
//! begins before it does, and that a key is destroyed before it is: an entry too many, never one too few.
//! Limit: what does not open is left as it is. A key that such a value needs is not destroyed, and the job says so.

use super::jobs::{MOST, begin_if_old};
use crate::{App, Error};
use serde_json::{Value, json};
use std::time::Duration;
use waxwing_domain::{Micros, Operation};
use waxwing_store::{Entry, JobContext, JobError, Lost, PeopleOrder, PeopleTurn, SealedPosition, Sealing, StoreError};

/// How long it waits then.
const PAUSE: i64 = 5 * Micros::SECOND;
/// Between the last value and the destruction of its old key: who has read a value by then opens it with that key.
const GRACE: Duration = Duration::from_secs(2);

fn give_way(why: &str) -> JobError {
    JobError::Retry { after: PAUSE, why: why.into() }
}

/// A key for secrets and one for files that are younger than asked for, and nothing left under older ones.
pub(super) async fn secrets(app: App, job: JobContext) -> Result<(), JobError> {
    // The job that is queued again and again asks for nothing new: it finishes what was begun.
    let wanted =
        job.job.payload.get("younger_than").and_then(Value::as_i64).map_or(Micros::from_i64(0), Micros::from_i64);
    let (store, workspace) = (app.store(), job.ctx.workspace);
    renew_if_old(&app, &job, wanted).await?;
    if !store.reseal_unfinished(workspace)? {
        return Ok(());
    }
    let mut tx = app.begin(&job.ctx, "keys.fence").await?;
    job.fence(&mut tx).await?;
    store.fence_sealing(&mut tx).await?;
    tx.commit().await?;
    let mut behind = store.sealed_behind(workspace).await?;
    for _ in 0..MOST {
        if behind == 0 {
            match retire(&app, &job).await {
                // A value came under the old key meanwhile: once more through all columns.
                Err(Error::Store(StoreError::Lost(_))) => {}
                ended => return Ok(ended?),
            }
        }
        let damaged = walk(&app, &job, behind).await?;
        behind = store.sealed_behind(workspace).await?;
        if behind > 0 && damaged >= behind.unsigned_abs() {
            return Err(JobError::GiveUp(format!(
                "{damaged} sealed values do not open and were left as they are, and so the old key was kept; restore \
                 them from a backup or delete what they belong to, then order it again"
            )));
        }
    }
    Err(give_way("values under the old key are still being written"))
}

async fn renew_if_old(app: &App, job: &JobContext, wanted: Micros) -> Result<(), JobError> {
    let (store, workspace) = (app.store(), job.ctx.workspace);
    let mut old = Vec::new();
    for sealing in Sealing::ALL {
        if store.sealing_since(workspace, sealing)? < wanted {
            old.push(sealing);
        }
    }
    if !old.is_empty() {
        note(
            app,
            job,
            "keys.reseal_secrets",
            json!({ "keys": old.iter().map(|key| key.as_str()).collect::<Vec<_>>() }),
        )
        .await?;
    }
    for sealing in old {
        store.renew_sealing(workspace, sealing, wanted)?;
    }
    Ok(())
}

/// Once through all columns; gives how many values do not open.
async fn walk(app: &App, job: &JobContext, total: i64) -> Result<u64, JobError> {
    let (mut at, mut done, mut damaged) = (SealedPosition::default(), 0_u64, 0);
    while let Some(batch) = app.store().prepare_shared(job.ctx.workspace, &at).await? {
        if job.stopping() {
            return Err(job.interrupted());
        }
        let mut tx = app.begin(&job.ctx, "keys.reseal_batch").await?;
        job.fence(&mut tx).await?;
        let turn = batch.write(&mut tx).await?;
        (at, done, damaged) = (turn.next, done + turn.done, damaged + turn.damaged);
        job.progress(&mut tx, done.cast_signed(), total).await?;
        tx.commit().await?;
    }
    Ok(damaged)
}

async fn retire(app: &App, job: &JobContext) -> crate::Result<()> {
    note(app, job, "keys.retire_secrets", Value::Null).await?;
    tokio::time::sleep(GRACE).await;
    app.store().retire_sealing(job.ctx.workspace).await?;
    tracing::info!("older keys of secrets and files were destroyed");
    Ok(())
}

/// A new key for everybody who is concerned by an order, under an epoch that is younger than it.
pub(super) async fn people(app: App, job: JobContext) -> Result<(), JobError> {
    while let Some(order) = open_order(&app, &job).await? {
        begin_if_old(&app, &job, order.asked_at).await?;
        renew_people(&app, &job).await?;
    }
    Ok(())
}

async fn open_order(app: &App, job: &JobContext) -> Result<Option<PeopleOrder>, JobError> {
    Ok(app.read(&job.ctx, "keys.people_order").await?.open_people_order().await?)
}

/// Everybody of the oldest order; ends it.
async fn renew_people(app: &App, job: &JobContext) -> Result<(), JobError> {
    let mut lost = 0;
    // Read anew for each turn: it says where the next one begins, whoever did the last.
    while let Some(order) = open_order(app, job).await? {
        if job.stopping() {
            return Err(job.interrupted());
        }
        let Some(batch) = app.store().prepare_people(job.ctx.workspace, order).await? else {
            return end(app, job, order).await;
        };
        let mut tx = app.begin(&job.ctx, "keys.reseal_people").await?;
        job.fence(&mut tx).await?;
        match batch.write(app.store(), &mut tx).await {
            Ok(turn) => {
                progress(job, &mut tx, order, turn).await?;
                tx.commit().await?;
                lost = 0;
            }
            // An epoch began meanwhile, or another worker was faster: where the order stands now, once more.
            Err(StoreError::Lost(_) | StoreError::KeysMoved(_)) if lost < MOST => lost += 1,
            Err(StoreError::Lost(Lost(why))) => return Err(give_way(why)),
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}

async fn progress(
    job: &JobContext,
    tx: &mut waxwing_store::Tx,
    order: PeopleOrder,
    turn: PeopleTurn,
) -> Result<(), StoreError> {
    job.progress(tx, order.done + order.damaged + turn.done + turn.damaged, order.people).await
}

async fn end(app: &App, job: &JobContext, order: PeopleOrder) -> Result<(), JobError> {
    let mut tx = app.begin(&job.ctx, "keys.resealed_people").await?;
    job.fence(&mut tx).await?;
    tx.end_people_order(order.id, job.ctx.now()).await?;
    let entry = Entry::new(Operation::Key, "keys.resealed_people").on("workspace", job.ctx.workspace.as_i64());
    let detail = json!({ "people": order.done, "left_as_they_are": order.damaged });
    tx.record(app.store(), &job.ctx, entry.detail(detail)).await?;
    tx.commit().await?;
    tracing::info!(people = order.done, damaged = order.damaged, "people have new keys");
    Ok(())
}

async fn note(app: &App, job: &JobContext, what: &'static str, detail: Value) -> crate::Result<()> {
    let mut tx = app.begin(&job.ctx, what).await?;
    job.fence(&mut tx).await?;
    let entry = Entry::new(Operation::Key, what).on("workspace", job.ctx.workspace.as_i64()).detail(detail);
    tx.record(app.store(), &job.ctx, entry).await?;
    Ok(tx.commit().await?)
}
