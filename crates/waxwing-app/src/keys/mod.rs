//! Keys: a new epoch every week and on demand, so that the erased can be read nowhere.
//!
//! Promise: after a rotation nobody erased before it can be read from any copy of the database;
//! it runs beside all other work and goes on where it was after a crash. Limit: backups of the key
//! ring made before it still hold the old epoch. The key of links and return paths is replaced after a containment:
//! from then on no link can be made with the old one, while every link that was sent goes on working.
//! What a stolen key opened it opens no more after a *re-sealing*: new keys for secrets and files, and for every
//! person, with everything sealed anew under them.
//! States: none of its own; what remains is read from the people's keys, the ring and the orders.
//! Tables: none of its own; `subject_keys`, `key_fences` and `key_reseals` through the store.
//! Events: none; the record gets `keys.begin_epoch`, `keys.destroy_epochs`, `keys.renew_links`, `keys.reseal_secrets`,
//! `keys.retire_secrets`, `keys.reseal_people` and `keys.resealed_people`.
//! Jobs: `keys.rotate` (begins if none is young enough, then finishes), `keys.weekly` (queues it), `keys.renew_links`,
//! `keys.reseal_secrets`, `keys.reseal_people`.

mod jobs;
mod renew;
mod reseal;
mod store;

#[cfg(test)]
mod tests;
#[cfg(test)]
mod tests_reseal;

pub use jobs::register as jobs;

use crate::App;
use serde_json::json;
use waxwing_crypto::KeyUse;
use waxwing_domain::{Action, Ctx, JobId, Micros, Operation};
use waxwing_store::{Entry, NewJob, PeopleOrder, Sealing, StoreError, Tx};

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

/// Orders that secrets and files are sealed under keys not older than `than`, inside `tx`; gives the job to follow.
///
/// # Errors
/// [`Error::Denied`](crate::Error::Denied).
pub async fn reseal_secrets(tx: &mut Tx, ctx: &Ctx, than: Micros) -> crate::Result<JobId> {
    ctx.authorise(Action::KeysRotate)?;
    let job = NewJob::now("keys.reseal_secrets", json!({ "younger_than": than })).unique("reseal");
    Ok(tx.enqueue(ctx, job).await?)
}

/// Orders new keys for everybody who has a number now, under an epoch not older than `than`, inside `tx`; gives the
/// job to follow.
///
/// # Errors
/// [`Error::Denied`](crate::Error::Denied).
pub async fn reseal_people(app: &App, tx: &mut Tx, ctx: &Ctx, than: Micros) -> crate::Result<JobId> {
    ctx.authorise(Action::KeysRotate)?;
    tx.order_new_keys(ctx.new_id(), than).await?;
    let entry = Entry::new(Operation::Key, "keys.reseal_people").on("workspace", ctx.workspace.as_i64());
    tx.record(app.store(), ctx, entry).await?;
    // Whoever is not concerned is carried over to the new epoch, and the old one is destroyed.
    tx.enqueue(ctx, NewJob::now("keys.rotate", json!({ "younger_than": than })).unique("rotate")).await?;
    Ok(tx.enqueue(ctx, NewJob::now("keys.reseal_people", json!({})).unique("reseal")).await?)
}

/// How far the re-sealing of a workspace is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Resealing {
    /// Whether values may still be under older keys of secrets and files.
    pub secrets: bool,
    /// When the older of the two keys in use was made.
    pub secrets_since: Micros,
    /// How many of them wait, as far as it was counted.
    pub secrets_left: Option<i64>,
    /// The newest order of new keys for people.
    pub people: Option<PeopleOrder>,
}

impl Resealing {
    /// How many people wait for a new key.
    pub fn people_left(&self) -> i64 {
        self.people.map_or(0, |order| order.left())
    }
    /// Whether an order of new keys for people has not ended.
    pub fn people_unfinished(&self) -> bool {
        self.people.is_some_and(|order| order.ended_at.is_none())
    }
    /// Whether something remains to be done.
    pub fn unfinished(&self) -> bool {
        self.secrets || self.people_unfinished()
    }
}

/// How far a re-sealing is, if one was ever ordered.
///
/// # Errors
/// When the key ring does not know the workspace.
pub async fn resealing(app: &App, tx: &mut Tx) -> crate::Result<Resealing> {
    let secrets = app.store().reseal_unfinished(tx.workspace())?;
    let progress = if secrets { store::secrets(tx).await? } else { None };
    let secrets_left = progress.map(|(done, total)| (total - done).max(0));
    let mut secrets_since = app.store().clock().now();
    for sealing in Sealing::ALL {
        secrets_since = secrets_since.min(app.store().sealing_since(tx.workspace(), sealing)?);
    }
    Ok(Resealing { secrets, secrets_since, secrets_left, people: tx.newest_people_order().await? })
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
