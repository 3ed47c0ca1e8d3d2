//! The SQL of what was kept of the system's state for a case.

use super::snapshots::Kept;
use waxwing_domain::{CasePartId, IncidentId};
use waxwing_store::{StoreError, Tx, args, statement};

statement! { INSERT,
"INSERT INTO incident_snapshots (workspace_id, incident_id, id, hash, body, taken_at) VALUES ($1, $2, $3, $4, $5, $6)" }
statement! { OF,
"SELECT id, hash, body, taken_at FROM incident_snapshots WHERE workspace_id = $1 AND incident_id = $2 ORDER BY id" }

pub(super) async fn insert(tx: &mut Tx, of: IncidentId, new: &Kept) -> Result<(), StoreError> {
    tx.exec(&INSERT, args![of, new.id, new.hash.to_vec(), &new.body, new.taken_at]).await.map(drop)
}

pub(super) async fn of(tx: &mut Tx, of: IncidentId) -> Result<Vec<Kept>, StoreError> {
    tx.all(&OF, args![of], |r| {
        let hash = r.blob(1)?.try_into().map_err(|_| StoreError::Damaged("the hash of a snapshot".into()))?;
        Ok(Kept { id: CasePartId::from_i64(r.int(0)?), hash, body: r.text(2)?, taken_at: r.time(3)? })
    })
    .await
}
