//! The SQL of who was told lately.

use super::Detector;
use waxwing_domain::{AlertId, Micros};
use waxwing_store::{StoreError, Tx, args, statement};

statement! { SINCE, "SELECT id FROM alerts WHERE workspace_id = $1 AND detector = $2 AND at >= $3 ORDER BY id LIMIT 100" }

/// The alerts of a detector since `at`, the oldest first; at most a hundred.
pub(super) async fn since(tx: &mut Tx, detector: Detector, at: Micros) -> Result<Vec<AlertId>, StoreError> {
    tx.all(&SINCE, args![detector.as_str(), at], |r| Ok(AlertId::from_i64(r.int(0)?))).await
}
