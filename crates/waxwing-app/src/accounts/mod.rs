//! The people who sign in, their second factors, their one-time links, and API keys.
//!
//! Promise: names and addresses are sealed; passwords, links, codes and keys are known by hashes only.
//! States: invited → active → removed.
//! Tables: `accounts`, `account_recovery_codes`, `account_links`, `api_keys`, those of `roles`, `passkeys` and `recovery`, and
//! `approvals`.
//! Jobs: `accounts.reset`, `accounts.tell_reset`, `accounts.recovery_due`, `accounts.sweep`, `approvals.tell`, `approvals.sweep`.
//! Events: record `accounts.*`, `api_keys.*`, `approvals.*`; signals of the same names.

mod api;
pub mod approvals;
pub mod contain;
mod force_reset;
mod jobs;
mod key_lists;
mod key_pages;
pub mod keys;
pub mod links;
mod locate;
pub(crate) mod mail;
mod notice;
mod pages;
pub mod passkeys;
pub(crate) mod password;
mod person;
pub mod recovery;
pub mod roles;
pub mod second_factor;
mod store;
mod store_contain;
mod store_keys;
#[cfg(test)]
mod tests;

#[cfg(test)]
pub(crate) use force_reset::tell as tell_reset;
pub use force_reset::{Scope as ResetScope, force_reset};
#[cfg(test)]
pub(crate) use jobs::mail_reset as run_reset;
pub use key_lists::KnownLists;
pub(crate) use keys::made_at as key_made_at;
pub use keys::{ApiKeyRow, NewApiKey, create_api_key, revoke_api_key};
pub use links::LinkKind;
pub(crate) use locate::{Located, locate};
pub use notice::{Notice, tell as tell_whoever_may, tell_these};
pub use person::{Account, Person, State};

use crate::{App, Error, signals};
use http::Method;
use serde_json::json;
use waxwing_domain::{AccountId, Action, Ctx, EmailAddress, HeaderText, Operation};
use waxwing_http::{Routes, api};
use waxwing_store::{Entry, JobRegistry, NewJob, Tx};

/// The routes of this feature.
pub(crate) fn routes() -> Routes<App> {
    let people = "/settings/people";
    let keys = "/settings/keys";
    let routes = approvals::routes(roles::routes(Routes::new()))
        .page(Method::GET, people, Action::AccountsWrite, pages::index)
        .page(Method::POST, people, Action::AccountsWrite, pages::invite)
        .page(Method::POST, "/settings/people/{id}/remove", Action::AccountsWrite, pages::remove)
        .page(Method::POST, "/settings/people/{id}/link", Action::AccountsWrite, pages::link)
        .page(Method::POST, "/settings/people/{id}/recover", Action::AccountsWrite, recovery::pages::ask)
        .page(Method::GET, "/settings/recoveries", Action::AccountsWrite, recovery::pages::index)
        .page(Method::POST, "/settings/recoveries/{id}/agree", Action::AccountsWrite, recovery::pages::agree)
        .page(Method::POST, "/settings/recoveries/{id}/stop", Action::AccountsWrite, recovery::pages::cancel)
        .page(Method::POST, "/settings/people/{id}/force-reset", Action::AccountsWrite, pages::force_reset)
        .page(Method::GET, keys, Action::ApiKeysWrite, key_pages::index)
        .page(Method::POST, keys, Action::ApiKeysWrite, key_pages::create)
        .page(Method::POST, "/settings/keys/{id}/revoke", Action::ApiKeysWrite, key_pages::revoke)
        .open(Method::GET, "/api/v1/openapi.json", api::document);
    let routes = api!(routes, Action::ApiKeysWrite, api::index);
    let routes = api!(routes, Action::ApiKeysWrite, api::create);
    api!(routes, Action::ApiKeysWrite, api::revoke)
}

/// The jobs of this feature.
pub(crate) fn jobs(registry: &mut JobRegistry, app: &App) {
    jobs::register(registry, app);
    approvals::register(registry, app);
}

/// The account with this id.
pub async fn by_id(tx: &mut Tx, id: AccountId) -> crate::Result<Option<Account>> {
    Ok(store::by_id(tx, id).await?)
}

/// The account with this address; the same work whether there is one or not.
pub async fn by_email(app: &App, tx: &mut Tx, email: &EmailAddress) -> crate::Result<Option<Account>> {
    let tags = person::tags(app, tx.workspace(), email)?;
    Ok(store::by_tags(tx, tags).await?)
}

/// How many active people there are, and how many of them have a second factor or a passkey.
pub async fn with_second_factor(tx: &mut Tx) -> crate::Result<(i64, i64)> {
    Ok(store::with_second_factor(tx).await?)
}

