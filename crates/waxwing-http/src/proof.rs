//! Asking a person to prove again that it is them, without losing what they sent.
//!
//! Promise: a form that needs a fresh proof is answered with a page that asks for one and carries the
//! form along; sent with the proof, it goes on as if nothing had been between. Nothing of it is kept on
//! the server or put into an address. A session that was stepped up is asked the same before anything else, whatever
//! it reads or sends, and goes on where it was. Limit: files that are being uploaded are not carried; an answer that
//! is streaming already goes on.

use crate::Shell;
use crate::csrf;
use crate::form::{FormBytes, pairs};
use askama::Template;
use std::fmt;

/// Where a session that is asked for a proof gives one, and is led from wherever it looks.
pub const PROVE_PATH: &str = "/account/prove";
/// All that such a session reaches: the question, the ways to answer it, and the way out.
pub(crate) const WHILE_QUESTIONED: [&str; 3] = [PROVE_PATH, "/account/sso/prove", "/sign-out"];

/// Fields of the proof begin with this; no form of ours has others that do.
const PREFIX: &str = "proof_";

/// By what a person can prove that it is them.
#[derive(Clone, Default)]
pub struct ProofWays {
    /// Whether a password is to be typed.
    pub password: bool,
    /// Whether a code of the second factor goes with it.
    pub code: bool,
    /// A question for a passkey, where there is one.
    pub passkey: Option<PasskeyQuestion>,
    /// What the identity provider is called at which the person can sign in anew.
    pub provider: Option<String>,
}

impl ProofWays {
    /// Whether the password is the only way.
    fn is_password_alone(&self) -> bool {
        self.passkey.is_none() && self.provider.is_none()
    }
}

impl fmt::Debug for ProofWays {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ProofWays(…)")
    }
}

/// What the browser asks a passkey.
#[derive(Clone)]
pub struct PasskeyQuestion {
    /// Names the question when the answer comes; works once. A secret.
    pub step: String,
    /// The options as JSON (WebAuthn Level 3 §5.5).
    pub options: String,
}

impl fmt::Debug for PasskeyQuestion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PasskeyQuestion(…)")
    }
}

/// What somebody showed as a proof; empty where they showed nothing.
#[derive(Clone, Default)]
pub struct Proof {
    /// The password.
    pub password: String,
    /// A code of the app, or a recovery code.
    pub code: String,
    /// The step of the passkey's question.
    pub step: String,
    /// The passkey's answer as JSON.
    pub passkey: String,
}

impl fmt::Debug for Proof {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Proof(…)")
    }
}

impl Proof {
    /// The proof that came with a form, if one did.
    pub(crate) fn of(form: &FormBytes) -> Option<Self> {
        let mut proof = Self::default();
        for (name, value) in pairs(form) {
            match name.strip_prefix(PREFIX) {
                Some("password") => proof.password = value,
                Some("code") => proof.code = value,
                Some("step") => proof.step = value,
                Some("passkey") => proof.passkey = value,
                _ => {}
            }
        }
        (!proof.password.is_empty() || !proof.passkey.is_empty()).then_some(proof)
    }
}

/// The page that asks.
#[derive(Template)]
#[template(path = "prove.html")]
pub(crate) struct ProvePage {
    pub(crate) shell: Shell,
    /// Where the form was going.
    pub(crate) action: String,
    /// What it held.
    pub(crate) fields: Vec<(String, String)>,
    pub(crate) ways: ProofWays,
    /// Whether the session was asked as a whole, and not for what its person is about to do.
    pub(crate) questioned: bool,
    pub(crate) error: String,
}

/// What a form holds besides its seal and a proof.
pub(crate) fn carried(form: &FormBytes) -> Vec<(String, String)> {
    pairs(form).into_iter().filter(|(name, _)| name != csrf::FIELD && !name.starts_with(PREFIX)).collect()
}
