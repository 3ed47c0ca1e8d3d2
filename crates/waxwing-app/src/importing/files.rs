//! Where the files of an import lie, and under which keys.

use super::file::{FileProblem, SealedReader, SealedWriter};
use crate::{App, Error, Result};
use std::io;
use std::path::PathBuf;
use waxwing_crypto::{FileKey, Place, TableId};
use waxwing_domain::{FieldId, ImportId, WorkspaceId};
use waxwing_store::StoreError;

/// What a key is for; each use has a place of its own, so that keys cannot be swapped.
#[derive(Clone, Copy)]
pub(super) enum Use {
    /// The file as it came.
    Upload,
    /// Refused lines.
    Rejects,
}

impl Use {
    const fn place(self, workspace: WorkspaceId, id: ImportId) -> Place {
        let field = match self {
            Use::Upload => FieldId::FILE_KEY,
            Use::Rejects => FieldId::REJECT_KEY,
        };
        Place::shared(workspace, TableId::FILES, field, id.as_i64())
    }
}

/// Where what is known of the file is sealed: its name and the names of its columns.
pub(super) const fn about_place(workspace: WorkspaceId, id: ImportId) -> Place {
    Place::shared(workspace, TableId::FILES, FieldId::FILE_ABOUT, id.as_i64())
}

/// The directory of all imports' files.
pub(super) fn directory(app: &App) -> PathBuf {
    app.config().data.join("imports")
}

/// The sealed copy of the file.
pub(super) fn upload(app: &App, id: ImportId) -> PathBuf {
    directory(app).join(format!("{id}.upload"))
}

/// A segment of refused lines.
pub(super) fn segment(app: &App, id: ImportId, segment: i64) -> PathBuf {
    directory(app).join(format!("{id}.rejects")).join(segment.to_string())
}

/// Removes what lies on disk for an import; what is gone already is no error.
pub(super) fn remove(app: &App, id: ImportId, what: Use) {
    let removed = match what {
        Use::Upload => std::fs::remove_file(upload(app, id)),
        Use::Rejects => std::fs::remove_dir_all(directory(app).join(format!("{id}.rejects"))),
    };
    if let Err(error) = removed.or_else(|e| if e.kind() == io::ErrorKind::NotFound { Ok(()) } else { Err(e) }) {
        // Its key is forgotten, so what stays cannot be read; the sweep tries again.
        tracing::warn!(%error, import = %id, "a sealed file could not be removed");
    }
}

/// A new key for a file, and its wrapped form for the row.
pub(super) fn new_key(app: &App, workspace: WorkspaceId, id: ImportId, what: Use) -> Result<(FileKey, Vec<u8>)> {
    let rng = &**app.store().rng();
    let key = FileKey::random(rng);
    let ring = app.store().keys().ring();
    let keys = ring.workspace(workspace).map_err(|e| StoreError::Damaged(e.to_string()))?;
    let wrapped = keys.wrap_file_key(&what.place(workspace, id), &key, rng);
    Ok((key, wrapped))
}

/// The key of a file; an error in words when it was swept.
pub(super) fn key(
    app: &App,
    workspace: WorkspaceId,
    id: ImportId,
    what: Use,
    wrapped: Option<&[u8]>,
) -> Result<FileKey> {
    let wrapped = wrapped.ok_or_else(|| Error::Conflict("The file of this import was deleted.".into()))?;
    let ring = app.store().keys().ring();
    let keys = ring.workspace(workspace).map_err(|e| StoreError::Damaged(e.to_string()))?;
    let damaged = |e| StoreError::Damaged(format!("the file key of import {id}: {e}")).into();
    keys.unwrap_file_key(&what.place(workspace, id), wrapped).map_err(damaged)
}

/// Opens the sealed copy of the file.
pub(super) fn read_upload(app: &App, id: ImportId, key: &FileKey) -> std::result::Result<SealedReader, FileProblem> {
    SealedReader::open(&upload(app, id), key).map_err(|e| FileProblem::Copy(e.to_string()))
}

/// Begins a sealed file.
pub(super) fn create(app: &App, path: &std::path::Path, key: &FileKey) -> Result<SealedWriter> {
    SealedWriter::create(path, key, &**app.store().rng()).map_err(disk)
}

/// What a failure of the disk means.
pub(super) fn disk(error: io::Error) -> Error {
    match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => StoreError::Full.into(),
        kind => StoreError::Setting(format!("the data directory cannot be used: {kind}")).into(),
    }
}

/// Runs what computes or waits for the disk on a thread of its own.
pub(super) async fn blocking<T: Send + 'static>(work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
    match tokio::task::spawn_blocking(work).await {
        Ok(answer) => answer,
        Err(broken) => std::panic::resume_unwind(broken.into_panic()),
    }
}

/// How long a file without a row is left alone: it may be an upload that is still coming in.
const YOUNG: std::time::Duration = std::time::Duration::from_secs(24 * 3_600);

/// Removes old files whose import has no keys any more, or never got a row.
pub(super) fn remove_orphans(app: &App, alive: &std::collections::HashSet<String>) -> Result<()> {
    let entries = match std::fs::read_dir(directory(app)) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(disk(error)),
    };
    for entry in entries {
        let entry = entry.map_err(disk)?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let owner = name.split('.').next().unwrap_or_default();
        let age = entry.metadata().and_then(|meta| meta.modified()).ok().and_then(|at| at.elapsed().ok());
        if alive.contains(owner) || age.is_none_or(|age| age < YOUNG) {
            continue;
        }
        if let Ok(id) = owner.parse() {
            remove(app, id, Use::Upload);
            remove(app, id, Use::Rejects);
        }
    }
    Ok(())
}

waxwing_store::sealed! { "imports"."upload_key" by "id", under Files,
at |cell| Use::Upload.place(cell.workspace, ImportId::from_i64(cell.key)) }
waxwing_store::sealed! { "imports"."reject_key" by "id", under Files,
at |cell| Use::Rejects.place(cell.workspace, ImportId::from_i64(cell.key)) }
