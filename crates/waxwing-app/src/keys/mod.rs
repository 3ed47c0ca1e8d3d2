//! Keys: a new epoch every week and on demand, so that the erased can be read nowhere.
//!
//! Promise: after a rotation nobody erased before it can be read from any copy of the database;
//! it runs beside all other work and goes on where it was after a crash. Limit: backups of the key
//! ring made before it still hold the old epoch. The key of links and return paths is replaced after a containment:
//! from then on no link can be made with the old one, while every link that was sent goes on working.
//! States: none of its own; what remains is read from the people's keys and the ring.
//! Tables: none of its own; `subject_keys` through the store.
//! Events: none; the record gets `keys.begin_epoch`, `keys.destroy_epochs` and `keys.renew_links`.
//! Jobs: `keys.rotate` (begins if none is young enough, then finishes), `keys.weekly` (queues it), `keys.renew_links`.

mod jobs;
mod renew;

#[cfg(test)]
mod tests;

pub(crate) use jobs::register as jobs;

use crate::App;
use serde_json::json;
use waxwing_crypto::KeyUse;
use waxwing_domain::{Action, Ctx, JobId, Micros};
use waxwing_store::{NewJob, StoreError, Tx};

/// How old an epoch may become.
pub const EPOCH_AGE: i64 = 7 * Micros::DAY;

/// The keys of a workspace that make links, and those that still verify them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LinkKeys {
    /// The version that makes links.
    pub makes: u32,
    /// The oldest one whose links still work.
    pub verifies_from: u32,
}

/// Which keys make and verify the links of this workspace.
///
/// # Errors
/// When the key ring does not know the workspace.
pub fn link_keys(app: &App, ctx: &Ctx) -> crate::Result<LinkKeys> {
    let versions = app.store().keys().ring().versions(ctx.workspace, KeyUse::Tokens);
    let (verifies_from, makes) = versions.map_err(|error| StoreError::Damaged(error.to_string()))?;
    Ok(LinkKeys { makes, verifies_from })
}

/// Queues a fresh key for links, unless the one in use is younger than `than`; inside `tx`.
pub async fn renew_links(tx: &mut Tx, ctx: &Ctx, than: Micros) -> crate::Result<JobId> {
    ctx.authorise(Action::KeysRotate)?;
    Ok(tx.enqueue(ctx, NewJob::now("keys.renew_links", json!({ "younger_than": than })).unique("renew")).await?)
}

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
