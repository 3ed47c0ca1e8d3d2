//! The SQL of files that were put into the evidence of a case. They are never changed.

use super::files::CaseFile;
use waxwing_domain::{Actor, CasePartId, IncidentId, Micros};
use waxwing_store::{Row, StoreError, Tx, args, statement};

statement! { INSERT,
"INSERT INTO incident_files (id, workspace_id, incident_id, hash, size, file_key, about, sealed, put_at, by_kind, by_a)
     VALUES ($2, $1, $3, $4, $5, $6, $7, $8, $9, $10, $11)" }
statement! { ALL,
"SELECT id, hash, size, put_at, by_kind, by_a, about FROM incident_files
     WHERE workspace_id = $1 AND incident_id = $2 ORDER BY id" }
statement! { CONTENT,
"SELECT file_key, sealed FROM incident_files WHERE workspace_id = $1 AND incident_id = $2 AND id = $3" }

/// What is kept sealed of a file.
pub(super) struct Sealed {
    pub key: Vec<u8>,
    pub about: Vec<u8>,
    pub bytes: Vec<u8>,
}

pub(super) async fn insert(tx: &mut Tx, case: IncidentId, new: &CaseFile, sealed: Sealed) -> Result<(), StoreError> {
    let (kind, principal, _) = new.by.to_columns();
    let hash = new.hash.to_vec();
    let row = args![new.id, case, hash, new.size, sealed.key, sealed.about, sealed.bytes, new.put_at, kind, principal];
    tx.exec(&INSERT, row).await.map(drop)
}

/// Every file of a case with what is sealed of it, the first first.
pub(super) async fn all(tx: &mut Tx, case: IncidentId) -> Result<Vec<(CaseFile, Vec<u8>)>, StoreError> {
    tx.all(&ALL, args![case], |r| Ok((read(r)?, r.blob(6)?))).await
}

fn read(r: &Row<'_>) -> Result<CaseFile, StoreError> {
    Ok(CaseFile {
        id: CasePartId::from_i64(r.int(0)?),
        hash: r.blob(1)?.try_into().map_err(|_| StoreError::Damaged("the hash of a file".into()))?,
        size: r.int(2)?,
        put_at: r.time(3)?,
        by: Actor::from_columns(&r.text(4)?, r.int(5)?, 0),
        name: String::new(),
        source: String::new(),
        acquired_at: Micros::from_i64(0),
    })
}

/// The wrapped key and the sealed bytes of a file.
pub(super) async fn content(
    tx: &mut Tx,
    case: IncidentId,
    id: CasePartId,
) -> Result<Option<(Vec<u8>, Vec<u8>)>, StoreError> {
    tx.optional(&CONTENT, args![case, id], |r| Ok((r.blob(0)?, r.blob(1)?))).await
}
