//! Letting in whoever the provider vouches for.
//!
//! Promise: the person is found by issuer and subject only. Groups are read anew: what they no longer give is gone in
//! the same transaction, together with the sessions that rested on it; what is powerful is given only if a second person
//! agreed to the mapping, where the workspace asks for one. Limit: roles that people gave here stay as they are.

use super::arrive::Vouched;
use super::refusal::Refusal;
use super::{Config, Newcomers, seals, store};
use crate::accounts::approvals;
use crate::accounts::roles::RoleRef;
use crate::accounts::roles::groups::{self, ByGroups};
use crate::accounts::{self, Account, Person, State};
use crate::login::device::Device;
use crate::login::{Outcome, enter_by, more, policy, risk, second};
use crate::{App, Error, login};
use std::collections::BTreeSet;
use waxwing_domain::{AccountId, Ctx, EmailAddress, GateLevel, HeaderText, Strength, Thing};
use waxwing_store::{Gate, Tx};

/// Signs somebody in; a first time, where the workspace lets newcomers in, makes their account.
pub(super) async fn enter(
    app: &App,
    ctx: &Ctx,
    vouched: &Vouched,
    device: &Device,
) -> crate::Result<Result<Outcome, Refusal>> {
    let mut tx = app.begin(ctx, "login.sso").await?;
    let account = match known(app, &mut tx, ctx, vouched).await? {
        Ok(account) => account,
        Err(refusal) => return Ok(Err(refusal)),
    };
    let outcome = match give_roles(app, &mut tx, ctx, &vouched.config, (&account, &vouched.claims.groups)).await? {
        true => Ok(let_in(app, &mut tx, ctx, (&account, vouched), device).await?),
        false => {
            // What the groups no longer give is gone all the same.
            login::store::end_by_sso(&mut tx, Some(account.id), ctx.now()).await?;
            Err(Refusal::Groups)
        }
    };
    tx.commit().await?;
    Ok(outcome)
}

/// The account of the person, old or new.
async fn known(app: &App, tx: &mut Tx, ctx: &Ctx, vouched: &Vouched) -> crate::Result<Result<Account, Refusal>> {
    let Vouched { config, claims, .. } = vouched;
    let email = email(vouched);
    if !config.admits(email.as_ref()) {
        return Ok(Err(Refusal::Address));
    }
    let gate = tx.gate().await?;
    let tags = seals::tags(app, ctx.workspace, &config.issuer, &claims.subject)?;
    let Some((id, tag)) = store::link(tx, tags).await? else {
        return newcomer(app, tx, ctx, (vouched, email), &gate).await;
    };
    let account = accounts::by_id(tx, id).await?.filter(|account| account.state == State::Active);
    let Some(account) = account.filter(|account| gate.lets(Thing::Account(account.id))) else {
        return Ok(Err(Refusal::Closed));
    };
    store::see_link(tx, &tag, ctx.now()).await?;
    Ok(Ok(account))
}

/// The address that the provider vouches for.
pub(super) fn email(vouched: &Vouched) -> Option<EmailAddress> {
    vouched.claims.verified_email.as_deref().and_then(|text| EmailAddress::parse(text).ok())
}

/// Makes an account for somebody who comes for the first time, if all speaks for it.
async fn newcomer(
    app: &App,
    tx: &mut Tx,
    ctx: &Ctx,
    (vouched, email): (&Vouched, Option<EmailAddress>),
    gate: &Gate,
) -> crate::Result<Result<Account, Refusal>> {
    let Vouched { config, claims, .. } = vouched;
    let Some(email) = email else { return Ok(Err(Refusal::Address)) };
    if accounts::by_email(app, tx, &email).await?.is_some() {
        return Ok(Err(Refusal::Taken));
    }
    if config.newcomers == Newcomers::Refuse {
        return Ok(Err(Refusal::Stranger));
    }
    if gate.level >= GateLevel::Contained {
        return Ok(Err(Refusal::Contained));
    }
    if roles_of(tx, config, &claims.groups).await?.is_empty() {
        return Ok(Err(Refusal::Groups));
    }
    let id = accounts::admit(app, tx, ctx, &Person { email, name: name(&claims.name) }).await?;
    let tag = seals::tag(app, ctx.workspace, &config.issuer, &claims.subject)?;
    store::put_link(tx, &tag, id, ctx.now()).await?;
    Ok(Ok(accounts::by_id(tx, id).await?.ok_or(Error::NotFound("account"))?))
}

/// A name that can stand on a line; none for one that cannot.
fn name(text: &str) -> String {
    let short: String = text.chars().take(200).collect();
    HeaderText::parse(&short).map(Into::into).unwrap_or_default()
}

/// The roles that groups give now.
async fn roles_of(tx: &mut Tx, config: &Config, groups: &[String]) -> crate::Result<BTreeSet<RoleRef>> {
    let asks = approvals::policy(tx).await?.grants;
    let mut roles = BTreeSet::new();
    for group in config.met(groups) {
        // A role that is gone gives nothing.
        let Some(powerful) = groups::is_powerful(tx, group.role).await? else { continue };
        if !powerful || !asks || group.agreed {
            roles.insert(group.role);
        }
    }
    Ok(roles)
}

/// Sets what the groups give; `false` where the person has no role at all then.
async fn give_roles(
    app: &App,
    tx: &mut Tx,
    ctx: &Ctx,
    config: &Config,
    (account, groups): (&Account, &[String]),
) -> crate::Result<bool> {
    let mut roles = roles_of(tx, config, groups).await?;
    if tx.gate().await?.level >= GateLevel::Contained {
        // Nobody gets more than they have while the workspace is contained; less, they do.
        roles = kept(tx, account.id, roles).await?;
    }
    let until = ctx.now().plus(policy::load(tx).await?.absolute());
    groups::set(app, tx, ctx, account.id, &ByGroups { roles, by: config.changed_by, until }).await?;
    groups::has_any(tx, account.id, ctx.now()).await
}

async fn kept(tx: &mut Tx, account: AccountId, roles: BTreeSet<RoleRef>) -> crate::Result<BTreeSet<RoleRef>> {
    let held = groups::held(tx, account).await?;
    Ok(roles.into_iter().filter(|role| held.contains(role)).collect())
}

/// Begins the session, or asks for the second factor that the person has here.
async fn let_in(
    app: &App,
    tx: &mut Tx,
    ctx: &Ctx,
    (account, vouched): (&Account, &Vouched),
    device: &Device,
) -> crate::Result<Outcome> {
    let risk = risk::assess(app, tx, ctx, account, device).await?;
    risk::note(app, tx, ctx, account, &risk).await?;
    let strong = vouched.config.is_strong(&vouched.claims.methods);
    let asked = if strong { None } else { more(tx, account, &risk).await? };
    if let Some(by) = asked {
        return second::ask(app, tx, ctx, account, (by, true)).await;
    }
    let strength = if strong { Strength::SecondFactor } else { Strength::Sso };
    let how = (strength, true, "login.signed_in_sso");
    Ok(Outcome::In(enter_by(app, tx, ctx, account, device, how).await?))
}
