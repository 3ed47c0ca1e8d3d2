//! What is stated, signed and noted, sealed under the workspace's key and bound to its case and number.
//!
//! Limit: it is under no person's own key; it stays readable to the workspace while the case stays.

use serde::Serialize;
use serde::de::DeserializeOwned;
use waxwing_app::{App, Result};
use waxwing_crypto::{Place, TableId};
use waxwing_domain::{Ctx, FieldId, IncidentId, WorkspaceId};
use waxwing_store::StoreError;

/// A case, and a number within it. Both are part of what is sealed; the place names the case.
type Row = (IncidentId, i64);

const fn place(workspace: WorkspaceId, field: FieldId, case: i64) -> Place {
    Place::shared(workspace, TableId::DUTIES, field, case)
}

pub(super) fn damaged() -> StoreError {
    StoreError::Damaged("what is sealed of a case's duties".into())
}

pub(super) fn seal<T: Serialize>(
    app: &App,
    ctx: &Ctx,
    field: FieldId,
    (id, number): Row,
    value: &T,
) -> Result<Vec<u8>> {
    let bytes = serde_json::to_vec(&(number, value)).map_err(|_| damaged())?;
    let ring = app.store().keys().ring();
    let keys = ring.workspace(ctx.workspace).map_err(|e| StoreError::Damaged(e.to_string()))?;
    let place = place(ctx.workspace, field, id.as_i64());
    Ok(keys.seal_secret(&place, &bytes, &*ctx.rng))
}

pub(super) fn open<T: DeserializeOwned>(
    app: &App,
    ctx: &Ctx,
    field: FieldId,
    (id, number): Row,
    sealed: &[u8],
) -> Result<T> {
    let ring = app.store().keys().ring();
    let keys = ring.workspace(ctx.workspace).map_err(|e| StoreError::Damaged(e.to_string()))?;
    let place = place(ctx.workspace, field, id.as_i64());
    let bytes = keys.open_secret(&place, sealed).map_err(|_| damaged())?;
    let (found, value): (i64, T) = serde_json::from_slice(&bytes).map_err(|_| damaged())?;
    if found == number { Ok(value) } else { Err(damaged().into()) }
}

waxwing_store::sealed! { "duty_facts"."sealed" by "incident_id" and "version", under Secrets,
at |cell| place(cell.workspace, FieldId::DUTY_FACTS, cell.key) }
waxwing_store::sealed! { "duty_signatures"."sealed" by "incident_id" and "number", under Secrets,
at |cell| place(cell.workspace, FieldId::DUTY_SIGNATURE, cell.key) }
waxwing_store::sealed! { "duty_packets"."sealed" by "incident_id" and "id", under Secrets,
at |cell| place(cell.workspace, FieldId::DUTY_PACKET, cell.key) }
waxwing_store::sealed! { "duty_met"."sealed" by "incident_id" and "rule", under Secrets,
at |cell| place(cell.workspace, FieldId::DUTY_MET, cell.key) }
