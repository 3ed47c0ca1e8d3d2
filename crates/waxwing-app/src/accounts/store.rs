//! The SQL of people who sign in, their recovery codes and their one-time links.

use super::links::LinkKind;
use super::locate::Candidate;
use super::{Account, State};
use waxwing_domain::{AccountId, Micros, WorkspaceId};
use waxwing_store::{Row, StoreError, Tx, args, bulk, statement};

// How the system is set, kept when something is contained.
crate::kept! { ACCOUNTS, "accounts" (id: Int, state: Text, epoch: Int, created_at: Int, joined_at: Int, password_at: Int, reset_since: Int,
removed_at: Int) }
statement! { INSERT,
"INSERT INTO accounts (id, workspace_id, state, email_version, email_tag, sealed, totp_step, epoch, created_at)
 VALUES ($2, $1, 'invited', $3, $4, $5, 0, 1, $6)" }
statement! { BY_ID,
"SELECT id, state, sealed, password_hash, totp_sealed, totp_pending, totp_step, epoch, created_at, joined_at, reset_since
 FROM accounts WHERE workspace_id = $1 AND id = $2" }
statement! { BY_TAG,
"SELECT id, state, sealed, password_hash, totp_sealed, totp_pending, totp_step, epoch, created_at, joined_at, reset_since
 FROM accounts WHERE workspace_id = $1 AND email_tag IN [blob $2]" }
statement! { system BY_ANY_TAG,
"SELECT id, state, sealed, password_hash, totp_sealed, totp_pending, totp_step, epoch, created_at, joined_at,
   reset_since, workspace_id, email_tag
 FROM accounts WHERE email_tag IN [blob $1]" }
statement! { ALL,
"SELECT id, state, sealed, password_hash, totp_sealed, totp_pending, totp_step, epoch, created_at, joined_at, reset_since
 FROM accounts WHERE workspace_id = $1 AND state <> 'removed' ORDER BY id" }
statement! { WITH_SECOND_FACTOR,
"SELECT COUNT(*), COUNT(CASE WHEN a.totp_sealed IS NOT NULL OR EXISTS (SELECT 1 FROM passkeys p
       WHERE p.workspace_id = a.workspace_id AND p.account_id = a.id) THEN 1 END)
     FROM accounts a WHERE a.workspace_id = $1 AND a.state = 'active'" }
statement! { ACTIVE, "SELECT COUNT(*) FROM accounts WHERE workspace_id = $1 AND state = 'active'" }
statement! { PASSWORD,
"UPDATE accounts SET password_hash = $3, password_at = $4, reset_since = NULL, epoch = epoch + 1, state = 'active',
   joined_at = CASE WHEN joined_at IS NULL THEN $4 ELSE joined_at END
 WHERE workspace_id = $1 AND id = $2 AND state <> 'removed' RETURNING epoch" }
statement! { JOIN,
"UPDATE accounts SET state = 'active', joined_at = $3 WHERE workspace_id = $1 AND id = $2 AND state = 'invited'" }
statement! { NEXT_EPOCH,
"UPDATE accounts SET epoch = epoch + 1 WHERE workspace_id = $1 AND id = $2 AND state = 'active' RETURNING epoch" }
statement! { FORCE_RESET_OF,
"UPDATE accounts SET reset_since = $3, epoch = epoch + 1 WHERE workspace_id = $1 AND id = $2 AND state = 'active'
 RETURNING id" }
statement! { FORCE_RESET_ALL,
"UPDATE accounts SET reset_since = $3, epoch = epoch + 1 WHERE workspace_id = $1 AND id <> $2 AND state = 'active'
 RETURNING id" }
statement! { REHASH, "UPDATE accounts SET password_hash = $3 WHERE workspace_id = $1 AND id = $2 AND password_hash = $4" }
statement! { SEALED, "UPDATE accounts SET sealed = $3 WHERE workspace_id = $1 AND id = $2 AND state <> 'removed'" }
statement! { REMOVE,
"UPDATE accounts SET state = 'removed', removed_at = $3, epoch = epoch + 1, sealed = $4, email_tag = NULL,
   email_version = NULL, password_hash = NULL, totp_sealed = NULL, totp_pending = NULL
 WHERE workspace_id = $1 AND id = $2 AND state <> 'removed'" }
statement! { TOTP_PENDING, "UPDATE accounts SET totp_pending = $3 WHERE workspace_id = $1 AND id = $2 AND state = 'active'" }
statement! { TOTP_SET,
"UPDATE accounts SET totp_sealed = $3, totp_pending = NULL, totp_step = $4, epoch = epoch + 1
 WHERE workspace_id = $1 AND id = $2 AND state = 'active' RETURNING epoch" }
statement! { TOTP_STEP,
"UPDATE accounts SET totp_step = $3 WHERE workspace_id = $1 AND id = $2 AND totp_step < $3" }
statement! { CODES_CLEAR, "DELETE FROM account_recovery_codes WHERE workspace_id = $1 AND account_id = $2" }
statement! { CODE_USE, "DELETE FROM account_recovery_codes WHERE workspace_id = $1 AND account_id = $2 AND hash = $3" }
statement! { CODES_LEFT, "SELECT COUNT(*) FROM account_recovery_codes WHERE workspace_id = $1 AND account_id = $2" }
bulk! { CODES, into "account_recovery_codes" (account_id: Int, hash: Blob), "" }
statement! { LINK_PUT,
"INSERT INTO account_links (workspace_id, hash, kind, account_id, created_at, expires_at) VALUES ($1, $2, $3, $4, $5, $6)" }
statement! { LINK_GET,
"SELECT account_id FROM account_links WHERE workspace_id = $1 AND hash = $2 AND kind = $3 AND expires_at > $4" }
statement! { system LINK_OF, "SELECT workspace_id FROM account_links WHERE hash = $1" }
statement! { LINK_TAKE,
"DELETE FROM account_links WHERE workspace_id = $1 AND hash = $2 AND kind = $3 AND expires_at > $4 RETURNING account_id" }
statement! { LINKS_VOID, "DELETE FROM account_links WHERE workspace_id = $1 AND account_id = $2" }
statement! { LINKS_VOID_RESETS,
"DELETE FROM account_links WHERE workspace_id = $1 AND account_id <> $2 AND kind = 'reset'" }
statement! { LINKS_SWEEP, "DELETE FROM account_links WHERE workspace_id = $1 AND expires_at < $2" }

fn read(row: &Row<'_>) -> Result<Account, StoreError> {
    Ok(Account {
        id: AccountId::from_i64(row.int(0)?),
        state: row.word(1, State::parse)?,
        sealed: row.opt_blob(2)?,
        password_hash: row.opt_text(3)?,
        totp_sealed: row.opt_blob(4)?,
        totp_pending: row.opt_blob(5)?,
        totp_step: row.int(6)?,
        epoch: row.int(7)?,
        created_at: row.time(8)?,
        joined_at: row.opt_time(9)?,
        reset_since: row.opt_time(10)?,
    })
}

pub(super) async fn insert(
    tx: &mut Tx,
    id: AccountId,
    (version, tag): (u16, [u8; 16]),
    sealed: Vec<u8>,
    now: Micros,
) -> Result<(), StoreError> {
    tx.exec(&INSERT, args![id, version, tag, sealed, now]).await.map(drop)
}

pub(super) async fn by_id(tx: &mut Tx, id: AccountId) -> Result<Option<Account>, StoreError> {
    tx.optional(&BY_ID, args![id], read).await
}

pub(super) async fn by_tags(tx: &mut Tx, tags: Vec<Vec<u8>>) -> Result<Option<Account>, StoreError> {
    tx.optional(&BY_TAG, args![tags], read).await
}

/// The accounts with these tags in all workspaces, each with its workspace and tag.
pub(super) async fn by_any_tag(tx: &mut Tx, tags: Vec<Vec<u8>>) -> Result<Vec<Candidate>, StoreError> {
    tx.all(&BY_ANY_TAG, args![tags], |r| Ok((WorkspaceId::from_i64(r.int(11)?), r.blob(12)?, read(r)?))).await
}

/// The workspace that a link is of.
pub(super) async fn link_of(tx: &mut Tx, hash: [u8; 32]) -> Result<Option<WorkspaceId>, StoreError> {
    tx.optional(&LINK_OF, args![hash], |r| r.int(0).map(WorkspaceId::from_i64)).await
}

pub(super) async fn all(tx: &mut Tx) -> Result<Vec<Account>, StoreError> {
    tx.all(&ALL, args![], read).await
}

/// How many active people there are, and how many of them have a second factor or a passkey.
pub(super) async fn with_second_factor(tx: &mut Tx) -> Result<(i64, i64), StoreError> {
    tx.one(&WITH_SECOND_FACTOR, args![], |r| Ok((r.int(0)?, r.int(1)?))).await
}

pub(super) async fn active(tx: &mut Tx) -> Result<i64, StoreError> {
    tx.one(&ACTIVE, args![], |r| r.int(0)).await
}

/// Somebody who was made without an invitation can sign in.
pub(super) async fn join(tx: &mut Tx, id: AccountId, now: Micros) -> Result<(), StoreError> {
    tx.exec(&JOIN, args![id, now]).await.map(drop)
}

pub(super) async fn set_password(tx: &mut Tx, id: AccountId, hash: &str, now: Micros) -> Result<i64, StoreError> {
    tx.one(&PASSWORD, args![id, hash, now], |r| r.int(0)).await
}

pub(super) async fn next_epoch(tx: &mut Tx, id: AccountId) -> Result<i64, StoreError> {
    tx.one(&NEXT_EPOCH, args![id], |r| r.int(0)).await
}

/// Whose password was made worth nothing, with the links to another; `None` if they cannot sign in.
pub(super) async fn force_reset_of(tx: &mut Tx, id: AccountId, now: Micros) -> Result<Option<AccountId>, StoreError> {
    let found = tx.optional(&FORCE_RESET_OF, args![id, now], |r| r.int(0).map(AccountId::from_i64)).await?;
    if found.is_some() {
        void_links(tx, id).await?;
    }
    Ok(found)
}

/// The same for everybody but one.
pub(super) async fn force_reset_all(
    tx: &mut Tx,
    but: Option<AccountId>,
    now: Micros,
) -> Result<Vec<AccountId>, StoreError> {
    let but = but.map_or(0, AccountId::as_i64);
    tx.exec(&LINKS_VOID_RESETS, args![but]).await?;
    tx.all(&FORCE_RESET_ALL, args![but, now], |r| r.int(0).map(AccountId::from_i64)).await
}

pub(super) async fn rehash(tx: &mut Tx, id: AccountId, hash: &str, old: &str) -> Result<(), StoreError> {
    tx.exec(&REHASH, args![id, hash, old]).await.map(drop)
}

pub(super) async fn set_sealed(tx: &mut Tx, id: AccountId, sealed: Vec<u8>) -> Result<(), StoreError> {
    tx.exec(&SEALED, args![id, sealed]).await.map(drop)
}

pub(super) async fn remove(tx: &mut Tx, id: AccountId, now: Micros, called: Vec<u8>) -> Result<bool, StoreError> {
    Ok(tx.exec(&REMOVE, args![id, now, called]).await? == 1)
}

pub(super) async fn set_totp_pending(tx: &mut Tx, id: AccountId, sealed: Vec<u8>) -> Result<(), StoreError> {
    tx.exec(&TOTP_PENDING, args![id, sealed]).await.map(drop)
}

pub(super) async fn set_totp(
    tx: &mut Tx,
    id: AccountId,
    sealed: Option<Vec<u8>>,
    step: i64,
) -> Result<i64, StoreError> {
    tx.one(&TOTP_SET, args![id, sealed, step], |r| r.int(0)).await
}

/// Whether `step` is newer than the last one: of two who show the same code, one gets in.
pub(super) async fn advance_step(tx: &mut Tx, id: AccountId, step: i64) -> Result<bool, StoreError> {
    Ok(tx.exec(&TOTP_STEP, args![id, step]).await? == 1)
}

pub(super) async fn replace_codes(tx: &mut Tx, id: AccountId, hashes: Vec<[u8; 32]>) -> Result<(), StoreError> {
    tx.exec(&CODES_CLEAR, args![id]).await?;
    tx.bulk(&CODES, hashes.into_iter().map(|hash| args![id, hash]).collect()).await.map(drop)
}

pub(super) async fn use_code(tx: &mut Tx, id: AccountId, hash: [u8; 32]) -> Result<bool, StoreError> {
    Ok(tx.exec(&CODE_USE, args![id, hash]).await? == 1)
}

pub(super) async fn codes_left(tx: &mut Tx, id: AccountId) -> Result<i64, StoreError> {
    tx.one(&CODES_LEFT, args![id], |r| r.int(0)).await
}

pub(super) async fn put_link(
    tx: &mut Tx,
    hash: [u8; 32],
    kind: LinkKind,
    account: AccountId,
    (now, until): (Micros, Micros),
) -> Result<(), StoreError> {
    tx.exec(&LINK_PUT, args![hash, kind.word(), account, now, until]).await.map(drop)
}

pub(super) async fn link(
    tx: &mut Tx,
    hash: [u8; 32],
    kind: LinkKind,
    now: Micros,
) -> Result<Option<AccountId>, StoreError> {
    tx.optional(&LINK_GET, args![hash, kind.word(), now], |r| r.int(0).map(AccountId::from_i64)).await
}

pub(super) async fn take_link(
    tx: &mut Tx,
    hash: [u8; 32],
    kind: LinkKind,
    now: Micros,
) -> Result<Option<AccountId>, StoreError> {
    tx.optional(&LINK_TAKE, args![hash, kind.word(), now], |r| r.int(0).map(AccountId::from_i64)).await
}

pub(super) async fn void_links(tx: &mut Tx, account: AccountId) -> Result<(), StoreError> {
    tx.exec(&LINKS_VOID, args![account]).await.map(drop)
}

pub(super) async fn sweep_links(tx: &mut Tx, now: Micros) -> Result<u64, StoreError> {
    tx.exec(&LINKS_SWEEP, args![now]).await
}
