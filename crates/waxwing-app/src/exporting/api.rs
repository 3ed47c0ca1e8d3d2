//! JSON and CSV: exports for programs.

use super::{Begun, Exported};
use crate::App;
use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use waxwing_domain::{Action, ApprovalId, ExportId, ListId};
use waxwing_http::{Cursor, Fail, Paged, Params, Routes, Segment, Who, api, download};

/// Why people's data is to leave.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Why {
    /// What the export is for; stays in the access record.
    #[serde(default)]
    pub purpose: String,
}

/// What waits for a second person.
#[derive(Serialize, ToSchema)]
pub struct Waits {
    /// The request: `/api/v1/approvals/{id}` says what became of it. Ask for the same export again after a yes.
    #[schema(value_type = String)]
    approval: ApprovalId,
}

/// The confirmed members of a list as CSV. Recorded chunk by chunk.
#[utoipa::path(post, path = "/api/v1/lists/{id}/export", operation_id = "lists_export", params(("id" = String, Path), Why),
    responses((status = 200, body = String, content_type = "text/csv"),
        (status = 202, description = "It waits for a second person", body = Waits)))]
pub async fn create(
    State(app): State<App>,
    Who(ctx): Who,
    Segment(list): Segment<ListId>,
    Params(why): Params<Why>,
) -> Result<Response, Fail> {
    let export = match super::begin(&app, &ctx, list, &why.purpose, "api").await? {
        Begun::Now(export) => export,
        Begun::Waits(approval) => return Ok((StatusCode::ACCEPTED, Json(Waits { approval })).into_response()),
    };
    let name = format!("export-{}.csv", export.id());
    Ok(download(&name, "text/csv; charset=utf-8", Body::from_stream(export.into_stream())))
}

/// Exports, the newest first.
#[utoipa::path(get, path = "/api/v1/exports", params(Cursor), responses((status = 200, body = Paged<Exported>)))]
pub async fn index(State(app): State<App>, Who(ctx): Who, cursor: Cursor) -> Result<Json<Paged<Exported>>, Fail> {
    let before: Option<ExportId> = cursor.key()?;
    let mut tx = app.read(&ctx, "exporting.recent").await?;
    let rows = super::recent(&mut tx, &ctx, before, cursor.limit + 1).await?;
    Ok(Json(Paged::from_surplus(rows, cursor.limit, |export| export.id)))
}

pub(super) fn routes(routes: Routes<App>) -> Routes<App> {
    let routes = api!(routes, Action::ExportRun, create);
    api!(routes, Action::ExportRun, index)
}
