//! Throttles of guessing, kept in the database so that a restart gives nobody a fresh start.
//!
//! Promise: guesses at one account from one place, from one place at all, and at one account from
//! everywhere are each bounded; no bucket stays empty for ever, so nobody is locked out for good.
//! Who signed in from an address within thirty days is not held up by strangers who guess at the
//! account from elsewhere. Limit: an attacker with very many addresses gets a few tries from each,
//! bounded by the account's own bucket.

use super::store;
use crate::{App, Error};
use std::net::IpAddr;
use waxwing_crypto::MacPurpose;
use waxwing_domain::{AccountId, Ctx, EmailAddress, Micros};
use waxwing_store::Tx;

/// One bucket: how many at once, then one every `refill` microseconds.
#[derive(Clone, Copy)]
pub(super) struct Bucket {
    name: &'static str,
    burst: i64,
    refill: i64,
}

/// Guesses at one account from one place.
const PAIR: Bucket = Bucket { name: "login.pair", burst: 8, refill: 2 * Micros::MINUTE };
/// Guesses from one place.
const PLACE: Bucket = Bucket { name: "login.place", burst: 40, refill: 30 * Micros::SECOND };
/// Guesses at one account from all places that it does not know.
const ACCOUNT: Bucket = Bucket { name: "login.account", burst: 60, refill: 5 * Micros::MINUTE };
/// Codes shown for one account: a million codes, three of them right, 144 tries a day.
pub(super) const SECOND: Bucket = Bucket { name: "login.second", burst: 10, refill: 10 * Micros::MINUTE };
/// Reset mail to one address.
const RESET: Bucket = Bucket { name: "login.reset", burst: 3, refill: 20 * Micros::MINUTE };
/// Reset mail asked for from one place.
const RESET_PLACE: Bucket = Bucket { name: "login.reset_place", burst: 20, refill: 3 * Micros::MINUTE };
/// A signed-in person's own password, asked for again.
pub(super) const OWN: Bucket = Bucket { name: "login.own", burst: 10, refill: 3 * Micros::MINUTE };
/// Mail about sign-ins that stopped at the second factor.
pub(super) const TOLD: Bucket = Bucket { name: "login.told", burst: 3, refill: 4 * Micros::HOUR };
/// Mail about sign-ins from new browsers.
pub(super) const NEW_DEVICE: Bucket = Bucket { name: "login.new_device", burst: 6, refill: Micros::HOUR };
/// Codes by mail for one account.
pub(super) const MAILED: Bucket = Bucket { name: "login.mailed", burst: 5, refill: 10 * Micros::MINUTE };
/// Links and passwords tried from one place.
pub(super) const LINK: Bucket = Bucket { name: "login.link", burst: 30, refill: Micros::MINUTE };

/// Questions and answers of passkeys from one place: each leaves a row for five minutes.
pub(super) const QUESTION: Bucket = Bucket { name: "login.question", burst: 60, refill: 5 * Micros::SECOND };

/// Where an account is known to sign in from; `full_at` says until when.
const KNOWN: &str = "login.known";
const KNOWN_FOR: i64 = 30 * Micros::DAY;

/// Counts one guess at `email`; the same statements whether it is known or not.
pub(super) async fn guess(app: &App, tx: &mut Tx, ctx: &Ctx, email: &EmailAddress) -> crate::Result<()> {
    let account = email.normalised_v1();
    let place = network(ctx.address);
    take(app, tx, ctx, PLACE, &[&place]).await?;
    take(app, tx, ctx, PAIR, &[&place, account.as_bytes()]).await?;
    let known = store::full_at(tx, KNOWN, &key(app, &[&place, account.as_bytes()])).await?;
    if known.is_some_and(|until| ctx.now() < until) {
        return Ok(());
    }
    take(app, tx, ctx, ACCOUNT, &[account.as_bytes()]).await
}

/// After a right password: the place's guesses at this account are forgiven, and the place is known.
pub(super) async fn right(app: &App, tx: &mut Tx, ctx: &Ctx, email: &EmailAddress) -> crate::Result<()> {
    let pair = key(app, &[&network(ctx.address), email.normalised_v1().as_bytes()]);
    store::forgive(tx, PAIR.name, &pair).await?;
    store::set_full_at(tx, KNOWN, &pair, ctx.now().plus(KNOWN_FOR)).await?;
    Ok(())
}

/// Counts one request for a reset mail.
pub(super) async fn reset(app: &App, tx: &mut Tx, ctx: &Ctx, email: &EmailAddress) -> crate::Result<()> {
    take(app, tx, ctx, RESET_PLACE, &[&network(ctx.address)]).await?;
    take(app, tx, ctx, RESET, &[email.normalised_v1().as_bytes()]).await
}

/// Counts one try of something that belongs to an account.
pub(super) async fn of_account(app: &App, tx: &mut Tx, ctx: &Ctx, bucket: Bucket, id: AccountId) -> crate::Result<()> {
    take(app, tx, ctx, bucket, &[&id.as_i64().to_be_bytes()]).await
}

/// Counts one try of something from one place.
pub(super) async fn of_place(app: &App, tx: &mut Tx, ctx: &Ctx, bucket: Bucket) -> crate::Result<()> {
    take(app, tx, ctx, bucket, &[&network(ctx.address)]).await
}

async fn take(app: &App, tx: &mut Tx, ctx: &Ctx, bucket: Bucket, parts: &[&[u8]]) -> crate::Result<()> {
    let capacity = bucket.refill.saturating_mul(bucket.burst);
    let taken = store::take(tx, bucket.name, &key(app, parts), ctx.now(), (bucket.refill, capacity)).await?;
    taken.map_err(|full_at| {
        let micros = full_at.plus(bucket.refill).since(ctx.now()) - capacity;
        Error::TooMany(u64::try_from(micros).unwrap_or(0).div_ceil(1_000_000).max(1))
    })
}

/// A MAC, so that the table holds no address; lengths first, so that parts cannot run together.
fn key(app: &App, parts: &[&[u8]]) -> Vec<u8> {
    let mut data = Vec::new();
    for part in parts {
        data.extend_from_slice(&(part.len() as u64).to_be_bytes());
        data.extend_from_slice(part);
    }
    app.store().keys().ring().mac(MacPurpose::RateLimit, &data)[..16].to_vec()
}

/// An IPv4 address, or the first 64 bits of an IPv6 one: a household, not one of its 2^64 names.
fn network(address: Option<IpAddr>) -> Vec<u8> {
    match address.map(|address| address.to_canonical()) {
        Some(IpAddr::V4(address)) => address.octets().to_vec(),
        Some(IpAddr::V6(address)) => address.octets()[..8].to_vec(),
        None => Vec::new(),
    }
}
