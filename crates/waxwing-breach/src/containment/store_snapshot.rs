//! The SQL of snapshots.

use super::snapshot::Snapshot;
use waxwing_domain::ContainmentId;
use waxwing_store::{StoreError, Tx, args, statement};

statement! { INSERT,
"INSERT INTO containment_snapshots (workspace_id, containment_id, hash, body, taken_at) VALUES ($1, $2, $3, $4, $5)
 ON CONFLICT (workspace_id, containment_id) DO NOTHING" }
statement! { BY_ID,
"SELECT hash, body, taken_at FROM containment_snapshots WHERE workspace_id = $1 AND containment_id = $2" }

/// Keeps it; says whether there was none before.
pub(super) async fn insert(tx: &mut Tx, of: ContainmentId, new: &Snapshot) -> Result<bool, StoreError> {
    Ok(tx.exec(&INSERT, args![of, new.hash.to_vec(), &new.body, new.taken_at]).await? == 1)
}

pub(super) async fn by_id(tx: &mut Tx, of: ContainmentId) -> Result<Option<Snapshot>, StoreError> {
    tx.optional(&BY_ID, args![of], |r| {
        let hash = r.blob(0)?.try_into().map_err(|_| StoreError::Damaged("the hash of a snapshot".into()))?;
        Ok(Snapshot { hash, body: r.text(1)?, taken_at: r.time(2)? })
    })
    .await
}
