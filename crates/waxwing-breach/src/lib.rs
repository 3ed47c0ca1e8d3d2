//! The breach centre: one folder a feature, above the product that it watches over.
//!
//! Promise: what is contained, measured, told and proved after a breach is decided here, and here
//! the product comes together: [`routes`] and [`jobs`] are those of every feature. Limit: nothing
//! below knows this crate; enforcement is read from the gate, never called.

pub mod blast;
pub mod containment;
pub mod duties;
pub mod incidents;
pub mod notices;
pub mod status;
pub mod support;
pub mod trust;

#[cfg(test)]
#[path = "tests_house.rs"]
mod testing;

use waxwing_app::App;
use waxwing_http::Routes;
use waxwing_store::JobRegistry;

/// Every route of the product.
pub fn routes() -> Routes<App> {
    let centre = blast::routes().merge(containment::routes()).merge(incidents::routes()).merge(duties::routes());
    let centre =
        centre.merge(notices::routes()).merge(status::routes()).merge(support::routes()).merge(trust::routes());
    waxwing_app::routes().merge(centre)
}

/// Every job of the product.
pub fn jobs(app: &App) -> JobRegistry {
    let mut registry = waxwing_app::jobs(app);
    blast::jobs(&mut registry, app);
    containment::jobs(&mut registry, app);
    incidents::jobs(&mut registry, app);
    duties::jobs(&mut registry, app);
    status::jobs(&mut registry, app);
    registry
}
