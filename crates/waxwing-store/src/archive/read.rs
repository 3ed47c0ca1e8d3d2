//! Reading an archive from end to end.
//!
//! Promise: what is handed out was sealed by this installation's keys, in this order; after the
//! last item the whole was there. Limit: items before a fault were already handed out, so an
//! archive is read once for checking before it is read for loading.

use super::frame::{Frame, Manifest, TableHead, unpack};
use super::header::Header;
use super::seal::Opening;
use super::{ArchiveError, Seen};
use crate::Value;
use std::fs::File;
use std::io::{BufReader, Read as _, Seek as _};
use std::path::{Path, PathBuf};
use waxwing_crypto::KeyRing;

/// What an archive holds.
pub enum Item {
    /// Rows of this table follow.
    Table(TableHead),
    /// Rows of the table.
    Rows(Vec<Vec<Value>>),
}

/// An archive that is being read.
pub struct Archive {
    path: PathBuf,
    input: Opening<BufReader<File>>,
    table: Option<TableHead>,
    counted: Manifest,
}

impl Archive {
    /// Opens the archive in `path` with the keys of its installation.
    pub fn open(path: &Path, ring: &KeyRing) -> Result<(Header, Self), ArchiveError> {
        let (header, digest, mut file) = Header::open(path)?;
        let key = header.file_key(ring, path)?;
        let whole = file.get_ref().metadata().map_err(ArchiveError::io(path))?.len();
        let at = file.stream_position().map_err(ArchiveError::io(path))?;
        let reading = |e| ArchiveError::reading(path, &e);
        let mut input = Opening::new(file, &key, whole.saturating_sub(at)).map_err(reading)?;
        if Frame::read(&mut input).map_err(reading)? != Frame::Begin(digest.to_vec()) {
            return Err(ArchiveError::damaged(path, "its header was changed"));
        }
        let archive = Self { path: path.to_owned(), input, table: None, counted: Manifest::default() };
        Ok((header, archive))
    }

    /// The next item; `None` at the end, when all was there that the manifest names.
    pub fn next_item(&mut self) -> Result<Option<Item>, ArchiveError> {
        let before = self.input.digest();
        let frame = Frame::read(&mut self.input).map_err(|e| ArchiveError::reading(&self.path, &e))?;
        Ok(Some(match frame {
            Frame::Table(head) => {
                self.counted.tables.entry(head.name.clone()).or_default();
                self.table = Some(head.clone());
                Item::Table(head)
            }
            Frame::Rows(block) => Item::Rows(self.rows(&block)?),
            Frame::End(manifest) => {
                self.end(manifest, before)?;
                return Ok(None);
            }
            Frame::Begin(_) => return Err(ArchiveError::damaged(&self.path, "it begins twice")),
        }))
    }

    fn rows(&mut self, block: &[u8]) -> Result<Vec<Vec<Value>>, ArchiveError> {
        let damaged = |why| ArchiveError::damaged(&self.path, why);
        let head = self.table.as_ref().ok_or_else(|| damaged("rows without a table"))?;
        let rows = unpack(block, &head.columns).ok_or_else(|| damaged("rows that cannot be read"))?;
        *self.counted.tables.entry(head.name.clone()).or_default() += rows.len() as u64;
        Ok(rows)
    }

    fn end(&mut self, manifest: Manifest, before: [u8; 32]) -> Result<(), ArchiveError> {
        self.counted.sha256 = hex::encode(before);
        self.refuse_unless(self.counted == manifest, "it does not hold what its manifest names")?;
        let after = self.input.read(&mut [0u8; 1]).map_err(|e| ArchiveError::reading(&self.path, &e))?;
        self.refuse_unless(after == 0, "it goes on after its end")
    }

    fn refuse_unless(&self, good: bool, why: &'static str) -> Result<(), ArchiveError> {
        if good { Ok(()) } else { Err(ArchiveError::damaged(&self.path, why)) }
    }
}

/// Reads the whole archive and keeps nothing; gives its manifest.
pub fn check(path: &Path, ring: &KeyRing, total: u64, seen: Seen<'_>) -> Result<Manifest, ArchiveError> {
    let (_, mut archive) = Archive::open(path, ring)?;
    while let Some(item) = archive.next_item()? {
        if let Item::Rows(_) = item {
            seen(archive.counted.total(), total);
        }
    }
    Ok(archive.counted)
}
