//! Webhooks for programs. Address and secret go in and are never given back; a secret is shown once.

use super::{Delivery, Endpoint, State, Wish};
use crate::{App, Error};
use axum::Json;
use axum::extract::State as Shared;
use http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use waxwing_domain::{Action, EventId, ListId, WebhookId};
use waxwing_http::{ApiJson, Cursor, Fail, Paged, Problem, Segment, Who};

/// A webhook.
#[derive(Serialize, ToSchema)]
pub(crate) struct WebhookView {
    /// Its id.
    id: String,
    /// What people call it.
    name: String,
    /// Scheme and host of its address; path and query are not given back.
    origin: String,
    /// What it is told.
    kinds: Vec<&'static str>,
    /// Only events on these lists; every event when empty.
    lists: Vec<String>,
    /// Classes of fields that are sent along.
    grants: Vec<&'static str>,
    /// `on`, `paused` or `disabled`.
    state: &'static str,
    /// Why it was disabled.
    problem: Option<String>,
    /// Since when every attempt failed (RFC 3339).
    failing_since: Option<String>,
    /// Until when the secret before the last rotation signs too (RFC 3339).
    old_secret_until: Option<String>,
}

impl From<Endpoint> for WebhookView {
    fn from(endpoint: Endpoint) -> Self {
        Self {
            id: endpoint.id.to_string(),
            kinds: endpoint.kinds.iter().map(|kind| kind.as_str()).collect(),
            lists: endpoint.lists.iter().map(ToString::to_string).collect(),
            grants: endpoint.grants.iter().map(|class| class.as_str()).collect(),
            state: endpoint.state.as_str(),
            name: endpoint.name,
            origin: endpoint.origin,
            problem: endpoint.problem,
            failing_since: endpoint.failing_since.map(|at| at.to_string()),
            old_secret_until: endpoint.old_until.map(|at| at.to_string()),
        }
    }
}

/// A webhook to be made.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct WebhookCreate {
    /// What people shall call it.
    name: String,
    /// `https://…`, at most 2,048 characters.
    url: String,
    /// What it is told, for example `unsubscribed`.
    kinds: Vec<String>,
    /// Only events on these lists.
    #[serde(default)]
    #[schema(value_type = Vec<String>)]
    lists: Vec<ListId>,
    /// Classes of fields that are sent along: `public`, `internal`, `personal`, `sensitive`.
    #[serde(default)]
    grants: Vec<String>,
}

/// What is to be changed; what is missing stays.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct WebhookUpdate {
    /// Another name.
    name: Option<String>,
    /// Another address.
    url: Option<String>,
    /// Other kinds of events.
    kinds: Option<Vec<String>>,
    /// Other lists.
    #[schema(value_type = Option<Vec<String>>)]
    lists: Option<Vec<ListId>>,
    /// Other classes of fields.
    grants: Option<Vec<String>>,
    /// `on` or `paused`.
    state: Option<String>,
}

impl WebhookUpdate {
    const fn changes_more_than_state(&self) -> bool {
        self.name.is_some()
            || self.url.is_some()
            || self.kinds.is_some()
            || self.lists.is_some()
            || self.grants.is_some()
    }

    fn wish(self, old: Endpoint) -> Wish {
        Wish {
            name: self.name.unwrap_or(old.name),
            url: self.url.unwrap_or_default(),
            kinds: self.kinds.unwrap_or_else(|| old.kinds.iter().map(ToString::to_string).collect()),
            lists: self.lists.unwrap_or(old.lists),
            grants: self.grants.unwrap_or_else(|| old.grants.iter().map(ToString::to_string).collect()),
        }
    }
}

/// A secret, shown this once.
#[derive(Serialize, ToSchema)]
pub(crate) struct WebhookSecretView {
    /// The webhook.
    id: String,
    /// `whsec_…`, for the receiver.
    secret: String,
}

impl From<super::Made> for WebhookSecretView {
    fn from(made: super::Made) -> Self {
        Self { id: made.id.to_string(), secret: made.secret }
    }
}

/// What came of a test.
#[derive(Serialize, ToSchema)]
pub(crate) struct WebhookPing {
    /// Whether the receiver answered with success.
    delivered: bool,
    /// What was wrong.
    problem: Option<String>,
}

