//! Relays for programs. A login goes in by the URL and is never given back.

use super::{Edit, NewRelay, Relay};
use crate::App;
use axum::Json;
use axum::extract::State;
use http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use waxwing_domain::RelayId;
use waxwing_http::{ApiJson, Fail, Problem, Segment, Who};

/// A relay.
#[derive(Serialize, ToSchema)]
pub(crate) struct RelayView {
    /// Its id.
    id: String,
    /// What people call it.
    name: String,
    /// Host, port and security, without the login.
    address: String,
    /// Whether it has a login.
    has_login: bool,
    /// Connections open at once, at most.
    connections: i64,
    /// Whether mail may go through it.
    enabled: bool,
    /// When it was last tried (RFC 3339).
    tested_at: Option<String>,
    /// What was wrong then.
    problem: Option<String>,
}

impl From<Relay> for RelayView {
    fn from(relay: Relay) -> Self {
        let (tested_at, problem) = relay.tested.map_or((None, None), |(at, problem)| (Some(at.to_string()), problem));
        Self {
            id: relay.id.to_string(),
            name: relay.name,
            address: relay.address,
            has_login: relay.has_login,
            connections: relay.connections,
            enabled: relay.enabled,
            tested_at,
            problem,
        }
    }
}

/// A relay to be added.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RelayCreate {
    /// What people shall call it.
    name: String,
    /// `smtp://[user:password@]host[:port][?tls=none|starttls|implicit]`.
    url: String,
    /// Connections open at once, 1 to 100.
    connections: Option<i64>,
}

/// What is to be changed.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RelayUpdate {
    /// Another name.
    name: Option<String>,
    /// Another address, with its login.
    url: Option<String>,
    /// Connections open at once, 1 to 100.
    connections: Option<i64>,
    /// Whether mail may go through it.
    enabled: Option<bool>,
}

/// How a relay answered.
#[derive(Serialize, ToSchema)]
pub(crate) struct RelayTest {
    /// Whether a message could have followed.
    reached: bool,
    /// What was wrong.
    problem: Option<String>,
}

/// The relays.
#[utoipa::path(get, path = "/api/v1/relays", tag = "relays",
    responses((status = 200, body = Vec<RelayView>), (status = 403, body = Problem)))]
pub(crate) async fn index(State(app): State<App>, Who(ctx): Who) -> Result<Json<Vec<RelayView>>, Fail> {
    let mut tx = app.read(&ctx, "relays.index").await?;
    Ok(Json(super::all(&mut tx, &ctx).await?.into_iter().map(RelayView::from).collect()))
}

/// Adds a relay.
#[utoipa::path(post, path = "/api/v1/relays", tag = "relays", request_body = RelayCreate,
    responses((status = 201, body = RelayView), (status = 422, body = Problem)))]
pub(crate) async fn create(
    State(app): State<App>,
    Who(ctx): Who,
    ApiJson(body): ApiJson<RelayCreate>,
) -> Result<(StatusCode, Json<RelayView>), Fail> {
    let mut tx = app.begin(&ctx, "relays.add").await?;
    let new = NewRelay { name: body.name, url: body.url, connections: body.connections };
    let id = super::add(&app, &mut tx, &ctx, new).await?;
    let relay = super::store::by_id(&mut tx, id).await.map_err(crate::Error::from)?;
    tx.commit().await.map_err(crate::Error::from)?;
    relay.map(|relay| (StatusCode::CREATED, Json(relay.into()))).ok_or(Fail::NotFound)
}

/// Changes a relay.
#[utoipa::path(patch, path = "/api/v1/relays/{id}", tag = "relays", request_body = RelayUpdate,
    params(("id" = String, Path, description = "The relay")),
    responses((status = 204), (status = 404, body = Problem), (status = 422, body = Problem)))]
pub(crate) async fn update(
    State(app): State<App>,
    Who(ctx): Who,
    Segment(id): Segment<RelayId>,
    ApiJson(body): ApiJson<RelayUpdate>,
) -> Result<StatusCode, Fail> {
    let mut tx = app.begin(&ctx, "relays.edit").await?;
    let edit = Edit { name: body.name, url: body.url, connections: body.connections, enabled: body.enabled };
    super::edit(&app, &mut tx, &ctx, id, edit).await?;
    tx.commit().await.map_err(crate::Error::from)?;
    Ok(StatusCode::NO_CONTENT)
}

/// Removes a relay.
#[utoipa::path(delete, path = "/api/v1/relays/{id}", tag = "relays",
    params(("id" = String, Path, description = "The relay")),
    responses((status = 204), (status = 404, body = Problem)))]
pub(crate) async fn remove(
    State(app): State<App>,
    Who(ctx): Who,
    Segment(id): Segment<RelayId>,
) -> Result<StatusCode, Fail> {
    let mut tx = app.begin(&ctx, "relays.delete").await?;
    super::delete(&app, &mut tx, &ctx, id).await?;
    tx.commit().await.map_err(crate::Error::from)?;
    Ok(StatusCode::NO_CONTENT)
}

/// Opens a connection up to the point where a message could follow.
#[utoipa::path(post, path = "/api/v1/relays/{id}/test", tag = "relays",
    params(("id" = String, Path, description = "The relay")),
    responses((status = 200, body = RelayTest), (status = 404, body = Problem)))]
pub(crate) async fn test(
    State(app): State<App>,
    Who(ctx): Who,
    Segment(id): Segment<RelayId>,
) -> Result<Json<RelayTest>, Fail> {
    let answer = super::test(&app, &ctx, id).await?;
    Ok(Json(RelayTest { reached: answer.is_ok(), problem: answer.err() }))
}
