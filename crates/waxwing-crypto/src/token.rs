//! Secret tokens: 256 random bits that the database knows only as a hash.
//!
//! Promise: a stolen table of hashes gives no token back, and a token of one purpose does not
//! pass for another's. Limit: single use and expiry are the caller's; the token knows neither.

use aws_lc_rs::digest;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use std::fmt;
use subtle::ConstantTimeEq;
use waxwing_domain::Rng;
use zeroize::{Zeroize, ZeroizeOnDrop};

/// Whether two byte strings are equal, in time that depends on their lengths only.
pub fn constant_time_eq(a: &[u8], b: &[u8]) -> bool {
    a.ct_eq(b).into()
}

/// What a secret token is good for. The numbers are frozen.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[repr(u8)]
pub enum SecretPurpose {
    /// A signed-in session.
    Session = 1,
    /// Confirming a sign-up.
    Confirm = 2,
    /// Setting up a new installation.
    Bootstrap = 3,
    /// Choosing a new password.
    PasswordReset = 4,
    /// Joining a workspace.
    Invitation = 5,
    /// The secret half of an API key.
    ApiKey = 6,
    /// Confirming another email address of an account.
    EmailChange = 7,
    /// Between the password and the second factor.
    LoginStep = 8,
    /// Looking at a preview once.
    Preview = 9,
    /// Fetching an export once.
    Download = 10,
    /// A question that a passkey is to answer.
    PasskeyQuestion = 11,
    /// Coming back to an account whose password or second factor is lost.
    Recovery = 12,
    /// A sign-in that waits for an identity provider's answer (`state`, RFC 6749 §4.1.1).
    SsoState = 13,
    /// The browser that such a sign-in was begun in.
    SsoBrowser = 14,
}

/// Text that is not a secret token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("that is not a valid token")]
pub struct SecretTokenError;

/// Length of a token's text, in characters.
pub const TOKEN_TEXT_LEN: usize = 43;

/// 256 random bits for one purpose. Shown once, as text; stored as [`SecretToken::hash`].
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct SecretToken {
    bytes: [u8; 32],
    #[zeroize(skip)]
    purpose: SecretPurpose,
}

impl SecretToken {
    /// Draws a fresh token.
    pub fn random(purpose: SecretPurpose, rng: &dyn Rng) -> Self {
        let mut bytes = [0u8; 32];
        rng.fill(&mut bytes);
        Self { bytes, purpose }
    }

    /// Reads a token's text; only its one canonical form is accepted.
    pub fn parse(purpose: SecretPurpose, text: &str) -> Result<Self, SecretTokenError> {
        let mut bytes = [0u8; 32];
        if text.len() != TOKEN_TEXT_LEN {
            return Err(SecretTokenError);
        }
        match URL_SAFE_NO_PAD.decode_slice(text, &mut bytes) {
            Ok(32) => Ok(Self { bytes, purpose }),
            _ => Err(SecretTokenError),
        }
    }

    /// The token as 43 characters of base64url.
    pub fn text(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.bytes)
    }

    /// What the database keeps: SHA-256 over a label, the purpose and the bits. A slow hash would
    /// add nothing, since 256 random bits cannot be guessed.
    pub fn hash(&self) -> [u8; 32] {
        sha256(&[b"waxwing/secret-token/1\0", &[self.purpose as u8], &self.bytes])
    }

    /// Whether `stored` is this token's hash; takes the same time wherever they differ.
    pub fn matches(&self, stored: &[u8]) -> bool {
        constant_time_eq(&self.hash(), stored)
    }
}

impl fmt::Debug for SecretToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SecretToken({:?})", self.purpose)
    }
}

/// What the database knows a passkey's credential id by (WebAuthn Level 3 §4): the id is not secret, but names a device.
pub fn credential_tag(id: &[u8]) -> [u8; 32] {
    sha256(&[b"waxwing/passkey-credential/1\0", id])
}

/// SHA-256 over the joined parts.
pub fn sha256(parts: &[&[u8]]) -> [u8; 32] {
    let mut context = digest::Context::new(&digest::SHA256);
    for part in parts {
        context.update(part);
    }
    let mut hash = [0u8; 32];
    hash.copy_from_slice(context.finish().as_ref());
    hash
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use waxwing_domain::TestRng;

    #[test]
    fn a_token_survives_its_text_and_is_known_by_its_hash() {
        let token = SecretToken::random(SecretPurpose::Confirm, &TestRng::seeded(1));
        let read = SecretToken::parse(SecretPurpose::Confirm, &token.text()).expect("its own text");
        assert_eq!(token.text().len(), TOKEN_TEXT_LEN);
        assert!(read.matches(&token.hash()));
        assert!(!read.matches(&[]));
    }

    #[test]
    fn a_token_of_another_purpose_is_not_recognised() {
        let token = SecretToken::random(SecretPurpose::Confirm, &TestRng::seeded(1));
        let other = SecretToken::parse(SecretPurpose::PasswordReset, &token.text()).expect("the form is the same");
        assert!(!other.matches(&token.hash()));
    }

    #[test]
    fn the_hash_is_frozen() {
        let token = SecretToken { bytes: [7; 32], purpose: SecretPurpose::Session };
        let mut input = b"waxwing/secret-token/1\0\x01".to_vec();
        input.extend_from_slice(&[7; 32]);
        assert_eq!(token.hash()[..], digest::digest(&digest::SHA256, &input).as_ref()[..]);
        assert_eq!(hex::encode(token.hash()), "c5958aa5ba6a0a426a90cd94cb6f6ebbe7565cebf32cc9cf7f460da2c036a16b");
    }

    #[test]
    fn a_token_never_prints() {
        let token = SecretToken::random(SecretPurpose::Session, &TestRng::seeded(1));
        assert_eq!(format!("{token:?}"), "SecretToken(Session)");
    }

    #[test]
    fn a_second_spelling_of_a_token_is_refused() {
        // The last character carries two spare bits; only zeros are canonical.
        let text = format!("{}A", "A".repeat(42));
        assert!(SecretToken::parse(SecretPurpose::Session, &text).is_ok());
        for last in ["B", "=", "+", "/", ""] {
            let text = format!("{}{last}", "A".repeat(42));
            assert_eq!(SecretToken::parse(SecretPurpose::Session, &text).err(), Some(SecretTokenError), "{last}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(text: String) {
            let _ = SecretToken::parse(SecretPurpose::Session, &text);
        }
    }
}
