//! The SQL of what a containment leaves to renew.

use super::Scope;
use super::renewals::{NewRenewal, Renewal};
use waxwing_domain::{CasePartId, ContainmentId, Micros, Thing};
use waxwing_store::{Row, StoreError, Tx, args, bulk, statement};

bulk! { ADD, into "containment_renewals" (containment_id: Int, kind: Text, number: Int, name: Text, task_id: Int), "" }
// What each signs in or signs by, and how old that is now; nothing where it is gone, or signs in by nothing.
statement! { ALL,
"SELECT n.containment_id, n.kind, n.number, n.name, n.task_id, n.done_at, c.contained_at,
   CASE n.kind
     WHEN 'relay' THEN (SELECT COALESCE(r.password_changed_at, r.created_at) FROM relays r
       WHERE r.workspace_id = $1 AND r.id = n.number AND r.has_login = 1)
     WHEN 'domain' THEN (SELECT COALESCE(d.keys_made_at, d.created_at) FROM domains d
       WHERE d.workspace_id = $1 AND d.id = n.number)
     ELSE (SELECT COALESCE(w.secret_made_at, w.created_at) FROM webhooks_endpoints w
       WHERE w.workspace_id = $1 AND w.id = n.number) END
 FROM containment_renewals n
 JOIN containments c ON c.workspace_id = n.workspace_id AND c.id = n.containment_id
 WHERE n.workspace_id = $1 ORDER BY n.containment_id, n.kind, n.number" }
statement! { OF,
"SELECT 'relay', id, name FROM relays WHERE workspace_id = $1 AND has_login = 1 AND ($2 = 'workspace' OR ($2 = 'relay' AND id = $3)
     OR id IN (SELECT target FROM gate_shut WHERE workspace_id = $1 AND kind = 'relay' AND containment_id = $4))
 UNION ALL SELECT 'domain', id, name FROM domains
   WHERE workspace_id = $1 AND ($2 = 'workspace' OR ($2 = 'domain' AND id = $3))
 UNION ALL SELECT 'webhook', id, name FROM webhooks_endpoints
   WHERE workspace_id = $1 AND ($2 = 'workspace' OR ($2 = 'webhook' AND id = $3)
     OR id IN (SELECT target FROM gate_shut WHERE workspace_id = $1 AND kind = 'webhook' AND containment_id = $4))" }
statement! { DONE,
"UPDATE containment_renewals SET done_at = $5
 WHERE workspace_id = $1 AND containment_id = $2 AND kind = $3 AND number = $4 AND done_at IS NULL" }

pub(super) async fn insert(
    tx: &mut Tx,
    of: ContainmentId,
    new: Vec<(NewRenewal, Option<CasePartId>)>,
) -> Result<(), StoreError> {
    let row = |(one, task): (NewRenewal, Option<CasePartId>)| {
        args![of, one.thing.kind(), one.thing.number(), one.name, task.map_or(0, CasePartId::as_i64)]
    };
    tx.bulk(&ADD, new.into_iter().map(row).collect()).await.map(drop)
}

/// What a containment that was written a moment ago leaves to renew.
pub(super) async fn of(tx: &mut Tx, id: ContainmentId, scope: Scope) -> Result<Vec<NewRenewal>, StoreError> {
    let read = |r: &Row<'_>| Ok(NewRenewal { thing: thing(&r.text(0)?, r.int(1)?)?, name: r.text(2)? });
    tx.all(&OF, args![scope.kind(), scope.number(), id], read).await
}

pub(super) async fn all(tx: &mut Tx) -> Result<Vec<Renewal>, StoreError> {
    tx.all(&ALL, args![], |r| {
        Ok(Renewal {
            containment: ContainmentId::from_i64(r.int(0)?),
            thing: thing(&r.text(1)?, r.int(2)?)?,
            name: r.text(3)?,
            task: Some(r.int(4)?).filter(|task| *task != 0).map(CasePartId::from_i64),
            done_at: r.opt_time(5)?,
            contained_at: r.time(6)?,
            made_at: r.opt_time(7)?,
        })
    })
    .await
}

/// Whether it was still open; then it is this transaction's.
pub(super) async fn done(tx: &mut Tx, of: &Renewal, at: Micros) -> Result<bool, StoreError> {
    let row = args![of.containment, of.thing.kind(), of.thing.number(), at];
    Ok(tx.exec(&DONE, row).await? == 1)
}

fn thing(kind: &str, number: i64) -> Result<Thing, StoreError> {
    Thing::from_columns(kind, number).ok_or_else(|| StoreError::Damaged("an unknown kind of thing".into()))
}
