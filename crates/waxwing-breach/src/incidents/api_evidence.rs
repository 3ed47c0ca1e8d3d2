//! The evidence of a case, for programs: the archive, and in whose hands it was.

use super::Custody;
use super::api::look;
use axum::Json;
use axum::extract::State;
use axum::response::Response;
use serde::Serialize;
use utoipa::ToSchema;
use waxwing_app::{App, Error};
use waxwing_domain::IncidentId;
use waxwing_http::{Fail, Segment, Who};

/// A link of the chain of custody.
#[derive(Serialize, ToSchema)]
pub(crate) struct CustodyLink {
    /// Counts from 1.
    number: i64,
    /// `acquired`, `viewed` or `exported`.
    act: &'static str,
    /// With what: `radius:…`, `archive`, `files`.
    what: String,
    /// SHA-256, in hexadecimal.
    sha256: String,
    /// When (RFC 3339).
    at: String,
    /// `account`, `api_key`, `host` or `job`.
    by: String,
    /// The entry of the access record, once it has its number.
    entry: Option<i64>,
}

impl From<Custody> for CustodyLink {
    fn from(one: Custody) -> Self {
        Self {
            number: one.number,
            act: one.act.as_str(),
            sha256: one.hash_text(),
            what: one.what,
            at: one.at.to_string(),
            by: one.by.to_columns().0.to_owned(),
            entry: one.index,
        }
    }
}

/// In whose hands the evidence was, the first link first.
#[utoipa::path(get, path = "/api/v1/incidents/{id}/custody", tag = "incidents", operation_id = "incidents_custody", params(("id" = String, Path)), responses((status = 200, body = Vec<CustodyLink>)))]
pub(crate) async fn custody(
    State(app): State<App>,
    Who(ctx): Who,
    Segment(id): Segment<IncidentId>,
) -> Result<Json<Vec<CustodyLink>>, Fail> {
    look(&app, &ctx, id, "incidents.custody").await?;
    let mut tx = app.read(&ctx, "incidents.custody").await?;
    let chain = super::custody(&mut tx, &ctx, id).await?;
    Ok(Json(chain.into_iter().map(CustodyLink::from).collect()))
}

/// What a look at the frozen answers found.
#[derive(Serialize, ToSchema)]
pub(crate) struct EvidenceChecked {
    /// So many frozen answers are what was frozen.
    answers: usize,
}

/// Opens every frozen answer of the newest count and compares its hash; each look is a link of the chain of custody.
#[utoipa::path(post, path = "/api/v1/incidents/{id}/evidence/check", tag = "incidents", operation_id = "incidents_check_evidence", params(("id" = String, Path)), responses((status = 200, body = EvidenceChecked)))]
pub(crate) async fn check(
    State(app): State<App>,
    Who(ctx): Who,
    Segment(id): Segment<IncidentId>,
) -> Result<Json<EvidenceChecked>, Fail> {
    let mut tx = app.begin(&ctx, "incidents.view_evidence").await?;
    let answers = super::view_radius(&app, &mut tx, &ctx, id).await?;
    tx.commit().await.map_err(Error::from)?;
    Ok(Json(EvidenceChecked { answers }))
}

/// The evidence as one tar archive, to be checked by `waxwing record verify` on another machine. Its SHA-256 stands in
/// the header `x-sha256` and in the chain of custody.
#[utoipa::path(post, path = "/api/v1/incidents/{id}/evidence", tag = "incidents", operation_id = "incidents_evidence", params(("id" = String, Path)), responses((status = 200, content((Vec<u8> = "application/x-tar")))))]
pub(crate) async fn archive(
    State(app): State<App>,
    Who(ctx): Who,
    Segment(id): Segment<IncidentId>,
) -> Result<Response, Fail> {
    Ok(super::pages_evidence::archive(super::to_archive(&app, &ctx, id).await?, id))
}
