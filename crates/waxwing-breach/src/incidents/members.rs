//! Who is in a case, and therefore sees it.
//!
//! Promise: whoever is not in a case finds nothing under its address; joining and adding are on the record. Limit:
//! owners and security officers learn that a case exists, by its codename, and may join it.

use super::case::Incident;
use super::words::{CaseRole, Category};
use super::{store, store_members, timeline};
use serde_json::json;
use waxwing_app::{App, Error, Result, accounts};
use waxwing_domain::{AccountId, Action, Actor, CasePartId, Ctx, Denied, IncidentId, Micros, Operation};
use waxwing_store::{Entry, Tx};

/// The account or key that is, or could be, in a case.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct MemberRef {
    /// `account` or `api_key`.
    pub kind: &'static str,
    /// Its number.
    pub principal: i64,
}

impl MemberRef {
    /// Whoever asks, where that is a person or a key.
    pub(super) const fn of(ctx: &Ctx) -> Option<Self> {
        match ctx.actor {
            Actor::Account(account, _) => Some(Self::account(account)),
            Actor::ApiKey(key) => Some(Self { kind: "api_key", principal: key.as_i64() }),
            Actor::Host | Actor::Public | Actor::Job => None,
        }
    }
    /// A person.
    pub const fn account(account: AccountId) -> Self {
        Self { kind: "account", principal: account.as_i64() }
    }
    pub(super) fn read(kind: &str, principal: i64) -> Self {
        Self { kind: if kind == "account" { "account" } else { "api_key" }, principal }
    }
}

/// Somebody in a case.
#[derive(Clone, Copy, Debug)]
pub struct Member {
    /// Who.
    pub who: MemberRef,
    /// As what.
    pub role: CaseRole,
    /// Since when.
    pub since: Micros,
}

impl Member {
    /// Their number, as forms carry it.
    pub fn number(&self) -> CasePartId {
        CasePartId::from_i64(self.who.principal)
    }
}

/// The host and jobs see all: whoever holds the machine holds its data.
pub(super) const fn sees_all(ctx: &Ctx) -> bool {
    matches!(ctx.actor, Actor::Host | Actor::Job)
}

/// The case, if whoever asks is in it.
pub(super) async fn readable(tx: &mut Tx, ctx: &Ctx, id: IncidentId) -> Result<Incident> {
    standing(tx, ctx, id).await.map(|(case, _)| case)
}

/// The case, if whoever asks may write in it.
///
/// # Errors
/// [`Error::NotFound`] for who is not in the case; [`Error::Denied`] for who only looks on.
pub async fn writable(tx: &mut Tx, ctx: &Ctx, id: IncidentId) -> Result<Incident> {
    ctx.authorise(Action::IncidentsWrite)?;
    match standing(tx, ctx, id).await? {
        (_, CaseRole::Observer) => Err(Denied(Action::IncidentsWrite).into()),
        (case, _) => Ok(case),
    }
}

/// The case, if whoever asks decides in it: its leads, and whoever may join every case and is in this one.
pub(super) async fn led(tx: &mut Tx, ctx: &Ctx, id: IncidentId) -> Result<Incident> {
    ctx.authorise(Action::IncidentsWrite)?;
    match standing(tx, ctx, id).await? {
        (case, CaseRole::Lead) => Ok(case),
        (case, _) if ctx.may(Action::IncidentsLead) => Ok(case),
        _ => Err(Denied(Action::IncidentsLead).into()),
    }
}

async fn standing(tx: &mut Tx, ctx: &Ctx, id: IncidentId) -> Result<(Incident, CaseRole)> {
    let hidden = || Error::NotFound("case");
    let role = match MemberRef::of(ctx) {
        Some(member) => store_members::role_of(tx, id, member).await?.ok_or_else(hidden)?,
        None if sees_all(ctx) => CaseRole::Lead,
        None => return Err(hidden()),
    };
    Ok((store::by_id(tx, id).await?.ok_or_else(hidden)?, role))
}

/// Whether a person is in the case, in whatever role.
pub async fn is_member(tx: &mut Tx, id: IncidentId, account: AccountId) -> Result<bool> {
    Ok(store_members::role_of(tx, id, MemberRef::account(account)).await?.is_some())
}

