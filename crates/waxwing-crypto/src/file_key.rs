//! Sealing a file in chunks, each file under its own key.
//!
//! Promise: a chunk that was changed, moved, dropped, repeated or appended is refused, and so is a
//! file that ends early (the STREAM construction of Hoang, Reyhanitabar, Rogaway and Vizár, 2015).
//! Limit: the chunks before a fault have already been handed out; act on a file only after
//! [`FileOpener::finish`]. The size of the file is not hidden.
//!
//! Layout, frozen, format 1: header of 40 bytes (`WAXFILE`, format byte, salt 32), then chunks of
//! 64 KiB of plaintext, each followed by its tag (16); the last may be shorter, also empty. The
//! chunk key is HKDF-SHA256 of the file key with the salt, so a second attempt under the same file
//! key shares nothing. The nonce is 7 zero bytes, the chunk's number (4), and 1 if it is the last.

use crate::envelope::{TAG_LEN, decrypt, encrypt_tail};
use crate::mac::one_object_key;
use crate::secret::{FileKey, RingKey};
use aws_lc_rs::aead::NONCE_LEN;
use waxwing_domain::Rng;

/// Length of the header, in bytes.
pub const HEADER_LEN: usize = 40;
/// Plaintext in every chunk but the last, in bytes.
pub const CHUNK_LEN: usize = 64 * 1024;
/// A full chunk as stored: read this many bytes at a time.
pub const SEALED_CHUNK_LEN: usize = CHUNK_LEN + TAG_LEN;

const MAGIC: &[u8; 8] = b"WAXFILE\x01";
const CHUNK_KEY: &[u8] = b"waxwing/file/1\0";
const CHUNK_AD: &[u8] = b"waxwing/file-chunk/1\0";

/// Why a file was not sealed or opened any further.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum FileError {
    /// Not a sealed file of a known format.
    #[error("this is not a sealed file of a format this version knows")]
    Format,
    /// A chunk has the wrong size for its position.
    #[error("every chunk but the last holds exactly 64 KiB")]
    ChunkSize,
    /// A chunk was changed, moved or belongs to another file.
    #[error("the file was changed and is refused")]
    Refused,
    /// The file stops before its end.
    #[error("the file ends too early: it was cut, or its writing was interrupted")]
    Truncated,
    /// Something follows the last chunk, or a file has more than 2^32 chunks.
    #[error("the file goes on after its end")]
    PastEnd,
}

/// Counts the chunks of one file; `None` after the last.
struct Position(Option<u32>);

impl Position {
    /// The nonce of the next chunk, and one step on.
    fn take(&mut self, last: bool) -> Result<[u8; NONCE_LEN], FileError> {
        let number = self.0.ok_or(FileError::PastEnd)?;
        self.0 = if last { None } else { number.checked_add(1) };
        let mut nonce = [0u8; NONCE_LEN];
        nonce[7..11].copy_from_slice(&number.to_be_bytes());
        nonce[11] = u8::from(last);
        Ok(nonce)
    }
}

/// Seals a file chunk by chunk. No input or output of its own: the caller writes what it returns.
pub struct FileSealer {
    key: RingKey,
    header: [u8; HEADER_LEN],
    position: Position,
}

impl FileSealer {
    /// Begins a file.
    pub fn new(key: &FileKey, rng: &dyn Rng) -> Self {
        let mut salt = [0u8; 32];
        rng.fill(&mut salt);
        let mut header = [0u8; HEADER_LEN];
        header[..8].copy_from_slice(MAGIC);
        header[8..].copy_from_slice(&salt);
        Self { key: chunk_key(key, &salt), header, position: Position(Some(0)) }
    }

    /// The first bytes of the file.
    pub const fn header(&self) -> &[u8; HEADER_LEN] {
        &self.header
    }

    /// Seals the next chunk. All but the last hold exactly [`CHUNK_LEN`] bytes.
    pub fn seal_chunk(&mut self, plain: &[u8], last: bool) -> Result<Vec<u8>, FileError> {
        if plain.len() > CHUNK_LEN || (!last && plain.len() < CHUNK_LEN) {
            return Err(FileError::ChunkSize);
        }
        let nonce = self.position.take(last)?;
        let mut sealed = Vec::with_capacity(plain.len() + TAG_LEN);
        sealed.extend_from_slice(plain);
        encrypt_tail(self.key.bytes(), nonce, CHUNK_AD, &mut sealed, 0);
        Ok(sealed)
    }
}

/// Opens a file chunk by chunk.
pub struct FileOpener {
    key: RingKey,
    position: Position,
}

impl FileOpener {
    /// Begins with the first [`HEADER_LEN`] bytes of the file.
    pub fn new(key: &FileKey, header: &[u8]) -> Result<Self, FileError> {
        let salt = header.strip_prefix(MAGIC).and_then(|salt| salt.try_into().ok()).ok_or(FileError::Format)?;
        Ok(Self { key: chunk_key(key, salt), position: Position(Some(0)) })
    }

    /// Opens the next chunk: [`SEALED_CHUNK_LEN`] bytes, or what is left if nothing follows.
    /// After an error the file is finished with: no further chunk opens.
    pub fn open_chunk(&mut self, sealed: &[u8], last: bool) -> Result<Vec<u8>, FileError> {
        let nonce = self.position.take(last)?;
        let fits =
            if last { (TAG_LEN..=SEALED_CHUNK_LEN).contains(&sealed.len()) } else { sealed.len() == SEALED_CHUNK_LEN };
        let plain = if fits {
            decrypt(self.key.bytes(), nonce, CHUNK_AD, sealed).map_err(|_| FileError::Refused)
        } else {
            Err(if last { FileError::Truncated } else { FileError::ChunkSize })
        };
        if plain.is_err() {
            self.position = Position(None);
        }
        plain
    }

    /// Whether the last chunk was seen and opened.
    ///
    /// Call it only when every chunk has opened: it does not repeat an earlier error.
    pub fn finish(self) -> Result<(), FileError> {
        if self.position.0.is_none() { Ok(()) } else { Err(FileError::Truncated) }
    }
}

fn chunk_key(key: &FileKey, salt: &[u8; 32]) -> RingKey {
    one_object_key(key.bytes(), salt, &[CHUNK_KEY])
}
