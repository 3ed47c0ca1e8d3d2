//! JSON: imports for programs.

use super::{Decision, Incoming, Report};
use crate::{App, Error};
use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::response::Response;
use futures::StreamExt as _;
use http::StatusCode;
use serde::Deserialize;
use utoipa::IntoParams;
use waxwing_domain::{Action, ImportId};
use waxwing_http::{Cursor, Fail, Paged, Params, Routes, Segment, Who, api, download};

/// The longest file that the API takes, in bytes: 16 GiB. The command line takes any.
const LONGEST: u64 = 16 << 30;

/// What is to be done with the file in the body.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct NewImport {
    /// The name of the list that people join; made when it does not exist.
    pub list: String,
    /// Where and how these people agreed to receive mail.
    pub consent: String,
    /// Count what would happen, and change nothing.
    #[serde(default)]
    pub dry_run: bool,
}

/// Brings people in from a CSV or TSV file, given as the body.
#[utoipa::path(post, path = "/api/v1/imports", params(NewImport), request_body(content = String, content_type = "text/csv"),
    responses((status = 202, body = Report)))]
pub async fn create(
    State(app): State<App>,
    Who(ctx): Who,
    Params(new): Params<NewImport>,
    body: Body,
) -> Result<(StatusCode, Json<Report>), Fail> {
    crate::consent::check(&new.consent)?;
    super::list_name(&new.list)?;
    let mut incoming = Incoming::begin(&app, &ctx).await?;
    let mut pieces = body.into_data_stream();
    while let Some(piece) = pieces.next().await {
        let broken = |_| Fail::Malformed("The body ended early or could not be read.".into());
        incoming.write(piece.map_err(broken)?).await?;
    }
    let id = incoming.finish("").await?;
    let decision = Decision { columns: None, list: new.list, consent: new.consent };
    if let Err(error) = super::start(&app, &ctx, id, decision, new.dry_run).await {
        super::cancel(&app, &ctx, id).await?;
        return Err(error.into());
    }
    let mut tx = app.read(&ctx, "importing.report").await?;
    Ok((StatusCode::ACCEPTED, Json(super::report(&mut tx, &ctx, id).await?)))
}

/// Imports, the newest first.
#[utoipa::path(get, path = "/api/v1/imports", params(Cursor), responses((status = 200, body = Paged<Report>)))]
pub async fn index(State(app): State<App>, Who(ctx): Who, cursor: Cursor) -> Result<Json<Paged<Report>>, Fail> {
    let before: Option<ImportId> = cursor.key()?;
    let mut tx = app.read(&ctx, "importing.recent").await?;
    let rows = super::recent(&mut tx, &ctx, before, cursor.limit + 1).await?;
    Ok(Json(Paged::from_surplus(rows, cursor.limit, |report| report.id)))
}

/// Where an import stands.
#[utoipa::path(get, path = "/api/v1/imports/{id}", params(("id" = String, Path)), responses((status = 200, body = Report)))]
pub async fn show(State(app): State<App>, Who(ctx): Who, Segment(id): Segment<ImportId>) -> Result<Json<Report>, Fail> {
    let mut tx = app.read(&ctx, "importing.report").await?;
    Ok(Json(super::report(&mut tx, &ctx, id).await?))
}

/// Writes what a dry run has counted.
#[utoipa::path(post, path = "/api/v1/imports/{id}/run", params(("id" = String, Path)), responses((status = 202, body = Report)))]
pub async fn run(
    State(app): State<App>,
    Who(ctx): Who,
    Segment(id): Segment<ImportId>,
) -> Result<(StatusCode, Json<Report>), Fail> {
    let mut tx = app.begin(&ctx, "importing.run").await?;
    super::run(&app, &mut tx, &ctx, id).await?;
    let report = super::report(&mut tx, &ctx, id).await?;
    tx.commit().await.map_err(crate::Error::from)?;
    Ok((StatusCode::ACCEPTED, Json(report)))
}

/// Stops an import; what was written stays.
#[utoipa::path(post, path = "/api/v1/imports/{id}/cancel", params(("id" = String, Path)), responses((status = 200, body = Report)))]
pub async fn cancel(
    State(app): State<App>,
    Who(ctx): Who,
    Segment(id): Segment<ImportId>,
) -> Result<Json<Report>, Fail> {
    super::cancel(&app, &ctx, id).await?;
    let mut tx = app.read(&ctx, "importing.report").await?;
    Ok(Json(super::report(&mut tx, &ctx, id).await?))
}

/// Lets the people of a quarantined import get mail again.
#[utoipa::path(post, path = "/api/v1/imports/{id}/release", operation_id = "imports_release", params(("id" = String, Path)), responses((status = 200, body = Report)))]
pub async fn release(
    State(app): State<App>,
    Who(ctx): Who,
    Segment(id): Segment<ImportId>,
) -> Result<Json<Report>, Fail> {
    let mut tx = app.begin(&ctx, "importing.release").await?;
    super::release(&app, &mut tx, &ctx, id).await?;
    tx.commit().await.map_err(Error::from)?;
    let mut tx = app.read(&ctx, "importing.report").await?;
    Ok(Json(super::report(&mut tx, &ctx, id).await?))
}

/// The refused lines with their reasons, as CSV. Recorded.
#[utoipa::path(get, path = "/api/v1/imports/{id}/rejects", params(("id" = String, Path)),
    responses((status = 200, body = String, content_type = "text/csv")))]
pub async fn rejects(State(app): State<App>, Who(ctx): Who, Segment(id): Segment<ImportId>) -> Result<Response, Fail> {
    let stream = super::rejects(&app, &ctx, id, "api").await?;
    Ok(download(&format!("import-{id}-refused.csv"), "text/csv; charset=utf-8", Body::from_stream(stream)))
}

pub(super) fn routes(routes: Routes<App>) -> Routes<App> {
    let routes = routes.streamed_operation::<__path_create, _, _>(Action::ImportRun, LONGEST, create);
    let routes = api!(routes, Action::ImportRun, index);
    let routes = api!(routes, Action::ImportRun, show);
    let routes = api!(routes, Action::ImportRun, run);
    let routes = api!(routes, Action::ImportRun, cancel);
    let routes = api!(routes, Action::AlertsJudge, release);
    api!(routes, Action::ImportRun, rejects)
}
