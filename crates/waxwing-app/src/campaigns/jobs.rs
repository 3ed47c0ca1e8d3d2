//! The job that starts a campaign when its time has come.

use super::depart::{Departure, START, depart};
use crate::App;
use waxwing_domain::Micros;
use waxwing_store::{JobContext, JobError, JobRegistry};

/// A held workspace is looked at again after this, in microseconds.
const AGAIN: i64 = 20 * Micros::SECOND;
/// Enough tries for the 15 minutes after which the time counts as missed.
const TRIES: i64 = 100;

/// Registers it.
pub(super) fn register(registry: &mut JobRegistry, app: &App) {
    let app = app.clone();
    registry.on(START, TRIES, move |job| {
        let app = app.clone();
        async move { start(&app, job).await }
    });
}

async fn start(app: &App, job: JobContext) -> Result<(), JobError> {
    let id = job.job.id_of("campaign")?;
    match depart(app, &job.ctx, id, &job).await? {
        Departure::Held => Err(JobError::Retry { after: AGAIN, why: "the workspace is held".into() }),
        Departure::Left | Departure::Missed | Departure::Nothing => Ok(()),
    }
}
