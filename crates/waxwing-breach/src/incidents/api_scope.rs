//! What a case reaches, for programs: its window, and who was touched.

use super::Counted;
use super::api::look;
use super::forms::moment;
use crate::blast::Summary;
use axum::Json;
use axum::extract::State;
use http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use waxwing_app::{App, Error};
use waxwing_domain::IncidentId;
use waxwing_http::{ApiJson, Fail, Segment, Who};

/// When it may have gone on.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CaseWindow {
    /// Since when (RFC 3339).
    from: String,
    /// Until when; it goes on, or nobody knows, where it is left out.
    #[serde(default)]
    until: Option<String>,
}

/// Says from when to when it may have gone on.
#[utoipa::path(put, path = "/api/v1/incidents/{id}/window", tag = "incidents", operation_id = "incidents_window", params(("id" = String, Path)), request_body = CaseWindow, responses((status = 204)))]
pub(crate) async fn window(
    State(app): State<App>,
    Who(ctx): Who,
    Segment(id): Segment<IncidentId>,
    ApiJson(body): ApiJson<CaseWindow>,
) -> Result<StatusCode, Fail> {
    let from = moment("from", &body.from, "UTC", ctx.now())?.0;
    let until = body.until.map(|text| moment("until", &text, "UTC", ctx.now())).transpose()?.map(|(at, _)| at);
    let mut tx = app.begin(&ctx, "incidents.window").await?;
    super::set_window(&app, &mut tx, &ctx, id, (from, until)).await?;
    tx.commit().await.map_err(Error::from)?;
    Ok(StatusCode::NO_CONTENT)
}

/// A frozen answer that a count rests on.
#[derive(Serialize, ToSchema)]
pub(crate) struct CitedAnswer {
    /// Its number.
    id: String,
    /// Whose acts were asked for.
    who: String,
    /// SHA-256 of the answer, in hexadecimal.
    hash: String,
}

/// How many people of a place.
#[derive(Serialize, ToSchema)]
pub(crate) struct PlaceOfPeople {
    /// ISO 3166: `FR`, `US-CA`.
    code: String,
    /// Confirmed.
    confirmed: u64,
    /// Possible, and not confirmed.
    possible: u64,
}

/// The people of a case's frozen answers, counted together.
#[derive(Serialize, ToSchema)]
pub(crate) struct CaseCount {
    /// Counts from 1.
    number: i64,
    /// When it was counted (RFC 3339).
    at: String,
    /// The answers that it rests on.
    answers: Vec<CitedAnswer>,
    /// The numbers.
    summary: Summary,
    /// By place, most first.
    places: Vec<PlaceOfPeople>,
    /// Of how many it is not known where they live.
    place_unknown: u64,
}

impl From<Counted> for CaseCount {
    fn from(counted: Counted) -> Self {
        let answer = |one: super::Cited| CitedAnswer { id: one.id.to_string(), who: one.who, hash: one.hash };
        let place =
            |one: super::PlaceCount| PlaceOfPeople { code: one.code, confirmed: one.confirmed, possible: one.possible };
        Self {
            number: counted.number,
            at: counted.at.to_string(),
            answers: counted.cited.into_iter().map(answer).collect(),
            summary: counted.summary,
            places: counted.places.into_iter().map(place).collect(),
            place_unknown: counted.elsewhere.0 + counted.elsewhere.1,
        }
    }
}

/// The newest count of who was touched.
#[utoipa::path(get, path = "/api/v1/incidents/{id}/radius", tag = "incidents", operation_id = "incidents_counted", params(("id" = String, Path)), responses((status = 200, body = CaseCount)))]
pub(crate) async fn counted(
    State(app): State<App>,
    Who(ctx): Who,
    Segment(id): Segment<IncidentId>,
) -> Result<Json<CaseCount>, Fail> {
    look(&app, &ctx, id, "incidents.counted").await?;
    let mut tx = app.read(&ctx, "incidents.counted").await?;
    let counted = super::counted(&app, &mut tx, &ctx, id).await?.ok_or(Fail::NotFound)?;
    Ok(Json(counted.into()))
}

/// Asks the record for everything that the case names and has not cleared, freezes the answers and counts.
#[utoipa::path(post, path = "/api/v1/incidents/{id}/radius", tag = "incidents", operation_id = "incidents_freeze", params(("id" = String, Path)), responses((status = 201, body = CaseCount)))]
pub(crate) async fn freeze(
    State(app): State<App>,
    Who(ctx): Who,
    Segment(id): Segment<IncidentId>,
) -> Result<(StatusCode, Json<CaseCount>), Fail> {
    let counted = super::freeze_radius(&app, &ctx, id).await?;
    Ok((StatusCode::CREATED, Json(counted.into())))
}

/// A frozen answer to be counted with the others.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CaseKeep {
    /// Its number.
    answer: String,
}

/// Takes an answer that was frozen elsewhere into the case, and counts anew.
#[utoipa::path(post, path = "/api/v1/incidents/{id}/radius/keep", tag = "incidents", operation_id = "incidents_keep", params(("id" = String, Path)), request_body = CaseKeep, responses((status = 201, body = CaseCount)))]
pub(crate) async fn keep(
    State(app): State<App>,
    Who(ctx): Who,
    Segment(id): Segment<IncidentId>,
    ApiJson(body): ApiJson<CaseKeep>,
) -> Result<(StatusCode, Json<CaseCount>), Fail> {
    let answer = body.answer.parse().map_err(|_| Fail::invalid("answer", "That is no number."))?;
    let counted = super::keep_radius(&app, &ctx, id, answer).await?;
    Ok((StatusCode::CREATED, Json(counted.into())))
}
