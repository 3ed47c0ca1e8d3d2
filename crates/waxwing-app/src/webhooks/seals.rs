//! What of an endpoint is sealed: its address, its secrets, beginnings of answers.

use crate::{App, Result};
use waxwing_crypto::{Place, TableId, WebhookSecret};
use waxwing_domain::{EventId, FieldId, WebhookId, WorkspaceId};
use waxwing_store::StoreError;

/// The whole address.
pub(super) const URL: FieldId = FieldId::WEBHOOK_URL;
/// The secret that signs.
pub(super) const SECRET: FieldId = FieldId::SECRET;
/// The secret before it.
pub(super) const OLD_SECRET: FieldId = FieldId::WEBHOOK_OLD_SECRET;
/// The beginning of an answer.
const ANSWER: FieldId = FieldId::WEBHOOK_ANSWER;

fn place(workspace: WorkspaceId, field: FieldId, row: i64) -> Place {
    Place::shared(workspace, TableId::WEBHOOKS, field, row)
}

fn seal_at(app: &App, workspace: WorkspaceId, place: &Place, plain: &[u8]) -> Result<Vec<u8>> {
    let ring = app.store().keys().ring();
    let keys = ring.workspace(workspace).map_err(|e| StoreError::Damaged(e.to_string()))?;
    Ok(keys.seal_secret(place, plain, &**app.store().rng()))
}

fn open_at(app: &App, workspace: WorkspaceId, place: &Place, sealed: &[u8]) -> Result<String> {
    let damaged = || StoreError::Damaged(format!("a sealed value of webhook {}", place.row));
    let ring = app.store().keys().ring();
    let keys = ring.workspace(workspace).map_err(|e| StoreError::Damaged(e.to_string()))?;
    let bytes = keys.open_secret(place, sealed).map_err(|_| damaged())?;
    Ok(String::from_utf8(bytes).map_err(|_| damaged())?)
}

pub(super) fn seal(app: &App, workspace: WorkspaceId, id: WebhookId, field: FieldId, text: &str) -> Result<Vec<u8>> {
    seal_at(app, workspace, &place(workspace, field, id.as_i64()), text.as_bytes())
}

pub(super) fn open(app: &App, workspace: WorkspaceId, id: WebhookId, field: FieldId, sealed: &[u8]) -> Result<String> {
    open_at(app, workspace, &place(workspace, field, id.as_i64()), sealed)
}

pub(super) fn open_key(
    app: &App,
    workspace: WorkspaceId,
    id: WebhookId,
    field: FieldId,
    sealed: &[u8],
) -> Result<WebhookSecret> {
    let text = open(app, workspace, id, field, sealed)?;
    Ok(WebhookSecret::parse(&text).map_err(|_| StoreError::Damaged(format!("the secret of webhook {id}")))?)
}

/// Moves the secret in force to the place of the old one.
pub(super) fn reseal_as_old(app: &App, workspace: WorkspaceId, id: WebhookId, sealed: &[u8]) -> Result<Vec<u8>> {
    let text = open(app, workspace, id, SECRET, sealed)?;
    seal(app, workspace, id, OLD_SECRET, &text)
}

/// Seals the beginning of an answer; its text may hold anything.
pub(super) fn seal_answer(app: &App, workspace: WorkspaceId, event: EventId, answer: &[u8]) -> Result<Vec<u8>> {
    let text = String::from_utf8_lossy(answer);
    seal_at(app, workspace, &place(workspace, ANSWER, event.as_i64()), text.as_bytes())
}

pub(super) fn open_answer(app: &App, workspace: WorkspaceId, event: EventId, sealed: &[u8]) -> Result<String> {
    open_at(app, workspace, &place(workspace, ANSWER, event.as_i64()), sealed)
}

waxwing_store::sealed! { "webhooks_endpoints"."sealed_url" by "id", under Secrets,
at |cell| place(cell.workspace, URL, cell.key) }
waxwing_store::sealed! { "webhooks_endpoints"."secret" by "id", under Secrets,
at |cell| place(cell.workspace, SECRET, cell.key) }
waxwing_store::sealed! { "webhooks_endpoints"."old_secret" by "id", under Secrets,
at |cell| place(cell.workspace, OLD_SECRET, cell.key) }
// An answer is bound to its event alone; an event is told to several endpoints.
waxwing_store::sealed! { "webhooks_deliveries"."excerpt" by "event_id" and "endpoint_id", under Secrets,
at |cell| place(cell.workspace, ANSWER, cell.key) }
