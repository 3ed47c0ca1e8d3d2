//! The job of home: `home.count` counts the people once an hour.

use super::growth;
use crate::App;
use std::time::Duration;
use waxwing_store::{JobContext, JobError, JobRegistry};

pub(super) fn register(registry: &mut JobRegistry, app: &App) {
    let app = app.clone();
    registry.on("home.count", 3, move |job| count(app.clone(), job));
    registry.every("home.count", Duration::from_secs(3_600));
}

async fn count(app: App, job: JobContext) -> Result<(), JobError> {
    let mut tx = app.begin(&job.ctx, "home.count").await?;
    job.fence(&mut tx).await?;
    growth::count(&mut tx, &job.ctx).await?;
    Ok(tx.commit().await?)
}
