//! Containment for programs: they see what is contained, and contain credentials and sources. People
//! contain workspaces, and only people release and reinstate, with a fresh proof: no key is given that right.

use super::{InCase, Order, Renewal, Scope, Standing, points, since};
use axum::Json;
use axum::extract::State;
use http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use waxwing_app::alerts::{self, Alert};
use waxwing_app::{App, Error};
use waxwing_domain::{Action, ContainmentId, Ctx, Micros, Thing};
use waxwing_http::{ApiJson, Fail, Problem, Segment, Who};

/// How the workspace stands.
#[derive(Serialize, ToSchema)]
pub(crate) struct ContainmentOverview {
    /// `normal`, `watch`, `held` or `contained`.
    level: &'static str,
    /// What is contained now, the newest first.
    open: Vec<ContainmentView>,
    /// What was contained and is released, the newest first; at most twenty.
    past: Vec<ContainmentView>,
    /// What is shut alone, as `kind:id`.
    shut: Vec<String>,
    /// What a person sees to before each of `shut` comes back.
    checklists: Vec<ContainmentChecklist>,
}

/// What a person sees to before something comes back.
#[derive(Serialize, ToSchema)]
pub(crate) struct ContainmentChecklist {
    /// What is shut, as `kind:id`.
    thing: String,
    /// The points, each with its word.
    points: Vec<ContainmentPoint>,
}

/// A point of a checklist.
#[derive(Serialize, ToSchema)]
pub(crate) struct ContainmentPoint {
    /// The stable word.
    word: &'static str,
    /// What whoever ticks it says.
    text: &'static str,
}

/// Something that a containment left to people to renew.
#[derive(Serialize, ToSchema)]
pub(crate) struct ContainmentRenewal {
    /// A relay, a sending domain or a webhook, as `kind:id`.
    thing: String,
    /// What is to be done.
    title: String,
    /// How.
    how: &'static str,
    /// Whether its login, keys or secret are younger than the containment.
    done: bool,
    /// The task of the case, where it has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    task: Option<String>,
}

impl From<Renewal> for ContainmentRenewal {
    fn from(one: Renewal) -> Self {
        Self {
            thing: Scope::One(one.thing).to_text(),
            title: one.title(),
            how: one.how(),
            done: one.is_done(),
            task: one.task.map(|task| task.to_string()),
        }
    }
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
    /// Since when something may have been wrong (RFC 3339).
    suspected_from: String,
    /// Milliseconds until no older reading could be acted on.
    effective_in_ms: Option<i64>,
    /// When it was released (RFC 3339); absent while it is contained.
    #[serde(skip_serializing_if = "Option::is_none")]
    released_at: Option<String>,
    /// The names of those who may release it; nobody but the host where empty.
    releasers: Vec<String>,
    /// What is cleaned up.
    steps: Vec<ContainmentStep>,
    /// What was changed in the window, in words, to be looked at. Of a contained workspace: until the release strangers
    /// read what stood before. Of a person or a key: relays, templates and campaigns that they made or changed; the relays
    /// are shut, and campaigns are held.
    changed: Vec<String>,
    /// What is left to people to renew.
    renewals: Vec<ContainmentRenewal>,
}

/// A step of a containment.
#[derive(Serialize, ToSchema)]
pub(crate) struct ContainmentStep {
    /// Which: `sessions`, `api_keys`, `passwords`, `webhooks`, `epoch`,
    /// `reseal_secrets`, `reseal_people`, `links`, `relays`, `dkim`, `snapshot` or `hold`.
    step: &'static str,
    /// `waiting`, `done` or `failed`.
    state: &'static str,
    /// How many things it concerned.
    count: i64,
    /// How many things still wait for the job that it ordered; 0 where it has not counted them, absent when
    /// none does.
    #[serde(skip_serializing_if = "Option::is_none")]
    left: Option<i64>,
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
            left: one.left,
            note: one.note,
        };
        Self {
            id: of.id.to_string(),
            scope: of.scope.to_text(),
            name: standing.name,
            reason: of.reason,
            by: standing.by,
            at: of.at.to_string(),
            suspected_from: of.suspected_from.to_string(),
            effective_in_ms: of.effective_in,
            released_at: of.released.map(|(_, at)| at.to_string()),
            releasers: standing.releasers,
            renewals: standing.renewals.into_iter().map(ContainmentRenewal::from).collect(),
            steps: standing.steps.into_iter().map(step).collect(),
            changed: standing.changed.into_iter().map(|one| one.what).collect(),
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
    let checklists = overview.shut.iter().map(|(thing, _)| checklist(*thing)).collect();
    let views = |all: Vec<Standing>| all.into_iter().map(ContainmentView::from).collect();
    let (open, past) = (views(overview.open), views(overview.past));
    Ok(Json(ContainmentOverview { level: overview.level.as_str(), open, past, shut, checklists }))
}

