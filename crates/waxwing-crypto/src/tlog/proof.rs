//! The proof of one entry in one file (C2SP tlog-proof).
//!
//! Promise: entry, hashes and checkpoint stand in it, so that it is checked with a key and nothing
//! else. Limit: it says that the entry is in a log that was signed; whether others were shown the
//! same log, a witness's line says.

use super::{Policy, SignedNote, TlogError, Trusted, base64, decimal, from_base64, hash_line};
use crate::merkle::{Hash, leaf_hash, verify_inclusion};

const FIRST_LINE: &str = "c2sp.org/tlog-proof@v1\n";
/// The longest proof, in bytes: the longest entry in base 64, the hashes, the longest note.
pub const MAX_PROOF: usize = 256 * 1024;
/// A log of 2^63 entries needs no more.
const MAX_HASHES: usize = 63;

/// The proof of one entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EntryProof {
    /// The exact bytes of the entry; carried as the format's extra data.
    pub entry: Vec<u8>,
    /// Its number, from 0.
    pub index: u64,
    /// From beside the leaf to below the root.
    pub hashes: Vec<Hash>,
    /// The signed head.
    pub note: SignedNote,
}

impl EntryProof {
    /// The file.
    pub fn to_text(&self) -> String {
        let hashes: String = self.hashes.iter().map(|hash| base64(hash) + "\n").collect();
        let (entry, index) = (base64(&self.entry), self.index);
        format!("{FIRST_LINE}extra {entry}\nindex {index}\n{hashes}\n{}", self.note.to_text())
    }

    /// Reads what [`Self::to_text`] wrote. Whether it proves anything, [`Self::check`] says.
    pub fn parse(text: &str) -> Result<Self, TlogError> {
        let (head, note) = text.split_once("\n\n").ok_or(TlogError::Proof)?;
        let (entry, index, hashes) = read(head).filter(|_| text.len() <= MAX_PROOF).ok_or(TlogError::Proof)?;
        let read = Self { entry, index, hashes, note: SignedNote::parse(note)? };
        if read.to_text() == text { Ok(read) } else { Err(TlogError::Proof) }
    }

    /// Checks that the entry is in the log that the checkpoint signs, by keys that are believed.
    pub fn check(&self, policy: &Policy) -> Result<Trusted, TlogError> {
        let trusted = policy.check(&self.note)?;
        let head = &trusted.checkpoint;
        let leaf = leaf_hash(&self.entry);
        if verify_inclusion(&leaf, self.index, head.size, &self.hashes, &head.root) {
            Ok(trusted)
        } else {
            Err(TlogError::NotIncluded)
        }
    }
}

/// Entry, number and hashes.
fn read(head: &str) -> Option<(Vec<u8>, u64, Vec<Hash>)> {
    let mut lines = head.strip_prefix(FIRST_LINE)?.split('\n');
    let entry = from_base64(lines.next()?.strip_prefix("extra ")?)?;
    let index = decimal(lines.next()?.strip_prefix("index ")?)?;
    let hashes: Vec<Hash> = lines.take(MAX_HASHES + 1).map(hash_line).collect::<Option<_>>()?;
    (hashes.len() <= MAX_HASHES && entry.len() <= super::MAX_ENTRY).then_some((entry, index, hashes))
}
