//! The access record: who did what to whose data, when and why.
//!
//! Promise: a change and its entry commit together; a clear read has a committed entry before the
//! reader sees a byte. Limit: rows that the sequencer has not numbered yet (about a second) are
//! not protected by the log's hash, and whoever reads the database files leaves no entry.

mod disclose;
mod entry;
mod explore;
mod leaf;
mod reads;
mod sequence;
mod write;

pub use disclose::Disclosure;
pub use entry::{Entry, EntryId, Part, subjects};
pub use explore::{RecordRow, record_head, record_page};
pub use leaf::decode_leaf;
pub(crate) use reads::ReadWriter;
pub use sequence::Sequencer;
pub(crate) use sequence::open_log;
