//! Files on disk under one-file keys.
//!
//! Promise: nothing but ciphertext reaches the disk, and a file that is not whole is refused when
//! it is read to its end. Limit: the size of the file is not hidden.

use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use waxwing_crypto::file_key::{CHUNK_LEN, HEADER_LEN, SEALED_CHUNK_LEN};
use waxwing_crypto::{FileError, FileKey, FileOpener, FileSealer};
use waxwing_domain::Rng;

/// Writes a sealed file; it is removed again unless [`finish`](SealedWriter::finish) is reached.
pub(crate) struct SealedWriter {
    file: File,
    path: PathBuf,
    sealer: FileSealer,
    pending: Vec<u8>,
    size: u64,
    finished: bool,
}

impl SealedWriter {
    /// Begins the file at `path`, in a directory for the owner alone; an unfinished one from before
    /// is replaced.
    pub(crate) fn create(path: &Path, key: &FileKey, rng: &dyn Rng) -> io::Result<Self> {
        if let Some(dir) = path.parent().filter(|dir| !dir.exists()) {
            DirBuilder::new().recursive(true).mode(0o700).create(dir)?;
        }
        let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(path)?;
        let sealer = FileSealer::new(key, rng);
        file.write_all(sealer.header())?;
        let pending = Vec::with_capacity(2 * CHUNK_LEN);
        Ok(Self { file, path: path.to_owned(), sealer, pending, size: 0, finished: false })
    }

    /// Adds bytes.
    pub(crate) fn write(&mut self, mut bytes: &[u8]) -> io::Result<()> {
        self.size += bytes.len() as u64;
        while !bytes.is_empty() {
            // A full chunk is written only when more follows: the last one may be full as well.
            if self.pending.len() == CHUNK_LEN {
                self.seal(false)?;
            }
            let (now, later) = bytes.split_at(bytes.len().min(CHUNK_LEN - self.pending.len()));
            self.pending.extend_from_slice(now);
            bytes = later;
        }
        Ok(())
    }

    /// Ends the file durably; gives the number of bytes that went in.
    pub(crate) fn finish(mut self) -> io::Result<u64> {
        self.seal(true)?;
        self.file.sync_all()?;
        if let Some(dir) = self.path.parent() {
            File::open(dir)?.sync_all()?;
        }
        self.finished = true;
        Ok(self.size)
    }

    fn seal(&mut self, last: bool) -> io::Result<()> {
        let sealed = self.sealer.seal_chunk(&self.pending, last).map_err(other)?;
        self.pending.clear();
        self.file.write_all(&sealed)
    }
}

impl Drop for SealedWriter {
    fn drop(&mut self) {
        if self.finished {
            return;
        }
        if let Err(error) = std::fs::remove_file(&self.path) {
            tracing::debug!(%error, "an unfinished sealed file stays until it is swept");
        }
    }
}

/// Reads a sealed file from its beginning.
pub(crate) struct SealedReader {
    file: File,
    opener: FileOpener,
    /// The chunk after the one that is being read, as it lies on disk.
    ahead: Vec<u8>,
    plain: Vec<u8>,
    at: usize,
    ended: bool,
}

impl SealedReader {
    /// Opens the file at `path`.
    pub(crate) fn open(path: &Path, key: &FileKey) -> io::Result<Self> {
        let mut file = File::open(path)?;
        let mut header = [0; HEADER_LEN];
        file.read_exact(&mut header)?;
        let opener = FileOpener::new(key, &header).map_err(other)?;
        let mut reader = Self { file, opener, ahead: Vec::new(), plain: Vec::new(), at: 0, ended: false };
        reader.ahead = reader.next_sealed()?;
        Ok(reader)
    }

    /// The next chunk as it lies on disk; empty after the last.
    fn next_sealed(&mut self) -> io::Result<Vec<u8>> {
        let mut chunk = Vec::with_capacity(SEALED_CHUNK_LEN);
        (&mut self.file).take(SEALED_CHUNK_LEN as u64).read_to_end(&mut chunk)?;
        Ok(chunk)
    }

    fn advance(&mut self) -> io::Result<()> {
        let next = self.next_sealed()?;
        self.ended = next.is_empty();
        self.plain = self.opener.open_chunk(&self.ahead, self.ended).map_err(other)?;
        self.ahead = next;
        self.at = 0;
        Ok(())
    }
}

impl Read for SealedReader {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        while self.at == self.plain.len() {
            if self.ended {
                return Ok(0);
            }
            self.advance()?;
        }
        let count = into.len().min(self.plain.len() - self.at);
        into[..count].copy_from_slice(&self.plain[self.at..self.at + count]);
        self.at += count;
        Ok(count)
    }
}

fn other(error: FileError) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, error)
}

#[cfg(test)]
mod tests {
    use super::*;
    use waxwing_domain::SystemRng;

    fn written(dir: &Path, bytes: &[u8]) -> (PathBuf, FileKey) {
        let (path, key) = (dir.join("folder/file"), FileKey::random(&SystemRng));
        let mut writer = SealedWriter::create(&path, &key, &SystemRng).expect("begins");
        bytes.chunks(10_007).for_each(|piece| writer.write(piece).expect("writes"));
        assert_eq!(writer.finish().expect("ends"), bytes.len() as u64);
        (path, key)
    }

    #[test]
    fn a_file_comes_back_whole_and_lies_sealed() {
        let dir = tempfile::tempdir().expect("a directory");
        for size in [0, 1, CHUNK_LEN - 1, CHUNK_LEN, CHUNK_LEN + 1, 3 * CHUNK_LEN] {
            let bytes: Vec<u8> = b"ann@example.org,".iter().copied().cycle().take(size).collect();
            let (path, key) = written(dir.path(), &bytes);
            let on_disk = std::fs::read(&path).expect("reads");
            assert!(size < 15 || !on_disk.windows(15).any(|w| w == b"ann@example.org"));
            let mut back = Vec::new();
            SealedReader::open(&path, &key).expect("opens").read_to_end(&mut back).expect("reads");
            assert!(back == bytes, "{size}");
        }
    }

    #[test]
    fn a_file_that_was_cut_or_changed_is_refused() {
        let dir = tempfile::tempdir().expect("a directory");
        let (path, key) = written(dir.path(), &[7; 3 * CHUNK_LEN]);
        let whole = std::fs::read(&path).expect("reads");
        let mut changed = whole.clone();
        changed[CHUNK_LEN] ^= 1;
        for bytes in
            [&whole[..HEADER_LEN + SEALED_CHUNK_LEN], &whole[..whole.len() - 1], &whole[..HEADER_LEN], &changed[..]]
        {
            std::fs::write(&path, bytes).expect("writes");
            let read = SealedReader::open(&path, &key).and_then(|mut r| r.read_to_end(&mut Vec::new()));
            assert!(read.is_err());
        }
    }

    #[test]
    fn an_unfinished_file_leaves_nothing_behind() {
        let dir = tempfile::tempdir().expect("a directory");
        let path = dir.path().join("file");
        let mut writer = SealedWriter::create(&path, &FileKey::random(&SystemRng), &SystemRng).expect("begins");
        writer.write(b"half").expect("writes");
        drop(writer);
        assert!(!path.exists());
    }
}
