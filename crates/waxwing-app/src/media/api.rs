//! Pictures for programs.

use super::{MAX_UPLOAD, Picture};
use crate::{App, Error};
use axum::Json;
use axum::body::Body;
use axum::extract::State;
use http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use waxwing_domain::MediaId;
use waxwing_http::{Cursor, Fail, Paged, Params, Segment, Who};

/// A picture.
#[derive(Serialize, ToSchema)]
pub(super) struct MediaItem {
    /// Its id.
    id: String,
    /// Its address for mail.
    url: String,
    /// The name of the file it came from.
    name: String,
    /// `png` or `jpeg`.
    format: &'static str,
    /// In pixels.
    width: i64,
    /// In pixels.
    height: i64,
    /// In bytes.
    size: i64,
    /// Microseconds since 1970.
    created_at: i64,
}

impl MediaItem {
    fn of(app: &App, picture: &Picture) -> Self {
        Self {
            id: picture.id.to_string(),
            url: picture.url(app),
            name: picture.name.clone(),
            format: picture.format.as_str(),
            width: picture.width,
            height: picture.height,
            size: picture.size,
            created_at: picture.created_at.as_i64(),
        }
    }
}

/// What is said about an uploaded picture.
#[derive(Deserialize)]
pub(super) struct Named {
    #[serde(default)]
    name: String,
}

/// Pictures, newest first.
#[utoipa::path(get, path = "/api/v1/media", operation_id = "media_index", tag = "media", params(Cursor),
    responses((status = 200, description = "A page of pictures", body = Paged<MediaItem>)))]
pub(super) async fn index(
    Who(ctx): Who,
    State(app): State<App>,
    cursor: Cursor,
) -> Result<Json<Paged<MediaItem>>, Fail> {
    let mut tx = app.read(&ctx, "media.index").await?;
    let rows = super::page(&mut tx, &ctx, cursor.key()?, i64::from(cursor.limit) + 1).await?;
    Ok(Json(Paged::from_surplus(rows, cursor.limit, |picture| picture.id).map(|picture| MediaItem::of(&app, &picture))))
}

/// Takes in a PNG, JPEG, GIF or WebP picture: the body is the file.
#[utoipa::path(post, path = "/api/v1/media", operation_id = "media_create", tag = "media",
    params(("name" = Option<String>, Query, description = "The file's name")),
    request_body(content = Vec<u8>, content_type = "application/octet-stream"),
    responses((status = 201, description = "The picture, encoded anew", body = MediaItem)))]
pub(super) async fn create(
    Who(ctx): Who,
    State(app): State<App>,
    Params(named): Params<Named>,
    body: Body,
) -> Result<(StatusCode, Json<MediaItem>), Fail> {
    let bytes = axum::body::to_bytes(body, MAX_UPLOAD).await.map_err(|_| Fail::TooLarge(MAX_UPLOAD as u64))?;
    let picture = super::add(&app, &ctx, &named.name, bytes.to_vec()).await?;
    Ok((StatusCode::CREATED, Json(MediaItem::of(&app, &picture))))
}

/// Removes a picture; mail that shows it has a gap from then on.
#[utoipa::path(delete, path = "/api/v1/media/{id}", operation_id = "media_remove", tag = "media",
    params(("id" = String, Path, description = "The picture's id")),
    responses((status = 204, description = "Removed")))]
pub(super) async fn remove(
    Who(ctx): Who,
    State(app): State<App>,
    Segment(id): Segment<MediaId>,
) -> Result<StatusCode, Fail> {
    let mut tx = app.begin(&ctx, "media.remove").await?;
    super::remove(&app, &mut tx, &ctx, id).await?;
    tx.commit().await.map_err(Error::from)?;
    Ok(StatusCode::NO_CONTENT)
}
