//! The SQL of mail that came in.

use waxwing_domain::{InboundId, Micros};
use waxwing_store::{StoreError, Tx, args, statement};

statement! { INSERT, "INSERT INTO inbound_messages (workspace_id, id, at, state, sealed) VALUES ($1, $2, $3, 'new', $4)" }
statement! { COUNT_SINCE, "SELECT COUNT(*) FROM inbound_messages WHERE workspace_id = $1 AND at >= $2" }
statement! { NEW, "SELECT sealed FROM inbound_messages WHERE workspace_id = $1 AND id = $2 AND state = 'new'" }
statement! { READ, "UPDATE inbound_messages SET state = 'read' WHERE workspace_id = $1 AND id = $2 AND state = 'new'" }
statement! { SWEEP, "DELETE FROM inbound_messages WHERE workspace_id = $1 AND at < $2" }

pub(super) async fn insert(tx: &mut Tx, id: InboundId, at: Micros, sealed: Vec<u8>) -> Result<(), StoreError> {
    tx.exec(&INSERT, args![id, at, sealed]).await.map(drop)
}

pub(super) async fn count_since(tx: &mut Tx, at: Micros) -> Result<i64, StoreError> {
    tx.one(&COUNT_SINCE, args![at], |r| r.int(0)).await
}

/// A message that nobody has read yet.
pub(super) async fn new(tx: &mut Tx, id: InboundId) -> Result<Option<Vec<u8>>, StoreError> {
    tx.optional(&NEW, args![id], |r| r.blob(0)).await
}

/// Notes that a message was read; false when it was before.
pub(super) async fn read(tx: &mut Tx, id: InboundId) -> Result<bool, StoreError> {
    Ok(tx.exec(&READ, args![id]).await? == 1)
}

pub(super) async fn sweep(tx: &mut Tx, before: Micros) -> Result<u64, StoreError> {
    tx.exec(&SWEEP, args![before]).await
}
