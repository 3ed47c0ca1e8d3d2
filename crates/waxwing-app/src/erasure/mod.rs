//! Erasing a person for good (GDPR Art. 17).
//!
//! Promise. Under a legal hold nobody is erased: who asks gets nothing more at once, and is erased when the last
//! hold over them is released (GDPR Art. 17(3)(e), 18). The person's key, row, tags, memberships, evidence, events and what other features
//! hold of them go in one transaction; a keyed tombstone keeps the address from being mailed or
//! imported again. Limit: copies of the key in freed pages, snapshots and backups become useless
//! only when the next `keys rotate` has destroyed the epoch key and the older key backups are gone.
//! States. Waiting for a hold, or erased.
//! Tables. `erasures`, `erasures_held`; removes rows of `record_bodies` that are about the person alone.
//! Events. None are left; the record keeps an entry with the number.
//! Jobs. `erasure.record` removes sealed details of the record, whose hashes stay valid; `erasure.held` erases who
//! waited, when a hold is released and each hour.

mod api;
mod held;
mod jobs;
mod pages;
mod store;
#[cfg(test)]
mod tests;

pub use crate::subscribers::{Hook, Leaving};

use crate::suppression::{self, Kind, Reason};
use crate::{App, Error, Result, holds, subscribers};
use serde_json::json;
use std::time::Duration;
use waxwing_domain::{Action, Actor, Ctx, Micros, Operation, SubjectNo};
use waxwing_http::Routes;
use waxwing_store::{Entry, JobRegistry, NewJob, RoaringBitmap, Tx, subjects};

/// Why nobody is deleted under a hold.
const HELD: &str = "A legal hold keeps this person. Erase them instead: they get nothing more at once, and are erased \
                    when the hold is released.";

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

/// An erasure that a legal hold keeps waiting.
#[derive(Clone, Copy, Debug)]
pub struct Waiting {
    /// The number of the person who asked.
    pub subject: SubjectNo,
    /// When they did.
    pub asked_at: Micros,
    /// Who passed it on.
    pub asked: Actor,
}

/// What became of it when a person was to be erased.
#[derive(Clone, Copy, Debug)]
pub enum Erasure {
    /// They are erased.
    Done(Certificate),
    /// They get nothing more, and are erased when no hold is over them any more.
    Waits(Waiting),
}

/// Erases a person and leaves a tombstone. Cannot be undone. Under a legal hold it waits, and says so.
///
/// # Errors
/// [`Error::NotFound`] when there is no such person.
pub async fn erase(app: &App, tx: &mut Tx, ctx: &Ctx, subject: SubjectNo) -> Result<Erasure> {
    ctx.authorise(Action::SubscribersErase)?;
    match holds::over(tx, subject).await? {
        None => Ok(Erasure::Done(now(app, tx, ctx, subject).await?)),
        Some(_) => Ok(Erasure::Waits(held::queue(app, tx, ctx, subject).await?)),
    }
}

/// Erases, whatever is held.
async fn now(app: &App, tx: &mut Tx, ctx: &Ctx, subject: SubjectNo) -> Result<Certificate> {
    let who = subscribers::leave(app, tx, ctx, subject).await?;
    suppression::add(app, tx, ctx, Kind::Email, who.suppress_tag, Reason::Erased, "erasure").await?;
    let epoch = app.store().keys().ring().current_epoch().get();
    let certificate = Certificate { subject, erased_at: ctx.now(), epoch };
    store::insert(tx, &certificate).await?;
    store::no_longer_held(tx, subject).await?;
    let entry = Entry::new(Operation::Erase, "erasure.erase").on("subscriber", subject.as_i64());
    tx.record(app.store(), ctx, entry.part(&[], subjects([subject]))).await?;
    forget_record(tx, ctx, subject).await?;
    Ok(certificate)
}

/// Deletes a person: like an erasure, but nothing keeps the address from being brought in again.
///
/// # Errors
/// [`Error::Conflict`] under a legal hold; [`Error::NotFound`] when there is no such person.
pub async fn delete(app: &App, tx: &mut Tx, ctx: &Ctx, subject: SubjectNo) -> Result<()> {
    ctx.authorise(Action::SubscribersErase)?;
    if holds::over(tx, subject).await?.is_some() {
        return Err(Error::Conflict(HELD.into()));
    }
    subscribers::delete(app, tx, ctx, subject).await?;
    forget_record(tx, ctx, subject).await
}

async fn forget_record(tx: &mut Tx, ctx: &Ctx, subject: SubjectNo) -> Result<()> {
    tx.enqueue(ctx, NewJob::now("erasure.record", json!({ "subject": subject.to_string() })).unique(subject)).await?;
    Ok(())
}

/// The erasure of this person that waits for a hold; `None` when none does.
pub async fn waiting(tx: &mut Tx, subject: SubjectNo) -> Result<Option<Waiting>> {
    Ok(store::held(tx, subject).await?)
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
    let forgetting = app.clone();
    registry.on("erasure.record", 20, move |job| {
        let app = forgetting.clone();
        async move { jobs::forget_record(&app, job).await }
    });
    let releasing = app.clone();
    registry.on("erasure.held", 20, move |job| held::run(releasing.clone(), job));
    registry.every("erasure.held", Duration::from_secs(3_600));
}
