//! Checking the record's files, without a database and without a key that could write them.
//!
//! Promise: every entry, bitmap and tile is read; the root is computed anew and held against the
//! signed heads; what does not fit is named by its number or file. Limit: without a witness's key
//! and an earlier checkpoint kept elsewhere, a record that was rewritten whole by whoever holds
//! the log's key, or put back to an older state, looks whole.

use super::{CHECKPOINT, KEY, PEOPLE, RecordFileError, WITNESSED, io_error, people};
use crate::record::leaf::{self, PartClaim};
use roaring::RoaringBitmap;
use std::collections::{BTreeMap, HashMap};
use std::io::ErrorKind;
use std::path::Path;
use waxwing_crypto::merkle::{Frontier, Hash, leaf_hash};
use waxwing_crypto::tlog::{
    Bundle, Checkpoint, EntryProof, Policy, Seen, SignedNote, Tile, TlogError, Trusted, VerifierKey,
};

/// How many findings are named; more are counted.
const NAMED: usize = 50;

/// What to check against.
#[derive(Clone, Debug, Default)]
pub struct Check {
    /// The log's key; the one found beside the files when `None`, which shows damage, not forgery.
    pub key: Option<VerifierKey>,
    /// Witnesses who must have signed.
    pub witnesses: Vec<VerifierKey>,
    /// A checkpoint that was kept elsewhere.
    pub against: Option<String>,
    /// Whether files without the bitmaps of people are whole too.
    pub without_people: bool,
}

/// Something that does not fit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Where: an entry, a file.
    pub place: String,
    /// What is wrong, in words.
    pub what: String,
}

/// What a check found.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// The log's name.
    pub origin: String,
    /// Entries that the signed head counts.
    pub size: u64,
    /// The signed root, in hexadecimal.
    pub root: String,
    /// The word of each witness that was asked for.
    pub seen: Vec<Seen>,
    /// How many entries the newest witnessed head counts; 0 when no witness was asked for.
    pub witnessed_size: u64,
    /// Whether the key came from the files themselves.
    pub own_key: bool,
    /// How many bitmaps of people were checked.
    pub bitmaps: u64,
    /// What does not fit, at most 50 of them.
    pub findings: Vec<Finding>,
    /// How many findings there are in all.
    pub wrong: u64,
}

impl Report {
    /// Whether nothing was found wrong.
    pub const fn is_whole(&self) -> bool {
        self.wrong == 0
    }

    pub(super) fn note(&mut self, place: impl Into<String>, what: impl Into<String>) {
        self.wrong += 1;
        if self.findings.len() < NAMED {
            self.findings.push(Finding { place: place.into(), what: what.into() });
        }
    }
}

/// A head that the log had when it counted so many entries, by somebody's word.
struct Mark {
    place: &'static str,
    root: Hash,
    otherwise: &'static str,
}

const FORK: &str = "the entries do not give the root that this checkpoint signed: the past was rewritten";

/// Checks the files in `dir`; `seen` is told entries done and of how many.
///
/// # Errors
/// [`RecordFileError`] when there is no readable checkpoint or no key; all else is a finding.
pub fn verify_record(dir: &Path, check: &Check, seen: impl FnMut(u64, u64)) -> Result<Report, RecordFileError> {
    let mut report = Report { own_key: check.key.is_none(), ..Report::default() };
    let key = match &check.key {
        Some(key) => key.clone(),
        None => read_key(&dir.join(KEY))?,
    };
    let policy = Policy { any_origin: true, ..Policy::log_only(key) };
    let path = dir.join(CHECKPOINT);
    let note = SignedNote::parse(&text(&path)?).map_err(|e| RecordFileError::Text(path.clone(), e))?;
    let head = Checkpoint::parse(note.text()).map_err(|e| RecordFileError::Text(path.clone(), e))?;
    (report.origin, report.size, report.root) = (head.origin.clone(), head.size, hex::encode(head.root));
    if let Err(error) = policy.check(&note) {
        report.note(CHECKPOINT, error.to_string());
    }
    let mut marks: BTreeMap<u64, Vec<Mark>> = BTreeMap::new();
    let mut mark = |size, place, root, otherwise| marks.entry(size).or_default().push(Mark { place, root, otherwise });
    mark(head.size, CHECKPOINT, head.root, "the entries do not give the signed root");
    if let Some((size, root)) = begins_after(&head.origin) {
        mark(size, "origin", root, "the log does not go on from the head that its name says it goes on from");
    }
    if let Some(witnessed) = witnessed(dir, &policy, check, &note, &mut report)? {
        mark(witnessed.size, WITNESSED, witnessed.root, FORK);
    }
    if let Some(earlier) = earlier(check, &policy, &head, &mut report) {
        mark(earlier.size, "the earlier checkpoint", earlier.root, FORK);
    }
    Walk { dir, check, report, frontier: Frontier::new(), marks, above: HashMap::new() }.run(head.size, seen)
}

