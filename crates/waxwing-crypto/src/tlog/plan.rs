//! Which hashes make a proof, and the proof from tiles that hold them.
//!
//! Promise: a plan names few tiles (at most two a level), so that proving one of ten million
//! entries reads some eight tiles and not the log. Limit: tiles are believed; a wrong hash in one
//! gives a proof that does not check out.

use super::tile::{TILE_WIDTH, Tile};
use crate::merkle::{Hash, empty_root, node_hash};
use std::collections::BTreeSet;
use std::ops::Range;

/// A tile that a proof needs and that was not given, or has too few hashes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the tile {} of the record is missing", .0.path())]
pub struct MissingTile(pub Tile);

/// The runs of leaves whose roots make a proof in a log of one size, in the proof's order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    size: u64,
    parts: Vec<Range<u64>>,
}

/// A complete subtree: 2^height leaves, the `index`-th such.
#[derive(Clone, Copy)]
struct Node {
    height: u32,
    index: u64,
}

impl Node {
    /// The tile that holds its leaves' hashes at the nearest level below, and where in it they are.
    fn place(self, size: u64) -> Option<(Tile, Range<usize>)> {
        let within = self.height % 8;
        let first = self.index << within;
        let tile = Tile::of(u8::try_from(self.height / 8).ok()?, first / TILE_WIDTH, size)?;
        let offset = (first % TILE_WIDTH) as usize;
        Some((tile, offset..offset + (1 << within)))
    }
}

impl Plan {
    /// The proof that the entry `index` is in a log of `size` (RFC 6962 §2.1.1); `None` if it cannot be.
    pub fn inclusion(index: u64, size: u64) -> Option<Self> {
        if index >= size || size > super::MAX_SIZE {
            return None;
        }
        let (mut begin, mut end, mut parts) = (0, size, Vec::new());
        while end - begin > 1 {
            let middle = begin + half(end - begin);
            if index < middle {
                parts.push(middle..end);
                end = middle;
            } else {
                parts.push(begin..middle);
                begin = middle;
            }
        }
        parts.reverse();
        Some(Self { size, parts })
    }

    /// The proof that the log of `first` entries is the beginning of that of `second` (RFC 6962
    /// §2.1.2); `None` if it cannot be.
    pub fn consistency(first: u64, second: u64) -> Option<Self> {
        if first > second || second > super::MAX_SIZE {
            return None;
        }
        let (mut begin, mut end, mut parts) = (0, second, Vec::new());
        while first != 0 && first != end {
            let middle = begin + half(end - begin);
            if first <= middle {
                parts.push(middle..end);
                end = middle;
            } else {
                parts.push(begin..middle);
                begin = middle;
            }
        }
        if begin > 0 {
            parts.push(begin..end);
        }
        parts.reverse();
        Some(Self { size: second, parts })
    }

    /// The root of a log of `size` entries, as a plan of one hash.
    pub fn root(size: u64) -> Self {
        Self { size, parts: std::iter::once(0..size).collect() }
    }

    /// The tiles it needs.
    pub fn tiles(&self) -> BTreeSet<Tile> {
        let nodes = self.parts.iter().flat_map(|part| nodes(part.clone()));
        nodes.filter_map(|node| Some(node.place(self.size)?.0)).collect()
    }

    /// The hashes, from tiles that `source` gives.
    ///
    /// # Errors
    /// [`MissingTile`] when `source` does not give a tile of [`Self::tiles`].
    pub fn hashes<'a>(&self, source: impl Fn(Tile) -> Option<&'a [Hash]>) -> Result<Vec<Hash>, MissingTile> {
        self.parts.iter().map(|part| self.root_of(part.clone(), &source)).collect()
    }

    fn root_of<'a>(&self, part: Range<u64>, source: &impl Fn(Tile) -> Option<&'a [Hash]>) -> Result<Hash, MissingTile> {
        let roots: Vec<Hash> = nodes(part).map(|node| self.node(node, source)).collect::<Result<_, _>>()?;
        let joined = roots.into_iter().rev().reduce(|right, left| node_hash(&left, &right));
        Ok(joined.unwrap_or_else(empty_root))
    }

    fn node<'a>(&self, node: Node, source: &impl Fn(Tile) -> Option<&'a [Hash]>) -> Result<Hash, MissingTile> {
        let none = MissingTile(Tile { level: 0, index: 0, width: 1 });
        let (tile, place) = node.place(self.size).ok_or(none)?;
        source(tile).and_then(|hashes| hashes.get(place)).map(complete).ok_or(MissingTile(tile))
    }
}

/// The largest power of two below a number of two or more.
const fn half(count: u64) -> u64 {
    1 << (count - 1).ilog2()
}

/// The complete subtrees of a run, largest first; the run begins where its largest may.
fn nodes(part: Range<u64>) -> impl Iterator<Item = Node> {
    let (mut at, end) = (part.start, part.end);
    std::iter::from_fn(move || {
        let height = (end - at).checked_ilog2()?;
        let node = Node { height, index: at >> height };
        at += 1 << height;
        Some(node)
    })
}

/// The root over a power of two of hashes.
fn complete(hashes: &[Hash]) -> Hash {
    crate::merkle::root_of(hashes)
}
