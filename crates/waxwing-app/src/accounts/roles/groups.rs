//! Roles that a group at the identity provider gives.
//!
//! Promise: they are set anew at each sign-in there, end by themselves when a session would, and count only in sessions
//! that the provider began; a role that a person gave is left as it is. Limit: who is taken out of a group keeps
//! what it gave until they sign in again, somebody changes the mapping, or it ends.

use super::{Grant, NewGrant, RoleRef, rights_of_role, store, title};
use crate::{App, Error, signals};
use serde_json::json;
use std::collections::{BTreeSet, HashMap};
use waxwing_domain::{AccountId, Ctx, Micros, Operation, Rights, Role};
use waxwing_store::{Entry, Tx};

/// A role that a group may give, with its name and what it grants.
///
/// # Errors
/// [`Error::Conflict`] for a role beyond the rights of whoever maps it; [`Error::Invalid`] for one that no group
/// gives, and [`Error::NotFound`] for one that is not there.
pub(crate) async fn mappable(tx: &mut Tx, ctx: &Ctx, role: RoleRef) -> crate::Result<(String, Rights)> {
    if role == RoleRef::BuiltIn(Role::Owner) {
        return Err(Error::invalid(
            "groups",
            "No group makes owners: they are the ones who sign in without a provider.",
        ));
    }
    if matches!(role, RoleRef::BuiltIn(role) if role.is_time_boxed()) {
        return Err(Error::invalid("groups", "A role that needs a last day is given by a person, not by a group."));
    }
    let rights = rights_of_role(tx, role).await?;
    if !rights.within(&ctx.rights) {
        return Err(Error::Conflict("A group would give a role that can do things that you cannot.".into()));
    }
    Ok((title(tx, role).await?, rights))
}

/// Whether a role is powerful; `None` for one that is gone.
pub(crate) async fn is_powerful(tx: &mut Tx, role: RoleRef) -> crate::Result<Option<bool>> {
    match rights_of_role(tx, role).await {
        Ok(rights) => Ok(Some(rights.is_powerful())),
        Err(Error::NotFound(_)) => Ok(None),
        Err(other) => Err(other),
    }
}

/// What an account's groups give now, in the name of whoever mapped them.
pub(crate) struct ByGroups {
    /// The roles; all others that a group gave are gone.
    pub(crate) roles: BTreeSet<RoleRef>,
    /// Whose mapping it is.
    pub(crate) by: i64,
    /// When they end.
    pub(crate) until: Micros,
}

/// Sets what groups give to this account.
pub(crate) async fn set(app: &App, tx: &mut Tx, ctx: &Ctx, account: AccountId, new: &ByGroups) -> crate::Result<()> {
    let old: HashMap<RoleRef, bool> =
        store::grants_of(tx, account).await?.into_iter().map(|grant| (grant.role, grant.by_group)).collect();
    let gone: Vec<RoleRef> =
        old.iter().filter(|(role, by)| **by && !new.roles.contains(role)).map(|(r, _)| *r).collect();
    let come: Vec<RoleRef> = new.roles.iter().filter(|role| !old.contains_key(role)).copied().collect();
    for role in &gone {
        store::withdraw_by_group(tx, account, *role).await?;
    }
    for role in &new.roles {
        let grant = NewGrant { role: *role, expires_at: Some(new.until) };
        store::put_by_group(tx, account, &grant, new.by, ctx.now()).await?;
    }
    note(app, tx, ctx, account, (&come, &gone)).await
}

/// On the record, if anything changed.
async fn note(
    app: &App,
    tx: &mut Tx,
    ctx: &Ctx,
    account: AccountId,
    (come, gone): (&[RoleRef], &[RoleRef]),
) -> crate::Result<()> {
    if come.is_empty() && gone.is_empty() {
        return Ok(());
    }
    let words = |roles: &[RoleRef]| roles.iter().map(RoleRef::to_string).collect::<Vec<_>>();
    let detail = json!({ "granted": words(come), "withdrawn": words(gone) });
    let entry = Entry::new(Operation::Key, "roles.by_groups").on("account", account.as_i64());
    tx.record(app.store(), ctx, entry.detail(detail)).await?;
    for (kind, roles) in [("roles.granted", come), ("roles.withdrawn", gone)] {
        for role in roles {
            signals::note(tx, ctx, kind, 1, json!({ "account": account, "role": role.to_string() })).await?;
        }
    }
    Ok(())
}

/// Takes back whatever groups gave, to everybody: for a mapping that is another one now.
pub(crate) async fn withdraw_all(tx: &mut Tx) -> crate::Result<u64> {
    Ok(store::withdraw_all_by_group(tx).await?)
}

/// Whether an account has a role in force, whoever gave it.
pub(crate) async fn has_any(tx: &mut Tx, account: AccountId, now: Micros) -> crate::Result<bool> {
    let grants: Vec<Grant> = store::grants_of(tx, account).await?;
    Ok(grants.iter().any(|grant| grant.in_force(now)))
}

/// The roles that an account has, in force or over.
pub(crate) async fn held(tx: &mut Tx, account: AccountId) -> crate::Result<BTreeSet<RoleRef>> {
    Ok(store::grants_of(tx, account).await?.into_iter().map(|grant| grant.role).collect())
}
