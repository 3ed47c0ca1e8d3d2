//! The timeline and the indicators of a case, for programs.

use super::api::look;
use super::forms::{moment, word};
use super::words::{Category, IndicatorKind, Tlp};
use super::{Indicator, IndicatorFormat, Line, NewIndicator, NewLine};
use axum::Json;
use axum::extract::State;
use axum::response::Response;
use http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use waxwing_app::{App, Error};
use waxwing_domain::IncidentId;
use waxwing_http::{ApiJson, Fail, Segment, Who, download};

/// A line of a timeline.
#[derive(Serialize, ToSchema)]
pub(crate) struct CaseLine {
    /// Its id.
    id: String,
    /// When it happened (RFC 3339).
    at: String,
    /// The zone that it was said in.
    zone: String,
    /// What it is about: a tactic of MITRE ATT&CK, or `detection`, `response`, `communication`, `decision`, `note`.
    category: &'static str,
    /// `machine` where it comes from the access record, else `human`.
    source: &'static str,
    /// The entry of the access record, once it is numbered.
    entry: Option<i64>,
    /// The line that it corrects.
    corrects: Option<String>,
    /// When it was written.
    noted_at: String,
    /// What happened.
    text: String,
    /// Where that is known from.
    known_from: String,
}

impl From<Line> for CaseLine {
    fn from(line: Line) -> Self {
        Self {
            id: line.id.to_string(),
            at: line.at.to_string(),
            category: line.category.as_str(),
            source: if line.is_machine() { "machine" } else { "human" },
            entry: line.index,
            corrects: line.corrects.map(|id| id.to_string()),
            noted_at: line.noted_at.to_string(),
            zone: line.zone,
            text: line.text,
            known_from: line.source,
        }
    }
}

/// The timeline of a case, the first line first.
#[utoipa::path(get, path = "/api/v1/incidents/{id}/timeline", tag = "incidents", operation_id = "incidents_timeline", params(("id" = String, Path)), responses((status = 200, body = Vec<CaseLine>)))]
pub(crate) async fn timeline(
    State(app): State<App>,
    Who(ctx): Who,
    Segment(id): Segment<IncidentId>,
) -> Result<Json<Vec<CaseLine>>, Fail> {
    look(&app, &ctx, id, "incidents.timeline").await?;
    let mut tx = app.read(&ctx, "incidents.timeline").await?;
    let lines = super::lines(&app, &mut tx, &ctx, id).await?;
    Ok(Json(lines.into_iter().map(CaseLine::from).collect()))
}

/// A line to be written.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CaseLineInput {
    /// When it happened (RFC 3339, or a wall clock of `zone`); now unless given.
    #[serde(default)]
    at: String,
    /// A zone such as `Europe/Berlin`; UTC unless given.
    #[serde(default)]
    zone: String,
    /// What it is about.
    category: String,
    /// Where that is known from.
    #[serde(default)]
    known_from: String,
    /// What happened; sealed at rest.
    text: String,
    /// The line that it corrects.
    #[serde(default)]
    corrects: Option<String>,
}

/// Writes a line on the timeline. Nothing there can be changed; a later line may correct it.
#[utoipa::path(post, path = "/api/v1/incidents/{id}/timeline", tag = "incidents", operation_id = "incidents_note", params(("id" = String, Path)), request_body = CaseLineInput, responses((status = 204)))]
pub(crate) async fn note(
    State(app): State<App>,
    Who(ctx): Who,
    Segment(id): Segment<IncidentId>,
    ApiJson(input): ApiJson<CaseLineInput>,
) -> Result<StatusCode, Fail> {
    let (at, zone) = moment("at", &input.at, &input.zone, ctx.now())?;
    let category = word("category", &input.category, Category::parse)?;
    let corrects = input.corrects.map(|id| id.parse()).transpose().map_err(|_| Error::NotFound("line"))?;
    let mut tx = app.begin(&ctx, "incidents.note").await?;
    let new = NewLine { at, zone, category, source: input.known_from, text: input.text, corrects };
    super::note(&app, &mut tx, &ctx, id, new).await?;
    tx.commit().await.map_err(Error::from)?;
    Ok(StatusCode::NO_CONTENT)
}

/// An entry of the access record, to be put on the timeline.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CasePin {
    /// Its place in the log.
    entry: i64,
    /// What it is about.
    category: String,
}

/// Puts an entry of the access record on the timeline.
#[utoipa::path(post, path = "/api/v1/incidents/{id}/timeline/entry", tag = "incidents", operation_id = "incidents_pin", params(("id" = String, Path)), request_body = CasePin, responses((status = 204)))]
pub(crate) async fn pin(
    State(app): State<App>,
    Who(ctx): Who,
    Segment(id): Segment<IncidentId>,
    ApiJson(body): ApiJson<CasePin>,
) -> Result<StatusCode, Fail> {
    let category = word("category", &body.category, Category::parse)?;
    let mut tx = app.begin(&ctx, "incidents.pin").await?;
    super::pin(&app, &mut tx, &ctx, id, body.entry, category).await?;
    tx.commit().await.map_err(Error::from)?;
    Ok(StatusCode::NO_CONTENT)
}

/// What others can look for.
#[derive(Serialize, ToSchema)]
pub(crate) struct CaseIndicator {
    /// Its id.
    id: String,
    /// `address`, `domain`, `url`, `email`, `sha256` or `user_agent`.
    kind: &'static str,
    /// The value.
    value: String,
    /// Who may be told: `clear`, `green`, `amber` or `red` (TLP 2.0).
    tlp: &'static str,
    /// When it was first seen (RFC 3339).
    first_seen: String,
    /// When it was last seen.
    last_seen: String,
}

