//! How the system was set when a case was worked on: the record's signed head and the configuration, kept as evidence.
//!
//! Promise: each is kept as it was and never changed; its SHA-256 stands in the chain of custody and so in the record.
//! Limit: what was changed before it was taken is told by the record alone; containments keep their own, from their
//! first step.

use super::custody::{self, CustodyAct};
use super::evidence_part::EvidenceFile;
use super::store_snapshots as store;
use super::{Incident, members};
use crate::containment;
use serde_json::json;
use waxwing_app::{App, Result};
use waxwing_crypto::sha256;
use waxwing_domain::{CasePartId, Ctx, IncidentId, Micros};
use waxwing_store::Tx;

/// What was kept for a case.
pub(super) struct Kept {
    pub(super) id: CasePartId,
    pub(super) hash: [u8; 32],
    /// JSON; nothing secret, nobody's name.
    pub(super) body: String,
    pub(super) taken_at: Micros,
}

/// Takes one now; gives its SHA-256 in hexadecimal.
pub(super) async fn take(app: &App, ctx: &Ctx, id: IncidentId) -> Result<String> {
    let mut tx = app.begin(ctx, "incidents.snapshot").await?;
    let case = members::writable(&mut tx, ctx, id).await?;
    case.open()?;
    let body = body(&mut tx, ctx, &case).await?;
    let hash = sha256(&[body.as_bytes()]);
    let kept = Kept { id: CasePartId::from_i64(ctx.new_id()), hash, body, taken_at: ctx.now() };
    store::insert(&mut tx, id, &kept).await?;
    let what = format!("snapshot:{}", kept.id);
    custody::add(app, &mut tx, ctx, id, CustodyAct::Acquired, (&what, &kept.hash)).await?;
    tx.commit().await?;
    Ok(hex::encode(kept.hash))
}

async fn body(tx: &mut Tx, ctx: &Ctx, case: &Incident) -> Result<String> {
    let state = containment::state(tx, ctx).await?;
    let whole = json!({ "case": case.id, "codename": case.codename, "taken_at": ctx.now(), "state": state });
    Ok(format!("{whole:#}\n"))
}

/// All that were kept for a case, as files of its evidence.
pub(super) async fn files(tx: &mut Tx, id: IncidentId) -> Result<Vec<EvidenceFile>> {
    let kept = store::of(tx, id).await?;
    Ok(kept.into_iter().map(|kept| EvidenceFile::text(&format!("snapshot/{}.json", kept.id), kept.body)).collect())
}
