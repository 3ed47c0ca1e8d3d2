//! The SQL of sessions under containment.

use waxwing_domain::{AccountId, Micros, SessionId};
use waxwing_store::{StoreError, Tx, args, statement};

statement! { SESSION, "SELECT epoch, gate_epoch FROM sessions WHERE workspace_id = $1 AND id = $2 AND ended_at IS NULL" }
statement! { KEEP, "UPDATE sessions SET gate_epoch = $3 WHERE workspace_id = $1 AND id = $2 AND ended_at IS NULL" }
statement! { END_BELOW,
"UPDATE sessions SET ended_at = $3 WHERE workspace_id = $1 AND gate_epoch < $2 AND ended_at IS NULL" }
statement! { UNLINK_OF, "DELETE FROM sso_links WHERE workspace_id = $1 AND account_id = $2 AND linked_at >= $3" }
statement! { UNLINK_BUT, "DELETE FROM sso_links WHERE workspace_id = $1 AND account_id <> $2 AND linked_at >= $3" }

/// The credential epoch and the gate's epoch that a session was made under, if it was not ended.
pub(super) async fn session(tx: &mut Tx, id: SessionId) -> Result<Option<(i64, i64)>, StoreError> {
    tx.optional(&SESSION, args![id], |r| Ok((r.int(0)?, r.int(1)?))).await
}

pub(super) async fn keep(tx: &mut Tx, id: SessionId, epoch: i64) -> Result<(), StoreError> {
    tx.exec(&KEEP, args![id, epoch]).await.map(drop)
}

pub(super) async fn end_below(tx: &mut Tx, lowest: i64, now: Micros) -> Result<u64, StoreError> {
    tx.exec(&END_BELOW, args![lowest, now]).await
}

pub(super) async fn unlink_of(tx: &mut Tx, account: AccountId, since: Micros) -> Result<u64, StoreError> {
    tx.exec(&UNLINK_OF, args![account, since]).await
}

/// All but those of `kept`, the number of an account.
pub(super) async fn unlink_but(tx: &mut Tx, kept: i64, since: Micros) -> Result<u64, StoreError> {
    tx.exec(&UNLINK_BUT, args![kept, since]).await
}
