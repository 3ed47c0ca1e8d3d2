//! Proof Key for Code Exchange (RFC 7636, S256 only).
//!
//! Promise: a code that somebody caught on its way is worth nothing without the verifier, which never
//! leaves the server but for the token endpoint.

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use std::fmt;
use waxwing_domain::Rng;

/// The secret half: 256 random bits as 43 characters (RFC 7636 §4.1).
#[derive(Clone, PartialEq, Eq)]
pub struct Verifier(String);

/// The half that goes along with the browser.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Challenge(String);

impl fmt::Debug for Verifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Verifier(…)")
    }
}

impl Verifier {
    /// A fresh one.
    pub fn random(rng: &dyn Rng) -> Self {
        let mut bytes = [0; 32];
        rng.fill(&mut bytes);
        Self(URL_SAFE_NO_PAD.encode(bytes))
    }
    /// One that was kept.
    pub const fn kept(text: String) -> Self {
        Self(text)
    }
    /// The text for the token endpoint.
    pub fn as_str(&self) -> &str {
        &self.0
    }
    /// Its public half.
    pub fn challenge(&self) -> Challenge {
        Challenge(URL_SAFE_NO_PAD.encode(digest(&SHA256, self.0.as_bytes())))
    }
}

impl Challenge {
    /// The text for the address.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use waxwing_domain::TestRng;

    /// RFC 7636, appendix B.
    #[test]
    fn the_challenge_is_that_of_the_standard() {
        let verifier = Verifier::kept("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk".into());
        assert_eq!(verifier.challenge().as_str(), "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
    }

    #[test]
    fn a_verifier_is_never_drawn_twice_and_not_shown() {
        let rng = TestRng::seeded(1);
        let (one, two) = (Verifier::random(&rng), Verifier::random(&rng));
        assert!(one != two && one.as_str().len() == 43);
        assert_eq!(format!("{one:?}"), "Verifier(…)");
    }
}
