//! Alerts for programs.

use super::{Alert, Names, Precision, Subject, Verdict};
use crate::{App, Error};
use axum::Json;
use axum::extract::State;
use http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use waxwing_domain::AlertId;
use waxwing_http::{ApiJson, Cursor, Fail, Paged, Params, Segment, Who};

/// What a detector found.
#[derive(Serialize, ToSchema)]
pub(crate) struct AlertView {
    /// Its id.
    id: String,
    /// When it was raised (RFC 3339).
    at: String,
    /// Which detector: `bounce`, `refusal`, `unsubscribe`, `deferral`; `burst.` or `drift.` with `sent`, `api_reads`,
    /// `exports`, `signups` or `refused`; `login.strange`, `login.stuffing`, `login.enumeration`; `habit`;
    /// `signup.place`, `signup.target`; `swap`; `import.bounce`; `canary`; `clicks`; `key.elsewhere`, `key.bulk`;
    /// `list.bounce`, `list.complaint`.
    detector: &'static str,
    /// The campaign it is about.
    campaign: Option<String>,
    /// The person it is about.
    account: Option<String>,
    /// The one thing that it is about: `account`, `api_key`, `webhook`, `relay`, `domain`, `campaign`, `export`, `form`,
    /// `import` or `list`, and an id, as in `api_key:0123456789abc`. The first five can be contained by that text.
    subject: Option<String>,
    /// Kind and name of it.
    subject_name: Option<String>,
    /// When there was the first sign of it (RFC 3339).
    since: String,
    /// What was seen: a share between 0 and 1, a number, or how many times likelier.
    observed: f64,
    /// What was before led to expect.
    expected: f64,
    /// Beyond this it is an alert.
    bound: f64,
    /// On how many messages, hours, days, attempts or campaigns it rests.
    sample: u64,
    /// What contributed most.
    contributors: Vec<AlertPart>,
    /// Why, in sentences.
    why: String,
    /// What to do, in sentences.
    advice: String,
    /// What was done by itself: `none`, `paused`, `stepped_up`, `sessions_ended`, `quarantined`,
    /// `containment_asked`, `containing` or `contained`.
    act: &'static str,
    /// `true`, `false` or `benign`; null until a person said so.
    verdict: Option<&'static str>,
}

/// One part of what was seen.
#[derive(Serialize, ToSchema)]
pub(crate) struct AlertPart {
    /// A cause, a mailbox provider, or kind and name of a thing.
    label: String,
    /// How many of what was observed it stands for.
    count: u64,
    /// The thing that it is, as in `subject`.
    thing: Option<String>,
}

impl AlertView {
    fn of(alert: Alert, names: &Names) -> Self {
        let subject_name = alert.subject.map(|subject| names.titled(subject));
        let part = |one: waxwing_detect::Contributor| AlertPart {
            label: names.label(&one),
            count: one.count,
            thing: one.thing,
        };
        let finding = alert.finding;
        Self {
            id: alert.id.to_string(),
            at: alert.at.to_string(),
            detector: alert.detector.as_str(),
            campaign: alert.campaign.map(|id| id.to_string()),
            account: alert.account.map(|id| id.to_string()),
            subject: alert.subject.map(Subject::to_text),
            subject_name,
            since: alert.since.to_string(),
            observed: finding.observed,
            expected: finding.expected,
            bound: finding.bound,
            sample: finding.sample,
            contributors: finding.contributors.into_iter().map(part).collect(),
            why: finding.why,
            advice: finding.advice,
            act: alert.act.as_str(),
            verdict: alert.verdict.map(Verdict::as_str),
        }
    }
}

/// How a detector did, by the verdicts of people.
#[derive(Serialize, ToSchema)]
pub(crate) struct PrecisionView {
    /// The detector.
    detector: &'static str,
    /// Alerts that were right.
    right: i64,
    /// Alerts that were wrong.
    wrong: i64,
    /// Alerts that saw something real that was meant to be so.
    benign: i64,
    /// Alerts without a verdict.
    open: i64,
}

impl From<Precision> for PrecisionView {
    fn from(of: Precision) -> Self {
        Self { detector: of.detector.as_str(), right: of.right, wrong: of.wrong, benign: of.benign, open: of.open }
    }
}

/// Which alerts.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct WhichAlerts {
    /// `open` (nobody has judged it), `judged` or `all`; all unless given.
    #[serde(default)]
    state: String,
    /// Those of one detector.
    #[serde(default)]
    detector: String,
}

