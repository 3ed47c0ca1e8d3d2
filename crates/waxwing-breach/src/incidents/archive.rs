//! The evidence of a case as one file.
//!
//! Promise: a tar archive (POSIX.1-1988 `ustar`) of the files of [`super::to_files`], in the order of their names and
//! with every other property fixed: the same files give the same bytes. What is unpacked to be checked is packed again and
//! compared, so that not one byte of the archive can be another, headers and padding included. Limit: who holds the
//! archive reads it; it is not sealed.

use std::collections::BTreeMap;
use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Read, Seek as _, Write};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Component, Path, PathBuf};
use waxwing_store::{RecordCheck, RecordFileError, RecordReport, verify_evidence};

/// Folders within folders, at most.
const DEPTH: usize = 8;
/// Files of one archive, at most.
const MOST: usize = 1_000_000;

/// What checking an archive found.
#[derive(Debug)]
pub struct ArchiveReport {
    /// What was found in its files.
    pub report: RecordReport,
    /// SHA-256 of the archive, in hexadecimal.
    pub sha256: String,
    /// Whether the archive is, byte for byte, the one that its files make.
    pub exact: bool,
}

/// Why an archive could not be checked.
#[derive(Debug, thiserror::Error)]
pub enum ArchiveError {
    /// It cannot be read, or is no archive of evidence.
    #[error("it is no archive of evidence: {0}")]
    Archive(String),
    /// Its files cannot be read.
    #[error(transparent)]
    Files(#[from] RecordFileError),
}

fn unreadable(error: &io::Error) -> ArchiveError {
    ArchiveError::Archive(error.to_string())
}

/// Everything below `dir` as an archive.
///
/// # Errors
/// Where a file cannot be read or the archive not be written.
pub fn pack<W: Write>(dir: &Path, to: W) -> io::Result<W> {
    let mut archive = tar::Builder::new(to);
    for (name, path) in files(dir)? {
        let file = File::open(&path)?;
        let mut header = tar::Header::new_ustar();
        header.set_size(file.metadata()?.len());
        header.set_mode(0o600);
        header.set_mtime(0);
        header.set_uid(0);
        header.set_gid(0);
        archive.append_data(&mut header, &name, file)?;
    }
    archive.into_inner()
}

/// Every file below `dir` by its name from there, with `/` between.
fn files(dir: &Path) -> io::Result<BTreeMap<String, PathBuf>> {
    let mut found = BTreeMap::new();
    let mut waiting = vec![(dir.to_owned(), 0)];
    while let Some((folder, depth)) = waiting.pop() {
        for entry in fs::read_dir(&folder)? {
            let path = entry?.path();
            if path.symlink_metadata()?.is_dir() {
                let deeper = depth < DEPTH;
                deeper.then_some(()).ok_or_else(|| io::Error::other("too many folders within folders"))?;
                waiting.push((path, depth + 1));
            } else {
                let name = path.strip_prefix(dir).unwrap_or(&path).to_string_lossy().into_owned();
                found.insert(name, path);
            }
        }
    }
    Ok(found)
}

/// Whether a file is an archive, by its magic (POSIX.1-1988, `ustar`).
pub fn is_archive(path: &Path) -> bool {
    let read = || -> io::Result<bool> {
        let mut head = [0; 262];
        File::open(path)?.read_exact(&mut head)?;
        Ok(&head[257..262] == b"ustar")
    };
    read().unwrap_or(false)
}

/// Checks an archive on any machine, without database or keys of the installation: its bytes, its files, the signed
/// manifest over them, and the record within.
///
/// # Errors
/// [`ArchiveError`] for what is no archive of evidence; whatever does not fit is a finding.
pub fn verify_archive(
    path: &Path,
    check: &RecordCheck,
    seen: impl FnMut(u64, u64),
) -> Result<ArchiveReport, ArchiveError> {
    verify_from(File::open(path).map_err(|e| unreadable(&e))?, check, seen)
}

/// The same for an archive that is open, from its beginning.
pub(super) fn verify_open(file: File, check: &RecordCheck) -> Result<ArchiveReport, ArchiveError> {
    verify_from(file, check, |_, _| ())
}

fn verify_from(mut file: File, check: &RecordCheck, seen: impl FnMut(u64, u64)) -> Result<ArchiveReport, ArchiveError> {
    let dir = tempfile::Builder::new().prefix("waxwing-evidence-").tempdir().map_err(|e| unreadable(&e))?;
    unpack(&mut file, dir.path())?;
    let report = verify_evidence(dir.path(), check, seen)?;
    file.rewind().map_err(|e| unreadable(&e))?;
    let given = hash_of(&mut file).map_err(|e| unreadable(&e))?;
    let made = pack(dir.path(), Hasher::new()).map_err(|e| unreadable(&e))?;
    let exact = made.finish() == given;
    Ok(ArchiveReport { report, sha256: hex::encode(given), exact })
}

impl ArchiveReport {
    /// Whether everything fits.
    pub fn is_whole(&self) -> bool {
        self.exact && self.report.is_whole()
    }
}

/// Unpacks plain files only, never outside of `dir` and never over another.
fn unpack(file: &mut File, dir: &Path) -> Result<(), ArchiveError> {
    let wrong = |what: &str| ArchiveError::Archive(what.to_owned());
    let mut archive = tar::Archive::new(file);
    for (count, entry) in archive.entries().map_err(|e| unreadable(&e))?.enumerate() {
        let mut entry = entry.map_err(|e| unreadable(&e))?;
        if count >= MOST || !entry.header().entry_type().is_file() {
            return Err(wrong("it holds more than files"));
        }
        let name = entry.path().map_err(|e| unreadable(&e))?.into_owned();
        let parts = name.components().count();
        let plain = name.components().all(|part| matches!(part, Component::Normal(_)));
        if !plain || !(1..=DEPTH + 1).contains(&parts) {
            return Err(wrong("a name leads elsewhere"));
        }
        let to = dir.join(&name);
        if let Some(folder) = to.parent() {
            DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(|e| unreadable(&e))?;
        }
        let new = OpenOptions::new().create_new(true).write(true).mode(0o600).open(&to);
        new.and_then(|mut new| io::copy(&mut entry, &mut new)).map_err(|e| unreadable(&e))?;
    }
    Ok(())
}

/// SHA-256 of what is written.
pub(super) struct Hasher(aws_lc_rs::digest::Context);

impl Hasher {
    pub(super) fn new() -> Self {
        Self(aws_lc_rs::digest::Context::new(&aws_lc_rs::digest::SHA256))
    }
    pub(super) fn finish(self) -> [u8; 32] {
        let mut out = [0; 32];
        out.copy_from_slice(self.0.finish().as_ref());
        out
    }
}

impl Write for Hasher {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.update(bytes);
        Ok(bytes.len())
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// SHA-256 of all that is read.
pub(super) fn hash_of(mut from: impl Read) -> io::Result<[u8; 32]> {
    let mut hasher = Hasher::new();
    io::copy(&mut from, &mut hasher)?;
    Ok(hasher.finish())
}
