//! Proving again that it is them: what a signed-in person does before acts that ask for it.
//!
//! Promise: a proof is a passkey, or the password and, where there is more than it, a code; it is throttled
//! and recorded like a sign-in, makes the session fresh for [`PROVEN_FOR`](waxwing_domain::PROVEN_FOR) and gives
//! it another token. Limit: it says who sits there, not whether they know what they are doing.

use super::{has_more, note_refusal, own, passkey, session, sso, throttle};
use crate::accounts::passkeys::{self, Purpose};
use crate::accounts::{Account, password, second_factor};
use crate::{App, Error, signals};
use serde_json::json;
use waxwing_domain::{Action, Actor, Ctx, Operation, Strength};
use waxwing_http::{PasskeyQuestion, Proof, ProofWays};
use waxwing_store::{Entry, Tx};

/// By what the person who asks can prove themselves.
pub(super) async fn ways(app: &App, ctx: &Ctx) -> crate::Result<ProofWays> {
    let mut tx = app.begin(ctx, "login.proof_ways").await?;
    let (account, session) = own::enrolling(&mut tx, ctx).await?;
    let passkey = passkeys::ask(app, &mut tx, ctx, account.id, (Purpose::Proof, session.as_i64())).await?;
    let provider = sso::own(&mut tx, account.id).await?.way();
    tx.commit().await?;
    let code = account.has_second_factor() || passkey.is_some();
    let passkey = passkey.map(|asked| PasskeyQuestion { step: asked.step, options: asked.options.to_string() });
    Ok(ProofWays { password: account.password_hash().is_some(), code, passkey, provider })
}

/// Judges a proof; gives the session's new token for a right one.
///
/// # Errors
/// [`Error::TooMany`] when the person's proofs are throttled.
pub(super) async fn prove(app: &App, ctx: &Ctx, proof: Proof) -> crate::Result<Option<String>> {
    ctx.authorise(Action::Enrol)?;
    let (account, more) = count(app, ctx).await?;
    if !proof.passkey.is_empty() {
        return by_passkey(app, ctx, &account, &proof).await;
    }
    if !password::verify(proof.password, account.password_hash().cloned()).await? {
        return refuse(app, ctx, &account).await;
    }
    let mut tx = app.begin(ctx, "login.prove").await?;
    if more {
        let code = second_factor::prove(app, &mut tx, ctx, &account, &proof.code).await?;
        if code.is_none() {
            drop(tx);
            return refuse(app, ctx, &account).await;
        }
    }
    let strength = if more { Strength::SecondFactor } else { Strength::Password };
    let token = rise(app, &mut tx, ctx, &account, strength).await?;
    tx.commit().await?;
    Ok(Some(token))
}

async fn by_passkey(app: &App, ctx: &Ctx, account: &Account, proof: &Proof) -> crate::Result<Option<String>> {
    let mut tx = app.begin(ctx, "login.prove").await?;
    let right = passkey::proves(app, &mut tx, ctx, account, (&proof.step, &proof.passkey)).await?;
    let token = if right { Some(rise(app, &mut tx, ctx, account, Strength::Passkey).await?) } else { None };
    tx.commit().await?;
    Ok(token)
}

/// Counts the try, durably, before anything is tried; also says whether the person has more than a password.
async fn count(app: &App, ctx: &Ctx) -> crate::Result<(Account, bool)> {
    let mut tx = app.begin(ctx, "login.count_proof").await?;
    let (account, _) = own::enrolling(&mut tx, ctx).await?;
    throttle::of_account(app, &mut tx, ctx, throttle::OWN, account.id).await?;
    let more = has_more(&mut tx, &account).await?;
    if more {
        throttle::of_account(app, &mut tx, ctx, throttle::SECOND, account.id).await?;
    }
    tx.commit().await?;
    Ok((account, more))
}

/// Makes the session of whoever asks fresh and gives its new token.
pub(super) async fn rise(app: &App, tx: &mut Tx, ctx: &Ctx, account: &Account, by: Strength) -> crate::Result<String> {
    let Actor::Account(_, session) = ctx.actor else { return Err(Error::NotFound("session")) };
    let token = session::rise(tx, ctx, session, by).await?.ok_or(Error::NotFound("session"))?;
    let entry = Entry::new(Operation::Login, "login.proved").on("account", account.id.as_i64());
    tx.record(app.store(), ctx, entry).await?;
    signals::note_address(app, tx, ctx, "login.proved", 1, json!({ "session": session })).await?;
    Ok(token)
}

async fn refuse(app: &App, ctx: &Ctx, account: &Account) -> crate::Result<Option<String>> {
    let mut tx = app.begin(ctx, "login.refuse").await?;
    note_refusal(app, &mut tx, ctx, Some(account.id), "login.proof_refused").await?;
    tx.commit().await?;
    Ok(None)
}
