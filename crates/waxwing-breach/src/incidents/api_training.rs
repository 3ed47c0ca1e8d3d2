//! Who is to read what a case taught, for programs. That somebody has read it they say themselves, signed in.

use super::api::look;
use super::forms::moment;
use super::training::{self, Reader, USUAL};
use axum::Json;
use axum::extract::State;
use http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use waxwing_app::{App, Error};
use waxwing_domain::IncidentId;
use waxwing_http::{ApiJson, Fail, Segment, Who};

/// Somebody who is to read what a case taught.
#[derive(Serialize, ToSchema)]
pub(crate) struct TrainingReader {
    /// The account.
    account: String,
    /// Until when (RFC 3339).
    due_at: String,
    /// When they said that they have read it (RFC 3339); absent while they have not.
    #[serde(skip_serializing_if = "Option::is_none")]
    read_at: Option<String>,
}

impl From<Reader> for TrainingReader {
    fn from(one: Reader) -> Self {
        Self {
            account: one.account.to_string(),
            due_at: one.due_at.to_string(),
            read_at: one.read_at.map(|at| at.to_string()),
        }
    }
}

/// Who is to read what a case taught and who has, the first due first.
#[utoipa::path(get, path = "/api/v1/incidents/{id}/training/readers", tag = "incidents", operation_id = "incidents_readers", params(("id" = String, Path)), responses((status = 200, body = Vec<TrainingReader>)))]
pub(crate) async fn readers(
    State(app): State<App>,
    Who(ctx): Who,
    Segment(id): Segment<IncidentId>,
) -> Result<Json<Vec<TrainingReader>>, Fail> {
    look(&app, &ctx, id, "incidents.readers").await?;
    let mut tx = app.read(&ctx, "incidents.readers").await?;
    let all = training::readers(&mut tx, &ctx, id).await?;
    Ok(Json(all.into_iter().map(TrainingReader::from).collect()))
}

/// Who is to read it, until when.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct TrainingOrder {
    /// `everybody`, words of roles such as `marketer`, and ids of accounts.
    to: Vec<String>,
    /// Until when (RFC 3339); in two weeks when not given.
    #[serde(default)]
    due_at: String,
}

/// To how many.
#[derive(Serialize, ToSchema)]
pub(crate) struct TrainingAssigned {
    /// So many people are to read it.
    people: usize,
}

/// Assigns what a case taught to roles and people; it stands on their Home until they say that they have read it.
#[utoipa::path(post, path = "/api/v1/incidents/{id}/training/readers", tag = "incidents", operation_id = "incidents_assign_training", params(("id" = String, Path)), request_body = TrainingOrder, responses((status = 201, body = TrainingAssigned)))]
pub(crate) async fn assign(
    State(app): State<App>,
    Who(ctx): Who,
    Segment(id): Segment<IncidentId>,
    ApiJson(body): ApiJson<TrainingOrder>,
) -> Result<(StatusCode, Json<TrainingAssigned>), Fail> {
    let (due_at, _) = moment("due_at", &body.due_at, "UTC", ctx.now().plus(USUAL))?;
    let mut tx = app.begin(&ctx, "incidents.assign_training").await?;
    let people = training::assign(&app, &mut tx, &ctx, id, &body.to, due_at).await?;
    tx.commit().await.map_err(Error::from)?;
    Ok((StatusCode::CREATED, Json(TrainingAssigned { people })))
}
