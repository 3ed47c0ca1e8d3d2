//! A provider's key set (RFC 7517).
//!
//! Promise: each key is bound to the one algorithm that fits its kind, so that a token cannot choose how it is checked;
//! keys of other kinds are passed over. Limit: a set has at most 64 keys and 256 KiB, RSA has 2,048 to 8,192 bits.

use crate::MOST_BYTES;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ED25519, RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents, UnparsedPublicKey,
};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;

/// The most keys of a set.
const MOST_KEYS: usize = 64;

/// How a token may be signed (RFC 7518 §3, RFC 8037 §3.1).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Algorithm {
    /// RSA with PKCS #1 v1.5 and SHA-256.
    Rs256,
    /// ECDSA on P-256 with SHA-256.
    Es256,
    /// Ed25519.
    EdDsa,
}

impl Algorithm {
    /// Reads the word of a header; `none` and everything with a shared key are nothing.
    pub(crate) fn parse(word: &str) -> Option<Self> {
        Some(match word {
            "RS256" => Self::Rs256,
            "ES256" => Self::Es256,
            "EdDSA" => Self::EdDsa,
            _ => return None,
        })
    }
}

/// The keys that a provider signs by.
#[derive(Clone, Debug)]
pub struct KeySet(Vec<Key>);

#[derive(Clone, Debug)]
struct Key {
    id: Option<String>,
    public: Public,
}

#[derive(Clone, Debug)]
enum Public {
    Rsa { n: Vec<u8>, e: Vec<u8> },
    P256(Vec<u8>),
    Ed25519(Vec<u8>),
}

/// A document that is no key set, or too large a one.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("the provider’s keys cannot be read")]
pub struct KeySetError;

#[derive(Deserialize)]
struct Document {
    keys: Vec<serde_json::Value>,
}

/// The members that matter (RFC 7517 §4, RFC 7518 §6).
#[derive(Deserialize)]
struct Written {
    kty: String,
    #[serde(rename = "use")]
    purpose: Option<String>,
    alg: Option<String>,
    kid: Option<String>,
    crv: Option<String>,
    n: Option<String>,
    e: Option<String>,
    x: Option<String>,
    y: Option<String>,
}

impl KeySet {
    /// Reads a set; keys that are not for signatures or of a kind not known here are passed over (RFC 7517 §5).
    ///
    /// # Errors
    /// [`KeySetError`] for what is no set or too large.
    pub fn parse(bytes: &[u8]) -> Result<Self, KeySetError> {
        if bytes.len() > MOST_BYTES {
            return Err(KeySetError);
        }
        let document: Document = serde_json::from_slice(bytes).map_err(|_| KeySetError)?;
        if document.keys.len() > MOST_KEYS {
            return Err(KeySetError);
        }
        let written = document.keys.into_iter().filter_map(|key| serde_json::from_value(key).ok());
        Ok(Self(written.filter_map(Key::of).collect()))
    }

    /// Whether there is a key by which a token with this header could be signed: else the set may be old.
    pub fn has(&self, id: Option<&str>, algorithm: Algorithm) -> bool {
        self.fitting(id, algorithm).next().is_some()
    }

    /// Whether one of the fitting keys signed it.
    pub(crate) fn verifies(&self, id: Option<&str>, algorithm: Algorithm, message: &[u8], signature: &[u8]) -> bool {
        self.fitting(id, algorithm).any(|key| key.public.verifies(message, signature))
    }

    /// Those of the algorithm with this name; a token that names none may be by any of them.
    fn fitting<'a>(&'a self, id: Option<&'a str>, algorithm: Algorithm) -> impl Iterator<Item = &'a Key> {
        let named = move |key: &&Key| id.is_none() || key.id.as_deref() == id;
        self.0.iter().filter(move |key| key.public.algorithm() == algorithm).filter(named)
    }
}

impl Key {
    fn of(written: Written) -> Option<Self> {
        let public = Public::of(&written)?;
        let signs = written.purpose.as_deref().is_none_or(|purpose| purpose == "sig");
        let agrees = written.alg.as_deref().is_none_or(|word| Algorithm::parse(word) == Some(public.algorithm()));
        (signs && agrees).then_some(Self { id: written.kid, public })
    }
}

impl Public {
    fn of(written: &Written) -> Option<Self> {
        let bytes = |text: &Option<String>| URL_SAFE_NO_PAD.decode(text.as_deref()?).ok();
        let curve = written.crv.as_deref();
        match (written.kty.as_str(), curve) {
            ("RSA", _) => Some(Self::Rsa { n: bytes(&written.n)?, e: bytes(&written.e)? }),
            ("EC", Some("P-256")) => point(&bytes(&written.x)?, &bytes(&written.y)?).map(Self::P256),
            ("OKP", Some("Ed25519")) => bytes(&written.x).filter(|x| x.len() == 32).map(Self::Ed25519),
            _ => None,
        }
    }

    const fn algorithm(&self) -> Algorithm {
        match self {
            Self::Rsa { .. } => Algorithm::Rs256,
            Self::P256(_) => Algorithm::Es256,
            Self::Ed25519(_) => Algorithm::EdDsa,
        }
    }

    fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        match self {
            Self::Rsa { n, e } => {
                RsaPublicKeyComponents { n, e }.verify(&RSA_PKCS1_2048_8192_SHA256, message, signature).is_ok()
            }
            Self::P256(point) => {
                UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point).verify(message, signature).is_ok()
            }
            Self::Ed25519(key) => UnparsedPublicKey::new(&ED25519, key).verify(message, signature).is_ok(),
        }
    }
}

/// Both coordinates behind the mark of an uncompressed point (SEC 1 §2.3.3).
fn point(x: &[u8], y: &[u8]) -> Option<Vec<u8>> {
    (x.len() == 32 && y.len() == 32).then(|| [&[4], x, y].concat())
}
