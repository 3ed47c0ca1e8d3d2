//! Erasing a person for good (GDPR Art. 17).
//!
//! Promise. The person's key, row, tags, memberships, evidence, events and what other features
//! hold of them go in one transaction; a keyed tombstone keeps the address from being mailed or
//! imported again. Limit: copies of the key in freed pages, snapshots and backups become useless
//! only when the next `keys rotate` has destroyed the epoch key and the older key backups are gone.
//! States. Erased.
//! Tables. `erasures`; removes rows of `record_bodies` that are about the person alone.
//! Events. None are left; the record keeps an entry with the number.
//! Jobs. `erasure.record` removes sealed details of the record, whose hashes stay valid.

mod api;
mod jobs;
mod pages;
mod store;
#[cfg(test)]
mod tests;

pub use crate::subscribers::{Hook, Leaving};

use crate::suppression::{self, Kind, Reason};
use crate::{App, Result, subscribers};
use serde_json::json;
use waxwing_domain::{Action, Ctx, Micros, Operation, SubjectNo};
use waxwing_http::Routes;
use waxwing_store::{Entry, JobRegistry, NewJob, RoaringBitmap, Tx, subjects};

/// What can be stated about an erasure.
#[derive(Clone, Copy, Debug)]
pub struct Certificate {
    /// The number of the person who was erased.
    pub subject: SubjectNo,
    /// When it was committed.
    pub erased_at: Micros,
    /// The newest epoch key of that moment: until it is destroyed, copies of the key could be opened.
    pub epoch: u32,
}

impl Certificate {
    /// Whether the epoch key of that moment is destroyed in the key ring in use, so that copies of
    /// the person's key are useless to whoever holds no older key backup.
    pub fn is_beyond_reach(&self, app: &App) -> bool {
        app.store().keys().ring().minimum_epoch().get() > self.epoch
    }
}

/// Erases a person and leaves a tombstone. Cannot be undone.
///
/// # Errors
/// [`Error::NotFound`](crate::Error::NotFound) when there is no such person.
pub async fn erase(app: &App, tx: &mut Tx, ctx: &Ctx, subject: SubjectNo) -> Result<Certificate> {
    ctx.authorise(Action::SubscribersErase)?;
    let who = subscribers::leave(app, tx, ctx, subject).await?;
    suppression::add(app, tx, ctx, Kind::Email, who.suppress_tag, Reason::Erased, "erasure").await?;
    let epoch = app.store().keys().ring().current_epoch().get();
    let certificate = Certificate { subject, erased_at: ctx.now(), epoch };
    store::insert(tx, &certificate).await?;
    let entry = Entry::new(Operation::Erase, "erasure.erase").on("subscriber", subject.as_i64());
    tx.record(app.store(), ctx, entry.part(&[], subjects([subject]))).await?;
    forget_record(tx, ctx, subject).await?;
    Ok(certificate)
}

/// Deletes a person: like an erasure, but nothing keeps the address from being brought in again.
pub async fn delete(app: &App, tx: &mut Tx, ctx: &Ctx, subject: SubjectNo) -> Result<()> {
    subscribers::delete(app, tx, ctx, subject).await?;
    forget_record(tx, ctx, subject).await
}

async fn forget_record(tx: &mut Tx, ctx: &Ctx, subject: SubjectNo) -> Result<()> {
    tx.enqueue(ctx, NewJob::now("erasure.record", json!({ "subject": subject.to_string() })).unique(subject)).await?;
    Ok(())
}

/// The certificate of an erasure; `None` when this number was never erased.
pub async fn certificate(tx: &mut Tx, subject: SubjectNo) -> Result<Option<Certificate>> {
    Ok(store::by_subject(tx, subject).await?)
}

/// The numbers of those who were erased at `from` or later.
pub async fn since(tx: &mut Tx, from: Micros) -> Result<RoaringBitmap> {
    Ok(store::since(tx, from).await?)
}

/// The routes of this feature.
pub(crate) fn routes() -> Routes<App> {
    api::routes(pages::routes(Routes::new()))
}

/// The jobs of this feature.
pub(crate) fn jobs(registry: &mut JobRegistry, app: &App) {
    let app = app.clone();
    registry.on("erasure.record", 20, move |job| {
        let app = app.clone();
        async move { jobs::forget_record(&app, job).await }
    });
}
