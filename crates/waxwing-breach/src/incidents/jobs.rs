//! `incidents.remind`: the members of a case hear once that an update is overdue. `incidents.plan`: see the plan.

use super::{plan, updates};
use std::time::Duration;
use waxwing_app::App;
use waxwing_store::{JobContext, JobError, JobRegistry};

/// The jobs of this feature.
pub(super) fn register(registry: &mut JobRegistry, app: &App) {
    let planned = app.clone();
    registry.on("incidents.plan", 3, move |job| plan::remind(planned.clone(), job));
    registry.every("incidents.plan", Duration::from_secs(3_600));
    let app = app.clone();
    registry.on("incidents.remind", 5, move |job| remind(app.clone(), job));
    registry.every("incidents.remind", Duration::from_secs(60));
}

async fn remind(app: App, job: JobContext) -> Result<(), JobError> {
    let mut tx = app.begin(&job.ctx, "incidents.remind").await?;
    job.fence(&mut tx).await?;
    updates::remind(&app, &mut tx, &job.ctx).await?;
    Ok(tx.commit().await?)
}