/// One delivery.
#[derive(Serialize, ToSchema)]
pub(crate) struct DeliveryView {
    /// Of which event.
    event: String,
    /// What happened.
    kind: &'static str,
    /// When it happened (RFC 3339).
    at: String,
    /// `waiting`, `delivered` or `failed`.
    state: &'static str,
    /// How often it was begun.
    attempts: i64,
    /// When it is tried next, while it waits (RFC 3339).
    next_at: Option<String>,
    /// When it was tried last (RFC 3339).
    last_at: Option<String>,
    /// The receiver's last HTTP status.
    status: Option<i64>,
    /// What was wrong last.
    problem: Option<String>,
    /// Milliseconds that the last attempt took.
    took: Option<i64>,
    /// The beginning of the last answer that was no success.
    excerpt: Option<String>,
}

impl From<Delivery> for DeliveryView {
    fn from(delivery: Delivery) -> Self {
        let waits = delivery.state == super::Standing::Waiting;
        Self {
            event: delivery.event.to_string(),
            kind: delivery.kind.as_str(),
            at: delivery.at.to_string(),
            state: delivery.state.as_str(),
            attempts: delivery.attempts,
            next_at: waits.then(|| delivery.next_at.to_string()),
            last_at: delivery.last_at.map(|at| at.to_string()),
            status: delivery.status,
            problem: delivery.problem,
            took: delivery.took,
            excerpt: delivery.excerpt,
        }
    }
}

/// A delivery to be queued again.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ReplayRequest {
    /// The event.
    #[schema(value_type = String)]
    event: EventId,
}

/// The webhooks.
#[utoipa::path(get, path = "/api/v1/webhooks", tag = "webhooks", operation_id = "webhooks_index",
    responses((status = 200, body = Vec<WebhookView>), (status = 403, body = Problem)))]
pub(crate) async fn index(Shared(app): Shared<App>, Who(ctx): Who) -> Result<Json<Vec<WebhookView>>, Fail> {
    let mut tx = app.read(&ctx, "webhooks.index").await?;
    Ok(Json(super::all(&mut tx, &ctx).await?.into_iter().map(WebhookView::from).collect()))
}

/// Makes a webhook and shows its secret, once.
#[utoipa::path(post, path = "/api/v1/webhooks", tag = "webhooks", operation_id = "webhooks_create",
    request_body = WebhookCreate,
    responses((status = 201, body = WebhookSecretView), (status = 409, body = Problem), (status = 422, body = Problem)))]
pub(crate) async fn create(
    Shared(app): Shared<App>,
    Who(ctx): Who,
    ApiJson(body): ApiJson<WebhookCreate>,
) -> Result<(StatusCode, Json<WebhookSecretView>), Fail> {
    let wish = Wish { name: body.name, url: body.url, kinds: body.kinds, lists: body.lists, grants: body.grants };
    let mut tx = app.begin(&ctx, "webhooks.add").await?;
    let made = super::add(&app, &mut tx, &ctx, &wish).await?;
    tx.commit().await.map_err(Error::from)?;
    Ok((StatusCode::CREATED, Json(made.into())))
}

/// Changes a webhook, pauses it or turns it on.
#[utoipa::path(patch, path = "/api/v1/webhooks/{id}", tag = "webhooks", operation_id = "webhooks_update",
    request_body = WebhookUpdate, params(("id" = String, Path, description = "The webhook")),
    responses((status = 204), (status = 404, body = Problem), (status = 422, body = Problem)))]
pub(crate) async fn update(
    Shared(app): Shared<App>,
    Who(ctx): Who,
    Segment(id): Segment<WebhookId>,
    ApiJson(body): ApiJson<WebhookUpdate>,
) -> Result<StatusCode, Fail> {
    ctx.authorise(Action::WebhooksWrite).map_err(Error::from)?;
    let mut tx = app.begin(&ctx, "webhooks.edit").await?;
    if let Some(word) = &body.state {
        let state = State::parse(word).ok_or_else(|| Error::invalid("state", "Say on or paused."))?;
        super::set_state(&app, &mut tx, &ctx, id, state).await?;
    }
    if body.changes_more_than_state() {
        let old = super::by_id(&mut tx, &ctx, id).await?;
        super::edit(&app, &mut tx, &ctx, id, &body.wish(old)).await?;
    }
    tx.commit().await.map_err(Error::from)?;
    Ok(StatusCode::NO_CONTENT)
}

