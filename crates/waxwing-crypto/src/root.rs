//! The root key file.
//!
//! Promise: the file is checked as a whole, so a damaged one is told from a wrong passphrase's
//! absence, and with a passphrase it is of no use to a thief who cannot guess it. Limit: without a
//! passphrase, whoever reads the file has the key; its place outside the data directory and its
//! mode 0600 are the caller's to see to. A lost root key or passphrase cannot be recovered.
//!
//! Layout, frozen, format 1: `WAXROOT` and a zero byte (8), format (1), kind (1).
//! Kind 1, clear: key (32), first 8 bytes of SHA-256 over label and everything before.
//! Kind 2, passphrase: memory in KiB (4), passes (4), lanes (4), salt (32), sealed key (32), tag
//! (16); the key is Argon2id v1.3 (RFC 9106) of the passphrase, everything before the sealed key
//! is associated data, and the nonce is zero because the salt makes the key new every time.

use crate::envelope::{decrypt, encrypt_tail};
use crate::password::normalise;
use crate::secret::{RingKey, RootKey};
use crate::token::{constant_time_eq, sha256};
use argon2::{Algorithm, Argon2, Params, Version};
use aws_lc_rs::aead::NONCE_LEN;
use waxwing_domain::Rng;
use zeroize::Zeroize;

const MAGIC: &[u8; 8] = b"WAXROOT\0";
const FORMAT: u8 = 1;
const CLEAR: u8 = 1;
const PASSPHRASE: u8 = 2;
const CLEAR_LEN: usize = 10 + 32 + 8;
const SEALED_LEN: usize = 54 + 32 + 16;
const CHECK: &[u8] = b"waxwing/root-file/1\0";
/// RFC 9106 §4, second recommended option: 64 MiB, three passes, four lanes.
const COST: Cost = Cost { memory_kib: 64 * 1024, passes: 3, lanes: 4 };
/// What a file may ask for at most, so that a forged one cannot exhaust the machine.
const MOST: Cost = Cost { memory_kib: 1024 * 1024, passes: 16, lanes: 16 };

/// Why a root key file was not read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RootFileError {
    /// Not a root key file.
    #[error("this is not a Waxwing root key file")]
    NotARootKey,
    /// Written by a newer version.
    #[error("this root key file was written by a newer version of Waxwing: upgrade to read it")]
    TooNew,
    /// The file is sealed and no passphrase was given.
    #[error("this root key file is sealed: give its passphrase")]
    PassphraseNeeded,
    /// A passphrase was given, but the file is not sealed: someone may have put another in its place.
    #[error("a passphrase was given, but this root key file is not sealed: check that it is the right file")]
    NotSealed,
    /// The passphrase is wrong, or the file was damaged; the two cannot be told apart.
    #[error("the passphrase is wrong, or the root key file is damaged")]
    WrongPassphrase,
    /// The file is cut or damaged.
    #[error("this root key file is damaged: restore it from your copy")]
    Damaged,
}

#[derive(Clone, Copy)]
struct Cost {
    memory_kib: u32,
    passes: u32,
    lanes: u32,
}

/// The root key as the bytes of its file, sealed if there is a passphrase. Sealing takes about a
/// fifth of a second and 64 MiB.
pub fn root_file_to_bytes(root: &RootKey, passphrase: Option<&str>, rng: &dyn Rng) -> Vec<u8> {
    let Some(passphrase) = passphrase else { return clear_file(root) };
    let mut salt = [0u8; 32];
    rng.fill(&mut salt);
    let mut file = start(PASSPHRASE, SEALED_LEN);
    for number in [COST.memory_kib, COST.passes, COST.lanes] {
        file.extend_from_slice(&number.to_be_bytes());
    }
    file.extend_from_slice(&salt);
    let key = derive(passphrase, &salt, COST).expect("the costs above are within Argon2's bounds");
    let ad = file.clone();
    let from = file.len();
    file.extend_from_slice(root.bytes());
    encrypt_tail(key.bytes(), [0; NONCE_LEN], &ad, &mut file, from);
    file
}

