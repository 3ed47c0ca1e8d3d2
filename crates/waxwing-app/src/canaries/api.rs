//! Canaries for programs that watch over the house.

use super::words::Locale;
use super::{Domain, Hit, Mark, Standing};
use crate::{App, Error};
use axum::Json;
use axum::extract::State;
use http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use waxwing_domain::{Actor, MarkId};
use waxwing_http::{ApiJson, Cursor, Fail, Paged, Segment, Who};

/// A domain whose mail comes here.
#[derive(Serialize, ToSchema)]
pub(crate) struct CanaryDomain {
    /// Its name.
    name: String,
    /// In which language its people are named.
    names: Locale,
    /// Where its mail goes, in words.
    mail: String,
    /// When that was looked up (RFC 3339).
    checked_at: Option<String>,
}

impl From<Domain> for CanaryDomain {
    fn from(domain: Domain) -> Self {
        let checked_at = domain.checked_at.map(|at| at.to_string());
        Self { mail: domain.mx.words(), name: domain.name, names: domain.locale, checked_at }
    }
}

/// What people are made up with.
#[derive(Serialize, ToSchema)]
pub(crate) struct CanaryStanding {
    /// The domains.
    domains: Vec<CanaryDomain>,
    /// How many made-up people an ordinary export gets.
    per_export: i64,
}

impl From<Standing> for CanaryStanding {
    fn from(standing: Standing) -> Self {
        let domains = standing.domains.into_iter().map(Into::into).collect();
        Self { domains, per_export: standing.per_export }
    }
}

/// A domain to be named.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CanaryDomainCreate {
    /// `example.org`.
    name: String,
    /// In which language its people are named.
    names: Locale,
}

/// What is to be changed.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CanaryChange {
    /// How many made-up people an ordinary export gets, 0 to 50.
    per_export: i64,
}

/// An export, or what a key reads, with made-up people in it.
#[derive(Serialize, ToSchema)]
pub(crate) struct CanaryMark {
    /// Its id.
    #[schema(value_type = String)]
    id: MarkId,
    /// `export` or `api`.
    kind: &'static str,
    /// The export or key, as the question of who was touched names it: `export:ID`.
    who: String,
    /// What kind of credential took it.
    actor: &'static str,
    /// The account or key that took it; absent for the host's command line.
    principal: Option<String>,
    /// How many people were made up.
    made: i64,
    /// When (RFC 3339).
    at: String,
    /// How often something happened to one of them.
    hits: i64,
    /// When last.
    last_hit_at: Option<String>,
}

impl From<&Mark> for CanaryMark {
    fn from(mark: &Mark) -> Self {
        let principal = match mark.actor {
            Actor::Account(id, _) => Some(id.to_string()),
            Actor::ApiKey(id) => Some(id.to_string()),
            Actor::Host | Actor::Public | Actor::Job => None,
        };
        Self {
            id: mark.id,
            kind: mark.kind.as_str(),
            who: mark.suspect(),
            actor: mark.actor.kind(),
            principal,
            made: mark.made,
            at: mark.at.to_string(),
            hits: mark.hits,
            last_hit_at: mark.last_hit_at.map(|at| at.to_string()),
        }
    }
}

/// A mark with what happened to its people.
#[derive(Serialize, ToSchema)]
pub(crate) struct CanaryTold {
    /// The mark.
    mark: CanaryMark,
    /// The made-up addresses.
    addresses: Vec<String>,
    /// What happened, the newest first; at most fifty.
    hits: Vec<Hit>,
}

/// What people are made up with.
#[utoipa::path(get, path = "/api/v1/canaries", operation_id = "canaries_index", tag = "canaries", responses((status = 200, body = CanaryStanding)))]
pub(crate) async fn index(State(app): State<App>, Who(ctx): Who) -> Result<Json<CanaryStanding>, Fail> {
    let mut tx = app.read(&ctx, "canaries.index").await?;
    Ok(Json(super::standing(&mut tx, &ctx).await?.into()))
}

