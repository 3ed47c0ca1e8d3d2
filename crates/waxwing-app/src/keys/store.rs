//! How far the jobs of keys are.

use waxwing_store::{StoreError, Tx, args, statement};

statement! { PROGRESS,
"SELECT progress_done, progress_total FROM jobs
 WHERE workspace_id = $1 AND kind = 'keys.reseal_secrets' AND state IN ('ready', 'leased') AND progress_total > 0
 ORDER BY id DESC LIMIT 1" }

/// How many values are done, and of how many.
pub(super) async fn secrets(tx: &mut Tx) -> Result<Option<(i64, i64)>, StoreError> {
    tx.optional(&PROGRESS, args![], |r| Ok((r.int(0)?, r.int(1)?))).await
}
