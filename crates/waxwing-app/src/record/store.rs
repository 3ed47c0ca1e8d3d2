//! The SQL of the record's page: a count.

use waxwing_store::{StoreError, Tx, args, statement};

statement! { PENDING, "SELECT COUNT(*) FROM record_pending WHERE workspace_id = $1" }

/// Entries without a number yet.
pub(super) async fn pending(tx: &mut Tx) -> Result<i64, StoreError> {
    tx.one(&PENDING, args![], |r| r.int(0)).await
}
