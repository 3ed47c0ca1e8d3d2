//! One-time codes of an authenticator app: RFC 6238 with SHA-1, six digits, 30 seconds.
//!
//! Promise: a code is accepted for its own step and one to either side, and the step is returned
//! so that the caller can refuse one that was used (RFC 6238 §5.2): a step must be higher than the
//! last. Limit: six digits are guessed in a million tries; limiting the tries is the caller's.

use std::fmt;
use totp_rs::{Builder, Totp, TotpError};
use waxwing_domain::{Micros, Rng};
use zeroize::{Zeroize, ZeroizeOnDrop};

/// SHA-1's own length, as RFC 4226 §4 recommends: 160 bits.
pub const SEED_LEN: usize = 20;
const STEP_SECONDS: u64 = 30;

/// A seed that cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SeedError {
    /// Not 20 bytes.
    #[error("a seed for one-time codes has 20 bytes")]
    Length,
    /// The issuer or the account cannot be written into an address for authenticator apps.
    #[error("the name shown in the authenticator app must not be empty or contain a colon")]
    Name,
}

/// The shared secret of an account and its authenticator app.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct TotpSeed([u8; SEED_LEN]);

impl fmt::Debug for TotpSeed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TotpSeed(..)")
    }
}

impl TotpSeed {
    /// Draws a fresh seed.
    pub fn random(rng: &dyn Rng) -> Self {
        let mut bytes = [0u8; SEED_LEN];
        rng.fill(&mut bytes);
        Self(bytes)
    }

    /// The seed from its opened bytes.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, SeedError> {
        bytes.try_into().map(Self).map_err(|_| SeedError::Length)
    }

    /// The bytes to seal with [`crate::KeyRing::installation_seal`].
    pub const fn as_bytes(&self) -> &[u8; SEED_LEN] {
        &self.0
    }

    /// The step whose code this is, if it is the present one or a neighbour and higher than
    /// `last_step`, the last one accepted. Store the answer before letting the person in.
    pub fn check(&self, code: &str, now: Micros, last_step: Option<u64>) -> Option<u64> {
        let digits = code.len() == 6 && code.bytes().all(|byte| byte.is_ascii_digit());
        let seconds = u64::try_from(now.as_seconds()).ok()?;
        let totp = self.totp("", "").ok()?;
        let step = if digits { totp.check(code, seconds) } else { None }?;
        last_step.is_none_or(|last| step > last).then_some(step)
    }

    /// The six digits that an authenticator app shows at `now` (RFC 6238 §4); `None` before 1970.
    pub fn shown(&self, now: Micros) -> Option<String> {
        let seconds = u64::try_from(now.as_seconds()).ok()?;
        Some(self.totp("", "").ok()?.generate(seconds).to_string())
    }

    /// The address that an authenticator app reads from a picture. It holds the seed.
    pub fn otpauth_url(&self, issuer: &str, account: &str) -> Result<String, SeedError> {
        let totp = self.totp(issuer, account).map_err(|_| SeedError::Name)?;
        totp.to_url().map_err(|_| SeedError::Name)
    }

    /// The seed in base 32, for typing where no picture can be read.
    pub fn base32(&self) -> Result<String, SeedError> {
        let totp = self.totp("", "").map_err(|_| SeedError::Length)?;
        Ok(totp.secret().to_base32())
    }

    fn totp(&self, issuer: &str, account: &str) -> Result<Totp, TotpError> {
        let builder = Builder::new().with_secret(self.0).with_skew(1).with_step_duration(STEP_SECONDS);
        let issuer = (!issuer.is_empty()).then_some(issuer);
        builder.with_issuer(issuer).with_account_name(account).build()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seed() -> TotpSeed {
        TotpSeed(*b"12345678901234567890")
    }
    fn at(seconds: i64) -> Micros {
        Micros::from_i64(seconds * Micros::SECOND)
    }

    #[test]
    fn the_vectors_of_rfc_6238_are_met() {
        // Appendix B, SHA-1, the last six of its eight digits.
        for (time, code) in [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (1_111_111_111, "050471"),
            (1_234_567_890, "005924"),
            (2_000_000_000, "279037"),
        ] {
            assert_eq!(seed().shown(at(time)).as_deref(), Some(code));
            assert_eq!(seed().check(code, at(time), None), Some(time as u64 / 30), "{time}");
        }
    }

    #[test]
    fn a_code_works_one_step_early_or_late_and_no_further() {
        for (offset, expected) in [(-60, None), (-30, Some(1)), (0, Some(1)), (30, Some(1)), (60, None)] {
            assert_eq!(seed().check("287082", at(59 + offset), None), expected, "{offset}");
        }
    }

    #[test]
    fn a_code_that_was_used_is_refused() {
        assert_eq!(seed().check("287082", at(59), Some(0)), Some(1));
        assert_eq!(seed().check("287082", at(59), Some(1)), None);
        assert_eq!(seed().check("287082", at(59), Some(2)), None);
    }

    #[test]
    fn what_is_not_six_digits_is_refused() {
        for code in ["", "28708", "2870820", "28 082", "+87082", "２８７０８２", "abcdef"] {
            assert_eq!(seed().check(code, at(59), None), None, "{code}");
        }
    }

    #[test]
    fn the_address_for_the_app_is_as_apps_expect_it() {
        let url = seed().otpauth_url("Waxwing", "person@example.test").expect("good names");
        assert_eq!(
            url,
            "otpauth://totp/Waxwing:person%40example.test?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Waxwing"
        );
        assert_eq!(seed().otpauth_url("Wax:wing", "person@example.test"), Err(SeedError::Name));
        assert_eq!(seed().otpauth_url("Waxwing", ""), Err(SeedError::Name));
    }

    #[test]
    fn a_seed_of_another_length_is_refused() {
        assert!(TotpSeed::from_bytes(&[0; 19]).is_err());
        assert_eq!(TotpSeed::from_bytes(seed().as_bytes()).map(|seed| seed.base32()), Ok(seed().base32()));
    }
}
