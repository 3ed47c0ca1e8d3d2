//! Made-up people in every export and in what programs read, whose mail comes here: a copy that is used gives itself away.
//!
//! Promise: every export of a list, and every API key that reads people, gets made-up people of its own, so that mail to
//! one names the export or key, whoever used it, and when. They are in the file and in the answer only: they are no
//! subscribers, so no count, segment, report, blast radius or message has them. Which rows they are is told to whoever
//! may see canaries, and that is recorded.
//! Limits: nothing is made up before a domain is named here whose mail comes to this installation; whoever knows such a
//! domain can take its rows out, so there should be several, that nothing else connects; who uses a small part of a copy
//! may miss all of them; people shown on pages are not marked.
//! States: of a mark: made, hit.
//! Tables: `canaries_domains`, `canaries_keys`, `canaries_marks`, `canaries_tags`, `canaries_places`, `canaries_hits`.
//! Events: record `canaries.add`, `canaries.remove`, `canaries.number`, `canaries.hit`, `canaries.show`; signals
//! `canaries.hit`, `canaries.changed`.
//! Jobs: `canaries.check` (daily: where the mail of the domains goes). A hit queues `alerts.canary`.

mod api;
mod columns;
mod ghosts;
mod hits;
mod mark;
mod mx;
mod pages;
mod person;
mod returned;
mod sealing;
mod store;
mod store_hits;
#[cfg(test)]
mod tests;
mod words;

pub(crate) use ghosts::{Ghost, Ghosts, STATE as GHOST_STATE, ghosts, keep, reserve};
pub use hits::{Facts, Hit, HitKind, Told, tell};
pub(crate) use hits::{counted, note};
pub use mark::{Mark, MarkKind, how_many};
pub(crate) use mark::{Sprinkle, homes, known, mark_export};
pub use mx::{Mx, check};
pub use person::Canary;
pub(crate) use returned::returned;
pub use words::Locale;

use crate::{App, Error, Result, signals};
use http::Method;
use serde_json::json;
use std::time::Duration;
use waxwing_crypto::CanaryKey;
use waxwing_domain::{Action, Ctx, MailDomain, MarkId, Micros, Operation, WorkspaceId};
use waxwing_http::{Routes, api};
use waxwing_store::{Entry, JobRegistry, Tx};

/// How many made-up people an ordinary export gets unless somebody says otherwise.
pub const USUAL: i64 = 10;
/// The most that an ordinary export can get.
const MOST: i64 = 50;
/// Domains of a workspace at most.
const MOST_DOMAINS: usize = 50;

/// A domain whose mail comes here.
#[derive(Clone, Debug)]
pub struct Domain {
    /// Its name.
    pub name: String,
    /// In which language people of it are named.
    pub locale: Locale,
    /// When it was added.
    pub created_at: Micros,
    /// When its mail servers were looked up.
    pub checked_at: Option<Micros>,
    /// Where its mail goes, as far as that was looked up.
    pub mx: Mx,
}

/// What a workspace makes people up with.
pub struct Standing {
    /// Its domains, by name.
    pub domains: Vec<Domain>,
    /// How many people an ordinary export gets.
    pub per_export: i64,
}

/// Names a domain whose mail comes to this installation. The workspace's key is made with the first.
///
/// # Errors
/// [`Error::Invalid`] for what is no domain; [`Error::Conflict`] where a workspace has it, or there are too many.
pub async fn add(app: &App, tx: &mut Tx, ctx: &Ctx, name: &str, locale: Locale) -> Result<MailDomain> {
    ctx.authorise(Action::CanariesWrite)?;
    let name = MailDomain::parse(&name.trim().to_lowercase())
        .map_err(|_| Error::invalid("name", "Write a domain name such as example.org."))?;
    if store::domains(tx).await?.len() >= MOST_DOMAINS {
        return Err(Error::Conflict(format!("There are {MOST_DOMAINS} domains already.")));
    }
    if store::key(tx).await?.is_none() {
        let sealed = sealing::seal_key(app, tx.workspace(), &CanaryKey::random(&*ctx.rng))?;
        store::keep_key(tx, sealed, USUAL).await?;
    }
    if !store::add(tx, name.as_str(), locale, ctx.now()).await? {
        return Err(Error::Conflict(format!("The domain {name} takes mail for made-up people already.")));
    }
    ghosts::begin(app, tx, ctx).await?;
    written(app, tx, ctx, Operation::Create, "canaries.add", json!({ "name": name.as_str() })).await?;
    Ok(name)
}

