//! The SQL of the trust page.

use waxwing_domain::{CasePartId, Ctx};
use waxwing_store::{StoreError, Tx, args, statement};

statement! { MEASURES,
"SELECT finding_id, body FROM trust_measures WHERE workspace_id = $1 ORDER BY published_at DESC, id DESC LIMIT 100" }
statement! { PUT,
"INSERT INTO trust_measures (id, workspace_id, finding_id, published_at, published_by, body) VALUES ($2, $1, $3, $4, $5, $6)
     ON CONFLICT (workspace_id, finding_id) DO UPDATE SET body = excluded.body, published_at = excluded.published_at,
       published_by = excluded.published_by" }
statement! { REMOVE, "DELETE FROM trust_measures WHERE workspace_id = $1 AND finding_id = $2" }

pub(super) async fn measures(tx: &mut Tx) -> Result<Vec<(CasePartId, String)>, StoreError> {
    tx.all(&MEASURES, args![], |r| Ok((CasePartId::from_i64(r.int(0)?), r.text(1)?))).await
}

pub(super) async fn put_measure(tx: &mut Tx, ctx: &Ctx, finding: CasePartId, text: &str) -> Result<(), StoreError> {
    let (_, by, _) = ctx.actor.to_columns();
    tx.exec(&PUT, args![ctx.new_id(), finding, ctx.now(), by, text]).await.map(drop)
}

/// Whether it was there.
pub(super) async fn remove_measure(tx: &mut Tx, finding: CasePartId) -> Result<bool, StoreError> {
    Ok(tx.exec(&REMOVE, args![finding]).await? == 1)
}
