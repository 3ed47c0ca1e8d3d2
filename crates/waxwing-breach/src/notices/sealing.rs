//! The words of a notice, sealed under the workspace's key and bound to their notice and version.
//!
//! Limit: under no person's own key; a notice's words name nobody.

use super::Words;
use waxwing_app::{App, Result};
use waxwing_crypto::{Place, TableId};
use waxwing_domain::{Ctx, FieldId, NoticeId, WorkspaceId};
use waxwing_store::StoreError;

fn damaged() -> StoreError {
    StoreError::Damaged("the words of a notice".into())
}

const fn place(workspace: WorkspaceId, id: NoticeId) -> Place {
    Place::shared(workspace, TableId::NOTICES, FieldId::NOTICE, id.as_i64())
}

pub(super) fn seal(app: &App, ctx: &Ctx, id: NoticeId, version: i64, words: &Words) -> Result<Vec<u8>> {
    let bytes = serde_json::to_vec(&(version, words)).map_err(|_| damaged())?;
    let ring = app.store().keys().ring();
    let keys = ring.workspace(ctx.workspace).map_err(|e| StoreError::Damaged(e.to_string()))?;
    Ok(keys.seal_secret(&place(ctx.workspace, id), &bytes, &*ctx.rng))
}

pub(super) fn open(app: &App, ctx: &Ctx, id: NoticeId, version: i64, sealed: &[u8]) -> Result<Words> {
    let ring = app.store().keys().ring();
    let keys = ring.workspace(ctx.workspace).map_err(|e| StoreError::Damaged(e.to_string()))?;
    let bytes = keys.open_secret(&place(ctx.workspace, id), sealed).map_err(|_| damaged())?;
    let (found, words): (i64, Words) = serde_json::from_slice(&bytes).map_err(|_| damaged())?;
    if found == version { Ok(words) } else { Err(damaged().into()) }
}

waxwing_store::sealed! { "notices"."sealed" by "id", under Secrets,
at |cell| place(cell.workspace, NoticeId::from_i64(cell.key)) }
