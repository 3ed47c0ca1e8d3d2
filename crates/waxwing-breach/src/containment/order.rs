//! The act itself: one transaction, and the wait until nobody can act on an older reading.

use super::follow::{self, InCase};
use super::{Containment, Step, planted, renewals, store};
use serde_json::json;
use std::time::Instant;
use waxwing_app::accounts::approvals;
use waxwing_app::accounts::contain as people;
use waxwing_app::accounts::{self, ResetScope};
use waxwing_app::login::contain as sessions;
use waxwing_app::{App, Error, Result, signals};
use waxwing_domain::{
    AccountId, Action, Actor, ContainmentId, Ctx, Denied, GateLevel, IdError, IncidentId, Micros, Operation, SessionId,
    Thing,
};
use waxwing_store::{Entry, EntryId, NewJob, Tx};

/// The longest reason, in characters.
pub(super) const LONGEST: usize = 500;
/// How far back a suspicion may reach, in microseconds.
pub(super) const OLDEST: i64 = 366 * Micros::DAY;

/// What is contained.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Scope {
    /// Everything of the workspace.
    Workspace,
    /// One thing; all else goes on.
    One(Thing),
}

impl Scope {
    /// The stable word of its kind.
    pub const fn kind(self) -> &'static str {
        match self {
            Self::Workspace => "workspace",
            Self::One(thing) => thing.kind(),
        }
    }
    /// Its number; 0 for the workspace.
    pub const fn number(self) -> i64 {
        match self {
            Self::Workspace => 0,
            Self::One(thing) => thing.number(),
        }
    }
    /// The one thing, where it is one.
    pub const fn thing(self) -> Option<Thing> {
        match self {
            Self::Workspace => None,
            Self::One(thing) => Some(thing),
        }
    }
    /// Reads [`Scope::kind`] and [`Scope::number`].
    pub fn from_columns(kind: &str, number: i64) -> Option<Self> {
        match kind {
            "workspace" => Some(Self::Workspace),
            _ => Thing::from_columns(kind, number).map(Self::One),
        }
    }
    /// Reads `workspace`, or a kind and an id with a colon between: `account:0123456789abc`.
    ///
    /// # Errors
    /// [`Error::Invalid`] of `scope`.
    pub fn parse(text: &str) -> Result<Self> {
        let wrong = || {
            Error::invalid(
                "scope",
                "Say workspace, or account, api_key, webhook, relay or domain and an id, such as account:0123456789abc.",
            )
        };
        if text == "workspace" {
            return Ok(Self::Workspace);
        }
        let (kind, id) = text.split_once(':').ok_or_else(wrong)?;
        let id: std::result::Result<AccountId, IdError> = id.parse();
        Thing::from_columns(kind, id.map_err(|_| wrong())?.as_i64()).map(Self::One).ok_or_else(wrong)
    }
    /// As [`Scope::parse`] reads it.
    pub fn to_text(self) -> String {
        match self {
            Self::Workspace => "workspace".to_owned(),
            // Ids of all kinds are written alike.
            Self::One(thing) => format!("{}:{}", thing.kind(), AccountId::from_i64(thing.number())),
        }
    }
}

/// What is asked for.
#[derive(Clone, Debug)]
pub struct Order {
    /// What to contain.
    pub scope: Scope,
    /// Why; stands in the record and on the page.
    pub reason: String,
    /// Since when something may have been wrong: who may release is measured by it.
    pub suspected_from: Micros,
}

/// That it is done.
#[derive(Clone, Copy, Debug)]
pub struct Contained {
    /// The number of the containment.
    pub id: ContainmentId,
    /// Milliseconds from the confirmation until no node could act on an older reading.
    pub effective_in: i64,
    /// The case that it is part of.
    pub case: Option<IncidentId>,
    /// The epoch that it began: what the same person does next is let in under it.
    pub epoch: i64,
}

/// Contains; what a program contains opens a case by itself. See [`contain_in`].
///
/// # Errors
/// As [`contain_in`].
pub async fn contain(app: &App, ctx: &Ctx, order: &Order) -> Result<Contained> {
    contain_in(app, ctx, order, InCase::ByActor).await
}

