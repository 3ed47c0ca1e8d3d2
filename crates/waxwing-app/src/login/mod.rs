//! Signing in, one-time links, and a person's own account.
//!
//! Promise: known and unknown people get the same answer for the same work; every attempt is throttled, recorded and noted;
//! what could do most harm asks for a proof of the last five minutes.
//! States: visitor → password right (step) → signed in (session); a step that nobody passes is told to its person.
//! Tables: `sessions`, `login_steps`, `login_devices`, `login_throttles`, and those of `risk` and `sso`.
//! Jobs: `login.unfinished`, `login.sweep`.
//! Events: record `login.*`; signals of the same names. Limit: who holds password and second factor is the person.

mod account_pages;
pub mod contain;
pub mod device;
mod door;
mod finding;
mod jobs;
mod links;
mod own;
mod pages;
mod pages_sign_ins;
mod passkey;
mod passkey_pages;
pub mod policy;
mod policy_pages;
mod proof;
mod prove_pages;
mod recovery;
mod risk;
mod second;
pub mod session;
mod sign_ins;
pub mod sso;
mod store;
mod store_contain;
#[cfg(test)]
pub(crate) mod tests;
mod throttle;

pub use device::Device;
pub use finding::{Finder, Found};
pub use links::{reset, welcome};
pub use own::{end_sessions, step_up};
pub use second::second;
pub use session::Session;

use crate::accounts::{self, Account, Located, password};
use crate::{App, Error, signals};
use http::Method;
use second::By;
use serde_json::{Value, json};
use waxwing_detect::login::Assessment;
use waxwing_domain::{AccountId, Action, Actor, Ctx, EmailAddress, Operation, Strength};
use waxwing_http::{Limit, PROVE_PATH, Routes, api};
use waxwing_store::{Entry, JobRegistry, Tx};

/// The routes of this feature.
pub(crate) fn routes() -> Routes<App> {
    let own = Action::OwnAccount;
    let routes = Routes::new()
        .public(Method::GET, "/sign-in", pages::sign_in)
        .public(Method::POST, "/sign-in", pages::attempt)
        .public(Method::GET, "/sign-in/second", pages::ask_second)
        .public(Method::POST, "/sign-in/second", pages::second)
        .public(Method::POST, "/sign-in/passkey/question", passkey_pages::question)
        .public(Method::POST, "/sign-in/passkey", passkey_pages::attempt)
        .public(Method::POST, "/sign-in/second/question", passkey_pages::second_question)
        .public(Method::POST, "/sign-in/second/passkey", passkey_pages::second)
        .public(Method::GET, "/welcome/{token}", pages::welcome)
        .public(Method::POST, "/welcome/{token}", pages::join)
        .public(Method::GET, "/reset", pages::forgot)
        .public(Method::POST, "/reset", pages::send_reset)
        .public(Method::GET, "/reset/{token}", pages::reset)
        .public(Method::POST, "/reset/{token}", pages::choose)
        .public(Method::GET, "/recovery/{token}", recovery::show)
        .public(Method::POST, "/recovery/{token}", recovery::choose)
        .public(Method::GET, "/recovery/stop/{token}", recovery::ask_to_stop)
        .public(Method::POST, "/recovery/stop/{token}", recovery::stop)
        .page(Method::POST, "/sign-out", Action::Enrol, pages::sign_out)
        .page(Method::GET, PROVE_PATH, Action::Enrol, prove_pages::ask)
        .page(Method::POST, PROVE_PATH, Action::Enrol, prove_pages::go_on)
        .page(Method::GET, "/account/enrol", Action::Enrol, policy_pages::enrol)
        .page(Method::POST, "/account/enrol", Action::Enrol, policy_pages::enrolled)
        .page(Method::POST, "/account/enrol/question", Action::Enrol, policy_pages::enrol_question)
        .page(Method::GET, "/settings/sign-in", Action::SettingsRead, policy_pages::show)
        .page(Method::POST, "/settings/sign-in", Action::AccountsWrite, policy_pages::save)
        .page(Method::GET, "/settings/people/{id}/sign-ins", Action::AlertsJudge, pages_sign_ins::show)
        .page(Method::GET, "/account", own, account_pages::show)
        .page(Method::POST, "/account/name", own, account_pages::rename)
        .page(Method::POST, "/account/password", own, account_pages::change_password)
        .page(Method::POST, "/account/second-factor", Action::Enrol, account_pages::begin_second)
        .page(Method::POST, "/account/second-factor/confirm", Action::Enrol, account_pages::confirm_second)
        .page(Method::POST, "/account/second-factor/off", own, account_pages::disable_second)
        .page(Method::POST, "/account/recovery-codes", own, account_pages::renew_codes)
        .page(Method::GET, "/account/passkeys", own, passkey_pages::index)
        .page(Method::POST, "/account/passkeys/new", Action::OwnCredentials, passkey_pages::begin)
        .page(Method::POST, "/account/passkeys", Action::OwnCredentials, passkey_pages::add)
        .page(Method::POST, "/account/passkeys/{id}/remove", own, passkey_pages::remove)
        .page(Method::POST, "/account/sessions/{id}/end", own, account_pages::end_session)
        .page(Method::POST, "/account/sessions/end", own, account_pages::end_everywhere);
    let routes = api!(routes, Action::SettingsRead, policy_pages::read);
    sso::routes(api!(routes, Action::AccountsWrite, policy_pages::write))
}