/// What whoever asks is in the case; `None` for who is not in it by name.
pub async fn role(tx: &mut Tx, ctx: &Ctx, id: IncidentId) -> Result<Option<CaseRole>> {
    match MemberRef::of(ctx) {
        Some(member) => Ok(store_members::role_of(tx, id, member).await?),
        None => Ok(sees_all(ctx).then_some(CaseRole::Lead)),
    }
}

/// The first members of a new case.
pub(super) async fn first(tx: &mut Tx, ctx: &Ctx, id: IncidentId) -> Result<()> {
    if let Some(who) = MemberRef::of(ctx) {
        let role = if who.kind == "account" { CaseRole::Lead } else { CaseRole::Technical };
        store_members::put(tx, ctx, id, who, role).await?;
    }
    if !matches!(ctx.actor, Actor::Account(..)) {
        let officers = officers(tx, ctx).await?;
        store_members::put_all(tx, ctx, id, &officers, CaseRole::Lead).await?;
    }
    Ok(())
}

/// Everybody who may join every case: owners and security officers.
async fn officers(tx: &mut Tx, ctx: &Ctx) -> Result<Vec<AccountId>> {
    let rights = accounts::roles::rights_of_everybody(tx, ctx.now()).await?;
    let leads = rights.into_iter().filter(|(_, rights)| rights.actions.has(Action::IncidentsLead));
    let mut found: Vec<AccountId> = leads.map(|(account, _)| account).collect();
    found.sort_unstable();
    Ok(found)
}

/// Everybody in the case.
pub async fn members(tx: &mut Tx, ctx: &Ctx, id: IncidentId) -> Result<Vec<Member>> {
    ctx.authorise(Action::IncidentsRead)?;
    readable(tx, ctx, id).await?;
    Ok(store_members::all(tx, id).await?)
}

/// Joins a case that one may know of.
///
/// # Errors
/// [`Error::Conflict`] for the host, which sees every case anyway.
pub async fn join(app: &App, tx: &mut Tx, ctx: &Ctx, id: IncidentId) -> Result<()> {
    ctx.authorise(Action::IncidentsLead)?;
    store::by_id(tx, id).await?.ok_or(Error::NotFound("case"))?;
    let who = MemberRef::of(ctx).ok_or_else(|| Error::Conflict("The host sees every case without joining.".into()))?;
    store_members::put(tx, ctx, id, who, CaseRole::Lead).await?;
    timeline::act(app, tx, ctx, id, Category::Response, Entry::new(Operation::Change, "incidents.join")).await
}

/// Puts somebody who signs in into a case, or changes what they are in it.
///
/// # Errors
/// [`Error::NotFound`] for somebody who cannot sign in.
pub async fn add(app: &App, tx: &mut Tx, ctx: &Ctx, id: IncidentId, account: AccountId, role: CaseRole) -> Result<()> {
    led(tx, ctx, id).await?;
    let known = accounts::by_id(tx, account).await?.filter(|account| account.state != accounts::State::Removed);
    known.ok_or(Error::NotFound("person"))?;
    store_members::put(tx, ctx, id, MemberRef::account(account), role).await?;
    let entry = Entry::new(Operation::Change, "incidents.add_member")
        .detail(json!({ "account": account, "role": role.as_str() }));
    timeline::act(app, tx, ctx, id, Category::Response, entry).await
}

/// Takes somebody out of a case; they see nothing of it any more.
///
/// # Errors
/// [`Error::Conflict`] for the last lead: somebody must decide.
pub async fn remove(app: &App, tx: &mut Tx, ctx: &Ctx, id: IncidentId, who: MemberRef) -> Result<()> {
    led(tx, ctx, id).await?;
    let all = store_members::all(tx, id).await?;
    let leads = |member: &&Member| member.role == CaseRole::Lead;
    if all.iter().filter(leads).all(|lead| lead.who == who) {
        return Err(Error::Conflict("This is the only lead. Make somebody else lead first.".into()));
    }
    if !store_members::leave(tx, ctx, id, who).await? {
        return Err(Error::NotFound("member"));
    }
    let entry = Entry::new(Operation::Change, "incidents.remove_member")
        .detail(json!({ "kind": who.kind, "principal": who.principal }));
    timeline::act(app, tx, ctx, id, Category::Response, entry).await
}
