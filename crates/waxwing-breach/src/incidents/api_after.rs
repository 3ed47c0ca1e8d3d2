//! Updates and findings of a case, for programs.

use super::api::look;
use super::forms::{moment, word};
use super::{Finding, FindingState, Update};
use axum::Json;
use axum::extract::State;
use http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use waxwing_app::{App, Error};
use waxwing_domain::{CasePartId, IncidentId, Micros};
use waxwing_http::{ApiJson, Fail, Segment, Who};

/// How a case stood.
#[derive(Serialize, ToSchema)]
pub(crate) struct CaseUpdate {
    /// Its id.
    id: String,
    /// When it was written (RFC 3339).
    at: String,
    /// To how many members mail went.
    mailed: i64,
    /// What it says.
    text: String,
}

impl From<Update> for CaseUpdate {
    fn from(one: Update) -> Self {
        Self { id: one.id.to_string(), at: one.at.to_string(), mailed: one.mailed, text: one.text }
    }
}

/// The updates of a case, the newest first.
#[utoipa::path(get, path = "/api/v1/incidents/{id}/updates", tag = "incidents", operation_id = "incidents_updates", params(("id" = String, Path)), responses((status = 200, body = Vec<CaseUpdate>)))]
pub(crate) async fn updates(
    State(app): State<App>,
    Who(ctx): Who,
    Segment(id): Segment<IncidentId>,
) -> Result<Json<Vec<CaseUpdate>>, Fail> {
    look(&app, &ctx, id, "incidents.updates").await?;
    let mut tx = app.read(&ctx, "incidents.updates").await?;
    let all = super::updates(&app, &mut tx, &ctx, id).await?;
    Ok(Json(all.into_iter().map(CaseUpdate::from).collect()))
}

/// An update to be written.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CaseUpdateInput {
    /// How it stands; sealed at rest, and not in the mail.
    text: String,
}

/// Tells the members how it stands: mail says that there is something to read.
#[utoipa::path(post, path = "/api/v1/incidents/{id}/updates", tag = "incidents", operation_id = "incidents_tell", params(("id" = String, Path)), request_body = CaseUpdateInput, responses((status = 204)))]
pub(crate) async fn tell(
    State(app): State<App>,
    Who(ctx): Who,
    Segment(id): Segment<IncidentId>,
    ApiJson(body): ApiJson<CaseUpdateInput>,
) -> Result<StatusCode, Fail> {
    let mut tx = app.begin(&ctx, "incidents.update").await?;
    super::tell(&app, &mut tx, &ctx, id, &body.text).await?;
    tx.commit().await.map_err(Error::from)?;
    Ok(StatusCode::NO_CONTENT)
}

/// Something that has to become better.
#[derive(Serialize, ToSchema)]
pub(crate) struct CaseFinding {
    /// Its id.
    id: String,
    /// What.
    text: String,
    /// The account that sees to it.
    owner: Option<String>,
    /// Until when (RFC 3339).
    due_at: String,
    /// `open`, `done`, `held` or `failed`.
    state: &'static str,
    /// When it was tried again.
    retested_at: Option<String>,
    /// What was changed, or what trying again showed.
    proof: String,
}

impl From<Finding> for CaseFinding {
    fn from(one: Finding) -> Self {
        Self {
            id: one.id.to_string(),
            owner: one.owner.map(|id| id.to_string()),
            due_at: one.due_at.to_string(),
            state: one.state.as_str(),
            retested_at: one.retested_at.map(|at| at.to_string()),
            text: one.text,
            proof: one.proof,
        }
    }
}

/// What has to become better, the first due first.
#[utoipa::path(get, path = "/api/v1/incidents/{id}/findings", tag = "incidents", operation_id = "incidents_findings", params(("id" = String, Path)), responses((status = 200, body = Vec<CaseFinding>)))]
pub(crate) async fn findings(
    State(app): State<App>,
    Who(ctx): Who,
    Segment(id): Segment<IncidentId>,
) -> Result<Json<Vec<CaseFinding>>, Fail> {
    look(&app, &ctx, id, "incidents.findings").await?;
    let mut tx = app.read(&ctx, "incidents.findings").await?;
    let all = super::findings(&app, &mut tx, &ctx, id).await?;
    Ok(Json(all.into_iter().map(CaseFinding::from).collect()))
}

/// A finding to be noted.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CaseFindingInput {
    /// What has to become better; sealed at rest.
    text: String,
    /// The account that sees to it.
    #[serde(default)]
    owner: Option<String>,
    /// Until when (RFC 3339); thirty days unless given.
    #[serde(default)]
    due_at: String,
}

