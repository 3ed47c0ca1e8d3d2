//! What a log signs: its name, how many entries, and the root over them (C2SP tlog-checkpoint).
//!
//! Promise: a checkpoint is read in one form only. Limit: lines beyond the third, which others may
//! write, are refused; Waxwing's logs write none.

use super::note::SignedNote;
use super::{TlogError, base64, decimal, hash_line};
use crate::merkle::Hash;

/// The largest size of a log: what the database counts with.
pub const MAX_SIZE: u64 = i64::MAX as u64;
/// The longest origin, in bytes.
const MAX_ORIGIN: usize = 255;

/// The head of a log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    /// The name of the log.
    pub origin: String,
    /// How many entries.
    pub size: u64,
    /// The root over them (RFC 6962 §2.1).
    pub root: Hash,
}

impl Checkpoint {
    /// The text that is signed.
    pub fn text(&self) -> String {
        format!("{}\n{}\n{}\n", self.origin, self.size, base64(&self.root))
    }

    /// As a note without signatures; `None` when the origin cannot stand in one.
    pub fn note(&self) -> Option<SignedNote> {
        is_origin(&self.origin).then(|| SignedNote::new(self.text())).flatten()
    }

    /// Reads the text of a note.
    pub fn parse(text: &str) -> Result<Self, TlogError> {
        Self::read(text).ok_or(TlogError::Checkpoint)
    }

    fn read(text: &str) -> Option<Self> {
        let mut lines = text.strip_suffix('\n')?.split('\n');
        let origin = lines.next().filter(|origin| is_origin(origin))?.to_owned();
        let (size, root) = (decimal(lines.next()?)?, hash_line(lines.next()?)?);
        lines.next().is_none().then_some(Self { origin, size, root })
    }
}

fn is_origin(origin: &str) -> bool {
    !origin.is_empty() && origin.len() <= MAX_ORIGIN && !origin.contains(char::is_control)
}