/// Contains, as part of a case. Returns when no node can act on a reading of the gate from before.
///
/// Opens its own transactions: it waits after the first of them.
///
/// # Errors
/// [`Error::Denied`] for a key that would contain a workspace; [`Error::Invalid`] for a reason or a
/// time that cannot be; [`Error::NotFound`] for a thing that is not there; [`Error::Conflict`] for what is
/// contained already, and for a case that has ended.
pub async fn contain_in(app: &App, ctx: &Ctx, order: &Order, case: InCase) -> Result<Contained> {
    act(app, ctx, order, (case, false)).await
}

/// The same, and nobody is erased from here on until people release that hold: an erasure the next day would take away
/// who was touched. Containing a workspace always does so; whoever may place no hold contains without one.
///
/// # Errors
/// As [`contain_in`].
pub async fn contain_and_hold(app: &App, ctx: &Ctx, order: &Order, case: InCase) -> Result<Contained> {
    act(app, ctx, order, (case, ctx.may(Action::HoldsWrite))).await
}

async fn act(app: &App, ctx: &Ctx, order: &Order, (case, hold): (InCase, bool)) -> Result<Contained> {
    let confirmed = Instant::now();
    ctx.authorise(Action::Contain)?;
    check(ctx, order)?;
    let mut tx = app.begin(ctx, "containment.contain").await?;
    let (new, case, epoch) = write(app, &mut tx, ctx, order, (case, hold)).await?;
    tx.commit().await?;
    app.gate().settled(ctx.workspace, Instant::now()).await;
    let effective_in = i64::try_from(confirmed.elapsed().as_millis()).unwrap_or(i64::MAX);
    note_effect(app, ctx, new, effective_in).await?;
    Ok(Contained { id: new, effective_in, case, epoch })
}

/// Whether such an order can be, from whoever gives it.
pub(super) fn check(ctx: &Ctx, order: &Order) -> Result<()> {
    let by_program = matches!(ctx.actor, Actor::ApiKey(_) | Actor::Job);
    if by_program && matches!(order.scope, Scope::Workspace | Scope::One(Thing::Account(_))) {
        return Err(Denied(Action::Contain).into());
    }
    match order.reason.trim().chars().count() {
        0 => return Err(Error::invalid("reason", "Say why; it stands in the record and on this page.")),
        1..=LONGEST => {}
        _ => return Err(Error::invalid("reason", "Write at most 500 characters.")),
    }
    let reach = ctx.now().since(order.suspected_from);
    if (0..=OLDEST).contains(&reach) {
        return Ok(());
    }
    Err(Error::invalid("since", "Choose a time in the last year."))
}

/// Everything that is one with the turn of the gate. The gate itself comes last: on PostgreSQL it waits
/// for whoever is committing, and holds nothing then that they could want.
async fn write(
    app: &App,
    tx: &mut Tx,
    ctx: &Ctx,
    order: &Order,
    (case, hold): (InCase, bool),
) -> Result<(ContainmentId, Option<IncidentId>, i64)> {
    let gate = tx.gate().await?;
    let from = ctx.entered.map_or(gate.epoch, |entered| entered.epoch);
    if store::is_open(tx, order.scope).await? {
        return Err(Error::Conflict("It is contained already.".into()));
    }
    let containment = Containment {
        id: ContainmentId::from_i64(ctx.new_id()),
        scope: order.scope,
        reason: order.reason.trim().to_owned(),
        epoch: from + 1,
        suspected_from: order.suspected_from,
        by: ctx.actor,
        at: ctx.now(),
        effective_in: None,
        released: None,
    };
    store::insert(tx, &containment).await?;
    store::insert_steps(tx, &containment, &Step::ordered(order.scope, hold)).await?;
    let releasers = releasers(tx, ctx, order).await?;
    store::insert_releasers(tx, containment.id, &releasers).await?;
    if let Some(thing) = order.scope.thing() {
        shut(app, tx, ctx, &containment, thing).await?;
    }
    approvals::withdraw_contained(tx, order.scope.thing()).await?;
    if let Some((_, session)) = keeper(ctx, order.scope) {
        sessions::keep(tx, session, containment.epoch).await?;
    }
    let entry = note(app, tx, ctx, &containment, releasers.len()).await?;
    let case_asked = case;
    let case = follow::contained(app, tx, ctx, &containment, case, entry).await?;
    super::by_alert::noted(tx, ctx, case_asked).await?;
    renewals::begin(app, tx, ctx, &containment, case).await?;
    super::telling::contained(app, tx, ctx, &containment).await?;
    tx.enqueue(ctx, NewJob::now("containment.steps", json!({})).unique("now")).await?;
    let whole = order.scope == Scope::Workspace;
    let level = if whole { GateLevel::Contained } else { gate.level };
    if whole {
        tx.pin_content(Some(order.suspected_from)).await?;
    }
    let epoch = tx.turn_gate(from, level, whole.then_some(ctx.actor), ctx.now()).await?;
    Ok((containment.id, case, epoch))
}

