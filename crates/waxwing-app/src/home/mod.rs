//! Home: what needs a person now, sending against limits, growth, the state of security.
//!
//! Promise: one look answers "must I do something?", without opening anybody's data.
//! States: none. Tables: none of its own; it counts the rows of others, and keeps a daily count of
//! people in the settings (`home.audience`). Events: none. Jobs: `home.count`.
//! Limit: growth is counted once an hour; today's number is exact.

mod growth;
mod jobs;
mod more;
mod needs;
mod pages;
mod store;
#[cfg(test)]
mod tests;

pub use more::More;
pub use needs::Need;

use crate::{App, Result, settings};
use http::Method;
use waxwing_domain::{Action, Ctx, Operation};
use waxwing_http::Routes;
use waxwing_store::{Entry, JobRegistry};

/// The setting that holds when the last backup was finished, in microseconds since 1970.
const LAST_BACKUP: &str = "backup.last_at";

/// Notes that a backup of data and keys was finished now.
pub async fn backed_up(app: &App, ctx: &Ctx) -> Result<()> {
    ctx.authorise(Action::KeysRotate)?;
    let mut tx = app.begin(ctx, "home.backed_up").await?;
    settings::set_value(&mut tx, ctx, LAST_BACKUP, &ctx.now().as_i64().to_string()).await?;
    tx.record(app.store(), ctx, Entry::new(Operation::Operate, "backup.done")).await?;
    Ok(tx.commit().await?)
}

/// The routes of this feature.
pub(crate) fn routes() -> Routes<App> {
    Routes::new().page(Method::GET, "/", Action::HomeRead, pages::show).open(Method::GET, "/healthz", pages::health)
}

/// The jobs of this feature.
pub(crate) fn jobs(registry: &mut JobRegistry, app: &App) {
    jobs::register(registry, app);
}
