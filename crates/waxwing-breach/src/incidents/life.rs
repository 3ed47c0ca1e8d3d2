//! The life of a case: opened, confirmed, contained, closed or dismissed.

use super::case::{Aware, Incident, Losses};
use super::members::{self, MemberRef};
use super::words::{Category, Outcome, Severity};
use super::{codename, scope, sealing, store, timeline, when};
use serde_json::json;
use waxwing_app::{App, Error, Result, signals};
use waxwing_domain::{AccountId, Action, Actor, AlertId, Ctx, FieldId, IncidentId, Micros, Operation};
use waxwing_store::{Entry, Tx};

/// How often chance may draw a codename that is in use.
const DRAWS: usize = 20;

/// Cases of the register, at most.
const REGISTERED: i64 = 10_000;

/// A case to be opened.
#[derive(Clone)]
pub struct NewCase {
    /// What is suspected, in a person's words.
    pub summary: String,
    /// What seems to be lost.
    pub losses: Losses,
    /// How bad it seems.
    pub severity: Severity,
    /// When it was first suspected.
    pub suspected_at: Micros,
    /// The alert that it comes from.
    pub alert: Option<AlertId>,
}

/// Opens a case; one from an alert begins with what the alert is about and when. A person who opens one leads it; what a program, a job or the host opens is led by every
/// owner and security officer, since somebody has to see it.
///
/// # Errors
/// [`Error::Invalid`] for a text that says nothing or a time to come; [`Error::NotFound`] for an unknown alert.
pub async fn open(app: &App, tx: &mut Tx, ctx: &Ctx, new: NewCase) -> Result<IncidentId> {
    ctx.authorise(Action::IncidentsWrite)?;
    let id = IncidentId::from_i64(ctx.new_id());
    let summary = sealing::text("summary", &new.summary)?;
    when::past("suspected_at", new.suspected_at, ctx.now())?;
    let alert = match new.alert {
        Some(alert) => Some(waxwing_app::alerts::by_id(tx, ctx, alert).await?),
        None => None,
    };
    let sealed = sealing::seal(app, ctx, FieldId::CASE_SUMMARY, id.as_i64(), &summary)?;
    let codename = free_codename(tx, ctx).await?;
    store::insert(tx, ctx, id, &codename, &new, sealed).await?;
    members::first(tx, ctx, id).await?;
    let detail = json!({ "codename": codename, "alert": new.alert, "losses": new.losses.words() });
    let entry = Entry::new(Operation::Create, "incidents.open").detail(detail);
    timeline::act(app, tx, ctx, id, Category::Detection, entry).await?;
    if let Some(alert) = alert {
        scope::of_alert(app, tx, ctx, id, &alert).await?;
    }
    super::plan::begin(app, tx, ctx, id).await?;
    super::telling::opened(app, tx, ctx, id, &codename).await?;
    signals::note(tx, ctx, "incidents.opened", 1, json!({ "incident": id })).await?;
    Ok(id)
}

async fn free_codename(tx: &mut Tx, ctx: &Ctx) -> Result<String> {
    for _ in 0..DRAWS {
        let name = codename::draw(&*ctx.rng);
        if !store::is_named(tx, &name).await? {
            return Ok(name);
        }
    }
    Ok(format!("{} {}", codename::draw(&*ctx.rng), ctx.now().as_seconds()))
}

/// Says how bad it is and what was lost.
///
/// # Errors
/// [`Error::NotFound`] for who is not in the case; [`Error::Conflict`] once it has ended.
pub async fn classify(
    app: &App,
    tx: &mut Tx,
    ctx: &Ctx,
    id: IncidentId,
    losses: Losses,
    severity: Severity,
) -> Result<()> {
    members::writable(tx, ctx, id).await?.open()?;
    store::classify(tx, id, losses, severity).await?;
    let detail = json!({ "losses": losses.words(), "severity": severity.as_str() });
    let entry = Entry::new(Operation::Change, "incidents.classify").detail(detail);
    timeline::act(app, tx, ctx, id, Category::Decision, entry).await
}

/// Says that it is a breach and since when a named person knows, which starts the clocks. `by` is that person
/// where the host's command line speaks for them; a signed-in person speaks for themselves.
///
/// # Errors
/// [`Error::Conflict`] from any state but suspicion, and for programs: a person decides this.
pub async fn confirm(
    app: &App,
    tx: &mut Tx,
    ctx: &Ctx,
    id: IncidentId,
    at: Micros,
    by: Option<AccountId>,
) -> Result<()> {
    let case = members::led(tx, ctx, id).await?;
    let by = match (ctx.actor, by) {
        (Actor::Account(own, _), _) => own,
        (Actor::Host, Some(named)) => named,
        _ => {
            return Err(Error::Conflict("A named person says since when they know of a breach, not a program.".into()));
        }
    };
    let status = case.confirmed()?;
    when::past("aware_at", at, ctx.now())?;
    store::confirm(tx, id, status, Aware { at, by, said_at: ctx.now() }).await?;
    let entry = Entry::new(Operation::Change, "incidents.confirm").detail(json!({ "aware_at": at, "by": by }));
    timeline::act(app, tx, ctx, id, Category::Decision, entry).await?;
    signals::note(tx, ctx, "incidents.confirmed", 1, json!({ "incident": id })).await
}

