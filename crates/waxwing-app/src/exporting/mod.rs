//! Taking people out to files.
//!
//! Promise. A purpose is stated and kept; where the workspace wants it, a second person agreed to exactly this; what leaves is on the record before it leaves, chunk by
//! chunk; the gate is asked before each chunk; cells that a spreadsheet would run are made harmless.
//! Among the people of a file stand some who do not exist, which no count has (`canaries`).
//! Limit: what has left is beyond reach, and a download that breaks off is recorded up to the chunk
//! that was ready, which may be more than what arrived.
//! States. running, done, broken.
//! Tables. `exports`.
//! Events. The signal `export.begun`.
//! Jobs. None: an export lives as long as its reader.

mod api;
mod pages;
mod rows;
mod store;
mod stream;
#[cfg(test)]
mod tests;

pub use store::{Exported, State};
pub use stream::{Begun, Export, begin, to_file};

use crate::{App, Result};
use waxwing_domain::{Action, Ctx, ExportId};
use waxwing_http::Routes;
use waxwing_store::{JobRegistry, Tx};

/// Exports before the one given, the newest first.
pub async fn recent(tx: &mut Tx, ctx: &Ctx, before: Option<ExportId>, limit: u32) -> Result<Vec<Exported>> {
    ctx.authorise_look(Action::ExportRun)?;
    Ok(store::recent(tx, before.map_or(i64::MAX, ExportId::as_i64), limit).await?)
}

/// The routes of this feature.
pub(crate) fn routes() -> Routes<App> {
    api::routes(pages::routes(Routes::new()))
}

/// The jobs of this feature.
pub(crate) const fn jobs(_registry: &mut JobRegistry, _app: &App) {}