/// The root key from the bytes of its file.
pub fn root_file_from_bytes(file: &[u8], passphrase: Option<&str>) -> Result<RootKey, RootFileError> {
    let rest = file.strip_prefix(MAGIC).ok_or(RootFileError::NotARootKey)?;
    let (&format, rest) = rest.split_first().ok_or(RootFileError::Damaged)?;
    if format != FORMAT {
        return Err(RootFileError::TooNew);
    }
    match (rest.first(), passphrase) {
        (Some(&CLEAR), None) => read_clear(file),
        (Some(&CLEAR), Some(_)) => Err(RootFileError::NotSealed),
        (Some(&PASSPHRASE), None) => Err(RootFileError::PassphraseNeeded),
        (Some(&PASSPHRASE), Some(passphrase)) => read_sealed(file, passphrase),
        _ => Err(RootFileError::Damaged),
    }
}

fn start(kind: u8, capacity: usize) -> Vec<u8> {
    let mut file = Vec::with_capacity(capacity);
    file.extend_from_slice(MAGIC);
    file.extend_from_slice(&[FORMAT, kind]);
    file
}

fn clear_file(root: &RootKey) -> Vec<u8> {
    let mut file = start(CLEAR, CLEAR_LEN);
    file.extend_from_slice(root.bytes());
    let check = check(&file);
    file.extend_from_slice(&check);
    file
}

fn read_clear(file: &[u8]) -> Result<RootKey, RootFileError> {
    let (body, stored) = file.split_last_chunk::<8>().ok_or(RootFileError::Damaged)?;
    if file.len() != CLEAR_LEN || !constant_time_eq(&check(body), stored) {
        return Err(RootFileError::Damaged);
    }
    body[10..].try_into().map(RootKey::from_bytes).map_err(|_| RootFileError::Damaged)
}

fn read_sealed(file: &[u8], passphrase: &str) -> Result<RootKey, RootFileError> {
    let file: &[u8; SEALED_LEN] = file.try_into().map_err(|_| RootFileError::Damaged)?;
    let number = |at: usize| u32::from_be_bytes([file[at], file[at + 1], file[at + 2], file[at + 3]]);
    let cost = Cost { memory_kib: number(10), passes: number(14), lanes: number(18) };
    let key = derive(passphrase, &file[22..54], cost).ok_or(RootFileError::Damaged)?;
    let mut plain =
        decrypt(key.bytes(), [0; NONCE_LEN], &file[..54], &file[54..]).map_err(|_| RootFileError::WrongPassphrase)?;
    let root = plain.as_slice().try_into().map(RootKey::from_bytes).map_err(|_| RootFileError::Damaged);
    plain.zeroize();
    root
}

fn check(body: &[u8]) -> [u8; 8] {
    let full = sha256(&[CHECK, body]);
    let mut check = [0u8; 8];
    check.copy_from_slice(&full[..8]);
    check
}

/// `None` for costs out of bounds.
fn derive(passphrase: &str, salt: &[u8], cost: Cost) -> Option<RingKey> {
    if cost.memory_kib > MOST.memory_kib || cost.passes > MOST.passes || cost.lanes > MOST.lanes {
        return None;
    }
    let params = Params::new(cost.memory_kib, cost.passes, cost.lanes, Some(32)).ok()?;
    let mut key = [0u8; 32];
    let mut passphrase = normalise(passphrase);
    let derived = Argon2::new(Algorithm::Argon2id, Version::V0x13, params).hash_password_into(
        passphrase.as_bytes(),
        salt,
        &mut key,
    );
    passphrase.zeroize();
    derived.ok().map(|()| RingKey::from_bytes(key))
}

#[cfg(test)]
mod tests;
