//! How one value is sealed: AES-256-GCM, padded, bound to its place.
//!
//! Promise: a sealed value names its key exactly, opens with that key in its own place and
//! nowhere else, and shows its length only to the next 32 bytes. Limit: an old ciphertext
//! replayed into its own cell is not detected; the access record and backups are what answer that.
//!
//! Layout, frozen, format 1:
//!
//! | bytes | subject key | shared key |
//! |---|---|---|
//! | 1 | format, 1 | format, 1 |
//! | 1 | kind of key ([`SealedBy`]) | kind of key |
//! | 4 | subject number | epoch, month or version |
//! | 4 | generation | 0 |
//! | 12 or 32 | random nonce | random salt |
//! | n | ciphertext | ciphertext |
//! | 16 | tag | tag |
//!
//! The associated data is the place ([`Place::ad`]) followed by those first ten bytes. Under a
//! subject key few values are sealed, so a random 96-bit nonce is safe (NIST SP 800-38D §8.3 sets
//! the bound at 2^32). A shared key seals millions: each object gets a key of its own by HKDF
//! with a 32-byte salt, used once, with a nonce of zero.
//!
//! The plaintext is its length (4 bytes), its bytes, then zeros to a multiple of 32. Only the
//! wrapped key of a person, always 32 bytes, is sealed without padding.

use crate::mac::one_object_key;
use crate::place::{AD_LEN, Place};
use crate::secret::{RingKey, SubjectKey};
use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use waxwing_domain::Rng;
use zeroize::{Zeroize, Zeroizing};

const FORMAT: u8 = 1;
const HEADER_LEN: usize = 10;
const SALT_LEN: usize = 32;
pub(crate) const TAG_LEN: usize = 16;
const LENGTH_LEN: usize = 4;
/// Plaintexts are padded to a multiple of this many bytes, their length included.
pub const PAD_TO: usize = 32;
/// HKDF's `info` for one-object keys, followed by the envelope's header.
const ONE_OBJECT: &[u8] = b"waxwing/one-object/1\0";

/// Why a sealed value did not open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum OpenError {
    /// Not an envelope of a known format.
    #[error("the stored value is not in a sealed format this version knows")]
    Format,
    /// The envelope names another key than the one its place calls for.
    #[error("the stored value was sealed under another key than its place calls for")]
    WrongKey,
    /// The seal is broken: another place, changed bytes, or another key of the same name.
    #[error("the stored value was moved or changed and is refused")]
    Refused,
    /// The seal holds but the padding inside does not: a fault of the program that sealed it.
    #[error("the stored value is sealed correctly but badly padded inside")]
    Padding,
    /// The key that the envelope names was destroyed or retired: what it sealed is erased.
    #[error("the key of the stored value has been destroyed, so it cannot be read any more")]
    KeyGone,
    /// The envelope names a key newer than the ring: the key ring is older than the data.
    #[error("the stored value needs a newer key ring than this one: restore the latest key ring file")]
    KeyUnknown,
}

/// The kind of key an envelope names. The numbers are frozen.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum SealedBy {
    /// A person's own key.
    Subject = 1,
    /// An epoch key, which wraps the keys of people.
    Epoch = 2,
    /// A workspace's key for secrets.
    Secret = 3,
    /// A workspace's key for the keys of files.
    File = 4,
    /// A workspace's key for the network addresses of one month.
    Address = 5,
    /// The installation's key for the secrets of accounts.
    Installation = 6,
}

impl SealedBy {
    const ALL: [Self; 6] = [Self::Subject, Self::Epoch, Self::Secret, Self::File, Self::Address, Self::Installation];

    fn from_byte(byte: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| *kind as u8 == byte)
    }
}

/// The exact key an envelope was sealed under.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct KeyId {
    pub(crate) kind: SealedBy,
    pub(crate) number: u32,
    pub(crate) generation: u32,
}

impl KeyId {
    pub(crate) const fn shared(kind: SealedBy, number: u32) -> Self {
        Self { kind, number, generation: 0 }
    }

    const fn subject(place: &Place) -> Self {
        Self { kind: SealedBy::Subject, number: place.subject.get(), generation: place.generation }
    }

    fn header(self) -> [u8; HEADER_LEN] {
        let mut header = [0u8; HEADER_LEN];
        header[0] = FORMAT;
        header[1] = self.kind as u8;
        header[2..6].copy_from_slice(&self.number.to_be_bytes());
        header[6..].copy_from_slice(&self.generation.to_be_bytes());
        header
    }
}

