//! What people write about a case, sealed under the workspace's key and bound to its row.
//!
//! Promise: the database never holds it in clear. Limit: it may name anybody, so it is under no
//! person's own key: erasing a person leaves what a case says of them until the case's text is gone.

use serde::Serialize;
use serde::de::DeserializeOwned;
use waxwing_app::{App, Error, Result};
use waxwing_crypto::{Place, TableId};
use waxwing_domain::{Ctx, FieldId, WorkspaceId};
use waxwing_store::StoreError;

/// The longest text of one field, in characters.
pub(super) const LONGEST: usize = 8_000;

const fn place(workspace: WorkspaceId, field: FieldId, row: i64) -> Place {
    Place::shared(workspace, TableId::INCIDENTS, field, row)
}

/// Seals `value` for the row `row`.
pub(super) fn seal<T: Serialize>(app: &App, ctx: &Ctx, field: FieldId, row: i64, value: &T) -> Result<Vec<u8>> {
    let bytes = serde_json::to_vec(value).map_err(|_| StoreError::Damaged("a case's text".into()))?;
    let ring = app.store().keys().ring();
    let keys = ring.workspace(ctx.workspace).map_err(|e| StoreError::Damaged(e.to_string()))?;
    Ok(keys.seal_secret(&place(ctx.workspace, field, row), &bytes, &*ctx.rng))
}

/// Opens what [`seal`] closed.
pub(super) fn open<T: DeserializeOwned>(
    app: &App,
    workspace: WorkspaceId,
    field: FieldId,
    row: i64,
    sealed: &[u8],
) -> Result<T> {
    let damaged = || StoreError::Damaged("the sealed text of a case".into());
    let ring = app.store().keys().ring();
    let keys = ring.workspace(workspace).map_err(|e| StoreError::Damaged(e.to_string()))?;
    let bytes = keys.open_secret(&place(workspace, field, row), sealed).map_err(|_| damaged())?;
    Ok(serde_json::from_slice(&bytes).map_err(|_| damaged())?)
}

/// A text of several lines that says something, at most [`LONGEST`] characters.
pub(super) fn text(field: &str, typed: &str) -> Result<String> {
    let text = typed.trim().replace("\r\n", "\n");
    if text.is_empty() {
        return Err(Error::invalid(field, "Write at least a few words."));
    }
    optional(field, &text)
}

/// The same, where nothing may be written.
pub(super) fn optional(field: &str, typed: &str) -> Result<String> {
    let text = typed.trim().replace("\r\n", "\n");
    let control = text.chars().any(|c| c.is_control() && c != '\n' && c != '\t');
    if control || text.chars().count() > LONGEST {
        return Err(Error::invalid(field, "Write plain text of at most 8,000 characters."));
    }
    Ok(text)
}

waxwing_store::sealed! { "incidents"."summary" by "id", under Secrets,
at |cell| place(cell.workspace, FieldId::CASE_SUMMARY, cell.key) }
waxwing_store::sealed! { "incidents"."ending" by "id", under Secrets,
at |cell| place(cell.workspace, FieldId::CASE_ENDING, cell.key) }
waxwing_store::sealed! { "incidents"."cause_text" by "id", under Secrets,
at |cell| place(cell.workspace, FieldId::CASE_CAUSE, cell.key) }
waxwing_store::sealed! { "incidents"."training" by "id", under Secrets,
at |cell| place(cell.workspace, FieldId::CASE_TRAINING, cell.key) }
waxwing_store::sealed! { "incident_plans"."sealed" by "workspace_id", under Secrets,
at |cell| place(cell.workspace, FieldId::INCIDENT_PLAN, cell.key) }
waxwing_store::sealed! { "incident_events"."sealed" by "id", under Secrets,
at |cell| place(cell.workspace, FieldId::CASE_LINE, cell.key) }
waxwing_store::sealed! { "incident_assets"."sealed" by "id", under Secrets,
at |cell| place(cell.workspace, FieldId::CASE_ASSET, cell.key) }
waxwing_store::sealed! { "incident_indicators"."sealed" by "id", under Secrets,
at |cell| place(cell.workspace, FieldId::CASE_INDICATOR, cell.key) }
waxwing_store::sealed! { "incident_tasks"."sealed" by "id", under Secrets,
at |cell| place(cell.workspace, FieldId::CASE_TASK, cell.key) }
waxwing_store::sealed! { "incident_tasks"."proof" by "id", under Secrets,
at |cell| place(cell.workspace, FieldId::CASE_TASK_PROOF, cell.key) }
waxwing_store::sealed! { "incident_updates"."sealed" by "id", under Secrets,
at |cell| place(cell.workspace, FieldId::CASE_UPDATE, cell.key) }
waxwing_store::sealed! { "incident_contacts"."sealed" by "id", under Secrets,
at |cell| place(cell.workspace, FieldId::CASE_CONTACT, cell.key) }
waxwing_store::sealed! { "incident_findings"."sealed" by "id", under Secrets,
at |cell| place(cell.workspace, FieldId::CASE_FINDING, cell.key) }
waxwing_store::sealed! { "incident_findings"."proof" by "id", under Secrets,
at |cell| place(cell.workspace, FieldId::CASE_FINDING_PROOF, cell.key) }
waxwing_store::sealed! { "incident_counts"."sealed" by "incident_id" and "number", under Secrets,
at |cell| place(cell.workspace, FieldId::CASE_COUNT, cell.key) }

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_says_something_and_has_an_end() {
        assert_eq!(text("note", " two\r\nlines ").expect("fine"), "two\nlines");
        for bad in ["", "  \n ", "a\0b", "\u{1b}[31m", &"x".repeat(LONGEST + 1)] {
            assert!(text("note", bad).is_err(), "{:?}", bad.len());
        }
        assert_eq!(optional("note", "").expect("nothing is fine"), "");
    }
}
