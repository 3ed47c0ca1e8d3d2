//! The jobs that start a campaign when its time has come, and order it once a second person said yes.

use super::depart::{Departure, START, depart};
use super::second_person;
use crate::App;
use waxwing_domain::Micros;
use waxwing_store::{JobContext, JobError, JobRegistry};

/// A held workspace is looked at again after this, in microseconds.
const AGAIN: i64 = 20 * Micros::SECOND;
/// Enough tries for the 15 minutes after which the time counts as missed.
const TRIES: i64 = 100;

/// Registers it.
pub(super) fn register(registry: &mut JobRegistry, app: &App) {
    let starting = app.clone();
    registry.on(START, TRIES, move |job| {
        let app = starting.clone();
        async move { start(&app, job).await }
    });
    let going_on = app.clone();
    registry.on(second_person::APPROVED, 5, move |job| {
        let app = going_on.clone();
        async move { Ok(second_person::approved(&app, &job.ctx, job.job.id_of("campaign")?, &job).await?) }
    });
}

async fn start(app: &App, job: JobContext) -> Result<(), JobError> {
    let id = job.job.id_of("campaign")?;
    match depart(app, &job.ctx, id, &job).await? {
        Departure::Held => Err(JobError::Retry { after: AGAIN, why: "the workspace is held".into() }),
        Departure::Left | Departure::Missed | Departure::NotAgreed | Departure::Nothing => Ok(()),
    }
}