/// How many can sign in.
pub async fn active(tx: &mut Tx) -> crate::Result<i64> {
    Ok(store::active(tx).await?)
}

/// Everybody who can sign in or is invited.
pub async fn all(tx: &mut Tx, ctx: &Ctx) -> crate::Result<Vec<Account>> {
    ctx.authorise_look(Action::AccountsWrite)?;
    Ok(store::all(tx).await?)
}

/// Everybody who can sign in or is invited, for a use case that asked for a right of its own.
pub async fn colleagues(tx: &mut Tx) -> crate::Result<Vec<Account>> {
    Ok(store::all(tx).await?)
}

/// Makes the first owner and gives the token of the one-time link; for the host's command line.
///
/// Run again before the link was used, it makes a new link and ends the old one. There is no other
/// way to the first account: no page offers it.
///
/// # Errors
/// [`Error::Conflict`] once somebody can sign in.
pub async fn bootstrap(app: &App, ctx: &Ctx, email: EmailAddress) -> crate::Result<String> {
    ctx.authorise(Action::AccountsWrite)?;
    let mut tx = app.begin(ctx, "accounts.bootstrap").await?;
    if store::active(&mut tx).await? > 0 {
        return Err(Error::Conflict("this workspace has an owner already; an owner can invite others".into()));
    }
    let id = match by_email(app, &mut tx, &email).await? {
        Some(account) => account.id,
        None => insert(app, &mut tx, ctx, &Person { email, name: String::new() }).await?,
    };
    let owner = roles::Grant::of(waxwing_domain::Role::Owner);
    let what = ("accounts.bootstrap_owner", &approvals::Passage::FREE);
    roles::put(app, &mut tx, ctx, id, &owner, what).await?;
    let token = welcome_link(app, &mut tx, ctx, id, "accounts.bootstrap").await?;
    tx.commit().await?;
    Ok(token)
}

/// Invites a person with a first role: mails the link and gives its token, for where mail cannot leave yet.
///
/// # Errors
/// [`Error::Conflict`] where the address has an account, and for a role beyond the inviter's rights.
pub async fn invite(
    app: &App,
    tx: &mut Tx,
    ctx: &Ctx,
    person: &Person,
    role: roles::NewGrant,
) -> crate::Result<String> {
    ctx.authorise(Action::AccountsWrite)?;
    HeaderText::parse(&person.name).map_err(|e| Error::invalid("name", e))?;
    if by_email(app, tx, &person.email).await?.is_some() {
        return Err(Error::Conflict("This address can sign in already, or is invited.".into()));
    }
    let id = insert(app, tx, ctx, person).await?;
    if roles::grant(app, tx, ctx, id, role).await?.waits().is_some() {
        return Err(Error::Conflict(
            "This role needs a second person’s yes. Invite them with another role, then grant this one on their page."
                .into(),
        ));
    }
    let token = welcome_link(app, tx, ctx, id, "accounts.invite").await?;
    mail::invitation(app, tx, ctx, person, &token).await?;
    signals::note(tx, ctx, "accounts.invited", 1, json!({ "account": id })).await?;
    Ok(token)
}

/// A new link for somebody who never used the first one; ends the first.
pub async fn invite_again(app: &App, tx: &mut Tx, ctx: &Ctx, id: AccountId) -> crate::Result<String> {
    ctx.authorise(Action::AccountsWrite)?;
    let account = by_id(tx, id).await?.filter(|a| a.state == State::Invited).ok_or(Error::NotFound("invitation"))?;
    let token = welcome_link(app, tx, ctx, id, "accounts.invite_again").await?;
    mail::invitation(app, tx, ctx, &account.person(app, tx.workspace())?, &token).await?;
    Ok(token)
}

/// Removes a person: sessions and links end, name and address are gone; entries in the record stay.
///
/// # Errors
/// [`Error::Conflict`] for the last owner.
pub async fn remove(app: &App, tx: &mut Tx, ctx: &Ctx, id: AccountId) -> crate::Result<()> {
    ctx.authorise(Action::AccountsWrite)?;
    roles::keep_an_owner(tx, id).await?;
    let account = by_id(tx, id).await?.ok_or(Error::NotFound("account"))?;
    let called = account.person(app, tx.workspace())?.departed().seal(app, tx.workspace(), id)?;
    if !store::remove(tx, id, ctx.now(), called).await? {
        return Err(Error::NotFound("account"));
    }
    store::void_links(tx, id).await?;
    store::replace_codes(tx, id, Vec::new()).await?;
    passkeys::remove_all(tx, id).await?;
    roles::withdraw_all(tx, id).await?;
    tx.record(app.store(), ctx, Entry::new(Operation::Delete, "accounts.remove").on("account", id.as_i64())).await?;
    signals::note(tx, ctx, "accounts.removed", 1, json!({ "account": id })).await
}

