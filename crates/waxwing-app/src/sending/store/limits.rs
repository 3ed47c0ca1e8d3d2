//! Token buckets: one row each, shared by all nodes.

use waxwing_domain::Micros;
use waxwing_store::{StoreError, Tx, args, statement};

statement! { ONE, "SELECT ready_at FROM limits WHERE workspace_id = $1 AND scope = $2 AND bucket = $3 AND period = $4" }
statement! { SET,
"INSERT INTO limits (workspace_id, scope, bucket, period, ready_at) VALUES ($1, $2, $3, $4, $5)
 ON CONFLICT (workspace_id, scope, bucket, period) DO UPDATE SET ready_at = excluded.ready_at" }

/// When a bucket would be full again; `None` for one that was never used.
pub(in crate::sending) async fn bucket(
    tx: &mut Tx,
    scope: &str,
    bucket: i64,
    period: &str,
) -> Result<Option<Micros>, StoreError> {
    tx.optional(&ONE, args![scope, bucket, period], |r| r.time(0)).await
}

pub(in crate::sending) async fn set_bucket(
    tx: &mut Tx,
    scope: &str,
    bucket: i64,
    period: &str,
    ready_at: Micros,
) -> Result<(), StoreError> {
    tx.exec(&SET, args![scope, bucket, period, ready_at]).await.map(drop)
}
