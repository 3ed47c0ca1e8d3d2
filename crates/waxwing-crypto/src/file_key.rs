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

/// Where in a file the next chunk stands; after the last one, or after a failure, why none may follow.
struct Position(Result<u32, FileError>);

impl Position {
    /// The nonce of the next chunk, and one step on.
    fn take(&mut self, last: bool) -> Result<[u8; NONCE_LEN], FileError> {
        let number = self.0?;
        self.0 = if last { None } else { number.checked_add(1) }.ok_or(FileError::PastEnd);
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
        Self { key: chunk_key(key, &salt), header, position: Position(Ok(0)) }
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
    whole: bool,
}

impl FileOpener {
    /// Begins with the first [`HEADER_LEN`] bytes of the file.
    pub fn new(key: &FileKey, header: &[u8]) -> Result<Self, FileError> {
        let salt = header.strip_prefix(MAGIC).and_then(|salt| salt.try_into().ok()).ok_or(FileError::Format)?;
        Ok(Self { key: chunk_key(key, salt), position: Position(Ok(0)), whole: false })
    }

    /// Opens the next chunk: [`SEALED_CHUNK_LEN`] bytes, or what is left if nothing follows.
    /// After an error the file is finished with: every further call repeats that error.
    pub fn open_chunk(&mut self, sealed: &[u8], last: bool) -> Result<Vec<u8>, FileError> {
        let plain = self.try_chunk(sealed, last);
        if let Err(error) = plain {
            self.position = Position(Err(error));
            self.whole = false;
        }
        plain
    }

    fn try_chunk(&mut self, sealed: &[u8], last: bool) -> Result<Vec<u8>, FileError> {
        let nonce = self.position.take(last)?;
        match sealed.len() {
            SEALED_CHUNK_LEN => {}
            TAG_LEN..SEALED_CHUNK_LEN if last => {}
            0..TAG_LEN if last => return Err(FileError::Truncated),
            _ => return Err(FileError::ChunkSize),
        }
        let plain = decrypt(self.key.bytes(), nonce, CHUNK_AD, sealed).map_err(|_| FileError::Refused)?;
        self.whole = last;
        Ok(plain)
    }

