//! The SQL of containments, and the names of what can be contained.

use super::steps::{Progress, StepState};
use super::{Containment, Scope, Step};
use std::collections::BTreeMap;
use waxwing_app::App;
use waxwing_domain::{AccountId, Actor, ContainmentId, Micros, RelayId, Thing, WebhookId};
use waxwing_store::{Row, StoreError, Tx, args, bulk, statement};

// How the system is set, kept when something is contained.
waxwing_app::kept! { SHUT_KEPT, "gate_shut" (kind: Text, target: Int, containment_id: Int) }
statement! { INSERT,
"INSERT INTO containments (id, workspace_id, scope, target, reason, epoch, suspected_from, by_kind, by_a, by_b,
   contained_at, state) VALUES ($2, $1, $3, $4, $5, $6, $7, $8, $9, $10, $11, 'contained')" }
statement! { NEWEST,
"SELECT id, scope, target, reason, epoch, suspected_from, by_kind, by_a, by_b, contained_at, effective_in,
   released_kind, released_a, released_b, released_at
 FROM containments WHERE workspace_id = $1 AND (state = 'contained' OR id IN (
   SELECT id FROM containments WHERE workspace_id = $1 AND state = 'released' ORDER BY id DESC LIMIT 20))
 ORDER BY id DESC" }
statement! { BY_ID,
"SELECT id, scope, target, reason, epoch, suspected_from, by_kind, by_a, by_b, contained_at, effective_in,
   released_kind, released_a, released_b, released_at
 FROM containments WHERE workspace_id = $1 AND id = $2" }
statement! { IS_OPEN,
"SELECT COUNT(*) FROM containments WHERE workspace_id = $1 AND scope = $2 AND target = $3 AND state = 'contained'" }
statement! { EFFECTIVE, "UPDATE containments SET effective_in = $3 WHERE workspace_id = $1 AND id = $2" }
statement! { RELEASED,
"UPDATE containments SET state = 'released', released_kind = $3, released_a = $4, released_b = $5, released_at = $6
 WHERE workspace_id = $1 AND id = $2 AND state = 'contained'" }
statement! { STEPS,
"SELECT step, state, count, note, changed_at FROM containment_steps WHERE workspace_id = $1 AND containment_id = $2" }
statement! { WAITING,
"SELECT containment_id, step FROM containment_steps
 WHERE workspace_id = $1 AND state <> 'done' ORDER BY containment_id, step" }
// Two runs beside each other: the second waits for the first, and then finds nothing to claim.
statement! { CLAIM_STEP,
"UPDATE containment_steps SET state = 'done'
 WHERE workspace_id = $1 AND containment_id = $2 AND step = $3 AND state <> 'done'" }
statement! { END_STEP,
"UPDATE containment_steps SET state = $4, count = $5, note = $6, changed_at = $7
 WHERE workspace_id = $1 AND containment_id = $2 AND step = $3" }
statement! { RELEASERS,
"SELECT account_id FROM containment_releasers WHERE workspace_id = $1 AND containment_id = $2 ORDER BY account_id" }
statement! { NAMES,
"SELECT 'api_key', id, name FROM api_keys WHERE workspace_id = $1
 UNION ALL SELECT 'webhook', id, name FROM webhooks_endpoints WHERE workspace_id = $1
 UNION ALL SELECT 'relay', id, name FROM relays WHERE workspace_id = $1
 UNION ALL SELECT 'domain', id, name FROM domains WHERE workspace_id = $1" }
statement! { WEBHOOKS, "SELECT id FROM webhooks_endpoints WHERE workspace_id = $1 ORDER BY id" }
// Whoever had a hand in it, not the last alone: an intruder's address stays in it when a colleague renames it.
statement! { WEBHOOKS_OF_ACCOUNT,
"SELECT DISTINCT h.endpoint_id FROM webhooks_hands h WHERE h.workspace_id = $1 AND (
   (h.kind = 'account' AND h.number = $2) OR (h.kind = 'api_key' AND h.number IN (
     SELECT id FROM api_keys WHERE workspace_id = $1 AND created_by = $2))) ORDER BY h.endpoint_id" }
statement! { WEBHOOKS_OF_KEY,
"SELECT DISTINCT endpoint_id FROM webhooks_hands
 WHERE workspace_id = $1 AND kind = 'api_key' AND number = $2 ORDER BY endpoint_id" }
statement! { RELAYS_WITH_LOGIN, "SELECT COUNT(*) FROM relays WHERE workspace_id = $1 AND has_login = 1" }
statement! { RELAYS_SINCE,
"SELECT id, name FROM relays WHERE workspace_id = $1 AND changed_at >= $2 ORDER BY name" }
statement! { WORKS,
"SELECT id, name FROM relays WHERE workspace_id = $1 AND id IN [$2]
 UNION ALL SELECT id, name FROM templates WHERE workspace_id = $1 AND id IN [$2]
 UNION ALL SELECT id, name FROM campaigns WHERE workspace_id = $1 AND id IN [$2]" }
statement! { DOMAINS, "SELECT COUNT(*) FROM domains WHERE workspace_id = $1" }
statement! { PEOPLE, "SELECT COUNT(*) FROM subject_keys WHERE workspace_id = $1" }
bulk! { ADD_STEPS, into "containment_steps" (containment_id: Int, step: Text, state: Text, count: Int, note: Text, changed_at: Int), "" }
bulk! { ADD_RELEASERS, into "containment_releasers" (containment_id: Int, account_id: Int), "" }

pub(super) async fn insert(tx: &mut Tx, new: &Containment) -> Result<(), StoreError> {
    let ((kind, a, b), (scope, target)) = (new.by.to_columns(), (new.scope.kind(), new.scope.number()));
    let row = args![new.id, scope, target, new.reason.clone(), new.epoch, new.suspected_from, kind, a, b, new.at];
    tx.exec(&INSERT, row).await.map(drop)
}

pub(super) async fn insert_steps(tx: &mut Tx, of: &Containment, steps: &[Step]) -> Result<(), StoreError> {
    let row = |step: &Step| args![of.id, step.as_str(), StepState::Waiting.as_str(), 0_i64, "", of.at];
    tx.bulk(&ADD_STEPS, steps.iter().map(row).collect()).await.map(drop)
}

pub(super) async fn insert_releasers(tx: &mut Tx, id: ContainmentId, who: &[AccountId]) -> Result<(), StoreError> {
    tx.bulk(&ADD_RELEASERS, who.iter().map(|account| args![id, *account]).collect()).await.map(drop)
}

/// The relays that were added or changed since.
pub(super) async fn relays_since(tx: &mut Tx, at: Micros) -> Result<Vec<(RelayId, String)>, StoreError> {
    tx.all(&RELAYS_SINCE, args![at], |r| Ok((RelayId::from_i64(r.int(0)?), r.text(1)?))).await
}

/// The names of these relays, templates and campaigns, as far as they are there.
pub(super) async fn works(tx: &mut Tx, ids: Vec<i64>) -> Result<BTreeMap<i64, String>, StoreError> {
    Ok(tx.all(&WORKS, args![ids], |r| Ok((r.int(0)?, r.text(1)?))).await?.into_iter().collect())
}

/// Everything that is contained, and the last twenty that were; the newest first.
pub(super) async fn newest(tx: &mut Tx) -> Result<Vec<Containment>, StoreError> {
    tx.all(&NEWEST, args![], read).await
}

pub(super) async fn by_id(tx: &mut Tx, id: ContainmentId) -> Result<Option<Containment>, StoreError> {
    tx.optional(&BY_ID, args![id], read).await
}

/// Whether this very scope is contained now.
pub(super) async fn is_open(tx: &mut Tx, scope: Scope) -> Result<bool, StoreError> {
    Ok(tx.one(&IS_OPEN, args![scope.kind(), scope.number()], |r| r.int(0)).await? > 0)
}

pub(super) async fn effective(tx: &mut Tx, id: ContainmentId, millis: i64) -> Result<(), StoreError> {
    tx.exec(&EFFECTIVE, args![id, millis]).await.map(drop)
}

pub(super) async fn released(tx: &mut Tx, id: ContainmentId, by: Actor, at: Micros) -> Result<(), StoreError> {
    let (kind, a, b) = by.to_columns();
    tx.exec(&RELEASED, args![id, kind, a, b, at]).await.map(drop)
}

/// The steps of one containment, in the order in which they are done.
pub(super) async fn steps(tx: &mut Tx, id: ContainmentId) -> Result<Vec<Progress>, StoreError> {
    let mut steps = tx.all(&STEPS, args![id], progress).await?;
    steps.sort_by_key(|one| Step::ALL.iter().position(|step| *step == one.step));
    Ok(steps)
}

/// What is left to do, the oldest containment first, in the order in which steps are done.
pub(super) async fn waiting(tx: &mut Tx) -> Result<Vec<(Containment, Step)>, StoreError> {
    let rows = tx.all(&WAITING, args![], |r| Ok((ContainmentId::from_i64(r.int(0)?), r.word(1, Step::parse)?))).await?;
    let mut by_containment: BTreeMap<ContainmentId, Vec<Step>> = BTreeMap::new();
    for (id, step) in rows {
        by_containment.entry(id).or_default().push(step);
    }
    let mut waiting = Vec::new();
    for (id, steps) in by_containment {
        let containment = by_id(tx, id).await?.ok_or(StoreError::Missing("containments"))?;
        let in_order = Step::ALL.into_iter().filter(|step| steps.contains(step));
        waiting.extend(in_order.map(|step| (containment.clone(), step)));
    }
    Ok(waiting)
}

/// Whether the step was still to be done; then it is this transaction's.
pub(super) async fn claim_step(tx: &mut Tx, id: ContainmentId, step: Step) -> Result<bool, StoreError> {
    Ok(tx.exec(&CLAIM_STEP, args![id, step.as_str()]).await? == 1)
}

pub(super) async fn end_step(
    tx: &mut Tx,
    id: ContainmentId,
    step: Step,
    (state, count, note): (StepState, i64, &str),
    now: Micros,
) -> Result<(), StoreError> {
    tx.exec(&END_STEP, args![id, step.as_str(), state.as_str(), count, note, now]).await.map(drop)
}

pub(super) async fn releasers(tx: &mut Tx, id: ContainmentId) -> Result<Vec<AccountId>, StoreError> {
    tx.all(&RELEASERS, args![id], |r| r.int(0).map(AccountId::from_i64)).await
}

/// Every webhook.
pub(super) async fn webhooks(tx: &mut Tx) -> Result<Vec<WebhookId>, StoreError> {
    tx.all(&WEBHOOKS, args![], webhook).await
}

/// The webhooks that a person or a key had a hand in; a person also through the keys that they made.
pub(super) async fn webhooks_of(tx: &mut Tx, thing: Thing) -> Result<Vec<WebhookId>, StoreError> {
    let statement = match thing {
        Thing::Account(_) => &WEBHOOKS_OF_ACCOUNT,
        Thing::ApiKey(_) => &WEBHOOKS_OF_KEY,
        Thing::Webhook(_) | Thing::Relay(_) | Thing::Domain(_) => return Ok(Vec::new()),
    };
    tx.all(statement, args![thing.number()], webhook).await
}

fn webhook(r: &Row<'_>) -> Result<WebhookId, StoreError> {
    r.int(0).map(WebhookId::from_i64)
}

pub(super) async fn relays_with_login(tx: &mut Tx) -> Result<u64, StoreError> {
    count(tx, &RELAYS_WITH_LOGIN).await
}

pub(super) async fn domains(tx: &mut Tx) -> Result<u64, StoreError> {
    count(tx, &DOMAINS).await
}

pub(super) async fn people(tx: &mut Tx) -> Result<u64, StoreError> {
    count(tx, &PEOPLE).await
}

async fn count(tx: &mut Tx, statement: &'static waxwing_store::Statement) -> Result<u64, StoreError> {
    tx.one(statement, args![], |r| Ok(r.int(0)?.unsigned_abs())).await
}

/// What people call what can be contained.
pub(super) struct Names(BTreeMap<Thing, String>);

impl Names {
    pub(super) fn get(&self, thing: Thing) -> Option<&str> {
        self.0.get(&thing).map(String::as_str)
    }
    /// The name, also of what is gone.
    pub(super) fn of(&self, thing: Thing) -> String {
        self.get(thing).map_or_else(|| "Something that is gone".to_owned(), str::to_owned)
    }
    /// The name of whoever acts.
    pub(super) fn of_actor(&self, actor: Actor) -> String {
        match actor {
            Actor::Account(account, _) => self.of(Thing::Account(account)),
            Actor::ApiKey(key) => format!("The key “{}”", self.of(Thing::ApiKey(key))),
            Actor::Host => "The host’s command line".to_owned(),
            Actor::Job | Actor::Public => "Waxwing itself".to_owned(),
        }
    }
    pub(super) fn into_iter(self) -> impl Iterator<Item = (Thing, String)> {
        self.0.into_iter()
    }
}

pub(super) async fn names(app: &App, tx: &mut Tx) -> waxwing_app::Result<Names> {
    let rows = tx.all(&NAMES, args![], |r| Ok((thing(&r.text(0)?, r.int(1)?)?, r.text(2)?))).await?;
    let people = waxwing_app::accounts::contain::names(app, tx).await?;
    let people = people.into_iter().map(|(id, name)| (Thing::Account(id), name));
    Ok(Names(rows.into_iter().chain(people).collect()))
}

fn thing(kind: &str, number: i64) -> Result<Thing, StoreError> {
    Thing::from_columns(kind, number).ok_or_else(|| StoreError::Damaged("an unknown kind of thing".into()))
}

fn progress(r: &Row<'_>) -> Result<Progress, StoreError> {
    Ok(Progress {
        step: r.word(0, Step::parse)?,
        state: r.word(1, StepState::parse)?,
        count: r.int(2)?,
        note: r.text(3)?,
        at: r.time(4)?,
        left: None,
    })
}

fn read(r: &Row<'_>) -> Result<Containment, StoreError> {
    let target = r.int(2)?;
    let released = match (r.opt_text(11)?, r.opt_int(12)?, r.opt_int(13)?, r.opt_time(14)?) {
        (Some(kind), Some(a), Some(b), Some(at)) => Some((Actor::from_columns(&kind, a, b), at)),
        _ => None,
    };
    Ok(Containment {
        id: ContainmentId::from_i64(r.int(0)?),
        scope: r.word(1, |kind| Scope::from_columns(kind, target))?,
        reason: r.text(3)?,
        epoch: r.int(4)?,
        suspected_from: r.time(5)?,
        by: Actor::from_columns(&r.text(6)?, r.int(7)?, r.int(8)?),
        at: r.time(9)?,
        effective_in: r.opt_int(10)?,
        released,
    })
}
