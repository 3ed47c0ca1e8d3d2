//! The seal on forms: proof that a form was made for the very session that sends it.
//!
//! A token is `nonce ‖ HMAC-SHA-256(key, nonce)`, the key derived from the session (or, signed
//! out, the visitor) token in the cookie. It is fresh on every page, so that compression leaks nothing (BREACH), and
//! dies with the session. Limit: it does not bind the form's path or contents.

use aws_lc_rs::{constant_time, hmac};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use waxwing_domain::Rng;

/// The form field and the request header that carry a token.
pub(crate) const FIELD: &str = "csrf";
/// The header, for requests of islands.
pub(crate) const HEADER: &str = "x-csrf-token";
/// A token's length in characters: 48 bytes in base 64.
pub(crate) const LENGTH: usize = 64;

const NONCE: usize = 16;

/// The key that seals the forms of one session.
#[derive(Clone)]
pub(crate) struct Seal(hmac::Key);

impl Seal {
    /// Derived from the cookie's token, so that nothing more need be stored.
    pub(crate) fn of_token(token: &str) -> Self {
        let root = hmac::Key::new(hmac::HMAC_SHA256, token.as_bytes());
        let derived = hmac::sign(&root, b"waxwing form seal v1");
        Self(hmac::Key::new(hmac::HMAC_SHA256, derived.as_ref()))
    }

    /// A fresh token.
    pub(crate) fn token(&self, rng: &dyn Rng) -> String {
        let mut nonce = [0u8; NONCE];
        rng.fill(&mut nonce);
        let mut bytes = nonce.to_vec();
        bytes.extend_from_slice(hmac::sign(&self.0, &nonce).as_ref());
        URL_SAFE_NO_PAD.encode(bytes)
    }

    /// Whether `token` was made under this seal.
    pub(crate) fn verifies(&self, token: &str) -> bool {
        if token.len() != LENGTH {
            return false;
        }
        let Ok(bytes) = URL_SAFE_NO_PAD.decode(token) else {
            return false;
        };
        let (nonce, mac) = bytes.split_at(NONCE);
        constant_time::verify_slices_are_equal(hmac::sign(&self.0, nonce).as_ref(), mac).is_ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use waxwing_domain::TestRng;

    #[test]
    fn a_token_is_valid_under_its_own_session_only() {
        let rng = TestRng::seeded(1);
        let (mine, other) = (Seal::of_token("mine"), Seal::of_token("other"));
        let token = mine.token(&rng);
        assert_eq!(token.len(), LENGTH);
        assert!(mine.verifies(&token));
        assert!(!other.verifies(&token));
        assert_ne!(token, mine.token(&rng));
    }

    #[test]
    fn forged_and_broken_tokens_are_refused() {
        let seal = Seal::of_token("mine");
        let token = seal.token(&TestRng::seeded(1));
        let mut changed = token.clone().into_bytes();
        changed[0] ^= 1;
        for text in
            ["", "x", &"A".repeat(LENGTH), &"é".repeat(32), &String::from_utf8_lossy(&changed), &format!("{token}=")]
        {
            assert!(!seal.verifies(text), "{text}");
        }
    }
}
