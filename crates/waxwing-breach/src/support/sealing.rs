//! Messages and answers, sealed under the workspace's key and bound to their message.

use serde::Serialize;
use serde::de::DeserializeOwned;
use waxwing_app::{App, Result};
use waxwing_crypto::{Place, TableId};
use waxwing_domain::{Ctx, FieldId, SupportId, WorkspaceId};
use waxwing_store::StoreError;

const fn place(workspace: WorkspaceId, field: FieldId, row: i64) -> Place {
    Place::shared(workspace, TableId::SUPPORT, field, row)
}

fn damaged() -> StoreError {
    StoreError::Damaged("a message to support".into())
}

pub(super) fn seal<T: Serialize>(app: &App, ctx: &Ctx, field: FieldId, id: SupportId, value: &T) -> Result<Vec<u8>> {
    let bytes = serde_json::to_vec(value).map_err(|_| damaged())?;
    let ring = app.store().keys().ring();
    let keys = ring.workspace(ctx.workspace).map_err(|e| StoreError::Damaged(e.to_string()))?;
    Ok(keys.seal_secret(&place(ctx.workspace, field, id.as_i64()), &bytes, &*ctx.rng))
}

pub(super) fn open<T: DeserializeOwned>(
    app: &App,
    ctx: &Ctx,
    field: FieldId,
    id: SupportId,
    sealed: &[u8],
) -> Result<T> {
    let ring = app.store().keys().ring();
    let keys = ring.workspace(ctx.workspace).map_err(|e| StoreError::Damaged(e.to_string()))?;
    let place = place(ctx.workspace, field, id.as_i64());
    let bytes = keys.open_secret(&place, sealed).map_err(|_| damaged())?;
    Ok(serde_json::from_slice(&bytes).map_err(|_| damaged())?)
}

waxwing_store::sealed! { "support_messages"."sealed" by "id", under Secrets,
at |cell| place(cell.workspace, FieldId::SUPPORT_MESSAGE, cell.key) }
waxwing_store::sealed! { "support_answers"."sealed" by "message_id" and "number", under Secrets,
at |cell| place(cell.workspace, FieldId::SUPPORT_ANSWER, cell.key) }
