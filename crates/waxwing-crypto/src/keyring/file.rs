//! The key ring file: the ring sealed under the root key.
//!
//! Promise: the file opens only with its root key, and every single byte of it is checked. Limit:
//! an old ring file put in place of a newer one opens; the caller compares [`KeyRing::revision`]
//! with the highest it has seen.
//!
//! Layout, frozen, format 1: `WAXRING` and a zero byte (8), format (1), lowest format a reader
//! must know (1), id of the root key (16), salt (32), ciphertext, tag (16). The key is
//! HKDF-SHA256 of the root key with that salt, used once with a nonce of zero; everything before
//! the ciphertext is associated data.

use super::{KeyRing, RingFileError, codec};
use crate::envelope::{decrypt, encrypt_tail};
use crate::mac::one_object_key;
use crate::secret::{RingKey, RootKey};
use aws_lc_rs::aead::NONCE_LEN;
use waxwing_domain::Rng;
use zeroize::Zeroizing;

const MAGIC: &[u8; 8] = b"WAXRING\0";
const FORMAT: u8 = 1;
const ROOT_ID: std::ops::Range<usize> = 10..26;
const SALT_AT: usize = 26;
const HEADER_LEN: usize = 58;
const FILE_KEY: &[u8] = b"waxwing/key-ring-file/1\0";
const ROOT_ID_INFO: &[u8] = b"waxwing/root-key-id/1\0";
/// A ring of a hundred thousand workspaces is far below this, in bytes.
const MAX_LEN: usize = 1 << 28;

impl KeyRing {
    /// The ring as the bytes of its file. Write them to a new file, sync, then rename.
    pub fn to_file(&self, root: &RootKey, rng: &dyn Rng) -> Vec<u8> {
        let mut salt = [0u8; 32];
        rng.fill(&mut salt);
        let header = header(root, &salt);
        let key = file_key(root, &salt);
        let mut file = header.to_vec();
        file.extend_from_slice(&seal_body(&key, &header, &codec::encode(self)));
        file
    }

    /// The ring from the bytes of its file.
    pub fn from_file(root: &RootKey, file: &[u8]) -> Result<Self, RingFileError> {
        let Some((header, body)) = file.split_first_chunk::<HEADER_LEN>().filter(|_| file.len() <= MAX_LEN) else {
            return Err(RingFileError::NotARing);
        };
        check(header, root)?;
        let (_, salt) = header.split_last_chunk::<32>().ok_or(RingFileError::Damaged)?;
        let plain = decrypt(file_key(root, salt).bytes(), [0; NONCE_LEN], header, body);
        let plain = Zeroizing::new(plain.map_err(|_| RingFileError::Damaged)?);
        codec::decode(&plain).ok_or(RingFileError::Damaged)
    }
}

fn check(header: &[u8; HEADER_LEN], root: &RootKey) -> Result<(), RingFileError> {
    if !header.starts_with(MAGIC) {
        return Err(RingFileError::NotARing);
    }
    // A later format may only be read by a reader that knows all of it: it would drop the rest.
    if header[8] != FORMAT || header[9] != FORMAT {
        return Err(RingFileError::TooNew);
    }
    if header[ROOT_ID] != root_id(root) { Err(RingFileError::WrongRootKey) } else { Ok(()) }
}

fn header(root: &RootKey, salt: &[u8; 32]) -> [u8; HEADER_LEN] {
    let mut header = [0u8; HEADER_LEN];
    header[..8].copy_from_slice(MAGIC);
    header[8] = FORMAT;
    header[9] = FORMAT;
    header[ROOT_ID].copy_from_slice(&root_id(root));
    header[SALT_AT..].copy_from_slice(salt);
    header
}

/// Encrypts a copy whose allocation holds the tag too, so that no clear copy is left by growing.
fn seal_body(key: &RingKey, header: &[u8], plain: &[u8]) -> Vec<u8> {
    let mut body = Vec::with_capacity(plain.len() + crate::envelope::TAG_LEN);
    body.extend_from_slice(plain);
    encrypt_tail(key.bytes(), [0; NONCE_LEN], header, &mut body, 0);
    body
}

fn file_key(root: &RootKey, salt: &[u8; 32]) -> RingKey {
    one_object_key(root.bytes(), salt, &[FILE_KEY])
}

/// Tells root keys apart; the key is 256 random bits, so its id gives nothing away.
fn root_id(root: &RootKey) -> [u8; 16] {
    let full = one_object_key(root.bytes(), &[0; 32], &[ROOT_ID_INFO]);
    let mut id = [0u8; 16];
    id.copy_from_slice(&full.bytes()[..16]);
    id
}
