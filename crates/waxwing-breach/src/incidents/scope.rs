//! What a case reaches: when it may have gone on, what it is about, and what was contained for it.
//!
//! Promise: a case that comes from an alert or a containment begins with what that is about; a containment and its
//! release stand on the timeline. Limit: that something was contained does not say that the breach goes on no more: a
//! person says that.

use super::assets::{self, NewAsset};
use super::members::{self, MemberRef};
use super::words::{AssetKind, Category, Compromise, Severity};
use super::{Losses, NewCase, life, renewals, store_scope, timeline, when};
use crate::containment::{self, Containment, Follower, InCase, Links, Standing};
use serde_json::json;
use waxwing_app::alerts::{Alert, Names, Subject};
use waxwing_app::{App, Error, Result, accounts};
use waxwing_domain::{Action, Actor, AlertId, CasePartId, ContainmentId, Ctx, IncidentId, Micros, Operation, Thing};
use waxwing_store::{Entry, EntryId, Tx, inventory};

/// How long before an alert something may have begun that it speaks of.
const BEFORE_ALERT: i64 = Micros::DAY;

inventory::submit! {
    Follower {
        contained: |app, tx, ctx, of, case, entry| Box::pin(follow(app, tx, ctx, of, case, entry)),
        released: |tx, ctx, id, entry| Box::pin(released(tx, ctx, id, entry)),
        open: |tx, ctx| Box::pin(open_cases(tx, ctx)),
        linked: |tx, ctx| Box::pin(linked(tx, ctx)),
        to_renew: |app, tx, ctx, id, new| Box::pin(renewals::begin(app, tx, ctx, id, new)),
        renewed: |app, tx, ctx, of, task| Box::pin(renewals::end(app, tx, ctx, of, task)),
    }
}

/// Says from when to when it may have gone on.
///
/// # Errors
/// [`Error::Invalid`] for a time to come or an end before the beginning.
pub async fn set_window(
    app: &App,
    tx: &mut Tx,
    ctx: &Ctx,
    id: IncidentId,
    (from, until): (Micros, Option<Micros>),
) -> Result<()> {
    members::writable(tx, ctx, id).await?.open()?;
    when::past("from", from, ctx.now())?;
    if let Some(until) = until {
        when::past("until", until, ctx.now())?;
        if until <= from {
            return Err(Error::invalid("until", "The end lies after the beginning."));
        }
    }
    store_scope::window(tx, id, (Some(from), until)).await?;
    let entry = Entry::new(Operation::Change, "incidents.window").detail(json!({ "from": from, "until": until }));
    timeline::act(app, tx, ctx, id, Category::Decision, entry).await
}

/// What an alert is about, and when, into the case that was opened from it.
pub(super) async fn of_alert(app: &App, tx: &mut Tx, ctx: &Ctx, id: IncidentId, alert: &Alert) -> Result<()> {
    let from = alert.since.min(alert.at.plus(-BEFORE_ALERT));
    store_scope::window(tx, id, (Some(from), None)).await?;
    let touched = |kind, name: String, number: String| NewAsset { kind, name, number, compromise: Compromise::Tbd };
    if let Some(account) = alert.account {
        let found = accounts::by_id(tx, account).await?;
        let name =
            found.map(|found| Ok::<_, Error>(found.person(app, ctx.workspace)?.shown().to_owned())).transpose()?;
        let name = name.unwrap_or_else(|| "Somebody who is gone".to_owned());
        assets::add_once(app, tx, ctx, id, touched(AssetKind::Person, name, account.to_string())).await?;
    }
    let thing = alert.subject.and_then(Subject::thing).filter(|thing| !matches!(thing, Thing::Account(_)));
    if let (Some(thing), Some(subject)) = (thing, alert.subject) {
        let names = Names::of(app, tx, ctx, std::slice::from_ref(alert)).await?;
        let name = names.get(subject).unwrap_or("Something that is gone").to_owned();
        let number = CasePartId::from_i64(thing.number()).to_string();
        assets::add_once(app, tx, ctx, id, touched(kind_of(thing), name, number)).await?;
    }
    if let Some(campaign) = alert.campaign {
        let name = alert.name.clone().unwrap_or_else(|| "A campaign that is gone".to_owned());
        assets::add_once(app, tx, ctx, id, touched(AssetKind::Campaign, name, campaign.to_string())).await?;
    }
    Ok(())
}