/// Reads which key an envelope names, without opening it.
pub(crate) fn key_id(sealed: &[u8]) -> Result<KeyId, OpenError> {
    let (header, _) = sealed.split_first_chunk::<HEADER_LEN>().ok_or(OpenError::Format)?;
    let [format, kind, n0, n1, n2, n3, g0, g1, g2, g3] = *header;
    if format != FORMAT {
        return Err(OpenError::Format);
    }
    let kind = SealedBy::from_byte(kind).ok_or(OpenError::Format)?;
    let id =
        KeyId { kind, number: u32::from_be_bytes([n0, n1, n2, n3]), generation: u32::from_be_bytes([g0, g1, g2, g3]) };
    if kind != SealedBy::Subject && id.generation != 0 {
        return Err(OpenError::Format);
    }
    Ok(id)
}

/// The kind and number of the key an envelope names, to find what still waits to be sealed again.
/// The number is the subject's, the epoch's, the month's or the version's, by the kind.
pub fn sealed_by(sealed: &[u8]) -> Result<(SealedBy, u32), OpenError> {
    key_id(sealed).map(|id| (id.kind, id.number))
}

/// Seals a value of a person, in `place`, under that person's key.
///
/// Panics when `plain` is 4 GiB or more: such things are files and go through [`crate::file_key`].
pub fn seal_under_subject(key: &SubjectKey, place: &Place, plain: &[u8], rng: &dyn Rng) -> Vec<u8> {
    let header = KeyId::subject(place).header();
    let mut nonce = [0u8; NONCE_LEN];
    rng.fill(&mut nonce);
    let mut sealed = start(&header, &nonce, padded_len(plain.len()));
    push_padded(&mut sealed, plain);
    encrypt_tail(key.bytes(), nonce, &bound(place, &header), &mut sealed, HEADER_LEN + NONCE_LEN);
    sealed
}

/// Opens what [`seal_under_subject`] sealed for the same place.
pub fn open_under_subject(key: &SubjectKey, place: &Place, sealed: &[u8]) -> Result<Vec<u8>, OpenError> {
    let id = key_id(sealed)?;
    if id != KeyId::subject(place) {
        return Err(OpenError::WrongKey);
    }
    let (nonce, body) = sealed[HEADER_LEN..].split_first_chunk::<NONCE_LEN>().ok_or(OpenError::Format)?;
    let padded = decrypt(key.bytes(), *nonce, &bound(place, &id.header()), body)?;
    unpad(padded)
}

/// Opens what was sealed for `from` under `old`, and seals it for `to` under `new`: the same cell under another key of
/// the same person. The plaintext leaves this function nowhere.
pub fn reseal_under_subject(
    (old, from): (&SubjectKey, &Place),
    (new, to): (&SubjectKey, &Place),
    sealed: &[u8],
    rng: &dyn Rng,
) -> Result<Vec<u8>, OpenError> {
    let plain = Zeroizing::new(open_under_subject(old, from, sealed)?);
    Ok(seal_under_subject(new, to, &plain, rng))
}

/// The first bytes of every envelope whose key is of this kind and has this number: what is below it, and not below
/// number 0 of the kind, was sealed under an older key.
pub fn first_bytes(kind: SealedBy, number: u32) -> [u8; 6] {
    let [n0, n1, n2, n3] = number.to_be_bytes();
    [FORMAT, kind as u8, n0, n1, n2, n3]
}

/// What no envelope under a shared key is shorter than, in bytes.
pub const SHORTEST_SHARED: usize = HEADER_LEN + SALT_LEN + PAD_TO + TAG_LEN;

/// Seals a value under a key that seals many: a one-object key, padded like the rest.
pub(crate) fn shared_seal(key: &RingKey, id: KeyId, place: &Place, plain: &[u8], rng: &dyn Rng) -> Vec<u8> {
    one_object_seal(key, id, place, rng, padded_len(plain.len()), |sealed| push_padded(sealed, plain))
}

/// Opens what [`shared_seal`] sealed; the caller has chosen `key` by the envelope's own key id.
pub(crate) fn shared_open(key: &RingKey, id: KeyId, place: &Place, sealed: &[u8]) -> Result<Vec<u8>, OpenError> {
    unpad(one_object_open(key, id, place, sealed)?)
}

/// Seals a person's key under an epoch key; always 32 bytes, so without padding.
pub(crate) fn wrap(key: &RingKey, id: KeyId, place: &Place, subject: &SubjectKey, rng: &dyn Rng) -> Vec<u8> {
    one_object_seal(key, id, place, rng, 32, |sealed| sealed.extend_from_slice(subject.bytes()))
}

/// Opens what [`wrap`] sealed.
pub(crate) fn unwrap(key: &RingKey, id: KeyId, place: &Place, sealed: &[u8]) -> Result<SubjectKey, OpenError> {
    let mut plain = one_object_open(key, id, place, sealed)?;
    let bytes = plain.as_slice().try_into().map(SubjectKey::from_bytes).map_err(|_| OpenError::Padding);
    plain.zeroize();
    bytes
}

