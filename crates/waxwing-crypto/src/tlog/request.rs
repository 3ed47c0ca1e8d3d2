//! What a log asks of a witness: `add-checkpoint` (C2SP tlog-witness).

use super::{MAX_NOTE, SignedNote, TlogError, base64, decimal, hash_line};
use crate::merkle::Hash;

/// The most hashes a request may carry, by the text of C2SP.
const MAX_HASHES: usize = 63;
/// The longest request, in bytes.
const MAX_REQUEST: usize = MAX_NOTE + 4_096;

/// A checkpoint, and the proof that it goes on from the one seen last.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AddCheckpoint {
    /// The size that the log believes the witness saw last.
    pub old: u64,
    /// From that size to the new one.
    pub proof: Vec<Hash>,
    /// The new head, signed.
    pub note: SignedNote,
}

impl AddCheckpoint {
    /// The longest body that is read, in bytes.
    pub const MAX: usize = MAX_REQUEST;

    /// The body.
    pub fn to_text(&self) -> String {
        let proof: String = self.proof.iter().map(|hash| base64(hash) + "\n").collect();
        format!("old {}\n{proof}\n{}", self.old, self.note.to_text())
    }

    /// Reads a body.
    pub fn parse(text: &str) -> Result<Self, TlogError> {
        let (head, note) = text.split_once("\n\n").ok_or(TlogError::Request)?;
        let (old, proof) = Self::head(head).filter(|_| text.len() <= MAX_REQUEST).ok_or(TlogError::Request)?;
        Ok(Self { old, proof, note: SignedNote::parse(note)? })
    }

    fn head(head: &str) -> Option<(u64, Vec<Hash>)> {
        let mut lines = head.split('\n');
        let old = decimal(lines.next()?.strip_prefix("old ")?)?;
        let proof: Vec<Hash> = lines.map(hash_line).collect::<Option<_>>()?;
        (proof.len() <= MAX_HASHES).then_some((old, proof))
    }
}
