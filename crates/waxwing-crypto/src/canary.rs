//! The key behind made-up people: who they are, where they stand, and how they are known again.
//!
//! Promise: without the key nothing tells a made-up person's address from another one of its domain, and what is drawn
//! for one mark and number says nothing about the next. Limit: with the key everybody made up can be worked out; it is
//! stored sealed under a key of the workspace, and is as safe as that.

use crate::mac::{mac_truncated, mac32};
use crate::secret::RingKey;
use std::fmt;
use waxwing_domain::Rng;
use zeroize::Zeroizing;

/// A workspace's key for made-up people.
#[derive(Clone)]
pub struct CanaryKey(RingKey);

impl fmt::Debug for CanaryKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CanaryKey(..)")
    }
}

impl CanaryKey {
    /// Draws a fresh key of 256 bits.
    pub fn random(rng: &dyn Rng) -> Self {
        Self(RingKey::random(rng))
    }

    /// A key that was stored; `None` unless it is 32 bytes.
    pub fn from_stored(bytes: &[u8]) -> Option<Self> {
        Some(Self(RingKey::from_bytes(bytes.try_into().ok()?)))
    }

    /// The bytes to be sealed and stored, wiped when dropped.
    pub fn to_stored(&self) -> Zeroizing<Vec<u8>> {
        Zeroizing::new(self.0.bytes().to_vec())
    }

    /// What is drawn for person `number` of a mark; another `turn` gives other bytes.
    pub fn draw(&self, mark: i64, number: u32, turn: u32) -> [u8; 32] {
        mac32(&self.0, b"waxwing/canary/draw/1\0", &[&mark.to_be_bytes(), &number.to_be_bytes(), &turn.to_be_bytes()])
    }

    /// Where person `number` of a mark stands among `rows` others: 0 is before the first. 0 among none.
    pub fn place(&self, mark: i64, number: u32, rows: u64) -> u64 {
        let parts: [&[u8]; 2] = [&mark.to_be_bytes(), &number.to_be_bytes()];
        let drawn: [u8; 8] = mac_truncated(&self.0, b"waxwing/canary/place/1\0", &parts);
        // A modulus leans by less than rows / 2^64, which nobody can see.
        u64::from_be_bytes(drawn).checked_rem(rows).unwrap_or(0)
    }

    /// The tag by which a made-up address is looked up: 128 bits over its normalised form.
    pub fn tag(&self, normalised: &str) -> [u8; 16] {
        mac_truncated(&self.0, b"waxwing/canary/tag/1\0", &[normalised.as_bytes()])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use waxwing_domain::TestRng;

    #[test]
    fn what_is_drawn_is_frozen_and_differs_by_mark_number_and_turn() {
        let key = CanaryKey::from_stored(&[7; 32]).expect("32 bytes");
        let one = key.draw(1, 2, 3);
        for other in [key.draw(2, 2, 3), key.draw(1, 3, 3), key.draw(1, 2, 4)] {
            assert_ne!(one, other);
        }
        let again = CanaryKey::from_stored(&key.to_stored()).expect("32 bytes");
        assert_eq!((again.draw(1, 2, 3), again.tag("a@b.example")), (one, key.tag("a@b.example")));
        assert_ne!(key.tag("a@b.example"), CanaryKey::random(&TestRng::seeded(1)).tag("a@b.example"));
        assert!(CanaryKey::from_stored(&[7; 31]).is_none());
        assert_eq!(format!("{key:?}"), "CanaryKey(..)");
    }

    #[test]
    fn places_are_spread_over_all_rows() {
        let key = CanaryKey::from_stored(&[7; 32]).expect("32 bytes");
        let places: Vec<u64> = (0..1_000).map(|number| key.place(5, number, 10)).collect();
        assert!((0..10).all(|row| places.iter().filter(|place| **place == row).count() > 50), "{places:?}");
        assert_eq!(key.place(5, 1, 0), 0);
    }
}