fn one_object_seal(
    key: &RingKey,
    id: KeyId,
    place: &Place,
    rng: &dyn Rng,
    body_len: usize,
    push_body: impl FnOnce(&mut Vec<u8>),
) -> Vec<u8> {
    let header = id.header();
    let mut salt = [0u8; SALT_LEN];
    rng.fill(&mut salt);
    let mut sealed = start(&header, &salt, body_len);
    push_body(&mut sealed);
    let object_key = one_object_key(key.bytes(), &salt, &[ONE_OBJECT, &header]);
    encrypt_tail(object_key.bytes(), [0; NONCE_LEN], &bound(place, &header), &mut sealed, HEADER_LEN + SALT_LEN);
    sealed
}

fn one_object_open(key: &RingKey, id: KeyId, place: &Place, sealed: &[u8]) -> Result<Vec<u8>, OpenError> {
    if key_id(sealed)? != id {
        return Err(OpenError::WrongKey);
    }
    let (salt, body) = sealed[HEADER_LEN..].split_first_chunk::<SALT_LEN>().ok_or(OpenError::Format)?;
    let header = id.header();
    let object_key = one_object_key(key.bytes(), salt, &[ONE_OBJECT, &header]);
    decrypt(object_key.bytes(), [0; NONCE_LEN], &bound(place, &header), body)
}

/// The associated data: where the value lives, and the header that names its key.
fn bound(place: &Place, header: &[u8; HEADER_LEN]) -> [u8; AD_LEN + HEADER_LEN] {
    let mut ad = [0u8; AD_LEN + HEADER_LEN];
    ad[..AD_LEN].copy_from_slice(&place.ad());
    ad[AD_LEN..].copy_from_slice(header);
    ad
}

/// One allocation for the whole envelope.
fn start(header: &[u8; HEADER_LEN], chance: &[u8], body_len: usize) -> Vec<u8> {
    let mut sealed = Vec::with_capacity(HEADER_LEN + chance.len() + body_len + TAG_LEN);
    sealed.extend_from_slice(header);
    sealed.extend_from_slice(chance);
    sealed
}

const fn padded_len(plain: usize) -> usize {
    (LENGTH_LEN + plain).next_multiple_of(PAD_TO)
}

fn push_padded(sealed: &mut Vec<u8>, plain: &[u8]) {
    let length = u32::try_from(plain.len()).expect("values of 4 GiB are files, as the documentation says");
    let end = sealed.len() + padded_len(plain.len());
    sealed.extend_from_slice(&length.to_be_bytes());
    sealed.extend_from_slice(plain);
    sealed.resize(end, 0);
}

fn unpad(mut padded: Vec<u8>) -> Result<Vec<u8>, OpenError> {
    let Some((length, rest)) = padded.split_first_chunk::<LENGTH_LEN>() else {
        return Err(OpenError::Padding);
    };
    let length = u32::from_be_bytes(*length) as usize;
    let zeros = rest.get(length..).ok_or(OpenError::Padding)?;
    if padded.len() != padded_len(length) || zeros.iter().any(|&byte| byte != 0) {
        return Err(OpenError::Padding);
    }
    padded.copy_within(LENGTH_LEN..LENGTH_LEN + length, 0);
    padded[length..].zeroize();
    padded.truncate(length);
    Ok(padded)
}

fn cipher(key: &[u8; 32]) -> LessSafeKey {
    LessSafeKey::new(UnboundKey::new(&AES_256_GCM, key).expect("an AES-256 key is 32 bytes"))
}

/// Encrypts everything from `from` on in place and appends the tag.
pub(crate) fn encrypt_tail(key: &[u8; 32], nonce: [u8; NONCE_LEN], ad: &[u8], buffer: &mut Vec<u8>, from: usize) {
    let tag = cipher(key)
        .seal_in_place_separate_tag(Nonce::assume_unique_for_key(nonce), Aad::from(ad), &mut buffer[from..])
        .expect("AES-GCM refuses only inputs over 64 GiB, and those do not fit a length of 32 bits");
    buffer.extend_from_slice(tag.as_ref());
}

/// Decrypts `body` (ciphertext and tag) into a fresh buffer.
pub(crate) fn decrypt(key: &[u8; 32], nonce: [u8; NONCE_LEN], ad: &[u8], body: &[u8]) -> Result<Vec<u8>, OpenError> {
    if body.len() < TAG_LEN {
        return Err(OpenError::Format);
    }
    let mut buffer = body.to_vec();
    cipher(key)
        .open_in_place(Nonce::assume_unique_for_key(nonce), Aad::from(ad), &mut buffer)
        .map_err(|_| OpenError::Refused)?;
    buffer.truncate(body.len() - TAG_LEN);
    Ok(buffer)
}

#[cfg(test)]
mod tests;
