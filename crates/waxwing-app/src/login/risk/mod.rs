//! Login risk: how strange a right password is, from where, with what and when it comes.
//!
//! Promise: each sign-in is scored (`waxwing_detect::login`) against what the person and everybody did before;
//! what is strange is a signal with its reasons in words, and meets a second factor: the person's own, or a
//! code by mail where there is none. A passkey passes, and is remembered. Limit: without a sender for system
//! mail no code can be asked for; without a database of addresses a place is its network alone (/24 within
//! /16, /48 within /32); habits are forgotten after 180 days.
//! States: none. Tables: `login_habits`, `login_codes`. Events: signal `login.risk`. Jobs: none of its own.

pub(super) mod code;
mod features;
mod store;
#[cfg(test)]
mod tests;

use super::session::Session;
use super::{Device, session};
use crate::accounts::Account;
use crate::{App, signals};
use features::Seen;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::net::IpAddr;
use store::Habits;
use waxwing_crypto::MacPurpose;
use waxwing_detect::login::guessing::Attempts;
use waxwing_detect::login::travel::{self, Journey};
use waxwing_detect::login::{Assessment, Circumstances, Level, Observed, weigh};
use waxwing_domain::{AccountId, Ctx, EmailAddress, Micros};
use waxwing_store::Tx;

/// Habits older than this are forgotten, in microseconds.
const KEPT: i64 = 180 * Micros::DAY;
/// A journey may take so long to be judged, in microseconds: in more, everybody reaches every place.
const TRAVELS: i64 = 2 * Micros::DAY;

/// Looks at a right password of this account; reads only.
pub(super) async fn assess(
    app: &App,
    tx: &mut Tx,
    ctx: &Ctx,
    account: &Account,
    device: &Device,
) -> crate::Result<Assessment> {
    let seen = features::of(app, ctx, device);
    let (own, all) = store::habits(tx, account.id, &values(&seen)).await?;
    let circumstances = Circumstances {
        idle_days: own.last.map(|last| ctx.now().since(last) / Micros::DAY),
        journey: journey(app, tx, ctx, account).await?,
        around: around(app, tx, ctx).await?,
    };
    Ok(weigh(&observed(&seen, &own, &all), &circumstances))
}

fn values(seen: &[Seen]) -> Vec<features::Value> {
    seen.iter().flat_map(|one| one.levels.clone()).collect()
}

fn observed(seen: &[Seen], own: &Habits, all: &Habits) -> Vec<Observed> {
    let level = |value: &features::Value| Level { own: own.counts(value), all: all.counts(value), base: value.base };
    seen.iter().map(|one| Observed { feature: one.feature, levels: one.levels.iter().map(level).collect() }).collect()
}

/// The fastest journey from where a session of the account was begun within two days, if nobody can have
/// made it. Not the last one alone: who came in from elsewhere first would vouch for coming again.
async fn journey(app: &App, tx: &mut Tx, ctx: &Ctx, account: &Account) -> crate::Result<Option<Journey>> {
    let (false, Some(here)) = (app.atlas().is_empty(), ctx.address) else { return Ok(None) };
    let recent = session::begun_since(tx, account.id, ctx.now().plus(-TRAVELS)).await?;
    let mut fastest: Option<Journey> = None;
    for session in &recent {
        let made = between(app, ctx, session, here)?;
        fastest = fastest.into_iter().chain(made).max_by(|one, other| one.speed().total_cmp(&other.speed()));
    }
    Ok(fastest)
}

fn between(app: &App, ctx: &Ctx, last: &Session, here: IpAddr) -> crate::Result<Option<Journey>> {
    let Ok(there) = session::device(app, ctx.workspace, last)?.address.parse() else { return Ok(None) };
    let place = |address: IpAddr| app.atlas().find(address).whereabouts();
    let (Some(from), Some(to)) = (place(there), place(here)) else { return Ok(None) };
    let hours = ctx.now().since(last.created_at) as f64 / Micros::HOUR as f64;
    Ok(travel::impossible(&from, &to, hours))
}

/// What was refused from the same network within the hour: whoever tries many passwords has many addresses of it.
async fn around(app: &App, tx: &mut Tx, ctx: &Ctx) -> crate::Result<Attempts> {
    let refused = signals::from_here(app, tx, ctx, "login.refused", ctx.now().plus(-Micros::HOUR)).await?;
    let typed = |details: &mut dyn Iterator<Item = &Value>| {
        details.filter_map(|detail| detail["typed"].as_str()).collect::<BTreeSet<_>>().len() as u64
    };
    let unknown = || refused.iter().filter(|detail| detail["account"].is_null());
    Ok(Attempts {
        tried: refused.len() as u64,
        refused: refused.len() as u64,
        unknown: unknown().count() as u64,
        accounts: typed(&mut refused.iter()),
        strangers: typed(&mut unknown()),
    })
}

/// What the detail of an attempt says of where it came from: the keyed tag of its network, and the provider's
/// number where one is known. Attempts from one house or one provider can be counted together by it.
pub(super) fn origin(app: &App, ctx: &Ctx) -> Value {
    let Some(address) = ctx.address else { return Value::Null };
    let network = signals::tag_of(app, ctx, signals::network(address)).map(hex::encode);
    json!({ "network": network, "provider": app.atlas().find(address).provider })
}

/// A keyed tag of the address that somebody typed, so that different ones can be counted; the same for
/// people that are known and that are not.
pub(super) fn typed(app: &App, email: &EmailAddress) -> String {
    let data = [b"login.typed\0", email.normalised_v1().as_bytes()].concat();
    hex::encode(&app.store().keys().ring().mac(MacPurpose::RateLimit, &data)[..8])
}

/// Writes a signal of what speaks against a sign-in; nothing where nothing does.
pub(super) async fn note(
    app: &App,
    tx: &mut Tx,
    ctx: &Ctx,
    account: &Account,
    found: &Assessment,
) -> crate::Result<()> {
    if found.reasons.is_empty() && !found.is_strange() {
        return Ok(());
    }
    let score = (found.score * 100.0).round() / 100.0;
    let strange = found.is_strange();
    let detail = json!({ "account": account.id, "score": score, "strange": strange, "reasons": found.reasons });
    signals::note_address(app, tx, ctx, "login.risk", 1, detail).await
}

/// Remembers a sign-in that went through: for its person, and for everybody.
pub(super) async fn remember(
    app: &App,
    tx: &mut Tx,
    ctx: &Ctx,
    account: AccountId,
    device: &Device,
) -> crate::Result<()> {
    let seen = features::of(app, ctx, device);
    Ok(store::remember(tx, account, &values(&seen), ctx.now()).await?)
}

/// Forgets habits that are older than [`KEPT`], and codes whose step is gone.
pub(super) async fn sweep(tx: &mut Tx, now: Micros) -> crate::Result<()> {
    Ok(store::sweep(tx, now.plus(-KEPT)).await?)
}