/// What the detectors found, newest first.
#[utoipa::path(get, path = "/api/v1/alerts", tag = "alerts", params(WhichAlerts, Cursor), responses((status = 200, body = Paged<AlertView>)))]
pub(crate) async fn index(
    State(app): State<App>,
    Who(ctx): Who,
    Params(which): Params<WhichAlerts>,
    cursor: Cursor,
) -> Result<Json<Paged<AlertView>>, Fail> {
    let filter = super::pages::filter(&which.state, &which.detector)?;
    let mut tx = app.read(&ctx, "alerts.index").await?;
    let found = super::page(&mut tx, &ctx, filter, cursor.key()?, i64::from(cursor.limit) + 1).await?;
    let names = Names::of(&app, &mut tx, &ctx, &found).await?;
    Ok(Json(Paged::from_surplus(found, cursor.limit, |alert| alert.id).map(|alert| AlertView::of(alert, &names))))
}

/// One alert.
#[utoipa::path(get, path = "/api/v1/alerts/{id}", tag = "alerts", params(("id" = String, Path)), responses((status = 200, body = AlertView)))]
pub(crate) async fn show(
    State(app): State<App>,
    Who(ctx): Who,
    Segment(id): Segment<AlertId>,
) -> Result<Json<AlertView>, Fail> {
    let mut tx = app.read(&ctx, "alerts.show").await?;
    let alert = super::by_id(&mut tx, &ctx, id).await?;
    let names = Names::of(&app, &mut tx, &ctx, std::slice::from_ref(&alert)).await?;
    Ok(Json(AlertView::of(alert, &names)))
}

/// How often each detector was right, by the verdicts of people.
#[utoipa::path(get, path = "/api/v1/alerts/precision", tag = "alerts", operation_id = "alerts_precision", responses((status = 200, body = Vec<PrecisionView>)))]
pub(crate) async fn precision(State(app): State<App>, Who(ctx): Who) -> Result<Json<Vec<PrecisionView>>, Fail> {
    let mut tx = app.read(&ctx, "alerts.precision").await?;
    Ok(Json(super::precision(&mut tx, &ctx).await?.into_iter().map(PrecisionView::from).collect()))
}

/// What a person says of an alert.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AlertVerdict {
    /// `true` (it was right), `false` (it was wrong) or `benign` (real, and meant to be so).
    verdict: String,
}

/// Says whether an alert was right.
#[utoipa::path(post, path = "/api/v1/alerts/{id}/verdict", tag = "alerts", params(("id" = String, Path)), request_body = AlertVerdict, responses((status = 204)))]
pub(crate) async fn judge(
    State(app): State<App>,
    Who(ctx): Who,
    Segment(id): Segment<AlertId>,
    ApiJson(input): ApiJson<AlertVerdict>,
) -> Result<StatusCode, Fail> {
    let verdict = super::pages::verdict(&input.verdict)?;
    let mut tx = app.begin(&ctx, "alerts.judge").await?;
    super::judge(&app, &mut tx, &ctx, id, verdict).await?;
    tx.commit().await.map_err(Error::from)?;
    Ok(StatusCode::NO_CONTENT)
}

/// What a person says of several alerts.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AlertVerdicts {
    /// Which, at most 500; all of them are judged, or none.
    alerts: Vec<String>,
    /// `true` (they were right), `false` (they were wrong) or `benign` (real, and meant to be so).
    verdict: String,
}

/// Says the same of several alerts.
#[utoipa::path(post, path = "/api/v1/alerts/verdicts", tag = "alerts", operation_id = "alerts_judge_many", request_body = AlertVerdicts, responses((status = 204)))]
pub(crate) async fn judge_many(
    State(app): State<App>,
    Who(ctx): Who,
    ApiJson(input): ApiJson<AlertVerdicts>,
) -> Result<StatusCode, Fail> {
    let verdict = super::pages::verdict(&input.verdict)?;
    let ids = input.alerts.iter().map(|id| id.parse()).collect::<Result<Vec<AlertId>, _>>();
    let ids = ids.map_err(|_| Error::NotFound("alert"))?;
    let mut tx = app.begin(&ctx, "alerts.judge").await?;
    super::judge_many(&app, &mut tx, &ctx, &ids, verdict).await?;
    tx.commit().await.map_err(Error::from)?;
    Ok(StatusCode::NO_CONTENT)
}
