//! What containment does to people's credentials and to keys, and who may release it.
//!
//! Promise: everything here may run twice. Who may release is found at the moment of the containment
//! from what was true 72 hours before its window, so that nothing an intruder does in it adds anybody.
//! Limit: when a second factor was set is not kept, so its age is not asked for; a password's and a
//! passkey's are.

use super::{keys, second_factor, store_contain as store, store_keys};
use crate::{App, Error, Result};
use std::collections::HashMap;
use waxwing_domain::{AccountId, ApiKeyId, Ctx, Micros, Operation, Role, roles_of};
use waxwing_store::{Entry, Tx};

/// How long before the window account, role and credential of a releaser must have been there, in microseconds.
pub const BEFORE_WINDOW: i64 = 72 * Micros::HOUR;

/// Who may release what is contained now: their account, role, password and every passkey are older
/// than the window by [`BEFORE_WINDOW`], the role was not granted by `shut`, and they are neither `shut`
/// themselves nor `by`, who contained it.
pub async fn releasers(
    tx: &mut Tx,
    suspected_from: Micros,
    shut: Option<AccountId>,
    by: Option<AccountId>,
) -> Result<Vec<AccountId>> {
    let roles = roles_of(waxwing_domain::Action::ContainmentRelease).iter().map(Role::name);
    let roles = roles.map(str::to_owned).collect();
    let shut_number = shut.map_or(-1, AccountId::as_i64);
    let all = store::releasers(tx, roles, suspected_from.plus(-BEFORE_WINDOW), shut_number).await?;
    Ok(all.into_iter().filter(|id| Some(*id) != shut && Some(*id) != by).collect())
}

/// The epoch of the gate that a key was made under, if it works.
pub(crate) async fn key_works(tx: &mut Tx, id: ApiKeyId, now: Micros) -> Result<Option<i64>> {
    Ok(store_keys::one(tx, id).await?.filter(|key| key.works(now)).map(|key| key.made_under))
}

/// Ends every key that the gate no longer honours; gives how many.
pub async fn end_old_keys(tx: &mut Tx, ctx: &Ctx) -> Result<u64> {
    let lowest = tx.gate().await?.lowest;
    Ok(store::end_keys_below(tx, lowest, ctx.now()).await?)
}

/// Ends the keys that one person made; gives how many.
pub async fn end_keys_of(tx: &mut Tx, ctx: &Ctx, account: AccountId) -> Result<u64> {
    Ok(store::end_keys_of(tx, account, ctx.now()).await?)
}

/// Ends one key.
///
/// # Errors
/// [`Error::NotFound`] for a key that never was; one that ended before stays ended.
pub async fn end_key(tx: &mut Tx, ctx: &Ctx, id: ApiKeyId) -> Result<()> {
    keys::name(tx, id).await?.ok_or(Error::NotFound("API key"))?;
    store_keys::revoke(tx, id, ctx.now()).await?;
    Ok(())
}

/// Removes the passkeys that were added since `suspected_from`, but for those of `kept`: an intruder may
/// have added them. Gives how many.
pub async fn remove_new_passkeys(tx: &mut Tx, kept: Option<AccountId>, suspected_from: Micros) -> Result<u64> {
    Ok(store::remove_passkeys_since(tx, kept.map_or(-1, AccountId::as_i64), suspected_from).await?)
}

/// Removes the passkeys that were added to one account since `suspected_from`: a passkey signs in without the password
/// that they choose anew. Gives how many.
pub async fn remove_new_passkeys_of(tx: &mut Tx, account: AccountId, suspected_from: Micros) -> Result<u64> {
    Ok(store::remove_passkeys_of(tx, account, suspected_from).await?)
}

/// How the people of the workspace are called: by name, else by a masked address.
pub async fn names(app: &App, tx: &mut Tx) -> Result<HashMap<AccountId, String>> {
    super::approvals::names(app, tx).await
}

/// Takes an owner's offline recovery code as the host's word for a release; it is used up.
///
/// # Errors
/// [`Error::Invalid`] of `code` where it is none of theirs.
pub async fn take_recovery_code(app: &App, tx: &mut Tx, ctx: &Ctx, code: &str) -> Result<()> {
    for owner in super::roles::owners(tx).await? {
        let Some(account) = super::by_id(tx, owner).await? else { continue };
        if let Some(second_factor::Proof::Recovery(_)) = second_factor::prove(app, tx, ctx, &account, code).await? {
            let entry = Entry::new(Operation::Key, "accounts.recovery_code_used").on("account", owner.as_i64());
            tx.record(app.store(), ctx, entry).await?;
            return Ok(());
        }
    }
    Err(Error::invalid("code", "This is no unused recovery code of an owner."))
}
