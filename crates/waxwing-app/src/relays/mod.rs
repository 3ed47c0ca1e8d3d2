//! SMTP relays and their sealed credentials.
//!
//! Promise: credentials go in and never come out again; plain text leaves for this machine only.
//! States: enabled, disabled.
//! Tables: relays.
//! Events: relays.add, relays.edit, relays.delete, relays.test.
//! Jobs: none.

mod api;
mod pages;
mod store;
waxwing_store::sealed! { "relays"."sealed" by "id", under Secrets,
at |cell| place(cell.workspace, RelayId::from_i64(cell.key)) }

#[cfg(test)]
mod tests;

use crate::hands::{self, Work};
use crate::{App, Error, Result};
use http::Method;
use waxwing_crypto::{Place, TableId};
use waxwing_delivery::{Pool, RelayUrl};
use waxwing_domain::{Action, Ctx, FieldId, MailDomain, Micros, Operation, RelayId, Thing, WorkspaceId};
use waxwing_http::{Routes, api};
use waxwing_store::{Entry, JobRegistry, StoreError, Tx};

/// Connections to a relay unless said otherwise.
pub const USUAL_CONNECTIONS: i64 = 8;
/// The longest name of a relay, in characters.
const LONGEST_NAME: usize = 100;

/// A relay, without its login.
#[derive(Clone, Debug)]
pub struct Relay {
    /// Its id.
    pub id: RelayId,
    /// What people call it.
    pub name: String,
    /// `smtp://host:port?tls=…`, without the login.
    pub address: String,
    /// Whether it has a login.
    pub has_login: bool,
    /// Connections open at once, at most.
    pub connections: i64,
    /// Whether mail may go through it.
    pub enabled: bool,
    /// When it was added.
    pub created_at: Micros,
    /// When it was changed; pools of an older relay are closed.
    pub changed_at: Micros,
    /// When it was last tried, and what was wrong.
    pub tested: Option<(Micros, Option<String>)>,
}

impl Relay {
    /// Whether it is named as this machine itself.
    pub fn is_loopback(&self) -> bool {
        RelayUrl::parse(&self.address).is_ok_and(|url| waxwing_delivery::Relay::new(url).is_loopback())
    }
}

/// A relay ready to be used.
#[derive(Clone, Debug)]
pub struct Usable {
    /// Its id.
    pub id: RelayId,
    /// What people call it.
    pub name: String,
    /// When it was changed.
    pub changed_at: Micros,
    /// What the delivery engine is given.
    pub relay: waxwing_delivery::Relay,
}

/// What is asked of a new relay.
#[derive(Clone, Default)]
pub struct NewRelay {
    /// What people shall call it; unique.
    pub name: String,
    /// `smtp://[user:password@]host[:port][?tls=none|starttls|implicit]`.
    pub url: String,
    /// Connections open at once, 1 to 100; 8 when not given.
    pub connections: Option<i64>,
}

/// What is changed of a relay; what is `None` stays.
#[derive(Clone, Default)]
pub struct Edit {
    /// What people shall call it.
    pub name: Option<String>,
    /// Address and login together: a login without its address cannot be changed alone.
    pub url: Option<String>,
    /// Connections open at once, 1 to 100.
    pub connections: Option<i64>,
    /// Whether mail may go through it.
    pub enabled: Option<bool>,
}

/// Adds a relay with the usual number of connections; the form of the command line.
pub async fn add_url(app: &App, tx: &mut Tx, ctx: &Ctx, name: &str, url: &str) -> Result<RelayId> {
    add(app, tx, ctx, NewRelay { name: name.to_owned(), url: url.to_owned(), connections: None }).await
}

/// Adds a relay.
///
/// # Errors
/// [`Error::Invalid`] for a name, URL or number that cannot be; [`Error::Conflict`] for a name in use.
pub async fn add(app: &App, tx: &mut Tx, ctx: &Ctx, new: NewRelay) -> Result<RelayId> {
    ctx.authorise(Action::RelaysWrite)?;
    let name = parse_name(&new.name)?;
    let url = parse_url(&new.url)?;
    let connections = parse_connections(new.connections.unwrap_or(USUAL_CONNECTIONS))?;
    let id = RelayId::from_i64(ctx.new_id());
    let sealed = seal_url(app, ctx, id, &new.url)?;
    let row = store::NewRow { id, name: &name, url: &url, sealed, connections, now: ctx.now() };
    store::insert(tx, row).await.map_err(name_taken)?;
    hands::note(tx, ctx, Work::Relay, id.as_i64()).await?;
    let entry = Entry::new(Operation::Create, "relays.add").on("relay", id.as_i64());
    tx.record(app.store(), ctx, entry.detail(serde_json::json!({ "address": url.to_string() }))).await?;
    Ok(id)
}

