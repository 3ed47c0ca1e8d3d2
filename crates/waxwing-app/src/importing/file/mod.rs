//! Reading a file of people: what it is, how its text is decoded, where its rows are.
//!
//! Promise: whatever the bytes are, memory stays bounded, every row is either cells or a fault
//! with its line, and one bad row never spoils the next. Limit: a quote that is never closed
//! costs its own line only; a quote that is closed many lines later by accident joins those lines.

mod cells;
mod rows;
mod sealed;
mod sniff;

pub(super) use cells::Cells;
pub(super) use rows::{Row, Rows};
pub(super) use sealed::{SealedReader, SealedWriter};
pub(super) use sniff::{Form, Sniffer};

/// Why a file is not one that people can be read from. Never holds anything of its content.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum FileProblem {
    /// No bytes, or white space only.
    #[error("the file is empty")]
    Empty,
    /// Recognised as something else.
    #[error("this is {0}, not a CSV or TSV file; save it as CSV and try again")]
    Kind(&'static str),
    /// Nothing that is text.
    #[error("this is not a text file; save it as CSV and try again")]
    Binary,
    /// No row could be read.
    #[error("no row of the file can be read: {0}")]
    NoRow(RowFault),
    /// The sealed copy on disk cannot be read.
    #[error("the sealed copy of the file cannot be read: {0}")]
    Copy(String),
}

/// Why a row is not cells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum RowFault {
    /// Longer than any row of people.
    #[error("the line is longer than 256 KiB")]
    TooLong,
    /// A quote opens a cell and nothing closes it.
    #[error("a quote opens a cell and is never closed")]
    Quote,
    /// More columns than any file of people has.
    #[error("the line has more than 500 columns")]
    Columns,
    /// A zero byte.
    #[error("the line holds a zero byte")]
    Nul,
    /// Bytes that are no text in the file's encoding.
    #[error("the line holds bytes that are not text in the encoding of the file")]
    Encoding,
}
