//! Templates for programs.

use super::{Content, ContentInput, Template};
use crate::{App, Error};
use axum::Json;
use axum::extract::State;
use http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use waxwing_domain::TemplateId;
use waxwing_http::{ApiJson, Fail, Segment, Who};

/// A template, in a list without its content.
#[derive(Serialize, ToSchema)]
pub(super) struct TemplateItem {
    /// Its id.
    id: String,
    /// Its name.
    name: String,
    /// What it is written in.
    format: &'static str,
    /// Microseconds since 1970.
    updated_at: i64,
    /// Its content.
    #[serde(skip_serializing_if = "Option::is_none")]
    content: Option<ContentInput>,
}

impl TemplateItem {
    fn of(template: Template, content: Option<&Content>) -> Self {
        Self {
            id: template.id.to_string(),
            name: template.name,
            format: template.format.as_str(),
            updated_at: template.updated_at.as_i64(),
            content: content.map(Content::input),
        }
    }
}

/// Every template.
#[derive(Serialize, ToSchema)]
pub(super) struct TemplateItems {
    /// By name.
    items: Vec<TemplateItem>,
}

/// A name and content.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct TemplateInput {
    /// Unique in the workspace.
    name: String,
    /// The content.
    content: ContentInput,
}

/// Every template, without content.
#[utoipa::path(get, path = "/api/v1/templates", operation_id = "templates_index", tag = "templates",
    responses((status = 200, description = "The templates", body = TemplateItems)))]
pub(super) async fn index(Who(ctx): Who, State(app): State<App>) -> Result<Json<TemplateItems>, Fail> {
    let mut tx = app.read(&ctx, "templates.index").await?;
    let items = super::all(&mut tx, &ctx).await?;
    Ok(Json(TemplateItems { items: items.into_iter().map(|template| TemplateItem::of(template, None)).collect() }))
}

async fn found(app: &App, ctx: &waxwing_domain::Ctx, id: TemplateId) -> Result<Json<TemplateItem>, Fail> {
    let mut tx = app.read(ctx, "templates.get").await?;
    let (template, content) = super::by_id(&mut tx, ctx, id).await?;
    Ok(Json(TemplateItem::of(template, Some(&content))))
}

/// Creates a template.
#[utoipa::path(post, path = "/api/v1/templates", operation_id = "templates_create", tag = "templates", request_body = TemplateInput,
    responses((status = 201, description = "The template", body = TemplateItem)))]
pub(super) async fn create(
    Who(ctx): Who,
    State(app): State<App>,
    ApiJson(input): ApiJson<TemplateInput>,
) -> Result<(StatusCode, Json<TemplateItem>), Fail> {
    let content = input.content.parse()?;
    let mut tx = app.begin(&ctx, "templates.create").await?;
    let id = super::create(&app, &mut tx, &ctx, &input.name, &content).await?;
    let (template, content) = super::by_id(&mut tx, &ctx.clone(), id).await?;
    tx.commit().await.map_err(Error::from)?;
    Ok((StatusCode::CREATED, Json(TemplateItem::of(template, Some(&content)))))
}

/// One template with its content.
#[utoipa::path(get, path = "/api/v1/templates/{id}", operation_id = "templates_get", tag = "templates",
    params(("id" = String, Path, description = "The template's id")),
    responses((status = 200, description = "The template", body = TemplateItem)))]
pub(super) async fn get(
    Who(ctx): Who,
    State(app): State<App>,
    Segment(id): Segment<TemplateId>,
) -> Result<Json<TemplateItem>, Fail> {
    found(&app, &ctx, id).await
}

/// Replaces name and content of a template.
#[utoipa::path(put, path = "/api/v1/templates/{id}", operation_id = "templates_replace", tag = "templates", request_body = TemplateInput,
    params(("id" = String, Path, description = "The template's id")),
    responses((status = 200, description = "The template", body = TemplateItem)))]
pub(super) async fn replace(
    Who(ctx): Who,
    State(app): State<App>,
    Segment(id): Segment<TemplateId>,
    ApiJson(input): ApiJson<TemplateInput>,
) -> Result<Json<TemplateItem>, Fail> {
    let content = input.content.parse()?;
    let mut tx = app.begin(&ctx, "templates.save").await?;
    super::save(&app, &mut tx, &ctx, id, &input.name, &content).await?;
    tx.commit().await.map_err(Error::from)?;
    found(&app, &ctx, id).await
}

/// Removes a template.
#[utoipa::path(delete, path = "/api/v1/templates/{id}", operation_id = "templates_remove", tag = "templates",
    params(("id" = String, Path, description = "The template's id")),
    responses((status = 204, description = "Removed")))]
pub(super) async fn remove(
    Who(ctx): Who,
    State(app): State<App>,
    Segment(id): Segment<TemplateId>,
) -> Result<StatusCode, Fail> {
    let mut tx = app.begin(&ctx, "templates.remove").await?;
    super::remove(&app, &mut tx, &ctx, id).await?;
    tx.commit().await.map_err(Error::from)?;
    Ok(StatusCode::NO_CONTENT)
}
