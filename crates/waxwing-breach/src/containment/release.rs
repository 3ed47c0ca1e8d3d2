//! The way back: a second person releases, and integrations come back one by one.
//!
//! Promise: a release opens the gate and nothing else. Sessions and keys from before stay worthless;
//! a webhook, a relay or a domain stays shut until somebody reinstates it. Limit: a key is not given
//! back: its successor is made anew.

use super::{Containment, Scope, Vouched, checklist, follow, store};
use serde_json::json;
use waxwing_app::accounts::contain as people;
use waxwing_app::{App, Error, Result, signals, webhooks};
use waxwing_domain::{Action, Actor, ContainmentId, Ctx, Denied, GateLevel, Operation, Thing};
use waxwing_store::{Entry, Tx};

/// What came of reinstating something.
pub enum Reinstated {
    /// It is open again.
    Open,
    /// It is open again under this fresh secret, which is shown once.
    WithSecret(String),
}

/// In words, why this person may not release it; nothing where they may.
pub async fn how_to_release(tx: &mut Tx, ctx: &Ctx, of: &Containment) -> Result<Option<&'static str>> {
    let Actor::Account(account, _) = ctx.actor else {
        return Ok(Some("Only a person who is signed in releases it, or the host with an offline recovery code."));
    };
    if !ctx.may(Action::ContainmentRelease) {
        return Ok(Some("An owner or a security officer releases it."));
    }
    let releasers = store::releasers(tx, of.id).await?;
    Ok(match (releasers.contains(&account), releasers.is_empty()) {
        (true, _) => None,
        (false, true) => Some(
            "Nobody’s account, role, password and passkeys are all 72 hours older than the window. On the host: waxwing lockdown --release, with an owner’s offline recovery code.",
        ),
        (false, false) => Some(
            "A second person releases it: not who contained it, and with account, role, password and passkeys 72 hours older than the window.",
        ),
    })
}

/// Releases what a person may release.
///
/// # Errors
/// [`Error::Denied`] for a key; [`Error::Conflict`] says who may instead; [`Error::NotFound`].
pub async fn release(app: &App, tx: &mut Tx, ctx: &Ctx, id: ContainmentId) -> Result<()> {
    ctx.authorise(Action::ContainmentRelease)?;
    if !matches!(ctx.actor, Actor::Account(..)) {
        return Err(Denied(Action::ContainmentRelease).into());
    }
    let containment = open(tx, id).await?;
    match how_to_release(tx, ctx, &containment).await? {
        Some(why) => Err(Error::Conflict(why.to_owned())),
        None => open_gate(app, tx, ctx, &containment).await,
    }
}

/// Releases from the host's command line, by an owner's offline recovery code, which is used up.
///
/// # Errors
/// [`Error::Invalid`] of `code`; [`Error::NotFound`].
pub async fn release_by_host(app: &App, tx: &mut Tx, ctx: &Ctx, id: ContainmentId, code: &str) -> Result<()> {
    if ctx.actor != Actor::Host {
        return Err(Denied(Action::ContainmentRelease).into());
    }
    let containment = open(tx, id).await?;
    people::take_recovery_code(app, tx, ctx, code).await?;
    open_gate(app, tx, ctx, &containment).await
}

async fn open(tx: &mut Tx, id: ContainmentId) -> Result<Containment> {
    let found = store::by_id(tx, id).await?.filter(|one| one.released.is_none());
    found.ok_or(Error::NotFound("containment"))
}

async fn open_gate(app: &App, tx: &mut Tx, ctx: &Ctx, of: &Containment) -> Result<()> {
    let gate = tx.gate().await?;
    store::released(tx, of.id, ctx.actor, ctx.now()).await?;
    // A person is whole again; what carries data or mail is reinstated by itself.
    if let Scope::One(thing @ Thing::Account(_)) = of.scope {
        tx.reopen(thing).await?;
    }
    let entry = Entry::new(Operation::Operate, "containment.release").on("containment", of.id.as_i64());
    let entry = tx.record(app.store(), ctx, entry.detail(json!({ "scope": of.scope.to_text() }))).await?;
    follow::released(tx, ctx, of.id, entry).await?;
    let detail = json!({ "containment": of.id, "scope": of.scope.kind() });
    signals::note(tx, ctx, "containment.released", 1, detail).await?;
    let level = match (of.scope, store::is_open(tx, Scope::Workspace).await?) {
        (Scope::Workspace, false) => GateLevel::Normal,
        _ => gate.level,
    };
    if level == GateLevel::Normal {
        tx.pin_content(None).await?;
    }
    tx.turn_gate(gate.epoch, level, None, ctx.now()).await?;
    Ok(())
}

/// Opens one integration again, a webhook with a fresh secret, when every point of its checklist is seen to. Not while
/// the workspace, or it alone, is contained.
///
/// # Errors
/// [`Error::Contained`]; [`Error::Conflict`] for a person or a key, and for what a containment still holds;
/// [`Error::Invalid`] for a point that is left, and for a login or keys that are as they were without a reason.
pub async fn reinstate(app: &App, tx: &mut Tx, ctx: &Ctx, thing: Thing, vouched: &Vouched) -> Result<Reinstated> {
    ctx.authorise(Action::ContainmentRelease)?;
    let gate = tx.gate().await?;
    if !gate.level.may_move_data() {
        return Err(Error::Contained("integrations come back after the release, one by one."));
    }
    if store::is_open(tx, Scope::One(thing)).await? {
        return Err(Error::Conflict("It is contained by itself. A second person releases that first.".into()));
    }
    let seen = checklist::check(tx, thing, vouched).await?;
    let done = open_thing(app, tx, ctx, thing).await?;
    let entry = Entry::new(Operation::Operate, "containment.reinstate").on(thing.kind(), thing.number());
    tx.record(app.store(), ctx, entry.detail(seen)).await?;
    tx.turn_gate(gate.epoch, gate.level, None, ctx.now()).await?;
    Ok(done)
}

async fn open_thing(app: &App, tx: &mut Tx, ctx: &Ctx, thing: Thing) -> Result<Reinstated> {
    Ok(match thing {
        Thing::Webhook(id) => {
            tx.reopen(thing).await?;
            Reinstated::WithSecret(webhooks::replace_secret(app, tx, ctx, id).await?.secret)
        }
        Thing::Relay(_) | Thing::Domain(_) => {
            tx.reopen(thing).await?;
            Reinstated::Open
        }
        Thing::Account(_) | Thing::ApiKey(_) => {
            return Err(Error::Conflict("A person comes back with the release, a key is made anew.".into()));
        }
    })
}
