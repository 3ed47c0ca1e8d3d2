//! Legal holds: what may be needed as evidence is kept, and nobody under one is erased.
//!
//! Promise: while a hold is open, nobody that it covers is erased or deleted, by whatever way it is asked
//! for, and what the workspace forgets by itself (ended sessions, deliveries to webhooks) stays too. Who asked
//! to be erased gets nothing more at once, and is erased when the last hold over them is released (GDPR
//! Art. 17(3)(e) and 18). Limit: an epoch of keys goes on being replaced, and what was erased before the hold
//! does not come back.
//! States: open → released. Tables: `holds`. Jobs: none here; a release wakes `erasure.held`.
//! Events: record `holds.place`, `holds.release`; signals `holds.placed`, `holds.released`.

mod api;
mod pages;
mod store;
#[cfg(test)]
mod tests;

use crate::{App, Error, Result, signals};
use http::Method;
use serde_json::json;
use waxwing_domain::{Action, Actor, Ctx, HoldId, Micros, Operation, SubjectNo};
use waxwing_http::{Routes, api};
use waxwing_store::{Entry, JobRegistry, NewJob, Tx, subjects};

/// The longest reason, in characters.
pub const LONGEST: usize = 500;

/// Whom a hold covers.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Extent {
    /// Everybody of the workspace, and what it would forget by itself.
    Workspace,
    /// One person.
    Person(SubjectNo),
}

/// A hold.
#[derive(Clone, Debug)]
pub struct Hold {
    /// Its id.
    pub id: HoldId,
    /// Whom it covers.
    pub extent: Extent,
    /// Why, in the words of whoever placed it.
    pub reason: String,
    /// Who placed it.
    pub by: Actor,
    /// When.
    pub since: Micros,
    /// Who released it, and when.
    pub released: Option<(Actor, Micros)>,
}

/// Places a hold.
///
/// # Errors
/// [`Error::Invalid`] of `reason` or of `subscriber`, for somebody who is not there.
pub async fn place(app: &App, tx: &mut Tx, ctx: &Ctx, extent: Extent, reason: &str) -> Result<HoldId> {
    ctx.authorise(Action::HoldsWrite)?;
    let reason = check(reason)?;
    if let Extent::Person(subject) = extent
        && !store::is_there(tx, subject).await?
    {
        return Err(Error::invalid("subscriber", "There is nobody with this number."));
    }
    let hold = Hold {
        id: HoldId::from_i64(ctx.new_id()),
        extent,
        reason: reason.to_owned(),
        by: ctx.origin,
        since: ctx.now(),
        released: None,
    };
    store::insert(tx, &hold).await?;
    note(app, tx, ctx, ("holds.place", "holds.placed"), &hold).await?;
    Ok(hold.id)
}

fn check(reason: &str) -> Result<&str> {
    match reason.trim() {
        "" => Err(Error::invalid("reason", "Say why; it stands in the record and on this page.")),
        reason if reason.chars().count() > LONGEST => Err(Error::invalid("reason", "Write at most 500 characters.")),
        reason => Ok(reason),
    }
}

/// Releases a hold. Who waits for their erasure and is under no other hold is erased soon after.
///
/// # Errors
/// [`Error::NotFound`] for one that is not open.
pub async fn release(app: &App, tx: &mut Tx, ctx: &Ctx, id: HoldId) -> Result<()> {
    ctx.authorise(Action::HoldsWrite)?;
    let hold = store::by_id(tx, id).await?.filter(|hold| hold.released.is_none());
    let hold = hold.ok_or(Error::NotFound("hold"))?;
    store::release(tx, id, ctx.actor, ctx.now()).await?;
    note(app, tx, ctx, ("holds.release", "holds.released"), &hold).await?;
    tx.enqueue(ctx, NewJob::now("erasure.held", json!({})).unique("now")).await?;
    Ok(())
}

async fn note(
    app: &App,
    tx: &mut Tx,
    ctx: &Ctx,
    (what, signal): (&'static str, &'static str),
    hold: &Hold,
) -> Result<()> {
    let entry = Entry::new(Operation::Operate, what).on("hold", hold.id.as_i64());
    let entry = match hold.extent {
        Extent::Workspace => entry,
        Extent::Person(subject) => entry.part(&[], subjects([subject])),
    };
    tx.record(app.store(), ctx, entry.detail(json!({ "reason": hold.reason }))).await?;
    signals::note(tx, ctx, signal, 1, json!({ "hold": hold.id })).await
}

/// The open holds, and the last twenty that were released; the newest first.
pub async fn all(tx: &mut Tx, ctx: &Ctx) -> Result<Vec<Hold>> {
    ctx.authorise(Action::RecordRead)?;
    Ok(store::newest(tx).await?)
}

/// Since when a hold covers this person; nothing where none does. Asked by whatever would erase them.
pub async fn over(tx: &mut Tx, subject: SubjectNo) -> Result<Option<Micros>> {
    Ok(store::over(tx, subject).await?)
}

/// Whether everything of the workspace is held. Asked by whatever forgets by itself.
pub async fn keep_all(tx: &mut Tx) -> Result<bool> {
    // No person has the number 0: what covers it covers everybody.
    Ok(store::over(tx, SubjectNo::new(0)).await?.is_some())
}

/// The routes of this feature.
pub(crate) fn routes() -> Routes<App> {
    let page = "/security/holds";
    let routes = Routes::new()
        .page(Method::GET, page, Action::RecordRead, pages::index)
        .page(Method::POST, page, Action::HoldsWrite, pages::place)
        .page(Method::POST, "/security/holds/{id}/release", Action::HoldsWrite, pages::release);
    api!(routes, Action::RecordRead, api::index)
}

/// The jobs of this feature.
pub(crate) const fn jobs(_registry: &mut JobRegistry, _app: &App) {}