/// The open case of this codename, or of this number, that whoever asks may write in.
///
/// # Errors
/// [`Error::NotFound`] for none of theirs; [`Error::Conflict`] for one that has ended.
pub async fn by_name(tx: &mut Tx, ctx: &Ctx, name: &str) -> Result<IncidentId> {
    let name = name.trim().to_lowercase();
    let found = store_scope::by_codename(tx, &name).await?;
    let id = found.or_else(|| name.parse().ok()).ok_or(Error::NotFound("case"))?;
    members::writable(tx, ctx, id).await?.open()?;
    Ok(id)
}

/// What was contained for a case, the oldest first.
pub async fn contained(app: &App, tx: &mut Tx, ctx: &Ctx, id: IncidentId) -> Result<Vec<Standing>> {
    ctx.authorise(Action::IncidentsRead)?;
    members::readable(tx, ctx, id).await?;
    let ids = store_scope::containments(tx, id).await?;
    containment::standings(app, tx, ctx, &ids).await
}

/// Puts a containment into the case that was asked for.
async fn follow(
    app: &App,
    tx: &mut Tx,
    ctx: &Ctx,
    of: &Containment,
    case: InCase,
    entry: EntryId,
) -> Result<Option<IncidentId>> {
    let id = match case {
        InCase::None => return Ok(None),
        // Whatever else fails: a containment never fails for want of the right to open a case.
        InCase::ByActor if !by_program(ctx) || !ctx.may(Action::IncidentsWrite) => return Ok(None),
        InCase::ByActor => suspicion(app, tx, ctx, of, None).await?,
        InCase::New(alert) => suspicion(app, tx, ctx, of, alert).await?,
        InCase::Join(id) => id,
    };
    let case = members::writable(tx, ctx, id).await?;
    case.open()?;
    store_scope::link(tx, ctx, id, of.id).await?;
    if case.window_from.is_none() {
        store_scope::window(tx, id, (Some(of.suspected_from), case.window_until)).await?;
    }
    if let Some(thing) = of.scope.thing() {
        name_thing(app, tx, ctx, (id, of.id), thing).await?;
    }
    timeline::machine(tx, ctx, id, Category::Response, ("containment.contain", entry)).await?;
    Ok(Some(id))
}

const fn by_program(ctx: &Ctx) -> bool {
    matches!(ctx.actor, Actor::ApiKey(_) | Actor::Job)
}

async fn suspicion(app: &App, tx: &mut Tx, ctx: &Ctx, of: &Containment, alert: Option<AlertId>) -> Result<IncidentId> {
    let summary = of.reason.clone();
    let new =
        NewCase { summary, losses: Losses::default(), severity: Severity::Unknown, suspected_at: ctx.now(), alert };
    life::open(app, tx, ctx, new).await
}

/// What was contained is among what the case touches.
async fn name_thing(
    app: &App,
    tx: &mut Tx,
    ctx: &Ctx,
    (id, containment): (IncidentId, ContainmentId),
    thing: Thing,
) -> Result<()> {
    let found = containment::standings(app, tx, ctx, &[containment]).await?;
    let name = found.into_iter().next().map(|standing| standing.name).unwrap_or_default();
    let number = CasePartId::from_i64(thing.number()).to_string();
    let new = NewAsset { kind: kind_of(thing), name, number, compromise: Compromise::Tbd };
    assets::add_once(app, tx, ctx, id, new).await
}

const fn kind_of(thing: Thing) -> AssetKind {
    match thing {
        Thing::Account(_) => AssetKind::Person,
        Thing::ApiKey(_) => AssetKind::Key,
        Thing::Webhook(_) => AssetKind::Webhook,
        Thing::Relay(_) => AssetKind::Relay,
        Thing::Domain(_) => AssetKind::Domain,
    }
}

async fn released(tx: &mut Tx, ctx: &Ctx, containment: ContainmentId, entry: EntryId) -> Result<()> {
    match store_scope::case_of(tx, containment).await? {
        Some(id) => timeline::machine(tx, ctx, id, Category::Response, ("containment.release", entry)).await,
        None => Ok(()),
    }
}

async fn open_cases(tx: &mut Tx, ctx: &Ctx) -> Result<Vec<(IncidentId, String)>> {
    match MemberRef::of(ctx).filter(|_| ctx.may(Action::IncidentsWrite)) {
        Some(who) => Ok(store_scope::open_of(tx, who).await?),
        None => Ok(Vec::new()),
    }
}

async fn linked(tx: &mut Tx, ctx: &Ctx) -> Result<Links> {
    match MemberRef::of(ctx).filter(|_| ctx.may(Action::IncidentsRead)) {
        Some(who) => Ok(store_scope::linked(tx, who).await?),
        None => Ok(Links::new()),
    }
}
