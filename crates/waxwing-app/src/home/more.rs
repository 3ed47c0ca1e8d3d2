//! What features above Home add to it: they stand to the right of it, so they register here instead of being called.

use super::Need;
use crate::{App, Result};
use futures::future::BoxFuture;
use waxwing_domain::Ctx;
use waxwing_store::{Tx, inventory};

type Ask = for<'a> fn(&'a App, &'a mut Tx, &'a Ctx) -> BoxFuture<'a, Result<Vec<Need>>>;

/// Who knows of more that needs a person. Register one with `inventory::submit!`; it shows whoever asks only what
/// they may see.
pub struct More(
    /// What waits for whoever asks, the most urgent first.
    pub Ask,
);

inventory::collect!(More);

/// Everything that was registered, in the order of each.
pub(super) async fn all(app: &App, tx: &mut Tx, ctx: &Ctx) -> Result<Vec<Need>> {
    let mut needs = Vec::new();
    for more in inventory::iter::<More> {
        needs.extend((more.0)(app, tx, ctx).await?);
    }
    Ok(needs)
}
