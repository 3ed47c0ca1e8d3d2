//! The product: one folder a feature (ARCHITECTURE.md has the map).
//!
//! Promise: page, API, job and command line call the same use case; a use case authorises where
//! the data is touched, asks the gate, changes state, and appends the record and its jobs in the
//! same transaction. Limit: who opens the database by other means is held back by the keys alone.

pub mod accounts;
pub mod alerts;
pub mod campaigns;
pub mod canaries;
pub mod consent;
pub mod domains;
pub mod erasure;
pub mod exporting;
pub mod fields;
pub mod hands;
pub mod holds;
pub mod home;
pub mod importing;
pub mod inbound;
pub mod keys;
pub mod lists;
pub mod login;
pub mod media;
pub mod outcomes;
pub mod pinned;
pub mod record;
pub mod relays;
pub mod reports;
pub mod sending;
pub mod settings;
pub mod signals;
pub mod signup;
pub mod subscribers;
pub mod suppression;
pub mod templates;
pub mod unsubscribe;
pub mod webhooks;

mod app;
mod atlas;
mod error;
#[cfg(test)]
#[path = "tests_house.rs"]
mod testing;

pub use app::{App, AppConfig};
pub use atlas::{Atlas, AtlasError, Location};
pub use error::Error;

use waxwing_http::Routes;
use waxwing_store::JobRegistry;

/// What a use case answers.
pub type Result<T> = std::result::Result<T, Error>;

/// Every route of the product.
pub fn routes() -> Routes<App> {
    Routes::new()
        .assets()
        .merge(settings::routes())
        .merge(signals::routes())
        .merge(accounts::routes())
        .merge(holds::routes())
        .merge(login::routes())
        .merge(fields::routes())
        .merge(consent::routes())
        .merge(suppression::routes())
        .merge(lists::routes())
        .merge(canaries::routes())
        .merge(subscribers::routes())
        .merge(templates::routes())
        .merge(media::routes())
        .merge(relays::routes())
        .merge(domains::routes())
        .merge(sending::routes())
        .merge(signup::routes())
        .merge(unsubscribe::routes())
        .merge(campaigns::routes())
        .merge(outcomes::routes())
        .merge(reports::routes())
        .merge(importing::routes())
        .merge(exporting::routes())
        .merge(inbound::routes())
        .merge(webhooks::routes())
        .merge(alerts::routes())
        .merge(erasure::routes())
        .merge(record::routes())
        .merge(home::routes())
}

/// Every job of the product.
pub fn jobs(app: &App) -> JobRegistry {
    let mut registry = JobRegistry::default();
    settings::jobs(&mut registry, app);
    signals::jobs(&mut registry, app);
    accounts::jobs(&mut registry, app);
    holds::jobs(&mut registry, app);
    login::jobs(&mut registry, app);
    fields::jobs(&mut registry, app);
    consent::jobs(&mut registry, app);
    suppression::jobs(&mut registry, app);
    lists::jobs(&mut registry, app);
    canaries::jobs(&mut registry, app);
    subscribers::jobs(&mut registry, app);
    templates::jobs(&mut registry, app);
    media::jobs(&mut registry, app);
    relays::jobs(&mut registry, app);
    domains::jobs(&mut registry, app);
    sending::jobs(&mut registry, app);
    signup::jobs(&mut registry, app);
    unsubscribe::jobs(&mut registry, app);
    campaigns::jobs(&mut registry, app);
    outcomes::jobs(&mut registry, app);
    reports::jobs(&mut registry, app);
    importing::jobs(&mut registry, app);
    exporting::jobs(&mut registry, app);
    inbound::jobs(&mut registry, app);
    webhooks::jobs(&mut registry, app);
    alerts::jobs(&mut registry, app);
    erasure::jobs(&mut registry, app);
    record::jobs(&mut registry, app);
    keys::jobs(&mut registry, app);
    home::jobs(&mut registry, app);
    registry
}
