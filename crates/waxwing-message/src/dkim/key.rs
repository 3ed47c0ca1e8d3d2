//! Signing keys and the DNS records that publish them (RFC 6376 §3.6.1, RFC 8463 §4.2).

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der, PublicKeyX509Der};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair, RSA_PKCS1_SHA256, RsaKeyPair};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use std::fmt;
use zeroize::Zeroizing;

/// Why a key or a signature cannot be made. Never holds key material.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DkimError {
    /// The bytes are not a PKCS#8 key of the kind.
    #[error("the stored signing key cannot be read")]
    Key,
    /// An RSA key of fewer than 2,048 bits.
    #[error("signing keys need at least 2048 bits")]
    TooShort,
    /// The library refused to generate or sign.
    #[error("the signing key could not be used")]
    Signing,
    /// Not a name of letters, digits and dashes of at most 63 characters.
    #[error("a selector is made of letters, digits and dashes")]
    Selector,
    /// The message has no From field.
    #[error("a message without From cannot be signed")]
    NoFrom,
}

/// The two algorithms every message is signed with.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum DkimAlgorithm {
    /// `rsa-sha256`, 2,048 bits: what every receiver checks.
    Rsa,
    /// `ed25519-sha256` (RFC 8463).
    Ed25519,
}

impl DkimAlgorithm {
    /// Both.
    pub const ALL: &'static [Self] = &[Self::Rsa, Self::Ed25519];

    /// The `a=` tag.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Rsa => "rsa-sha256",
            Self::Ed25519 => "ed25519-sha256",
        }
    }
}

enum Pair {
    Rsa(Box<RsaKeyPair>),
    Ed25519(Ed25519KeyPair),
}

/// A private signing key. It prints nothing of itself.
pub struct DkimKey(Pair);

impl fmt::Debug for DkimKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DkimKey({})", self.algorithm().name())
    }
}

impl DkimKey {
    /// A fresh key from the operating system's randomness. RSA takes some tenths of a second.
    pub fn generate(algorithm: DkimAlgorithm) -> Result<Self, DkimError> {
        let pair = match algorithm {
            DkimAlgorithm::Rsa => {
                Pair::Rsa(Box::new(RsaKeyPair::generate(KeySize::Rsa2048).map_err(|_| DkimError::Signing)?))
            }
            DkimAlgorithm::Ed25519 => Pair::Ed25519(Ed25519KeyPair::generate().map_err(|_| DkimError::Signing)?),
        };
        Ok(Self(pair))
    }

    /// Reads a key that [`Self::to_pkcs8`] wrote, or another program's PKCS#8 DER.
    pub fn from_pkcs8(algorithm: DkimAlgorithm, der: &[u8]) -> Result<Self, DkimError> {
        let pair = match algorithm {
            DkimAlgorithm::Rsa => {
                let pair = RsaKeyPair::from_pkcs8(der).map_err(|_| DkimError::Key)?;
                if pair.public_modulus_len() < 256 {
                    return Err(DkimError::TooShort);
                }
                Pair::Rsa(Box::new(pair))
            }
            DkimAlgorithm::Ed25519 => Pair::Ed25519(Ed25519KeyPair::from_pkcs8(der).map_err(|_| DkimError::Key)?),
        };
        Ok(Self(pair))
    }

    /// The private key as PKCS#8 DER, for sealed storage; wiped when dropped.
    pub fn to_pkcs8(&self) -> Result<Zeroizing<Vec<u8>>, DkimError> {
        let bytes = match &self.0 {
            Pair::Rsa(pair) => {
                let der: Pkcs8V1Der<'_> = pair.as_der().map_err(|_| DkimError::Key)?;
                der.as_ref().to_vec()
            }
            Pair::Ed25519(pair) => pair.to_pkcs8().map_err(|_| DkimError::Key)?.as_ref().to_vec(),
        };
        Ok(Zeroizing::new(bytes))
    }

    /// Which algorithm it signs with.
    pub const fn algorithm(&self) -> DkimAlgorithm {
        match self.0 {
            Pair::Rsa(_) => DkimAlgorithm::Rsa,
            Pair::Ed25519(_) => DkimAlgorithm::Ed25519,
        }
    }

    /// The value of the TXT record at `selector._domainkey.domain`. Longer than 255 bytes for RSA:
    /// the DNS wants it cut into strings of at most 255.
    pub fn dns_record(&self) -> Result<String, DkimError> {
        let (kind, public) = match &self.0 {
            Pair::Rsa(pair) => {
                let der: PublicKeyX509Der<'_> = pair.public_key().as_der().map_err(|_| DkimError::Key)?;
                ("rsa", STANDARD.encode(der.as_ref()))
            }
            Pair::Ed25519(pair) => ("ed25519", STANDARD.encode(pair.public_key().as_ref())),
        };
        Ok(format!("v=DKIM1; k={kind}; p={public}"))
    }

    /// Signs the canonical headers. RFC 8463 signs their SHA-256, not themselves.
    pub(super) fn sign(&self, data: &[u8]) -> Result<Vec<u8>, DkimError> {
        match &self.0 {
            Pair::Rsa(pair) => {
                let mut signature = vec![0; pair.public_modulus_len()];
                pair.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), data, &mut signature)
                    .map_err(|_| DkimError::Signing)?;
                Ok(signature)
            }
            Pair::Ed25519(pair) => {
                let hash = digest(&SHA256, data);
                Ok(pair.try_sign(hash.as_ref()).map_err(|_| DkimError::Signing)?.as_ref().to_vec())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_survive_storage() {
        for &algorithm in DkimAlgorithm::ALL {
            let key = DkimKey::generate(algorithm).expect("generates");
            let again = DkimKey::from_pkcs8(algorithm, &key.to_pkcs8().expect("exports")).expect("reads");
            assert_eq!(key.dns_record(), again.dns_record());
            assert_eq!(key.sign(b"x"), again.sign(b"x"), "both algorithms are deterministic");
        }
    }

    #[test]
    fn records_have_the_form_of_their_standards() {
        let ed = DkimKey::generate(DkimAlgorithm::Ed25519).expect("generates").dns_record().expect("exports");
        let public = ed.strip_prefix("v=DKIM1; k=ed25519; p=").expect("prefix");
        assert_eq!(STANDARD.decode(public).map(|raw| raw.len()), Ok(32));
        let rsa = DkimKey::generate(DkimAlgorithm::Rsa).expect("generates").dns_record().expect("exports");
        assert!(rsa.starts_with("v=DKIM1; k=rsa; p=MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8A"), "{rsa}");
    }

    #[test]
    fn what_is_no_key_is_refused() {
        assert_eq!(DkimKey::from_pkcs8(DkimAlgorithm::Rsa, b"x").err(), Some(DkimError::Key));
        let ed = DkimKey::generate(DkimAlgorithm::Ed25519).expect("generates").to_pkcs8().expect("exports");
        assert_eq!(DkimKey::from_pkcs8(DkimAlgorithm::Rsa, &ed).err(), Some(DkimError::Key));
        assert_eq!(format!("{:?}", DkimKey::generate(DkimAlgorithm::Ed25519)), "Ok(DkimKey(ed25519-sha256))");
    }
}
