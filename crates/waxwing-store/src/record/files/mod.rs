//! The record as files, for outsiders: written from the database, checked without it.
//!
//! Promise: what is written is a C2SP tlog-tiles log (`checkpoint`, `tile/…`) that other tools read
//! too, with the bitmaps of people beside it (`people/…`, by the same paths as entry bundles); the
//! check recomputes everything from the entries and names what does not fit. Limit: the sealed
//! details and network addresses of entries are not in the files; a bitmap holds the numbers of
//! people, which name nobody without the database.

mod evidence;
mod export;
mod people;
mod verify;

pub use evidence::{RECORD as EVIDENCE_RECORD, is_evidence, sign_evidence, verify_evidence};
pub use export::{ExportedRecord, export_record};
pub use verify::{Check, Finding, Report, verify_proof, verify_record};

use crate::StoreError;
use std::io;
use std::path::{Path, PathBuf};

/// The signed head.
const CHECKPOINT: &str = "checkpoint";
/// The newest head that a witness signed too, where that is an older one.
const WITNESSED: &str = "checkpoint.witnessed";
/// The log's public key as the exporter knew it: a convenience, not evidence.
const KEY: &str = "key";
/// The bitmaps of people.
const PEOPLE: &str = "people";

/// Why files of the record could not be written or read at all.
#[derive(Debug, thiserror::Error)]
pub enum RecordFileError {
    /// A file.
    #[error("{} cannot be used: {}", .0.display(), .1)]
    Io(PathBuf, io::ErrorKind),
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Nothing has been signed yet.
    #[error("nothing of the record has been signed yet; try again in a second")]
    NothingSigned,
    /// A text that is not what it should be.
    #[error("{}: {}", .0.display(), .1)]
    Text(PathBuf, waxwing_crypto::tlog::TlogError),
    /// Neither the files nor the caller names a key.
    #[error("there is no key to check the record with: give the log's key, name+id+key")]
    NoKey,
}

fn io_error(path: &Path) -> impl Fn(io::Error) -> RecordFileError + '_ {
    move |error| RecordFileError::Io(path.to_owned(), error.kind())
}
