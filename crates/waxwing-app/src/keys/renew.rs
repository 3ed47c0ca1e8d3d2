//! `keys.renew_links`: a fresh key for links and return paths; the old ones verify and make nothing.
//!
//! Promise: it may run twice and be cut off anywhere: the record says that a key begins before it does, and a key
//! that is young enough is left alone. Unsubscribe links are good for ever, so no old key is destroyed.
//! Limit: whoever has a stolen key can still make links that verify: they stop mail to a person, they show nobody.
//! A message that is tried again after the change carries another Message-ID.

use crate::App;
use waxwing_crypto::KeyUse;
use waxwing_domain::{Micros, Operation};
use waxwing_store::{Entry, JobContext, JobError, KeyStoreError, StoreError};

pub(super) async fn links(app: App, job: JobContext) -> Result<(), JobError> {
    let wanted = job.job.payload.get("younger_than").and_then(serde_json::Value::as_i64);
    let wanted = wanted.ok_or_else(|| JobError::GiveUp("the job does not say how young the key shall be".into()))?;
    let (store, workspace) = (app.store(), job.ctx.workspace);
    store.keys().reload().map_err(StoreError::from)?;
    let refused = |error: waxwing_crypto::RingError| KeyStoreError::Refused(error.to_string());
    let made =
        store.keys().ring().in_use_since(workspace, KeyUse::Tokens).map_err(refused).map_err(StoreError::from)?;
    if made >= Micros::from_i64(wanted) {
        return Ok(());
    }
    let mut tx = app.begin(&job.ctx, "keys.renew_links").await?;
    job.fence(&mut tx).await?;
    tx.record(store, &job.ctx, Entry::new(Operation::Key, "keys.renew_links").on("workspace", workspace.as_i64()))
        .await?;
    tx.commit().await?;
    let (now, rng) = (job.ctx.now(), store.rng().clone());
    let made = store.keys().change(|ring| ring.rotate(workspace, KeyUse::Tokens, now, &*rng).map_err(refused));
    made.map(drop).map_err(|error| StoreError::from(error).into())
}
