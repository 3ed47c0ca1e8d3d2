//! Sending somebody to the provider (OpenID Connect Core 1.0 §3.1.2.1, RFC 7636).
//!
//! Promise: `state`, `nonce` and verifier are drawn anew each time and kept sealed; the sign-in is bound to the browser by a
//! cookie of 256 random bits. Limit: the browser shows the address of the provider, with our name there and the scopes.

use super::refusal::Refusal;
use super::seals::{self, Waiting};
use super::store::{self, Attempt, Purpose};
use super::{CALLBACK, LASTS, fetch, load};
use crate::App;
use crate::login::throttle;
use waxwing_crypto::{SecretPurpose, SecretToken};
use waxwing_domain::{AccountId, Action, Actor, Ctx, SessionId};
use waxwing_oidc::{Challenge, Provider, Verifier};

/// A sign-in that was begun.
pub(super) struct Begun {
    /// What the provider is called.
    pub(super) name: String,
    /// Where the browser goes.
    pub(super) address: String,
    /// What its cookie says.
    pub(super) browser: String,
}

/// Begins a sign-in at the provider of the asker's workspace. `browser` is the cookie that came, which is kept if it
/// is one of ours, so that two tabs can sign in at a time.
///
/// # Errors
/// [`Error::TooMany`](crate::Error::TooMany) where this place asks too often.
pub(super) async fn begin(
    app: &App,
    ctx: &Ctx,
    (purpose, next): (Purpose, &str),
    browser: &str,
) -> crate::Result<Result<Begun, Refusal>> {
    ctx.authorise(if purpose == Purpose::SignIn { Action::Public } else { Action::Enrol })?;
    let mut tx = app.begin(ctx, "login.sso_begin").await?;
    throttle::of_place(app, &mut tx, ctx, throttle::QUESTION).await?;
    let config = load(&mut tx).await?.filter(|config| config.enabled);
    tx.commit().await?;
    let Some(config) = config else { return Ok(Err(Refusal::Changed)) };
    let provider = match fetch::provider(app, &config.issuer, ctx.now()).await {
        Ok(provider) => provider,
        Err(refusal) => return Ok(Err(refusal)),
    };
    let browser = SecretToken::parse(SecretPurpose::SsoBrowser, browser)
        .unwrap_or_else(|_| SecretToken::random(SecretPurpose::SsoBrowser, &*ctx.rng));
    let (state, verifier) = (SecretToken::random(SecretPurpose::SsoState, &*ctx.rng), Verifier::random(&*ctx.rng));
    let nonce = Verifier::random(&*ctx.rng);
    let waiting = Waiting {
        verifier: verifier.as_str().to_owned(),
        nonce: nonce.as_str().to_owned(),
        issuer: config.issuer,
        client_id: config.client_id,
        next: next.to_owned(),
    };
    keep(app, ctx, purpose, (&state, &browser), &waiting).await?;
    let question = Question { state: &state.text(), challenge: &verifier.challenge(), scopes: &config.scopes };
    let address = address(app, &provider, &waiting, (purpose, &question));
    Ok(Ok(Begun { name: config.name, address, browser: browser.text() }))
}

async fn keep(
    app: &App,
    ctx: &Ctx,
    purpose: Purpose,
    (state, browser): (&SecretToken, &SecretToken),
    waiting: &Waiting,
) -> crate::Result<()> {
    let id = ctx.new_id();
    let (account, session) = match (purpose, ctx.actor) {
        (Purpose::Link | Purpose::Proof, Actor::Account(account, session)) => (account, session),
        _ => (AccountId::from_i64(0), SessionId::from_i64(0)),
    };
    let attempt = Attempt {
        id,
        browser: browser.hash().to_vec(),
        purpose,
        account,
        session,
        sealed: seals::seal_waiting(app, ctx.workspace, id, waiting)?,
        created_at: ctx.now(),
        expires_at: ctx.now().plus(LASTS),
    };
    let mut tx = app.begin(ctx, "login.sso_begun").await?;
    store::put_attempt(&mut tx, state.hash(), &attempt).await?;
    Ok(tx.commit().await?)
}

struct Question<'a> {
    state: &'a str,
    challenge: &'a Challenge,
    scopes: &'a str,
}

/// Where the provider sends people back to: exactly this, always.
pub(super) fn redirect(app: &App) -> String {
    format!("{}{CALLBACK}", app.config().public_url)
}

fn address(app: &App, provider: &Provider, waiting: &Waiting, (purpose, ask): (Purpose, &Question<'_>)) -> String {
    let mut url = provider.authorization_endpoint.clone();
    {
        let mut query = url.query_pairs_mut();
        query.append_pair("response_type", "code").append_pair("client_id", &waiting.client_id);
        query.append_pair("redirect_uri", &redirect(app)).append_pair("scope", ask.scopes);
        query.append_pair("state", ask.state).append_pair("nonce", &waiting.nonce);
        query.append_pair("code_challenge", ask.challenge.as_str()).append_pair("code_challenge_method", "S256");
        if purpose == Purpose::Proof {
            // Both, for some providers heed the one and some the other; `auth_time` is what counts.
            query.append_pair("prompt", "login").append_pair("max_age", "0");
        }
    }
    url.into()
}
