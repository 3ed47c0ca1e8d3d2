//! The hashing of the access record: a Merkle tree as in RFC 6962 §2.1 (and RFC 9162 §2.1).
//!
//! Promise: the root of n leaves depends on every bit of every leaf and on their order, and a
//! [`Frontier`] of at most 64 hashes is all that appending needs. Limit: a root proves nothing to
//! someone who has not kept an earlier one; that is what witnesses are for.

mod proof;

pub use proof::{consistency_proof, inclusion_proof, root_of, verify_consistency, verify_inclusion};

use crate::token::sha256;

/// A node of the tree: SHA-256.
pub type Hash = [u8; 32];

const FORMAT: u8 = 1;

/// Bytes that are not a frontier.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the stored head of the access record is damaged")]
pub struct FrontierError;

/// The hash of a leaf: SHA-256 of a zero byte and the leaf.
pub fn leaf_hash(leaf: &[u8]) -> Hash {
    sha256(&[&[0], leaf])
}

/// The hash of a node over its two children: SHA-256 of a one byte and both.
pub fn node_hash(left: &Hash, right: &Hash) -> Hash {
    sha256(&[&[1], left, right])
}

/// The root of a tree without leaves: SHA-256 of nothing.
pub fn empty_root() -> Hash {
    sha256(&[])
}

/// Binds a record entry to a body that can be erased later: without the salt, nothing can be
/// learnt or guessed from it, and every hash above it stays valid.
pub fn commitment(salt: &[u8; 32], body: &[u8]) -> Hash {
    sha256(&[b"waxwing/commitment/1\0", salt, body])
}

/// A root over 256^level leaves, level 1 or higher: one hash of a tile above the leaves.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct TileNode {
    /// 1 for the root over 256 leaves, 2 over 65,536, and so on.
    pub level: u8,
    /// Which of its level.
    pub index: u64,
    /// The root.
    pub hash: Hash,
}

/// The right edge of a growing tree: one hash for each complete subtree, largest first.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Frontier {
    size: u64,
    peaks: Vec<Hash>,
}

impl Frontier {
    /// A tree without leaves.
    pub const fn new() -> Self {
        Self { size: 0, peaks: Vec::new() }
    }

    /// How many leaves there are.
    pub const fn size(&self) -> u64 {
        self.size
    }

    /// Appends a leaf by its [`leaf_hash`].
    ///
    /// Panics after 2^64 - 1 leaves, which at a million a second takes half a million years.
    pub fn push(&mut self, leaf: Hash) {
        self.push_noting(leaf, |_| ());
    }

    /// Appends a leaf and hands every [`TileNode`] that it completed to `note`, lowest first.
    pub fn push_noting(&mut self, leaf: Hash, mut note: impl FnMut(TileNode)) {
        let merges = self.size.trailing_ones();
        self.size = self.size.checked_add(1).expect("no log has 2^64 leaves");
        let mut top = leaf;
        for height in 1..=merges {
            let Some(left) = self.peaks.pop() else { break };
            top = node_hash(&left, &top);
            if height % 8 == 0 {
                note(TileNode { level: (height / 8) as u8, index: (self.size >> height) - 1, hash: top });
            }
        }
        self.peaks.push(top);
    }

    /// The root over all leaves.
    pub fn root(&self) -> Hash {
        let joined = self.peaks.iter().rev().copied().reduce(|right, left| node_hash(&left, &right));
        joined.unwrap_or_else(empty_root)
    }

    /// Format byte, size (8 bytes, highest first), then the hashes, largest subtree first.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(9 + 32 * self.peaks.len());
        bytes.push(FORMAT);
        bytes.extend_from_slice(&self.size.to_be_bytes());
        bytes.extend_from_slice(self.peaks.as_flattened());
        bytes
    }

    /// Reads what [`Self::to_bytes`] wrote. Whether the hashes are right shows in the root only.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, FrontierError> {
        let (&[format, ref size @ ..], rest) = bytes.split_first_chunk::<9>().ok_or(FrontierError)?;
        let size = u64::from_be_bytes(*size);
        let (peaks, tail) = rest.as_chunks::<32>();
        if format != FORMAT || !tail.is_empty() || peaks.len() != size.count_ones() as usize {
            return Err(FrontierError);
        }
        Ok(Self { size, peaks: peaks.to_vec() })
    }
}

#[cfg(test)]
mod tests;
