//! The times of law that run in a case, for the top of its room: `duties` stands to the right of `incidents`, so it
//! registers here instead of being called.

use futures::future::BoxFuture;
use waxwing_app::{App, Result};
use waxwing_domain::{Ctx, IncidentId};
use waxwing_store::{Tx, inventory};

type Ask = for<'a> fn(&'a App, &'a mut Tx, &'a Ctx, IncidentId) -> BoxFuture<'a, Result<Vec<String>>>;

/// Who knows what runs out in a case. Register one with `inventory::submit!`.
pub struct Clocks(
    /// What runs, in words, the nearest first.
    pub Ask,
);

inventory::collect!(Clocks);

/// Lines shown at the top, at most: the rest stands under Duties.
const MOST: usize = 3;

/// What runs out in a case, the nearest first.
pub(super) async fn lines(app: &App, tx: &mut Tx, ctx: &Ctx, id: IncidentId) -> Result<Vec<String>> {
    let mut all = Vec::new();
    for clocks in inventory::iter::<Clocks> {
        all.extend((clocks.0)(app, tx, ctx, id).await?);
    }
    all.truncate(MOST);
    Ok(all)
}