/// Takes a domain out. Its made-up people stay in the files that have them, and nothing is heard of them any more.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn remove(app: &App, tx: &mut Tx, ctx: &Ctx, name: &str) -> Result<()> {
    ctx.authorise(Action::CanariesWrite)?;
    if !store::remove(tx, name).await? {
        return Err(Error::NotFound("domain"));
    }
    written(app, tx, ctx, Operation::Delete, "canaries.remove", json!({ "name": name })).await
}

/// Says how many made-up people an ordinary export gets; 0 for none.
///
/// # Errors
/// [`Error::Invalid`] beyond 50; [`Error::Conflict`] before a domain was named.
pub async fn set_per_export(app: &App, tx: &mut Tx, ctx: &Ctx, number: i64) -> Result<()> {
    ctx.authorise(Action::CanariesWrite)?;
    if !(0..=MOST).contains(&number) {
        return Err(Error::invalid("per_export", "Write a number from 0 to 50."));
    }
    if !store::set_many(tx, number).await? {
        return Err(Error::Conflict("Name a domain first.".into()));
    }
    written(app, tx, ctx, Operation::Change, "canaries.number", json!({ "number": number })).await
}

async fn written(
    app: &App,
    tx: &mut Tx,
    ctx: &Ctx,
    operation: Operation,
    what: &'static str,
    detail: serde_json::Value,
) -> Result<()> {
    tx.record(app.store(), ctx, Entry::new(operation, what).detail(detail.clone())).await?;
    signals::note(tx, ctx, "canaries.changed", 1, detail).await
}

/// The domains, and how many people an export gets.
pub async fn standing(tx: &mut Tx, ctx: &Ctx) -> Result<Standing> {
    ctx.authorise(Action::CanariesRead)?;
    let per_export = store::key(tx).await?.map_or(USUAL, |(_, number)| number);
    Ok(Standing { domains: store::domains(tx).await?, per_export })
}

/// Marks that were hit, the latest hit first; at most a hundred.
pub async fn hit(tx: &mut Tx, ctx: &Ctx) -> Result<Vec<Mark>> {
    ctx.authorise(Action::CanariesRead)?;
    Ok(store::hit_marks(tx).await?)
}

/// Marks before `before`, the newest first.
pub async fn marks(tx: &mut Tx, ctx: &Ctx, before: Option<MarkId>, limit: i64) -> Result<Vec<Mark>> {
    ctx.authorise(Action::CanariesRead)?;
    Ok(store::marks(tx, before.map_or(i64::MAX, MarkId::as_i64), limit).await?)
}

/// The workspace that takes a domain's mail, if one does. For the door of mail that comes in.
pub(crate) async fn home_of(app: &App, domain: &MailDomain) -> Result<Option<WorkspaceId>> {
    let mut tx = app.store().read_unbound("canaries.home").await?;
    Ok(store::home(&mut tx, domain.as_str()).await?)
}

/// The routes of this feature.
pub(crate) fn routes() -> Routes<App> {
    let here = "/security/canaries";
    let routes = Routes::new()
        .page(Method::GET, here, Action::CanariesRead, pages::index)
        .page(Method::POST, here, Action::CanariesWrite, pages::add)
        .page(Method::POST, "/security/canaries/number", Action::CanariesWrite, pages::number)
        .page(Method::POST, "/security/canaries/check", Action::CanariesWrite, pages::check)
        .page(Method::POST, "/security/canaries/remove", Action::CanariesWrite, pages::remove)
        .page(Method::GET, "/security/canaries/{id}", Action::CanariesRead, pages::show);
    let routes = api!(routes, Action::CanariesRead, api::index);
    let routes = api!(routes, Action::CanariesWrite, api::create);
    let routes = api!(routes, Action::CanariesWrite, api::change);
    let routes = api!(routes, Action::CanariesWrite, api::remove);
    let routes = api!(routes, Action::CanariesRead, api::marks);
    api!(routes, Action::CanariesRead, api::show)
}

/// The jobs of this feature.
pub(crate) fn jobs(registry: &mut JobRegistry, app: &App) {
    let app = app.clone();
    registry.on("canaries.check", 3, move |job| {
        let app = app.clone();
        async move { Ok(mx::recheck(&app, &job.ctx).await?) }
    });
    registry.every("canaries.check", Duration::from_secs(24 * 3_600));
}