/// Says that it goes on no more. Containment says so by itself.
///
/// # Errors
/// [`Error::Conflict`] for a case that is not confirmed.
pub async fn contain(app: &App, tx: &mut Tx, ctx: &Ctx, id: IncidentId, at: Micros) -> Result<()> {
    let case = members::led(tx, ctx, id).await?;
    let status = case.contained()?;
    when::past("contained_at", at, ctx.now())?;
    if at < case.suspected_at {
        return Err(Error::invalid("contained_at", "This lies before the case was suspected."));
    }
    store::contain(tx, id, status, at).await?;
    let entry = Entry::new(Operation::Change, "incidents.contain").detail(json!({ "contained_at": at }));
    timeline::act(app, tx, ctx, id, Category::Response, entry).await
}

/// Closes a breach that was contained, or dismisses a suspicion that was none; both stay in the register.
///
/// # Errors
/// [`Error::Conflict`] where the state or a missing root cause does not allow it.
pub async fn end(app: &App, tx: &mut Tx, ctx: &Ctx, id: IncidentId, outcome: Outcome, why: &str) -> Result<()> {
    let case = members::led(tx, ctx, id).await?;
    let status = case.ended(outcome)?;
    if outcome.is_breach() && case.cause.is_none() {
        return Err(Error::Conflict(
            "Say how it came about before the case is closed; “not known” is an answer.".into(),
        ));
    }
    let why = sealing::text("why", why)?;
    let sealed = sealing::seal(app, ctx, FieldId::CASE_ENDING, id.as_i64(), &why)?;
    store::end(tx, id, status, (ctx.now(), outcome), sealed).await?;
    let what = if outcome.is_breach() { "incidents.close" } else { "incidents.dismiss" };
    let entry = Entry::new(Operation::Change, what).detail(json!({ "outcome": outcome.as_str() }));
    timeline::act(app, tx, ctx, id, Category::Decision, entry).await
}

/// One case, for somebody who is in it.
///
/// # Errors
/// [`Error::NotFound`] for everybody else: whoever need not know does not learn that it exists.
pub async fn by_id(tx: &mut Tx, ctx: &Ctx, id: IncidentId) -> Result<Incident> {
    ctx.authorise(Action::IncidentsRead)?;
    members::readable(tx, ctx, id).await
}

/// The cases that the actor is in, newest first, before `before`.
pub async fn page(tx: &mut Tx, ctx: &Ctx, before: Option<IncidentId>, limit: i64) -> Result<Vec<Incident>> {
    ctx.authorise(Action::IncidentsRead)?;
    let before = before.map_or(i64::MAX, IncidentId::as_i64);
    match MemberRef::of(ctx) {
        Some(member) => Ok(store::page_of(tx, member, before, limit).await?),
        None if members::sees_all(ctx) => Ok(store::page(tx, before, limit).await?),
        None => Ok(Vec::new()),
    }
}

/// Every case for the register of breaches, the newest first, at most 10,000: those of whoever asks, or all for who may
/// join every case. Whoever is not in a case sees what the register says of it, and nothing else.
pub async fn registered(tx: &mut Tx, ctx: &Ctx) -> Result<Vec<Incident>> {
    ctx.authorise(Action::IncidentsRead)?;
    match MemberRef::of(ctx) {
        _ if ctx.may(Action::IncidentsLead) => Ok(store::page(tx, i64::MAX, REGISTERED).await?),
        Some(member) => Ok(store::page_of(tx, member, i64::MAX, REGISTERED).await?),
        None => Ok(Vec::new()),
    }
}

/// Cases that somebody who may join every case is not in, newest first; at most 200.
pub async fn others(tx: &mut Tx, ctx: &Ctx) -> Result<Vec<Incident>> {
    if !ctx.may(Action::IncidentsLead) {
        return Ok(Vec::new());
    }
    match MemberRef::of(ctx) {
        Some(member) => Ok(store::others(tx, member).await?),
        None => Ok(Vec::new()),
    }
}

/// What was suspected, in a person's words.
pub fn summary(app: &App, ctx: &Ctx, case: &Incident) -> Result<String> {
    sealing::open(app, ctx.workspace, FieldId::CASE_SUMMARY, case.id.as_i64(), &case.summary)
}

/// Why it was closed or dismissed, in a person's words; empty while it was not.
pub fn ending(app: &App, ctx: &Ctx, case: &Incident) -> Result<String> {
    let Some(sealed) = &case.ending else { return Ok(String::new()) };
    sealing::open(app, ctx.workspace, FieldId::CASE_ENDING, case.id.as_i64(), sealed)
}
