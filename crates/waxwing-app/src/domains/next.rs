//! New signing keys: prepared beside those in use, and switched to when the domain name system shows both.
//!
//! Promise: nothing is ever signed by a key that receivers cannot look up: the switch comes after both records were
//! seen, byte for byte, and is one transaction. Until then the old keys sign. Limit: the old records are
//! withdrawn by whoever keeps the DNS, some days later, when the mail they signed has arrived.

use super::{Domain, PublishedKey, keys, store, verdict};
use crate::{App, Error, Result};
use serde_json::json;
use std::time::Duration;
use waxwing_domain::{Action, Ctx, DomainId, JobId, Micros, Operation};
use waxwing_store::{Entry, JobContext, JobError, JobRegistry, NewJob, Tx};

/// Keys that were prepared.
#[derive(Clone, Debug)]
pub struct NextKeys {
    /// The RSA key's selector and record.
    pub rsa: PublishedKey,
    /// The Ed25519 key's selector and record.
    pub ed25519: PublishedKey,
    /// When they were made.
    pub prepared_at: Micros,
    /// When the domain name system was last asked for them.
    pub looked_at: Option<Micros>,
}

impl NextKeys {
    /// Both, the RSA key first.
    pub const fn both(&self) -> [&PublishedKey; 2] {
        [&self.rsa, &self.ed25519]
    }
}

/// The keys that were prepared for a domain, if any.
pub async fn next_keys(tx: &mut Tx, ctx: &Ctx, id: DomainId) -> Result<Option<NextKeys>> {
    ctx.authorise(Action::SettingsRead)?;
    Ok(store::next(tx, id).await?)
}

/// Makes new keys for a domain, to be published beside the old ones. Opens its own transactions, for making
/// keys takes tenths of a second.
///
/// # Errors
/// [`Error::NotFound`]; [`Error::Conflict`] where some are prepared already.
pub async fn prepare(app: &App, ctx: &Ctx, id: DomainId) -> Result<()> {
    // No keys are older than the beginning of time.
    prepare_younger(app, ctx, id, Micros::from_i64(0)).await
}

/// The same, in the place of prepared keys that are older than `than`: a thief may have seen those.
async fn prepare_younger(app: &App, ctx: &Ctx, id: DomainId, than: Micros) -> Result<()> {
    ctx.authorise(Action::DomainsWrite)?;
    let mut tx = app.read(ctx, "domains.prepare").await?;
    let domain = store::by_id(&mut tx, id).await?.ok_or(Error::NotFound("domain"))?;
    let prepared = store::next(&mut tx, id).await?.map_or(0, |next| keys::generation(&next.rsa.selector));
    drop(tx);
    // A selector that was given out once may be published; it never names another key.
    let last = keys::generation(&domain.rsa.selector).max(prepared);
    let fresh = keys::generate(last + 1).await?;
    let sealed = keys::seal(app, ctx, id, &fresh)?;
    let mut tx = app.begin(ctx, "domains.prepare").await?;
    store::forget_old_next(&mut tx, id, than).await?;
    if !store::insert_next(&mut tx, id, &fresh, sealed, ctx.now()).await? {
        return Err(Error::Conflict("New keys are prepared already. Publish their records.".into()));
    }
    let entry = Entry::new(Operation::Key, "domains.prepare").on("domain", id.as_i64());
    tx.record(app.store(), ctx, entry.detail(json!({ "selector": fresh.rsa.selector }))).await?;
    Ok(tx.commit().await?)
}

/// Queues new keys for every domain, or one, whose keys were made before `than`; what was prepared before is made anew.
/// Inside `tx`.
pub async fn prepare_all(tx: &mut Tx, ctx: &Ctx, only: Option<DomainId>, than: Micros) -> Result<JobId> {
    ctx.authorise(Action::DomainsWrite)?;
    let payload = json!({ "younger_than": than, "domain": only });
    let unique = only.map_or(0, DomainId::as_i64);
    Ok(tx.enqueue(ctx, NewJob::now("domains.prepare", payload).unique(unique)).await?)
}

/// Looks whether both new records are published; then mail is signed by the new keys. Says whether it switched.
/// Opens its own transactions.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn switch(app: &App, ctx: &Ctx, id: DomainId) -> Result<bool> {
    ctx.authorise(Action::DomainsWrite)?;
    let mut tx = app.read(ctx, "domains.switch").await?;
    let domain = store::by_id(&mut tx, id).await?.ok_or(Error::NotFound("domain"))?;
    let next = store::next(&mut tx, id).await?;
    drop(tx);
    let Some(next) = next else { return Ok(false) };
    let seen = verdict::publishes(app, &domain, next.both()).await?;
    let mut tx = app.begin(ctx, "domains.switch").await?;
    if !seen {
        store::looked(&mut tx, id, ctx.now()).await?;
        tx.commit().await?;
        return Ok(false);
    }
    let switched = store::switch(&mut tx, id, &next, ctx.now()).await?;
    if switched {
        let entry = Entry::new(Operation::Key, "domains.switch").on("domain", id.as_i64());
        tx.record(app.store(), ctx, entry.detail(json!({ "selector": next.rsa.selector }))).await?;
    }
    tx.commit().await?;
    Ok(switched)
}

/// The jobs of new keys.
pub(super) fn jobs(registry: &mut JobRegistry, app: &App) {
    let (preparing, switching) = (app.clone(), app.clone());
    registry.on("domains.prepare", 5, move |job| prepare_job(preparing.clone(), job));
    registry.on("domains.switch", 3, move |job| switch_job(switching.clone(), job));
    registry.every("domains.switch", Duration::from_secs(600));
}

async fn prepare_job(app: App, job: JobContext) -> std::result::Result<(), JobError> {
    let than = job.job.payload.get("younger_than").and_then(serde_json::Value::as_i64);
    let than = than.ok_or_else(|| JobError::GiveUp("the job does not say how young the keys shall be".into()))?;
    let only: Option<DomainId> = job.job.payload["domain"].as_str().and_then(|id| id.parse().ok());
    let than = Micros::from_i64(than);
    let old = |domain: &Domain| domain.keys_made_at < than && only.is_none_or(|only| only == domain.id);
    for domain in domains(&app, &job.ctx).await?.into_iter().filter(old) {
        match prepare_younger(&app, &job.ctx, domain.id, than).await {
            // Prepared by an earlier run, or removed meanwhile.
            Ok(()) | Err(Error::Conflict(_) | Error::NotFound(_)) => {}
            Err(other) => return Err(other.into()),
        }
    }
    Ok(())
}

async fn switch_job(app: App, job: JobContext) -> std::result::Result<(), JobError> {
    for domain in domains(&app, &job.ctx).await? {
        switch(&app, &job.ctx, domain.id).await?;
    }
    Ok(())
}

async fn domains(app: &App, ctx: &Ctx) -> Result<Vec<Domain>> {
    let mut tx = app.read(ctx, "domains.all").await?;
    Ok(store::all(&mut tx).await?)
}