/// The jobs of this feature.
pub(crate) fn jobs(registry: &mut JobRegistry, app: &App) {
    jobs::register(registry, app);
}

/// How an attempt ended.
pub enum Outcome {
    /// Signed in; the token is for the browser's cookie.
    In(String),
    /// The password is right; the second factor is asked for with this token.
    Second(String),
    /// Not right. Why is nobody's business.
    Refused,
}

/// What somebody typed to say who they are.
#[derive(Clone, Copy)]
pub struct Typed<'a> {
    /// The address.
    pub email: &'a str,
    /// The word of the workspace; empty where nothing was typed.
    pub workspace: &'a str,
}

impl<'a> From<&'a str> for Typed<'a> {
    fn from(email: &'a str) -> Self {
        Self { email, workspace: "" }
    }
}

/// Tries an address and a password.
///
/// The same throttles, statements and one hash for every address; who is unknown is refused like
/// who is known. The transaction is closed while the hash is computed.
///
/// # Errors
/// [`Error::TooMany`] when throttled, known or not.
pub async fn attempt<'a>(
    app: &App,
    ctx: &Ctx,
    typed: impl Into<Typed<'a>>,
    text: String,
    device: &Device,
) -> crate::Result<Outcome> {
    ctx.authorise(Action::Public)?;
    let typed = typed.into();
    // What is no address belongs to nobody, and costs the same.
    let email = EmailAddress::parse(typed.email).or_else(|_| EmailAddress::parse("nobody@unknown.invalid"));
    let email = email.map_err(|e| Error::invalid("email", e))?;
    let located = admit(app, ctx, &email, typed.workspace).await?;
    let (ctx, account) = (&ctx.found_in(located.workspace), located.account);
    let stored = account.as_ref().and_then(|a| a.password_hash().cloned());
    if !password::verify(text.clone(), stored.clone()).await? {
        refuse(app, ctx, account.map(|a| a.id), &email).await?;
        return Ok(Outcome::Refused);
    }
    let Some(account) = account else { return Ok(Outcome::Refused) };
    let renewed = renew(ctx, stored.as_deref(), text).await?;
    let mut tx = app.begin(ctx, "login.attempt").await?;
    if let Some((new, old)) = renewed {
        accounts::rehash(&mut tx, account.id, &new, &old).await?;
    }
    let risk = risk::assess(app, &mut tx, ctx, &account, device).await?;
    risk::note(app, &mut tx, ctx, &account, &risk).await?;
    let outcome = if let Some(by) = more(&mut tx, &account, &risk).await? {
        second::ask(app, &mut tx, ctx, &account, (by, false)).await?
    } else {
        throttle::right(app, &mut tx, ctx, &email).await?;
        Outcome::In(enter(app, &mut tx, ctx, &account, device, (Strength::Password, "login.signed_in")).await?)
    };
    tx.commit().await?;
    Ok(outcome)
}

/// Whether a password alone is less than this person has.
async fn has_more(tx: &mut Tx, account: &Account) -> crate::Result<bool> {
    Ok(account.has_second_factor() || accounts::passkeys::count(tx, account.id).await? > 0)
}

/// What is asked for beside the password: what the person has, and where it is strange, a code by mail of who
/// has nothing.
async fn more(tx: &mut Tx, account: &Account, risk: &Assessment) -> crate::Result<Option<By>> {
    if has_more(tx, account).await? {
        return Ok(Some(By::Factor));
    }
    let asks = risk.is_strange() && risk::code::can_leave(tx).await?;
    Ok(asks.then_some(By::Mail))
}

/// Counts the attempt, durably, before anything is tried; gives the account if it can sign in.
async fn admit(app: &App, ctx: &Ctx, email: &EmailAddress, workspace: &str) -> crate::Result<Located> {
    let mut tx = app.begin(ctx, "login.admit").await?;
    let admitted = throttle::guess(app, &mut tx, ctx, email).await;
    let located = accounts::locate(app, &mut tx, email, workspace).await?;
    tx.commit().await?;
    if let Err(error) = admitted {
        note_throttled(app, ctx, "login.throttled").await?;
        return Err(error);
    }
    Ok(located)
}

/// Asks for a reset link by mail: throttled, and the same work for every address.
async fn ask_for_reset(app: &App, ctx: &Ctx, email: &EmailAddress, workspace: &str) -> crate::Result<()> {
    let mut tx = app.begin(ctx, "login.locate_reset").await?;
    throttle::reset(app, &mut tx, ctx, email).await?;
    let located = accounts::locate(app, &mut tx, email, workspace).await?;
    tx.commit().await?;
    let ctx = ctx.found_in(located.workspace);
    let mut tx = app.begin(&ctx, "login.request_reset").await?;
    accounts::request_reset(app, &mut tx, &ctx, located.account.map(|account| account.id)).await?;
    Ok(tx.commit().await?)
}

