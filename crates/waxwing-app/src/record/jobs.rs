//! `record.witness` (each minute), `record.mail` (daily), `record.tidy` (old checkpoints).

use super::{mailing, store, witnesses};
use crate::App;
use std::time::Duration;
use waxwing_domain::Micros;
use waxwing_store::{JobContext, JobError, JobRegistry};

/// How long every signed head is kept; after that, those that a witness signed.
const KEEP: i64 = 7 * Micros::DAY;

pub(super) fn register(registry: &mut JobRegistry, app: &App) {
    let mailer = app.clone();
    registry.on("record.mail", 3, move |job| {
        let app = mailer.clone();
        async move { mail(&app, &job).await }
    });
    registry.every("record.mail", Duration::from_secs(3_600));
    let asker = app.clone();
    registry.on("record.witness", 3, move |job| {
        let app = asker.clone();
        async move { visit_all(&app, &job).await }
    });
    registry.every("record.witness", Duration::from_secs(60));
    registry.on("record.tidy", 3, |job| async move { tidy(&job).await });
    registry.every("record.tidy", Duration::from_secs(86_400));
}

async fn mail(app: &App, job: &JobContext) -> Result<(), JobError> {
    let mut tx = job.store.begin(job.job.workspace, "record.mail").await?;
    job.fence(&mut tx).await?;
    mailing::post_daily(app, &mut tx, &job.ctx).await?;
    Ok(tx.commit().await?)
}

/// One witness after the other; twice at once does no harm, for a witness signs the same again.
async fn visit_all(app: &App, job: &JobContext) -> Result<(), JobError> {
    let mut tx = app.read(&job.ctx, "record.witnesses").await?;
    let rows = store::witnesses(&mut tx).await?;
    drop(tx);
    for row in rows {
        if job.stopping() {
            return Err(job.interrupted());
        }
        witnesses::visit(app, &job.ctx, &row).await?;
    }
    Ok(())
}

/// Heads that nobody outside has seen prove nothing that the newest does not prove.
async fn tidy(job: &JobContext) -> Result<(), JobError> {
    let mut tx = job.store.begin(job.job.workspace, "record.tidy").await?;
    job.fence(&mut tx).await?;
    store::forget_heads(&mut tx, job.ctx.now().plus(-KEEP)).await?;
    Ok(tx.commit().await?)
}
