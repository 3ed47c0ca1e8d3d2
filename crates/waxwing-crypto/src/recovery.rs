//! Recovery codes: the way in when the second factor is lost.
//!
//! Promise: each code has 120 random bits, so that a fast hash without a salt is enough (ASVS 5.0, 6.5.2 asks
//! for 112), and it is read as a person would type it: any case, with or without hyphens or spaces. Limit: a code works once
//! only if the caller deletes its hash in the same transaction.

use crate::base32;
use crate::token::sha256;
use std::fmt;
use waxwing_domain::Rng;
use zeroize::{Zeroize, ZeroizeOnDrop};

const CODE_LEN: usize = 15;
const TEXT_LEN: usize = 24;

/// One recovery code. Shown once, as text; stored as [`RecoveryCode::hash`].
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct RecoveryCode([u8; CODE_LEN]);

/// Ten fresh codes.
pub fn recovery_codes(rng: &dyn Rng) -> [RecoveryCode; 10] {
    std::array::from_fn(|_| {
        let mut bytes = [0u8; CODE_LEN];
        rng.fill(&mut bytes);
        RecoveryCode(bytes)
    })
}

impl RecoveryCode {
    /// Reads a typed code; `None` if it cannot be one.
    pub fn parse(text: &str) -> Option<Self> {
        // Twice the printed length is more than enough for any grouping.
        if text.len() > 2 * TEXT_LEN {
            return None;
        }
        let plain: String = text.chars().filter(|c| !matches!(c, '-' | ' ')).collect();
        base32::decode(&plain)?.try_into().ok().map(Self)
    }

    /// Six groups of four characters.
    pub fn text(&self) -> String {
        let plain = base32::encode(&self.0);
        let groups: Vec<&str> = (0..TEXT_LEN).step_by(4).filter_map(|at| plain.get(at..at + 4)).collect();
        groups.join("-")
    }

    /// What the database keeps.
    pub fn hash(&self) -> [u8; 32] {
        sha256(&[b"waxwing/recovery-code/1\0", &self.0])
    }
}

impl fmt::Debug for RecoveryCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RecoveryCode(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use waxwing_domain::TestRng;

    #[test]
    fn a_code_is_read_as_people_type_it() {
        let code = RecoveryCode([0x5a; CODE_LEN]);
        assert_eq!(code.text(), "b9d5-mpjt-b9d5-mpjt-b9d5-mpjt");
        for typed in ["b9d5-mpjt-b9d5-mpjt-b9d5-mpjt", "B9D5MPJTB9D5MPJTB9D5MPJT", " b9d5 mpjt b9d5 mpjt b9d5 mpjt "] {
            assert_eq!(RecoveryCode::parse(typed).map(|code| code.hash()), Some(code.hash()), "{typed}");
        }
    }

    #[test]
    fn what_cannot_be_a_code_is_refused() {
        for typed in ["", "b9d5", "b9d5-mpjt-b9d5-mpjt-b9d5-mpju", "b9d5-mpjt-b9d5-mpjt", &"-".repeat(49), "é"] {
            assert!(RecoveryCode::parse(typed).is_none(), "{typed}");
        }
    }

    #[test]
    fn ten_codes_differ_and_the_hash_is_frozen() {
        let hashes: std::collections::BTreeSet<_> =
            recovery_codes(&TestRng::seeded(1)).iter().map(RecoveryCode::hash).collect();
        assert_eq!(hashes.len(), 10);
        assert_eq!(
            hex::encode(RecoveryCode([7; CODE_LEN]).hash()),
            "b01ede033e5f71728afc3d2004e164421679fdf440ed873062df82438c44fc20"
        );
    }
}
