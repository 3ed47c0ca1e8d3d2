//! Asking: either an act may pass now, or its request waits for a second person.

use super::{Approval, Kind, Matter, State, VALID, decide, store};
use crate::accounts::keys;
use crate::{App, Error, signals};
use serde_json::{Value, json};
use waxwing_domain::{AccountId, Actor, ApprovalId, Ctx, Operation, Thing};
use waxwing_store::{Entry, NewJob, Tx};

/// Requests that one credential may have open at a time.
const MOST_OPEN: usize = 50;

/// Whether an act may go on.
#[derive(Clone, PartialEq, Eq, Debug)]
#[must_use = "an act that waits is not done"]
pub enum Passage {
    /// It may; with the yes that was used up for it, where one was needed.
    Open(Option<(ApprovalId, String)>),
    /// It waits for a second person: commit, and do nothing else.
    Waits(ApprovalId),
}

impl Passage {
    /// Without anybody's yes.
    pub const FREE: Self = Self::Open(None);

    /// The request that it waits for.
    pub const fn waits(&self) -> Option<ApprovalId> {
        match self {
            Self::Waits(id) => Some(*id),
            Self::Open(_) => None,
        }
    }

    /// The yes and its digest, for the detail of the act's own entry.
    pub fn note(&self) -> Value {
        match self {
            Self::Open(Some((id, digest))) => json!({ "approval": id, "digest": digest }),
            _ => Value::Null,
        }
    }
}

/// Uses up the yes to exactly this, or asks for one. Call it in the transaction of the act, once
/// everything else has been checked. What is asked for by the host's command line passes.
///
/// # Errors
/// [`Error::Conflict`] where nobody could say yes, and for one open request too many.
pub async fn pass(app: &App, tx: &mut Tx, ctx: &Ctx, matter: &Matter) -> crate::Result<Passage> {
    if ctx.origin == Actor::Host {
        return Ok(Passage::FREE);
    }
    for open in store::open_of(tx, matter.kind, matter.reference, ctx.now()).await? {
        if !is_by(&open, ctx.origin) {
            continue;
        }
        if !matter.is_covered(ctx.workspace, &open.digest, open.people) {
            end(app, tx, ctx, &open, "What it was asked about has changed since.").await?;
        } else if open.state == State::Asked {
            return Ok(Passage::Waits(open.id));
        } else if !decide::stands(tx, &open, ctx.now()).await? {
            end(app, tx, ctx, &open, "Whoever said yes may not any more, or had to prove anew who they are.").await?;
        } else if store::spend(tx, open.id, ctx.now()).await? {
            return spent(app, tx, ctx, &open).await;
        }
    }
    ask(app, tx, ctx, matter).await.map(Passage::Waits)
}

fn is_by(open: &Approval, actor: Actor) -> bool {
    (open.asked.kind(), open.asked.principal()) == (actor.kind(), actor.principal())
}

async fn spent(app: &App, tx: &mut Tx, ctx: &Ctx, open: &Approval) -> crate::Result<Passage> {
    record(app, tx, ctx, "approvals.use", open.id, json!({ "digest": open.digest_hex() })).await?;
    Ok(Passage::Open(Some((open.id, open.digest_hex()))))
}

/// Whether a yes that was used up for this reference still covers `matter`: for acts that happen later
/// than they were ordered. True for what the host's command line ordered.
pub async fn holds(tx: &mut Tx, ctx: &Ctx, matter: &Matter) -> crate::Result<bool> {
    if ctx.origin == Actor::Host {
        return Ok(true);
    }
    let last = store::last_used(tx, matter.kind, matter.reference).await?;
    Ok(last.is_some_and(|used| is_by(&used, ctx.origin) && matter.is_covered(ctx.workspace, &used.digest, used.people)))
}

/// The open request about a thing, to show where it stands.
pub async fn waiting_for(tx: &mut Tx, ctx: &Ctx, kind: Kind, reference: i64) -> crate::Result<Option<Approval>> {
    Ok(store::open_of(tx, kind, reference, ctx.now()).await?.pop())
}

