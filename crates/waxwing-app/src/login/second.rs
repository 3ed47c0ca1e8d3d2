//! The second factor at sign-in.

use super::device::Device;
use super::session::{self, Step, TRIES};
use super::{Outcome, enter_by, finding, note_refusal, risk, store, throttle};
use crate::accounts::second_factor::{self, Proof};
use crate::accounts::{self, Account, State, mail, passkeys};
use crate::{App, Error, signals};
use serde_json::json;
use waxwing_crypto::{SecretPurpose, SecretToken};
use waxwing_domain::{Action, Ctx, Operation, Strength};
use waxwing_store::{Entry, NewJob, Tx};

/// By what a step is to be passed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum By {
    /// The person's own second factor.
    Factor,
    /// A code that is mailed, for who has none.
    Mail,
}

/// Asks for more than the password, or the identity provider's word: a step of ten minutes. A job tells the person if
/// nobody passes it after a right password.
pub(super) async fn ask(
    app: &App,
    tx: &mut Tx,
    ctx: &Ctx,
    account: &Account,
    (by, by_sso): (By, bool),
) -> crate::Result<Outcome> {
    if by == By::Mail {
        throttle::of_account(app, tx, ctx, throttle::MAILED, account.id).await?;
    }
    let token = SecretToken::random(SecretPurpose::LoginStep, &*ctx.rng);
    let step = Step { id: ctx.new_id(), account: account.id, epoch: account.epoch, by_sso };
    let until = ctx.now().plus(session::STEP);
    store::put_step(tx, token.hash(), &step, (ctx.now(), until)).await?;
    if by == By::Mail {
        risk::code::send(app, tx, ctx, account, step.id).await?;
    }
    if !by_sso {
        let payload = json!({ "step": step.id.to_string() });
        tx.enqueue(ctx, NewJob { run_at: Some(until), ..NewJob::now("login.unfinished", payload) }).await?;
    }
    let what = if by_sso { "login.sso_right" } else { "login.password_right" };
    tx.record(app.store(), ctx, Entry::new(Operation::Login, what).on("account", account.id.as_i64())).await?;
    let detail = json!({ "account": account.id, "from": risk::origin(app, ctx) });
    signals::note_address(app, tx, ctx, what, 1, detail).await?;
    Ok(Outcome::Second(token.text()))
}

/// By what a step can be passed.
#[derive(Clone, Copy)]
pub(super) struct Waiting {
    /// By a code of an app.
    pub(super) app: bool,
    /// By a passkey.
    pub(super) passkey: bool,
    /// By a code that was mailed, and nothing else.
    pub(super) mailed: bool,
}

/// By what the step of this token can be passed, if it still waits.
pub(super) async fn waits(app: &App, ctx: &Ctx, text: &str) -> crate::Result<Option<Waiting>> {
    let Ok(token) = SecretToken::parse(SecretPurpose::LoginStep, text) else { return Ok(None) };
    let ctx = &finding::by_step(app, ctx, text).await?;
    let mut tx = app.read(ctx, "login.step").await?;
    let Some(step) = store::step(&mut tx, token.hash(), TRIES, ctx.now()).await? else { return Ok(None) };
    let Some(account) = accounts::by_id(&mut tx, step.account).await? else { return Ok(None) };
    let passkey = passkeys::count(&mut tx, account.id).await? > 0;
    let mailed = risk::code::is_asked(&mut tx, step.id).await?;
    Ok(Some(Waiting { app: account.has_second_factor(), passkey, mailed }))
}

/// Tries a code of the app, a recovery code, or the code that was mailed, for a step.
///
/// # Errors
/// [`Error::NotFound`] once the step is over: five tries, ten minutes, or another password since;
/// [`Error::TooMany`] when the account's codes are throttled.
pub async fn second(app: &App, ctx: &Ctx, step: &str, code: &str, device: &Device) -> crate::Result<Outcome> {
    ctx.authorise(Action::Public)?;
    let over = || Error::NotFound("sign-in that waits for a second factor");
    let token = SecretToken::parse(SecretPurpose::LoginStep, step).map_err(|_| over())?;
    let ctx = &finding::by_step(app, ctx, step).await?;
    let mut tx = app.begin(ctx, "login.second").await?;
    let step = store::try_step(&mut tx, token.hash(), TRIES, ctx.now()).await?.ok_or_else(over)?;
    throttle::of_account(app, &mut tx, ctx, throttle::SECOND, step.account).await?;
    let account = accounts::by_id(&mut tx, step.account).await?;
    let account = account.filter(|a| a.state == State::Active && a.epoch == step.epoch).ok_or_else(over)?;
    let proof = match risk::code::is_asked(&mut tx, step.id).await? {
        true => risk::code::prove(app, &mut tx, step.id, code).await?.then_some(Proof::Mailed),
        false => second_factor::prove(app, &mut tx, ctx, &account, code).await?,
    };
    let outcome = match proof {
        Some(proof) => Outcome::In(pass(app, &mut tx, ctx, &account, (step, proof), device).await?),
        None => {
            note_refusal(app, &mut tx, ctx, Some(account.id), "login.second_refused").await?;
            Outcome::Refused
        }
    };
    tx.commit().await?;
    Ok(outcome)
}

async fn pass(
    app: &App,
    tx: &mut Tx,
    ctx: &Ctx,
    account: &Account,
    (step, proof): (Step, Proof),
    device: &Device,
) -> crate::Result<String> {
    if !store::pass_step(tx, step.id).await? {
        return Err(Error::NotFound("sign-in that waits for a second factor"));
    }
    let how = match proof {
        Proof::App => (Strength::SecondFactor, "login.signed_in_second"),
        Proof::Mailed if step.by_sso => (Strength::Sso, "login.signed_in_mailed"),
        Proof::Mailed => (Strength::Password, "login.signed_in_mailed"),
        Proof::Recovery(left) => {
            let words = format!("A recovery code was used to sign in. You have {left} left.");
            mail::changed(app, tx, ctx, account, &words).await?;
            (Strength::Recovery, "login.signed_in_recovery")
        }
    };
    throttle::right(app, tx, ctx, &account.person(app, tx.workspace())?.email).await?;
    enter_by(app, tx, ctx, account, device, (how.0, step.by_sso, how.1)).await
}
