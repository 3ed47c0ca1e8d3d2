//! Containment for programs: they see what is contained, and contain credentials and sources. People
//! contain workspaces, and only people release.

use super::{InCase, Order, Scope, Standing};
use axum::Json;
use axum::extract::State;
use http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use waxwing_app::App;
use waxwing_domain::ContainmentId;
use waxwing_http::{ApiJson, Fail, Problem, Segment, Who};

/// How the workspace stands.
#[derive(Serialize, ToSchema)]
pub(crate) struct ContainmentOverview {
    /// `normal`, `watch`, `held` or `contained`.
    level: &'static str,
    /// What is contained now, the newest first.
    open: Vec<ContainmentView>,
    /// What is shut alone, as `kind:id`.
    shut: Vec<String>,
}

/// Something that is contained.
#[derive(Serialize, ToSchema)]
pub(crate) struct ContainmentView {
    /// Its id.
    id: String,
    /// `workspace`, or a kind and an id: `api_key:0123456789abc`.
    scope: String,
    /// What people call it.
    name: String,
    /// Why.
    reason: String,
    /// Who contained it.
    by: String,
    /// When (RFC 3339).
    at: String,
    /// Milliseconds until no older reading could be acted on.
    effective_in_ms: Option<i64>,
    /// What is cleaned up.
    steps: Vec<ContainmentStep>,
}

/// A step of a containment.
#[derive(Serialize, ToSchema)]
pub(crate) struct ContainmentStep {
    /// Which: `sessions`, `api_keys`, `passwords`, `webhooks`, `epoch`, `relays` or `dkim`.
    step: &'static str,
    /// `waiting`, `done` or `failed`.
    state: &'static str,
    /// How many things it concerned.
    count: i64,
    /// What to know or do.
    note: String,
}

impl From<Standing> for ContainmentView {
    fn from(standing: Standing) -> Self {
        let of = standing.containment;
        let step = |one: super::Progress| ContainmentStep {
            step: one.step.as_str(),
            state: one.state.as_str(),
            count: one.count,
            note: one.note,
        };
        Self {
            id: of.id.to_string(),
            scope: of.scope.to_text(),
            name: standing.name,
            reason: of.reason,
            by: standing.by,
            at: of.at.to_string(),
            effective_in_ms: of.effective_in,
            steps: standing.steps.into_iter().map(step).collect(),
        }
    }
}

/// What is contained, by whom and why.
#[utoipa::path(get, path = "/api/v1/containment", tag = "containment", operation_id = "containment_index",
    responses((status = 200, body = ContainmentOverview), (status = 403, body = Problem)))]
pub(crate) async fn index(State(app): State<App>, Who(ctx): Who) -> Result<Json<ContainmentOverview>, Fail> {
    let mut tx = app.read(&ctx, "containment.index").await?;
    let overview = super::overview(&app, &mut tx, &ctx).await?;
    let shut = overview.shut.iter().map(|(thing, _)| Scope::One(*thing).to_text()).collect();
    let open = overview.open.into_iter().map(ContainmentView::from).collect();
    Ok(Json(ContainmentOverview { level: overview.level.as_str(), open, shut }))
}

/// How the system was set when something was contained.
#[derive(Serialize, ToSchema)]
pub(crate) struct ContainmentSnapshot {
    /// When it was taken (RFC 3339).
    taken_at: String,
    /// SHA-256 of `body`, in hexadecimal; it stands in the access record too.
    sha256: String,
    /// JSON: the record's signed head, versions, and the configuration without secrets.
    body: String,
}

/// What was kept when something was contained.
#[utoipa::path(get, path = "/api/v1/containment/{id}/snapshot", tag = "containment", operation_id = "containment_snapshot",
    params(("id" = String, Path, description = "The containment")),
    responses((status = 200, body = ContainmentSnapshot), (status = 403, body = Problem), (status = 404, body = Problem)))]
pub(crate) async fn snapshot(
    State(app): State<App>,
    Who(ctx): Who,
    Segment(id): Segment<ContainmentId>,
) -> Result<Json<ContainmentSnapshot>, Fail> {
    let mut tx = app.read(&ctx, "containment.snapshot").await?;
    let kept = super::snapshot(&mut tx, &ctx, id).await?;
    let (taken_at, sha256) = (kept.taken_at.to_string(), kept.hash_hex());
    Ok(Json(ContainmentSnapshot { taken_at, sha256, body: kept.body }))
}

/// What is to be contained.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ContainmentOrder {
    /// A kind and an id: `api_key:0123456789abc`, `webhook:…`, `relay:…` or `domain:…`.
    scope: String,
    /// Why; stands in the record. At most 500 characters.
    reason: String,
    /// Hours since something may have been wrong; 24 when not given.
    suspected_hours: Option<u16>,
    /// The number of a case to join, or empty for none; a new suspicion is opened when not given.
    case: Option<String>,
}

/// That it is done.
#[derive(Serialize, ToSchema)]
pub(crate) struct ContainmentDone {
    /// The containment's id.
    id: String,
    /// Milliseconds until no older reading could be acted on.
    effective_in_ms: i64,
    /// The case that it is part of.
    case: Option<String>,
}

/// Contains an API key, a webhook, a relay or a sending domain. A person contains people and workspaces.
#[utoipa::path(post, path = "/api/v1/containment", tag = "containment", operation_id = "containment_contain",
    request_body = ContainmentOrder,
    responses((status = 201, body = ContainmentDone), (status = 403, body = Problem), (status = 404, body = Problem),
        (status = 409, body = Problem), (status = 422, body = Problem)))]
pub(crate) async fn contain(
    State(app): State<App>,
    Who(ctx): Who,
    ApiJson(body): ApiJson<ContainmentOrder>,
) -> Result<(StatusCode, Json<ContainmentDone>), Fail> {
    let hours = i64::from(body.suspected_hours.unwrap_or(24));
    let suspected_from = ctx.now().plus(-hours * waxwing_domain::Micros::HOUR);
    let order = Order { scope: Scope::parse(&body.scope)?, reason: body.reason, suspected_from };
    let case = body.case.map_or(Ok(InCase::ByActor), |case| InCase::parse(&case, ""))?;
    let done = super::contain_in(&app, &ctx, &order, case).await?;
    let (id, case) = (done.id.to_string(), done.case.map(|case| case.to_string()));
    Ok((StatusCode::CREATED, Json(ContainmentDone { id, effective_in_ms: done.effective_in, case })))
}
