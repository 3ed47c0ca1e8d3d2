//! Messages and answers, sealed under the workspace's key and bound to their message.

use serde::Serialize;
use serde::de::DeserializeOwned;
use waxwing_app::{App, Result};
use waxwing_crypto::{Place, TableId};
use waxwing_domain::{Ctx, FieldId, SupportId};
use waxwing_store::StoreError;

fn damaged() -> StoreError {
    StoreError::Damaged("a message to support".into())
}

pub(super) fn seal<T: Serialize>(app: &App, ctx: &Ctx, field: FieldId, id: SupportId, value: &T) -> Result<Vec<u8>> {
    let bytes = serde_json::to_vec(value).map_err(|_| damaged())?;
    let ring = app.store().keys().ring();
    let keys = ring.workspace(ctx.workspace).map_err(|e| StoreError::Damaged(e.to_string()))?;
    Ok(keys.seal_secret(&Place::shared(ctx.workspace, TableId::SUPPORT, field, id.as_i64()), &bytes, &*ctx.rng))
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
    let place = Place::shared(ctx.workspace, TableId::SUPPORT, field, id.as_i64());
    let bytes = keys.open_secret(&place, sealed).map_err(|_| damaged())?;
    Ok(serde_json::from_slice(&bytes).map_err(|_| damaged())?)
}
