//! Which rights a person has: grants of built-in roles and of the workspace's own.
//!
//! Promise: rights are read anew for every request, so a change bites on the next one; nobody
//! grants what they lack; the last owner stays one. Limit: what a person was shown before stays
//! with them: the record says what it was.
//! States: of a grant: in force → withdrawn, or over at its end.
//! Tables: `account_roles`, `roles`, `unmaskings`. Jobs: none. Events: record and signals `roles.*`.

mod api;
mod custom;
pub(crate) mod groups;
mod pages;
mod store;
#[cfg(test)]
mod tests;
mod unmask;

pub use api::{RoleView, built_in};
pub use custom::{CustomRole, NewRole, define, discard};
pub use unmask::{UNMASKED_FOR, unmask};

use super::approvals::{self, Kind, Matter, Passage};
use super::key_lists;
use crate::{App, Error, signals};
use http::Method;
use serde_json::json;
use std::collections::HashMap;
use std::fmt;
use std::str::FromStr;
use waxwing_domain::{AccountId, Action, ClassSet, Ctx, Micros, Operation, Rights, Role, RoleId, SessionId};
use waxwing_http::{Routes, api};
use waxwing_store::{Entry, Tx};

/// How long a role with an end may last at most.
const LONGEST: i64 = 366 * Micros::DAY;

/// The routes of this feature.
pub(super) fn routes(routes: Routes<App>) -> Routes<App> {
    let routes = routes
        .page(Method::GET, "/settings/roles", Action::RolesRead, pages::index)
        .page(Method::POST, "/settings/roles", Action::RolesGrant, pages::define)
        .page(Method::POST, "/settings/roles/{id}/discard", Action::RolesGrant, pages::discard)
        .page(Method::GET, "/settings/people/{id}", Action::RolesRead, pages::person)
        .page(Method::POST, "/settings/people/{id}/roles", Action::RolesGrant, pages::grant)
        .page(Method::POST, "/settings/people/{id}/roles/withdraw", Action::RolesGrant, pages::withdraw);
    api!(routes, Action::RolesRead, api::matrix)
}

/// A role as it is stored and typed.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub enum RoleRef {
    /// One of the program's.
    BuiltIn(Role),
    /// One of the workspace's.
    Custom(RoleId),
}

impl fmt::Display for RoleRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::BuiltIn(role) => f.write_str(role.name()),
            Self::Custom(id) => id.fmt(f),
        }
    }
}

impl FromStr for RoleRef {
    type Err = Error;
    fn from_str(word: &str) -> crate::Result<Self> {
        match Role::parse(word) {
            Some(role) => Ok(Self::BuiltIn(role)),
            None => word.parse().map(Self::Custom).map_err(|_| Error::invalid("role", "There is no such role.")),
        }
    }
}

/// A role that somebody has.
#[derive(Clone, Debug)]
pub struct Grant {
    /// Which.
    pub role: RoleRef,
    /// When it was granted.
    pub granted_at: Micros,
    /// When it ends by itself.
    pub expires_at: Option<Micros>,
    /// Whether a group at the identity provider gave it: then it counts only in sessions that the provider began.
    pub by_group: bool,
}

impl Grant {
    /// A built-in role, without end.
    pub fn of(role: Role) -> NewGrant {
        NewGrant { role: RoleRef::BuiltIn(role), expires_at: None }
    }

    fn in_force(&self, now: Micros) -> bool {
        self.expires_at.is_none_or(|end| now < end)
    }
}

/// A role to be granted.
#[derive(Clone, Debug)]
pub struct NewGrant {
    /// Which.
    pub role: RoleRef,
    /// When it is to end.
    pub expires_at: Option<Micros>,
}

/// What this account may do now, in this session: all its grants together.
pub(crate) async fn rights_of(
    tx: &mut Tx,
    account: AccountId,
    session: SessionId,
    now: Micros,
) -> crate::Result<Rights> {
    let grants = store::grants_in(tx, account, session).await?;
    let own: HashMap<RoleId, CustomRole> = if grants.iter().any(|g| matches!(g.role, RoleRef::Custom(_))) {
        store::custom(tx).await?.into_iter().map(|role| (role.id, role)).collect()
    } else {
        HashMap::new()
    };
    let rights = grants.iter().filter(|grant| grant.in_force(now)).filter_map(|grant| match grant.role {
        RoleRef::BuiltIn(role) => Some(Rights::of_role(role)),
        RoleRef::Custom(id) => own.get(&id).map(|role| role.rights.clone()),
    });
    let mut rights = rights.reduce(|all, one| all.or(&one)).unwrap_or_default();
    if rights.actions.has(Action::SubscribersUnmask) {
        rights.unmasked = std::sync::Arc::new(store::unmasked(tx, session, now).await?);
    }
    Ok(rights)
}