/// Removes a webhook and what waits for it.
#[utoipa::path(delete, path = "/api/v1/webhooks/{id}", tag = "webhooks", operation_id = "webhooks_remove",
    params(("id" = String, Path, description = "The webhook")),
    responses((status = 204), (status = 404, body = Problem)))]
pub(crate) async fn remove(
    Shared(app): Shared<App>,
    Who(ctx): Who,
    Segment(id): Segment<WebhookId>,
) -> Result<StatusCode, Fail> {
    let mut tx = app.begin(&ctx, "webhooks.remove").await?;
    super::remove(&app, &mut tx, &ctx, id).await?;
    tx.commit().await.map_err(Error::from)?;
    Ok(StatusCode::NO_CONTENT)
}

/// Makes a new secret and shows it, once; the one before signs beside it for a day.
#[utoipa::path(post, path = "/api/v1/webhooks/{id}/rotate", tag = "webhooks", operation_id = "webhooks_rotate",
    params(("id" = String, Path, description = "The webhook")),
    responses((status = 200, body = WebhookSecretView), (status = 404, body = Problem)))]
pub(crate) async fn rotate(
    Shared(app): Shared<App>,
    Who(ctx): Who,
    Segment(id): Segment<WebhookId>,
) -> Result<Json<WebhookSecretView>, Fail> {
    let mut tx = app.begin(&ctx, "webhooks.rotate").await?;
    let made = super::rotate(&app, &mut tx, &ctx, id).await?;
    tx.commit().await.map_err(Error::from)?;
    Ok(Json(made.into()))
}

/// Sends a test at once and says what came of it.
#[utoipa::path(post, path = "/api/v1/webhooks/{id}/ping", tag = "webhooks", operation_id = "webhooks_ping",
    params(("id" = String, Path, description = "The webhook")),
    responses((status = 200, body = WebhookPing), (status = 404, body = Problem)))]
pub(crate) async fn ping(
    Shared(app): Shared<App>,
    Who(ctx): Who,
    Segment(id): Segment<WebhookId>,
) -> Result<Json<WebhookPing>, Fail> {
    let answer = super::ping(&app, &ctx, id).await?;
    Ok(Json(WebhookPing { delivered: answer.is_ok(), problem: answer.err() }))
}

/// The deliveries, newest first.
#[utoipa::path(get, path = "/api/v1/webhooks/{id}/deliveries", tag = "webhooks", operation_id = "webhooks_deliveries",
    params(("id" = String, Path, description = "The webhook"), Cursor),
    responses((status = 200, body = Paged<DeliveryView>), (status = 404, body = Problem)))]
pub(crate) async fn deliveries(
    Shared(app): Shared<App>,
    Who(ctx): Who,
    Segment(id): Segment<WebhookId>,
    cursor: Cursor,
) -> Result<Json<Paged<DeliveryView>>, Fail> {
    let mut tx = app.read(&ctx, "webhooks.deliveries").await?;
    let rows = super::log(&app, &mut tx, &ctx, id, cursor.key()?, i64::from(cursor.limit) + 1).await?;
    Ok(Json(Paged::from_surplus(rows, cursor.limit, |row| row.event).map(DeliveryView::from)))
}

/// Queues a delivery again.
#[utoipa::path(post, path = "/api/v1/webhooks/{id}/replay", tag = "webhooks", operation_id = "webhooks_replay",
    request_body = ReplayRequest, params(("id" = String, Path, description = "The webhook")),
    responses((status = 204), (status = 404, body = Problem)))]
pub(crate) async fn replay(
    Shared(app): Shared<App>,
    Who(ctx): Who,
    Segment(id): Segment<WebhookId>,
    ApiJson(body): ApiJson<ReplayRequest>,
) -> Result<StatusCode, Fail> {
    let mut tx = app.begin(&ctx, "webhooks.replay").await?;
    super::replay(&app, &mut tx, &ctx, id, body.event).await?;
    tx.commit().await.map_err(Error::from)?;
    Ok(StatusCode::NO_CONTENT)
}