/// Changes a relay. The login stays unless a new URL is given.
pub async fn edit(app: &App, tx: &mut Tx, ctx: &Ctx, id: RelayId, edit: Edit) -> Result<()> {
    ctx.authorise(Action::RelaysWrite)?;
    let old = by_id(tx, ctx, id).await?;
    let name = edit.name.as_deref().map_or(Ok(old.name), parse_name)?;
    let connections = parse_connections(edit.connections.unwrap_or(old.connections))?;
    store::update(tx, id, &name, connections, edit.enabled.unwrap_or(old.enabled), ctx.now())
        .await
        .map_err(name_taken)?;
    if edit.url.is_some() || (edit.enabled == Some(true) && !old.enabled) {
        hands::note(tx, ctx, Work::Relay, id.as_i64()).await?;
    }
    if let Some(text) = &edit.url {
        let url = parse_url(text)?;
        if another_password(app, tx, id, &url).await? {
            store::password_changed(tx, id, ctx.now()).await?;
        }
        store::set_url(tx, id, &url, seal_url(app, ctx, id, text)?).await?;
    }
    let entry = Entry::new(Operation::Change, "relays.edit").on("relay", id.as_i64());
    tx.record(app.store(), ctx, entry.detail(serde_json::json!({ "address_changed": edit.url.is_some() }))).await?;
    Ok(())
}

/// Whether `url` signs in by another password than the relay does now. Writing the same one again renews nothing.
async fn another_password(app: &App, tx: &mut Tx, id: RelayId, url: &RelayUrl) -> Result<bool> {
    let row = store::sealed(tx).await?.into_iter().find(|row| row.id == id).ok_or(Error::NotFound("relay"))?;
    // One that cannot be opened any more is mended by writing it anew.
    let Ok(Usable { relay: now, .. }) = open(app, tx.workspace(), row) else { return Ok(true) };
    let new = waxwing_delivery::Relay::new(url.clone());
    Ok(match (now.login(), new.login()) {
        (Some(old), Some(new)) => !old.same_password(new),
        (old, new) => old.is_some() != new.is_some(),
    })
}

/// Removes a relay and its login. Mail under way through it finishes.
pub async fn delete(app: &App, tx: &mut Tx, ctx: &Ctx, id: RelayId) -> Result<()> {
    ctx.authorise(Action::RelaysWrite)?;
    if store::delete(tx, id).await? == 0 {
        return Err(Error::NotFound("relay"));
    }
    hands::forget(tx, Work::Relay, id.as_i64()).await?;
    tx.record(app.store(), ctx, Entry::new(Operation::Delete, "relays.delete").on("relay", id.as_i64())).await?;
    Ok(())
}

/// Every relay, oldest first.
pub async fn all(tx: &mut Tx, ctx: &Ctx) -> Result<Vec<Relay>> {
    ctx.authorise(Action::SettingsRead)?;
    Ok(store::all(tx).await?)
}

/// One relay.
pub async fn by_id(tx: &mut Tx, ctx: &Ctx, id: RelayId) -> Result<Relay> {
    ctx.authorise(Action::SettingsRead)?;
    store::by_id(tx, id).await?.ok_or(Error::NotFound("relay"))
}

/// The enabled relays that are not contained, with their logins opened, oldest first: for the lane, never for an answer.
pub async fn usable(app: &App, tx: &mut Tx) -> Result<Vec<Usable>> {
    let workspace = tx.workspace();
    let (rows, gate) = (store::sealed(tx).await?, tx.gate().await?);
    let open_ones = rows.into_iter().filter(|row| row.enabled && gate.lets(Thing::Relay(row.id)));
    open_ones.map(|row| open(app, workspace, row)).collect()
}

/// Whether every enabled relay is on this machine; `false` when there is none.
pub async fn all_on_loopback(tx: &mut Tx) -> Result<bool> {
    let relays: Vec<Relay> = store::all(tx).await?.into_iter().filter(|relay| relay.enabled).collect();
    Ok(!relays.is_empty() && relays.iter().all(Relay::is_loopback))
}

/// The hosts of enabled relays beyond this machine.
pub(crate) async fn hosts(tx: &mut Tx) -> Result<Vec<String>> {
    let relays = store::all(tx).await?.into_iter().filter(|relay| relay.enabled && !relay.is_loopback());
    let urls = relays.filter_map(|relay| RelayUrl::parse(&relay.address).ok());
    Ok(urls.map(|url| waxwing_delivery::Relay::new(url).host().to_owned()).collect())
}

