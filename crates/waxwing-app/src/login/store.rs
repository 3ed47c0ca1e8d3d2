//! The SQL of sessions, of steps between password and second factor, and of throttles.

use super::session::{Session, Step};
use waxwing_domain::{AccountId, Micros, SessionId, Strength, WorkspaceId};
use waxwing_store::{Row, StoreError, Tx, args, statement};

statement! { SESSION_PUT,
"INSERT INTO sessions (id, workspace_id, hash, account_id, epoch, sealed, created_at, seen_at, proved_at, expires_at,
   proved_by, by_sso, gate_epoch)
 VALUES ($2, $1, $3, $4, $5, $6, $7, $7, $7, $8, $9, $10, (SELECT epoch FROM gate WHERE workspace_id = $1))" }
statement! { SESSION,
"SELECT id, account_id, epoch, sealed, created_at, seen_at, expires_at, proved_at, proved_by, gate_epoch,
   COALESCE(prove_from, 0) FROM sessions
 WHERE workspace_id = $1 AND hash = $2 AND ended_at IS NULL" }
statement! { system SESSION_OF, "SELECT workspace_id FROM sessions WHERE hash = $1" }
statement! { SESSIONS,
"SELECT id, account_id, epoch, sealed, created_at, seen_at, expires_at, proved_at, proved_by, gate_epoch,
   COALESCE(prove_from, 0) FROM sessions
 WHERE workspace_id = $1 AND account_id = $2 AND epoch = $3 AND ended_at IS NULL AND expires_at > $4 AND seen_at > $5
 ORDER BY seen_at DESC LIMIT 100" }
statement! { BEGUN_SINCE,
"SELECT id, account_id, epoch, sealed, created_at, seen_at, expires_at, proved_at, proved_by, gate_epoch,
   COALESCE(prove_from, 0) FROM sessions
 WHERE workspace_id = $1 AND account_id = $2 AND created_at > $3 ORDER BY created_at DESC LIMIT 20" }
statement! { SIGN_INS,
"SELECT id, account_id, epoch, sealed, created_at, seen_at, expires_at, proved_at, proved_by, gate_epoch,
   COALESCE(prove_from, 0) FROM sessions
 WHERE workspace_id = $1 AND account_id = $2 AND created_at > $3 ORDER BY created_at DESC LIMIT 200" }
statement! { SEEN, "UPDATE sessions SET seen_at = $3 WHERE workspace_id = $1 AND id = $2 AND seen_at < $3" }
statement! { STRENGTH, "SELECT proved_by FROM sessions WHERE workspace_id = $1 AND id = $2" }
statement! { BY_SSO, "SELECT by_sso FROM sessions WHERE workspace_id = $1 AND id = $2 AND account_id = $3" }
statement! { END_BY_SSO,
"UPDATE sessions SET ended_at = $2 WHERE workspace_id = $1 AND by_sso = 1 AND ended_at IS NULL" }
statement! { END_BY_SSO_OF,
"UPDATE sessions SET ended_at = $3 WHERE workspace_id = $1 AND account_id = $2 AND by_sso = 1 AND ended_at IS NULL" }
statement! { RISE,
"UPDATE sessions SET hash = $3, proved_at = $4, proved_by = $5 WHERE workspace_id = $1 AND id = $2 AND ended_at IS NULL" }
statement! { STEP_UP,
"UPDATE sessions SET prove_from = $3 WHERE workspace_id = $1 AND account_id = $2 AND ended_at IS NULL" }
statement! { END, "UPDATE sessions SET ended_at = $3 WHERE workspace_id = $1 AND id = $2 AND ended_at IS NULL" }
statement! { END_OF,
"UPDATE sessions SET ended_at = $4 WHERE workspace_id = $1 AND id = $2 AND account_id = $3 AND ended_at IS NULL" }
statement! { END_ALL, "UPDATE sessions SET ended_at = $3 WHERE workspace_id = $1 AND account_id = $2 AND ended_at IS NULL" }
statement! { SESSIONS_SWEEP, "DELETE FROM sessions WHERE workspace_id = $1 AND (expires_at < $2 OR ended_at < $2)" }
statement! { DEVICE, "SELECT seen_at FROM login_devices WHERE workspace_id = $1 AND account_id = $2 AND tag = $3" }
statement! { DEVICES,
"SELECT COUNT(*) FROM login_devices WHERE workspace_id = $1 AND account_id = $2 AND seen_at > $3" }
statement! { DEVICE_PUT,
"INSERT INTO login_devices (workspace_id, account_id, tag, first_at, seen_at) VALUES ($1, $2, $3, $4, $4)
 ON CONFLICT (workspace_id, account_id, tag) DO UPDATE SET seen_at = excluded.seen_at" }
statement! { DEVICES_SWEEP, "DELETE FROM login_devices WHERE workspace_id = $1 AND seen_at < $2" }
statement! { STEP_PUT,
"INSERT INTO login_steps (id, workspace_id, hash, account_id, epoch, tries, state, created_at, expires_at, by_sso)
 VALUES ($2, $1, $3, $4, $5, 0, 'waiting', $6, $7, $8)" }
statement! { STEP,
"SELECT id, account_id, epoch, by_sso FROM login_steps
 WHERE workspace_id = $1 AND hash = $2 AND state = 'waiting' AND tries < $3 AND expires_at > $4" }
statement! { system STEP_OF, "SELECT workspace_id FROM login_steps WHERE hash = $1" }
statement! { STEP_TRY,
"UPDATE login_steps SET tries = tries + 1
 WHERE workspace_id = $1 AND hash = $2 AND state = 'waiting' AND tries < $3 AND expires_at > $4
 RETURNING id, account_id, epoch, by_sso" }
statement! { STEP_PASS, "UPDATE login_steps SET state = 'passed' WHERE workspace_id = $1 AND id = $2 AND state = 'waiting'" }
statement! { STEP_TELL,
"UPDATE login_steps SET state = 'told' WHERE workspace_id = $1 AND id = $2 AND state = 'waiting' RETURNING account_id" }
statement! { STEPS_SWEEP, "DELETE FROM login_steps WHERE workspace_id = $1 AND expires_at < $2" }
// Buckets are of the installation, which is written as workspace 0.
statement! { system TAKE,
"INSERT INTO login_throttles (workspace_id, name, key, full_at)
 VALUES (0, $1, $2, CAST($3 AS BIGINT) + CAST($4 AS BIGINT))
 ON CONFLICT (workspace_id, name, key) DO UPDATE SET full_at =
   CASE WHEN login_throttles.full_at < CAST($3 AS BIGINT) THEN CAST($3 AS BIGINT) ELSE login_throttles.full_at END
   + CAST($4 AS BIGINT)
 WHERE login_throttles.full_at + CAST($4 AS BIGINT) <= CAST($3 AS BIGINT) + CAST($5 AS BIGINT)
 RETURNING full_at" }
statement! { system FULL_AT, "SELECT full_at FROM login_throttles WHERE workspace_id = 0 AND name = $1 AND key = $2" }
statement! { system SET_FULL_AT,
"INSERT INTO login_throttles (workspace_id, name, key, full_at) VALUES (0, $1, $2, $3)
 ON CONFLICT (workspace_id, name, key) DO UPDATE SET full_at = excluded.full_at" }
statement! { system FORGIVE, "DELETE FROM login_throttles WHERE workspace_id = 0 AND name = $1 AND key = $2" }
statement! { system THROTTLES_SWEEP, "DELETE FROM login_throttles WHERE full_at < $1" }

fn session_row(row: &Row<'_>) -> Result<Session, StoreError> {
    Ok(Session {
        id: SessionId::from_i64(row.int(0)?),
        account: AccountId::from_i64(row.int(1)?),
        epoch: row.int(2)?,
        sealed: row.blob(3)?,
        created_at: row.time(4)?,
        seen_at: row.time(5)?,
        expires_at: row.time(6)?,
        proved_at: row.time(7)?,
        strength: row.word(8, Strength::parse)?,
        made_under: row.int(9)?,
        prove_from: row.time(10)?,
    })
}

fn step_row(row: &Row<'_>) -> Result<Step, StoreError> {
    let (account, by_sso) = (AccountId::from_i64(row.int(1)?), row.int(3)? == 1);
    Ok(Step { id: row.int(0)?, account, epoch: row.int(2)?, by_sso })
}

pub(super) async fn put_session(
    tx: &mut Tx,
    hash: [u8; 32],
    session: &Session,
    by_sso: bool,
) -> Result<(), StoreError> {
    let Session { id, account, epoch, sealed, created_at, expires_at, strength, .. } = session;
    let by = (strength.as_str(), i64::from(by_sso));
    tx.exec(&SESSION_PUT, args![*id, hash, *account, *epoch, sealed, *created_at, *expires_at, by.0, by.1])
        .await
        .map(drop)
}

/// Asks every session of an account that goes on for a proof; gives how many there are.
pub(super) async fn step_up(tx: &mut Tx, account: AccountId, now: Micros) -> Result<u64, StoreError> {
    tx.exec(&STEP_UP, args![account, now]).await
}

/// Whether the identity provider began this session of this account.
pub(super) async fn is_by_sso(tx: &mut Tx, id: SessionId, account: AccountId) -> Result<bool, StoreError> {
    Ok(tx.optional(&BY_SSO, args![id, account], |r| r.int(0)).await? == Some(1))
}

/// Ends the sessions that the identity provider began: everybody's, or one person's.
pub(super) async fn end_by_sso(tx: &mut Tx, of: Option<AccountId>, now: Micros) -> Result<u64, StoreError> {
    match of {
        Some(account) => tx.exec(&END_BY_SSO_OF, args![account, now]).await,
        None => tx.exec(&END_BY_SSO, args![now]).await,
    }
}

pub(super) async fn session(tx: &mut Tx, hash: [u8; 32]) -> Result<Option<Session>, StoreError> {
    tx.optional(&SESSION, args![hash], session_row).await
}

/// The workspace that a session is of.
pub(super) async fn session_of(tx: &mut Tx, hash: [u8; 32]) -> Result<Option<WorkspaceId>, StoreError> {
    tx.optional(&SESSION_OF, args![hash], |r| r.int(0).map(WorkspaceId::from_i64)).await
}

/// The workspace that a step is of.
pub(super) async fn step_of(tx: &mut Tx, hash: [u8; 32]) -> Result<Option<WorkspaceId>, StoreError> {
    tx.optional(&STEP_OF, args![hash], |r| r.int(0).map(WorkspaceId::from_i64)).await
}

/// The sessions of an account that work, the latest seen first; at most a hundred.
pub(super) async fn sessions(
    tx: &mut Tx,
    account: AccountId,
    epoch: i64,
    (now, idle_since): (Micros, Micros),
) -> Result<Vec<Session>, StoreError> {
    tx.all(&SESSIONS, args![account, epoch, now, idle_since], session_row).await
}

/// The sessions of an account that were begun after `since`, over or not; the newest twenty.
pub(super) async fn sessions_since(tx: &mut Tx, account: AccountId, since: Micros) -> Result<Vec<Session>, StoreError> {
    tx.all(&BEGUN_SINCE, args![account, since], session_row).await
}

/// The sessions of an account that were begun after `since`, over or not; the newest 200, to be shown.
pub(super) async fn sign_ins(tx: &mut Tx, account: AccountId, since: Micros) -> Result<Vec<Session>, StoreError> {
    tx.all(&SIGN_INS, args![account, since], session_row).await
}

pub(super) async fn seen(tx: &mut Tx, id: SessionId, now: Micros) -> Result<(), StoreError> {
    tx.exec(&SEEN, args![id, now]).await.map(drop)
}

/// What a session rests on.
pub(super) async fn strength(tx: &mut Tx, id: SessionId) -> Result<Option<Strength>, StoreError> {
    tx.optional(&STRENGTH, args![id], |r| r.word(0, Strength::parse)).await
}

/// Whether the session was there to be given another token.
pub(super) async fn rise(
    tx: &mut Tx,
    id: SessionId,
    hash: [u8; 32],
    (now, strength): (Micros, Strength),
) -> Result<bool, StoreError> {
    Ok(tx.exec(&RISE, args![id, hash, now, strength.as_str()]).await? == 1)
}

pub(super) async fn end(tx: &mut Tx, id: SessionId, now: Micros) -> Result<bool, StoreError> {
    Ok(tx.exec(&END, args![id, now]).await? == 1)
}

/// Ends a session if it belongs to the account.
pub(super) async fn end_of(tx: &mut Tx, id: SessionId, account: AccountId, now: Micros) -> Result<bool, StoreError> {
    Ok(tx.exec(&END_OF, args![id, account, now]).await? == 1)
}

pub(super) async fn end_all(tx: &mut Tx, account: AccountId, now: Micros) -> Result<u64, StoreError> {
    tx.exec(&END_ALL, args![account, now]).await
}

pub(super) async fn put_step(
    tx: &mut Tx,
    hash: [u8; 32],
    step: &Step,
    (now, until): (Micros, Micros),
) -> Result<(), StoreError> {
    let by_sso = i64::from(step.by_sso);
    tx.exec(&STEP_PUT, args![step.id, hash, step.account, step.epoch, now, until, by_sso]).await.map(drop)
}

/// The step, if it still waits for a code.
pub(super) async fn step(tx: &mut Tx, hash: [u8; 32], most: i64, now: Micros) -> Result<Option<Step>, StoreError> {
    tx.optional(&STEP, args![hash, most, now], step_row).await
}

/// The same, and counts one try against it.
pub(super) async fn try_step(tx: &mut Tx, hash: [u8; 32], most: i64, now: Micros) -> Result<Option<Step>, StoreError> {
    tx.optional(&STEP_TRY, args![hash, most, now], step_row).await
}

pub(super) async fn pass_step(tx: &mut Tx, id: i64) -> Result<bool, StoreError> {
    Ok(tx.exec(&STEP_PASS, args![id]).await? == 1)
}

/// Whose step it was, if nobody passed it and nobody was told yet.
pub(super) async fn tell_step(tx: &mut Tx, id: i64) -> Result<Option<AccountId>, StoreError> {
    tx.optional(&STEP_TELL, args![id], |r| r.int(0).map(AccountId::from_i64)).await
}

/// Takes one from a bucket, or says when it will be full again.
pub(super) async fn take(
    tx: &mut Tx,
    name: &str,
    key: &[u8],
    now: Micros,
    (refill, capacity): (i64, i64),
) -> Result<Result<(), Micros>, StoreError> {
    let taken = tx.optional(&TAKE, args![name, key, now, refill, capacity], |r| r.int(0)).await?;
    if taken.is_some() {
        return Ok(Ok(()));
    }
    full_at(tx, name, key).await.map(|at| Err(at.unwrap_or(now)))
}

pub(super) async fn full_at(tx: &mut Tx, name: &str, key: &[u8]) -> Result<Option<Micros>, StoreError> {
    tx.optional(&FULL_AT, args![name, key], |r| r.time(0)).await
}

pub(super) async fn set_full_at(tx: &mut Tx, name: &str, key: &[u8], at: Micros) -> Result<(), StoreError> {
    tx.exec(&SET_FULL_AT, args![name, key, at]).await.map(drop)
}

pub(super) async fn forgive(tx: &mut Tx, name: &str, key: &[u8]) -> Result<(), StoreError> {
    tx.exec(&FORGIVE, args![name, key]).await.map(drop)
}

/// When the person was last in from the browser of this tag.
pub(super) async fn device(tx: &mut Tx, account: AccountId, tag: &[u8]) -> Result<Option<Micros>, StoreError> {
    tx.optional(&DEVICE, args![account, tag], |r| r.time(0)).await
}

/// From how many browsers the person came in since.
pub(super) async fn devices(tx: &mut Tx, account: AccountId, since: Micros) -> Result<i64, StoreError> {
    tx.one(&DEVICES, args![account, since], |r| r.int(0)).await
}

pub(super) async fn put_device(tx: &mut Tx, account: AccountId, tag: Vec<u8>, now: Micros) -> Result<(), StoreError> {
    tx.exec(&DEVICE_PUT, args![account, tag, now]).await.map(drop)
}

/// Forgets browsers that nobody signed in from since `before`.
pub(super) async fn sweep_devices(tx: &mut Tx, before: Micros) -> Result<(), StoreError> {
    tx.exec(&DEVICES_SWEEP, args![before]).await.map(drop)
}

/// Deletes sessions that ended before `before`.
pub(super) async fn sweep_sessions(tx: &mut Tx, before: Micros) -> Result<(), StoreError> {
    tx.exec(&SESSIONS_SWEEP, args![before]).await.map(drop)
}

/// Deletes what has not mattered since `before`.
pub(super) async fn sweep(tx: &mut Tx, before: Micros) -> Result<(), StoreError> {
    tx.exec(&STEPS_SWEEP, args![before]).await?;
    tx.exec(&THROTTLES_SWEEP, args![before]).await.map(drop)
}