/// The head that the witnesses who are asked for have signed, when that is not the newest itself.
fn witnessed(
    dir: &Path,
    policy: &Policy,
    check: &Check,
    newest: &SignedNote,
    report: &mut Report,
) -> Result<Option<Checkpoint>, RecordFileError> {
    if check.witnesses.is_empty() {
        return Ok(None);
    }
    let policy = Policy { witnesses: check.witnesses.clone(), ..policy.clone() };
    let path = dir.join(WITNESSED);
    let found = match policy.check(newest) {
        Err(TlogError::Unwitnessed) if path.exists() => policy.read(&text(&path)?),
        other => other,
    };
    match found {
        Ok(Trusted { checkpoint, seen }) => {
            (report.seen, report.witnessed_size) = (seen, checkpoint.size);
            Ok(Some(checkpoint))
        }
        Err(error) => {
            report.note(WITNESSED, error.to_string());
            Ok(None)
        }
    }
}

/// The earlier checkpoint, when the files can hold what it signed.
fn earlier(check: &Check, policy: &Policy, head: &Checkpoint, report: &mut Report) -> Option<Checkpoint> {
    const PLACE: &str = "the earlier checkpoint";
    let earlier = match policy.read(check.against.as_ref()?) {
        Ok(trusted) => trusted.checkpoint,
        Err(error) => {
            report.note(PLACE, error.to_string());
            return None;
        }
    };
    if earlier.size <= head.size {
        return Some(earlier);
    }
    let missing = earlier.size - head.size;
    let what = format!(
        "it counts {} entries and these files {}: {missing} are missing. The record was put back or cut",
        earlier.size, head.size
    );
    report.note(PLACE, what);
    None
}

/// The head that a log under a new origin goes on from: `…/after/SIZE/ROOT`.
fn begins_after(origin: &str) -> Option<(u64, Hash)> {
    let (_, after) = origin.split_once("/after/")?;
    let (size, root) = after.split_once('/')?;
    Some((size.parse().ok()?, hex::decode(root).ok()?.try_into().ok()?))
}

pub(super) fn read_key(path: &Path) -> Result<VerifierKey, RecordFileError> {
    if !path.exists() {
        return Err(RecordFileError::NoKey);
    }
    text(path)?.trim_end().parse().map_err(|e| RecordFileError::Text(path.to_owned(), e))
}

pub(super) fn text(path: &Path) -> Result<String, RecordFileError> {
    std::fs::read_to_string(path).map_err(io_error(path))
}

/// The walk over all entries.
struct Walk<'a> {
    dir: &'a Path,
    check: &'a Check,
    report: Report,
    frontier: Frontier,
    marks: BTreeMap<u64, Vec<Mark>>,
    /// The roots above the leaves that the entries gave, by level.
    above: HashMap<u8, Vec<Hash>>,
}

