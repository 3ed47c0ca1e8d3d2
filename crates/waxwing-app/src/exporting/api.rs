//! JSON and CSV: exports for programs.

use super::Exported;
use crate::App;
use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::response::Response;
use serde::Deserialize;
use utoipa::IntoParams;
use waxwing_domain::{Action, ExportId, ListId};
use waxwing_http::{Cursor, Fail, Paged, Params, Routes, Segment, Who, api, download};

/// Why people's data is to leave.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Why {
    /// What the export is for; stays in the access record.
    #[serde(default)]
    pub purpose: String,
}

/// The confirmed members of a list as CSV. Recorded chunk by chunk.
#[utoipa::path(post, path = "/api/v1/lists/{id}/export", operation_id = "lists_export", params(("id" = String, Path), Why),
    responses((status = 200, body = String, content_type = "text/csv")))]
pub async fn create(
    State(app): State<App>,
    Who(ctx): Who,
    Segment(list): Segment<ListId>,
    Params(why): Params<Why>,
) -> Result<Response, Fail> {
    let export = super::begin(&app, &ctx, list, &why.purpose, "api").await?;
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