/// Notes a finding.
#[utoipa::path(post, path = "/api/v1/incidents/{id}/findings", tag = "incidents", operation_id = "incidents_add_finding", params(("id" = String, Path)), request_body = CaseFindingInput, responses((status = 204)))]
pub(crate) async fn add_finding(
    State(app): State<App>,
    Who(ctx): Who,
    Segment(id): Segment<IncidentId>,
    ApiJson(body): ApiJson<CaseFindingInput>,
) -> Result<StatusCode, Fail> {
    let owner = body.owner.map(|text| text.parse()).transpose().map_err(|_| Error::NotFound("person"))?;
    let due_at = moment("due_at", &body.due_at, "UTC", ctx.now().plus(30 * Micros::DAY))?.0;
    let mut tx = app.begin(&ctx, "incidents.add_finding").await?;
    super::add_finding(&app, &mut tx, &ctx, id, &body.text, (owner, due_at)).await?;
    tx.commit().await.map_err(Error::from)?;
    Ok(StatusCode::NO_CONTENT)
}

/// What became of a finding.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CaseFindingEnd {
    /// `done`, then `held` or `failed`.
    state: String,
    /// What was changed, or what trying again showed.
    proof: String,
}

/// Says that a finding was worked on, or what trying again showed.
#[utoipa::path(post, path = "/api/v1/incidents/{id}/findings/{finding}", tag = "incidents", operation_id = "incidents_end_finding", params(("id" = String, Path), ("finding" = String, Path)), request_body = CaseFindingEnd, responses((status = 204)))]
pub(crate) async fn end_finding(
    State(app): State<App>,
    Who(ctx): Who,
    Segment((id, finding)): Segment<(IncidentId, CasePartId)>,
    ApiJson(body): ApiJson<CaseFindingEnd>,
) -> Result<StatusCode, Fail> {
    let state = word("state", &body.state, FindingState::parse)?;
    let mut tx = app.begin(&ctx, "incidents.end_finding").await?;
    super::end_finding(&app, &mut tx, &ctx, id, (finding, state, &body.proof)).await?;
    tx.commit().await.map_err(Error::from)?;
    Ok(StatusCode::NO_CONTENT)
}

/// How often the members are told.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CaseCadence {
    /// In minutes, from a quarter of an hour to a week; never by itself where it is left out.
    #[serde(default)]
    every_minutes: Option<i64>,
}

/// Sets how often the members are told; an update that is overdue is reminded of.
#[utoipa::path(put, path = "/api/v1/incidents/{id}/cadence", tag = "incidents", operation_id = "incidents_cadence", params(("id" = String, Path)), request_body = CaseCadence, responses((status = 204)))]
pub(crate) async fn cadence(
    State(app): State<App>,
    Who(ctx): Who,
    Segment(id): Segment<IncidentId>,
    ApiJson(body): ApiJson<CaseCadence>,
) -> Result<StatusCode, Fail> {
    let mut tx = app.begin(&ctx, "incidents.cadence").await?;
    super::set_cadence(&app, &mut tx, &ctx, id, body.every_minutes).await?;
    tx.commit().await.map_err(Error::from)?;
    Ok(StatusCode::NO_CONTENT)
}

/// What people are taught of a case.
#[derive(Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CaseTraining {
    /// In words; sealed at rest, empty while nothing is written.
    text: String,
}

/// What people are taught of a case.
#[utoipa::path(get, path = "/api/v1/incidents/{id}/training", tag = "incidents", operation_id = "incidents_taught", params(("id" = String, Path)), responses((status = 200, body = CaseTraining)))]
pub(crate) async fn training(
    State(app): State<App>,
    Who(ctx): Who,
    Segment(id): Segment<IncidentId>,
) -> Result<Json<CaseTraining>, Fail> {
    let case = look(&app, &ctx, id, "incidents.training").await?;
    Ok(Json(CaseTraining { text: super::training(&app, &ctx, &case)? }))
}

/// Writes what people are taught of a case, also after it has ended.
#[utoipa::path(put, path = "/api/v1/incidents/{id}/training", tag = "incidents", operation_id = "incidents_teach", params(("id" = String, Path)), request_body = CaseTraining, responses((status = 204)))]
pub(crate) async fn teach(
    State(app): State<App>,
    Who(ctx): Who,
    Segment(id): Segment<IncidentId>,
    ApiJson(body): ApiJson<CaseTraining>,
) -> Result<StatusCode, Fail> {
    let mut tx = app.begin(&ctx, "incidents.training").await?;
    super::teach(&app, &mut tx, &ctx, id, &body.text).await?;
    tx.commit().await.map_err(Error::from)?;
    Ok(StatusCode::NO_CONTENT)
}
