//! The second factor: one-time codes of an app, and ten recovery codes for when app or passkey are lost.
//!
//! Promise: the seed is sealed under the installation's credential key and bound to its account; a
//! code and a recovery code each work once, also when two try at the same moment. Limit: a seed
//! is a shared secret, so a copied page (phishing) can use a code within its half minute.

use super::{Account, State, store};
use crate::{App, Error, signals};
use serde_json::json;
use waxwing_crypto::totp::TotpSeed;
use waxwing_crypto::{Place, RecoveryCode, recovery_codes};
use waxwing_domain::{AccountId, Action, Ctx, FieldId, Operation};
use waxwing_store::{Entry, StoreError, Tx};

/// How somebody proved the second factor.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Proof {
    /// By the app.
    App,
    /// By a recovery code; so many are left.
    Recovery(i64),
    /// By a code that was mailed, for who has no factor of their own.
    Mailed,
}

/// Draws a seed that waits for its first code; the one in use, if any, stays.
pub async fn begin(app: &App, tx: &mut Tx, ctx: &Ctx, account: &Account) -> crate::Result<TotpSeed> {
    ctx.authorise(Action::Enrol)?;
    let seed = TotpSeed::random(&*ctx.rng);
    store::set_totp_pending(tx, account.id, seal(app, account.id, &seed)).await?;
    let entry = Entry::new(Operation::Key, "accounts.second_factor_begin");
    tx.record(app.store(), ctx, entry.on("account", account.id.as_i64())).await?;
    Ok(seed)
}

/// The seed that waits for its first code.
pub fn pending(app: &App, account: &Account) -> crate::Result<Option<TotpSeed>> {
    account.totp_pending.as_ref().map(|sealed| open(app, account.id, sealed)).transpose()
}

/// Turns the second factor on once the app shows a right code. Every session of the account ends;
/// gives the new epoch and the ten recovery codes, shown once.
///
/// # Errors
/// [`Error::Invalid`] for a wrong code; [`Error::Conflict`] where nothing was begun.
pub async fn confirm(
    app: &App,
    tx: &mut Tx,
    ctx: &Ctx,
    account: &Account,
    code: &str,
) -> crate::Result<(i64, Vec<String>)> {
    ctx.authorise(Action::Enrol)?;
    let seed =
        pending(app, account)?.ok_or_else(|| Error::Conflict("Begin with a new picture for your app.".into()))?;
    let step = seed.check(&plain(code), ctx.now(), None).ok_or_else(wrong_code)?;
    let epoch = store::set_totp(tx, account.id, Some(seal(app, account.id, &seed)), stored(step)).await?;
    let codes = replace_codes(tx, ctx, account.id).await?;
    note(app, tx, ctx, account.id, "accounts.second_factor_on").await?;
    Ok((epoch, codes))
}

/// Turns it off; the caller has asked for password and code. Every session ends; gives the new epoch.
pub(crate) async fn disable(app: &App, tx: &mut Tx, ctx: &Ctx, account: &Account) -> crate::Result<i64> {
    ctx.authorise(Action::OwnAccount)?;
    let epoch = store::set_totp(tx, account.id, None, 0).await?;
    // Whoever has passkeys left may lose them, too.
    if super::passkeys::count(tx, account.id).await? == 0 {
        store::replace_codes(tx, account.id, Vec::new()).await?;
    }
    note(app, tx, ctx, account.id, "accounts.second_factor_off").await?;
    Ok(epoch)
}

/// Ten fresh recovery codes in place of the old ones.
pub async fn renew_codes(app: &App, tx: &mut Tx, ctx: &Ctx, account: &Account) -> crate::Result<Vec<String>> {
    ctx.authorise(Action::Enrol)?;
    let codes = replace_codes(tx, ctx, account.id).await?;
    note(app, tx, ctx, account.id, "accounts.recovery_codes_renewed").await?;
    Ok(codes)
}

/// How many recovery codes are left.
pub async fn codes_left(tx: &mut Tx, id: AccountId) -> crate::Result<i64> {
    Ok(store::codes_left(tx, id).await?)
}

/// Whether `text` proves the second factor: a code of the app or a recovery code. What is accepted
/// here is used up when the transaction commits.
pub(crate) async fn prove(
    app: &App,
    tx: &mut Tx,
    ctx: &Ctx,
    account: &Account,
    text: &str,
) -> crate::Result<Option<Proof>> {
    if account.state != State::Active {
        return Ok(None);
    }
    let last = u64::try_from(account.totp_step).ok();
    let seed = account.totp_sealed.as_ref().map(|sealed| open(app, account.id, sealed)).transpose()?;
    if let Some(step) = seed.and_then(|seed| seed.check(&plain(text), ctx.now(), last)) {
        let first = store::advance_step(tx, account.id, stored(step)).await?;
        return Ok(first.then_some(Proof::App));
    }
    let Some(code) = RecoveryCode::parse(text.trim()) else { return Ok(None) };
    if !store::use_code(tx, account.id, code.hash()).await? {
        return Ok(None);
    }
    Ok(Some(Proof::Recovery(store::codes_left(tx, account.id).await?)))
}

async fn replace_codes(tx: &mut Tx, ctx: &Ctx, id: AccountId) -> crate::Result<Vec<String>> {
    let codes = recovery_codes(&*ctx.rng);
    store::replace_codes(tx, id, codes.iter().map(RecoveryCode::hash).collect()).await?;
    Ok(codes.iter().map(RecoveryCode::text).collect())
}

async fn note(app: &App, tx: &mut Tx, ctx: &Ctx, id: AccountId, what: &'static str) -> crate::Result<()> {
    tx.record(app.store(), ctx, Entry::new(Operation::Key, what).on("account", id.as_i64())).await?;
    signals::note_address(app, tx, ctx, what, 1, json!({ "account": id })).await
}

/// Apps show codes in two groups of three.
fn plain(code: &str) -> String {
    code.chars().filter(|c| !c.is_whitespace()).collect()
}

/// Steps count half minutes since 1970: 63 bits outlast the sun.
fn stored(step: u64) -> i64 {
    i64::try_from(step).unwrap_or(i64::MAX)
}

pub(crate) fn wrong_code() -> Error {
    Error::invalid("code", "This code is not right or was used before. Wait for the next one and try again.")
}

fn seal(app: &App, id: AccountId, seed: &TotpSeed) -> Vec<u8> {
    let place = Place::account(id, FieldId::SECRET);
    app.store().keys().ring().installation_seal(&place, seed.as_bytes(), &**app.store().rng())
}

fn open(app: &App, id: AccountId, sealed: &[u8]) -> crate::Result<TotpSeed> {
    let damaged = || StoreError::Damaged(format!("the second factor of account {id}"));
    let bytes = app.store().keys().ring().installation_open(&Place::account(id, FieldId::SECRET), sealed);
    let seed = TotpSeed::from_bytes(&bytes.map_err(|_| damaged())?).map_err(|_| damaged())?;
    Ok(seed)
}
