//! What of single sign-on is sealed: the secret shared with the provider, and what a sign-in waits with.

use crate::App;
use serde::{Deserialize, Serialize};
use std::fmt;
use waxwing_crypto::{IndexKind, Place, TableId};
use waxwing_domain::{FieldId, WorkspaceId};
use waxwing_store::StoreError;

/// What a sign-in waits with until the provider answers.
#[derive(Serialize, Deserialize)]
pub(super) struct Waiting {
    /// The secret half of PKCE.
    pub(super) verifier: String,
    /// What the token must repeat.
    pub(super) nonce: String,
    /// Whom it was begun with.
    pub(super) issuer: String,
    /// As whom.
    pub(super) client_id: String,
    /// Where the person goes afterwards.
    pub(super) next: String,
}

impl fmt::Debug for Waiting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Waiting(…)")
    }
}

fn secret_place(workspace: WorkspaceId) -> Place {
    Place::shared(workspace, TableId::SSO, FieldId::SECRET, workspace.as_i64())
}

fn attempt_place(workspace: WorkspaceId, id: i64) -> Place {
    Place::shared(workspace, TableId::SSO, FieldId::SSO_ATTEMPT, id)
}

fn seal(app: &App, place: &Place, plain: &[u8]) -> crate::Result<Vec<u8>> {
    let ring = app.store().keys().ring();
    let keys = ring.workspace(place.workspace).map_err(|e| StoreError::Damaged(e.to_string()))?;
    Ok(keys.seal_secret(place, plain, &**app.store().rng()))
}

fn open(app: &App, place: &Place, sealed: &[u8]) -> crate::Result<Vec<u8>> {
    let ring = app.store().keys().ring();
    let keys = ring.workspace(place.workspace).map_err(|e| StoreError::Damaged(e.to_string()))?;
    Ok(keys.open_secret(place, sealed).map_err(|_| damaged())?)
}

fn damaged() -> StoreError {
    StoreError::Damaged("a sealed value of single sign-on".into())
}

pub(super) fn seal_secret(app: &App, workspace: WorkspaceId, secret: &str) -> crate::Result<Vec<u8>> {
    seal(app, &secret_place(workspace), secret.as_bytes())
}

pub(super) fn open_secret(app: &App, workspace: WorkspaceId, sealed: &[u8]) -> crate::Result<String> {
    let bytes = open(app, &secret_place(workspace), sealed)?;
    Ok(String::from_utf8(bytes).map_err(|_| damaged())?)
}

pub(super) fn seal_waiting(app: &App, workspace: WorkspaceId, id: i64, waiting: &Waiting) -> crate::Result<Vec<u8>> {
    let bytes = serde_json::to_vec(waiting).map_err(|_| damaged())?;
    seal(app, &attempt_place(workspace, id), &bytes)
}

pub(super) fn open_waiting(app: &App, workspace: WorkspaceId, id: i64, sealed: &[u8]) -> crate::Result<Waiting> {
    let bytes = open(app, &attempt_place(workspace, id), sealed)?;
    Ok(serde_json::from_slice(&bytes).map_err(|_| damaged())?)
}

/// What a person at a provider is filed by; an issuer is an address and holds no line break.
fn indexed(issuer: &str, subject: &str) -> String {
    format!("sso:{issuer}\n{subject}")
}

/// Under what a person at a provider is filed: a keyed tag, so that the table names nobody.
pub(super) fn tag(app: &App, workspace: WorkspaceId, issuer: &str, subject: &str) -> crate::Result<Vec<u8>> {
    let ring = app.store().keys().ring();
    let keys = ring.workspace(workspace).map_err(|e| StoreError::Damaged(e.to_string()))?;
    Ok(keys.blind_index(IndexKind::Email, &indexed(issuer, subject)).1.to_vec())
}

/// The tags of all key versions under which they may be filed.
pub(super) fn tags(app: &App, workspace: WorkspaceId, issuer: &str, subject: &str) -> crate::Result<Vec<Vec<u8>>> {
    let ring = app.store().keys().ring();
    let keys = ring.workspace(workspace).map_err(|e| StoreError::Damaged(e.to_string()))?;
    let text = indexed(issuer, subject);
    let versions = keys.blind_index_versions(IndexKind::Email).into_iter();
    let tags = versions.map(|version| keys.blind_index_at(version, IndexKind::Email, &text).map(Vec::from));
    tags.collect::<Result<_, _>>().map_err(|e| StoreError::Damaged(e.to_string()).into())
}

waxwing_store::sealed! { "sso_providers"."secret" by "workspace_id", under Secrets,
at |cell| secret_place(cell.workspace) }
waxwing_store::sealed! { "sso_attempts"."sealed" by "id", under Secrets,
at |cell| attempt_place(cell.workspace, cell.key) }
