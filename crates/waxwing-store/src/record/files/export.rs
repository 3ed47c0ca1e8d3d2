//! Writing the record to files.
//!
//! Promise: the checkpoint is written last, so that a directory without one is an export that broke
//! off; nothing that exists is overwritten. Limit: entries without a signed head yet are left out.

use super::{CHECKPOINT, KEY, PEOPLE, RecordFileError, WITNESSED, io_error, people};
use crate::record::tree::{record_tile, record_witnessed};
use crate::record::{SignedHead, record_checkpoint, record_key};
use crate::{Store, StoreError, args, statement};
use std::collections::HashMap;
use std::fs::{DirBuilder, OpenOptions};
use std::io::Write as _;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::Path;
use waxwing_crypto::tlog::{Bundle, Tile};
use waxwing_domain::WorkspaceId;

statement! { ENTRIES, "SELECT id, leaf FROM record_entries WHERE workspace_id = $1 AND idx >= $2 AND idx < $3 ORDER BY idx" }
statement! { BITMAPS, "SELECT entry_id, bitmap FROM record_subjects WHERE workspace_id = $1 AND entry_id IN [$2] ORDER BY entry_id, part" }

/// What was written.
#[derive(Clone, Debug)]
pub struct ExportedRecord {
    /// The signed head that the files belong to.
    pub head: SignedHead,
    /// The log's key.
    pub key: String,
}

/// Writes the record of a workspace, up to its newest signed head, into the new directory `dir`;
/// `seen` is told entries done and of how many.
///
/// # Errors
/// [`RecordFileError::Io`] when `dir` exists already or cannot be written.
pub async fn export_record(
    store: &Store,
    workspace: WorkspaceId,
    dir: &Path,
    with_people: bool,
    mut seen: impl FnMut(u64, u64),
) -> Result<ExportedRecord, RecordFileError> {
    let mut tx = store.read(workspace, "record.export").await?;
    let head = record_checkpoint(&mut tx).await?.ok_or(RecordFileError::NothingSigned)?;
    let witnessed = record_witnessed(&mut tx).await?.filter(|witnessed| witnessed.note != head.note);
    let key = record_key(&mut tx).await?.ok_or(RecordFileError::NothingSigned)?.to_string();
    drop(tx);
    DirBuilder::new().mode(0o700).create(dir).map_err(io_error(dir))?;
    let size = head.checkpoint.size;
    for tile in Tile::all(size) {
        write_tile(store, workspace, dir, tile).await?;
        if tile.level == 0 {
            write_bundle(store, workspace, dir, tile, with_people).await?;
            seen(tile.span().end, size);
        }
    }
    put(&dir.join(KEY), format!("{key}\n").as_bytes())?;
    if let Some(witnessed) = witnessed {
        put(&dir.join(WITNESSED), witnessed.note.to_text().as_bytes())?;
    }
    put(&dir.join(CHECKPOINT), head.note.to_text().as_bytes())?;
    Ok(ExportedRecord { head, key })
}

async fn write_tile(store: &Store, workspace: WorkspaceId, dir: &Path, tile: Tile) -> Result<(), RecordFileError> {
    let mut tx = store.read(workspace, "record.export").await?;
    let hashes = record_tile(&mut tx, tile).await?;
    put(&dir.join(tile.path()), hashes.as_flattened())
}

async fn write_bundle(
    store: &Store,
    workspace: WorkspaceId,
    dir: &Path,
    tile: Tile,
    with_people: bool,
) -> Result<(), RecordFileError> {
    let too_long = || StoreError::Damaged(format!("the entries of {}", tile.path()));
    let mut tx = store.read(workspace, "record.export").await?;
    let span = args![tile.span().start as i64, tile.span().end as i64];
    let rows = tx.all(&ENTRIES, span, |r| Ok((r.int(0)?, r.blob(1)?))).await?;
    let mut bundle = Bundle::default();
    for (_, leaf) in &rows {
        bundle.push(leaf).ok_or_else(too_long)?;
    }
    put(&dir.join(tile.entries_path()), bundle.bytes())?;
    if with_people {
        let ids: Vec<i64> = rows.into_iter().map(|(id, _)| id).collect();
        let mut bitmaps: HashMap<i64, Vec<Vec<u8>>> = HashMap::new();
        for (id, bitmap) in tx.all(&BITMAPS, args![ids.clone()], |r| Ok((r.int(0)?, r.blob(1)?))).await? {
            bitmaps.entry(id).or_default().push(bitmap);
        }
        let people = ids.iter().map(|id| bitmaps.remove(id).unwrap_or_default()).collect();
        let bytes = people::to_bytes(&people).ok_or_else(too_long)?;
        put(&dir.join(PEOPLE).join(tile.place()), &bytes)?;
    }
    Ok(())
}

/// A new file, readable by its owner only, in directories of the same kind.
pub(super) fn put(path: &Path, bytes: &[u8]) -> Result<(), RecordFileError> {
    if let Some(dir) = path.parent() {
        DirBuilder::new().recursive(true).mode(0o700).create(dir).map_err(io_error(dir))?;
    }
    let file = OpenOptions::new().create_new(true).write(true).mode(0o600).open(path);
    file.and_then(|mut file| file.write_all(bytes)).map_err(io_error(path))
}
