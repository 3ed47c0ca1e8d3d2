//! Content templates and the starters: what campaigns begin from.
//!
//! Promise: what is stored compiles or says on which line it does not; a campaign copies what it
//! takes, so changing a template changes no campaign.
//! States: there, or removed.
//! Tables: templates.
//! Events: templates.create, templates.save, templates.remove.
//! Jobs: none. Limit: previews lie in the memory of one process and are forgotten after minutes.

mod api;
mod content;
mod editor;
mod pages;
mod preview;
mod store;
#[cfg(test)]
mod tests;

pub use content::{Content, ContentInput, beginning, compile};
pub(crate) use editor::{Editor, Mistakes};
pub(crate) use preview::{Answer, show};
pub use preview::{Drawn, Part, Shelf, draw, made_up};

use crate::hands::{self, Work};
use crate::{App, Error, Result};
use http::Method;
use std::sync::Arc;
use waxwing_domain::{Action, Ctx, Micros, Operation, TemplateId};
use waxwing_http::{Routes, api};
use waxwing_store::{Entry, JobRegistry, StoreError, Tx};

/// Templates a workspace may keep.
const MOST: i64 = 1_000;
/// The longest name, in characters.
const LONGEST_NAME: usize = 120;

/// A template without its content.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Template {
    /// Its id.
    pub id: TemplateId,
    /// What people call it; unique.
    pub name: String,
    /// What it is written in.
    pub format: waxwing_message::ContentFormat,
    /// When it was changed last.
    pub updated_at: Micros,
}

/// Creates a template.
///
/// # Errors
/// [`Error::Invalid`] for a name that cannot be or is taken.
pub async fn create(app: &App, tx: &mut Tx, ctx: &Ctx, name: &str, content: &Content) -> Result<TemplateId> {
    ctx.authorise(Action::ContentWrite)?;
    let name = checked_name(name)?;
    if store::count(tx).await? >= MOST {
        return Err(Error::Conflict("There are 1,000 templates already. Remove some first.".into()));
    }
    let id = TemplateId::from_i64(ctx.new_id());
    store::insert(tx, id, &name, content, ctx.now()).await.map_err(name_taken)?;
    record(app, tx, ctx, Operation::Create, "templates.create", id).await?;
    Ok(id)
}

/// Saves name and content of a template. Content that does not compile is kept too: it is a draft.
pub async fn save(app: &App, tx: &mut Tx, ctx: &Ctx, id: TemplateId, name: &str, content: &Content) -> Result<()> {
    ctx.authorise(Action::ContentWrite)?;
    let name = checked_name(name)?;
    if store::update(tx, id, &name, content, ctx.now()).await.map_err(name_taken)? == 0 {
        return Err(Error::NotFound("template"));
    }
    record(app, tx, ctx, Operation::Change, "templates.save", id).await
}

/// Removes a template; campaigns that began from it stay as they are.
pub async fn remove(app: &App, tx: &mut Tx, ctx: &Ctx, id: TemplateId) -> Result<()> {
    ctx.authorise(Action::ContentWrite)?;
    if store::delete(tx, id).await? == 0 {
        return Err(Error::NotFound("template"));
    }
    record(app, tx, ctx, Operation::Delete, "templates.remove", id).await
}

/// Every template, by name.
pub async fn all(tx: &mut Tx, ctx: &Ctx) -> Result<Vec<Template>> {
    ctx.authorise(Action::ContentRead)?;
    Ok(store::all(tx).await?)
}

/// One template with its content.
pub async fn by_id(tx: &mut Tx, ctx: &Ctx, id: TemplateId) -> Result<(Template, Content)> {
    ctx.authorise(Action::ContentRead)?;
    store::by_id(tx, id).await?.ok_or(Error::NotFound("template"))
}

/// The template of exactly this name.
pub async fn by_name(tx: &mut Tx, ctx: &Ctx, name: &str) -> Result<Option<(Template, Content)>> {
    ctx.authorise(Action::ContentRead)?;
    Ok(store::by_name(tx, name.trim()).await?)
}

fn checked_name(name: &str) -> Result<String> {
    let name = name.trim();
    if name.is_empty() || name.chars().any(char::is_control) {
        return Err(Error::invalid("name", "Give it a name in one line."));
    }
    if name.chars().count() > LONGEST_NAME {
        return Err(Error::invalid("name", "At most 120 characters fit here."));
    }
    Ok(name.to_owned())
}

fn name_taken(error: StoreError) -> Error {
    match error {
        StoreError::Conflict(_) => Error::invalid("name", "Another template has this name."),
        other => other.into(),
    }
}

async fn record(app: &App, tx: &mut Tx, ctx: &Ctx, op: Operation, what: &'static str, id: TemplateId) -> Result<()> {
    match op {
        Operation::Delete => hands::forget(tx, Work::Template, id.as_i64()).await?,
        _ => hands::note(tx, ctx, Work::Template, id.as_i64()).await?,
    }
    tx.record(app.store(), ctx, Entry::new(op, what).on("template", id.as_i64())).await?;
    Ok(())
}

/// The routes of this feature.
pub(crate) fn routes() -> Routes<App> {
    let shelf = Arc::new(Shelf::default());
    let drawing = shelf.clone();
    let routes = Routes::new()
        .page(Method::GET, "/campaigns/templates", Action::ContentRead, pages::index)
        .page(Method::POST, "/campaigns/templates", Action::ContentWrite, pages::create)
        .page(Method::GET, "/campaigns/templates/{id}", Action::ContentRead, pages::edit)
        .page(Method::POST, "/campaigns/templates/{id}", Action::ContentWrite, pages::save)
        .page(Method::POST, "/campaigns/templates/{id}/remove", Action::ContentWrite, pages::remove)
        .page(Method::POST, "/campaigns/templates/preview", Action::ContentRead, move |who, app, form| {
            pages::preview(drawing, who, app, form)
        })
        .page(Method::GET, "/campaigns/templates/preview/{token}", Action::ContentRead, move |who, token| {
            show(shelf, who, token)
        });
    let routes = api!(routes, Action::ContentRead, api::index);
    let routes = api!(routes, Action::ContentWrite, api::create);
    let routes = api!(routes, Action::ContentRead, api::get);
    let routes = api!(routes, Action::ContentWrite, api::replace);
    api!(routes, Action::ContentWrite, api::remove)
}

/// The jobs of this feature.
pub(crate) const fn jobs(_registry: &mut JobRegistry, _app: &App) {}
