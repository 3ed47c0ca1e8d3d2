//! A sealed file as a stream: writing and reading without holding it.
//!
//! Promise: memory is one chunk (64 KiB) however large the file; a reader gets an error, never
//! silence, where a file was cut or changed. Limit: bytes before a fault were already handed out.

use aws_lc_rs::digest::{Context, SHA256};
use std::io::{self, Read, Write};
use waxwing_crypto::file_key::{CHUNK_LEN, HEADER_LEN, SEALED_CHUNK_LEN};
use waxwing_crypto::{FileError, FileKey, FileOpener, FileSealer};
use waxwing_domain::Rng;

/// Seals what is written to it, and counts and hashes the clear bytes.
pub struct Sealing<W> {
    out: W,
    sealer: FileSealer,
    waiting: Vec<u8>,
    hash: Context,
}

fn invalid(error: FileError) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, error)
}

impl<W: Write> Sealing<W> {
    /// Begins a sealed file on `out`.
    pub fn new(mut out: W, key: &FileKey, rng: &dyn Rng) -> io::Result<Self> {
        let sealer = FileSealer::new(key, rng);
        out.write_all(sealer.header())?;
        Ok(Self { out, sealer, waiting: Vec::with_capacity(CHUNK_LEN), hash: Context::new(&SHA256) })
    }

    /// SHA-256 of the clear bytes so far.
    pub fn digest(&self) -> [u8; 32] {
        digest_of(&self.hash)
    }

    /// Seals the last chunk; gives back what was written to.
    pub fn finish(mut self) -> io::Result<W> {
        let last = self.sealer.seal_chunk(&self.waiting, true).map_err(invalid)?;
        self.out.write_all(&last)?;
        Ok(self.out)
    }
}

impl<W: Write> Write for Sealing<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.waiting.len() == CHUNK_LEN {
            let chunk = self.sealer.seal_chunk(&self.waiting, false).map_err(invalid)?;
            self.out.write_all(&chunk)?;
            self.waiting.clear();
        }
        let taken = bytes.len().min(CHUNK_LEN - self.waiting.len());
        self.waiting.extend_from_slice(&bytes[..taken]);
        self.hash.update(&bytes[..taken]);
        Ok(taken)
    }
    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

/// Opens a sealed file of `left` bytes, and hashes the clear bytes that were read.
pub struct Opening<R> {
    input: R,
    opener: FileOpener,
    left: u64,
    clear: Vec<u8>,
    at: usize,
    ended: bool,
    hash: Context,
}

impl<R: Read> Opening<R> {
    /// Begins with the header of the sealed file; `left` counts it.
    pub fn new(mut input: R, key: &FileKey, left: u64) -> io::Result<Self> {
        let mut header = [0u8; HEADER_LEN];
        input.read_exact(&mut header)?;
        let opener = FileOpener::new(key, &header).map_err(invalid)?;
        let left = left.saturating_sub(HEADER_LEN as u64);
        Ok(Self { input, opener, left, clear: Vec::new(), at: 0, ended: false, hash: Context::new(&SHA256) })
    }

    /// SHA-256 of the clear bytes read so far.
    pub fn digest(&self) -> [u8; 32] {
        digest_of(&self.hash)
    }

    fn next_chunk(&mut self) -> io::Result<()> {
        let length = self.left.min(SEALED_CHUNK_LEN as u64);
        let mut sealed = vec![0u8; length as usize];
        self.input.read_exact(&mut sealed)?;
        self.left -= length;
        self.ended = self.left == 0;
        self.clear = self.opener.open_chunk(&sealed, self.ended).map_err(invalid)?;
        self.at = 0;
        Ok(())
    }
}

impl<R: Read> Read for Opening<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if self.at == self.clear.len() && !self.ended {
            self.next_chunk()?;
        }
        let taken = into.len().min(self.clear.len() - self.at);
        into[..taken].copy_from_slice(&self.clear[self.at..self.at + taken]);
        self.hash.update(&into[..taken]);
        self.at += taken;
        Ok(taken)
    }
}

fn digest_of(hash: &Context) -> [u8; 32] {
    hash.clone().finish().as_ref().try_into().expect("SHA-256 gives 32 bytes")
}
