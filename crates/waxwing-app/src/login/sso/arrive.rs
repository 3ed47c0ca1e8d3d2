//! What the provider sent back with the browser (OpenID Connect Core 1.0 §3.1.2.5, RFC 9207).
//!
//! Promise: an answer is used up before anything else is done with it; the browser, the provider and the code are judged in
//! that order, and what is refused is on the record with its reason. This GET changes something: it is proven by `state`
//! and by the cookie of the browser that began it, and works once. Limit: userinfo is never asked; what the signed token
//! does not say is not known.

use super::begin::redirect;
use super::refusal::Refusal;
use super::seals::{self, Waiting};
use super::store::{self, Attempt, Purpose};
use super::{Config, enter, fetch, link, load, prove};
use crate::App;
use crate::login::device::Device;
use crate::login::{Outcome, risk, throttle};
use crate::signals;
use serde::Deserialize;
use serde_json::json;
use waxwing_crypto::{SecretPurpose, SecretToken};
use waxwing_domain::{Action, Ctx, Micros, Operation};
use waxwing_oidc::{Claims, Expected};
use waxwing_store::Entry;

/// The longest code that is passed on, in bytes.
const LONGEST_CODE: usize = 4_096;

/// The answer in the address (RFC 6749 §4.1.2).
#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct Answer {
    pub(super) code: String,
    pub(super) state: String,
    /// Which provider answers, if it says so.
    pub(super) iss: Option<String>,
    /// Present where the provider refused.
    pub(super) error: Option<String>,
}

/// What came of it.
pub(super) enum Arrived {
    /// Signed in, or a second factor is asked for; and where to afterwards.
    In(Outcome, String),
    /// The account is linked.
    Linked,
    /// The session rose; its new token.
    Proved(String),
}

/// A person whom the provider vouches for, in one sign-in.
pub(super) struct Vouched {
    pub(super) config: Config,
    pub(super) claims: Claims,
    pub(super) attempt: Attempt,
}

/// Takes an answer. `browser` is what the cookie of the browser says.
pub(super) async fn arrive(
    app: &App,
    ctx: &Ctx,
    (answer, browser): (&Answer, &str),
    device: &Device,
) -> crate::Result<Result<Arrived, Refusal>> {
    ctx.authorise(Action::Public)?;
    let state = SecretToken::parse(SecretPurpose::SsoState, &answer.state).ok();
    let ctx = &at_home(app, ctx, state.as_ref()).await?;
    let done = match vouched(app, ctx, (answer, browser), state.as_ref()).await? {
        Ok((vouched, next)) => act(app, ctx, vouched, next, device).await?,
        Err(refusal) => Err(refusal),
    };
    if let Err(refusal) = &done {
        note(app, ctx, *refusal).await?;
    }
    Ok(done)
}

async fn act(
    app: &App,
    ctx: &Ctx,
    vouched: Vouched,
    next: String,
    device: &Device,
) -> crate::Result<Result<Arrived, Refusal>> {
    Ok(match vouched.attempt.purpose {
        Purpose::SignIn => enter::enter(app, ctx, &vouched, device).await?.map(|outcome| Arrived::In(outcome, next)),
        Purpose::Link => link::link(app, ctx, &vouched).await?.map(|()| Arrived::Linked),
        Purpose::Proof => prove::prove(app, ctx, &vouched).await?.map(Arrived::Proved),
    })
}

/// The asker in the workspace of the sign-in; as they came where there is none.
async fn at_home(app: &App, ctx: &Ctx, state: Option<&SecretToken>) -> crate::Result<Ctx> {
    let Some(state) = state else { return Ok(ctx.clone()) };
    let mut tx = app.store().read_unbound("login.sso_of").await?;
    let found = store::attempt_of(&mut tx, state.hash()).await?;
    Ok(found.map_or_else(|| ctx.clone(), |workspace| ctx.found_in(workspace)))
}

