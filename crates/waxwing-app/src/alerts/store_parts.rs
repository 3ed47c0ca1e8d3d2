//! The SQL of who brought how much of an hour.

use std::collections::BTreeMap;
use waxwing_detect::volume::Flow;
use waxwing_store::{StoreError, Tx, args, bulk, statement};

bulk! { ADD, into "alerts_parts" (flow: Text, hour: Int, number: Int, amount: Int),
"ON CONFLICT (workspace_id, flow, hour, number) DO UPDATE SET amount = alerts_parts.amount + excluded.amount" }
statement! { MOST,
"SELECT number, CAST(SUM(amount) AS BIGINT) AS whole FROM alerts_parts
     WHERE workspace_id = $1 AND flow = $2 AND hour >= $3 AND hour <= $4 GROUP BY number ORDER BY whole DESC LIMIT 20" }
statement! { BUSY,
"SELECT number, CAST(SUM(amount) AS BIGINT) FROM alerts_parts
     WHERE workspace_id = $1 AND flow = $2 AND hour >= $3 GROUP BY number HAVING SUM(amount) > $4 ORDER BY number" }
statement! { OF_ONE,
"SELECT hour, amount FROM alerts_parts
     WHERE workspace_id = $1 AND flow = $2 AND number = $3 AND hour >= $4 ORDER BY hour" }
statement! { SWEEP, "DELETE FROM alerts_parts WHERE workspace_id = $1 AND hour < $2" }

/// Adds what each brought of each hour: by hour and number.
pub(super) async fn add(tx: &mut Tx, flow: Flow, parts: BTreeMap<(i64, i64), i64>) -> Result<(), StoreError> {
    let row = |((hour, number), amount)| args![flow.as_str(), hour, number, amount];
    tx.bulk(&ADD, parts.into_iter().map(row).collect()).await.map(drop)
}

/// Who brought most from one hour to another, both included.
pub(super) async fn most(tx: &mut Tx, flow: Flow, (first, last): (i64, i64)) -> Result<Vec<(i64, u64)>, StoreError> {
    tx.all(&MOST, args![flow.as_str(), first, last], |r| Ok((r.int(0)?, r.int(1)?.max(0).cast_unsigned()))).await
}

/// Who brought more than so much since an hour.
pub(super) async fn busy(tx: &mut Tx, flow: Flow, first: i64, more_than: u64) -> Result<Vec<(i64, u64)>, StoreError> {
    tx.all(&BUSY, args![flow.as_str(), first, more_than.cast_signed()], |r| {
        Ok((r.int(0)?, r.int(1)?.max(0).cast_unsigned()))
    })
    .await
}

/// What one brought, by hour, in order.
pub(super) async fn of_one(tx: &mut Tx, flow: Flow, number: i64, first: i64) -> Result<Vec<(i64, u64)>, StoreError> {
    tx.all(&OF_ONE, args![flow.as_str(), number, first], |r| Ok((r.int(0)?, r.int(1)?.max(0).cast_unsigned()))).await
}

/// Forgets the hours before `first`.
pub(super) async fn sweep(tx: &mut Tx, first: i64) -> Result<u64, StoreError> {
    tx.exec(&SWEEP, args![first]).await
}