fn checklist(thing: Thing) -> ContainmentChecklist {
    let view = |point: &super::Point| ContainmentPoint { word: point.word, text: point.text };
    ContainmentChecklist { thing: Scope::One(thing).to_text(), points: points(thing).iter().map(view).collect() }
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
    /// The alert that it comes from; it is suspected since the first sign of that, and a new case begins with it.
    alert: Option<String>,
    /// Hours since something may have been wrong; since the first sign of the alert, or 24, when neither this nor
    /// `suspected_from` is given.
    suspected_hours: Option<u16>,
    /// The very moment since when something may have been wrong (RFC 3339), in place of the hours.
    suspected_from: Option<String>,
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

fn suspected_from(body: &ContainmentOrder, alert: Option<&Alert>, now: Micros) -> waxwing_app::Result<Micros> {
    match (&body.suspected_from, body.suspected_hours, alert) {
        (Some(_), Some(_), _) => Err(Error::invalid("suspected_from", "Give a moment or hours, not both.")),
        (Some(moment), None, _) => since(moment, "UTC", now),
        (None, None, Some(alert)) => Ok(alert.since.min(now)),
        (None, hours, _) => Ok(now.plus(-i64::from(hours.unwrap_or(24)) * Micros::HOUR)),
    }
}

async fn of_alert(app: &App, ctx: &Ctx, id: &str) -> Result<Alert, Error> {
    let id = id.parse().map_err(|_| Error::NotFound("alert"))?;
    let mut tx = app.read(ctx, "containment.alert").await?;
    alerts::by_id(&mut tx, ctx, id).await
}

/// Contains an API key, a webhook, a relay or a sending domain. A person contains people and workspaces. No key places a
/// legal hold: whoever shall not be erased meanwhile is held by a person.
#[utoipa::path(post, path = "/api/v1/containment", tag = "containment", operation_id = "containment_contain",
    request_body = ContainmentOrder,
    responses((status = 201, body = ContainmentDone), (status = 403, body = Problem), (status = 404, body = Problem),
        (status = 409, body = Problem), (status = 422, body = Problem)))]
pub(crate) async fn contain(
    State(app): State<App>,
    Who(ctx): Who,
    ApiJson(body): ApiJson<ContainmentOrder>,
) -> Result<(StatusCode, Json<ContainmentDone>), Fail> {
    let alert = match &body.alert {
        Some(id) => Some(of_alert(&app, &ctx, id).await?),
        None => None,
    };
    let suspected_from = suspected_from(&body, alert.as_ref(), ctx.now())?;
    let order = Order { scope: Scope::parse(&body.scope)?, reason: body.reason, suspected_from };
    // Without the right to open a case it is contained all the same.
    let alert = alert.filter(|_| ctx.may(Action::IncidentsWrite));
    let begun = alert.map_or(InCase::ByActor, |alert| InCase::New(Some(alert.id)));
    let case = body.case.map_or(Ok(begun), |case| InCase::parse(&case, ""))?;
    let done = super::contain_in(&app, &ctx, &order, case).await?;
    let (id, case) = (done.id.to_string(), done.case.map(|case| case.to_string()));
    Ok((StatusCode::CREATED, Json(ContainmentDone { id, effective_in_ms: done.effective_in, case })))
}