/// A new hash of a right password whose stored one was made with costs of another day.
async fn renew(ctx: &Ctx, stored: Option<&str>, text: String) -> crate::Result<Option<(String, String)>> {
    let Some(old) = stored.filter(|hash| waxwing_crypto::password::needs_rehash(hash)) else { return Ok(None) };
    Ok(Some((password::hash(text, ctx.rng.clone()).await?, old.to_owned())))
}

/// Begins a session in this transaction and writes down who came in from where; gives its token. One that goes on for
/// a session of the same person is by the identity provider if that one was.
async fn enter(
    app: &App,
    tx: &mut Tx,
    ctx: &Ctx,
    account: &Account,
    device: &Device,
    (strength, what): (Strength, &'static str),
) -> crate::Result<String> {
    let by_sso = match ctx.actor {
        Actor::Account(_, session) => store::is_by_sso(tx, session, account.id).await?,
        _ => false,
    };
    enter_by(app, tx, ctx, account, device, (strength, by_sso, what)).await
}

/// The same, saying whether the identity provider begins it.
async fn enter_by(
    app: &App,
    tx: &mut Tx,
    ctx: &Ctx,
    account: &Account,
    device: &Device,
    (strength, by_sso, what): (Strength, bool, &'static str),
) -> crate::Result<String> {
    risk::remember(app, tx, ctx, account.id, device).await?;
    let (session, token) = session::begin(app, tx, ctx, account, (strength, by_sso), device).await?;
    let ctx =
        Ctx { actor: Actor::Account(account.id, session), origin: Actor::Account(account.id, session), ..ctx.clone() };
    let entry = Entry::new(Operation::Login, what).on("account", account.id.as_i64());
    tx.record(app.store(), &ctx, entry.detail(json!({ "browser": device.browser, "by": strength.as_str() }))).await?;
    device::arrive(app, tx, &ctx, account, device).await?;
    let detail = json!({ "account": account.id, "session": session, "from": risk::origin(app, &ctx) });
    signals::note_address(app, tx, &ctx, what, 1, detail).await?;
    Ok(token)
}

/// Writes down that a password was wrong; the same rows whether the account is known or not.
async fn refuse(app: &App, ctx: &Ctx, account: Option<AccountId>, email: &EmailAddress) -> crate::Result<()> {
    let mut tx = app.begin(ctx, "login.refuse").await?;
    let detail = json!({ "typed": risk::typed(app, email) });
    refused_with(app, &mut tx, ctx, (account, detail), "login.refused").await?;
    Ok(tx.commit().await?)
}

async fn note_refusal(
    app: &App,
    tx: &mut Tx,
    ctx: &Ctx,
    account: Option<AccountId>,
    what: &'static str,
) -> crate::Result<()> {
    refused_with(app, tx, ctx, (account, json!({})), what).await
}

/// The same with more detail for the signal.
async fn refused_with(
    app: &App,
    tx: &mut Tx,
    ctx: &Ctx,
    (account, mut detail): (Option<AccountId>, Value),
    what: &'static str,
) -> crate::Result<()> {
    let entry = Entry::new(Operation::Login, what).on("account", account.map_or(0, AccountId::as_i64));
    tx.record(app.store(), ctx, entry).await?;
    detail["account"] = json!(account);
    detail["from"] = risk::origin(app, ctx);
    signals::note_address(app, tx, ctx, what, 1, detail).await
}

/// A flood of throttled attempts is worth a line a minute from each place, not a row each.
async fn note_throttled(app: &App, ctx: &Ctx, what: &'static str) -> crate::Result<()> {
    let place = ctx.address.map(|a| a.to_string()).unwrap_or_default();
    if app.limiter().take(Limit::per_minute("login.throttled.noted", 1), place.as_bytes(), ctx.now()).is_err() {
        return Ok(());
    }
    let mut tx = app.begin(ctx, "login.refuse").await?;
    note_refusal(app, &mut tx, ctx, None, what).await?;
    Ok(tx.commit().await?)
}

/// Ends the session of a token, if there is one; for signing out, and so that no session survives
/// a new sign-in in the same browser.
pub async fn end(app: &App, ctx: &Ctx, text: &str, what: &'static str) -> crate::Result<()> {
    let ctx = &finding::by_session(app, ctx, text).await?;
    let mut tx = app.begin(ctx, "login.end").await?;
    if let Some((session, account, _)) = session::find(&mut tx, text, ctx.now()).await? {
        store::end(&mut tx, session.id, ctx.now()).await?;
        tx.record(app.store(), ctx, Entry::new(Operation::Login, what).on("account", account.id.as_i64())).await?;
        signals::note_address(app, &mut tx, ctx, what, 1, json!({ "session": session.id })).await?;
    }
    Ok(tx.commit().await?)
}
