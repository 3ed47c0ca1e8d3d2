//! What containment does to sessions, and whether a credential that was let in still is.
//!
//! Promise: a session counts only while the gate honours the epoch it was made under and its person is
//! not shut; that is read with the gate, so nothing has to be ended first. Ending the rows is tidiness.

use super::{store, store_contain};
use crate::{App, Result, accounts};
use waxwing_domain::{AccountId, Actor, ApiKeyId, Ctx, Micros, SessionId, Thing};
use waxwing_store::{Gate, StoreError, Tx};

/// Whether whoever was let in as `ctx` would be now. One reading of the gate, that may be a quarter of
/// a second old, says that nothing changed; only then the credential is looked at again.
pub(super) async fn holds(app: &App, ctx: &Ctx) -> Result<bool> {
    let Some(entered) = ctx.entered else { return Ok(true) };
    if app.gate().now(ctx.workspace).await?.epoch == entered.epoch {
        return Ok(true);
    }
    let mut tx = app.read(ctx, "login.holds").await?;
    let gate = tx.gate().await?;
    match ctx.actor {
        Actor::Account(account, session) => session_holds(&mut tx, &gate, account, session).await,
        Actor::ApiKey(key) => key_holds(&mut tx, &gate, ctx, key).await,
        Actor::Host | Actor::Public | Actor::Job => Ok(true),
    }
}

/// Whether a session is one that was not ended and that the gate lets in.
pub(super) async fn session_holds(tx: &mut Tx, gate: &Gate, account: AccountId, session: SessionId) -> Result<bool> {
    let Some((epoch, made_under)) = store_contain::session(tx, session).await? else { return Ok(false) };
    let account = accounts::by_id(tx, account).await?;
    Ok(account.is_some_and(|one| one.epoch == epoch && lets_in(gate, Thing::Account(one.id), made_under)))
}

async fn key_holds(tx: &mut Tx, gate: &Gate, ctx: &Ctx, key: ApiKeyId) -> Result<bool> {
    let made_under = accounts::contain::key_works(tx, key, ctx.now()).await?;
    Ok(made_under.is_some_and(|epoch| lets_in(gate, Thing::ApiKey(key), epoch)))
}

/// Whether the gate lets in a credential that was made under `epoch`.
pub(super) fn lets_in(gate: &Gate, whose: Thing, epoch: i64) -> bool {
    gate.honours(epoch) && gate.lets(whose)
}

/// The session of whoever contains goes on under the new epoch: they must be able to act.
pub async fn keep(tx: &mut Tx, session: SessionId, epoch: i64) -> std::result::Result<(), StoreError> {
    store_contain::keep(tx, session, epoch).await
}

/// Ends every session that the gate no longer honours; gives how many.
pub async fn end_old(tx: &mut Tx, ctx: &Ctx) -> Result<u64> {
    let lowest = tx.gate().await?.lowest;
    Ok(store_contain::end_below(tx, lowest, ctx.now()).await?)
}

/// Ends every session of one person; gives how many.
pub async fn end_of(tx: &mut Tx, ctx: &Ctx, account: AccountId) -> Result<u64> {
    Ok(store::end_all(tx, account, ctx.now()).await?)
}

/// Undoes the links of one account to an identity provider that were made since `suspected_from`: an intruder who joined
/// it to a person of theirs would come in by that. Gives how many.
pub async fn unlink_new(tx: &mut Tx, account: AccountId, suspected_from: Micros) -> Result<u64> {
    Ok(store_contain::unlink_of(tx, account, suspected_from).await?)
}

/// The same of everybody but `kept`.
pub async fn unlink_all_new(tx: &mut Tx, kept: Option<AccountId>, suspected_from: Micros) -> Result<u64> {
    Ok(store_contain::unlink_but(tx, kept.map_or(-1, AccountId::as_i64), suspected_from).await?)
}