/// Says how many made-up people an ordinary export gets.
#[utoipa::path(patch, path = "/api/v1/canaries", operation_id = "canaries_change", tag = "canaries", request_body = CanaryChange,
    responses((status = 204, description = "Changed.")))]
pub(crate) async fn change(
    State(app): State<App>,
    Who(ctx): Who,
    ApiJson(change): ApiJson<CanaryChange>,
) -> Result<StatusCode, Fail> {
    let mut tx = app.begin(&ctx, "canaries.number").await?;
    super::set_per_export(&app, &mut tx, &ctx, change.per_export).await?;
    tx.commit().await.map_err(Error::from)?;
    Ok(StatusCode::NO_CONTENT)
}

/// Names a domain whose mail comes to this installation.
#[utoipa::path(post, path = "/api/v1/canaries/domains", operation_id = "canaries_create", tag = "canaries", request_body = CanaryDomainCreate,
    responses((status = 201, description = "Added.", body = CanaryStanding)))]
pub(crate) async fn create(
    State(app): State<App>,
    Who(ctx): Who,
    ApiJson(new): ApiJson<CanaryDomainCreate>,
) -> Result<(StatusCode, Json<CanaryStanding>), Fail> {
    let mut tx = app.begin(&ctx, "canaries.add").await?;
    super::add(&app, &mut tx, &ctx, &new.name, new.names).await?;
    let standing = super::standing(&mut tx, &ctx).await?;
    tx.commit().await.map_err(Error::from)?;
    Ok((StatusCode::CREATED, Json(standing.into())))
}

/// Takes a domain out. Nothing is heard of its made-up people any more.
#[utoipa::path(delete, path = "/api/v1/canaries/domains/{name}", operation_id = "canaries_remove", tag = "canaries",
    params(("name" = String, Path, description = "The domain.")), responses((status = 204, description = "Removed.")))]
pub(crate) async fn remove(
    State(app): State<App>,
    Who(ctx): Who,
    Segment(name): Segment<String>,
) -> Result<StatusCode, Fail> {
    let mut tx = app.begin(&ctx, "canaries.remove").await?;
    super::remove(&app, &mut tx, &ctx, &name).await?;
    tx.commit().await.map_err(Error::from)?;
    Ok(StatusCode::NO_CONTENT)
}

/// What carries made-up people, the newest first.
#[utoipa::path(get, path = "/api/v1/canaries/marks", operation_id = "canaries_marks", tag = "canaries", params(Cursor),
    responses((status = 200, body = Paged<CanaryMark>)))]
pub(crate) async fn marks(
    State(app): State<App>,
    Who(ctx): Who,
    cursor: Cursor,
) -> Result<Json<Paged<CanaryMark>>, Fail> {
    let mut tx = app.read(&ctx, "canaries.marks").await?;
    let marks = super::marks(&mut tx, &ctx, cursor.key()?, i64::from(cursor.limit) + 1).await?;
    let rows: Vec<CanaryMark> = marks.iter().map(Into::into).collect();
    Ok(Json(Paged::from_surplus(rows, cursor.limit, |mark| mark.id)))
}

/// One of them, with its made-up people and what happened to them. Recorded.
#[utoipa::path(get, path = "/api/v1/canaries/marks/{id}", operation_id = "canaries_show", tag = "canaries",
    params(("id" = String, Path, description = "The mark.")), responses((status = 200, body = CanaryTold)))]
pub(crate) async fn show(
    State(app): State<App>,
    Who(ctx): Who,
    Segment(id): Segment<MarkId>,
) -> Result<Json<CanaryTold>, Fail> {
    let told = super::tell(&app, &ctx, id).await?;
    let addresses = told.people.into_iter().map(|one| one.email).collect();
    Ok(Json(CanaryTold { mark: (&told.mark).into(), addresses, hits: told.hits }))
}
