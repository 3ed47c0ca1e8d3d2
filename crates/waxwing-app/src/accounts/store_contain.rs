//! The SQL of people and keys under containment.

use waxwing_domain::{AccountId, Micros};
use waxwing_store::{StoreError, Tx, args, statement};

statement! { RELEASERS,
"SELECT DISTINCT a.id FROM accounts a
 JOIN account_roles r ON r.workspace_id = a.workspace_id AND r.account_id = a.id
 WHERE a.workspace_id = $1 AND a.state = 'active' AND r.role IN [text $2]
   AND a.created_at <= $3 AND r.granted_at <= $3 AND r.granted_by <> $4 AND COALESCE(a.password_at, a.created_at) <= $3
   AND NOT EXISTS (SELECT 1 FROM passkeys p WHERE p.workspace_id = a.workspace_id AND p.account_id = a.id AND p.created_at > $3)
 ORDER BY a.id" }
statement! { END_KEYS_BELOW,
"UPDATE api_keys SET revoked_at = $3 WHERE workspace_id = $1 AND gate_epoch < $2 AND revoked_at IS NULL" }
statement! { END_KEYS_OF,
"UPDATE api_keys SET revoked_at = $3 WHERE workspace_id = $1 AND created_by = $2 AND revoked_at IS NULL" }
statement! { REMOVE_PASSKEYS, "DELETE FROM passkeys WHERE workspace_id = $1 AND account_id <> $2 AND created_at >= $3" }
statement! { REMOVE_PASSKEYS_OF, "DELETE FROM passkeys WHERE workspace_id = $1 AND account_id = $2 AND created_at >= $3" }

pub(super) async fn releasers(
    tx: &mut Tx,
    roles: Vec<String>,
    limit: Micros,
    not_by: i64,
) -> Result<Vec<AccountId>, StoreError> {
    tx.all(&RELEASERS, args![roles, limit, not_by], |r| r.int(0).map(AccountId::from_i64)).await
}

pub(super) async fn end_keys_below(tx: &mut Tx, lowest: i64, now: Micros) -> Result<u64, StoreError> {
    tx.exec(&END_KEYS_BELOW, args![lowest, now]).await
}

pub(super) async fn end_keys_of(tx: &mut Tx, account: AccountId, now: Micros) -> Result<u64, StoreError> {
    tx.exec(&END_KEYS_OF, args![account, now]).await
}

pub(super) async fn remove_passkeys_since(tx: &mut Tx, kept: i64, since: Micros) -> Result<u64, StoreError> {
    tx.exec(&REMOVE_PASSKEYS, args![kept, since]).await
}

pub(super) async fn remove_passkeys_of(tx: &mut Tx, account: AccountId, since: Micros) -> Result<u64, StoreError> {
    tx.exec(&REMOVE_PASSKEYS_OF, args![account, since]).await
}
