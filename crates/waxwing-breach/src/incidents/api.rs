//! Cases for programs. A key sees the cases that it opened or was put into, and confirms none.

use super::forms::{alert, moment, word};
use super::words::Severity;
use super::{Incident, Losses, NewCase};
use axum::Json;
use axum::extract::State;
use http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use waxwing_app::{App, Error};
use waxwing_domain::{Ctx, IncidentId, Operation};
use waxwing_http::{ApiJson, Cursor, Fail, Paged, Segment, Who};
use waxwing_store::Entry;

/// A suspected or proven breach.
#[derive(Serialize, ToSchema)]
pub(crate) struct CaseView {
    /// Its id.
    id: String,
    /// What it is called.
    codename: String,
    /// `suspicion`, `confirmed`, `contained`, `closed` or `dismissed`.
    status: &'static str,
    /// `unknown`, `low`, `medium`, `high` or `very_high`, as people stated it.
    severity: &'static str,
    /// What was lost: `confidentiality`, `integrity`, `availability`.
    losses: Vec<&'static str>,
    /// When it was first suspected (RFC 3339).
    suspected_at: String,
    /// When the case was opened.
    opened_at: String,
    /// Since when a named person knows; the clocks count from here.
    aware_at: Option<String>,
    /// The account of that person.
    aware_by: Option<String>,
    /// Since when it goes on no more.
    contained_at: Option<String>,
    /// When it was closed or dismissed.
    ended_at: Option<String>,
    /// `harm`, `no_harm`, `legitimate` or `false_alarm`.
    outcome: Option<&'static str>,
    /// The alert that it began with.
    alert: Option<String>,
    /// What was suspected; only where one case is asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    summary: Option<String>,
}

impl From<Incident> for CaseView {
    fn from(case: Incident) -> Self {
        Self {
            id: case.id.to_string(),
            codename: case.codename,
            status: case.status.as_str(),
            severity: case.severity.as_str(),
            losses: case.losses.words(),
            suspected_at: case.suspected_at.to_string(),
            opened_at: case.opened_at.to_string(),
            aware_at: case.aware.map(|aware| aware.at.to_string()),
            aware_by: case.aware.map(|aware| aware.by.to_string()),
            contained_at: case.contained_at.map(|at| at.to_string()),
            ended_at: case.ended_at.map(|at| at.to_string()),
            outcome: case.outcome.map(|outcome| outcome.as_str()),
            alert: case.alert.map(|id| id.to_string()),
            summary: None,
        }
    }
}

/// The cases that the key is in, newest first.
#[utoipa::path(get, path = "/api/v1/incidents", tag = "incidents", operation_id = "incidents_index", params(Cursor), responses((status = 200, body = Paged<CaseView>)))]
pub(crate) async fn index(
    State(app): State<App>,
    Who(ctx): Who,
    cursor: Cursor,
) -> Result<Json<Paged<CaseView>>, Fail> {
    let mut tx = app.read(&ctx, "incidents.index").await?;
    let found = super::page(&mut tx, &ctx, cursor.key()?, i64::from(cursor.limit) + 1).await?;
    Ok(Json(Paged::from_surplus(found, cursor.limit, |case| case.id).map(CaseView::from)))
}

/// A case to be opened.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewCaseInput {
    /// What is suspected; sealed at rest.
    summary: String,
    /// What seems lost: `confidentiality`, `integrity`, `availability`.
    #[serde(default)]
    losses: Vec<String>,
    /// `unknown`, `low`, `medium`, `high` or `very_high`.
    #[serde(default)]
    severity: Option<String>,
    /// When it was first suspected (RFC 3339); now unless given.
    #[serde(default)]
    suspected_at: String,
    /// The alert that it comes from.
    #[serde(default)]
    alert: String,
}

impl NewCaseInput {
    fn read(self, ctx: &Ctx) -> waxwing_app::Result<NewCase> {
        let severity = self.severity.map_or(Ok(Severity::Unknown), |text| word("severity", &text, Severity::parse));
        Ok(NewCase {
            summary: self.summary,
            losses: Losses::of(&self.losses)?,
            severity: severity?,
            suspected_at: moment("suspected_at", &self.suspected_at, "UTC", ctx.now())?.0,
            alert: alert(&self.alert)?,
        })
    }
}

/// Opens a case. Every owner and security officer is put into it.
#[utoipa::path(post, path = "/api/v1/incidents", tag = "incidents", operation_id = "incidents_open", request_body = NewCaseInput, responses((status = 201, body = CaseView)))]
pub(crate) async fn open(
    State(app): State<App>,
    Who(ctx): Who,
    ApiJson(input): ApiJson<NewCaseInput>,
) -> Result<(StatusCode, Json<CaseView>), Fail> {
    let new = input.read(&ctx)?;
    let mut tx = app.begin(&ctx, "incidents.open").await?;
    let id = super::open(&app, &mut tx, &ctx, new).await?;
    let case = super::by_id(&mut tx, &ctx, id).await?;
    tx.commit().await.map_err(Error::from)?;
    Ok((StatusCode::CREATED, Json(case.into())))
}

/// One case, for who is in it.
#[utoipa::path(get, path = "/api/v1/incidents/{id}", tag = "incidents", operation_id = "incidents_show", params(("id" = String, Path)), responses((status = 200, body = CaseView)))]
pub(crate) async fn show(
    State(app): State<App>,
    Who(ctx): Who,
    Segment(id): Segment<IncidentId>,
) -> Result<Json<CaseView>, Fail> {
    let case = look(&app, &ctx, id, "incidents.show").await?;
    let summary = super::summary(&app, &ctx, &case)?;
    Ok(Json(CaseView { summary: Some(summary), ..case.into() }))
}

/// How bad it is, and what was lost.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CaseClassification {
    /// What seems lost: `confidentiality`, `integrity`, `availability`.
    losses: Vec<String>,
    /// `unknown`, `low`, `medium`, `high` or `very_high`.
    severity: String,
}

/// Says how bad it is and what was lost.
#[utoipa::path(put, path = "/api/v1/incidents/{id}/classification", tag = "incidents", operation_id = "incidents_classify", params(("id" = String, Path)), request_body = CaseClassification, responses((status = 200, body = CaseView)))]
pub(crate) async fn classify(
    State(app): State<App>,
    Who(ctx): Who,
    Segment(id): Segment<IncidentId>,
    ApiJson(body): ApiJson<CaseClassification>,
) -> Result<Json<CaseView>, Fail> {
    let (losses, severity) = (Losses::of(&body.losses)?, word("severity", &body.severity, Severity::parse)?);
    let mut tx = app.begin(&ctx, "incidents.classify").await?;
    super::classify(&app, &mut tx, &ctx, id, losses, severity).await?;
    let case = super::by_id(&mut tx, &ctx, id).await?;
    tx.commit().await.map_err(Error::from)?;
    Ok(Json(case.into()))
}

/// The case, if whoever asks is in it; the look is recorded.
pub(super) async fn look(app: &App, ctx: &Ctx, id: IncidentId, what: &'static str) -> waxwing_app::Result<Incident> {
    let mut tx = app.read(ctx, what).await?;
    let case = super::by_id(&mut tx, ctx, id).await?;
    drop(tx);
    app.store().disclose(ctx, Entry::new(Operation::Read, what).on("incident", id.as_i64()).to("api")).await?;
    Ok(case)
}
