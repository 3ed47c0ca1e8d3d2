//! The text form of an API key.
//!
//! Promise: `waxwing_<id, 13>_<secret, 43>_<checksum, 6>` is found by secret scanners by its
//! prefix, and a mistyped or cut key is told from a wrong one without asking the database. Limit:
//! the checksum protects against accidents; only the stored hash says whether the key is genuine.

use crate::token::{SecretPurpose, SecretToken, TOKEN_TEXT_LEN};
use waxwing_domain::{ApiKeyId, Rng};

const PREFIX: &str = "waxwing_";
const ID_LEN: usize = 13;
const CHECK_LEN: usize = 6;
const BODY_LEN: usize = PREFIX.len() + ID_LEN + 1 + TOKEN_TEXT_LEN;
const BASE62: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// Why a text is not an API key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ApiKeyError {
    /// Another form altogether.
    #[error("an API key begins with waxwing_ and is 72 characters long")]
    Malformed,
    /// The right form, but mistyped or cut.
    #[error("this API key is mistyped: copy it again in full")]
    Mistyped,
}

/// An API key: a public id and a secret. Shown once; the secret is stored as its hash.
#[derive(Clone, Debug)]
pub struct ApiKey {
    /// The id, under which the hash is stored.
    pub id: ApiKeyId,
    /// The secret; see [`SecretToken::hash`].
    pub secret: SecretToken,
}

impl ApiKey {
    /// Draws a fresh secret for an id.
    pub fn random(id: ApiKeyId, rng: &dyn Rng) -> Self {
        Self { id, secret: SecretToken::random(SecretPurpose::ApiKey, rng) }
    }

    /// The key as its owner sees it, once.
    pub fn text(&self) -> String {
        let mut text = format!("{PREFIX}{}_{}", self.id, self.secret.text());
        let check = checksum(text.as_bytes());
        text.push('_');
        text.push_str(&check);
        text
    }

    /// Reads a key and checks its checksum; whether it is known is the caller's to ask.
    pub fn parse(text: &str) -> Result<Self, ApiKeyError> {
        let (body, check) = split(text).ok_or(ApiKeyError::Malformed)?;
        if checksum(body.as_bytes()) != check {
            return Err(ApiKeyError::Mistyped);
        }
        let rest = &body[PREFIX.len()..];
        let id = rest[..ID_LEN].parse().map_err(|_| ApiKeyError::Malformed)?;
        let secret = SecretToken::parse(SecretPurpose::ApiKey, &rest[ID_LEN + 1..]);
        Ok(Self { id, secret: secret.map_err(|_| ApiKeyError::Malformed)? })
    }
}

/// By position, since the secret may contain underscores itself. Only ASCII can be cut anywhere.
fn split(text: &str) -> Option<(&str, &str)> {
    let shaped = text.is_ascii() && text.len() == BODY_LEN + 1 + CHECK_LEN && text.starts_with(PREFIX);
    let bytes = text.as_bytes();
    let separated = shaped && bytes[PREFIX.len() + ID_LEN] == b'_' && bytes[BODY_LEN] == b'_';
    separated.then(|| (&text[..BODY_LEN], &text[BODY_LEN + 1..]))
}

/// CRC-32 in six digits of base 62, as other recognisable tokens carry it.
fn checksum(body: &[u8]) -> String {
    let mut value = crc32(body) as usize;
    let mut digits = [b'0'; CHECK_LEN];
    for digit in digits.iter_mut().rev() {
        *digit = BASE62[value % 62];
        value /= 62;
    }
    digits.map(char::from).iter().collect()
}

/// CRC-32 of ISO 3309 (as in gzip, RFC 1952 §8), bit by bit: 65 bytes need no table.
fn crc32(bytes: &[u8]) -> u32 {
    let step = |crc: u32, _| if crc & 1 == 1 { (crc >> 1) ^ 0xedb8_8320 } else { crc >> 1 };
    !bytes.iter().fold(!0, |crc, byte| (0..8).fold(crc ^ u32::from(*byte), step))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use waxwing_domain::TestRng;

    fn key() -> ApiKey {
        ApiKey::random(ApiKeyId::from_i64(77), &TestRng::seeded(3))
    }

    #[test]
    fn the_checksum_is_crc_32() {
        assert_eq!(crc32(b"123456789"), 0xcbf4_3926);
    }

    #[test]
    fn a_key_survives_its_text() {
        let text = key().text();
        let read = ApiKey::parse(&text).expect("its own text");
        assert_eq!((read.id, text.len()), (ApiKeyId::from_i64(77), 72));
        assert!(read.secret.matches(&key().secret.hash()));
        assert_eq!(text, "waxwing_000000000002d_7Y8B2-QUCx2JqYF7im9GswHdUNCm6Oucz8mrZvtkpxI_39Pexb");
    }

    #[test]
    fn any_single_mistake_is_noticed() {
        let text = key().text();
        for at in 0..text.len() {
            let mut bytes = text.clone().into_bytes();
            bytes[at] = if bytes[at] == b'x' { b'y' } else { b'x' };
            let wrong = String::from_utf8(bytes).expect("still ASCII");
            assert!(ApiKey::parse(&wrong).is_err(), "{at}");
        }
    }

    #[test]
    fn what_is_not_a_key_is_refused() {
        let short = &key().text()[..71];
        for text in ["", "waxwing_", short, &"é".repeat(36), &"_".repeat(72)] {
            assert_eq!(ApiKey::parse(text).err(), Some(ApiKeyError::Malformed));
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in "waxwing_\\PC{0,80}") {
            let _ = ApiKey::parse(&text);
        }
    }
}
