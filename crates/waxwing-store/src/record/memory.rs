//! What this machine signed last, kept outside the database: beside the key ring.
//!
//! Promise: a database that lost its newest commits, or was put back by hand, is noticed before
//! the log signs a second past; the file is replaced durably before a checkpoint is shown.
//! Limit: whoever can write both places can make them agree; a witness elsewhere is what stops that.

use crate::keys::{KeyStoreError, replace};
use crate::{Store, StoreError};
use std::io::ErrorKind;
use std::path::PathBuf;
use waxwing_crypto::tlog::{Checkpoint, SignedNote};
use waxwing_domain::WorkspaceId;

fn path(store: &Store, workspace: WorkspaceId) -> PathBuf {
    store.keys().files().ring.with_file_name(format!("record-{workspace}.checkpoint"))
}

/// What was signed last on this machine; `None` when nothing was.
pub(super) fn last(store: &Store, workspace: WorkspaceId) -> Result<Option<Checkpoint>, StoreError> {
    let path = path(store, workspace);
    let text = match std::fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(KeyStoreError::Io(path, error.kind()).into()),
    };
    let damaged = |_| StoreError::Damaged(format!("the last checkpoint in {}", path.display()));
    let note = SignedNote::parse(&text).map_err(damaged)?;
    Checkpoint::parse(note.text()).map(Some).map_err(damaged)
}

/// Remembers what is signed now.
pub(super) fn keep(store: &Store, workspace: WorkspaceId, note: &SignedNote) -> Result<(), StoreError> {
    Ok(replace(&path(store, workspace), note.to_text().as_bytes())?)
}