/// What everybody may do now, nobody unmasked; for asking who could decide something.
pub async fn rights_of_everybody(tx: &mut Tx, now: Micros) -> crate::Result<HashMap<AccountId, Rights>> {
    let own: HashMap<RoleId, CustomRole> = store::custom(tx).await?.into_iter().map(|role| (role.id, role)).collect();
    let mut all: HashMap<AccountId, Rights> = HashMap::new();
    for (account, grant) in store::all_grants(tx).await?.into_iter().filter(|(_, grant)| grant.in_force(now)) {
        let more = match grant.role {
            RoleRef::BuiltIn(role) => Some(Rights::of_role(role)),
            RoleRef::Custom(id) => own.get(&id).map(|role| role.rights.clone()),
        };
        let rights = all.entry(account).or_default();
        *rights = more.map_or_else(|| rights.clone(), |more| rights.or(&more));
    }
    Ok(all)
}

/// Who gave whom a role, and when.
#[derive(Clone, Copy, Debug)]
pub(super) struct Granted {
    /// Who got it.
    pub(super) account: AccountId,
    /// Who gave it.
    pub(super) by: AccountId,
    /// When, or when it was last changed.
    pub(super) at: Micros,
}

/// The grants in force that were made after `since`.
pub(super) async fn granted_since(tx: &mut Tx, since: Micros) -> crate::Result<Vec<Granted>> {
    Ok(store::granted_since(tx, since).await?)
}

/// The roles of one account, those that are over included.
pub async fn grants_of(tx: &mut Tx, ctx: &Ctx, account: AccountId) -> crate::Result<Vec<Grant>> {
    ctx.authorise(Action::RolesRead)?;
    Ok(store::grants_of(tx, account).await?)
}

/// The roles of everybody.
pub async fn all_grants(tx: &mut Tx, ctx: &Ctx) -> crate::Result<HashMap<AccountId, Vec<Grant>>> {
    ctx.authorise(Action::RolesRead)?;
    let mut all: HashMap<AccountId, Vec<Grant>> = HashMap::new();
    for (account, grant) in store::all_grants(tx).await? {
        all.entry(account).or_default().push(grant);
    }
    Ok(all)
}

/// The roles that the workspace defined itself.
pub async fn custom(tx: &mut Tx, ctx: &Ctx) -> crate::Result<Vec<CustomRole>> {
    ctx.authorise(Action::RolesRead)?;
    Ok(store::custom(tx).await?)
}

/// Gives a role, or changes until when somebody has it; a powerful one may wait for a second person.
///
/// # Errors
/// [`Error::Denied`] for rights that the giver lacks; [`Error::Invalid`] for an end that is missing,
/// past, or more than a year away; [`Error::Conflict`] for the last owner.
pub async fn grant(app: &App, tx: &mut Tx, ctx: &Ctx, account: AccountId, new: NewGrant) -> crate::Result<Passage> {
    ctx.authorise(Action::RolesGrant)?;
    super::by_id(tx, account).await?.filter(|a| a.state != super::State::Removed).ok_or(Error::NotFound("account"))?;
    let rights = rights_of_role(tx, new.role).await?;
    if !rights.within(&ctx.rights) {
        return Err(Error::Conflict("This role can do things that you cannot. Ask an owner to grant it.".into()));
    }
    check_end(ctx, &new)?;
    if new.role == RoleRef::BuiltIn(Role::Owner) && new.expires_at.is_some() {
        keep_an_owner(tx, account).await?;
    }
    let passage = match rights.is_powerful() && approvals::policy(tx).await?.grants {
        true => {
            let matter = matter(tx, account, &new, &rights).await?;
            approvals::pass(app, tx, ctx, &matter).await?
        }
        false => Passage::FREE,
    };
    if passage.waits().is_none() {
        put(app, tx, ctx, account, &new, ("roles.grant", &passage)).await?;
    }
    Ok(passage)
}

/// What people call a role; empty for one that is gone.
async fn title(tx: &mut Tx, role: RoleRef) -> crate::Result<String> {
    Ok(match role {
        RoleRef::BuiltIn(role) => role.title().to_owned(),
        RoleRef::Custom(id) => {
            store::custom(tx).await?.into_iter().find(|own| own.id == id).map_or_else(String::new, |own| own.name)
        }
    })
}

