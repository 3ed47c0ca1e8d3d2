//! ID tokens: signed by the provider, for us, for this sign-in, lately (OpenID Connect Core 1.0 §3.1.3.7).
//!
//! Promise: nothing of a token is looked at before its signature is right, and nothing is given out before all of it was
//! judged. Limit: clocks may differ by a minute; a token of more than 32 KiB is not read; claims that name
//! people are the provider's word.

use crate::keys::{Algorithm, KeySet};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use std::fmt;

/// The longest token, in bytes.
const MOST_BYTES: usize = 32 * 1024;
/// By how much two clocks may differ, in seconds.
const SKEW: i64 = 60;
/// How old a token may be that is shown for the first time, in seconds.
const MOST_AGE: i64 = 10 * 60;
/// The longest subject (OpenID Connect Core 1.0 §2), in bytes.
const LONGEST_SUBJECT: usize = 255;
/// The most groups that are read.
const MOST_GROUPS: usize = 1_000;
/// The most ways to have proved oneself that are read.
const MOST_METHODS: usize = 32;

/// What a token must say.
#[derive(Clone, Copy, Debug)]
pub struct Expected<'a> {
    /// The provider, exactly.
    pub issuer: &'a str,
    /// Us, as the provider calls us.
    pub client: &'a str,
    /// What was sent along with this sign-in.
    pub nonce: &'a str,
    /// The claim that holds groups; empty for none.
    pub groups: &'a str,
    /// Seconds since 1970.
    pub now: i64,
}

/// What a right token says of its person.
#[derive(Clone, PartialEq, Eq)]
pub struct Claims {
    /// The person's number at the provider: the only name that stays the same.
    pub subject: String,
    /// Their address, if the provider vouches for it.
    pub verified_email: Option<String>,
    /// Their name.
    pub name: String,
    /// Their groups.
    pub groups: Vec<String>,
    /// How they proved themselves there: the words of `amr` (RFC 8176) and `acr`.
    pub methods: Vec<String>,
    /// When they did, in seconds since 1970, if the provider says.
    pub proved_at: Option<i64>,
}

impl fmt::Debug for Claims {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Claims(…)")
    }
}

/// Why a token is not taken.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum TokenError {
    /// Not a signed token.
    #[error("the token cannot be read")]
    Malformed,
    /// An algorithm that is not taken.
    #[error("the token is signed in a way that is not taken")]
    Algorithm,
    /// No key by that name: the set may be old.
    #[error("the token names a key that the provider does not have")]
    UnknownKey,
    /// None of the keys signed it.
    #[error("the token’s signature is not right")]
    Signature,
    /// Of another provider.
    #[error("the token is of another provider")]
    Issuer,
    /// For somebody else.
    #[error("the token is for somebody else")]
    Audience,
    /// For another sign-in.
    #[error("the token is for another sign-in")]
    Nonce,
    /// Over, or not yet good.
    #[error("the token is too old, or of the future")]
    Time,
    /// It names nobody.
    #[error("the token names nobody")]
    Subject,
}

impl TokenError {
    /// The stable word, for the record.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Malformed => "token_malformed",
            Self::Algorithm => "token_algorithm",
            Self::UnknownKey => "token_unknown_key",
            Self::Signature => "token_signature",
            Self::Issuer => "token_issuer",
            Self::Audience => "token_audience",
            Self::Nonce => "token_nonce",
            Self::Time => "token_time",
            Self::Subject => "token_subject",
        }
    }
}

/// The header; a second member of the same name is refused by reading it.
#[derive(Deserialize)]
struct Header {
    alg: String,
    kid: Option<String>,
    /// Extensions that must be understood (RFC 7515 §4.1.11); none is.
    crit: Option<Value>,
}