impl Walk<'_> {
    fn run(mut self, size: u64, mut seen: impl FnMut(u64, u64)) -> Result<Report, RecordFileError> {
        let people = self.has_people();
        self.hold_marks();
        for tile in Tile::of_level(0, size) {
            if !self.bundle(tile, people)? {
                return Ok(self.report);
            }
            seen(tile.span().end, size);
        }
        for level in 1..8 {
            for tile in Tile::of_level(level, size) {
                self.tile_above(tile)?;
            }
        }
        Ok(self.report)
    }

    fn has_people(&mut self) -> bool {
        let there = self.dir.join(PEOPLE).is_dir();
        if !there && !self.check.without_people && self.report.size > 0 {
            self.report.note(PEOPLE, "the bitmaps of people are missing, so that who was named cannot be checked");
        }
        there
    }

    /// One bundle of entries; says whether the walk can go on.
    fn bundle(&mut self, tile: Tile, people: bool) -> Result<bool, RecordFileError> {
        let path = tile.entries_path();
        let Some(bytes) = self.read(&path)? else { return Ok(false) };
        let Some(entries) = Bundle::entries(&bytes, usize::from(tile.width)) else {
            self.report.note(path, format!("the file does not hold {} whole entries", tile.width));
            return Ok(false);
        };
        let hashes = self.tile(tile)?;
        let bitmaps = if people { self.read(&format!("{PEOPLE}/{}", tile.place()))? } else { None };
        let bitmaps = match &bitmaps {
            None => None,
            Some(bytes) => people::from_bytes(bytes, entries.len()).or_else(|| {
                self.report.note(format!("{PEOPLE}/{}", tile.place()), "the file is cut or damaged");
                None
            }),
        };
        for (offset, (entry, index)) in entries.iter().zip(tile.span()).enumerate() {
            self.entry(index, entry, hashes.as_ref().and_then(|hashes| hashes.get(offset)));
            if let Some(bitmaps) = bitmaps.as_ref().and_then(|all| all.get(offset)) {
                self.bitmaps(index, entry, bitmaps);
            }
        }
        Ok(true)
    }

    fn entry(&mut self, index: u64, entry: &[u8], expected: Option<&Hash>) {
        let hash = leaf_hash(entry);
        if expected.is_some_and(|expected| *expected != hash) {
            self.report.note(format!("entry {index}"), "it was changed: its hash is not the one in the tile");
        }
        let above = &mut self.above;
        self.frontier.push_noting(hash, |node| above.entry(node.level).or_default().push(node.hash));
        self.hold_marks();
    }

    /// Holds the root against whoever signed a head of this size.
    fn hold_marks(&mut self) {
        let Some(marks) = self.marks.remove(&self.frontier.size()) else { return };
        let root = self.frontier.root();
        for mark in marks.into_iter().filter(|mark| mark.root != root) {
            self.report.note(mark.place, mark.otherwise);
        }
    }

    fn bitmaps(&mut self, index: u64, entry: &[u8], bitmaps: &[&[u8]]) {
        let place = || format!("entry {index}");
        let Some(claims) = leaf::claims(entry) else {
            return self.report.note(place(), "it is not an entry that this version knows");
        };
        if claims.len() != bitmaps.len() {
            let what = format!("it names {} sets of people, and {} are beside it", claims.len(), bitmaps.len());
            return self.report.note(place(), what);
        }
        for (claim, bitmap) in claims.iter().zip(bitmaps) {
            self.report.bitmaps += 1;
            if !fits(claim, bitmap) {
                self.report.note(place(), "the set of people beside it is not the one that it names");
            }
        }
    }

    /// The hashes of a tile's file; a finding when they are not there.
    fn tile(&mut self, tile: Tile) -> Result<Option<Vec<Hash>>, RecordFileError> {
        let path = tile.path();
        let Some(bytes) = self.read(&path)? else { return Ok(None) };
        let (hashes, rest) = bytes.as_chunks::<32>();
        if !rest.is_empty() || hashes.len() != usize::from(tile.width) {
            self.report.note(path, format!("the tile does not hold {} hashes", tile.width));
            return Ok(None);
        }
        Ok(Some(hashes.to_vec()))
    }

    fn tile_above(&mut self, tile: Tile) -> Result<(), RecordFileError> {
        let Some(hashes) = self.tile(tile)? else { return Ok(()) };
        let computed = self.above.get(&tile.level).map(Vec::as_slice).unwrap_or_default();
        for (at, hash) in tile.span().zip(&hashes) {
            if computed.get(at as usize) != Some(hash) {
                let width = 256u64.pow(u32::from(tile.level));
                let entries = format!("entries {} to {}", at * width, (at + 1) * width - 1);
                self.report.note(tile.path(), format!("{entries} do not give the root in this tile"));
            }
        }
        Ok(())
    }

    /// A file, or a finding that it is missing.
    fn read(&mut self, path: &str) -> Result<Option<Vec<u8>>, RecordFileError> {
        let full = self.dir.join(path);
        match std::fs::read(&full) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(error) if error.kind() == ErrorKind::NotFound => {
                self.report.note(path, "the file is missing");
                Ok(None)
            }
            Err(error) => Err(io_error(&full)(error)),
        }
    }
}

fn fits(claim: &PartClaim, bitmap: &[u8]) -> bool {
    leaf::bitmap_hash(bitmap) == claim.hash
        && RoaringBitmap::deserialize_from(bitmap).is_ok_and(|people| people.len() == claim.people)
}

/// Checks the proof of one entry; gives it, and what its checkpoint says.
///
/// # Errors
/// [`TlogError`] says what does not fit.
pub fn verify_proof(text: &str, check: &Check) -> Result<(EntryProof, Trusted), TlogError> {
    let proof = EntryProof::parse(text)?;
    let key = check.key.clone().ok_or(TlogError::Key)?;
    let policy = Policy { witnesses: check.witnesses.clone(), any_origin: true, log: key };
    let trusted = proof.check(&policy)?;
    Ok((proof, trusted))
}
