//! Whose a token is: what comes in from outside names no workspace, its token does.
//!
//! Promise: a token leads to the one workspace that made it, and to no row of another. Limit: what
//! leads nowhere is answered by the first workspace, in the same words as if it were the only one.

use super::store;
use crate::App;
use crate::accounts::{LinkKind, keys, links, passkeys, recovery};
use futures::future::BoxFuture;
use waxwing_crypto::{SecretPurpose, SecretToken};
use waxwing_domain::{Ctx, WorkspaceId};
use waxwing_store::inventory;

/// A workspace, where something names one.
pub type Found<'a> = BoxFuture<'a, crate::Result<Option<WorkspaceId>>>;

/// How a feature finds the workspace of its signed-out pages by what their address names. Register
/// one with `inventory::submit!`; every such route has one, or a test fails.
pub struct Finder {
    /// The paths, as they are declared.
    pub routes: &'static [&'static str],
    find: for<'a> fn(&'a App, &'a str) -> Found<'a>,
}

impl Finder {
    /// The finder of these paths: it is given the text of their first segment.
    pub const fn new(routes: &'static [&'static str], find: for<'a> fn(&'a App, &'a str) -> Found<'a>) -> Self {
        Self { routes, find }
    }
}

inventory::collect!(Finder);

inventory::submit! { Finder::new(&["/welcome/{token}"], |app, token| Box::pin(link(app, LinkKind::Welcome, token))) }
inventory::submit! { Finder::new(&["/reset/{token}"], |app, token| Box::pin(link(app, LinkKind::Reset, token))) }
inventory::submit! {
    Finder::new(&["/recovery/{token}", "/recovery/stop/{token}"], |app, token| Box::pin(recovered(app, token)))
}

async fn recovered(app: &App, token: &str) -> crate::Result<Option<WorkspaceId>> {
    recovery::workspace_of(app, &mut app.store().read_unbound("login.recovery_of").await?, token).await
}

async fn link(app: &App, kind: LinkKind, token: &str) -> crate::Result<Option<WorkspaceId>> {
    links::workspace_of(&mut app.store().read_unbound("login.link_of").await?, kind, token).await
}

/// The workspace of what a signed-out page's address names.
pub(super) async fn named(app: &App, route: &str, named: &str) -> crate::Result<Option<WorkspaceId>> {
    match inventory::iter::<Finder>.into_iter().find(|finder| finder.routes.contains(&route)) {
        Some(finder) => (finder.find)(app, named).await,
        None => Ok(None),
    }
}

/// The asker in the workspace of a session's token; as they came where it is none.
pub(super) async fn by_session(app: &App, ctx: &Ctx, text: &str) -> crate::Result<Ctx> {
    let Ok(token) = SecretToken::parse(SecretPurpose::Session, text) else { return Ok(ctx.clone()) };
    let found = store::session_of(&mut app.store().read_unbound("login.session_of").await?, token.hash()).await?;
    Ok(found.map_or_else(|| ctx.clone(), |workspace| ctx.found_in(workspace)))
}

/// The asker in the workspace of the token between password and second factor; as they came where it is none.
pub(super) async fn by_step(app: &App, ctx: &Ctx, text: &str) -> crate::Result<Ctx> {
    let Ok(token) = SecretToken::parse(SecretPurpose::LoginStep, text) else { return Ok(ctx.clone()) };
    let found = store::step_of(&mut app.store().read_unbound("login.step_of").await?, token.hash()).await?;
    Ok(found.map_or_else(|| ctx.clone(), |workspace| ctx.found_in(workspace)))
}

/// The asker in the workspace of a passkey that answered; as they came where there is no such passkey.
pub(super) async fn by_passkey(app: &App, ctx: &Ctx, answer: &str) -> crate::Result<Ctx> {
    let found = passkeys::workspace_of(&mut app.store().read_unbound("login.passkey_of").await?, answer).await?;
    Ok(found.map_or_else(|| ctx.clone(), |workspace| ctx.found_in(workspace)))
}

/// The asker in the workspace of an API key; as they came where there is no such key.
pub(super) async fn by_key(app: &App, ctx: &Ctx, text: &str) -> crate::Result<Ctx> {
    let found = keys::workspace_of(&mut app.store().read_unbound("login.key_of").await?, text).await?;
    Ok(found.map_or_else(|| ctx.clone(), |workspace| ctx.found_in(workspace)))
}