async fn vouched(
    app: &App,
    ctx: &Ctx,
    (answer, browser): (&Answer, &str),
    state: Option<&SecretToken>,
) -> crate::Result<Result<(Vouched, String), Refusal>> {
    let mut tx = app.begin(ctx, "login.sso_taken").await?;
    throttle::of_place(app, &mut tx, ctx, throttle::QUESTION).await?;
    let attempt = match state {
        Some(state) => store::take_attempt(&mut tx, state.hash()).await?,
        None => None,
    };
    let config = load(&mut tx).await?.filter(|config| config.enabled);
    tx.commit().await?;
    let Some(attempt) = attempt.filter(|attempt| ctx.now() < attempt.expires_at) else {
        return Ok(Err(Refusal::State));
    };
    if !is_of(&attempt, browser) {
        return Ok(Err(Refusal::Browser));
    }
    let waiting = seals::open_waiting(app, ctx.workspace, attempt.id, &attempt.sealed)?;
    let same = |config: &Config| config.issuer == waiting.issuer && config.client_id == waiting.client_id;
    let Some(config) = config.filter(same) else { return Ok(Err(Refusal::Changed)) };
    let claims = match claims(app, ctx, (&config, &waiting), answer).await? {
        Ok(claims) => claims,
        Err(refusal) => return Ok(Err(refusal)),
    };
    Ok(Ok((Vouched { config, claims, attempt }, waiting.next)))
}

/// Whether the browser is the one that began it.
fn is_of(attempt: &Attempt, browser: &str) -> bool {
    let token = SecretToken::parse(SecretPurpose::SsoBrowser, browser);
    token.is_ok_and(|token| token.hash()[..] == attempt.browser[..])
}

async fn claims(
    app: &App,
    ctx: &Ctx,
    (config, waiting): (&Config, &Waiting),
    answer: &Answer,
) -> crate::Result<Result<Claims, Refusal>> {
    let secret = config.secret(app, ctx.workspace)?;
    Ok(asked(app, ctx, (config, waiting, &secret), answer).await)
}

/// Everything that involves the provider; no transaction is open meanwhile.
async fn asked(
    app: &App,
    ctx: &Ctx,
    (config, waiting, secret): (&Config, &Waiting, &str),
    answer: &Answer,
) -> Result<Claims, Refusal> {
    let now = ctx.now();
    let provider = fetch::provider(app, &config.issuer, now).await?;
    // Before the code goes anywhere: it might be another provider's, for whom ours must not learn it, or the other way.
    match answer.iss.as_deref() {
        Some(iss) if iss != config.issuer => return Err(Refusal::Issuer),
        None if provider.names_itself => return Err(Refusal::Issuer),
        _ => {}
    }
    if answer.error.is_some() {
        return Err(Refusal::Provider);
    }
    if answer.code.is_empty() || answer.code.len() > LONGEST_CODE {
        return Err(Refusal::Code);
    }
    let redirect = redirect(app);
    let with = fetch::Exchange { code: &answer.code, verifier: &waiting.verifier, redirect: &redirect, secret };
    let token = fetch::exchange(app, config, &provider, &with).await?;
    let expected = Expected {
        issuer: &config.issuer,
        client: &config.client_id,
        nonce: &waiting.nonce,
        groups: &config.groups_claim,
        now: now.as_i64() / Micros::SECOND,
    };
    fetch::judge(app, &token, &expected, now).await
}

/// Writes down that an answer was refused, and why.
async fn note(app: &App, ctx: &Ctx, refusal: Refusal) -> crate::Result<()> {
    let mut tx = app.begin(ctx, "login.refuse").await?;
    let entry = Entry::new(Operation::Login, "login.sso_refused");
    tx.record(app.store(), ctx, entry.detail(json!({ "reason": refusal.as_str() }))).await?;
    let detail = json!({ "reason": refusal.as_str(), "from": risk::origin(app, ctx) });
    signals::note_address(app, &mut tx, ctx, "login.sso_refused", 1, detail).await?;
    Ok(tx.commit().await?)
}
