//! Reports for programs.

use super::{Group, Outcome, Person, Report};
use crate::App;
use crate::sending::Counts;
use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use waxwing_domain::{CampaignId, SubjectNo};
use waxwing_http::{Cursor, Fail, Paged, Params, Segment, Who};

/// What became of a campaign. `accepted + deferred + failed + skipped + unknown + pending = audience`.
#[derive(Serialize, ToSchema)]
pub(crate) struct ReportView {
    /// The campaign.
    #[schema(value_type = String)]
    campaign: CampaignId,
    /// What the team calls the campaign.
    name: String,
    /// The subject as it was written.
    subject: String,
    /// `held`, `running`, `done` or `cancelled`.
    state: &'static str,
    /// When the first message could leave, in microseconds since 1970.
    started_at: Option<i64>,
    /// When the last recipient got an outcome.
    finished_at: Option<i64>,
    /// How many recipients stand where.
    #[serde(flatten)]
    counts: Counts,
    /// How many people left by a link of this campaign.
    unsubscribed: i64,
    /// How many messages that a relay had taken were reported as undeliverable afterwards.
    bounced_later: i64,
    /// How many people reported it as spam.
    complained: i64,
}

impl From<Report> for ReportView {
    fn from(report: Report) -> Self {
        Self {
            campaign: report.campaign,
            name: report.name,
            subject: report.subject,
            state: report.state.as_str(),
            started_at: report.started_at.map(|at| at.as_i64()),
            finished_at: report.finished_at.map(|at| at.as_i64()),
            counts: report.counts,
            unsubscribed: report.unsubscribed,
            bounced_later: report.reported.bounces(),
            complained: report.reported.complained,
        }
    }
}

/// The reports of all campaigns of which anything was sent, newest first.
#[utoipa::path(get, path = "/api/v1/reports/campaigns", tag = "reports", params(Cursor),
    responses((status = 200, body = Paged<ReportView>)))]
pub(crate) async fn index(
    State(app): State<App>,
    Who(ctx): Who,
    cursor: Cursor,
) -> Result<Json<Paged<ReportView>>, Fail> {
    let before = cursor.key::<i64>()?.unwrap_or(i64::MAX);
    let mut tx = app.read(&ctx, "reports.index").await?;
    let found = super::reports(&mut tx, &ctx, before, i64::from(cursor.limit) + 1).await?;
    Ok(Json(Paged::from_surplus(found, cursor.limit, |report| report.source.as_i64()).map(ReportView::from)))
}

/// The report of a campaign.
#[utoipa::path(get, path = "/api/v1/reports/campaigns/{id}", tag = "reports", params(("id" = String, Path)),
    responses((status = 200, body = ReportView)))]
pub(crate) async fn show(
    State(app): State<App>,
    Who(ctx): Who,
    Segment(id): Segment<CampaignId>,
) -> Result<Json<ReportView>, Fail> {
    let mut tx = app.read(&ctx, "reports.show").await?;
    Ok(Json(super::report(&mut tx, &ctx, id).await?.into()))
}

/// What became of a campaign by mailbox provider, the largest first; other domains together, last.
#[utoipa::path(get, path = "/api/v1/reports/campaigns/{id}/providers", tag = "reports", params(("id" = String, Path)),
    responses((status = 200, body = Vec<Outcome>)))]
pub(crate) async fn providers(
    State(app): State<App>,
    Who(ctx): Who,
    Segment(id): Segment<CampaignId>,
) -> Result<Json<Vec<Outcome>>, Fail> {
    let mut tx = app.read(&ctx, "reports.providers").await?;
    let source = super::report(&mut tx, &ctx, id).await?.source;
    Ok(Json(super::providers(&app, &mut tx, &ctx, source).await?))
}

/// A person behind a number.
#[derive(Serialize, ToSchema)]
pub(crate) struct PersonView {
    /// Their number.
    subject: u32,
    /// Their address; null when they are gone.
    email: Option<String>,
    /// `pending`, `accepted`, `deferred`, `failed`, `skipped`, `unknown`, `unsubscribed`, `bounced` or `complained`.
    state: &'static str,
    /// Why, in words.
    reason: String,
    /// What the relay answered, as codes.
    codes: String,
    /// How often it was tried.
    attempts: i64,
    /// Since when, in microseconds since 1970.
    at: Option<i64>,
}

impl From<Person> for PersonView {
    fn from(person: Person) -> Self {
        let Person { subject, email, state, reason, codes, attempts, at } = person;
        Self { subject: subject.get(), email, state, reason, codes, attempts, at: at.map(|at| at.as_i64()) }
    }
}

/// Which people are wanted.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Wanted {
    /// In this state only.
    #[serde(default)]
    state: String,
    /// For this reason only: a word from `failed_by`, `deferred_by` or `skipped_by`.
    #[serde(default)]
    reason: String,
}

/// The people behind a number, with their addresses. The look is recorded.
#[utoipa::path(get, path = "/api/v1/reports/campaigns/{id}/recipients", tag = "reports",
    params(("id" = String, Path), Wanted, Cursor), responses((status = 200, body = Paged<PersonView>)))]
pub(crate) async fn recipients(
    State(app): State<App>,
    Who(ctx): Who,
    Segment(id): Segment<CampaignId>,
    Params(wanted): Params<Wanted>,
    cursor: Cursor,
) -> Result<Json<Paged<PersonView>>, Fail> {
    let source = super::report(&mut app.read(&ctx, "reports.recipients").await?, &ctx, id).await?.source;
    let group = Group::parse(&wanted.state, &wanted.reason)?;
    let after = cursor.key::<u32>()?.map(SubjectNo::new);
    let page = super::people(&app, &ctx, source, &group, (after, cursor.limit), "api").await?;
    Ok(Json(page.map(PersonView::from)))
}
