//! `webhooks.deliver` runs while there is an endpoint, each endpoint in a task of its own, so that
//! one that hangs holds up no other; `webhooks.sweep` forgets old deliveries.

use super::{deliver, store, store_deliveries};
use crate::{App, holds};
use std::collections::HashSet;
use std::time::Duration;
use tokio::task::JoinSet;
use waxwing_domain::{Micros, WebhookId};
use waxwing_store::{JobContext, JobError, JobRegistry, StoreError};

/// Between two looks for something to say.
const IDLE: Duration = Duration::from_millis(500);
/// Microseconds that the log is kept, and that what waits is kept.
const KEPT: i64 = 30 * Micros::DAY;

/// The jobs of this feature.
pub(crate) fn register(registry: &mut JobRegistry, app: &App) {
    let delivering = app.clone();
    registry.on("webhooks.deliver", 1_000_000, move |job| run(delivering.clone(), job));
    registry.every("webhooks.deliver", Duration::from_secs(3_600));
    let sweeping = app.clone();
    registry.on("webhooks.sweep", 3, move |job| sweep(sweeping.clone(), job));
    registry.every("webhooks.sweep", Duration::from_secs(6 * 3_600));
}

async fn run(app: App, job: JobContext) -> Result<(), JobError> {
    let mut busy = HashSet::new();
    let mut tasks = JoinSet::new();
    while !job.stopping() {
        let Some(due) = look(&app, &job).await? else { break };
        for id in due.into_iter().filter(|id| busy.insert(*id)).collect::<Vec<_>>() {
            tasks.spawn(drain(app.clone(), job.clone(), id));
        }
        tokio::select! {
            () = tokio::time::sleep(IDLE) => {}
            () = job.stopped() => {}
            Some(ended) = tasks.join_next() => free(&mut busy, ended)?,
        }
    }
    // What is under way comes to its end; what is not begun stays queued.
    while let Some(ended) = tasks.join_next().await {
        free(&mut busy, ended)?;
    }
    if job.stopping() { Err(job.interrupted()) } else { Ok(()) }
}

/// The endpoints with something to say; `None` when there is no endpoint at all.
async fn look(app: &App, job: &JobContext) -> Result<Option<Vec<WebhookId>>, JobError> {
    let mut tx = app.read(&job.ctx, "webhooks.due").await?;
    if store::count(&mut tx).await? == 0 {
        return Ok(None);
    }
    let open = tx.gate().await?.level.may_send();
    Ok(Some(if open { store_deliveries::due(&mut tx, job.ctx.now()).await? } else { Vec::new() }))
}

type Drained = (WebhookId, crate::Result<()>);

/// Batches of one endpoint until nothing is due.
async fn drain(app: App, job: JobContext, id: WebhookId) -> Drained {
    while !job.stopping() {
        match deliver::batch(&app, &job.ctx, Some(&job), id).await {
            Ok(0) => break,
            Ok(_) => {}
            Err(error) => return (id, Err(error)),
        }
    }
    (id, Ok(()))
}

fn free(busy: &mut HashSet<WebhookId>, ended: Result<Drained, tokio::task::JoinError>) -> Result<(), JobError> {
    match ended {
        Ok((id, result)) => {
            busy.remove(&id);
            match result {
                Ok(()) => {}
                Err(crate::Error::Store(StoreError::Lost(lost))) => return Err(StoreError::Lost(lost).into()),
                Err(error) => tracing::error!(%error, webhook = %id, "deliveries wait for the next attempt"),
            }
            Ok(())
        }
        Err(_) => {
            Err(JobError::Retry { after: Micros::SECOND, why: "a delivery broke off; the log says where".into() })
        }
    }
}

async fn sweep(app: App, job: JobContext) -> Result<(), JobError> {
    let mut tx = app.begin(&job.ctx, "webhooks.sweep").await?;
    job.fence(&mut tx).await?;
    if holds::keep_all(&mut tx).await? {
        return Ok(());
    }
    let before = job.ctx.now().plus(-KEPT);
    store_deliveries::sweep(&mut tx, before, "It waited for more than thirty days.").await?;
    store::sweep_hands(&mut tx, before).await?;
    Ok(tx.commit().await?)
}
