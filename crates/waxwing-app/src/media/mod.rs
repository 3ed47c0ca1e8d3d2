//! Uploaded pictures: decoded, encoded anew, named by their content.
//!
//! Promise: what is served was encoded here, so no script, metadata or place of a camera is in it,
//! and a name always means the same bytes. Limit: whoever has the address sees the picture.
//! States: there, or removed.
//! Tables: media.
//! Events: media.add, media.remove.
//! Jobs: none.

mod api;
mod encode;
pub(crate) mod pages;
mod store;
#[cfg(test)]
mod tests;

pub use encode::{Format, MAX_UPLOAD, PictureError};

use crate::{App, Error, Result, pinned};
use http::Method;
use tokio::sync::Semaphore;
use waxwing_domain::{Action, Ctx, MediaId, Micros, Operation};
use waxwing_http::{Routes, api};
use waxwing_store::{Entry, JobRegistry, StoreError, Tx};

/// Pictures a workspace may keep.
const MOST: i64 = 10_000;
/// The longest name kept, in characters.
const LONGEST_NAME: usize = 120;
/// Decoding takes up to some hundred megabytes, so pictures queue for it.
static DECODER: Semaphore = Semaphore::const_new(1);

/// A picture, without its bytes.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Picture {
    /// Its id.
    pub id: MediaId,
    /// SHA-256 of its bytes.
    pub hash: [u8; 32],
    /// How it is encoded.
    pub format: Format,
    /// The name of the file it came from.
    pub name: String,
    /// In pixels.
    pub width: i64,
    /// In pixels.
    pub height: i64,
    /// In bytes.
    pub size: i64,
    /// Since when.
    pub created_at: Micros,
}

impl Picture {
    /// Where it is served: `/m/{hash}.{ext}`.
    pub fn path(&self) -> String {
        format!("/m/{}.{}", hex::encode(self.hash), self.format.extension())
    }
    /// Its address for mail.
    pub fn url(&self, app: &App) -> String {
        format!("{}{}", app.config().content_url, self.path())
    }
}

/// Takes a picture in. Begins and commits its own transaction: decoding takes long.
///
/// The same file gives the same picture: a second upload changes nothing.
///
/// # Errors
/// [`Error::Invalid`] for `file` when it is no picture, too large, or of a kind that is not taken.
pub async fn add(app: &App, ctx: &Ctx, name: &str, bytes: Vec<u8>) -> Result<Picture> {
    ctx.authorise(Action::ContentWrite)?;
    let encoded = decode(bytes).await?;
    let picture = Picture {
        id: MediaId::from_i64(ctx.new_id()),
        hash: encoded.hash(),
        format: encoded.format,
        name: shown_name(name),
        width: i64::from(encoded.width),
        height: i64::from(encoded.height),
        size: encoded.bytes.len() as i64,
        created_at: ctx.now(),
    };
    let mut tx = app.begin(ctx, "media.add").await?;
    if let Some(known) = store::by_hash(&mut tx, &picture.hash).await? {
        return Ok(known);
    }
    if store::count(&mut tx).await? >= MOST {
        return Err(Error::Conflict(
            "There are 10,000 pictures already. Remove some that no mail shows any more.".into(),
        ));
    }
    store::insert(&mut tx, &picture, encoded.bytes).await?;
    tx.record(app.store(), ctx, Entry::new(Operation::Create, "media.add").on("media", picture.id.as_i64())).await?;
    tx.commit().await?;
    Ok(picture)
}

async fn decode(bytes: Vec<u8>) -> Result<encode::Encoded> {
    let busy = || Error::from(StoreError::Unavailable("media.decode"));
    let _turn = DECODER.acquire().await.map_err(|_| busy())?;
    let done = tokio::task::spawn_blocking(move || encode::reencode(&bytes)).await;
    done.map_err(|_| Error::invalid("file", PictureError::Damaged))?.map_err(|error| Error::invalid("file", error))
}

/// The file's name as people see it: one line, bounded.
fn shown_name(name: &str) -> String {
    let clean: String = name.chars().filter(|c| !c.is_control()).take(LONGEST_NAME).collect();
    if clean.trim().is_empty() { "Picture".to_owned() } else { clean.trim().to_owned() }
}

/// Pictures, newest first, older than `before`.
pub async fn page(tx: &mut Tx, ctx: &Ctx, before: Option<MediaId>, limit: i64) -> Result<Vec<Picture>> {
    ctx.authorise(Action::ContentRead)?;
    Ok(store::page(tx, before, limit).await?)
}

/// What is served under a hash; nothing that was added in the window while the workspace is contained.
pub(crate) async fn served(tx: &mut Tx, hash: &[u8; 32]) -> Result<Option<(Format, Vec<u8>)>> {
    let Some((format, bytes, made)) = store::content(tx, hash).await? else { return Ok(None) };
    Ok((!pinned::hides(tx, made).await?).then_some((format, bytes)))
}

/// Removes a picture. Mail that shows it, sent or not, shows a gap from then on.
pub async fn remove(app: &App, tx: &mut Tx, ctx: &Ctx, id: MediaId) -> Result<()> {
    ctx.authorise(Action::ContentWrite)?;
    if store::delete(tx, id).await? == 0 {
        return Err(Error::NotFound("picture"));
    }
    tx.record(app.store(), ctx, Entry::new(Operation::Delete, "media.remove").on("media", id.as_i64())).await?;
    Ok(())
}

/// The routes of this feature.
pub(crate) fn routes() -> Routes<App> {
    let routes = Routes::new()
        .page(Method::GET, "/campaigns/media", Action::ContentRead, pages::index)
        .upload("/campaigns/media", Action::ContentWrite, MAX_UPLOAD as u64 + 65_536, pages::upload)
        .page(Method::POST, "/campaigns/media/{id}/remove", Action::ContentWrite, pages::remove)
        .content("/m/{name}", pages::serve);
    let routes = api!(routes, Action::ContentRead, api::index);
    let routes =
        routes.streamed_operation::<api::__path_create, _, _>(Action::ContentWrite, MAX_UPLOAD as u64, api::create);
    api!(routes, Action::ContentWrite, api::remove)
}

/// The jobs of this feature.
pub(crate) const fn jobs(_registry: &mut JobRegistry, _app: &App) {}
