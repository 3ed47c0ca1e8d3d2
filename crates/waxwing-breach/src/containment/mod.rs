//! Containment: one act that stops a person, an integration, a sending domain, a workspace or all of them.
//!
//! Promise: level and scope change in one transaction, and enforcement is read, not pushed: when
//! [`contain`] returns, no node honours a credential from before, hands out another chunk, or begins
//! another message. What a contained person or key planted in the window (webhooks, relays, campaigns with a
//! time ahead) is shut with them. Every clean-up after it is a step that may run twice and says how it went. Release
//! needs a second person; what was revoked stays revoked. Limits: what a relay or a receiver has taken
//! is beyond reach; a relay's login must be renewed where it was given out.
//! States: contained → released; of a step: waiting → done | failed.
//! Tables: `containments`, `containment_steps`, `containment_releasers`, `containment_snapshots`, `containment_renewals`;
//! `gate` and `gate_shut` through the store.
//! Jobs: `containment.steps` (all that waits, at once and each minute).
//! Events: record `containment.contain`, `containment.step`, `containment.snapshot`, `containment.release`, `containment.reinstate`,
//! `containment.renewed`;
//! signals `containment.contained`, `containment.released`.

mod api;
mod by_alert;
mod changed;
mod checklist;
mod everything;
mod follow;
mod jobs;
mod order;
mod pages;
mod pages_everything;
mod planted;
mod release;
mod renewals;
mod since;
mod snapshot;
mod steps;
mod store;
mod store_renewals;
mod store_snapshot;
mod telling;
#[cfg(test)]
mod tests;

pub use changed::Changed;
pub use checklist::{Point, Vouched, points};
pub use everything::{Everything, contain_everything, stoppable};
pub use follow::{Follower, InCase, Links};
pub use order::{Contained, Order, Scope, contain, contain_and_hold, contain_in};
pub use release::{Reinstated, how_to_release, reinstate, release, release_by_host};
pub use renewals::{NewRenewal, Renewal};
pub use since::since;
pub use snapshot::{Snapshot, configuration, snapshot};
pub(crate) use snapshot::{kept, state};
pub use steps::{Progress, Step};

use http::Method;
use waxwing_app::{App, Result, keys};
use waxwing_domain::{Action, Actor, ContainmentId, Ctx, GateLevel, Micros, Thing};
use waxwing_http::{Routes, api};
use waxwing_store::{JobRegistry, Tx};

/// Something that was contained, once.
#[derive(Clone, Debug)]
pub struct Containment {
    /// Its id.
    pub id: ContainmentId,
    /// What was contained.
    pub scope: Scope,
    /// Why, in the words of whoever contained it.
    pub reason: String,
    /// The epoch of the gate that it began.
    pub epoch: i64,
    /// Since when something may have been wrong.
    pub suspected_from: Micros,
    /// Who contained it.
    pub by: Actor,
    /// When.
    pub at: Micros,
    /// Milliseconds from the confirmation until no older reading of the gate could be acted on;
    /// `None` where the process ended before it could say so.
    pub effective_in: Option<i64>,
    /// By whom it was released and when.
    pub released: Option<(Actor, Micros)>,
}

/// Something contained, with what people call it and how far its steps are.
#[derive(Clone, Debug)]
pub struct Standing {
    /// What was contained.
    pub containment: Containment,
    /// What people call the thing; empty for the workspace.
    pub name: String,
    /// The name of whoever contained it.
    pub by: String,
    /// Its steps, in the order in which they are done.
    pub steps: Vec<Progress>,
    /// The names of those who may release it; nobody but the host where empty.
    pub releasers: Vec<String>,
    /// What was changed in the window, to be looked at: of a workspace what strangers read, who see what stood before; of a
    /// person or a key what they made or changed that would go on without them.
    pub changed: Vec<Changed>,
    /// What it leaves to people to renew.
    pub renewals: Vec<Renewal>,
}