/// Opens a connection up to the point where a message could follow, and remembers how that went.
///
/// Opens its own transactions: the relay may take a minute to answer.
pub async fn test(app: &App, ctx: &Ctx, id: RelayId) -> Result<std::result::Result<(), String>> {
    ctx.authorise(Action::RelaysWrite)?;
    let mut tx = app.read(ctx, "relays.test").await?;
    let row = store::sealed(&mut tx).await?.into_iter().find(|row| row.id == id).ok_or(Error::NotFound("relay"))?;
    drop(tx);
    let usable = open(app, ctx.workspace, row)?;
    let answer = probe(usable.relay).await;
    let mut tx = app.begin(ctx, "relays.tested").await?;
    store::tested(&mut tx, id, ctx.now(), answer.as_ref().err().map(String::as_str)).await?;
    let entry = Entry::new(Operation::Operate, "relays.test").on("relay", id.as_i64());
    tx.record(app.store(), ctx, entry.detail(serde_json::json!({ "reached": answer.is_ok() }))).await?;
    tx.commit().await?;
    Ok(answer)
}

async fn probe(relay: waxwing_delivery::Relay) -> std::result::Result<(), String> {
    let pool = Pool::new(relay).map_err(|error| error.to_string())?;
    pool.probe().await.map_err(|trouble| trouble.to_string())
}

fn open(app: &App, workspace: WorkspaceId, row: store::SealedRow) -> Result<Usable> {
    let damaged = |what: String| StoreError::Damaged(format!("the address of relay {}: {what}", row.name));
    let ring = app.store().keys().ring();
    let keys = ring.workspace(workspace).map_err(|e| damaged(e.to_string()))?;
    let bytes = keys.open_secret(&place(workspace, row.id), &row.sealed).map_err(|e| damaged(e.to_string()))?;
    let text = String::from_utf8(bytes).map_err(|_| damaged("no text".into()))?;
    let url = RelayUrl::parse(&text).map_err(|e| damaged(e.to_string()))?;
    let mut relay = waxwing_delivery::Relay::new(url);
    relay.ehlo_name = MailDomain::parse(&app.config().ehlo).ok();
    relay.limits.connections = usize::try_from(row.connections).unwrap_or(1);
    Ok(Usable { id: row.id, name: row.name, changed_at: row.changed_at, relay })
}

fn seal_url(app: &App, ctx: &Ctx, id: RelayId, text: &str) -> Result<Vec<u8>> {
    let ring = app.store().keys().ring();
    let keys = ring.workspace(ctx.workspace).map_err(|e| StoreError::Damaged(e.to_string()))?;
    Ok(keys.seal_secret(&place(ctx.workspace, id), text.trim().as_bytes(), &*ctx.rng))
}

const fn place(workspace: WorkspaceId, id: RelayId) -> Place {
    Place::shared(workspace, TableId::RELAYS, FieldId::SECRET, id.as_i64())
}

fn parse_name(text: &str) -> Result<String> {
    let name = text.trim();
    if name.is_empty() || name.chars().count() > LONGEST_NAME || name.chars().any(char::is_control) {
        return Err(Error::invalid("name", "Give the relay a name of one line, at most 100 characters."));
    }
    Ok(name.to_owned())
}

fn parse_url(text: &str) -> Result<RelayUrl> {
    RelayUrl::parse(text.trim()).map_err(|error| Error::invalid("url", error))
}

fn parse_connections(number: i64) -> Result<i64> {
    if (1..=100).contains(&number) {
        return Ok(number);
    }
    Err(Error::invalid("connections", "The number of connections is 1 to 100."))
}

fn name_taken(error: StoreError) -> Error {
    match error {
        StoreError::Conflict(_) => {
            Error::Conflict("There is a relay of that name already. Choose another name.".into())
        }
        other => other.into(),
    }
}

/// The routes of this feature.
pub(crate) fn routes() -> Routes<App> {
    let one = "/settings/relays/{id}";
    let routes = Routes::new()
        .page(Method::GET, "/settings/relays", Action::SettingsRead, pages::index)
        .page(Method::POST, "/settings/relays", Action::RelaysWrite, pages::add)
        .page(Method::GET, one, Action::SettingsRead, pages::show)
        .page(Method::POST, one, Action::RelaysWrite, pages::edit)
        .page(Method::POST, "/settings/relays/{id}/test", Action::RelaysWrite, pages::test)
        .page(Method::POST, "/settings/relays/{id}/delete", Action::RelaysWrite, pages::delete);
    let routes = api!(routes, Action::SettingsRead, api::index);
    let routes = api!(routes, Action::RelaysWrite, api::create);
    let routes = api!(routes, Action::RelaysWrite, api::update);
    let routes = api!(routes, Action::RelaysWrite, api::remove);
    api!(routes, Action::RelaysWrite, api::test)
}

/// The jobs of this feature.
pub(crate) const fn jobs(_registry: &mut JobRegistry, _app: &App) {}
