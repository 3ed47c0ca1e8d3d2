//! Where the hashes and entries of a log lie (C2SP tlog-tiles).
//!
//! Promise: a tile has one path and a path one tile. Limit: nothing here knows whether a tile's
//! hashes are right; that shows when they lead to a signed root.

use super::{MAX_SIZE, decimal};
use std::ops::Range;

/// Hashes of a full tile, entries of a full bundle.
pub const TILE_WIDTH: u64 = 256;
/// The longest entry, in bytes: its length is written in 16 bits.
pub const MAX_ENTRY: usize = u16::MAX as usize;

/// A run of neighbouring hashes at one level, as it stands in a log of one size.
///
/// At level 0 the hashes are of leaves; at level n each is the root over 256^n leaves.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Tile {
    /// The level, 0 at the leaves.
    pub level: u8,
    /// Which tile of the level.
    pub index: u64,
    /// How many hashes it has, 1 to 256.
    pub width: u16,
}

impl Tile {
    /// The tile as it stands in a log of `size` entries; `None` where there is none.
    pub fn of(level: u8, index: u64, size: u64) -> Option<Self> {
        let shift = 8 * u32::from(level);
        let there = size.checked_shr(shift).unwrap_or(0);
        let rest = there.checked_sub(index.checked_mul(TILE_WIDTH)?)?.min(TILE_WIDTH);
        let width = u16::try_from(rest).ok().filter(|width| *width > 0)?;
        Some(Self { level, index, width })
    }

    /// Every tile of a log of `size` entries, leaves first.
    pub fn all(size: u64) -> impl Iterator<Item = Self> {
        (0..8u8).flat_map(move |level| Self::of_level(level, size))
    }

    /// The tiles of one level of a log of `size` entries.
    pub fn of_level(level: u8, size: u64) -> impl Iterator<Item = Self> {
        let there = size.checked_shr(8 * u32::from(level)).unwrap_or(0);
        (0..there.div_ceil(TILE_WIDTH)).filter_map(move |index| Self::of(level, index, size))
    }

    /// Whether nothing will be added to it any more.
    pub const fn is_full(self) -> bool {
        self.width as u64 == TILE_WIDTH
    }

    /// The numbers of its hashes within its level.
    pub const fn span(self) -> Range<u64> {
        let first = self.index * TILE_WIDTH;
        first..first + self.width as u64
    }

    /// Where its hashes lie: `tile/0/x001/234` or `tile/0/001.p/5`.
    pub fn path(self) -> String {
        format!("tile/{}/{}", self.level, self.place())
    }

    /// Where the entries below it lie, for a tile of level 0: `tile/entries/x001/234`.
    pub fn entries_path(self) -> String {
        format!("tile/entries/{}", self.place())
    }

    /// The path below the level, which names of other files beside the entries follow too.
    pub fn place(self) -> String {
        let mut groups = vec![format!("{:03}", self.index % 1_000)];
        let mut rest = self.index / 1_000;
        while rest > 0 {
            groups.push(format!("x{:03}", rest % 1_000));
            rest /= 1_000;
        }
        groups.reverse();
        let suffix = if self.is_full() { String::new() } else { format!(".p/{}", self.width) };
        groups.join("/") + &suffix
    }

    /// Reads what [`Self::path`] wrote, without `tile/`: `0/x001/234.p/5`.
    pub fn parse(path: &str) -> Option<Self> {
        let (level, place) = path.split_once('/')?;
        let level = u8::try_from(decimal(level)?).ok().filter(|level| *level < 64)?;
        Self::at(level, place)
    }

    /// Reads what [`Self::place`] wrote, as a tile of `level`.
    pub fn at(level: u8, place: &str) -> Option<Self> {
        let (place, width) = match place.split_once(".p/") {
            Some((place, width)) => (place, u16::try_from(decimal(width)?).ok().filter(|w| (1..256).contains(w))?),
            None => (place, 256),
        };
        if place.len() > 64 {
            return None;
        }
        let digits = place.split('/').map(|group| group.strip_prefix('x').unwrap_or(group));
        let index = digits.clone().all(is_group).then(|| digits.collect::<String>().parse().ok()).flatten()?;
        let tile = Self { level, index, width };
        // One form only: what it writes is what was read, the marks of all but the last group too.
        (index <= MAX_SIZE / TILE_WIDTH && tile.place().split(".p/").next() == Some(place)).then_some(tile)
    }
}

fn is_group(group: &str) -> bool {
    group.len() == 3 && group.bytes().all(|byte| byte.is_ascii_digit())
}

/// Entries of one tile of level 0: each with its length in front, 16 bits, highest byte first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Bundle(Vec<u8>);

impl Bundle {
    /// Appends an entry; refused when it is longer than [`MAX_ENTRY`].
    pub fn push(&mut self, entry: &[u8]) -> Option<()> {
        let length = u16::try_from(entry.len()).ok()?;
        self.0.extend_from_slice(&length.to_be_bytes());
        self.0.extend_from_slice(entry);
        Some(())
    }

    /// The bytes of the file.
    pub fn bytes(&self) -> &[u8] {
        &self.0
    }

    /// The entries of a file of exactly `count`; `None` when it is cut, too long or holds another number.
    pub fn entries(mut bytes: &[u8], count: usize) -> Option<Vec<&[u8]>> {
        let mut entries = Vec::with_capacity(count.min(TILE_WIDTH as usize));
        while !bytes.is_empty() {
            let (length, rest) = bytes.split_first_chunk::<2>()?;
            let (entry, rest) = rest.split_at_checked(usize::from(u16::from_be_bytes(*length)))?;
            entries.push(entry);
            bytes = rest;
        }
        (entries.len() == count).then_some(entries)
    }
}
