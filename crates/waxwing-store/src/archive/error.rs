//! Why an archive was not written, or not put back.

use crate::{KeyStoreError, StoreError};
use std::io;
use std::path::{Path, PathBuf};
use waxwing_crypto::{FileError, OpenError};

/// A failure of backup or restore.
#[derive(Debug, thiserror::Error)]
pub enum ArchiveError {
    /// Reading or writing a file.
    #[error("{0} cannot be used: {1}")]
    Io(PathBuf, io::ErrorKind),
    /// An archive must not be overwritten.
    #[error("{0} exists already and is left alone")]
    Exists(PathBuf),
    /// The file is something else.
    #[error("{0} is not an archive that this Waxwing knows")]
    Format(PathBuf),
    /// The file ends early, goes on after its end, or was changed.
    #[error("{0} is refused and nothing was touched: {1}")]
    Damaged(PathBuf, String),
    /// Made by another schema.
    #[error("this archive was made by Waxwing {0} with another schema; restore it with that version, then upgrade")]
    Schema(String),
    /// The two archives do not belong together.
    #[error("{0}")]
    Pair(&'static str),
    /// There is data already.
    #[error("the target is not empty (table {0}); restore into an empty data directory and an empty database")]
    Inhabited(String),
    /// Another ring lies where the archive's belongs.
    #[error("another key ring lies in {0}; move it away, or restore with a newer key archive")]
    Ring(PathBuf),
    /// Keys were rotated again and again while the archive was made.
    #[error("the key ring kept changing while it was copied; try again when `waxwing keys rotate` has ended")]
    Moving,
    /// The data is older than a re-sealing, and the keys are not.
    #[error(
        "everything was sealed under new keys after this data archive was made, and the keys of before are gone from \
         these: take the key archive that was made with it, into an empty data directory and an empty database"
    )]
    Resealed,
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The key files.
    #[error(transparent)]
    Keys(#[from] KeyStoreError),
}

impl ArchiveError {
    pub(super) fn io(path: &Path) -> impl Fn(io::Error) -> Self + '_ {
        |e| Self::Io(path.to_owned(), e.kind())
    }
    pub(super) fn damaged(path: &Path, why: impl ToString) -> Self {
        Self::Damaged(path.to_owned(), why.to_string())
    }
    /// What the reader of a sealed file said: an unexpected end and a refused chunk are damage.
    pub(super) fn reading(path: &Path, error: &io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::UnexpectedEof => Self::damaged(path, FileError::Truncated),
            io::ErrorKind::InvalidData => Self::damaged(path, error),
            kind => Self::Io(path.to_owned(), kind),
        }
    }
    pub(super) fn unopened(path: &Path, error: OpenError) -> Self {
        Self::damaged(path, format!("its key does not open ({error})"))
    }
}
