//! Deciding: who may, and what follows.
//!
//! Promise: whoever says yes is another person, is competent for the matter, gains nothing by it, and
//! was not let in by whoever asked on the day of the request; a yes ends with the trust in its giver.
//! Limit: two people who conspire are two people.

use super::asking::record;
use super::{Approval, Kind, State, VALID, circle, mail, store};
use crate::accounts::roles::{self, Granted};
use crate::accounts::{self, State as Standing, keys};
use crate::{App, Error, signals};
use serde_json::json;
use waxwing_domain::{AccountId, Action, Actor, ApprovalId, Ctx, Micros, Rights, SessionId};
use waxwing_store::{NewJob, Tx};

/// Why somebody outside its circle may not decide a matter.
const OUTSIDE: &str = "Whoever decides this is in the case that it belongs to.";
/// The longest reason, in characters.
const LONGEST: usize = 500;

/// Whether these rights are those of somebody who may decide such matters.
pub(super) fn is_competent(rights: &Rights, kind: Kind) -> bool {
    rights.actions.has(Action::ApprovalsDecide) && rights.actions.has(kind.competence())
}

/// Why this account may not decide; none where it may. `grants` are those of the last two days.
fn obstacle(account: AccountId, approval: &Approval, grants: &[Granted]) -> Option<&'static str> {
    if approval.behind == Some(account) {
        return Some("You asked for this yourself. Somebody else decides.");
    }
    if approval.kind == Kind::Grant && approval.reference == account.as_i64() {
        return Some("This would give you a role. Somebody else decides.");
    }
    // Somebody who stole an account must not be able to let in a second pair of eyes on the same day.
    let since = approval.asked_at.plus(-VALID);
    let let_in = |grant: &Granted| {
        grant.account == account && approval.behind.is_some_and(|behind| grant.by == behind) && grant.at > since
    };
    let fresh = grants.iter().any(let_in);
    fresh.then_some("Whoever asks gave you a role within the last 24 hours. Somebody else decides.")
}

/// The grants that can matter to an open request: made since a day before the oldest that is open.
async fn grants(tx: &mut Tx, now: Micros) -> crate::Result<Vec<Granted>> {
    roles::granted_since(tx, now.plus(-2 * VALID)).await
}

/// Why `ctx` may not decide this; none where it may.
pub(super) async fn stands_in_the_way(
    tx: &mut Tx,
    ctx: &Ctx,
    approval: &Approval,
) -> crate::Result<Option<&'static str>> {
    let grants = grants(tx, ctx.now()).await?;
    match (in_the_way_of(ctx, approval, &grants), ctx.actor) {
        (None, Actor::Account(account, _)) if !circle::holds(tx, approval, account).await? => Ok(Some(OUTSIDE)),
        (found, _) => Ok(found),
    }
}

fn in_the_way_of(ctx: &Ctx, approval: &Approval, grants: &[Granted]) -> Option<&'static str> {
    match ctx.actor {
        _ if !is_competent(&ctx.rights, approval.kind) => Some("Your role does not allow you to decide this."),
        Actor::Account(account, _) => obstacle(account, approval, grants),
        _ => Some("Only a person who is signed in decides."),
    }
}

/// The accounts that may decide this, oldest first.
pub async fn deciders(tx: &mut Tx, now: Micros, approval: &Approval) -> crate::Result<Vec<AccountId>> {
    let grants = grants(tx, now).await?;
    let competent = competent(tx, now, approval.kind).await?;
    let mut able = Vec::new();
    for account in competent {
        if obstacle(account, approval, &grants).is_none() && circle::holds(tx, approval, account).await? {
            able.push(account);
        }
    }
    Ok(able)
}

/// Whether the yes of this request is still worth something: whoever gave it is here, may still give it, and was not
/// made to prove anew who they are (as containment does) or chose another password since. A new password is taken as a
/// sign that somebody else may have had the old one.
pub(super) async fn stands(tx: &mut Tx, approval: &Approval, now: Micros) -> crate::Result<bool> {
    let Some((by, at)) = approval.decided_by.zip(approval.decided_at) else { return Ok(false) };
    let here = |found: accounts::Account| found.state == Standing::Active && !found.must_reset();
    let here = accounts::by_id(tx, by).await?.is_some_and(here);
    let since = store::password_at(tx, by).await?.is_some_and(|chosen| chosen > at);
    let rights = roles::rights_of(tx, by, SessionId::from_i64(0), now).await?;
    Ok(here && !since && is_competent(&rights, approval.kind))
}

