//! Security observations: append-only rows that detection reads.
//!
//! Promise: an observation commits together with the act it is about.
//! States: none. Tables: `signals`. Events: none. Jobs: none.
//! Limit: it holds ids, counts and a keyed tag of the network address, never a person's data.

mod store;

use crate::App;
use serde_json::Value;
use waxwing_crypto::Month;
use waxwing_domain::{Action, Ctx, Micros};
use waxwing_http::Routes;
use waxwing_store::{JobRegistry, Tx};

/// The routes of this feature.
pub(crate) fn routes() -> Routes<App> {
    Routes::new()
}

/// The jobs of this feature.
pub(crate) const fn jobs(_registry: &mut JobRegistry, _app: &App) {}

/// Notes that something happened. `kind` is `feature.word`, `amount` how many it concerns, and
/// `detail` holds ids and words only.
pub async fn note(tx: &mut Tx, ctx: &Ctx, kind: &'static str, amount: i64, detail: Value) -> crate::Result<()> {
    store::insert(tx, ctx, kind, amount, &detail, None).await
}

/// The kinds of what was observed after `at`, the newest first; at most a thousand.
pub async fn since(tx: &mut Tx, ctx: &Ctx, at: Micros) -> crate::Result<Vec<String>> {
    ctx.authorise(Action::RecordRead)?;
    Ok(store::since(tx, at).await?)
}

/// The same with the keyed tag of the requester's network address, so that attempts from one
/// place can be counted. Call it after the record entry, which makes the month's key.
pub async fn note_address(
    app: &App,
    tx: &mut Tx,
    ctx: &Ctx,
    kind: &'static str,
    amount: i64,
    detail: Value,
) -> crate::Result<()> {
    let tag = address_tag(app, ctx);
    store::insert(tx, ctx, kind, amount, &detail, tag).await
}

/// None where there is no address, or no key of this month yet: the observation counts without.
fn address_tag(app: &App, ctx: &Ctx) -> Option<Vec<u8>> {
    let ring = app.store().keys().ring();
    let keys = ring.workspace(ctx.workspace).ok()?;
    keys.address_tag(Month::of(ctx.now()), ctx.address?).ok().map(Vec::from)
}
