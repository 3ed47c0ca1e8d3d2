//! Files from outside that are evidence of a case, for programs.

use super::api::look;
use super::files::{self, CaseFile, LARGEST, NewFile};
use super::forms::moment;
use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::response::Response;
use http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use waxwing_app::App;
use waxwing_domain::{CasePartId, IncidentId};
use waxwing_http::{Fail, Params, Segment, Who, download};

/// A file from outside.
#[derive(Serialize, ToSchema)]
pub(crate) struct EvidenceFileView {
    /// Its id.
    id: String,
    /// What it is called.
    name: String,
    /// From whom or where it comes.
    from: String,
    /// When it was acquired there (RFC 3339).
    acquired_at: String,
    /// When it was put in (RFC 3339).
    put_in_at: String,
    /// Who put it in: `account`, `api_key` or `host`.
    by: String,
    /// In bytes.
    bytes: i64,
    /// SHA-256 of its bytes, in hexadecimal.
    sha256: String,
}

impl From<CaseFile> for EvidenceFileView {
    fn from(file: CaseFile) -> Self {
        Self {
            id: file.id.to_string(),
            from: file.source.clone(),
            acquired_at: file.acquired_at.to_string(),
            put_in_at: file.put_at.to_string(),
            by: file.by.to_columns().0.to_owned(),
            bytes: file.size,
            sha256: file.hash_text(),
            name: file.name,
        }
    }
}

/// The files that were put into the evidence of a case, the first first.
#[utoipa::path(get, path = "/api/v1/incidents/{id}/files", tag = "incidents", operation_id = "incidents_files", params(("id" = String, Path)), responses((status = 200, body = Vec<EvidenceFileView>)))]
pub(crate) async fn index(
    State(app): State<App>,
    Who(ctx): Who,
    Segment(id): Segment<IncidentId>,
) -> Result<Json<Vec<EvidenceFileView>>, Fail> {
    look(&app, &ctx, id, "incidents.files").await?;
    let mut tx = app.read(&ctx, "incidents.files").await?;
    let files = files::files(&app, &mut tx, &ctx, id).await?;
    Ok(Json(files.into_iter().map(EvidenceFileView::from).collect()))
}

/// What is said of a file that is put in.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct AboutFile {
    /// What it is called.
    #[serde(default)]
    name: String,
    /// From whom or where it comes.
    #[serde(default)]
    from: String,
    /// When it was acquired there (RFC 3339); now when not given.
    #[serde(default)]
    acquired_at: String,
}

/// Puts a file into the evidence of a case: the body is the file, of at most 10 MB.
#[utoipa::path(post, path = "/api/v1/incidents/{id}/files", tag = "incidents", operation_id = "incidents_put_file", params(("id" = String, Path), AboutFile), request_body(content = Vec<u8>, content_type = "application/octet-stream"), responses((status = 201, body = EvidenceFileView)))]
pub(crate) async fn put(
    State(app): State<App>,
    Who(ctx): Who,
    Segment(id): Segment<IncidentId>,
    Params(about): Params<AboutFile>,
    body: Body,
) -> Result<(StatusCode, Json<EvidenceFileView>), Fail> {
    let bytes = axum::body::to_bytes(body, LARGEST).await.map_err(|_| Fail::TooLarge(LARGEST as u64))?.to_vec();
    let (acquired_at, _) = moment("acquired_at", &about.acquired_at, "UTC", ctx.now())?;
    let new = NewFile { name: about.name, source: about.from, acquired_at, bytes };
    let file = files::put(&app, &ctx, id, new).await?;
    Ok((StatusCode::CREATED, Json(EvidenceFileView::from(file))))
}

/// A file that was put in, its hash compared; that it was taken out is a link of the chain of custody.
#[utoipa::path(post, path = "/api/v1/incidents/{id}/files/{file}", tag = "incidents", operation_id = "incidents_take_file", params(("id" = String, Path), ("file" = String, Path)), responses((status = 200, content((Vec<u8> = "application/octet-stream")))))]
pub(crate) async fn take(
    State(app): State<App>,
    Who(ctx): Who,
    Segment((id, file)): Segment<(IncidentId, CasePartId)>,
) -> Result<Response, Fail> {
    let (file, bytes) = files::take(&app, &ctx, id, file).await?;
    Ok(download(&file.name, "application/octet-stream", bytes))
}
