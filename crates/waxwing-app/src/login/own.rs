//! What a signed-in person does with their own account.
//!
//! Promise: whoever only holds the session cannot take the account: password and second factor
//! change only with the password again; each change ends every session and begins a new one here.

use super::device::Device;
use super::session::{self, Session};
use super::{enter, links, note_refusal, policy, store, throttle};
use crate::accounts::{self, Account, mail, passkeys, password, second_factor};
use crate::{App, Error, settings, signals};
use serde_json::json;
use waxwing_crypto::password::FEWEST_ALONE;
use waxwing_crypto::totp::TotpSeed;
use waxwing_domain::{AccountId, Action, Actor, Ctx, Operation, SessionId, Strength};
use waxwing_store::{Entry, Tx};

/// The account of the person who asks, and the session they ask with.
pub(super) async fn account(tx: &mut Tx, ctx: &Ctx) -> crate::Result<(Account, SessionId)> {
    ctx.authorise(Action::OwnAccount)?;
    enrolling(tx, ctx).await
}

/// The same for who may have less than the workspace asks for, and sets up what is missing.
pub(super) async fn enrolling(tx: &mut Tx, ctx: &Ctx) -> crate::Result<(Account, SessionId)> {
    ctx.authorise(Action::Enrol)?;
    let Actor::Account(id, session) = ctx.actor else { return Err(Error::NotFound("account")) };
    let account = accounts::by_id(tx, id).await?.ok_or(Error::NotFound("account"))?;
    Ok((account, session))
}

/// Goes on only with the right password of the person who asks. Throttled and recorded like a sign-in.
async fn prove_password(app: &App, ctx: &Ctx, text: String) -> crate::Result<Account> {
    let mut tx = app.begin(ctx, "login.prove").await?;
    let (account, _) = enrolling(&mut tx, ctx).await?;
    throttle::of_account(app, &mut tx, ctx, throttle::OWN, account.id).await?;
    tx.commit().await?;
    if password::verify(text, account.password_hash().cloned()).await? {
        return Ok(account);
    }
    let mut tx = app.begin(ctx, "login.refuse").await?;
    note_refusal(app, &mut tx, ctx, Some(account.id), "login.own_password_refused").await?;
    tx.commit().await?;
    Err(Error::invalid("current", "This is not your password."))
}

/// Changes the password; gives the token of a new session, the old ones are over.
pub(super) async fn change_password(
    app: &App,
    ctx: &Ctx,
    current: String,
    new: String,
    device: &Device,
) -> crate::Result<String> {
    let account = prove_password(app, ctx, current).await?;
    let mut tx = app.read(ctx, "login.about").await?;
    let about = links::about(app, ctx.workspace, &account, &settings::load(&mut tx).await?.organisation)?;
    let fewest = policy::fewest_characters(&mut tx, &account).await?;
    drop(tx);
    password::check(new.clone(), about, fewest).await?;
    let hash = password::hash(new, ctx.rng.clone()).await?;
    let mut tx = app.begin(ctx, "login.change_password").await?;
    let (_, session) = self::account(&mut tx, ctx).await?;
    let before = store::strength(&mut tx, session).await?.unwrap_or_default();
    let epoch = accounts::set_password(app, &mut tx, ctx, account.id, &hash, "login.change_password").await?;
    mail::changed(app, &mut tx, ctx, &account, "Your password was changed.").await?;
    let token = enter(app, &mut tx, ctx, &account.at_epoch(epoch), device, (before, "login.renewed")).await?;
    tx.commit().await?;
    Ok(token)
}

/// Draws a seed for an authenticator app.
pub(super) async fn begin_second(app: &App, ctx: &Ctx, current: String) -> crate::Result<TotpSeed> {
    let account = prove_password(app, ctx, current).await?;
    let mut tx = app.begin(ctx, "login.begin_second").await?;
    let seed = second_factor::begin(app, &mut tx, ctx, &account).await?;
    tx.commit().await?;
    Ok(seed)
}

/// Turns the second factor on; gives the recovery codes and the token of a new session.
pub(super) async fn confirm_second(
    app: &App,
    ctx: &Ctx,
    code: &str,
    device: &Device,
) -> crate::Result<(Vec<String>, String)> {
    count_code(app, ctx).await?;
    let mut tx = app.begin(ctx, "login.confirm_second").await?;
    let (account, session) = enrolling(&mut tx, ctx).await?;
    let before = store::strength(&mut tx, session).await?.unwrap_or_default();
    let (epoch, codes) = second_factor::confirm(app, &mut tx, ctx, &account, code).await?;
    mail::changed(app, &mut tx, ctx, &account, "A second factor was turned on for your account.").await?;
    let how = (before.max(Strength::SecondFactor), "login.renewed");
    let token = enter(app, &mut tx, ctx, &account.at_epoch(epoch), device, how).await?;
    tx.commit().await?;
    Ok((codes, token))
}

/// Turns the second factor off, with password and code; gives the token of a new session.
pub(super) async fn disable_second(
    app: &App,
    ctx: &Ctx,
    current: String,
    code: &str,
    device: &Device,
) -> crate::Result<String> {
    let length = current.chars().count();
    let account = prove_password(app, ctx, current).await?;
    count_code(app, ctx).await?;
    let mut tx = app.begin(ctx, "login.disable_second").await?;
    can_stand_alone(&mut tx, &account, length).await?;
    prove_code(app, &mut tx, ctx, &account, code).await?;
    let (_, session) = self::account(&mut tx, ctx).await?;
    let before = store::strength(&mut tx, session).await?.unwrap_or_default();
    let epoch = second_factor::disable(app, &mut tx, ctx, &account).await?;
    mail::changed(app, &mut tx, ctx, &account, "The second factor of your account was turned off.").await?;
    let rests_on = if before == Strength::Passkey { before } else { Strength::Password };
    let token = enter(app, &mut tx, ctx, &account.at_epoch(epoch), device, (rests_on, "login.renewed")).await?;
    tx.commit().await?;
    Ok(token)
}

