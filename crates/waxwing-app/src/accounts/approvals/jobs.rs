//! `approvals.tell` mails those who may decide; `approvals.sweep` marks what is over.

use super::{mail, store};
use crate::App;
use std::time::Duration;
use waxwing_store::{JobContext, JobError, JobRegistry};

pub(in crate::accounts) fn register(registry: &mut JobRegistry, app: &App) {
    let telling = app.clone();
    registry.on("approvals.tell", 5, move |job| tell(telling.clone(), job));
    let sweeping = app.clone();
    registry.on("approvals.sweep", 3, move |job| sweep(sweeping.clone(), job));
    registry.every("approvals.sweep", Duration::from_secs(3_600));
}

async fn tell(app: App, job: JobContext) -> Result<(), JobError> {
    let id = job.job.id_of("approval")?;
    let mut tx = app.begin(&job.ctx, "approvals.tell").await?;
    job.fence(&mut tx).await?;
    mail::ask(&app, &mut tx, &job.ctx, id).await?;
    Ok(tx.commit().await?)
}

async fn sweep(app: App, job: JobContext) -> Result<(), JobError> {
    let mut tx = app.begin(&job.ctx, "approvals.sweep").await?;
    job.fence(&mut tx).await?;
    store::sweep(&mut tx, job.ctx.now()).await?;
    Ok(tx.commit().await?)
}
