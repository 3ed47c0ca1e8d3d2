//! `containment.steps`: a reconciler. It reads what is left to do, and does it, each step in a
//! transaction of its own; a process that is killed anywhere leaves the rest to the next run.

use super::steps::{self, StepState};
use super::{Containment, Step, renewals, store};
use serde_json::json;
use std::time::Duration;
use waxwing_app::App;
use waxwing_domain::Operation;
use waxwing_store::{Entry, JobContext, JobError, JobRegistry};

/// The jobs of this feature.
pub(super) fn register(registry: &mut JobRegistry, app: &App) {
    let app = app.clone();
    registry.on("containment.steps", 20, move |job| run(app.clone(), job));
    registry.every("containment.steps", Duration::from_secs(60));
}

async fn run(app: App, job: JobContext) -> Result<(), JobError> {
    let mut tx = app.read(&job.ctx, "containment.waiting").await?;
    let waiting = store::waiting(&mut tx).await?;
    drop(tx);
    for (containment, step) in waiting {
        if job.stopping() {
            return Err(job.interrupted());
        }
        match one(&app, &job, &containment, step).await {
            Ok(()) => {}
            // Another run does it, or the database is away: nothing to be said about this step.
            Err(waxwing_app::Error::Store(error)) if error.is_temporary() => return Err(error.into()),
            Err(error) => failed(&app, &job, &containment, step, &error).await?,
        }
    }
    Ok(renewals::settle(&app, &job).await?)
}

async fn one(app: &App, job: &JobContext, of: &Containment, step: Step) -> waxwing_app::Result<()> {
    let mut tx = app.begin(&job.ctx, "containment.step").await?;
    job.fence(&mut tx).await?;
    if !store::claim_step(&mut tx, of.id, step).await? {
        return Ok(());
    }
    let done = steps::run(app, &mut tx, &job.ctx, of, step).await?;
    let count = i64::try_from(done.count).unwrap_or(i64::MAX);
    store::end_step(&mut tx, of.id, step, (StepState::Done, count, done.note), job.ctx.now()).await?;
    let entry = Entry::new(Operation::Operate, "containment.step").on("containment", of.id.as_i64());
    let detail = json!({ "step": step.as_str(), "count": done.count });
    tx.record(app.store(), &job.ctx, entry.detail(detail)).await?;
    Ok(tx.commit().await?)
}

/// A step that fails is said so on the page, and tried again with the next run.
async fn failed(
    app: &App,
    job: &JobContext,
    of: &Containment,
    step: Step,
    error: &waxwing_app::Error,
) -> Result<(), JobError> {
    tracing::error!(%error, containment = %of.id, step = step.as_str(), "a step of a containment failed");
    let mut tx = app.begin(&job.ctx, "containment.step_failed").await?;
    job.fence(&mut tx).await?;
    let note = "It failed and is tried again each minute. The log says why.";
    store::end_step(&mut tx, of.id, step, (StepState::Failed, 0, note), job.ctx.now()).await?;
    Ok(tx.commit().await?)
}
