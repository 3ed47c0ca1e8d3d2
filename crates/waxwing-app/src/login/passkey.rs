//! Passkeys at the door: to sign in by alone, as the second factor, and added or removed by their person.
//!
//! Promise: an answer is judged once, throttled and recorded like a password; a counter that ran backwards
//! lets nobody in and is told to the person. Limit: as in `accounts::passkeys`.

use super::device::Device;
use super::session::TRIES;
use super::{Outcome, enter, enter_by, finding, note_refusal, own, store, throttle};
use crate::accounts::passkeys::{self, Asked, Held, Purpose, Verdict};
use crate::accounts::{self, Account, State, mail, second_factor};
use crate::{App, Error};
use waxwing_crypto::{SecretPurpose, SecretToken};
use waxwing_domain::{AccountId, Action, Ctx, PasskeyId, SessionId, Strength};
use waxwing_store::Tx;

/// What the browser sent for an answer: the question's token and the passkey's JSON.
pub(super) type Shown<'a> = (&'a str, &'a str);

/// A question for whoever comes with a passkey.
///
/// # Errors
/// [`Error::TooMany`] when this place asks too often; [`Error::Conflict`] where passkeys cannot work.
pub(super) async fn question(app: &App, ctx: &Ctx) -> crate::Result<Asked> {
    ctx.authorise(Action::Public)?;
    let mut tx = app.begin(ctx, "login.passkey_question").await?;
    throttle::of_place(app, &mut tx, ctx, throttle::QUESTION).await?;
    let asked = passkeys::ask_anybody(app, &mut tx, ctx).await?;
    tx.commit().await?;
    Ok(asked)
}

/// Signs in whoever the passkey says, without address or password: the device asked its person for both
/// possession and finger, face or PIN.
pub(super) async fn attempt(app: &App, ctx: &Ctx, shown: Shown<'_>, device: &Device) -> crate::Result<Outcome> {
    ctx.authorise(Action::Public)?;
    let (step, answer) = shown;
    let mut tx = app.begin(ctx, "login.passkey_taken").await?;
    throttle::of_place(app, &mut tx, ctx, throttle::QUESTION).await?;
    let asked = passkeys::take(app, &mut tx, ctx, (Purpose::SignIn, 0), step).await?;
    tx.commit().await?;
    // Asked where signed-out pages are, judged where the passkey is at home.
    let ctx = &finding::by_passkey(app, ctx, answer).await?;
    let mut tx = app.begin(ctx, "login.passkey").await?;
    let verdict = passkeys::judge(app, &mut tx, ctx, asked, answer).await?;
    let outcome = match known(app, &mut tx, ctx, verdict, "login.passkey_refused").await? {
        Some(account) => Outcome::In(let_in(app, &mut tx, ctx, &account, device, false).await?),
        None => Outcome::Refused,
    };
    tx.commit().await?;
    Ok(outcome)
}

/// A question for a passkey of the person whose password was right; `None` where they have none.
pub(super) async fn second_question(app: &App, ctx: &Ctx, step: &str) -> crate::Result<Option<Asked>> {
    ctx.authorise(Action::Public)?;
    let token = SecretToken::parse(SecretPurpose::LoginStep, step).map_err(|_| over())?;
    let ctx = &finding::by_step(app, ctx, step).await?;
    let mut tx = app.begin(ctx, "login.passkey_question").await?;
    throttle::of_place(app, &mut tx, ctx, throttle::QUESTION).await?;
    let step = store::step(&mut tx, token.hash(), TRIES, ctx.now()).await?.ok_or_else(over)?;
    let asked = passkeys::ask(app, &mut tx, ctx, step.account, (Purpose::Second, step.id)).await?;
    tx.commit().await?;
    Ok(asked)
}

