//! The page of pictures, and the door they are served from.

use super::{MAX_UPLOAD, Picture, store};
use crate::login::Finder;
use crate::{App, Error};
use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use http::{HeaderName, HeaderValue, StatusCode};
use waxwing_domain::{Action, MediaId, WorkspaceId};
use waxwing_http::{Cursor, Fail, Flash, Page, Paged, SeeOther, Segment, Shell, Upload, Who};
use waxwing_store::inventory;

/// A picture as a page shows it.
pub(crate) struct Shown {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) path: String,
    pub(crate) url: String,
    pub(crate) facts: String,
}

impl Shown {
    /// Ready to be shown.
    pub(crate) fn of(app: &App, picture: &Picture) -> Self {
        let kilobytes = waxwing_http::count((picture.size / 1_000).max(1));
        Self {
            id: picture.id.to_string(),
            name: picture.name.clone(),
            path: picture.path(),
            url: picture.url(app),
            facts: format!("{} × {} pixels, {kilobytes} kB", picture.width, picture.height),
        }
    }
}

#[derive(Template)]
#[template(path = "media/pages/index.html")]
struct Index {
    shell: Shell,
    pictures: Vec<Shown>,
    next: String,
    first: String,
    error: String,
    may_write: bool,
}

async fn index_of(
    app: &App,
    shell: Shell,
    ctx: &waxwing_domain::Ctx,
    cursor: Cursor,
    error: String,
) -> Result<Index, Fail> {
    let before: Option<MediaId> = cursor.key()?;
    let mut tx = app.read(ctx, "media.index").await?;
    let rows = super::page(&mut tx, ctx, before, i64::from(cursor.limit) + 1).await?;
    let page = Paged::from_surplus(rows, cursor.limit, |picture| picture.id);
    Ok(Index {
        may_write: shell.may(Action::ContentWrite),
        shell: shell.titled("Pictures"),
        pictures: page.items.iter().map(|picture| Shown::of(app, picture)).collect(),
        next: page.next.map(|key| format!("/campaigns/media?after={key}")).unwrap_or_default(),
        first: before.map(|_| "/campaigns/media".to_owned()).unwrap_or_default(),
        error,
    })
}

pub(super) async fn index(
    shell: Shell,
    Who(ctx): Who,
    State(app): State<App>,
    cursor: Cursor,
) -> Result<Response, Fail> {
    Ok(Page(index_of(&app, shell, &ctx, cursor, String::new()).await?).into_response())
}

pub(super) async fn upload(
    shell: Shell,
    Who(ctx): Who,
    State(app): State<App>,
    mut form: Upload,
) -> Result<Response, Fail> {
    let mut kept = 0_u64;
    while let Some(part) = form.next().await? {
        let Some(name) = part.file_name().map(str::to_owned) else { continue };
        let bytes = part.bytes(MAX_UPLOAD).await?;
        match super::add(&app, &ctx, &name, bytes).await {
            Ok(_) => kept += 1,
            Err(Error::Invalid { message, .. }) => return refused(&app, shell, &ctx, message).await,
            Err(other) => return Err(other.into()),
        }
    }
    if kept == 0 {
        return refused(&app, shell, &ctx, "Choose a picture first.".into()).await;
    }
    let words = if kept == 1 { "The picture is there.".to_owned() } else { format!("{kept} pictures are there.") };
    Ok(SeeOther::to("/campaigns/media").flash(Flash::good(words)).into_response())
}

async fn refused(app: &App, shell: Shell, ctx: &waxwing_domain::Ctx, message: String) -> Result<Response, Fail> {
    let page = index_of(app, shell, ctx, Cursor::default(), message).await?;
    Ok((StatusCode::UNPROCESSABLE_ENTITY, Page(page)).into_response())
}

pub(super) async fn remove(
    Who(ctx): Who,
    State(app): State<App>,
    Segment(id): Segment<MediaId>,
) -> Result<SeeOther, Fail> {
    let mut tx = app.begin(&ctx, "media.remove").await?;
    super::remove(&app, &mut tx, &ctx, id).await?;
    tx.commit().await.map_err(Error::from)?;
    Ok(SeeOther::to("/campaigns/media").flash(Flash::good("The picture was removed.")))
}

inventory::submit! { Finder::new(&["/m/{name}"], |app, name| Box::pin(served_by(app, name))) }

async fn served_by(app: &App, name: &str) -> crate::Result<Option<WorkspaceId>> {
    let Some((hash, _)) = named(name) else { return Ok(None) };
    Ok(store::served_by(&mut app.store().read_unbound("media.served_by").await?, &hash).await?)
}

/// One picture, for anybody, for ever the same under this name; none of the window while the workspace is contained.
pub(super) async fn serve(
    Who(ctx): Who,
    State(app): State<App>,
    Segment(name): Segment<String>,
) -> Result<Response, Fail> {
    let (hash, extension) = named(&name).ok_or(Fail::NotFound)?;
    let mut tx = app.read(&ctx, "media.serve").await?;
    let found = super::served(&mut tx, &hash).await?;
    let (format, bytes) = found.filter(|(format, _)| format.extension() == extension).ok_or(Fail::NotFound)?;
    let headers = [
        (CONTENT_TYPE, HeaderValue::from_static(format.media_type())),
        (CACHE_CONTROL, HeaderValue::from_static("public, max-age=31536000, immutable")),
        // Shown inside mail programs and in previews, which have an origin of their own.
        (HeaderName::from_static("cross-origin-resource-policy"), HeaderValue::from_static("cross-origin")),
        (CONTENT_SECURITY_POLICY, HeaderValue::from_static("default-src 'none'; sandbox")),
    ];
    Ok((headers, bytes).into_response())
}

/// `{64 hex digits}.{extension}`; only its one canonical form.
fn named(name: &str) -> Option<([u8; 32], &str)> {
    let (digits, extension) = name.split_once('.')?;
    let mut hash = [0u8; 32];
    hex::decode_to_slice(digits, &mut hash).ok()?;
    (hex::encode(hash) == digits).then_some((hash, extension))
}