/// How the workspace stands.
#[derive(Clone, Debug)]
pub struct Overview {
    /// The level of the gate.
    pub level: GateLevel,
    /// What is contained, the newest first.
    pub open: Vec<Standing>,
    /// What was contained and is released, the newest first; at most twenty.
    pub past: Vec<Standing>,
    /// What is shut still, by itself or from a containment that is over, with its name.
    pub shut: Vec<(Thing, String)>,
}

/// How the workspace stands: what is contained, by whom, since when, and what is left to do.
pub async fn overview(app: &App, tx: &mut Tx, ctx: &Ctx) -> Result<Overview> {
    ctx.authorise(Action::ContainmentRead)?;
    let gate = tx.gate().await?;
    let names = store::names(app, tx).await?;
    let (mut open, mut past) = (Vec::new(), Vec::new());
    for containment in store::newest(tx).await? {
        let standing = standing(app, tx, &names, containment).await?;
        if standing.containment.released.is_none() { open.push(standing) } else { past.push(standing) }
    }
    let shut = gate.shut.iter().map(|thing| (*thing, names.of(*thing))).collect();
    Ok(Overview { level: gate.level, open, past, shut })
}

async fn standing(app: &App, tx: &mut Tx, names: &store::Names, containment: Containment) -> Result<Standing> {
    let name = containment.scope.thing().map(|thing| names.of(thing)).unwrap_or_default();
    let resealing = keys::resealing(app, tx).await?;
    let steps =
        store::steps(tx, containment.id).await?.into_iter().map(|step| step.with(&resealing, containment.at)).collect();
    let releasers = store::releasers(tx, containment.id).await?;
    let releasers = releasers.into_iter().map(|id| names.of(Thing::Account(id))).collect();
    let by = names.of_actor(containment.by);
    let changed = match (containment.scope, containment.released) {
        (_, Some(_)) => Vec::new(),
        (Scope::Workspace, None) => changed::since(tx, containment.suspected_from).await?,
        (scope, None) => planted::of(tx, scope, containment.suspected_from).await?,
    };
    let mut renewals = renewals::all(tx).await?;
    renewals.retain(|one| one.containment == containment.id);
    Ok(Standing { name, by, steps, releasers, changed, renewals, containment })
}

/// These containments as they stand, in this order; what is not there is left out.
pub async fn standings(app: &App, tx: &mut Tx, ctx: &Ctx, ids: &[ContainmentId]) -> Result<Vec<Standing>> {
    ctx.authorise(Action::ContainmentRead)?;
    let names = store::names(app, tx).await?;
    let mut found = Vec::with_capacity(ids.len());
    for id in ids {
        if let Some(containment) = store::by_id(tx, *id).await? {
            found.push(standing(app, tx, &names, containment).await?);
        }
    }
    Ok(found)
}

/// What can be contained alone, by kind, each with its name.
pub async fn things(app: &App, tx: &mut Tx, ctx: &Ctx) -> Result<Vec<(Thing, String)>> {
    ctx.authorise_look(Action::Contain)?;
    let gate = tx.gate().await?;
    let names = store::names(app, tx).await?;
    Ok(names.into_iter().filter(|(thing, _)| gate.lets(*thing)).collect())
}

/// The routes of this feature.
pub(crate) fn routes() -> Routes<App> {
    let page = "/security/containment";
    let routes = Routes::new()
        .page(Method::GET, page, Action::ContainmentRead, pages::index)
        .page(Method::POST, page, Action::Contain, pages::contain)
        .page(Method::POST, "/security/containment/{id}/release", Action::ContainmentRelease, pages::release)
        .page(Method::POST, "/security/containment/reinstate", Action::ContainmentRelease, pages::reinstate);
    let routes = routes.page(Method::GET, "/security/containment/{id}/snapshot", Action::RecordRead, pages::snapshot);
    let routes = api!(routes, Action::RecordRead, api::snapshot);
    let routes = api!(routes, Action::ContainmentRead, api::index);
    api!(routes, Action::Contain, api::contain)
}

/// The jobs of this feature.
pub(crate) fn jobs(registry: &mut JobRegistry, app: &App) {
    jobs::register(registry, app);
}
