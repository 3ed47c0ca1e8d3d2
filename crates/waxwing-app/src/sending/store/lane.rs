//! The lane's epoch, and what a lane before it left behind.

use waxwing_domain::{Micros, SourceId, SubjectNo};
use waxwing_store::{Lost, StoreError, Tx, args, statement};

statement! { BEGIN,
"INSERT INTO lanes (workspace_id, epoch, begun_at) VALUES ($1, 1, $2)
 ON CONFLICT (workspace_id) DO UPDATE SET epoch = lanes.epoch + 1, begun_at = excluded.begun_at RETURNING epoch" }
// An update, so that on PostgreSQL a lane that begins meanwhile waits for this transaction.
statement! { FENCE, "UPDATE lanes SET epoch = epoch WHERE workspace_id = $1 AND epoch = $2" }
statement! { RECOVER,
"UPDATE ledger SET state = 0, next_at = $3, worker = 0, done_at = 0, reason = NULL
     WHERE workspace_id = $1 AND state = 1 AND worker < $2
       AND source_id IN (SELECT id FROM sources WHERE workspace_id = $1 AND state <> 'done')" }
statement! { ORPHANS,
"SELECT MIN(next_at) FROM ledger WHERE workspace_id = $1 AND state = 2 AND worker < $2
   AND source_id IN (SELECT id FROM sources WHERE workspace_id = $1 AND state <> 'done')" }
statement! { GIVE_UP,
"UPDATE ledger SET state = 7, done_at = $3, next_at = 0, reason = 'stopped'
     WHERE workspace_id = $1 AND state = 2 AND worker < $2 AND next_at <= $3
       AND source_id IN (SELECT id FROM sources WHERE workspace_id = $1 AND state <> 'done')
     RETURNING source_id, subject" }
// The store owns the outbox; this only looks whether claiming is worth a transaction.
statement! { OUTBOX, "SELECT id FROM outbox WHERE workspace_id = $1 AND state = 'ready' AND next_at <= $2 LIMIT 1" }

/// Begins a lane: every lane before it is fenced off from now on.
pub(in crate::sending) async fn begin_epoch(tx: &mut Tx, now: Micros) -> Result<i64, StoreError> {
    tx.one(&BEGIN, args![now], |r| r.int(0)).await
}

/// Goes on only while no other lane has begun.
pub(in crate::sending) async fn fence(tx: &mut Tx, epoch: i64) -> Result<(), StoreError> {
    if tx.exec(&FENCE, args![epoch]).await? == 1 { Ok(()) } else { Err(Lost("sending lane").into()) }
}

/// Puts back what older lanes had leased: nothing of it had begun to leave.
pub(in crate::sending) async fn recover(tx: &mut Tx, epoch: i64, now: Micros) -> Result<u64, StoreError> {
    tx.exec(&RECOVER, args![epoch, now]).await
}

/// When the first in-flight row of an older lane is given up; `None` when there is none.
pub(in crate::sending) async fn orphans(tx: &mut Tx, epoch: i64) -> Result<Option<Micros>, StoreError> {
    tx.one(&ORPHANS, args![epoch], |r| r.opt_time(0)).await
}

/// In-flight rows of older lanes whose time is over become unknown; gives whose.
pub(in crate::sending) async fn give_up(
    tx: &mut Tx,
    epoch: i64,
    now: Micros,
) -> Result<Vec<(SourceId, SubjectNo)>, StoreError> {
    tx.all(&GIVE_UP, args![epoch, now], |r| Ok((SourceId::from_i64(r.int(0)?), r.subject(1)?))).await
}

/// Whether a piece of system mail waits to be sent.
pub(in crate::sending) async fn outbox_waits(tx: &mut Tx, now: Micros) -> Result<bool, StoreError> {
    Ok(tx.optional(&OUTBOX, args![now], |r| r.int(0)).await?.is_some())
}
