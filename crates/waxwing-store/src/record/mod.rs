//! The access record: who did what to whose data, when and why.
//!
//! Promise: a change and its entry commit together; a clear read has a committed entry before the
//! reader sees a byte; numbered entries are leaves of a Merkle tree (RFC 6962) whose head is signed
//! (C2SP tlog-tiles), so that outsiders can check it. Limit: rows that the sequencer has not numbered
//! yet (about a second) are not protected by the log's hash; whoever reads the database files leaves
//! no entry; and whoever holds database and keys can write another past, which only a witness notices.

mod disclose;
mod entry;
mod explore;
mod facts;
mod files;
mod leaf;
mod log_key;
mod masking;
mod memory;
mod reads;
mod scan;
mod sequence;
mod sign;
mod tree;
mod write;

pub use disclose::Disclosure;
pub use entry::{Entry, EntryId, Part, subjects};
pub use explore::{RecordRow, record_from, record_head, record_page};
pub use facts::{LeafFacts, LeafPart, Party};
pub use files::{
    Check, EVIDENCE_RECORD, ExportedRecord, Finding, RecordFileError, Report, export_record, is_evidence,
    sign_evidence, verify_evidence, verify_proof, verify_record,
};
pub use leaf::decode_leaf;
pub use log_key::record_key;
pub(crate) use masking::Classes;
pub(crate) use reads::ReadWriter;
pub use scan::{Addressed, Leaf, record_addressed, record_leaves, record_people};
pub use sequence::Sequencer;
pub(crate) use sequence::open_log;
pub(crate) use sign::origin_after;
pub use tree::{
    SignedHead, record_checkpoint, record_consistency, record_index, record_proof, record_root, record_tile,
    record_witnessed,
};
