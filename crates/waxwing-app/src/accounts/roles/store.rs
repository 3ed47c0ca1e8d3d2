//! The SQL of roles and grants.

use super::custom::CustomRole;
use super::{Grant, Granted, NewGrant, RoleRef};
use crate::accounts::key_lists;
use std::collections::BTreeSet;
use waxwing_domain::{AccountId, Action, ActionSet, ClassSet, Micros, Rights, RoleId, SessionId, SubjectNo};
use waxwing_store::{Row, StoreError, Tx, args, statement};

// How the system is set, kept when something is contained.
crate::kept! { GRANTS, "account_roles" (account_id: Int, role: Text, granted_by: Int, granted_at: Int, expires_at: Int, by_group: Int) }
crate::kept! { ROLES, "roles" (id: Int, name: Text, actions: Text, classes: Text, lists: Text, created_by: Int, created_at: Int) }
statement! { GRANTS_OF,
"SELECT role, granted_at, expires_at, by_group FROM account_roles
 WHERE workspace_id = $1 AND account_id = $2 ORDER BY granted_at, role" }
// What a group of the identity provider gave counts only in a session that the provider began.
statement! { GRANTS_IN,
"SELECT role, granted_at, expires_at, by_group FROM account_roles
 WHERE workspace_id = $1 AND account_id = $2 AND (by_group = 0 OR EXISTS (
   SELECT 1 FROM sessions s WHERE s.workspace_id = $1 AND s.id = $3 AND s.by_sso = 1)) ORDER BY granted_at, role" }
statement! { ALL_GRANTS,
"SELECT role, granted_at, expires_at, by_group, account_id FROM account_roles WHERE workspace_id = $1 ORDER BY granted_at, role" }
statement! { GRANTED_SINCE,
"SELECT account_id, granted_by, granted_at FROM account_roles WHERE workspace_id = $1 AND granted_at > $2" }
statement! { PUT,
"INSERT INTO account_roles (workspace_id, account_id, role, granted_by, granted_at, expires_at)
 VALUES ($1, $2, $3, $4, $5, $6)
 ON CONFLICT (workspace_id, account_id, role) DO UPDATE SET granted_by = excluded.granted_by,
   granted_at = excluded.granted_at, expires_at = excluded.expires_at, by_group = 0" }
// A role that a person gave stays as they gave it.
statement! { PUT_BY_GROUP,
"INSERT INTO account_roles (workspace_id, account_id, role, granted_by, granted_at, expires_at, by_group)
 VALUES ($1, $2, $3, $4, $5, $6, 1)
 ON CONFLICT (workspace_id, account_id, role) DO UPDATE SET expires_at = excluded.expires_at
 WHERE account_roles.by_group = 1" }
statement! { WITHDRAW_BY_GROUP,
"DELETE FROM account_roles WHERE workspace_id = $1 AND account_id = $2 AND role = $3 AND by_group = 1" }
statement! { WITHDRAW_ALL_BY_GROUP, "DELETE FROM account_roles WHERE workspace_id = $1 AND by_group = 1" }
statement! { WITHDRAW, "DELETE FROM account_roles WHERE workspace_id = $1 AND account_id = $2 AND role = $3" }
statement! { WITHDRAW_ALL, "DELETE FROM account_roles WHERE workspace_id = $1 AND account_id = $2" }
// An owner for a while only is no safe last one.
statement! { LOCK_OWNERS,
sqlite: "SELECT a.id FROM accounts a JOIN account_roles r ON r.workspace_id = a.workspace_id AND r.account_id = a.id
 WHERE a.workspace_id = $1 AND a.state = 'active' AND r.role = 'owner' AND r.expires_at IS NULL ORDER BY a.id",
postgres: "SELECT a.id FROM accounts a JOIN account_roles r ON r.workspace_id = a.workspace_id AND r.account_id = a.id
 WHERE a.workspace_id = $1 AND a.state = 'active' AND r.role = 'owner' AND r.expires_at IS NULL ORDER BY a.id FOR UPDATE" }
statement! { CUSTOM,
"SELECT id, name, actions, classes, created_at, lists FROM roles WHERE workspace_id = $1 ORDER BY name" }
statement! { DEFINE,
"INSERT INTO roles (id, workspace_id, name, actions, classes, created_by, created_at, lists)
 VALUES ($2, $1, $3, $4, $5, $6, $7, $8) ON CONFLICT DO NOTHING" }
statement! { DISCARD, "DELETE FROM roles WHERE workspace_id = $1 AND id = $2" }
statement! { HOLDERS, "SELECT COUNT(*) FROM account_roles WHERE workspace_id = $1 AND role = $2" }
statement! { UNMASK,
"INSERT INTO unmaskings (workspace_id, session_id, subject, granted_at, expires_at) VALUES ($1, $2, $3, $4, $5)
 ON CONFLICT (workspace_id, session_id, subject) DO UPDATE SET granted_at = excluded.granted_at, expires_at = excluded.expires_at" }
statement! { UNMASKED, "SELECT subject FROM unmaskings WHERE workspace_id = $1 AND session_id = $2 AND expires_at > $3" }
statement! { UNMASKED_OVER, "DELETE FROM unmaskings WHERE workspace_id = $1 AND expires_at <= $2" }

fn grant(row: &Row<'_>) -> Result<Grant, StoreError> {
    let (role, by_group) = (row.word(0, |word| word.parse().ok())?, row.int(3)? == 1);
    Ok(Grant { role, granted_at: row.time(1)?, expires_at: row.opt_time(2)?, by_group })
}

pub(super) async fn grants_of(tx: &mut Tx, account: AccountId) -> Result<Vec<Grant>, StoreError> {
    tx.all(&GRANTS_OF, args![account], grant).await
}

/// Those that count in a session.
pub(super) async fn grants_in(tx: &mut Tx, account: AccountId, session: SessionId) -> Result<Vec<Grant>, StoreError> {
    tx.all(&GRANTS_IN, args![account, session], grant).await
}

/// What a group gives until then; what a person gave stays.
pub(super) async fn put_by_group(
    tx: &mut Tx,
    account: AccountId,
    new: &NewGrant,
    by: i64,
    now: Micros,
) -> Result<(), StoreError> {
    let row = args![account, new.role.to_string(), by, now, new.expires_at];
    tx.exec(&PUT_BY_GROUP, row).await.map(drop)
}

pub(super) async fn withdraw_by_group(tx: &mut Tx, account: AccountId, role: RoleRef) -> Result<(), StoreError> {
    tx.exec(&WITHDRAW_BY_GROUP, args![account, role.to_string()]).await.map(drop)
}

pub(super) async fn withdraw_all_by_group(tx: &mut Tx) -> Result<u64, StoreError> {
    tx.exec(&WITHDRAW_ALL_BY_GROUP, args![]).await
}

pub(super) async fn all_grants(tx: &mut Tx) -> Result<Vec<(AccountId, Grant)>, StoreError> {
    tx.all(&ALL_GRANTS, args![], |row| Ok((AccountId::from_i64(row.int(4)?), grant(row)?))).await
}

pub(super) async fn granted_since(tx: &mut Tx, since: Micros) -> Result<Vec<Granted>, StoreError> {
    tx.all(&GRANTED_SINCE, args![since], |row| {
        let (account, by) = (AccountId::from_i64(row.int(0)?), AccountId::from_i64(row.int(1)?));
        Ok(Granted { account, by, at: row.time(2)? })
    })
    .await
}

pub(super) async fn put(
    tx: &mut Tx,
    account: AccountId,
    new: &NewGrant,
    by: i64,
    now: Micros,
) -> Result<(), StoreError> {
    let row = args![account, new.role.to_string(), by, now, new.expires_at];
    tx.exec(&PUT, row).await.map(drop)
}

/// Whether there was one to withdraw.
pub(super) async fn withdraw(tx: &mut Tx, account: AccountId, role: RoleRef) -> Result<bool, StoreError> {
    Ok(tx.exec(&WITHDRAW, args![account, role.to_string()]).await? > 0)
}

pub(super) async fn withdraw_all(tx: &mut Tx, account: AccountId) -> Result<(), StoreError> {
    tx.exec(&WITHDRAW_ALL, args![account]).await.map(drop)
}

/// The owners without end who can sign in, kept from going until the transaction ends.
pub(super) async fn lock_owners(tx: &mut Tx) -> Result<Vec<AccountId>, StoreError> {
    tx.all(&LOCK_OWNERS, args![], |row| row.int(0).map(AccountId::from_i64)).await
}

pub(super) async fn custom(tx: &mut Tx) -> Result<Vec<CustomRole>, StoreError> {
    tx.all(&CUSTOM, args![], |row| {
        let (actions, clear) = (row.word(2, parse_actions)?, row.word(3, ClassSet::parse)?);
        let rights = Rights { actions, clear, ..Rights::default() };
        Ok(CustomRole {
            id: RoleId::from_i64(row.int(0)?),
            name: row.text(1)?,
            rights: match row.word(5, key_lists::parse)? {
                Some(lists) => rights.limited_to(lists),
                None => rights,
            },
            created_at: row.time(4)?,
        })
    })
    .await
}

/// Names that a later version no longer knows grant nothing; they do not take the role away.
fn parse_actions(text: &str) -> Option<ActionSet> {
    let known = |word: &str| Action::ALL.iter().copied().find(|action| action.name() == word);
    Some(text.split(',').filter_map(known).collect())
}

/// Whether the name was free.
pub(super) async fn define(tx: &mut Tx, role: &CustomRole, by: i64) -> Result<bool, StoreError> {
    let actions = role.rights.actions.iter().map(Action::name).collect::<Vec<_>>().join(",");
    let lists = key_lists::words(role.rights.lists.as_deref());
    let row = args![role.id, role.name.as_str(), actions, role.rights.clear.words(), by, role.created_at, lists];
    Ok(tx.exec(&DEFINE, row).await? > 0)
}

pub(super) async fn discard(tx: &mut Tx, id: RoleId) -> Result<bool, StoreError> {
    Ok(tx.exec(&DISCARD, args![id]).await? > 0)
}

pub(super) async fn holders(tx: &mut Tx, role: RoleRef) -> Result<i64, StoreError> {
    tx.one(&HOLDERS, args![role.to_string()], |row| row.int(0)).await
}

pub(super) async fn unmask(
    tx: &mut Tx,
    session: SessionId,
    subject: SubjectNo,
    (now, until): (Micros, Micros),
) -> Result<(), StoreError> {
    tx.exec(&UNMASKED_OVER, args![now]).await?;
    tx.exec(&UNMASK, args![session, subject, now, until]).await.map(drop)
}

pub(super) async fn unmasked(tx: &mut Tx, session: SessionId, now: Micros) -> Result<BTreeSet<SubjectNo>, StoreError> {
    Ok(tx.all(&UNMASKED, args![session, now], |row| row.subject(0)).await?.into_iter().collect())
}
