//! Erasing a person for good (GDPR Art. 17).
//!
//! Promise. The person's key, row, tags, memberships, evidence, events and what other features
//! hold of them go in one transaction; a keyed tombstone keeps the address from being mailed or
//! imported again. Limit: copies of the key in freed pages, snapshots and backups become useless
//! only when the next `keys rotate` has destroyed the epoch key and the older key backups are gone.
//! States. Erased.
//! Tables. `erasures`; removes bodies of the access record that are about the person alone.
//! Events. None are left; the record keeps an entry with the number.
//! Jobs. `erasure.record` removes sealed details of the record.

mod store;

pub use crate::subscribers::{Hook, Leaving};

use crate::suppression::{self, Kind, Reason};
use crate::{App, Result, subscribers};
use waxwing_domain::{Action, Ctx, Micros, Operation, SubjectNo};
use waxwing_http::Routes;
use waxwing_store::{Entry, JobRegistry, Tx, subjects};

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

/// Erases a person and leaves a tombstone.
pub async fn erase(app: &App, tx: &mut Tx, ctx: &Ctx, subject: SubjectNo) -> Result<Certificate> {
    ctx.authorise(Action::SubscribersErase)?;
    let who = subscribers::leave(app, tx, ctx, subject).await?;
    suppression::add(app, tx, ctx, Kind::Email, who.suppress_tag, Reason::Erased, "erasure").await?;
    let epoch = app.store().keys().ring().current_epoch().get();
    let certificate = Certificate { subject, erased_at: ctx.now(), epoch };
    store::insert(tx, &certificate).await?;
    let entry = Entry::new(Operation::Erase, "erasure.erase").on("subscriber", subject.as_i64());
    tx.record(app.store(), ctx, entry.part(&[], subjects([subject]))).await?;
    Ok(certificate)
}

/// The certificate of an erasure; `None` when this number was never erased.
pub async fn certificate(tx: &mut Tx, subject: SubjectNo) -> Result<Option<Certificate>> {
    Ok(store::by_subject(tx, subject).await?)
}

/// The routes of this feature.
pub(crate) fn routes() -> Routes<App> {
    Routes::new()
}

/// The jobs of this feature.
pub(crate) const fn jobs(_registry: &mut JobRegistry, _app: &App) {}
