//! The SQL of roles and grants.

use super::custom::CustomRole;
use super::{Grant, NewGrant, RoleRef, lists_text, parse_lists};
use std::collections::BTreeSet;
use waxwing_domain::{AccountId, Action, ActionSet, ClassSet, ListId, Micros, Rights, RoleId, SessionId, SubjectNo};
use waxwing_store::{Row, StoreError, Tx, args, statement};

statement! { GRANTS_OF,
"SELECT role, lists, granted_at, expires_at FROM account_roles WHERE workspace_id = $1 AND account_id = $2 ORDER BY granted_at, role" }
statement! { ALL_GRANTS,
"SELECT role, lists, granted_at, expires_at, account_id FROM account_roles WHERE workspace_id = $1 ORDER BY granted_at, role" }
statement! { PUT,
"INSERT INTO account_roles (workspace_id, account_id, role, lists, granted_by, granted_at, expires_at)
 VALUES ($1, $2, $3, $4, $5, $6, $7)
 ON CONFLICT (workspace_id, account_id, role) DO UPDATE SET lists = excluded.lists, granted_by = excluded.granted_by,
   granted_at = excluded.granted_at, expires_at = excluded.expires_at" }
statement! { WITHDRAW, "DELETE FROM account_roles WHERE workspace_id = $1 AND account_id = $2 AND role = $3" }
statement! { WITHDRAW_ALL, "DELETE FROM account_roles WHERE workspace_id = $1 AND account_id = $2" }
// An owner for a while only is no safe last one.
statement! { LOCK_OWNERS,
sqlite: "SELECT a.id FROM accounts a JOIN account_roles r ON r.workspace_id = a.workspace_id AND r.account_id = a.id
 WHERE a.workspace_id = $1 AND a.state = 'active' AND r.role = 'owner' AND r.expires_at IS NULL ORDER BY a.id",
postgres: "SELECT a.id FROM accounts a JOIN account_roles r ON r.workspace_id = a.workspace_id AND r.account_id = a.id
 WHERE a.workspace_id = $1 AND a.state = 'active' AND r.role = 'owner' AND r.expires_at IS NULL ORDER BY a.id FOR UPDATE" }
statement! { CUSTOM,
"SELECT id, name, actions, classes, lists, created_at FROM roles WHERE workspace_id = $1 ORDER BY name" }
statement! { DEFINE,
"INSERT INTO roles (id, workspace_id, name, actions, classes, lists, created_by, created_at)
 VALUES ($2, $1, $3, $4, $5, $6, $7, $8) ON CONFLICT DO NOTHING" }
statement! { DISCARD, "DELETE FROM roles WHERE workspace_id = $1 AND id = $2" }
statement! { HOLDERS, "SELECT COUNT(*) FROM account_roles WHERE workspace_id = $1 AND role = $2" }
// Lists stand a row below; they are read here only to be named in a grant.
statement! { LISTS, "SELECT id, name FROM lists WHERE workspace_id = $1 ORDER BY name" }
statement! { UNMASK,
"INSERT INTO unmaskings (workspace_id, session_id, subject, granted_at, expires_at) VALUES ($1, $2, $3, $4, $5)
 ON CONFLICT (workspace_id, session_id, subject) DO UPDATE SET granted_at = excluded.granted_at, expires_at = excluded.expires_at" }
statement! { UNMASKED, "SELECT subject FROM unmaskings WHERE workspace_id = $1 AND session_id = $2 AND expires_at > $3" }
statement! { UNMASKED_OVER, "DELETE FROM unmaskings WHERE workspace_id = $1 AND expires_at <= $2" }

fn grant(row: &Row<'_>) -> Result<Grant, StoreError> {
    Ok(Grant {
        role: row.word(0, |word| word.parse().ok())?,
        lists: row.word(1, parse_lists)?,
        granted_at: row.time(2)?,
        expires_at: row.opt_time(3)?,
    })
}

pub(super) async fn grants_of(tx: &mut Tx, account: AccountId) -> Result<Vec<Grant>, StoreError> {
    tx.all(&GRANTS_OF, args![account], grant).await
}

pub(super) async fn all_grants(tx: &mut Tx) -> Result<Vec<(AccountId, Grant)>, StoreError> {
    tx.all(&ALL_GRANTS, args![], |row| Ok((AccountId::from_i64(row.int(4)?), grant(row)?))).await
}

pub(super) async fn put(
    tx: &mut Tx,
    account: AccountId,
    new: &NewGrant,
    by: i64,
    now: Micros,
) -> Result<(), StoreError> {
    let row = args![account, new.role.to_string(), lists_text(&new.lists), by, now, new.expires_at];
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
        Ok(CustomRole {
            id: RoleId::from_i64(row.int(0)?),
            name: row.text(1)?,
            rights: Rights {
                actions: row.word(2, parse_actions)?,
                clear: row.word(3, ClassSet::parse)?,
                lists: row.word(4, parse_lists)?,
                ..Rights::default()
            },
            created_at: row.time(5)?,
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
    let (classes, lists) = (role.rights.clear.words(), lists_text(&role.rights.lists));
    let row = args![role.id, role.name.as_str(), actions, classes, lists, by, role.created_at];
    Ok(tx.exec(&DEFINE, row).await? > 0)
}

pub(super) async fn discard(tx: &mut Tx, id: RoleId) -> Result<bool, StoreError> {
    Ok(tx.exec(&DISCARD, args![id]).await? > 0)
}

pub(super) async fn holders(tx: &mut Tx, role: RoleRef) -> Result<i64, StoreError> {
    tx.one(&HOLDERS, args![role.to_string()], |row| row.int(0)).await
}

pub(super) async fn lists(tx: &mut Tx) -> Result<Vec<(ListId, String)>, StoreError> {
    tx.all(&LISTS, args![], |row| Ok((ListId::from_i64(row.int(0)?), row.text(1)?))).await
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