/// Tries a passkey as the second factor of a step.
///
/// # Errors
/// As [`super::second()`].
pub(super) async fn second(
    app: &App,
    ctx: &Ctx,
    step: &str,
    shown: Shown<'_>,
    device: &Device,
) -> crate::Result<Outcome> {
    ctx.authorise(Action::Public)?;
    let token = SecretToken::parse(SecretPurpose::LoginStep, step).map_err(|_| over())?;
    let ctx = &finding::by_step(app, ctx, step).await?;
    let mut tx = app.begin(ctx, "login.second").await?;
    let step = store::try_step(&mut tx, token.hash(), TRIES, ctx.now()).await?.ok_or_else(over)?;
    let asked = passkeys::take(app, &mut tx, ctx, (Purpose::Second, step.id), shown.0).await?;
    let verdict = passkeys::judge(app, &mut tx, ctx, asked, shown.1).await?;
    let account = known(app, &mut tx, ctx, verdict, "login.second_refused").await?;
    let outcome = match account.filter(|account| account.id == step.account && account.epoch == step.epoch) {
        Some(account) => {
            if !store::pass_step(&mut tx, step.id).await? {
                return Err(over());
            }
            Outcome::In(let_in(app, &mut tx, ctx, &account, device, step.by_sso).await?)
        }
        None => Outcome::Refused,
    };
    tx.commit().await?;
    Ok(outcome)
}

/// Whether an answer is one of this person's passkeys, asked for as a proof in this session.
pub(super) async fn proves(
    app: &App,
    tx: &mut Tx,
    ctx: &Ctx,
    account: &Account,
    shown: Shown<'_>,
) -> crate::Result<bool> {
    let asked = passkeys::take(app, tx, ctx, (Purpose::Proof, ctx.actor.credential()), shown.0).await?;
    let verdict = passkeys::judge(app, tx, ctx, asked, shown.1).await?;
    Ok(known(app, tx, ctx, verdict, "login.proof_refused").await?.is_some_and(|known| known.id == account.id))
}

/// The person behind a verdict, if they can sign in; writes down what was refused.
async fn known(
    app: &App,
    tx: &mut Tx,
    ctx: &Ctx,
    verdict: Verdict,
    what: &'static str,
) -> crate::Result<Option<Account>> {
    match verdict {
        Verdict::Right(id) => Ok(active(tx, id).await?),
        Verdict::Wrong => {
            note_refusal(app, tx, ctx, None, what).await?;
            Ok(None)
        }
        Verdict::Copied(id) => {
            note_refusal(app, tx, ctx, Some(id), "passkeys.copied").await?;
            if let Some(account) = active(tx, id).await? {
                let words = "Somebody used a passkey of yours whose counter ran backwards, so they were not let in. \
                             There may be a copy of it: remove that passkey and add a new one.";
                mail::changed(app, tx, ctx, &account, words).await?;
            }
            Ok(None)
        }
    }
}

async fn active(tx: &mut Tx, id: AccountId) -> crate::Result<Option<Account>> {
    Ok(accounts::by_id(tx, id).await?.filter(|account| account.state == State::Active))
}

async fn let_in(
    app: &App,
    tx: &mut Tx,
    ctx: &Ctx,
    account: &Account,
    device: &Device,
    by_sso: bool,
) -> crate::Result<String> {
    throttle::right(app, tx, ctx, &account.person(app, tx.workspace())?.email).await?;
    enter_by(app, tx, ctx, account, device, (Strength::Passkey, by_sso, "login.signed_in_passkey")).await
}

/// The person's own passkeys.
pub(super) async fn mine(app: &App, ctx: &Ctx) -> crate::Result<Vec<Held>> {
    let mut tx = app.read(ctx, "login.passkeys").await?;
    let (account, _) = own::account(&mut tx, ctx).await?;
    passkeys::of(app, &mut tx, account.id).await
}

/// Begins to add a passkey.
pub(super) async fn begin(app: &App, ctx: &Ctx) -> crate::Result<Asked> {
    let mut tx = app.begin(ctx, "login.passkey_begin").await?;
    let (account, session) = own::enrolling(&mut tx, ctx).await?;
    keep_from_weaker(&mut tx, ctx, &account, session).await?;
    let asked = passkeys::begin(app, &mut tx, ctx, &account, session.as_i64()).await?;
    tx.commit().await?;
    Ok(asked)
}