#[derive(Deserialize)]
struct Written {
    iss: String,
    sub: String,
    aud: Audience,
    azp: Option<String>,
    nonce: Option<String>,
    exp: i64,
    iat: i64,
    nbf: Option<i64>,
    email: Option<String>,
    email_verified: Option<bool>,
    name: Option<String>,
    #[serde(default)]
    amr: Vec<String>,
    acr: Option<String>,
    auth_time: Option<i64>,
    #[serde(flatten)]
    others: Map<String, Value>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Audience {
    One(String),
    Several(Vec<String>),
}

impl Audience {
    /// For us; where it is for others as well, we must be the party it was made for.
    fn is(&self, client: &str, party: Option<&str>) -> bool {
        let (ours, alone) = match self {
            Self::One(one) => (one == client, true),
            Self::Several(all) => (all.iter().any(|one| one == client), all.len() == 1),
        };
        ours && party.map_or(alone, |party| party == client)
    }
}

/// Judges a token and gives what it says.
///
/// # Errors
/// [`TokenError`] names the first thing that is wrong.
pub fn verify(token: &str, keys: &KeySet, expected: &Expected<'_>) -> Result<Claims, TokenError> {
    let body = signed_body(token, keys)?;
    let written: Written = read(&body)?;
    judge(&written, expected)?;
    Ok(claims(written, expected.groups))
}

/// The bytes that the provider signed.
fn signed_body(token: &str, keys: &KeySet) -> Result<Vec<u8>, TokenError> {
    let parts: Vec<&str> = token.splitn(4, '.').collect();
    let &[header, body, signature] = parts.as_slice() else { return Err(TokenError::Malformed) };
    if token.len() > MOST_BYTES {
        return Err(TokenError::Malformed);
    }
    let Header { alg, kid, crit } = read(&decode(header)?)?;
    if crit.is_some() {
        return Err(TokenError::Malformed);
    }
    let algorithm = Algorithm::parse(&alg).ok_or(TokenError::Algorithm)?;
    if !keys.has(kid.as_deref(), algorithm) {
        return Err(TokenError::UnknownKey);
    }
    let message = &token[..header.len() + 1 + body.len()];
    if !keys.verifies(kid.as_deref(), algorithm, message.as_bytes(), &decode(signature)?) {
        return Err(TokenError::Signature);
    }
    decode(body)
}

fn judge(written: &Written, expected: &Expected<'_>) -> Result<(), TokenError> {
    let now = expected.now;
    if written.iss != expected.issuer {
        return Err(TokenError::Issuer);
    }
    if !written.aud.is(expected.client, written.azp.as_deref()) {
        return Err(TokenError::Audience);
    }
    let early = written.nbf.is_some_and(|from| now.saturating_add(SKEW) < from);
    let over = now.saturating_sub(SKEW) >= written.exp;
    let age = now.saturating_sub(written.iat);
    if early || over || !(-SKEW..=MOST_AGE + SKEW).contains(&age) {
        return Err(TokenError::Time);
    }
    if expected.nonce.is_empty() || written.nonce.as_deref() != Some(expected.nonce) {
        return Err(TokenError::Nonce);
    }
    if written.sub.is_empty() || written.sub.len() > LONGEST_SUBJECT {
        return Err(TokenError::Subject);
    }
    Ok(())
}

fn claims(written: Written, groups: &str) -> Claims {
    let groups = match written.others.get(groups) {
        Some(Value::String(one)) => vec![one.clone()],
        Some(Value::Array(all)) => all.iter().take(MOST_GROUPS).filter_map(Value::as_str).map(str::to_owned).collect(),
        _ => Vec::new(),
    };
    Claims {
        subject: written.sub,
        verified_email: written.email.filter(|_| written.email_verified == Some(true)),
        name: written.name.unwrap_or_default(),
        groups,
        methods: written.amr.into_iter().chain(written.acr).take(MOST_METHODS).collect(),
        proved_at: written.auth_time,
    }
}

fn decode(part: &str) -> Result<Vec<u8>, TokenError> {
    URL_SAFE_NO_PAD.decode(part).map_err(|_| TokenError::Malformed)
}

fn read<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, TokenError> {
    serde_json::from_slice(bytes).map_err(|_| TokenError::Malformed)
}

#[cfg(test)]
mod tests;