/// Whoever has no passkey either goes on with a password that is long enough for that.
async fn can_stand_alone(tx: &mut Tx, account: &Account, length: usize) -> crate::Result<()> {
    if length >= FEWEST_ALONE || passkeys::count(tx, account.id).await? > 0 {
        return Ok(());
    }
    let words =
        format!("This password is too short to stand alone. First change it to {FEWEST_ALONE} characters or more.");
    Err(Error::invalid("current", words))
}

/// Ten fresh recovery codes, for a right code and a fresh proof (ASVS 5.0, 7.5.1).
pub(super) async fn renew_codes(app: &App, ctx: &Ctx, code: &str) -> crate::Result<Vec<String>> {
    ctx.authorise(Action::OwnCredentials)?;
    count_code(app, ctx).await?;
    let mut tx = app.begin(ctx, "login.renew_codes").await?;
    let (account, _) = account(&mut tx, ctx).await?;
    prove_code(app, &mut tx, ctx, &account, code).await?;
    let codes = second_factor::renew_codes(app, &mut tx, ctx, &account).await?;
    mail::changed(app, &mut tx, ctx, &account, "New recovery codes were made for your account.").await?;
    tx.commit().await?;
    Ok(codes)
}

/// Counts a try of a code in a transaction of its own: after a wrong code the other is not committed.
async fn count_code(app: &App, ctx: &Ctx) -> crate::Result<()> {
    let mut tx = app.begin(ctx, "login.count_code").await?;
    let (account, _) = enrolling(&mut tx, ctx).await?;
    throttle::of_account(app, &mut tx, ctx, throttle::SECOND, account.id).await?;
    Ok(tx.commit().await?)
}

async fn prove_code(app: &App, tx: &mut Tx, ctx: &Ctx, account: &Account, code: &str) -> crate::Result<()> {
    let proof = second_factor::prove(app, tx, ctx, account, code).await?;
    proof.map(drop).ok_or_else(second_factor::wrong_code)
}

/// The sessions of the person who asks, and from where each was begun.
pub(super) async fn devices(app: &App, tx: &mut Tx, ctx: &Ctx, own: &Account) -> crate::Result<Vec<(Session, Device)>> {
    let (now, policy) = (ctx.now(), policy::load(tx).await?);
    let rows = store::sessions(tx, own.id, own.epoch, (now, now.plus(-policy.idle()))).await?;
    let open = |row: Session| session::device(app, ctx.workspace, &row).map(|device| (row, device));
    rows.into_iter().map(open).collect()
}

/// Ends one of the person's own sessions, after a fresh proof (ASVS 5.0, 7.5.2): whoever took a cookie
/// must not be able to throw its person out.
pub(super) async fn end_session(app: &App, ctx: &Ctx, id: SessionId) -> crate::Result<()> {
    ctx.authorise(Action::OwnCredentials)?;
    let mut tx = app.begin(ctx, "login.end_session").await?;
    let (account, _) = account(&mut tx, ctx).await?;
    if !store::end_of(&mut tx, id, account.id, ctx.now()).await? {
        return Err(Error::NotFound("session"));
    }
    ended(app, &mut tx, ctx, account.id, 1).await?;
    Ok(tx.commit().await?)
}

/// Ends all of the person's sessions, this one too; asks for a fresh proof like [`end_session`].
pub(super) async fn end_everywhere(app: &App, ctx: &Ctx) -> crate::Result<()> {
    ctx.authorise(Action::OwnCredentials)?;
    let mut tx = app.begin(ctx, "login.end_everywhere").await?;
    let (account, _) = account(&mut tx, ctx).await?;
    let count = store::end_all(&mut tx, account.id, ctx.now()).await?;
    ended(app, &mut tx, ctx, account.id, i64::try_from(count).unwrap_or(i64::MAX)).await?;
    Ok(tx.commit().await?)
}

/// Ends all sessions of somebody, in the caller's transaction: they must prove anew who they are. For
/// features that act by themselves; a person's own wish is [`end_everywhere`].
pub async fn end_sessions(app: &App, tx: &mut Tx, ctx: &Ctx, account: AccountId) -> crate::Result<()> {
    let count = store::end_all(tx, account, ctx.now()).await?;
    ended(app, tx, ctx, account, i64::try_from(count).unwrap_or(i64::MAX)).await
}

/// Asks all living sessions of somebody for a proof before anything else, in the caller's transaction; what they were
/// doing goes on after it. For features that act by themselves.
pub async fn step_up(app: &App, tx: &mut Tx, ctx: &Ctx, account: AccountId) -> crate::Result<()> {
    let count = i64::try_from(store::step_up(tx, account, ctx.now()).await?).unwrap_or(i64::MAX);
    let entry = Entry::new(Operation::Login, "login.stepped_up").on("account", account.as_i64());
    tx.record(app.store(), ctx, entry.detail(json!({ "sessions": count }))).await?;
    signals::note_address(app, tx, ctx, "login.stepped_up", count, json!({})).await
}

async fn ended(app: &App, tx: &mut Tx, ctx: &Ctx, account: AccountId, count: i64) -> crate::Result<()> {
    let entry = Entry::new(Operation::Login, "login.sessions_ended").on("account", account.as_i64());
    tx.record(app.store(), ctx, entry.detail(json!({ "sessions": count }))).await?;
    signals::note_address(app, tx, ctx, "login.sessions_ended", count, json!({})).await
}
