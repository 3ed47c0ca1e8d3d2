//! Lists for programs.

use super::{Joined, List, ListChange, ListCounts, MembershipState, NewList, OptIn, Visibility};
use crate::consent::{self, ConsentKind, NewConsent};
use crate::{App, Error};
use axum::Json;
use axum::extract::State;
use http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use waxwing_domain::{Action, ListId, SubjectNo};
use waxwing_http::{ApiJson, Fail, Paged, Routes, Segment, Who, api};

/// People one request may name.
const MOST: usize = 5_000;

/// A list.
#[derive(Serialize, ToSchema)]
pub(super) struct ListView {
    /// Its id.
    #[schema(value_type = String)]
    id: ListId,
    /// Its name.
    name: String,
    /// What it is for.
    description: String,
    /// Who can see it.
    visibility: Visibility,
    /// Whether sign-ups must be confirmed.
    optin: OptIn,
    /// How many people are on it, by state.
    counts: ListCounts,
    /// Since when (RFC 3339).
    created_at: String,
    /// Since when it is archived.
    archived_at: Option<String>,
}

impl ListView {
    fn new(list: List, counts: ListCounts) -> Self {
        Self {
            id: list.id,
            name: list.name,
            description: list.description,
            visibility: list.visibility,
            optin: list.optin,
            counts,
            created_at: list.created_at.to_string(),
            archived_at: list.archived_at.map(|at| at.to_string()),
        }
    }
}

pub(super) fn routes(routes: Routes<App>) -> Routes<App> {
    let routes = api!(routes, Action::ListsRead, index);
    let routes = api!(routes, Action::ListsWrite, create);
    let routes = api!(routes, Action::ListsRead, show);
    let routes = api!(routes, Action::ListsWrite, change);
    let routes = api!(routes, Action::ListsWrite, archive);
    let routes = api!(routes, Action::ListsWrite, unarchive);
    let routes = api!(routes, Action::SubscribersWrite, join);
    api!(routes, Action::SubscribersWrite, remove)
}

/// The lists of the workspace, archived ones last. There is one page: lists are few.
#[utoipa::path(get, path = "/api/v1/lists", tag = "lists",
    responses((status = 200, description = "Every list.", body = Paged<ListView>)))]
async fn index(State(app): State<App>, Who(ctx): Who) -> Result<Json<Paged<ListView>>, Fail> {
    let mut tx = app.read(&ctx, "lists.index").await?;
    let counts = super::counts(&mut tx).await?;
    let lists = super::all(&mut tx).await?.into_iter();
    let items = lists.map(|list| (counts.get(&list.id).copied().unwrap_or_default(), list));
    Ok(Json(Paged { items: items.map(|(counts, list)| ListView::new(list, counts)).collect(), next: None }))
}

/// Makes a list.
#[utoipa::path(post, path = "/api/v1/lists", tag = "lists", request_body = NewList,
    responses((status = 201, description = "Made.", body = ListView)))]
async fn create(
    State(app): State<App>,
    Who(ctx): Who,
    ApiJson(new): ApiJson<NewList>,
) -> Result<(StatusCode, Json<ListView>), Fail> {
    let mut tx = app.begin(&ctx, "lists.create").await?;
    let list = super::create(&app, &mut tx, &ctx, new).await?;
    tx.commit().await.map_err(Error::from)?;
    Ok((StatusCode::CREATED, Json(ListView::new(list, ListCounts::default()))))
}

/// One list.
#[utoipa::path(get, path = "/api/v1/lists/{list}", tag = "lists", params(("list" = String, Path, description = "The list's id.")),
    responses((status = 200, description = "The list.", body = ListView)))]
async fn show(State(app): State<App>, Who(ctx): Who, Segment(id): Segment<ListId>) -> Result<Json<ListView>, Fail> {
    let mut tx = app.read(&ctx, "lists.show").await?;
    let list = super::by_id(&mut tx, id).await?;
    let counts = super::counts(&mut tx).await?.get(&id).copied().unwrap_or_default();
    Ok(Json(ListView::new(list, counts)))
}

/// Changes the parts that are given.
#[utoipa::path(patch, path = "/api/v1/lists/{list}", tag = "lists", params(("list" = String, Path, description = "The list's id.")),
    request_body = ListChange, responses((status = 200, description = "Changed.", body = ListView)))]
async fn change(
    State(app): State<App>,
    Who(ctx): Who,
    Segment(id): Segment<ListId>,
    ApiJson(change): ApiJson<ListChange>,
) -> Result<Json<ListView>, Fail> {
    let mut tx = app.begin(&ctx, "lists.change").await?;
    let list = super::change(&app, &mut tx, &ctx, id, change).await?;
    let counts = super::counts(&mut tx).await?.get(&id).copied().unwrap_or_default();
    tx.commit().await.map_err(Error::from)?;
    Ok(Json(ListView::new(list, counts)))
}