/// The grant as a second person is shown it: the rights themselves, not only their name.
async fn matter(tx: &mut Tx, account: AccountId, new: &NewGrant, rights: &Rights) -> crate::Result<Matter> {
    let title = title(tx, new.role).await?;
    let until = new.expires_at.map_or_else(|| "without end".to_owned(), |end| end.to_string());
    let day = new.expires_at.map(|end| format!("&until={:.10}", end.plus(-1).to_string())).unwrap_or_default();
    let back = format!("/settings/people/{account}?role={}{day}", new.role);
    let actions: Vec<&str> = rights.actions.iter().map(Action::name).collect();
    let clear = if rights.clear == ClassSet::NONE { "nothing".to_owned() } else { rights.clear.words() };
    Ok(Matter::new(Kind::Grant, account.as_i64(), title, back)
        .fact("Until", until)
        .fact("May do", actions.join(", "))
        .fact("Sees in clear", clear)
        .fact("Lists", key_lists::in_words(rights.lists.as_deref(), &key_lists::known(tx).await?))
        .exactly(new.role.to_string())
        // The whole value, so that a kind of right that is added later is bound too.
        .exactly(format!("{rights:?}")))
}

/// Writes a grant down; for use cases that have a right of their own, such as the first owner's.
pub(super) async fn put(
    app: &App,
    tx: &mut Tx,
    ctx: &Ctx,
    account: AccountId,
    new: &NewGrant,
    (what, passage): (&'static str, &Passage),
) -> crate::Result<()> {
    store::put(tx, account, new, ctx.actor.principal(), ctx.now()).await?;
    let detail = json!({ "role": new.role.to_string(), "until": new.expires_at, "by": passage.note() });
    let entry = Entry::new(Operation::Key, what).on("account", account.as_i64());
    tx.record(app.store(), ctx, entry.detail(detail)).await?;
    signals::note(tx, ctx, "roles.granted", 1, json!({ "account": account, "role": new.role.to_string() })).await
}

/// Takes a role away; it is gone with the person's next request.
///
/// # Errors
/// [`Error::Conflict`] where nobody would be an owner any more.
pub async fn withdraw(app: &App, tx: &mut Tx, ctx: &Ctx, account: AccountId, role: RoleRef) -> crate::Result<()> {
    ctx.authorise(Action::RolesGrant)?;
    if role == RoleRef::BuiltIn(Role::Owner) {
        keep_an_owner(tx, account).await?;
    }
    if !store::withdraw(tx, account, role).await? {
        return Err(Error::NotFound("role"));
    }
    let entry = Entry::new(Operation::Key, "roles.withdraw").on("account", account.as_i64());
    tx.record(app.store(), ctx, entry.detail(json!({ "role": role.to_string() }))).await?;
    signals::note(tx, ctx, "roles.withdrawn", 1, json!({ "account": account, "role": role.to_string() })).await
}

/// The owners without end who can sign in; they stay so until the transaction ends.
pub(super) async fn owners(tx: &mut Tx) -> crate::Result<Vec<AccountId>> {
    Ok(store::lock_owners(tx).await?)
}

/// Refuses if `account` is the last owner who can sign in; keeps others from going meanwhile.
pub(super) async fn keep_an_owner(tx: &mut Tx, account: AccountId) -> crate::Result<()> {
    if store::lock_owners(tx).await? == [account] {
        return Err(Error::Conflict("The last owner stays one: nobody could decide anything any more.".into()));
    }
    Ok(())
}

/// Ends every grant of somebody who is removed.
pub(super) async fn withdraw_all(tx: &mut Tx, account: AccountId) -> crate::Result<()> {
    Ok(store::withdraw_all(tx, account).await?)
}

async fn rights_of_role(tx: &mut Tx, role: RoleRef) -> crate::Result<Rights> {
    match role {
        RoleRef::BuiltIn(role) => Ok(Rights::of_role(role)),
        RoleRef::Custom(id) => {
            let own = store::custom(tx).await?.into_iter().find(|role| role.id == id);
            Ok(own.ok_or(Error::NotFound("role"))?.rights)
        }
    }
}

fn check_end(ctx: &Ctx, new: &NewGrant) -> crate::Result<()> {
    let must_end = matches!(new.role, RoleRef::BuiltIn(role) if role.is_time_boxed());
    match new.expires_at {
        None if must_end => Err(Error::invalid("until", "This role needs a day on which it ends.")),
        Some(end) if end <= ctx.now() => Err(Error::invalid("until", "This day has passed. Choose a later one.")),
        Some(end) if end.since(ctx.now()) > LONGEST => {
            Err(Error::invalid("until", "Choose a day within a year; it can be granted again."))
        }
        _ => Ok(()),
    }
}
