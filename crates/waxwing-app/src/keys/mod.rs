//! Keys: a new epoch every week and on demand, so that the erased can be read nowhere.
//!
//! Promise: after a rotation nobody erased before it can be read from any copy of the database;
//! it runs beside all other work and goes on where it was after a crash. Limit: backups of the key
//! ring made before it still hold the old epoch.
//! States: none of its own; what remains is read from the people's keys and the ring.
//! Tables: none of its own; `subject_keys` through the store.
//! Events: none; the record gets `keys.begin_epoch` and `keys.destroy_epochs`.
//! Jobs: `keys.rotate` (begins if none is young enough, then finishes), `keys.weekly` (queues it).

mod jobs;

#[cfg(test)]
mod tests;

pub(crate) use jobs::register as jobs;

use crate::App;
use serde_json::json;
use waxwing_domain::{Action, Ctx, JobId, Micros};
use waxwing_store::NewJob;

/// How old an epoch may become.
pub const EPOCH_AGE: i64 = 7 * Micros::DAY;

/// The age of the keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Age {
    /// The number of the current epoch.
    pub epoch: u32,
    /// When it began.
    pub began: Micros,
    /// Epochs that still exist, the current one included; more than one while a rotation runs.
    pub alive: usize,
}

/// How old the keys are.
pub fn age(app: &App) -> Age {
    let (epoch, began) = app.store().epoch();
    Age { epoch: epoch.get(), began, alive: app.store().keys().ring().epochs().len() }
}

/// Queues a rotation to an epoch that begins now or later; gives the job to follow.
pub async fn rotate(app: &App, ctx: &Ctx) -> crate::Result<JobId> {
    ctx.authorise(Action::KeysRotate)?;
    let mut tx = app.begin(ctx, "keys.rotate").await?;
    let job =
        tx.enqueue(ctx, NewJob::now("keys.rotate", json!({ "younger_than": ctx.now() })).unique("rotate")).await?;
    tx.commit().await?;
    Ok(job)
}
