//! The SQL of passkeys and of the questions that wait for their answers.

use waxwing_domain::{AccountId, Micros, PasskeyId, WorkspaceId};
use waxwing_store::{Row, StoreError, Tx, args, statement};

// How the system is set, kept when something is contained.
crate::kept! { PASSKEYS, "passkeys" (id: Int, account_id: Int, created_at: Int, used_at: Int) }
statement! { PUT,
"INSERT INTO passkeys (id, workspace_id, account_id, tag, sealed, created_at) VALUES ($2, $1, $3, $4, $5, $6)
 ON CONFLICT DO NOTHING" }
statement! { OF_ACCOUNT,
"SELECT id, account_id, sealed, created_at, used_at FROM passkeys WHERE workspace_id = $1 AND account_id = $2 ORDER BY id" }
statement! { BY_TAG, "SELECT id, account_id, sealed, created_at, used_at FROM passkeys WHERE workspace_id = $1 AND tag = $2" }
statement! { system OF, "SELECT workspace_id FROM passkeys WHERE tag = $1" }
statement! { COUNT, "SELECT COUNT(*) FROM passkeys WHERE workspace_id = $1 AND account_id = $2" }
statement! { OWNERS, "SELECT DISTINCT account_id FROM passkeys WHERE workspace_id = $1" }
statement! { USED, "UPDATE passkeys SET sealed = $3, used_at = $4 WHERE workspace_id = $1 AND id = $2" }
statement! { REMOVE, "DELETE FROM passkeys WHERE workspace_id = $1 AND id = $2 AND account_id = $3" }
statement! { REMOVE_ALL, "DELETE FROM passkeys WHERE workspace_id = $1 AND account_id = $2" }
statement! { ASK,
"INSERT INTO passkey_questions (workspace_id, hash, purpose, bound, sealed, expires_at) VALUES ($1, $2, $3, $4, $5, $6)" }
statement! { TAKE,
"DELETE FROM passkey_questions WHERE workspace_id = $1 AND hash = $2 AND purpose = $3 AND bound = $4 AND expires_at > $5
 RETURNING sealed" }
statement! { SWEEP, "DELETE FROM passkey_questions WHERE workspace_id = $1 AND expires_at <= $2" }

/// A passkey as the database has it.
pub(super) struct Stored {
    pub(super) id: PasskeyId,
    pub(super) account: AccountId,
    pub(super) sealed: Vec<u8>,
    pub(super) created_at: Micros,
    pub(super) used_at: Option<Micros>,
}

fn read(row: &Row<'_>) -> Result<Stored, StoreError> {
    Ok(Stored {
        id: PasskeyId::from_i64(row.int(0)?),
        account: AccountId::from_i64(row.int(1)?),
        sealed: row.blob(2)?,
        created_at: row.time(3)?,
        used_at: row.opt_time(4)?,
    })
}

/// Whether the credential was not there yet.
pub(super) async fn put(tx: &mut Tx, row: &Stored, tag: [u8; 32]) -> Result<bool, StoreError> {
    Ok(tx.exec(&PUT, args![row.id, row.account, tag, row.sealed.clone(), row.created_at]).await? == 1)
}

pub(super) async fn of_account(tx: &mut Tx, account: AccountId) -> Result<Vec<Stored>, StoreError> {
    tx.all(&OF_ACCOUNT, args![account], read).await
}

pub(super) async fn by_tag(tx: &mut Tx, tag: [u8; 32]) -> Result<Option<Stored>, StoreError> {
    tx.optional(&BY_TAG, args![tag], read).await
}

/// The workspace that a credential belongs to. Asked of the installation.
pub(super) async fn workspace_of(tx: &mut Tx, tag: [u8; 32]) -> Result<Option<WorkspaceId>, StoreError> {
    tx.optional(&OF, args![tag], |r| r.int(0).map(WorkspaceId::from_i64)).await
}

pub(super) async fn count(tx: &mut Tx, account: AccountId) -> Result<i64, StoreError> {
    tx.one(&COUNT, args![account], |r| r.int(0)).await
}

/// Everybody who has one.
pub(super) async fn owners(tx: &mut Tx) -> Result<Vec<AccountId>, StoreError> {
    tx.all(&OWNERS, args![], |r| r.int(0).map(AccountId::from_i64)).await
}

pub(super) async fn used(tx: &mut Tx, id: PasskeyId, sealed: Vec<u8>, now: Micros) -> Result<(), StoreError> {
    tx.exec(&USED, args![id, sealed, now]).await.map(drop)
}

pub(super) async fn remove(tx: &mut Tx, id: PasskeyId, account: AccountId) -> Result<bool, StoreError> {
    Ok(tx.exec(&REMOVE, args![id, account]).await? == 1)
}

pub(super) async fn remove_all(tx: &mut Tx, account: AccountId) -> Result<(), StoreError> {
    tx.exec(&REMOVE_ALL, args![account]).await.map(drop)
}

pub(super) async fn ask(
    tx: &mut Tx,
    hash: [u8; 32],
    (purpose, bound): (&str, i64),
    sealed: Vec<u8>,
    until: Micros,
) -> Result<(), StoreError> {
    tx.exec(&ASK, args![hash, purpose, bound, sealed, until]).await.map(drop)
}

/// What was asked, if it still waits for this answer; of two who try, one gets it.
pub(super) async fn take(
    tx: &mut Tx,
    hash: [u8; 32],
    (purpose, bound): (&str, i64),
    now: Micros,
) -> Result<Option<Vec<u8>>, StoreError> {
    tx.optional(&TAKE, args![hash, purpose, bound, now], |r| r.blob(0)).await
}

pub(super) async fn sweep(tx: &mut Tx, now: Micros) -> Result<(), StoreError> {
    tx.exec(&SWEEP, args![now]).await.map(drop)
}
