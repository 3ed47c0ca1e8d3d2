//! A case from made-up people: a copy of an export, or of what a program read, is in use.
//!
//! Promise: the case begins with what was copied, who took it, since when, and the network addresses that used the copy.
//! Limit: whoever uses a copy need not be who took it, and an address may be one of many that carried mail on.

use super::assets::{self, NewAsset};
use super::indicators::{self, NewIndicator};
use super::store_scope;
use super::words::{AssetKind, Compromise, IndicatorKind, Tlp};
use std::collections::BTreeMap;
use waxwing_app::canaries::{Hit, Mark, MarkKind, Told};
use waxwing_app::{App, Error, Result, accounts};
use waxwing_domain::{Actor, CasePartId, Ctx, IncidentId, Micros};
use waxwing_store::Tx;

/// Network addresses that are taken over, at most.
const MOST: usize = 20;
/// The clocks of two machines differ by so much, in microseconds.
const BEFORE: i64 = Micros::MINUTE;

/// What is suspected, in words to begin with.
pub(super) fn summary(told: &Told) -> String {
    let mark = &told.mark;
    let what = match mark.kind {
        MarkKind::Export => "an export",
        MarkKind::Api => "what a program read",
    };
    let hits = if mark.hits == 1 {
        "One of its made-up people was".into()
    } else {
        format!("{} times its made-up people were", mark.hits)
    };
    format!("A copy of {what} of {} is in use. {hits} heard of.", waxwing_http::moment_text(mark.at))
}

/// Puts into a new case what the made-up people tell.
pub(super) async fn of_mark(app: &App, tx: &mut Tx, ctx: &Ctx, id: IncidentId, told: &Told) -> Result<()> {
    let mark = &told.mark;
    store_scope::window(tx, id, (Some(mark.at.plus(-BEFORE)), None)).await?;
    let touched = |kind, name: String, number: i64| {
        let number = CasePartId::from_i64(number).to_string();
        NewAsset { kind, name, number, compromise: Compromise::Tbd }
    };
    let (kind, name) = match mark.kind {
        MarkKind::Export => (AssetKind::Export, "The export that was copied"),
        MarkKind::Api => (AssetKind::Key, "The key whose reads were copied"),
    };
    assets::add_once(app, tx, ctx, id, touched(kind, name.into(), mark.about)).await?;
    if let Some(new) = taker(app, tx, ctx, mark, touched).await? {
        assets::add_once(app, tx, ctx, id, new).await?;
    }
    for (address, seen) in addresses(&told.hits) {
        let new = NewIndicator { kind: IndicatorKind::Address, value: address.into(), tlp: Tlp::Amber, seen };
        match indicators::note(app, tx, ctx, id, new).await {
            // What a stranger's connection was noted as need not be an address.
            Ok(_) | Err(Error::Invalid { .. }) => {}
            Err(other) => return Err(other),
        }
    }
    Ok(())
}

/// The person or key that took it.
async fn taker(
    app: &App,
    tx: &mut Tx,
    ctx: &Ctx,
    mark: &Mark,
    touched: impl Fn(AssetKind, String, i64) -> NewAsset,
) -> Result<Option<NewAsset>> {
    Ok(match mark.actor {
        Actor::Account(account, _) => {
            let found = accounts::by_id(tx, account).await?;
            let name = match found {
                Some(found) => found.person(app, ctx.workspace)?.shown().to_owned(),
                None => "Somebody who is gone".to_owned(),
            };
            Some(touched(AssetKind::Person, name, account.as_i64()))
        }
        Actor::ApiKey(key) => Some(touched(AssetKind::Key, "The key that took it out".into(), key.as_i64())),
        Actor::Host | Actor::Public | Actor::Job => None,
    })
}

/// Where the copy was used from, each with when it was seen first and last.
fn addresses(hits: &[Hit]) -> impl Iterator<Item = (&str, (Micros, Micros))> {
    let mut seen: BTreeMap<&str, (Micros, Micros)> = BTreeMap::new();
    for hit in hits.iter().filter(|hit| !hit.facts.peer.is_empty()) {
        let (first, last) = seen.entry(&hit.facts.peer).or_insert((hit.at, hit.at));
        (*first, *last) = ((*first).min(hit.at), (*last).max(hit.at));
    }
    seen.into_iter().take(MOST)
}
