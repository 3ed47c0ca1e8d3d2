//! The key types: 32 random bytes that wipe themselves and never print.
//!
//! Promise: each kind of key is its own type, so that one cannot be used as another.
//! Limit: wiping happens where the value is dropped; copies made by moving it are not found.

use std::fmt;
use waxwing_domain::Rng;
use zeroize::{Zeroize, ZeroizeOnDrop};

macro_rules! key {
    ($(#[$doc:meta])* $visibility:vis $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Zeroize, ZeroizeOnDrop)]
        $visibility struct $name([u8; 32]);

        impl $name {
            /// Draws a fresh key of 256 bits.
            pub fn random(rng: &dyn Rng) -> Self {
                let mut bytes = [0u8; 32];
                rng.fill(&mut bytes);
                Self(bytes)
            }
            /// A key from bytes that were stored under another key.
            pub(crate) const fn from_bytes(bytes: [u8; 32]) -> Self {
                Self(bytes)
            }
            /// The key itself; never leaves this crate unsealed.
            pub(crate) const fn bytes(&self) -> &[u8; 32] {
                &self.0
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(concat!(stringify!($name), "(..)"))
            }
        }
    };
}

key! {
    /// The key of one person: destroying it erases what was sealed under it.
    pub SubjectKey
}
key! {
    /// The key that seals the key ring; kept in a file outside the data directory.
    pub RootKey
}
key! {
    /// The key of one file: an upload, a reject file or an export.
    pub FileKey
}
key! {
    /// A key of the ring: epochs and the shared keys of workspaces.
    pub(crate) RingKey
}

#[cfg(test)]
mod tests {
    use super::*;
    use waxwing_domain::TestRng;

    #[test]
    fn a_key_never_prints_its_bytes() {
        let key = SubjectKey::random(&TestRng::seeded(1));
        assert_eq!(format!("{key:?}"), "SubjectKey(..)");
    }
}
