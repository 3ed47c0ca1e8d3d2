//! What a passkey is asked, kept until the answer comes.
//!
//! Promise: a question works once, for five minutes, for one purpose, and only where it was asked (the
//! session or sign-in that it is bound to). Its state is sealed, since whoever could choose it could answer it.

use super::store;
use crate::App;
use serde::{Deserialize, Serialize};
use std::fmt;
use waxwing_crypto::{Place, SecretPurpose, SecretToken, TableId};
use waxwing_domain::{AccountId, Ctx, FieldId, Micros, WorkspaceId};
use waxwing_store::{StoreError, Tx};
use webauthn_rs::prelude::{DiscoverableAuthentication, PasskeyAuthentication, PasskeyRegistration};

/// How long a question waits, in microseconds.
const WAITS: i64 = 5 * Micros::MINUTE;

/// What a passkey is asked for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Purpose {
    /// To be added; bound to the session.
    Enrol,
    /// To sign somebody in, whoever it is; bound to nothing.
    SignIn,
    /// To be the second factor; bound to the step after the password.
    Second,
    /// To prove that it is them; bound to the session.
    Proof,
}

impl Purpose {
    const fn word(self) -> &'static str {
        match self {
            Self::Enrol => "enrol",
            Self::SignIn => "sign_in",
            Self::Second => "second",
            Self::Proof => "proof",
        }
    }
}

/// A question on its way to the browser.
#[derive(Clone, Serialize)]
pub(crate) struct Asked {
    /// Names the question when the answer comes. A secret.
    pub(crate) step: String,
    /// The options as JSON (WebAuthn Level 3 §5.4, §5.5).
    pub(crate) options: serde_json::Value,
}

impl fmt::Debug for Asked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Asked(…)")
    }
}

/// What the library must remember between question and answer.
#[derive(Serialize, Deserialize)]
pub(crate) enum State {
    /// A passkey is being made.
    Enrol(Box<PasskeyRegistration>),
    /// One of this account's is asked for.
    Known(AccountId, Box<PasskeyAuthentication>),
    /// Anybody's is.
    Anybody(Box<DiscoverableAuthentication>),
}

/// Keeps a question; gives the token that names it.
pub(super) async fn keep(
    app: &App,
    tx: &mut Tx,
    ctx: &Ctx,
    (purpose, bound): (Purpose, i64),
    state: &State,
) -> crate::Result<String> {
    let token = SecretToken::random(SecretPurpose::PasskeyQuestion, &*ctx.rng);
    let bytes = serde_json::to_vec(state).map_err(|e| StoreError::Damaged(e.to_string()))?;
    let place = place(tx.workspace(), &token.hash());
    let sealed = app.store().keys().ring().installation_seal(&place, &bytes, &*ctx.rng);
    store::ask(tx, token.hash(), (purpose.word(), bound), sealed, ctx.now().plus(WAITS)).await?;
    Ok(token.text())
}

/// What was asked under this token, if it waits; it is used up when the transaction commits.
pub(crate) async fn take(
    app: &App,
    tx: &mut Tx,
    ctx: &Ctx,
    (purpose, bound): (Purpose, i64),
    text: &str,
) -> crate::Result<Option<State>> {
    let Ok(token) = SecretToken::parse(SecretPurpose::PasskeyQuestion, text) else { return Ok(None) };
    let hash = token.hash();
    let Some(sealed) = store::take(tx, hash, (purpose.word(), bound), ctx.now()).await? else { return Ok(None) };
    let damaged = || StoreError::Damaged("a question for a passkey".into());
    let place = place(tx.workspace(), &hash);
    let bytes = app.store().keys().ring().installation_open(&place, &sealed).map_err(|_| damaged())?;
    Ok(Some(serde_json::from_slice(&bytes).map_err(|_| damaged())?))
}

/// Bound to its token by the first bytes of the hash.
fn place(workspace: WorkspaceId, hash: &[u8; 32]) -> Place {
    let mut row = [0; 8];
    row.copy_from_slice(&hash[..8]);
    Place::shared(workspace, TableId::PASSKEY_QUESTIONS, FieldId::SECRET, i64::from_be_bytes(row))
}
