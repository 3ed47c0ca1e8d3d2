//! The SQL of pictures.

use super::{Format, Picture};
use waxwing_domain::{MediaId, Micros, WorkspaceId};
use waxwing_store::{Row, StoreError, Tx, args, statement};

statement! { INSERT,
"INSERT INTO media (id, workspace_id, hash, format, name, width, height, size, created_at, content)
 VALUES ($2, $1, $3, $4, $5, $6, $7, $8, $9, $10)" }
statement! { BY_HASH,
"SELECT id, hash, format, name, width, height, size, created_at FROM media WHERE workspace_id = $1 AND hash = $2" }
statement! { PAGE,
"SELECT id, hash, format, name, width, height, size, created_at FROM media
 WHERE workspace_id = $1 AND id < $2 ORDER BY id DESC LIMIT $3" }
statement! { COUNT, "SELECT COUNT(*) FROM media WHERE workspace_id = $1" }
statement! { CONTENT, "SELECT format, content, created_at FROM media WHERE workspace_id = $1 AND hash = $2" }
// Two workspaces may have one picture; its bytes are the same in both.
statement! { system SERVED_BY, "SELECT workspace_id FROM media WHERE hash = $1 ORDER BY id LIMIT 1" }
statement! { DELETE, "DELETE FROM media WHERE workspace_id = $1 AND id = $2" }

fn read(r: &Row<'_>) -> Result<Picture, StoreError> {
    Ok(Picture {
        id: MediaId::from_i64(r.int(0)?),
        hash: r.array(1)?,
        format: r.word(2, Format::parse)?,
        name: r.text(3)?,
        width: r.int(4)?,
        height: r.int(5)?,
        size: r.int(6)?,
        created_at: r.time(7)?,
    })
}

pub(super) async fn insert(tx: &mut Tx, picture: &Picture, content: Vec<u8>) -> Result<(), StoreError> {
    let p = picture;
    let row = args![p.id, p.hash, p.format.as_str(), &p.name, p.width, p.height, p.size, p.created_at, content];
    tx.exec(&INSERT, row).await.map(drop)
}

pub(super) async fn by_hash(tx: &mut Tx, hash: &[u8; 32]) -> Result<Option<Picture>, StoreError> {
    tx.optional(&BY_HASH, args![hash], read).await
}

pub(super) async fn page(tx: &mut Tx, before: Option<MediaId>, limit: i64) -> Result<Vec<Picture>, StoreError> {
    tx.all(&PAGE, args![before.map_or(i64::MAX, MediaId::as_i64), limit], read).await
}

pub(super) async fn count(tx: &mut Tx) -> Result<i64, StoreError> {
    tx.one(&COUNT, args![], |r| r.int(0)).await
}

pub(super) async fn content(tx: &mut Tx, hash: &[u8; 32]) -> Result<Option<(Format, Vec<u8>, Micros)>, StoreError> {
    tx.optional(&CONTENT, args![hash], |r| Ok((r.word(0, Format::parse)?, r.blob(1)?, r.time(2)?))).await
}

/// A workspace that has a picture.
pub(super) async fn served_by(tx: &mut Tx, hash: &[u8; 32]) -> Result<Option<WorkspaceId>, StoreError> {
    tx.optional(&SERVED_BY, args![hash], |r| r.int(0).map(WorkspaceId::from_i64)).await
}

pub(super) async fn delete(tx: &mut Tx, id: MediaId) -> Result<u64, StoreError> {
    tx.exec(&DELETE, args![id]).await
}