/// Adds a passkey; gives the token of a new session, for all others end, and recovery codes if there were none.
pub(super) async fn add(
    app: &App,
    ctx: &Ctx,
    name: &str,
    shown: Shown<'_>,
    device: &Device,
) -> crate::Result<(Vec<String>, String)> {
    let mut tx = app.begin(ctx, "login.passkey_add").await?;
    let (account, session) = own::enrolling(&mut tx, ctx).await?;
    keep_from_weaker(&mut tx, ctx, &account, session).await?;
    passkeys::add(app, &mut tx, ctx, &account, (session.as_i64(), name), shown).await?;
    let codes = match second_factor::codes_left(&mut tx, account.id).await? {
        0 => second_factor::renew_codes(app, &mut tx, ctx, &account).await?,
        _ => Vec::new(),
    };
    let words = "A passkey was added to your account. It signs in without your password.";
    let token = changed(app, &mut tx, ctx, account, (device, Strength::Passkey), words).await?;
    tx.commit().await?;
    Ok((codes, token))
}

/// Removes one; gives the token of a new session, for all others end.
pub(super) async fn remove(app: &App, ctx: &Ctx, id: PasskeyId, device: &Device) -> crate::Result<String> {
    let mut tx = app.begin(ctx, "login.passkey_remove").await?;
    let (account, session) = own::account(&mut tx, ctx).await?;
    passkeys::remove(app, &mut tx, ctx, &account, id).await?;
    let rests_on = rests_on_without(&mut tx, &account, session).await?;
    let words = "A passkey of your account was removed.";
    let token = changed(app, &mut tx, ctx, account, (device, rests_on), words).await?;
    tx.commit().await?;
    Ok(token)
}

/// Whoever has a passkey uses it, or a recovery code, to add another: else password and code would be as good as a
/// passkey where the workspace asks for one.
async fn keep_from_weaker(tx: &mut Tx, ctx: &Ctx, account: &Account, session: SessionId) -> crate::Result<()> {
    let rests_on = store::strength(tx, session).await?.unwrap_or_default();
    if ctx.enrolling && rests_on < Strength::Recovery && passkeys::count(tx, account.id).await? > 0 {
        return Err(Error::Conflict("Use the passkey that you have, or sign in again with a recovery code.".into()));
    }
    Ok(())
}

/// What a session rests on once a passkey is gone: on none that is left, at most on the app.
async fn rests_on_without(tx: &mut Tx, account: &Account, session: SessionId) -> crate::Result<Strength> {
    let before = store::strength(tx, session).await?.unwrap_or_default();
    let most = match (passkeys::count(tx, account.id).await?, account.has_second_factor()) {
        (0, true) => Strength::SecondFactor,
        (0, false) => Strength::Password,
        _ => Strength::Passkey,
    };
    Ok(before.min(most))
}

/// A question for a passkey of the person who asks, as a proof in this session.
pub(super) async fn proof_question(app: &App, ctx: &Ctx) -> crate::Result<Option<Asked>> {
    let mut tx = app.begin(ctx, "login.passkey_question").await?;
    throttle::of_place(app, &mut tx, ctx, throttle::QUESTION).await?;
    let (account, session) = own::enrolling(&mut tx, ctx).await?;
    let asked = passkeys::ask(app, &mut tx, ctx, account.id, (Purpose::Proof, session.as_i64())).await?;
    tx.commit().await?;
    Ok(asked)
}

/// After a change of credentials: every session ends, the person is told, and a new session begins here.
async fn changed(
    app: &App,
    tx: &mut Tx,
    ctx: &Ctx,
    account: Account,
    (device, strength): (&Device, Strength),
    words: &str,
) -> crate::Result<String> {
    let epoch = accounts::next_epoch(tx, account.id).await?;
    mail::changed(app, tx, ctx, &account, words).await?;
    enter(app, tx, ctx, &account.at_epoch(epoch), device, (strength, "login.renewed")).await
}

const fn over() -> Error {
    Error::NotFound("sign-in that waits for a second factor")
}