    /// Whether the whole file was opened, up to its last chunk and without an error.
    pub fn finish(self) -> Result<(), FileError> {
        if self.whole { Ok(()) } else { Err(self.position.0.err().unwrap_or(FileError::Truncated)) }
    }
}

fn chunk_key(key: &FileKey, salt: &[u8; 32]) -> RingKey {
    one_object_key(key.bytes(), salt, &[CHUNK_KEY])
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use waxwing_domain::TestRng;

    fn key() -> FileKey {
        FileKey::from_bytes([5; 32])
    }

    /// Header and chunks of a file of `full` full chunks and a last one of three bytes.
    fn file(full: u8, seed: u64) -> (Vec<u8>, Vec<Vec<u8>>) {
        let mut sealer = FileSealer::new(&key(), &TestRng::seeded(seed));
        let mut chunks: Vec<_> =
            (0..full).map(|fill| sealer.seal_chunk(&[fill; CHUNK_LEN], false).expect("a full chunk")).collect();
        chunks.push(sealer.seal_chunk(b"end", true).expect("the last"));
        (sealer.header().to_vec(), chunks)
    }

    /// Opens chunks as a reader of the file would: the last one it finds is the last.
    fn open(header: &[u8], chunks: &[Vec<u8>]) -> Result<usize, FileError> {
        let mut opener = FileOpener::new(&key(), header)?;
        let mut length = 0;
        for (at, chunk) in chunks.iter().enumerate() {
            length += opener.open_chunk(chunk, at + 1 == chunks.len())?.len();
        }
        opener.finish().map(|()| length)
    }

    #[test]
    fn a_file_comes_back_whole() {
        let (header, chunks) = file(3, 1);
        assert_eq!(open(&header, &chunks), Ok(3 * CHUNK_LEN + 3));
    }

    #[test]
    fn an_empty_file_and_an_empty_end_are_files_too() {
        let mut sealer = FileSealer::new(&key(), &TestRng::seeded(1));
        let chunks = [sealer.seal_chunk(b"", true).expect("the last")];
        assert_eq!(open(sealer.header(), &chunks), Ok(0));
    }

    #[test]
    fn a_file_cut_between_chunks_is_refused() {
        let (header, chunks) = file(3, 1);
        assert_eq!(open(&header, &chunks[..3]), Err(FileError::Refused), "a middle chunk is not the last");
        assert_eq!(open(&header, &[]), Err(FileError::Truncated));
    }

    #[test]
    fn a_file_cut_within_a_chunk_is_refused() {
        let (header, mut chunks) = file(1, 1);
        chunks[1].pop();
        assert_eq!(open(&header, &chunks), Err(FileError::Refused));
        chunks[1].truncate(5);
        assert_eq!(open(&header, &chunks), Err(FileError::Truncated));
    }

    #[test]
    fn chunks_in_another_order_or_from_another_file_are_refused() {
        let (header, chunks) = file(3, 1);
        let mut swapped = chunks.clone();
        swapped.swap(0, 1);
        assert_eq!(open(&header, &swapped), Err(FileError::Refused));
        let repeated = [&chunks[..1], &chunks[..]].concat();
        assert_eq!(open(&header, &repeated), Err(FileError::Refused));
        let (_, mut mixed) = file(3, 2);
        mixed[..3].clone_from_slice(&chunks[..3]);
        assert_eq!(open(&header, &mixed), Err(FileError::Refused));
    }

    #[test]
    fn nothing_may_follow_the_end() {
        let (header, chunks) = file(1, 1);
        let mut opener = FileOpener::new(&key(), &header).expect("its header");
        opener.open_chunk(&chunks[0], false).expect("good");
        opener.open_chunk(&chunks[1], true).expect("good");
        assert_eq!(opener.open_chunk(&chunks[1], true), Err(FileError::PastEnd));
        let mut sealer = FileSealer::new(&key(), &TestRng::seeded(1));
        sealer.seal_chunk(b"", true).expect("the last");
        assert_eq!(sealer.seal_chunk(b"more", true), Err(FileError::PastEnd));
    }

    #[test]
    fn nothing_opens_after_a_refusal_and_the_file_does_not_count_as_whole() {
        let (header, chunks) = file(1, 1);
        let mut opener = FileOpener::new(&key(), &header).expect("its header");
        assert_eq!(opener.open_chunk(&chunks[1], true), Err(FileError::Refused));
        assert_eq!(opener.open_chunk(&chunks[0], false), Err(FileError::Refused));
        assert_eq!(opener.finish(), Err(FileError::Refused));
    }

    #[test]
    fn a_chunk_of_the_wrong_size_is_refused_by_the_sealer() {
        let mut sealer = FileSealer::new(&key(), &TestRng::seeded(1));
        assert_eq!(sealer.seal_chunk(b"short", false), Err(FileError::ChunkSize));
        assert_eq!(sealer.seal_chunk(&[0; CHUNK_LEN + 1], true), Err(FileError::ChunkSize));
    }

    #[test]
    fn another_key_or_a_changed_header_is_refused() {
        let (header, chunks) = file(0, 1);
        let other = FileOpener::new(&FileKey::from_bytes([6; 32]), &header);
        assert_eq!(other.and_then(|mut opener| opener.open_chunk(&chunks[0], true)), Err(FileError::Refused));
        for at in 0..header.len() {
            let mut bad = header.clone();
            bad[at] ^= 1;
            let expected = if at < 8 { FileError::Format } else { FileError::Refused };
            assert_eq!(open(&bad, &chunks), Err(expected), "byte {at}");
        }
        assert_eq!(open(&header[..39], &chunks), Err(FileError::Format));
    }

    #[test]
    fn the_count_of_chunks_does_not_wrap() {
        let mut position = Position(Ok(u32::MAX));
        assert!(position.take(false).is_ok());
        assert_eq!(position.take(true), Err(FileError::PastEnd));
    }

    proptest! {
        #[test]
        fn arbitrary_bytes_are_refused(header: Vec<u8>, chunk: Vec<u8>) {
            prop_assert!(open(&header, std::slice::from_ref(&chunk)).is_err());
            prop_assert!(open(&[&MAGIC[..], &[0; 32]].concat(), &[chunk]).is_err());
        }
    }
}
