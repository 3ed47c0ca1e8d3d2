//! The SQL of approvals.

use super::{Approval, Kind, State};
use waxwing_domain::{AccountId, Actor, ApiKeyId, ApprovalId, Micros};
use waxwing_store::{Row, StoreError, Tx, args, statement};

// How the system is set, kept when something is contained.
crate::kept! { WAITING_KEPT, "approvals" (id: Int, kind: Text, reference: Int, state: Text, asked_kind: Text, asked_a: Int, asked_at: Int,
expires_at: Int, decided_by: Int, decided_at: Int), where "used_at IS NULL" }
statement! { INSERT,
"INSERT INTO approvals (id, workspace_id, kind, reference, title, facts, people, digest, back, asked_kind, asked_a, asked_b,
   behind, asked_at, expires_at, state, reason)
 VALUES ($2, $1, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, 'asked', '')" }
statement! { BY_ID,
"SELECT id, kind, reference, title, facts, people, digest, back, asked_kind, asked_a, asked_b, behind, asked_at, expires_at,
   state, decided_by, decided_at, reason, used_at
 FROM approvals WHERE workspace_id = $1 AND id = $2" }
statement! { PAGE,
"SELECT id, kind, reference, title, facts, people, digest, back, asked_kind, asked_a, asked_b, behind, asked_at, expires_at,
   state, decided_by, decided_at, reason, used_at
 FROM approvals WHERE workspace_id = $1 AND id < $2 ORDER BY id DESC LIMIT $3" }
statement! { OPEN_OF,
"SELECT id, kind, reference, title, facts, people, digest, back, asked_kind, asked_a, asked_b, behind, asked_at, expires_at,
   state, decided_by, decided_at, reason, used_at
 FROM approvals WHERE workspace_id = $1 AND kind = $2 AND reference = $3 AND state IN ('asked', 'approved') AND expires_at > $4
 ORDER BY id" }
statement! { LAST_USED,
"SELECT id, kind, reference, title, facts, people, digest, back, asked_kind, asked_a, asked_b, behind, asked_at, expires_at,
   state, decided_by, decided_at, reason, used_at
 FROM approvals WHERE workspace_id = $1 AND kind = $2 AND reference = $3 AND state = 'used' ORDER BY used_at DESC, id DESC LIMIT 1" }
statement! { ASKED,
"SELECT id, kind, reference, title, facts, people, digest, back, asked_kind, asked_a, asked_b, behind, asked_at, expires_at,
   state, decided_by, decided_at, reason, used_at
 FROM approvals WHERE workspace_id = $1 AND state = 'asked' AND expires_at > $2 ORDER BY id LIMIT 200" }
statement! { OPEN_BY,
"SELECT COUNT(*) FROM approvals
 WHERE workspace_id = $1 AND asked_kind = $2 AND asked_a = $3 AND state IN ('asked', 'approved') AND expires_at > $4" }
statement! { DECIDE,
"UPDATE approvals SET state = $3, decided_by = $4, decided_at = $5, reason = $6
 WHERE workspace_id = $1 AND id = $2 AND state = 'asked' AND expires_at > $5" }
statement! { SPEND,
"UPDATE approvals SET state = 'used', used_at = $3
 WHERE workspace_id = $1 AND id = $2 AND state = 'approved' AND expires_at > $3" }
statement! { PASSWORD_AT, "SELECT password_at FROM accounts WHERE workspace_id = $1 AND id = $2" }
statement! { END,
"UPDATE approvals SET state = 'withdrawn', reason = $3
 WHERE workspace_id = $1 AND id = $2 AND state IN ('asked', 'approved') AND expires_at > $4" }
statement! { END_OF_ACCOUNT,
"UPDATE approvals SET state = 'withdrawn', reason = $3 WHERE workspace_id = $1 AND state IN ('asked', 'approved')
   AND (behind = $2 OR decided_by = $2)" }
statement! { END_OF_KEY,
"UPDATE approvals SET state = 'withdrawn', reason = $3 WHERE workspace_id = $1 AND state IN ('asked', 'approved')
   AND asked_kind = 'api_key' AND asked_a = $2" }
statement! { END_ALL,
"UPDATE approvals SET state = 'withdrawn', reason = $2 WHERE workspace_id = $1 AND state IN ('asked', 'approved')" }
statement! { TELL, "UPDATE approvals SET told_at = $3 WHERE workspace_id = $1 AND id = $2 AND told_at IS NULL AND state = 'asked'" }
statement! { SWEEP,
"UPDATE approvals SET state = 'expired' WHERE workspace_id = $1 AND state IN ('asked', 'approved') AND expires_at <= $2" }

pub(super) async fn insert(tx: &mut Tx, new: &Approval) -> Result<(), StoreError> {
    let (kind, a, b) = new.asked.to_columns();
    let facts =
        serde_json::to_string(&new.facts).map_err(|_| StoreError::Damaged("facts that cannot be written".into()))?;
    let row = args![
        new.id,
        new.kind.as_str(),
        new.reference,
        &new.title,
        facts,
        new.people,
        new.digest.clone(),
        &new.back,
        kind,
        a,
        b,
        new.behind.map_or(0, AccountId::as_i64),
        new.asked_at,
        new.expires_at
    ];
    tx.exec(&INSERT, row).await.map(drop)
}

fn read(row: &Row<'_>) -> Result<Approval, StoreError> {
    let account = |number: i64| Some(AccountId::from_i64(number)).filter(|_| number != 0);
    Ok(Approval {
        id: ApprovalId::from_i64(row.int(0)?),
        kind: row.word(1, Kind::parse)?,
        reference: row.int(2)?,
        title: row.text(3)?,
        facts: row.json(4)?,
        people: row.int(5)?,
        digest: row.blob(6)?,
        back: row.text(7)?,
        asked: Actor::from_columns(&row.text(8)?, row.int(9)?, row.int(10)?),
        behind: account(row.int(11)?),
        asked_at: row.time(12)?,
        expires_at: row.time(13)?,
        state: row.word(14, State::parse)?,
        decided_by: row.opt_int(15)?.and_then(account),
        decided_at: row.opt_time(16)?,
        reason: row.text(17)?,
        used_at: row.opt_time(18)?,
    })
}

pub(super) async fn by_id(tx: &mut Tx, id: ApprovalId) -> Result<Option<Approval>, StoreError> {
    tx.optional(&BY_ID, args![id], read).await
}

pub(super) async fn page(tx: &mut Tx, before: Option<ApprovalId>, limit: u32) -> Result<Vec<Approval>, StoreError> {
    let before = before.map_or(i64::MAX, ApprovalId::as_i64);
    tx.all(&PAGE, args![before, limit], read).await
}

/// What is asked or approved about one thing and not over.
pub(super) async fn open_of(tx: &mut Tx, kind: Kind, reference: i64, now: Micros) -> Result<Vec<Approval>, StoreError> {
    tx.all(&OPEN_OF, args![kind.as_str(), reference, now], read).await
}

pub(super) async fn last_used(tx: &mut Tx, kind: Kind, reference: i64) -> Result<Option<Approval>, StoreError> {
    tx.optional(&LAST_USED, args![kind.as_str(), reference], read).await
}

/// What waits for a decision, the oldest first; the first 200.
pub(super) async fn asked(tx: &mut Tx, now: Micros) -> Result<Vec<Approval>, StoreError> {
    tx.all(&ASKED, args![now], read).await
}

pub(super) async fn open_by(tx: &mut Tx, actor: Actor, now: Micros) -> Result<i64, StoreError> {
    tx.one(&OPEN_BY, args![actor.kind(), actor.principal(), now], |row| row.int(0)).await
}

/// Whether it was still open: of two who decide, one does.
pub(super) async fn decide(
    tx: &mut Tx,
    id: ApprovalId,
    state: State,
    (by, reason): (AccountId, &str),
    now: Micros,
) -> Result<bool, StoreError> {
    Ok(tx.exec(&DECIDE, args![id, state.as_str(), by, now, reason]).await? == 1)
}

/// Whether there was a yes to use: of two acts, one gets it.
pub(super) async fn spend(tx: &mut Tx, id: ApprovalId, now: Micros) -> Result<bool, StoreError> {
    Ok(tx.exec(&SPEND, args![id, now]).await? == 1)
}

/// When this person last chose a password.
pub(super) async fn password_at(tx: &mut Tx, account: AccountId) -> Result<Option<Micros>, StoreError> {
    Ok(tx.optional(&PASSWORD_AT, args![account], |row| row.opt_time(0)).await?.flatten())
}

pub(super) async fn end(tx: &mut Tx, id: ApprovalId, why: &str, now: Micros) -> Result<bool, StoreError> {
    Ok(tx.exec(&END, args![id, why, now]).await? == 1)
}

/// Whether nobody was told yet.
pub(super) async fn tell(tx: &mut Tx, id: ApprovalId, now: Micros) -> Result<bool, StoreError> {
    Ok(tx.exec(&TELL, args![id, now]).await? == 1)
}

pub(super) async fn sweep(tx: &mut Tx, now: Micros) -> Result<u64, StoreError> {
    tx.exec(&SWEEP, args![now]).await
}

/// Ends what is open and was asked, or agreed to, by an account or through its keys.
pub(super) async fn end_of_account(tx: &mut Tx, account: AccountId, why: &str) -> Result<u64, StoreError> {
    tx.exec(&END_OF_ACCOUNT, args![account, why]).await
}

/// Ends what is open and was asked by a key.
pub(super) async fn end_of_key(tx: &mut Tx, key: ApiKeyId, why: &str) -> Result<u64, StoreError> {
    tx.exec(&END_OF_KEY, args![key, why]).await
}

/// Ends whatever is open.
pub(super) async fn end_all(tx: &mut Tx, why: &str) -> Result<u64, StoreError> {
    tx.exec(&END_ALL, args![why]).await
}