/// Archives a list: it takes no new people and no campaigns.
#[utoipa::path(post, path = "/api/v1/lists/{list}/archive", tag = "lists", params(("list" = String, Path, description = "The list's id.")),
    responses((status = 204, description = "Archived.")))]
async fn archive(State(app): State<App>, Who(ctx): Who, Segment(id): Segment<ListId>) -> Result<StatusCode, Fail> {
    let mut tx = app.begin(&ctx, "lists.archive").await?;
    super::archive(&app, &mut tx, &ctx, id).await?;
    tx.commit().await.map_err(Error::from)?;
    Ok(StatusCode::NO_CONTENT)
}

/// Takes a list back into use.
#[utoipa::path(post, path = "/api/v1/lists/{list}/unarchive", tag = "lists", params(("list" = String, Path, description = "The list's id.")),
    responses((status = 204, description = "In use.")))]
async fn unarchive(State(app): State<App>, Who(ctx): Who, Segment(id): Segment<ListId>) -> Result<StatusCode, Fail> {
    let mut tx = app.begin(&ctx, "lists.unarchive").await?;
    super::unarchive(&app, &mut tx, &ctx, id).await?;
    tx.commit().await.map_err(Error::from)?;
    Ok(StatusCode::NO_CONTENT)
}

/// People to add, and the evidence that they agreed.
#[derive(Deserialize, ToSchema)]
pub(super) struct Join {
    /// Their numbers, at most 5,000.
    #[schema(value_type = Vec<u32>)]
    subscribers: Vec<SubjectNo>,
    /// Where and how these people agreed.
    consent: String,
}

/// People to take off.
#[derive(Deserialize, ToSchema)]
pub(super) struct Remove {
    /// Their numbers, at most 5,000.
    #[schema(value_type = Vec<u32>)]
    subscribers: Vec<SubjectNo>,
}

/// How many were taken off.
#[derive(Serialize, ToSchema)]
pub(super) struct Removed {
    /// Were on the list and are not any more.
    removed: i64,
}

fn bounded(people: Vec<SubjectNo>) -> Result<Vec<SubjectNo>, Fail> {
    if people.len() > MOST { Err(Fail::invalid("subscribers", "at most 5,000 a request")) } else { Ok(people) }
}

/// Adds people to a list. Who unsubscribed or is suppressed stays so.
#[utoipa::path(post, path = "/api/v1/lists/{list}/members", tag = "lists", params(("list" = String, Path, description = "The list's id.")),
    request_body = Join, responses((status = 200, description = "What became of them.", body = Joined)))]
async fn join(
    State(app): State<App>,
    Who(ctx): Who,
    Segment(list): Segment<ListId>,
    ApiJson(join): ApiJson<Join>,
) -> Result<Json<Joined>, Fail> {
    let people = bounded(join.subscribers)?;
    let mut tx = app.begin(&ctx, "lists.join").await?;
    let evidence = NewConsent {
        kind: ConsentKind::Api,
        statement: join.consent,
        list: Some(list),
        subject: None,
        wording_version: None,
        requested_at: None,
        confirmed_at: None,
        evidence: serde_json::Value::Null,
    };
    let consent = consent::attest(&app, &mut tx, &ctx, evidence).await?;
    let joined = super::join_attested(&app, &mut tx, &ctx, list, people, consent).await?;
    tx.commit().await.map_err(Error::from)?;
    Ok(Json(joined))
}

/// Takes people off a list; they are not noted as unsubscribed.
#[utoipa::path(post, path = "/api/v1/lists/{list}/members/remove", tag = "lists",
    params(("list" = String, Path, description = "The list's id.")),
    request_body = Remove, responses((status = 200, description = "How many were taken off.", body = Removed)))]
async fn remove(
    State(app): State<App>,
    Who(ctx): Who,
    Segment(list): Segment<ListId>,
    ApiJson(remove): ApiJson<Remove>,
) -> Result<Json<Removed>, Fail> {
    let people = bounded(remove.subscribers)?;
    let mut tx = app.begin(&ctx, "lists.remove").await?;
    let removed = super::remove(&app, &mut tx, &ctx, list, people).await?;
    tx.commit().await.map_err(Error::from)?;
    Ok(Json(Removed { removed }))
}

/// A person's place on a list.
#[derive(Serialize, ToSchema)]
pub(crate) struct MembershipView {
    /// The list's id.
    #[schema(value_type = String)]
    list: ListId,
    /// The list's name.
    name: String,
    /// How the person stands to it.
    state: MembershipState,
    /// Since when (RFC 3339).
    since: String,
}

impl From<super::Membership> for MembershipView {
    fn from(m: super::Membership) -> Self {
        Self { list: m.list, name: m.name, state: m.state, since: m.at.to_string() }
    }
}
