//! What of made-up people is sealed: the workspace's key for them, who they are, and what is known of who wrote.

use crate::{App, Result};
use serde::Serialize;
use serde::de::DeserializeOwned;
use waxwing_crypto::{CanaryKey, Place, TableId};
use waxwing_domain::{FieldId, WorkspaceId};
use waxwing_store::StoreError;

const fn place(workspace: WorkspaceId, field: FieldId, row: i64) -> Place {
    Place::shared(workspace, TableId::CANARIES, field, row)
}

fn seal_bytes(app: &App, workspace: WorkspaceId, field: FieldId, row: i64, bytes: &[u8]) -> Result<Vec<u8>> {
    let ring = app.store().keys().ring();
    let keys = ring.workspace(workspace).map_err(|e| StoreError::Damaged(e.to_string()))?;
    Ok(keys.seal_secret(&place(workspace, field, row), bytes, &**app.store().rng()))
}

fn open_bytes(app: &App, workspace: WorkspaceId, field: FieldId, row: i64, sealed: &[u8]) -> Result<Vec<u8>> {
    let ring = app.store().keys().ring();
    let keys = ring.workspace(workspace).map_err(|e| StoreError::Damaged(e.to_string()))?;
    let opened = keys.open_secret(&place(workspace, field, row), sealed);
    Ok(opened.map_err(|_| StoreError::Damaged("what is sealed of made-up people".into()))?)
}

/// Seals the workspace's key for made-up people.
pub(super) fn seal_key(app: &App, workspace: WorkspaceId, key: &CanaryKey) -> Result<Vec<u8>> {
    seal_bytes(app, workspace, FieldId::SECRET, 0, &key.to_stored())
}

/// Opens what [`seal_key`] closed.
pub(super) fn open_key(app: &App, workspace: WorkspaceId, sealed: &[u8]) -> Result<CanaryKey> {
    let bytes = open_bytes(app, workspace, FieldId::SECRET, 0, sealed)?;
    Ok(CanaryKey::from_stored(&bytes).ok_or_else(|| StoreError::Damaged("the key of made-up people".into()))?)
}

/// Seals a value of the row `row`.
pub(super) fn seal<T: Serialize>(
    app: &App,
    workspace: WorkspaceId,
    field: FieldId,
    row: i64,
    value: &T,
) -> Result<Vec<u8>> {
    let bytes = serde_json::to_vec(value).map_err(|_| StoreError::Damaged("made-up people".into()))?;
    seal_bytes(app, workspace, field, row, &bytes)
}

/// Opens what [`seal`] closed.
pub(super) fn open<T: DeserializeOwned>(
    app: &App,
    workspace: WorkspaceId,
    field: FieldId,
    row: i64,
    sealed: &[u8],
) -> Result<T> {
    let bytes = open_bytes(app, workspace, field, row, sealed)?;
    Ok(serde_json::from_slice(&bytes).map_err(|_| StoreError::Damaged("made-up people".into()))?)
}

waxwing_store::sealed! { "canaries_keys"."sealed" by "workspace_id", under Secrets,
at |cell| place(cell.workspace, FieldId::SECRET, 0) }
waxwing_store::sealed! { "canaries_marks"."sealed" by "id", under Secrets,
at |cell| place(cell.workspace, FieldId::CANARY_MARK, cell.key) }
waxwing_store::sealed! { "canaries_hits"."sealed" by "id", under Secrets,
at |cell| place(cell.workspace, FieldId::CANARY_HIT, cell.key) }
