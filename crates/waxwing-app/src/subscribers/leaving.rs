//! A person leaves: everything about them goes, in one transaction.
//!
//! Promise: after the commit no row of any feature is about the person, and their key is gone.
//! Limit: copies of the key in freed pages, snapshots and backups become useless only when the
//! epoch key that wraps it is destroyed (`keys rotate`) and the old key backup has expired.

use super::store;
use crate::{App, Error, Result, consent, lists};
use futures::future::BoxFuture;
use waxwing_crypto::IndexKind;
use waxwing_domain::{Action, Ctx, Operation, SubjectNo};
use waxwing_store::{Entry, StoreError, Tx, inventory, subjects};

/// A person on the way out.
#[derive(Clone, Copy)]
pub struct Leaving {
    /// Their number.
    pub subject: SubjectNo,
    /// The blind index of their address.
    pub email_tag: [u8; 16],
    /// The tag of their address on the do-not-mail list.
    pub suppress_tag: [u8; 16],
}

impl std::fmt::Debug for Leaving {
    /// The number only.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Leaving({})", self.subject)
    }
}

type Forget = for<'a> fn(&'a App, &'a mut Tx, &'a Ctx, Leaving) -> BoxFuture<'a, Result<()>>;

/// How a feature forgets a person. Register one with `inventory::submit!`:
///
/// ```ignore
/// waxwing_store::inventory::submit! { erasure::Hook::new("sending", |_, tx, _, who| Box::pin(store::forget(tx, who.subject))) }
/// ```
pub struct Hook {
    /// The feature.
    pub feature: &'static str,
    forget: Forget,
}

impl Hook {
    /// A feature's way to forget.
    pub const fn new(feature: &'static str, forget: Forget) -> Self {
        Self { feature, forget }
    }
}

inventory::collect!(Hook);

/// Deletes a person without a trace: unlike an erasure nothing keeps the address from being
/// brought in again. The key is destroyed all the same.
pub async fn delete(app: &App, tx: &mut Tx, ctx: &Ctx, subject: SubjectNo) -> Result<()> {
    ctx.authorise(Action::SubscribersErase)?;
    leave(app, tx, ctx, subject).await?;
    let entry = Entry::new(Operation::Delete, "subscribers.delete").on("subscriber", subject.as_i64());
    tx.record(app.store(), ctx, entry.part(&[], subjects([subject]))).await?;
    Ok(())
}

/// Removes everything about a person; the caller authorises, records and decides on a tombstone.
pub(crate) async fn leave(app: &App, tx: &mut Tx, ctx: &Ctx, subject: SubjectNo) -> Result<Leaving> {
    let stored = store::sealed_for_change(tx, &[subject]).await?.pop().ok_or(Error::NotFound("subscriber"))?;
    let who = Leaving { subject, email_tag: stored.email_tag, suppress_tag: stored.suppress_tag };
    for hook in inventory::iter::<Hook> {
        (hook.forget)(app, tx, ctx, who).await?;
    }
    consent::forget(tx, subject).await?;
    lists::forget(tx, subject).await?;
    let ring = app.store().keys().ring();
    let keys = ring.workspace(ctx.workspace).map_err(|e| StoreError::Damaged(e.to_string()))?;
    store::delete(tx, subject, &who.email_tag, &keys.blind_index_versions(IndexKind::Email)).await?;
    Ok(who)
}