/// The person who contains and goes on: not one who contains their own account.
fn keeper(ctx: &Ctx, scope: Scope) -> Option<(AccountId, SessionId)> {
    match ctx.actor {
        Actor::Account(account, session) if scope != Scope::One(Thing::Account(account)) => Some((account, session)),
        _ => None,
    }
}

/// Shuts one thing, and ends what it signs in by and what it made that goes on by itself: all of it for ever, in the
/// same transaction.
async fn shut(app: &App, tx: &mut Tx, ctx: &Ctx, of: &Containment, thing: Thing) -> Result<()> {
    if store::names(app, tx).await?.get(thing).is_none() {
        return Err(Error::NotFound("thing to contain"));
    }
    tx.shut(thing, of.id).await?;
    for webhook in store::webhooks_of(tx, thing).await? {
        tx.shut(Thing::Webhook(webhook), of.id).await?;
    }
    planted::hold(app, tx, ctx, of, thing).await?;
    match thing {
        Thing::Account(account) => {
            match accounts::force_reset(app, tx, ctx, ResetScope::Person(account), Action::Contain).await {
                // Who never joined has nothing yet that could be ended; the gate keeps them from joining in.
                Ok(_) | Err(Error::NotFound(_)) => {}
                Err(other) => return Err(other),
            }
            sessions::end_of(tx, ctx, account).await?;
            sessions::unlink_new(tx, account, of.suspected_from).await?;
            people::remove_new_passkeys_of(tx, account, of.suspected_from).await?;
            people::end_keys_of(tx, ctx, account).await?;
        }
        Thing::ApiKey(key) => people::end_key(tx, ctx, key).await?,
        Thing::Webhook(_) | Thing::Relay(_) | Thing::Domain(_) => {}
    }
    Ok(())
}

async fn releasers(tx: &mut Tx, ctx: &Ctx, order: &Order) -> Result<Vec<AccountId>> {
    let shut = match order.scope {
        Scope::One(Thing::Account(account)) => Some(account),
        _ => None,
    };
    let by = match ctx.actor {
        Actor::Account(account, _) => Some(account),
        _ => None,
    };
    people::releasers(tx, order.suspected_from, shut, by).await
}

async fn note(app: &App, tx: &mut Tx, ctx: &Ctx, containment: &Containment, releasers: usize) -> Result<EntryId> {
    let entry = Entry::new(Operation::Operate, "containment.contain").on("containment", containment.id.as_i64());
    let detail = json!({
        "scope": containment.scope.to_text(), "epoch": containment.epoch, "reason": containment.reason,
        "suspected_from": containment.suspected_from, "releasers": releasers,
    });
    let entry = tx.record(app.store(), ctx, entry.detail(detail)).await?;
    let detail = json!({ "containment": containment.id, "scope": containment.scope.kind() });
    signals::note(tx, ctx, "containment.contained", 1, detail).await?;
    Ok(entry)
}

/// Writes down how long it took. The request was let in before the gate turned, so this goes by itself.
async fn note_effect(app: &App, ctx: &Ctx, id: ContainmentId, effective_in: i64) -> Result<()> {
    let after = Ctx { entered: None, ..ctx.clone() };
    let mut tx = app.begin(&after, "containment.effective").await?;
    store::effective(&mut tx, id, effective_in).await?;
    Ok(tx.commit().await?)
}
