//! Evidence of a case as files: a manifest over them, signed with the log's key, beside the record that they rest on.
//!
//! Promise: the manifest names every file with its SHA-256 (`sha256sum -c manifest.txt` reads it too); the note that
//! holds the manifest's hash is signed under the log's name with `/evidence` behind it, so that it can never pass for
//! a checkpoint; a file that was changed, added or taken away is named. Limit: the signature says that this
//! machine wrote the files, not when; what places them in time is the record within, and a witness's word on it.

use super::verify::{Report, read_key, text, verify_record};
use super::{Check, KEY, RecordFileError, io_error};
use crate::record::log_key::evidence_signer;
use crate::{Store, StoreError};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Component, Path, PathBuf};
use waxwing_crypto::sha256;
use waxwing_crypto::tlog::{SignedNote, VerifierKey};
use waxwing_domain::WorkspaceId;

/// Every file with its SHA-256, in the form of `sha256sum`.
const MANIFEST: &str = "manifest.txt";
/// The signed hash of the manifest.
const NOTE: &str = "manifest.note";
/// The first line of the note.
const FORMAT: &str = "waxwing evidence v1";
/// Where the record lies.
pub const RECORD: &str = "record";
/// What stands behind the log's name in the name of the key.
const SUFFIX: &str = "/evidence";
/// Folders within folders, at most.
const DEPTH: usize = 8;

/// Whether `dir` holds evidence, not only a record.
pub fn is_evidence(dir: &Path) -> bool {
    dir.join(NOTE).is_file()
}

/// Writes the manifest of all files below `dir`, among them the record in [`RECORD`], and signs its hash.
///
/// # Errors
/// [`RecordFileError::Io`] where a manifest is there already; [`RecordFileError::NothingSigned`] for a log without a key.
pub async fn sign_evidence(store: &Store, workspace: WorkspaceId, dir: &Path) -> Result<String, RecordFileError> {
    let key: VerifierKey = read_key(&dir.join(RECORD).join(KEY))?;
    let mut manifest = String::new();
    for (name, path) in files(dir)? {
        let bytes = fs::read(&path).map_err(io_error(&path))?;
        manifest.push_str(&format!("{}  {name}\n", hex::encode(sha256(&[&bytes]))));
    }
    let hash = hex::encode(sha256(&[manifest.as_bytes()]));
    let refused = || StoreError::Damaged("a note of evidence".into());
    let mut note = SignedNote::new(note_text(&hash)).ok_or_else(refused)?;
    let signer = evidence_signer(store, workspace, &format!("{}{SUFFIX}", key.name())).await?;
    note.sign(&signer, store.clock().now());
    super::export::put(&dir.join(MANIFEST), manifest.as_bytes())?;
    super::export::put(&dir.join(NOTE), note.to_text().as_bytes())?;
    Ok(hash)
}

fn note_text(hash: &str) -> String {
    format!("{FORMAT}\nsha256 of {MANIFEST}\n{hash}\n")
}

/// Every file below `dir` by its name from there, with `/` between; the manifest and its note left out.
fn files(dir: &Path) -> Result<BTreeMap<String, PathBuf>, RecordFileError> {
    let mut found = BTreeMap::new();
    let mut waiting = vec![(dir.to_owned(), 0)];
    while let Some((folder, depth)) = waiting.pop() {
        for entry in fs::read_dir(&folder).map_err(io_error(&folder))? {
            let path = entry.map_err(io_error(&folder))?.path();
            let kind = fs::symlink_metadata(&path).map_err(io_error(&path))?;
            let name = path.strip_prefix(dir).unwrap_or(&path).to_string_lossy().replace('\\', "/");
            if kind.is_dir() && depth < DEPTH {
                waiting.push((path, depth + 1));
            } else if name != MANIFEST && name != NOTE {
                found.insert(name, path);
            }
        }
    }
    Ok(found)
}

/// Checks evidence: the note's signature, the manifest, every file, and the record within.
///
/// # Errors
/// [`RecordFileError`] when there is no readable note, record or key; all else is a finding.
pub fn verify_evidence(dir: &Path, check: &Check, seen: impl FnMut(u64, u64)) -> Result<Report, RecordFileError> {
    let record = dir.join(RECORD);
    let key = match &check.key {
        Some(key) => key.clone(),
        None => read_key(&record.join(KEY))?,
    };
    let mut report = verify_record(&record, check, seen)?;
    let manifest = text(&dir.join(MANIFEST))?;
    let path = dir.join(NOTE);
    let note = SignedNote::parse(&text(&path)?).map_err(|e| RecordFileError::Text(path.clone(), e))?;
    let named = key.renamed(&format!("{}{SUFFIX}", report.origin));
    let signed = named.ok_or(waxwing_crypto::tlog::TlogError::Unsigned).and_then(|named| note.signed_by(&named));
    if let Err(error) = signed {
        report.note(NOTE, error.to_string());
    }
    if note.text() != note_text(&hex::encode(sha256(&[manifest.as_bytes()]))) {
        report.note(MANIFEST, "it is not the manifest that was signed");
    }
    compare(dir, &manifest, &mut report)?;
    Ok(report)
}

/// Holds the files against their manifest.
fn compare(dir: &Path, manifest: &str, report: &mut Report) -> Result<(), RecordFileError> {
    let mut there = files(dir)?;
    for line in manifest.lines() {
        let Some((hash, name)) = line.split_once("  ").filter(|(_, name)| is_plain(name)) else {
            report.note(MANIFEST, "a line names no file");
            continue;
        };
        let Some(path) = there.remove(name) else {
            report.note(name, "it is missing");
            continue;
        };
        let is_file = fs::symlink_metadata(&path).map_err(io_error(&path))?.is_file();
        if !is_file || hex::encode(sha256(&[&fs::read(&path).map_err(io_error(&path))?])) != hash {
            report.note(name, "it was changed");
        }
    }
    for name in there.into_keys() {
        report.note(name, "it is not in the manifest");
    }
    Ok(())
}

/// Whether a name stays within the folder.
fn is_plain(name: &str) -> bool {
    !name.is_empty() && Path::new(name).components().all(|part| matches!(part, Component::Normal(_)))
}
