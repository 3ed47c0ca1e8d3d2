//! Signing in by OpenID Connect: one identity provider a workspace (`docs/adr/0008-openid-connect.md`).
//!
//! Promise: a person is known by issuer and subject, never again by address; a local account is joined to a person at the
//! provider only by its owner, signed in here with a fresh proof. Groups give roles anew at each sign-in, powerful ones only
//! after a second person's yes. Whatever is refused is on the record with its reason.
//! States: begun → answered, once, within ten minutes, in the browser that began it. People sign in here as before: no
//! setting of this page can shut an owner out. Limit: who the provider vouches for, it vouches for; who is taken out
//! of a group there keeps what it gave until they sign in again, or their session would end.
//! Tables: `sso_providers`, `sso_groups`, `sso_links`, `sso_attempts`. Events: record and signals `login.sso_*`,
//! `login.signed_in_sso`, `accounts.admit`, `roles.by_groups`. Jobs: none of its own; `login.sweep` forgets attempts.

mod api;
mod arrive;
mod begin;
mod config;
mod enter;
mod fetch;
mod link;
mod pages;
mod prove;
mod refusal;
mod seals;
mod settings_page;
mod store;
#[cfg(test)]
mod tests;
mod wish;

pub use config::{Config, Group, Newcomers, Said, SaidGroup, load};
pub use fetch::Known;
pub use wish::{Wish, remove, set};

pub(super) use pages::Offer;

use crate::App;
use http::Method;
use waxwing_domain::{AccountId, Action, Ctx, Micros};
use waxwing_http::{Routes, api};
use waxwing_store::Tx;

/// Where the provider sends people back to, behind the public address.
pub const CALLBACK: &str = "/sign-in/sso/callback";
/// How long a sign-in there may take, in microseconds.
const LASTS: i64 = 10 * Micros::MINUTE;

/// The routes of this feature.
pub(super) fn routes(routes: Routes<App>) -> Routes<App> {
    let routes = routes
        .public(Method::POST, "/sign-in/sso", pages::begin)
        .public(Method::GET, CALLBACK, pages::arrive)
        .page(Method::POST, "/account/sso", Action::OwnCredentials, pages::link)
        .page(Method::POST, "/account/sso/remove", Action::OwnAccount, pages::unlink)
        .page(Method::POST, "/account/sso/prove", Action::Enrol, pages::prove)
        .page(Method::GET, "/settings/sso", Action::SettingsRead, settings_page::show)
        .page(Method::POST, "/settings/sso", Action::AccountsWrite, settings_page::save)
        .page(Method::POST, "/settings/sso/remove", Action::AccountsWrite, settings_page::remove);
    let routes = api!(routes, Action::SettingsRead, api::read);
    let routes = api!(routes, Action::AccountsWrite, api::write);
    api!(routes, Action::AccountsWrite, api::delete)
}

/// Forgets sign-ins that nobody came back from.
pub(super) async fn sweep(tx: &mut Tx, now: Micros) -> crate::Result<()> {
    Ok(store::sweep(tx, now).await?)
}

/// What a person's own page says of their provider.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub(super) struct Own {
    /// What the provider is called; `None` where there is none that is on.
    pub(super) name: Option<String>,
    /// Whether the account is linked to a person there.
    pub(super) linked: bool,
}

impl Own {
    /// Whether they can prove themselves there.
    pub(super) fn way(&self) -> Option<String> {
        self.name.clone().filter(|_| self.linked)
    }
}

/// How an account stands to the workspace's provider.
pub(super) async fn own(tx: &mut Tx, account: AccountId) -> crate::Result<Own> {
    let config = load(tx).await?.filter(|config| config.enabled);
    let linked = store::is_linked(tx, account).await?;
    Ok(Own { name: config.map(|config| config.name), linked })
}

/// A context of this person's session: what the browser's strict cookie would have said, had the provider's answer
/// come from here.
fn acting(ctx: &Ctx, attempt: &store::Attempt) -> Ctx {
    let actor = waxwing_domain::Actor::Account(attempt.account, attempt.session);
    Ctx { actor, origin: actor, ..ctx.clone() }
}
