//! The SQL of the chain of custody. It only grows.

use super::custody::{Custody, CustodyAct};
use waxwing_domain::{Actor, Ctx, IncidentId};
use waxwing_store::{EntryId, StoreError, Tx, args, statement};

statement! { LAST,
"SELECT COALESCE(MAX(number), 0) FROM incident_custody WHERE workspace_id = $1 AND incident_id = $2" }
statement! { INSERT,
"INSERT INTO incident_custody (workspace_id, incident_id, number, act, what, hash, at, by_kind, by_a, entry_id)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)" }
statement! { ALL,
"SELECT c.number, c.act, c.what, c.hash, c.at, c.by_kind, c.by_a, c.entry_id, e.idx FROM incident_custody c
     LEFT JOIN record_entries e ON e.workspace_id = c.workspace_id AND e.id = c.entry_id
     WHERE c.workspace_id = $1 AND c.incident_id = $2 ORDER BY c.number" }

pub(super) async fn last(tx: &mut Tx, id: IncidentId) -> Result<i64, StoreError> {
    tx.one(&LAST, args![id], |r| r.int(0)).await
}

/// Two at once: the second finds its number taken, and is done again by whoever asked.
pub(super) async fn insert(
    tx: &mut Tx,
    ctx: &Ctx,
    id: IncidentId,
    (number, act): (i64, CustodyAct),
    (what, hash): (&str, &[u8]),
    entry: EntryId,
) -> Result<(), StoreError> {
    let (kind, principal, _) = ctx.actor.to_columns();
    let row = args![id, number, act.as_str(), what, hash.to_vec(), ctx.now(), kind, principal, entry.as_i64()];
    tx.exec(&INSERT, row).await.map(drop)
}

pub(super) async fn all(tx: &mut Tx, id: IncidentId) -> Result<Vec<Custody>, StoreError> {
    tx.all(&ALL, args![id], |r| {
        Ok(Custody {
            number: r.int(0)?,
            act: r.word(1, CustodyAct::parse)?,
            what: r.text(2)?,
            hash: r.opt_blob(3)?,
            at: r.time(4)?,
            by: Actor::from_columns(&r.text(5)?, r.int(6)?, 0),
            entry: r.int(7)?,
            index: r.opt_int(8)?,
        })
    })
    .await
}
