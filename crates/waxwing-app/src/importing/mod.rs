//! Bringing people in from files.

mod file;

use crate::App;
use waxwing_http::Routes;
use waxwing_store::JobRegistry;

/// The routes of this feature.
pub(crate) fn routes() -> Routes<App> {
    Routes::new()
}

/// The jobs of this feature.
pub(crate) const fn jobs(_registry: &mut JobRegistry, _app: &App) {}