/// Sets a password that was checked and hashed; every session and link of the account ends. Gives the new epoch.
pub(crate) async fn set_password(
    app: &App,
    tx: &mut Tx,
    ctx: &Ctx,
    id: AccountId,
    hash: &str,
    what: &'static str,
) -> crate::Result<i64> {
    let epoch = store::set_password(tx, id, hash, ctx.now()).await?;
    store::void_links(tx, id).await?;
    tx.record(app.store(), ctx, Entry::new(Operation::Key, what).on("account", id.as_i64())).await?;
    signals::note_address(app, tx, ctx, "accounts.password_set", 1, json!({ "account": id, "by": what })).await?;
    Ok(epoch)
}

/// Ends every session of the account, for a credential changed; gives the new epoch.
pub(crate) async fn next_epoch(tx: &mut Tx, id: AccountId) -> crate::Result<i64> {
    Ok(store::next_epoch(tx, id).await?)
}

/// Hashes again what was hashed with costs of another day; changes nothing else.
pub(crate) async fn rehash(tx: &mut Tx, id: AccountId, hash: &str, old: &str) -> crate::Result<()> {
    Ok(store::rehash(tx, id, hash, old).await?)
}

/// Changes one's own name.
pub async fn rename(app: &App, tx: &mut Tx, ctx: &Ctx, account: &Account, name: &str) -> crate::Result<()> {
    ctx.authorise(Action::OwnAccount)?;
    let name = HeaderText::parse(name).map_err(|e| Error::invalid("name", e))?;
    let person = Person { name: name.into(), ..account.person(app, tx.workspace())? };
    let sealed = person.seal(app, tx.workspace(), account.id)?;
    store::set_sealed(tx, account.id, sealed).await?;
    tx.record(app.store(), ctx, Entry::new(Operation::Change, "accounts.rename").on("account", account.id.as_i64()))
        .await?;
    Ok(())
}

/// Asks for a reset link to the account that was located. The same work and answer for every
/// address: only the job's mail says whether there is an account.
pub(crate) async fn request_reset(app: &App, tx: &mut Tx, ctx: &Ctx, account: Option<AccountId>) -> crate::Result<()> {
    tx.record(app.store(), ctx, Entry::new(Operation::Login, "accounts.reset_requested")).await?;
    signals::note_address(app, tx, ctx, "accounts.reset_requested", 1, json!({ "account": account })).await?;
    tx.enqueue(ctx, NewJob::now("accounts.reset", json!({ "account": account }))).await?;
    Ok(())
}

/// Makes a reset link for the host's command line, which proves more than any mail.
pub async fn reset_link(app: &App, ctx: &Ctx, email: &EmailAddress) -> crate::Result<String> {
    ctx.authorise(Action::AccountsWrite)?;
    let mut tx = app.begin(ctx, "accounts.reset_link").await?;
    let account = by_email(app, &mut tx, email).await?.ok_or(Error::NotFound("account"))?;
    let token = links::make(&mut tx, ctx, LinkKind::Reset, account.id).await?;
    tx.record(app.store(), ctx, Entry::new(Operation::Key, "accounts.reset_link").on("account", account.id.as_i64()))
        .await?;
    tx.commit().await?;
    Ok(token)
}

/// Makes the account of somebody whom the workspace's identity provider sent: it has no password.
pub(crate) async fn admit(app: &App, tx: &mut Tx, ctx: &Ctx, person: &Person) -> crate::Result<AccountId> {
    let id = insert(app, tx, ctx, person).await?;
    store::join(tx, id, ctx.now()).await?;
    tx.record(app.store(), ctx, Entry::new(Operation::Create, "accounts.admit").on("account", id.as_i64())).await?;
    signals::note_address(app, tx, ctx, "accounts.admitted", 1, json!({ "account": id })).await?;
    Ok(id)
}

async fn insert(app: &App, tx: &mut Tx, ctx: &Ctx, person: &Person) -> crate::Result<AccountId> {
    let id = AccountId::from_i64(ctx.new_id());
    let sealed = person.seal(app, tx.workspace(), id)?;
    store::insert(tx, id, person::tag(app, tx.workspace(), &person.email)?, sealed, ctx.now()).await?;
    Ok(id)
}

async fn welcome_link(app: &App, tx: &mut Tx, ctx: &Ctx, id: AccountId, what: &'static str) -> crate::Result<String> {
    let token = links::make(tx, ctx, LinkKind::Welcome, id).await?;
    tx.record(app.store(), ctx, Entry::new(Operation::Key, what).on("account", id.as_i64())).await?;
    Ok(token)
}
