//! The SQL of recoveries.

use super::{Recovery, Stage};
use waxwing_domain::{AccountId, Micros, RecoveryId, WorkspaceId};
use waxwing_store::{Row, StoreError, Tx, args, statement};

statement! { INSERT,
"INSERT INTO account_recoveries (id, workspace_id, account_id, state, asked_by, hash, created_at, due_at, expires_at)
 VALUES ($2, $1, $3, $4, $5, $6, $7, $8, $9)" }
statement! { BY_ID,
"SELECT id, account_id, state, asked_by, created_at, due_at, expires_at FROM account_recoveries
 WHERE workspace_id = $1 AND id = $2" }
statement! { BY_HASH,
"SELECT id, account_id, state, asked_by, created_at, due_at, expires_at FROM account_recoveries
 WHERE workspace_id = $1 AND hash = $2 AND state = 'ready' AND expires_at > $3" }
statement! { OPEN_OF,
"SELECT id, account_id, state, asked_by, created_at, due_at, expires_at FROM account_recoveries
 WHERE workspace_id = $1 AND account_id = $2 AND state IN ('asked', 'agreed', 'ready') AND expires_at > $3" }
statement! { OPEN,
"SELECT id, account_id, state, asked_by, created_at, due_at, expires_at FROM account_recoveries
 WHERE workspace_id = $1 AND state IN ('asked', 'agreed', 'ready') AND expires_at > $2 ORDER BY id LIMIT 100" }
statement! { AGREE,
"UPDATE account_recoveries SET state = 'agreed', agreed_by = $3, due_at = $5, expires_at = $6
 WHERE workspace_id = $1 AND id = $2 AND state = 'asked' AND expires_at > $4" }
statement! { READY,
"UPDATE account_recoveries SET state = 'ready', hash = $3
 WHERE workspace_id = $1 AND id = $2 AND state = 'agreed' AND due_at <= $4 AND expires_at > $4" }
statement! { CANCEL,
"UPDATE account_recoveries SET state = 'cancelled', hash = NULL
 WHERE workspace_id = $1 AND id = $2 AND state IN ('asked', 'agreed', 'ready') AND expires_at > $3" }
statement! { FINISH,
"UPDATE account_recoveries SET state = 'done', hash = NULL
 WHERE workspace_id = $1 AND hash = $2 AND state = 'ready' AND expires_at > $3
 RETURNING id, account_id, state, asked_by, created_at, due_at, expires_at" }
statement! { SWEEP, "DELETE FROM account_recoveries WHERE workspace_id = $1 AND expires_at < $2" }
statement! { system OF_ID, "SELECT workspace_id FROM account_recoveries WHERE id = $1" }
statement! { system OF_HASH, "SELECT workspace_id FROM account_recoveries WHERE hash = $1" }

fn read(row: &Row<'_>) -> Result<Recovery, StoreError> {
    Ok(Recovery {
        id: RecoveryId::from_i64(row.int(0)?),
        account: AccountId::from_i64(row.int(1)?),
        stage: row.word(2, Stage::parse)?,
        asked_by: Some(row.int(3)?).filter(|id| *id != 0).map(AccountId::from_i64),
        created_at: row.time(4)?,
        due_at: row.opt_time(5)?,
        expires_at: row.time(6)?,
    })
}

pub(super) async fn insert(tx: &mut Tx, recovery: &Recovery, hash: Option<[u8; 32]>) -> Result<(), StoreError> {
    let Recovery { id, account, stage, asked_by, created_at, due_at, expires_at } = *recovery;
    let state = if stage == Stage::Ready { "ready" } else { "asked" };
    let asked_by = asked_by.map_or(0, AccountId::as_i64);
    let hash = hash.map(|hash| hash.to_vec());
    tx.exec(&INSERT, args![id, account, state, asked_by, hash, created_at, due_at, expires_at]).await.map(drop)
}

pub(super) async fn by_id(tx: &mut Tx, id: RecoveryId) -> Result<Option<Recovery>, StoreError> {
    tx.optional(&BY_ID, args![id], read).await
}

/// The recovery of a link that works.
pub(super) async fn by_hash(tx: &mut Tx, hash: [u8; 32], now: Micros) -> Result<Option<Recovery>, StoreError> {
    tx.optional(&BY_HASH, args![hash, now], read).await
}

/// Those of an account that are under way.
pub(super) async fn open_of(tx: &mut Tx, account: AccountId, now: Micros) -> Result<Vec<Recovery>, StoreError> {
    tx.all(&OPEN_OF, args![account, now], read).await
}

/// Those under way; at most a hundred.
pub(super) async fn open(tx: &mut Tx, now: Micros) -> Result<Vec<Recovery>, StoreError> {
    tx.all(&OPEN, args![now], read).await
}

pub(super) async fn agree(
    tx: &mut Tx,
    id: RecoveryId,
    by: AccountId,
    (now, due, expires): (Micros, Micros, Micros),
) -> Result<bool, StoreError> {
    Ok(tx.exec(&AGREE, args![id, by, now, due, expires]).await? == 1)
}

pub(super) async fn ready(tx: &mut Tx, id: RecoveryId, hash: [u8; 32], now: Micros) -> Result<bool, StoreError> {
    Ok(tx.exec(&READY, args![id, hash, now]).await? == 1)
}

pub(super) async fn cancel(tx: &mut Tx, id: RecoveryId, now: Micros) -> Result<bool, StoreError> {
    Ok(tx.exec(&CANCEL, args![id, now]).await? == 1)
}

/// Uses a link up; gives its recovery if it worked.
pub(super) async fn finish(tx: &mut Tx, hash: [u8; 32], now: Micros) -> Result<Option<Recovery>, StoreError> {
    tx.optional(&FINISH, args![hash, now], read).await
}

pub(super) async fn sweep(tx: &mut Tx, before: Micros) -> Result<(), StoreError> {
    tx.exec(&SWEEP, args![before]).await.map(drop)
}

/// The workspace that a recovery is of.
pub(super) async fn workspace_of_id(tx: &mut Tx, id: RecoveryId) -> Result<Option<WorkspaceId>, StoreError> {
    tx.optional(&OF_ID, args![id], |r| r.int(0).map(WorkspaceId::from_i64)).await
}

/// The workspace that the link of a recovery is of.
pub(super) async fn workspace_of_hash(tx: &mut Tx, hash: [u8; 32]) -> Result<Option<WorkspaceId>, StoreError> {
    tx.optional(&OF_HASH, args![hash], |r| r.int(0).map(WorkspaceId::from_i64)).await
}