impl From<Indicator> for CaseIndicator {
    fn from(one: Indicator) -> Self {
        Self {
            id: one.id.to_string(),
            kind: one.kind.as_str(),
            value: one.value,
            tlp: one.tlp.as_str(),
            first_seen: one.first_seen.to_string(),
            last_seen: one.last_seen.to_string(),
        }
    }
}

/// The indicators of a case.
#[utoipa::path(get, path = "/api/v1/incidents/{id}/indicators", tag = "incidents", operation_id = "incidents_indicators", params(("id" = String, Path)), responses((status = 200, body = Vec<CaseIndicator>)))]
pub(crate) async fn indicators(
    State(app): State<App>,
    Who(ctx): Who,
    Segment(id): Segment<IncidentId>,
) -> Result<Json<Vec<CaseIndicator>>, Fail> {
    look(&app, &ctx, id, "incidents.indicators").await?;
    let mut tx = app.read(&ctx, "incidents.indicators").await?;
    let found = super::indicators(&app, &mut tx, &ctx, id).await?;
    Ok(Json(found.into_iter().map(CaseIndicator::from).collect()))
}

/// An indicator to be noted.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CaseIndicatorInput {
    /// `address`, `domain`, `url`, `email`, `sha256` or `user_agent`.
    kind: String,
    /// The value; sealed at rest.
    value: String,
    /// `clear`, `green`, `amber` or `red`.
    tlp: String,
    /// When it was first seen (RFC 3339); as last seen unless given.
    #[serde(default)]
    first_seen: String,
    /// When it was last seen; now unless given.
    #[serde(default)]
    last_seen: String,
}

/// Notes an indicator.
#[utoipa::path(post, path = "/api/v1/incidents/{id}/indicators", tag = "incidents", operation_id = "incidents_note_indicator", params(("id" = String, Path)), request_body = CaseIndicatorInput, responses((status = 204)))]
pub(crate) async fn note_indicator(
    State(app): State<App>,
    Who(ctx): Who,
    Segment(id): Segment<IncidentId>,
    ApiJson(input): ApiJson<CaseIndicatorInput>,
) -> Result<StatusCode, Fail> {
    let last = moment("last_seen", &input.last_seen, "UTC", ctx.now())?.0;
    let first = moment("first_seen", &input.first_seen, "UTC", last)?.0;
    let new = NewIndicator {
        kind: word("kind", &input.kind, IndicatorKind::parse)?,
        value: input.value,
        tlp: word("tlp", &input.tlp, Tlp::parse)?,
        seen: (first, last),
    };
    let mut tx = app.begin(&ctx, "incidents.add_indicator").await?;
    super::note_indicator(&app, &mut tx, &ctx, id, new).await?;
    tx.commit().await.map_err(Error::from)?;
    Ok(StatusCode::NO_CONTENT)
}

/// What came of a bundle.
#[derive(Serialize, ToSchema)]
pub(crate) struct BundleTaken {
    /// Indicators that the case has now and had not before.
    taken: usize,
    /// Objects that were left out: no indicators, more than one comparison, or known already.
    left_out: usize,
}

/// Takes in the indicators of a bundle of STIX 2.1, which is the body. Nothing that it names is fetched.
#[utoipa::path(post, path = "/api/v1/incidents/{id}/indicators/bundle", tag = "incidents", operation_id = "incidents_take_indicators", params(("id" = String, Path)), request_body = Object, responses((status = 200, body = BundleTaken)))]
pub(crate) async fn take_in(
    State(app): State<App>,
    Who(ctx): Who,
    Segment(id): Segment<IncidentId>,
    ApiJson(bundle): ApiJson<serde_json::Value>,
) -> Result<Json<BundleTaken>, Fail> {
    let mut tx = app.begin(&ctx, "incidents.take_indicators").await?;
    let came = super::take_in_indicators(&app, &mut tx, &ctx, id, &bundle.to_string()).await?;
    tx.commit().await.map_err(Error::from)?;
    Ok(Json(BundleTaken { taken: came.taken, left_out: came.left_out }))
}

/// Which indicators are handed out, and how.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CaseHandOut {
    /// `stix` or `csv`.
    format: String,
    /// As far as these may be told: `clear`, `green`, `amber` or `red`.
    tlp: String,
}

/// Hands out the indicators that may be told so far. That they left is on the record and the timeline.
#[utoipa::path(post, path = "/api/v1/incidents/{id}/indicators/export", tag = "incidents", operation_id = "incidents_export_indicators", params(("id" = String, Path)), request_body = CaseHandOut, responses((status = 200, description = "STIX 2.1 or CSV", content((String = "application/stix+json;version=2.1"), (String = "text/csv; charset=utf-8")))))]
pub(crate) async fn hand_out(
    State(app): State<App>,
    Who(ctx): Who,
    Segment(id): Segment<IncidentId>,
    ApiJson(body): ApiJson<CaseHandOut>,
) -> Result<Response, Fail> {
    let format = word("format", &body.format, IndicatorFormat::parse)?;
    let most = word("tlp", &body.tlp, Tlp::parse)?;
    let mut tx = app.begin(&ctx, "incidents.export_indicators").await?;
    let text = super::hand_out(&app, &mut tx, &ctx, id, (format, most)).await?;
    tx.commit().await.map_err(Error::from)?;
    let (media, ending) = format.file();
    Ok(download(&format!("indicators-{id}.{ending}"), media, text))
}
