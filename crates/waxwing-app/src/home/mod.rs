//! Home: what needs a person now, sending against limits, growth, the state of security.
//!
//! Promise: one look answers "must I do something?", without opening anybody's data.
//! States: none. Tables: none of its own; it counts the rows of others, and keeps a daily count of
//! people in the settings (`home.audience`). Events: none. Jobs: `home.count`.
//! Limit: growth is counted once an hour; today's number is exact.

mod growth;
mod jobs;
mod needs;
mod pages;
mod store;
#[cfg(test)]
mod tests;

use crate::App;
use http::Method;
use waxwing_domain::Action;
use waxwing_http::Routes;
use waxwing_store::JobRegistry;

/// The setting that holds when the last backup was finished, in microseconds since 1970.
pub const LAST_BACKUP: &str = "backup.last_at";

/// The routes of this feature.
pub(crate) fn routes() -> Routes<App> {
    Routes::new().page(Method::GET, "/", Action::HomeRead, pages::show).open(Method::GET, "/healthz", pages::health)
}

/// The jobs of this feature.
pub(crate) fn jobs(registry: &mut JobRegistry, app: &App) {
    jobs::register(registry, app);
}
