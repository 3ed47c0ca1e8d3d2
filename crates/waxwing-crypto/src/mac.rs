//! The two keyed primitives the rest is made of: HMAC-SHA-256 and one-object keys by HKDF.
//!
//! Promise: every input begins with a label that ends in a zero byte and belongs to one use, so
//! that no tag or key of one use can be taken for another's. Limit: the parts after the label are
//! joined without lengths; callers put fields of fixed width first and the variable one last.

use crate::secret::RingKey;
use aws_lc_rs::{hkdf, hmac};

/// HMAC-SHA-256 (RFC 2104) over the label and the parts.
pub(crate) fn mac32(key: &RingKey, label: &[u8], parts: &[&[u8]]) -> [u8; 32] {
    let key = hmac::Key::new(hmac::HMAC_SHA256, key.bytes());
    let mut context = hmac::Context::with_key(&key);
    context.update(label);
    for part in parts {
        context.update(part);
    }
    let mut tag = [0u8; 32];
    tag.copy_from_slice(context.sign().as_ref());
    tag
}

/// The leftmost `N` bytes of [`mac32`].
///
/// RFC 2104 §5 allows truncation to no less than half the hash: 128 of 256 bits is that bound.
/// Shorter results are used only as hints whose collisions do no harm.
pub(crate) fn mac_truncated<const N: usize>(key: &RingKey, label: &[u8], parts: &[&[u8]]) -> [u8; N] {
    const { assert!(N <= 32) };
    let full = mac32(key, label, parts);
    let mut tag = [0u8; N];
    tag.copy_from_slice(&full[..N]);
    tag
}

/// HKDF-SHA256 (RFC 5869) with a 32-byte salt: the key of one object.
pub(crate) fn one_object_key(key: &[u8; 32], salt: &[u8; 32], info: &[&[u8]]) -> RingKey {
    struct Length;
    impl hkdf::KeyType for Length {
        fn len(&self) -> usize {
            32
        }
    }
    let mut out = [0u8; 32];
    hkdf::Salt::new(hkdf::HKDF_SHA256, salt)
        .extract(key)
        .expand(info, Length)
        .and_then(|okm| okm.fill(&mut out))
        .expect("32 bytes is within HKDF's limit of 255 hashes");
    RingKey::from_bytes(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_lc_rs::digest;

    #[test]
    fn the_mac_is_hmac_sha256_over_the_joined_parts() {
        let key = RingKey::from_bytes([7; 32]);
        // HMAC by hand: H((k ^ opad) || H((k ^ ipad) || text)).
        let pad = |byte: u8| (0..64).map(|i| if i < 32 { 7 ^ byte } else { byte }).collect::<Vec<u8>>();
        let inner = digest::digest(&digest::SHA256, &[&pad(0x36)[..], b"label\0one two"].concat());
        let outer = digest::digest(&digest::SHA256, &[&pad(0x5c)[..], inner.as_ref()].concat());
        assert_eq!(&mac32(&key, b"label\0", &[b"one ", b"two"])[..], outer.as_ref());
        assert_eq!(&mac_truncated::<16>(&key, b"label\0", &[b"one two"])[..], &outer.as_ref()[..16]);
    }

    #[test]
    fn another_salt_or_purpose_gives_another_key() {
        let one = one_object_key(&[1; 32], &[2; 32], &[b"a"]);
        assert_ne!(one.bytes(), one_object_key(&[1; 32], &[3; 32], &[b"a"]).bytes());
        assert_ne!(one.bytes(), one_object_key(&[1; 32], &[2; 32], &[b"b"]).bytes());
        assert_eq!(
            hex::encode(one.bytes()),
            "f390e133f1417fa4dbce7a61f430051ffa136fb3c863769e8c2ba37768fc3d16",
            "the derivation is frozen"
        );
    }
}