async fn ask(app: &App, tx: &mut Tx, ctx: &Ctx, matter: &Matter) -> crate::Result<ApprovalId> {
    let now = ctx.now();
    if store::open_by(tx, ctx.origin, now).await? >= MOST_OPEN as i64 {
        return Err(Error::Conflict("Too many requests wait already. Withdraw some of them first.".into()));
    }
    let approval = Approval {
        id: ApprovalId::from_i64(ctx.new_id()),
        kind: matter.kind,
        reference: matter.reference,
        title: matter.title.clone(),
        facts: matter.facts.clone(),
        people: matter.people,
        digest: matter.digest(ctx.workspace, matter.people),
        back: matter.back.clone(),
        asked: ctx.origin,
        behind: behind(tx, ctx.origin).await?,
        asked_at: now,
        expires_at: now.plus(VALID),
        state: State::Asked,
        decided_by: None,
        decided_at: None,
        reason: String::new(),
        used_at: None,
    };
    if decide::deciders(tx, now, &approval).await?.is_empty() {
        return Err(Error::Conflict(nobody(approval.kind).into()));
    }
    store::insert(tx, &approval).await?;
    let detail = json!({ "kind": approval.kind.as_str(), "digest": approval.digest_hex(), "people": approval.people });
    record(app, tx, ctx, "approvals.ask", approval.id, detail).await?;
    signals::note(tx, ctx, "approvals.asked", 1, json!({ "approval": approval.id, "kind": approval.kind.as_str() }))
        .await?;
    tx.enqueue(ctx, NewJob::now("approvals.tell", json!({ "approval": approval.id })).unique(approval.id)).await?;
    Ok(approval.id)
}

/// The person behind a credential: for a key whoever made it.
pub(super) async fn behind(tx: &mut Tx, actor: Actor) -> crate::Result<Option<AccountId>> {
    Ok(match actor {
        Actor::Account(account, _) => Some(account),
        Actor::ApiKey(key) => keys::maker(tx, key).await?,
        Actor::Host | Actor::Public | Actor::Job => None,
    })
}

/// Takes back one's own request.
///
/// # Errors
/// [`Error::NotFound`] for somebody else's; [`Error::Conflict`] for one that is over.
pub async fn withdraw(app: &App, tx: &mut Tx, ctx: &Ctx, id: ApprovalId) -> crate::Result<()> {
    let approval = super::by_id(tx, ctx, id).await?;
    if !approval.is_asked_by(ctx) {
        return Err(Error::NotFound("approval"));
    }
    match end(app, tx, ctx, &approval, "").await? {
        true => Ok(()),
        false => Err(Error::Conflict("This request is over already.".into())),
    }
}

/// Ends every open request about a thing that is changed or gone; a yes to what it was is worth nothing.
pub async fn withdraw_all_of(app: &App, tx: &mut Tx, ctx: &Ctx, kind: Kind, reference: i64) -> crate::Result<()> {
    for open in store::open_of(tx, kind, reference, ctx.now()).await? {
        end(app, tx, ctx, &open, "What it was asked about has changed since.").await?;
    }
    Ok(())
}

async fn end(app: &App, tx: &mut Tx, ctx: &Ctx, approval: &Approval, why: &str) -> crate::Result<bool> {
    if !store::end(tx, approval.id, why, ctx.now()).await? {
        return Ok(false);
    }
    record(app, tx, ctx, "approvals.withdraw", approval.id, json!({ "digest": approval.digest_hex() })).await?;
    Ok(true)
}

pub(super) async fn record(
    app: &App,
    tx: &mut Tx,
    ctx: &Ctx,
    what: &'static str,
    id: ApprovalId,
    detail: Value,
) -> crate::Result<()> {
    let entry = Entry::new(Operation::Change, what).on("approval", id.as_i64());
    tx.record(app.store(), ctx, entry.detail(detail)).await?;
    Ok(())
}

/// Takes back what is open and was asked or agreed to by somebody who is contained; `None` is everybody: a yes must not
/// outlive the trust in whoever gave it. Gives how many.
pub async fn withdraw_contained(tx: &mut Tx, whose: Option<Thing>) -> crate::Result<u64> {
    const WHY: &str = "Whoever asked or agreed was contained. Ask again.";
    Ok(match whose {
        None => store::end_all(tx, WHY).await?,
        Some(Thing::Account(account)) => store::end_of_account(tx, account, WHY).await?,
        Some(Thing::ApiKey(key)) => store::end_of_key(tx, key, WHY).await?,
        Some(Thing::Webhook(_) | Thing::Relay(_) | Thing::Domain(_)) => 0,
    })
}

/// What to do where nobody may say yes.
const fn nobody(kind: Kind) -> &'static str {
    match kind {
        Kind::Notice => {
            "This needs a second person's yes, and nobody else in the case may give it. Add somebody under Details who may \
             decide requests, so that they can read the letters first."
        }
        _ => {
            "This needs a second person's yes, and nobody else here may give it. An owner can give somebody the role \
             Approver; the host can loosen the policy with “waxwing approvals”."
        }
    }
}
