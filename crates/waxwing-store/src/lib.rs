//! Storage: two engines behind one concrete [`Store`].
//!
//! Promise: change, record and jobs commit together or not at all; a statement of a workspace is
//! always bound to that workspace; personal data leaves this crate in clear only as [`Clear`],
//! and only together with a committed record entry. Limit: whoever reads the database files
//! directly is invisible to the record; what they can read is decided by the keys they hold.

pub mod archive;
mod bulk;
mod chunks;
mod engine;
mod error;
mod events;
mod gate;
mod health;
mod jobs;
mod keys;
mod lease;
mod migrate;
mod outbox;
mod people;
mod postgres;
mod record;
mod reseal;
mod rotate;
mod row;
mod statement;
mod tx;
mod value;
mod witness;
mod workspace;

pub use bulk::{Bulk, Column};
pub use chunks::{Chunk, chunks, chunks_to_count};
pub use engine::{DatabaseUrl, Engine, Store, StoreOptions};
pub use error::{Lost, StoreError};
pub use events::{Event, EventHook};
pub use gate::{Gate, GateLevel, GateWatch};
pub use health::Health;
pub use inventory;
pub use jobs::{
    Job, JobContext, JobError, JobHandler, JobRegistry, JobState, JobStatus, NewJob, Runner, cancel_jobs, job_status,
    sweep_jobs,
};
pub use keys::{KeyFiles, KeyStore, KeyStoreError};
pub use lease::{Lease, LeaseHold};
pub use migrate::{MIGRATIONS, Migration, schema_version};
pub use outbox::{OutboxMail, SystemMail};
pub use people::{Clear, ClearPerson, PersonFields, PersonKey, SealedPerson, new_person, open_key};
pub use record::{
    Addressed, Check as RecordCheck, Disclosure, Entry, EntryId, ExportedRecord, Finding as RecordFinding, Leaf,
    LeafFacts, LeafPart, Part, Party, RecordFileError, RecordRow, Report as RecordReport, Sequencer, SignedHead,
    decode_leaf, export_record, record_addressed, record_checkpoint, record_consistency, record_from, record_head,
    record_index, record_key, record_leaves, record_page, record_people, record_proof, record_root, record_tile,
    record_witnessed, subjects, verify_proof, verify_record,
};
pub use record::{EVIDENCE_RECORD, is_evidence, sign_evidence, verify_evidence};
pub use reseal::{
    PeopleBatch, PeopleOrder, PeopleTurn, Position as SealedPosition, SealedCell, SealedColumn, Sealing, SharedBatch,
    SharedTurn, sealed_columns,
};
pub use roaring::{RoaringBitmap, RoaringTreemap};
pub use rotate::Rewrapped;
pub use row::Row;
pub use statement::{Scope, Statement, all_bulks, all_statements};
pub use tx::Tx;
pub use value::{IntoValue, Value};
pub use witness::{Witness, WitnessAnswer, WitnessError};
pub use workspace::{Allocation, Workspace};
