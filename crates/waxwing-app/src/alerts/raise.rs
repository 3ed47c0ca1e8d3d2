//! How an alert is written down: the row, the record and the signal, in one transaction.

use super::store::{self, New};
use crate::{App, Result, signals};
use serde_json::json;
use waxwing_domain::{AlertId, Ctx, Operation};
use waxwing_store::{Entry, Tx};

/// Writes an alert down; `None` when its detector spoke of this before.
pub(super) async fn write_down(app: &App, tx: &mut Tx, ctx: &Ctx, new: &New) -> Result<Option<AlertId>> {
    let Some(id) = store::insert(tx, ctx, new).await? else { return Ok(None) };
    let entry = Entry::new(Operation::Create, "alerts.raise").on("alert", id.as_i64());
    let detail = json!({ "detector": new.detector.as_str(), "act": new.act.as_str(), "campaign": new.campaign });
    tx.record(app.store(), ctx, entry.detail(detail.clone())).await?;
    signals::note(tx, ctx, "alerts.raised", 1, detail).await?;
    Ok(Some(id))
}
