//! Backups: two archives that any engine can read, and putting them back.
//!
//! Promise: an archive is written whole or not at all, read back before it counts, and refused
//! when it was cut, changed or belongs elsewhere, before anything is touched. The data archive
//! holds no person's key: keys stand in the key archive only, which has a short life of its own, so
//! that whoever was erased since is unreadable in every older data archive. Limit: without the root
//! key nothing in an archive can be read, and what happened after an archive was made is not in it.
//!
//! One archive is a line (`WAXWING-ARCHIVE 1`), a header in JSON, and a sealed file
//! ([`waxwing_crypto::file_key`]) of frames: the header's digest, tables with their rows, and a
//! manifest with counts and the SHA-256 of all before it. Pictures are rows. Uploads and reject files
//! of imports are left out: their keys would outlive an erasure in the archive. The file's key is wrapped by the
//! key ring; the ring itself, sealed by the root key, stands in the header of the key archive.

mod catalogue;
mod error;
mod frame;
mod header;
mod load;
mod pair;
mod read;
mod seal;
mod settle;
mod write;

pub use error::ArchiveError;
pub use frame::Manifest;
pub use header::Kind;
pub use pair::{Pair, Restored};
pub use settle::Settled;
pub use write::{Written, write_data, write_keys};

/// How far a backup or restore is: rows done, and of how many (0: not known).
pub type Seen<'a> = &'a mut (dyn FnMut(u64, u64) + Send);

/// What is neither written nor restored: who works now, and what the schema says of itself.
const LEFT_OUT: &[&str] = &["schema_migrations", "leases"];

/// What the key archive carries instead of the data archive, or newer than it, and which rows: the
/// keys of people, and whatever must hold although the data is older: suppressions, withdrawals,
/// erasures, and credentials that were taken away.
const CARRIED: &[(&str, &str)] = &[
    ("subject_keys", ""),
    ("suppressions", ""),
    ("list_members", " WHERE state = 'unsubscribed'"),
    ("erasures", ""),
    ("accounts", " WHERE state = 'removed'"),
    ("api_keys", " WHERE revoked_at IS NOT NULL"),
];

/// People's keys: in the key archive only.
const KEYS_TABLE: &str = "subject_keys";

/// Restored last, in the transaction that makes the rest safe to use: until then no command finds
/// a workspace, so that a restore that broke off cannot be mistaken for one that ended.
const LAST: &[&str] = &["workspaces", "gate"];
