//! Keys that sign notes, and their text forms (C2SP signed-note, tlog-cosignature).
//!
//! Promise: a name and an id belong to one key and one kind of signature, so that a cosignature is
//! never taken for the log's own. Limit: a verifier's key is only as good as the way it came.

use super::{TlogError, base64, from_base64};
use crate::token::sha256;
use aws_lc_rs::signature::{ED25519, Ed25519KeyPair, KeyPair as _, UnparsedPublicKey};
use std::fmt;
use std::str::FromStr;
use waxwing_domain::Rng;
use zeroize::Zeroizing;

/// The longest name of a key, in bytes.
const MAX_NAME: usize = 255;

/// What a key signs. The numbers are C2SP's.
#[derive(Clone, Copy, PartialEq, Eq, Debug, PartialOrd, Ord)]
#[repr(u8)]
pub enum SignatureKind {
    /// The text of a note: Ed25519 (RFC 8032).
    Note = 1,
    /// A witness's word that it saw this checkpoint, with the time: `cosignature/v1`.
    Cosignature = 4,
}

impl SignatureKind {
    const fn from_byte(byte: u8) -> Option<Self> {
        match byte {
            1 => Some(Self::Note),
            4 => Some(Self::Cosignature),
            _ => None,
        }
    }
}

/// A public key with its name: `name+id+base64`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct VerifierKey {
    name: String,
    kind: SignatureKind,
    public: [u8; 32],
}

impl VerifierKey {
    /// A key of that name; `None` when the name cannot stand in a note.
    pub fn new(name: &str, kind: SignatureKind, public: [u8; 32]) -> Option<Self> {
        is_name(name).then(|| Self { name: name.to_owned(), kind, public })
    }

    /// Its name; of a log, the origin.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What it signs.
    pub const fn kind(&self) -> SignatureKind {
        self.kind
    }

    /// The 32 bytes of the key.
    pub const fn public(&self) -> &[u8; 32] {
        &self.public
    }

    /// The same key under another name: a log that went on under a new origin.
    pub fn renamed(&self, name: &str) -> Option<Self> {
        Self::new(name, self.kind, self.public)
    }

    /// The first four bytes of SHA-256 over name, newline, kind and key.
    pub fn id(&self) -> [u8; 4] {
        let hash = sha256(&[self.name.as_bytes(), b"\n", &[self.kind as u8], &self.public]);
        [hash[0], hash[1], hash[2], hash[3]]
    }

    pub(super) fn verify(&self, message: &[u8], signature: &[u8]) -> bool {
        UnparsedPublicKey::new(&ED25519, &self.public).verify(message, signature).is_ok()
    }
}

impl fmt::Display for VerifierKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [a, b, c, d] = self.id();
        let key = base64(&[&[self.kind as u8], &self.public[..]].concat());
        write!(f, "{}+{a:02x}{b:02x}{c:02x}{d:02x}+{key}", self.name)
    }
}

impl fmt::Debug for VerifierKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "VerifierKey({self})")
    }
}

impl FromStr for VerifierKey {
    type Err = TlogError;

    fn from_str(text: &str) -> Result<Self, TlogError> {
        let mut parts = text.splitn(3, '+');
        let (name, _, key) = (|| Some((parts.next()?, parts.next()?, parts.next()?)))().ok_or(TlogError::Key)?;
        let key = from_base64(key).ok_or(TlogError::Key)?;
        let (kind, public) = key.split_first().ok_or(TlogError::Key)?;
        let kind = SignatureKind::from_byte(*kind).ok_or(TlogError::Key)?;
        let public = public.try_into().map_err(|_| TlogError::Key)?;
        let read = Self::new(name, kind, public).ok_or(TlogError::Key)?;
        // Its id too, and everything in the one form there is.
        if read.to_string() == text { Ok(read) } else { Err(TlogError::Key) }
    }
}

/// Not empty, no space of any kind, no plus sign, no control character.
pub(super) fn is_name(name: &str) -> bool {
    let wrong = |c: char| c.is_whitespace() || c.is_control() || c == '+';
    !name.is_empty() && name.len() <= MAX_NAME && !name.contains(wrong)
}

/// A private key with its name.
pub struct NoteSigner {
    key: VerifierKey,
    pair: Ed25519KeyPair,
    seed: Zeroizing<[u8; 32]>,
}

impl NoteSigner {
    /// A fresh key.
    pub fn random(name: &str, kind: SignatureKind, rng: &dyn Rng) -> Option<Self> {
        let mut seed = Zeroizing::new([0u8; 32]);
        rng.fill(&mut *seed);
        Self::from_seed(name, kind, &seed)
    }

    /// The key of a stored seed (RFC 8032 §5.1.5).
    pub fn from_seed(name: &str, kind: SignatureKind, seed: &[u8; 32]) -> Option<Self> {
        let pair = Ed25519KeyPair::from_seed_unchecked(seed).ok()?;
        let public = pair.public_key().as_ref().try_into().ok()?;
        Some(Self { key: VerifierKey::new(name, kind, public)?, pair, seed: Zeroizing::new(*seed) })
    }

    /// The public key.
    pub const fn verifier(&self) -> &VerifierKey {
        &self.key
    }

    /// The seed, to be sealed.
    pub fn seed(&self) -> &[u8; 32] {
        &self.seed
    }

    pub(super) fn sign(&self, message: &[u8]) -> Vec<u8> {
        self.pair.sign(message).as_ref().to_vec()
    }

    /// The private form, `PRIVATE+KEY+name+id+base64`: for a file that only its owner can read.
    pub fn private_text(&self) -> Zeroizing<String> {
        let key = Zeroizing::new([&[self.key.kind as u8], &self.seed[..]].concat());
        let [a, b, c, d] = self.key.id();
        let name = &self.key.name;
        Zeroizing::new(format!("PRIVATE+KEY+{name}+{a:02x}{b:02x}{c:02x}{d:02x}+{}", base64(&key)))
    }

    /// Reads what [`Self::private_text`] wrote.
    pub fn from_private_text(text: &str) -> Result<Self, TlogError> {
        let mut parts = text.strip_prefix("PRIVATE+KEY+").ok_or(TlogError::Key)?.splitn(3, '+');
        let (name, _, key) = (|| Some((parts.next()?, parts.next()?, parts.next()?)))().ok_or(TlogError::Key)?;
        let key = Zeroizing::new(from_base64(key).ok_or(TlogError::Key)?);
        let (kind, seed) = key.split_first().ok_or(TlogError::Key)?;
        let kind = SignatureKind::from_byte(*kind).ok_or(TlogError::Key)?;
        let seed = seed.try_into().map_err(|_| TlogError::Key)?;
        let read = Self::from_seed(name, kind, seed).ok_or(TlogError::Key)?;
        if *read.private_text() == text { Ok(read) } else { Err(TlogError::Key) }
    }
}

impl fmt::Debug for NoteSigner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "NoteSigner({})", self.key)
    }
}
