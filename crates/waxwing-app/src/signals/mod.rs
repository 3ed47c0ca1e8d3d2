//! Security observations: append-only rows that detection reads.
//!
//! Promise: an observation commits together with the act it is about, and whoever listens hears of it there.
//! States: none. Tables: `signals`. Events: none. Jobs: none.
//! Limit: it holds ids, counts and a keyed tag of the network address, never a person's data.

mod store;

use crate::App;
use futures::future::BoxFuture;
use serde_json::Value;
use std::net::IpAddr;
use store::Place;
use waxwing_crypto::Month;
use waxwing_domain::{AccountId, Action, Ctx, Micros};
use waxwing_http::Routes;
use waxwing_store::{JobRegistry, Tx, inventory};

/// Forgets observations whose ids lie before `before_id`, the oldest first, at most so many; gives how many. Called by
/// `alerts`, which knows what is looked at, and whether everything is held.
pub(crate) async fn sweep(tx: &mut Tx, before_id: i64, most: i64) -> crate::Result<u64> {
    Ok(store::sweep(tx, before_id, most).await?)
}

/// The routes of this feature.
pub(crate) fn routes() -> Routes<App> {
    Routes::new()
}

/// The jobs of this feature.
pub(crate) const fn jobs(_registry: &mut JobRegistry, _app: &App) {}

/// Notes that something happened. `kind` is `feature.word`, `amount` how many it concerns, and
/// `detail` holds ids and words only.
pub async fn note(tx: &mut Tx, ctx: &Ctx, kind: &'static str, amount: i64, detail: Value) -> crate::Result<()> {
    insert(tx, ctx, kind, amount, &detail, Place::default()).await
}

async fn insert(
    tx: &mut Tx,
    ctx: &Ctx,
    kind: &'static str,
    amount: i64,
    detail: &Value,
    place: Place,
) -> crate::Result<()> {
    store::insert(tx, ctx, kind, amount, detail, place).await?;
    for hook in inventory::iter::<Hook> {
        (hook.hear)(tx, ctx, kind).await?;
    }
    Ok(())
}

type Hear = for<'a> fn(&'a mut Tx, &'a Ctx, &'static str) -> BoxFuture<'a, crate::Result<()>>;

/// A feature that hears of observations in their own transaction, by their kind. Register one with
/// `inventory::submit!`. It must be quick, for it stands in every such transaction.
pub struct Hook {
    hear: Hear,
}

impl Hook {
    /// A feature's ear.
    pub const fn new(hear: Hear) -> Self {
        Self { hear }
    }
}

inventory::collect!(Hook);

/// The kinds of what was observed after `at`, the newest first; at most a thousand.
pub async fn since(tx: &mut Tx, ctx: &Ctx, at: Micros) -> crate::Result<Vec<String>> {
    ctx.authorise(Action::RecordRead)?;
    Ok(store::since(tx, at).await?)
}

/// The same with the keyed tags of the requester's network address and of the network around it, so that
/// attempts from one place can be counted. Call it after the record entry, which makes the month's key.
pub async fn note_address(
    app: &App,
    tx: &mut Tx,
    ctx: &Ctx,
    kind: &'static str,
    amount: i64,
    detail: Value,
) -> crate::Result<()> {
    let tag = |address| tag_of(app, ctx, address);
    let place = Place { address: ctx.address.and_then(tag), network: ctx.address.map(network).and_then(tag) };
    insert(tx, ctx, kind, amount, &detail, place).await
}

/// What was observed of an account after `at`, in kinds that begin so: when, the kind, the detail; the newest 200.
pub(crate) async fn about_account(
    tx: &mut Tx,
    kinds: &str,
    account: AccountId,
    at: Micros,
) -> crate::Result<Vec<(Micros, String, Value)>> {
    Ok(store::about(tx, (kinds, &format!("\"account\":\"{account}\"")), at).await?)
}

/// The details of observations of one kind that came from the network around the requester's address after
/// `since`; the newest 200. None in a month that has no key yet.
pub async fn from_here(
    app: &App,
    tx: &mut Tx,
    ctx: &Ctx,
    kind: &'static str,
    since: Micros,
) -> crate::Result<Vec<Value>> {
    match ctx.address.map(network).and_then(|network| tag_of(app, ctx, network)) {
        Some(tag) => Ok(store::from_network(tx, kind, tag, since).await?),
        None => Ok(Vec::new()),
    }
}

/// The keyed tag of an address, under this month's key; `None` while there is none: the observation counts without.
pub fn tag_of(app: &App, ctx: &Ctx, address: IpAddr) -> Option<Vec<u8>> {
    let ring = app.store().keys().ring();
    let keys = ring.workspace(ctx.workspace).ok()?;
    keys.address_tag(Month::of(ctx.now()), address).ok().map(Vec::from)
}

/// The first address of the network around one, by which attempts from neighbours are counted together.
pub fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V4(address) => IpAddr::from([address.octets()[0], address.octets()[1], address.octets()[2], 0]),
        IpAddr::V6(address) => {
            let [a, b, c, ..] = address.segments();
            IpAddr::from([a, b, c, 0, 0, 0, 0, 0])
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_network_is_a_street_and_a_mapped_address_is_the_one_it_stands_for() {
        let address = |text: &str| text.parse::<IpAddr>().expect("an address");
        assert_eq!(network(address("::ffff:192.0.2.7")), address("192.0.2.0"));
        assert_eq!(network(address("2001:db8:1:2::9")), address("2001:db8:1::"));
    }
}
