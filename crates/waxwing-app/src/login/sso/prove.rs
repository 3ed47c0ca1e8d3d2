//! Proving anew at the provider that it is them, for acts that ask for it.
//!
//! Promise: the provider is asked to sign the person in anew, and its signed `auth_time` must say that it did, after the
//! asking; it must be the person of this account. The session gets another token, which only the browser that asked is
//! given. Limit: clocks may differ by a minute, so a sign-in there that is that much older passes.

use super::arrive::Vouched;
use super::refusal::Refusal;
use super::{acting, link, seals, store};
use crate::login::{has_more, proof};
use crate::{App, Error};
use waxwing_domain::{Ctx, Micros, Strength};

/// By how much two clocks may differ, in microseconds.
const SKEW: i64 = Micros::MINUTE;

/// Judges a sign-in at the provider as a proof; gives the session's new token.
pub(super) async fn prove(app: &App, ctx: &Ctx, vouched: &Vouched) -> crate::Result<Result<String, Refusal>> {
    let ctx = &acting(ctx, &vouched.attempt);
    let mut tx = app.begin(ctx, "login.prove").await?;
    let Some(account) = link::holder(&mut tx, vouched).await? else { return Ok(Err(Refusal::Session)) };
    let tags = seals::tags(app, ctx.workspace, &vouched.config.issuer, &vouched.claims.subject)?;
    if store::link(&mut tx, tags).await?.is_none_or(|(whose, _)| whose != account.id) {
        return Ok(Err(Refusal::OtherPerson));
    }
    if !is_anew(vouched) {
        return Ok(Err(Refusal::Stale));
    }
    let strong = vouched.config.is_strong(&vouched.claims.methods);
    if !strong && has_more(&mut tx, &account).await? {
        return Ok(Err(Refusal::Weak));
    }
    let strength = if strong { Strength::SecondFactor } else { Strength::Sso };
    let token = match proof::rise(app, &mut tx, ctx, &account, strength).await {
        Err(Error::NotFound(_)) => return Ok(Err(Refusal::Session)),
        risen => risen?,
    };
    tx.commit().await?;
    Ok(Ok(token))
}

/// Whether the person signed in there after they were asked to.
fn is_anew(vouched: &Vouched) -> bool {
    let proved = vouched.claims.proved_at.map(|seconds| Micros::from_i64(seconds.saturating_mul(Micros::SECOND)));
    proved.is_some_and(|at| at.since(vouched.attempt.created_at) >= -SKEW)
}