/// The accounts that may decide matters of this kind if they are somebody else's.
pub(super) async fn competent(tx: &mut Tx, now: Micros, kind: Kind) -> crate::Result<Vec<AccountId>> {
    let rights = roles::rights_of_everybody(tx, now).await?;
    let active = accounts::store::all(tx).await?.into_iter().filter(|account| account.state == Standing::Active);
    let able = active.filter(|account| rights.get(&account.id).is_some_and(|rights| is_competent(rights, kind)));
    Ok(able.map(|account| account.id).collect())
}

/// The open requests that wait for this person.
pub async fn to_decide(tx: &mut Tx, ctx: &Ctx) -> crate::Result<Vec<Approval>> {
    if !ctx.may(Action::ApprovalsDecide) {
        return Ok(Vec::new());
    }
    let grants = grants(tx, ctx.now()).await?;
    let mut waiting = Vec::new();
    for approval in store::asked(tx, ctx.now()).await? {
        if in_the_way_of(ctx, &approval, &grants).is_none() && circle::is_shown(tx, ctx, &approval).await? {
            waiting.push(approval);
        }
    }
    Ok(waiting)
}

/// Says yes. A campaign goes on by itself; for the rest whoever asked is told.
///
/// # Errors
/// [`Error::Conflict`] where the actor may not decide this, and for a request that is over.
pub async fn approve(app: &App, tx: &mut Tx, ctx: &Ctx, id: ApprovalId) -> crate::Result<()> {
    let approval = decided(app, tx, ctx, id, State::Approved, "").await?;
    if let Some(kind) = approval.kind.goes_on() {
        let ctx = Ctx { origin: approval.asked, ..ctx.clone() };
        let job = NewJob::now(kind, json!({ "campaign": waxwing_domain::CampaignId::from_i64(approval.reference) }));
        tx.enqueue(&ctx, job.unique(approval.id)).await?;
    }
    mail::decided(app, tx, ctx, &approval, None).await
}

/// Says no, and why.
///
/// # Errors
/// As [`approve`]; [`Error::Invalid`] without a reason.
pub async fn refuse(app: &App, tx: &mut Tx, ctx: &Ctx, id: ApprovalId, reason: &str) -> crate::Result<()> {
    let reason = reason.trim();
    if reason.is_empty() || reason.chars().count() > LONGEST {
        return Err(Error::invalid("reason", "Say why, in at most 500 characters: whoever asked reads it."));
    }
    let approval = decided(app, tx, ctx, id, State::Refused, reason).await?;
    mail::decided(app, tx, ctx, &approval, Some(reason)).await
}

async fn decided(
    app: &App,
    tx: &mut Tx,
    ctx: &Ctx,
    id: ApprovalId,
    state: State,
    reason: &str,
) -> crate::Result<Approval> {
    ctx.authorise(Action::ApprovalsDecide)?;
    let approval = super::by_id(tx, ctx, id).await?;
    if let Some(why) = stands_in_the_way(tx, ctx, &approval).await? {
        return Err(Error::Conflict(why.into()));
    }
    let by = AccountId::from_i64(ctx.actor.principal());
    if !store::decide(tx, id, state, (by, reason), ctx.now()).await? {
        return Err(Error::Conflict("This request is over already: decided, withdrawn or expired.".into()));
    }
    let what = if state == State::Approved { "approvals.approve" } else { "approvals.refuse" };
    record(app, tx, ctx, what, id, json!({ "kind": approval.kind.as_str(), "digest": approval.digest_hex() })).await?;
    let detail = json!({ "approval": id, "state": state.as_str() });
    signals::note_address(app, tx, ctx, "approvals.decided", 1, detail).await?;
    Ok(approval)
}

/// Whether a credential that asked for something may still do it: its person is here, its key works.
pub async fn still_may(tx: &mut Tx, actor: Actor, action: Action, now: Micros) -> crate::Result<bool> {
    match actor {
        Actor::Host => Ok(true),
        Actor::Account(account, _) => {
            let active = accounts::by_id(tx, account).await?.is_some_and(|found| found.state == Standing::Active);
            let rights = roles::rights_of(tx, account, SessionId::from_i64(0), now).await?;
            Ok(active && rights.actions.has(action))
        }
        Actor::ApiKey(key) => keys::still_may(tx, key, action, now).await,
        Actor::Public | Actor::Job => Ok(false),
    }
}
