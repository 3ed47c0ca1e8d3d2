//! Asking the provider: its description, its keys, and the token for a code.
//!
//! Promise: every request goes through the one egress client, follows no redirect, and reads at most 256 KiB within
//! ten seconds. Descriptions and keys are kept for ten minutes; a token that names an unknown key has them fetched anew, at most
//! once a minute for each provider. Limit: a key that the provider withdrew is believed for up to ten minutes.

use super::Config;
use super::refusal::Refusal;
use crate::App;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use std::collections::HashMap;
use std::fmt;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use waxwing_domain::Micros;
use waxwing_egress::Request;
use waxwing_oidc::{Claims, ClientAuth, Expected, KeySet, MOST_BYTES, Provider, TokenError, verify};

/// How long a description and its keys are believed, in microseconds.
const BELIEVED: i64 = 10 * Micros::MINUTE;
/// How often an unknown key may have them fetched anew, in microseconds.
const AGAIN: i64 = Micros::MINUTE;
/// How long the provider may take for one answer.
const PATIENCE: Duration = Duration::from_secs(10);
/// Providers that are remembered at a time; there is one a workspace.
const MOST: usize = 1_000;

/// A provider as it was last asked.
#[derive(Clone)]
struct Asked {
    provider: Provider,
    keys: KeySet,
    at: Micros,
}

/// What is known of providers in this process.
#[derive(Default)]
pub struct Known(Mutex<HashMap<String, Asked>>);

impl fmt::Debug for Known {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Known(…)")
    }
}

impl Known {
    fn find(&self, issuer: &str) -> Option<Asked> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(issuer).cloned()
    }

    fn keep(&self, asked: &Asked) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if all.len() >= MOST {
            all.clear();
        }
        all.insert(asked.provider.issuer.clone(), asked.clone());
    }
}

/// Where the provider's doors are.
pub(super) async fn provider(app: &App, issuer: &str, now: Micros) -> Result<Provider, Refusal> {
    Ok(asked(app, issuer, now, BELIEVED).await?.provider)
}

/// What is known, or, if that is older than `age`, what the provider says now.
async fn asked(app: &App, issuer: &str, now: Micros, age: i64) -> Result<Asked, Refusal> {
    if let Some(known) = app.providers().find(issuer).filter(|known| (0..age).contains(&now.since(known.at))) {
        return Ok(known);
    }
    let bytes = get(app, &Provider::description_of(issuer)).await?;
    // The egress client has judged the issuer by then: without TLS it is this machine's own.
    let provider = Provider::parse(&bytes, issuer, issuer.starts_with("http://"))?;
    let keys = KeySet::parse(&get(app, provider.jwks_uri.as_str()).await?).map_err(|_| Refusal::Keys)?;
    let asked = Asked { provider, keys, at: now };
    app.providers().keep(&asked);
    Ok(asked)
}

async fn get(app: &App, url: &str) -> Result<Vec<u8>, Refusal> {
    let target = app.egress().target(url).map_err(|_| Refusal::Unreachable)?;
    let request = Request::get(target).header("accept", "application/json").map_err(|_| Refusal::Unreachable)?;
    let answer = app.egress().request(request.body_up_to(MOST_BYTES).within(PATIENCE)).await;
    let answer = answer.map_err(|_| Refusal::Unreachable)?;
    if answer.status() == 200 { Ok(answer.into_body()) } else { Err(Refusal::Unreachable) }
}

/// What the token endpoint answers (RFC 6749 §5.1); the access token is not even read.
#[derive(Deserialize)]
struct Tokens {
    id_token: String,
}

/// A code and what proves that it is ours to use.
pub(super) struct Exchange<'a> {
    pub(super) code: &'a str,
    pub(super) verifier: &'a str,
    pub(super) redirect: &'a str,
    pub(super) secret: &'a str,
}

/// Turns a code into a token that was not judged yet.
pub(super) async fn exchange(
    app: &App,
    config: &Config,
    provider: &Provider,
    with: &Exchange<'_>,
) -> Result<String, Refusal> {
    let target = app.egress().target(provider.token_endpoint.as_str()).map_err(|_| Refusal::Unreachable)?;
    let form = form(config, provider.client_auth, with);
    let request = Request::post(target, "application/x-www-form-urlencoded", form);
    let request = request.and_then(|request| request.header("accept", "application/json"));
    let request = request.and_then(|request| match provider.client_auth {
        ClientAuth::Basic => request.header("authorization", &basic(&config.client_id, with.secret)),
        ClientAuth::Post => Ok(request),
    });
    let request = request.map_err(|_| Refusal::Code)?.body_up_to(MOST_BYTES).within(PATIENCE);
    let answer = app.egress().request(request).await.map_err(|_| Refusal::Unreachable)?;
    if answer.status() != 200 {
        return Err(Refusal::Code);
    }
    serde_json::from_slice(answer.body()).map(|tokens: Tokens| tokens.id_token).map_err(|_| Refusal::Code)
}

fn form(config: &Config, auth: ClientAuth, with: &Exchange<'_>) -> String {
    let mut form = url::form_urlencoded::Serializer::new(String::new());
    form.append_pair("grant_type", "authorization_code").append_pair("code", with.code);
    form.append_pair("redirect_uri", with.redirect).append_pair("code_verifier", with.verifier);
    if auth == ClientAuth::Post {
        form.append_pair("client_id", &config.client_id).append_pair("client_secret", with.secret);
    }
    form.finish()
}

/// Both halves are form-encoded first (RFC 6749 §2.3.1).
fn basic(id: &str, secret: &str) -> String {
    let encoded = |text: &str| url::form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
    format!("Basic {}", STANDARD.encode(format!("{}:{}", encoded(id), encoded(secret))))
}

/// Judges a token by the provider's keys; where it names one that is not known, the keys are fetched anew.
pub(super) async fn judge(app: &App, token: &str, expected: &Expected<'_>, now: Micros) -> Result<Claims, Refusal> {
    let known = asked(app, expected.issuer, now, BELIEVED).await?;
    match verify(token, &known.keys, expected) {
        Err(TokenError::UnknownKey) => {
            let fresh = asked(app, expected.issuer, now, AGAIN).await?;
            Ok(verify(token, &fresh.keys, expected)?)
        }
        judged => Ok(judged?),
    }
}
