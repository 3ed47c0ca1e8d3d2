//! Review, orders, tests and numbers of campaigns, for programs.

use super::api::{CampaignItem, item};
use super::{Act, Ordered, Report, SendTime, depart, file, writing};
use crate::{App, Error};
use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use utoipa::ToSchema;
use waxwing_domain::CampaignId;
use waxwing_http::{ApiJson, Fail, Segment, Who};

/// What a review found.
#[derive(Serialize, ToSchema)]
pub(super) struct ReviewItem {
    /// Whether nothing stands in the way.
    passes: bool,
    /// The version that was looked at.
    version: i64,
    /// Different people on the lists.
    audience: i64,
    /// Those who would get it.
    recipients: i64,
    /// Those who would not, by reason.
    excluded: BTreeMap<String, i64>,
    /// How long it takes at the limits that are set, in seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    seconds: Option<i64>,
    /// Everything found.
    findings: Vec<FindingItem>,
}

/// One finding.
#[derive(Serialize, ToSchema)]
pub(super) struct FindingItem {
    /// `good`, `advice` or `wrong`.
    level: &'static str,
    /// What it is about.
    part: &'static str,
    /// A sentence to act on.
    text: String,
}

/// Looks at a campaign as before sending it.
#[utoipa::path(get, path = "/api/v1/campaigns/{id}/review", operation_id = "campaigns_review", tag = "campaigns",
    params(("id" = String, Path, description = "The campaign's id")),
    responses((status = 200, description = "What was found", body = ReviewItem)))]
pub(super) async fn review(
    Who(ctx): Who,
    State(app): State<App>,
    Segment(id): Segment<CampaignId>,
) -> Result<Json<ReviewItem>, Fail> {
    let review = super::review(&app, &ctx, id).await?;
    let passes = review.passes();
    let findings = review.findings.into_iter();
    let excluded = review.audience.excluded.iter();
    Ok(Json(ReviewItem {
        passes,
        version: review.version,
        audience: review.audience.audience,
        recipients: review.audience.recipients,
        excluded: excluded.map(|(reason, number)| (reason.as_str().to_owned(), *number)).collect(),
        seconds: review.seconds,
        findings: findings.map(|f| FindingItem { level: f.level.as_str(), part: f.part, text: f.text }).collect(),
    }))
}

/// When to send.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct SendInput {
    /// `2026-12-24T09:00` on the clocks of `zone`; absent for now, without time to take it back.
    time: Option<String>,
    /// An IANA zone; UTC where absent.
    zone: Option<String>,
}

/// Sends a draft now or at a time, after a review that finds nothing in the way. Where it needs a second
/// person it stays a draft, and `waits_for` names the request; after their yes it goes by itself.
#[utoipa::path(post, path = "/api/v1/campaigns/{id}/send", operation_id = "campaigns_send", tag = "campaigns", request_body = SendInput,
    params(("id" = String, Path, description = "The campaign's id")),
    responses((status = 200, description = "The campaign", body = CampaignItem),
        (status = 409, description = "Something stands in the way; all of it is named")))]
pub(super) async fn send(
    Who(ctx): Who,
    State(app): State<App>,
    Segment(id): Segment<CampaignId>,
    ApiJson(input): ApiJson<SendInput>,
) -> Result<Json<CampaignItem>, Fail> {
    let proof = super::review(&app, &ctx, id).await?.passed()?;
    match input.time {
        // What waits stands in the answer.
        None => {
            let _: Ordered<_> = depart::start_now(&app, &ctx, &proof).await?;
        }
        Some(time) => {
            let zone = input.zone.unwrap_or_else(|| "UTC".to_owned());
            let time = SendTime::parse(&time, &zone)?;
            let mut tx = app.begin(&ctx, "campaigns.schedule").await?;
            let _: Ordered<_> = depart::schedule(&app, &mut tx, &ctx, &proof, time).await?;
            tx.commit().await.map_err(Error::from)?;
        }
    }
    let mut tx = app.read(&ctx, "campaigns.get").await?;
    Ok(item(&mut tx, &ctx, id).await?)
}

/// What to do.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ActInput {
    /// `take_back`, `pause`, `resume`, `cancel`, `again_failed` or `again_unknown`.
    act: String,
    /// The campaign's `pass` when you looked: with it, sending again is done once, however often it is asked for.
    pass: Option<i64>,
}

/// Takes back, pauses, resumes, cancels, or sends again to failed or unknown.
#[utoipa::path(post, path = "/api/v1/campaigns/{id}/act", operation_id = "campaigns_act", tag = "campaigns", request_body = ActInput,
    params(("id" = String, Path, description = "The campaign's id")),
    responses((status = 200, description = "The campaign", body = CampaignItem)))]
pub(super) async fn act(
    Who(ctx): Who,
    State(app): State<App>,
    Segment(id): Segment<CampaignId>,
    ApiJson(input): ApiJson<ActInput>,
) -> Result<Json<CampaignItem>, Fail> {
    let mut tx = app.begin(&ctx, "campaigns.act").await?;
    let act = match input.act.as_str() {
        "take_back" => None,
        "pause" => Some(Act::Pause),
        "resume" => Some(Act::Resume),
        "cancel" => Some(Act::Cancel),
        "again_failed" => Some(Act::AgainFailed),
        "again_unknown" => Some(Act::AgainUnknown),
        _ => {
            return Err(Fail::invalid(
                "act",
                "must be take_back, pause, resume, cancel, again_failed or again_unknown",
            ));
        }
    };
    match act {
        None => super::take_back(&app, &mut tx, &ctx, id).await?,
        Some(act) => drop(super::act(&app, &mut tx, &ctx, id, act, input.pass).await?),
    }
    let answer = item(&mut tx, &ctx, id).await?;
    tx.commit().await.map_err(Error::from)?;
    Ok(answer)
}

/// A test message.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct TestInput {
    /// To whom.
    to: String,
    /// With whose data: a person's number or whole address, which is recorded; absent for a made-up person.
    #[serde(default)]
    person: String,
}

/// What became of a test message.
#[derive(Serialize, ToSchema)]
pub(super) struct TestItem {
    /// What the relay said.
    answer: String,
}

/// Sends the draft to one address.
#[utoipa::path(post, path = "/api/v1/campaigns/{id}/test", operation_id = "campaigns_test", tag = "campaigns", request_body = TestInput,
    params(("id" = String, Path, description = "The campaign's id")),
    responses((status = 200, description = "What the relay said", body = TestItem)))]
pub(super) async fn test(
    Who(ctx): Who,
    State(app): State<App>,
    Segment(id): Segment<CampaignId>,
    ApiJson(input): ApiJson<TestInput>,
) -> Result<Json<TestItem>, Fail> {
    let answer = writing::send_test(&app, &ctx, id, &input.to, &input.person).await?;
    Ok(Json(TestItem { answer }))
}

/// What became of a campaign, in numbers.
#[utoipa::path(get, path = "/api/v1/campaigns/{id}/report", operation_id = "campaigns_report", tag = "campaigns",
    params(("id" = String, Path, description = "The campaign's id")),
    responses((status = 200, description = "The numbers", body = Report)))]
pub(super) async fn report(
    Who(ctx): Who,
    State(app): State<App>,
    Segment(id): Segment<CampaignId>,
) -> Result<Json<Report>, Fail> {
    let mut tx = app.read(&ctx, "campaigns.report").await?;
    Ok(Json(file::report(&mut tx, &ctx, id).await?))
}
