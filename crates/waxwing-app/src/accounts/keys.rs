//! API keys: made, listed, judged, revoked.
//!
//! Promise: the text is shown once and only its hash is stored; a key never holds more rights than
//! its scopes, and none of them reaches a person's own account. Limit: the last use is kept to the
//! minute, and a key that leaked works until it is revoked or expires.

use super::{key_lists, store_keys as store};
use crate::{App, Error, signals};
use serde_json::json;
use std::collections::BTreeSet;
use std::net::IpAddr;
use waxwing_crypto::ApiKey;
use waxwing_domain::{
    AccountId, Action, ApiKeyId, ClassSet, Ctx, HeaderText, ListId, Micros, Network, Operation, Rights, Scope,
    WorkspaceId,
};
use waxwing_store::{Entry, Tx};

/// The longest name, in characters.
const LONGEST_NAME: usize = 100;
/// Networks of one key, at most.
const MOST_NETWORKS: usize = 20;

/// A key as it is listed: everything but the secret.
#[derive(Clone, Debug)]
pub struct ApiKeyRow {
    /// Its id, part of its text.
    pub id: ApiKeyId,
    /// What it is for, in the words of whoever made it.
    pub name: String,
    /// What it may do.
    pub scopes: Vec<Scope>,
    /// The classes of fields it sees in clear.
    pub clear: ClassSet,
    /// From where it may come; anywhere when empty.
    pub networks: Vec<Network>,
    /// The lists it is limited to, and with them the people; all where `None`.
    pub lists: Option<BTreeSet<ListId>>,
    /// When it was made.
    pub created_at: Micros,
    /// When it stops working; never where `None`.
    pub expires_at: Option<Micros>,
    /// When it was last used, to the minute.
    pub used_at: Option<Micros>,
    /// When it was revoked.
    pub revoked_at: Option<Micros>,
    /// The epoch of the gate that it was made under.
    pub(crate) made_under: i64,
    pub(super) hash: Vec<u8>,
}

impl ApiKeyRow {
    /// Whether it works at `now`.
    pub fn works(&self, now: Micros) -> bool {
        self.revoked_at.is_none() && self.expires_at.is_none_or(|at| now < at)
    }
    /// What it may do, as rights.
    pub fn rights(&self) -> Rights {
        let rights = Rights { clear: self.clear, ..Rights::of_scopes(&self.scopes) };
        match &self.lists {
            Some(lists) => rights.limited_to(lists.clone()),
            None => rights,
        }
    }
    /// The words of its scopes.
    pub fn scope_names(&self) -> String {
        names(&self.scopes)
    }
}

/// A key to be made.
#[derive(Clone, Debug)]
pub struct NewApiKey {
    /// What it is for.
    pub name: String,
    /// What it may do.
    pub scopes: Vec<Scope>,
    /// The classes of fields it sees in clear.
    pub clear: ClassSet,
    /// From where it may come; anywhere when empty.
    pub networks: Vec<Network>,
    /// The lists it is limited to, and with them the people; all where `None`.
    pub lists: Option<BTreeSet<ListId>>,
    /// When it stops working; never where `None`.
    pub expires_at: Option<Micros>,
}

impl NewApiKey {
    /// A key with these scopes that sees what its maker sees, from anywhere, without end.
    pub fn of(ctx: &Ctx, name: &str, scopes: &[Scope]) -> Self {
        let (clear, networks) = (ctx.rights.clear, Vec::new());
        Self { name: name.to_owned(), scopes: scopes.to_vec(), clear, networks, lists: None, expires_at: None }
    }
}

/// Makes a key and gives its text, which nobody can see again.
///
/// # Errors
/// [`Error::Invalid`] for an empty or long name, no scope, too many networks, lists that are not there, an expiry in the past;
/// [`Error::Denied`] for a right that the maker lacks: a key cannot make a stronger key.
pub async fn create_api_key(app: &App, tx: &mut Tx, ctx: &Ctx, new: NewApiKey) -> crate::Result<(ApiKeyId, String)> {
    ctx.authorise(Action::ApiKeysWrite)?;
    let (name, scopes) = check(ctx, &new)?;
    key_lists::check(tx, new.lists.as_ref()).await?;
    let key = ApiKey::random(ApiKeyId::from_i64(ctx.new_id()), &*ctx.rng);
    let row = store::NewRow { id: key.id, name: &name, scopes: &names(&scopes), by: ctx.actor.principal(), new: &new };
    store::insert(tx, &row, key.secret.hash(), ctx.now()).await?;
    let entry = Entry::new(Operation::Key, "api_keys.create").on("api_key", key.id.as_i64());
    let detail = json!({ "scopes": names(&scopes), "clear": new.clear.words(), "networks": new.networks.len(), "lists": key_lists::words(new.lists.as_ref()) });
    tx.record(app.store(), ctx, entry.detail(detail)).await?;
    signals::note(tx, ctx, "api_keys.created", 1, json!({ "key": key.id, "scopes": names(&scopes) })).await?;
    Ok((key.id, key.text()))
}

fn check(ctx: &Ctx, new: &NewApiKey) -> crate::Result<(String, Vec<Scope>)> {
    let name = HeaderText::parse(&new.name).map_err(|e| Error::invalid("name", e))?;
    if name.as_str().is_empty() || name.as_str().chars().count() > LONGEST_NAME {
        return Err(Error::invalid(
            "name",
            format!("Write what the key is for, in at most {LONGEST_NAME} characters."),
        ));
    }
    let scopes: Vec<Scope> = Scope::GRANTABLE.iter().copied().filter(|scope| new.scopes.contains(scope)).collect();
    if scopes.is_empty() {
        return Err(Error::invalid("scopes", "Choose at least one thing that the key may do."));
    }
    if new.expires_at.is_some_and(|at| at <= ctx.now()) {
        return Err(Error::invalid("expires", "This day has passed. Choose a later one."));
    }
    if new.networks.len() > MOST_NETWORKS {
        return Err(Error::invalid("networks", format!("Name at most {MOST_NETWORKS} networks.")));
    }
    if new.clear.and(ctx.rights.clear) != new.clear || ctx.rights.lists.is_some() {
        return Err(waxwing_domain::Denied(Action::SubscribersRead).into());
    }
    let lacking = scopes.iter().find_map(|scope| {
        let mut actions = Action::ALL.iter().filter(|action| action.scope() == *scope);
        actions.find(|action| !ctx.may(**action))
    });
    if let Some(action) = lacking {
        return Err(waxwing_domain::Denied(*action).into());
    }
    Ok((name.into(), scopes))
}

/// Keys in the order they were made, from after `after`.
pub async fn list(tx: &mut Tx, ctx: &Ctx, after: Option<ApiKeyId>, limit: u32) -> crate::Result<Vec<ApiKeyRow>> {
    ctx.authorise_look(Action::ApiKeysWrite)?;
    Ok(store::all(tx, after.unwrap_or(ApiKeyId::from_i64(0)), limit).await?)
}

/// When a key was made, also after it ended.
pub(crate) async fn made_at(tx: &mut Tx, id: ApiKeyId) -> crate::Result<Option<Micros>> {
    Ok(store::one(tx, id).await?.map(|row| row.created_at))
}

/// What a key is called, also after it ended.
pub(crate) async fn name(tx: &mut Tx, id: ApiKeyId) -> crate::Result<Option<String>> {
    Ok(store::one(tx, id).await?.map(|row| row.name))
}

/// Ends a key; it never works again.
pub async fn revoke_api_key(app: &App, tx: &mut Tx, ctx: &Ctx, id: ApiKeyId) -> crate::Result<()> {
    ctx.authorise(Action::ApiKeysWrite)?;
    if !store::revoke(tx, id, ctx.now()).await? {
        return Err(Error::NotFound("API key"));
    }
    tx.record(app.store(), ctx, Entry::new(Operation::Key, "api_keys.revoke").on("api_key", id.as_i64())).await?;
    signals::note(tx, ctx, "api_keys.revoked", 1, json!({ "key": id })).await
}

/// The account that made a key; none for the command line.
pub(super) async fn maker(tx: &mut Tx, id: ApiKeyId) -> crate::Result<Option<AccountId>> {
    Ok(store::maker(tx, id).await?.filter(|by| *by != 0).map(AccountId::from_i64))
}

/// Whether a key works now and has this right.
pub(super) async fn still_may(tx: &mut Tx, id: ApiKeyId, action: Action, now: Micros) -> crate::Result<bool> {
    let key = store::one(tx, id).await?;
    Ok(key.is_some_and(|key| key.works(now) && key.rights().actions.has(action)))
}

/// What a text that claims to be a key is.
pub(crate) enum Judged {
    /// Nothing that works.
    Nothing,
    /// The right key, from a network it may not come from.
    Elsewhere(ApiKeyId),
    /// A key that works.
    Works(Box<ApiKeyRow>),
}

/// The workspace that a text's key is of, if there is such a key. Asked of the installation; the
/// secret is judged there.
pub(crate) async fn workspace_of(tx: &mut Tx, text: &str) -> crate::Result<Option<WorkspaceId>> {
    let Ok(key) = ApiKey::parse(text) else { return Ok(None) };
    Ok(store::workspace_of(tx, key.id).await?)
}

/// The key that a text is, if it works now and from here.
pub(crate) async fn judge(tx: &mut Tx, text: &str, now: Micros, from: Option<IpAddr>) -> crate::Result<Judged> {
    let Ok(key) = ApiKey::parse(text) else { return Ok(Judged::Nothing) };
    let row = store::one(tx, key.id).await?;
    let Some(row) = row.filter(|row| key.secret.matches(&row.hash) && row.works(now)) else {
        return Ok(Judged::Nothing);
    };
    let here = row.networks.is_empty() || from.is_some_and(|from| row.networks.iter().any(|n| n.contains(from)));
    Ok(if here { Judged::Works(Box::new(row)) } else { Judged::Elsewhere(row.id) })
}

/// Notes that the right key came from the wrong network: somebody else may have it.
pub(crate) async fn note_elsewhere(app: &App, ctx: &Ctx, id: ApiKeyId) -> crate::Result<()> {
    let mut tx = app.begin(ctx, "api_keys.elsewhere").await?;
    tx.record(app.store(), ctx, Entry::new(Operation::Login, "api_keys.elsewhere").on("api_key", id.as_i64())).await?;
    // Attempts of one network are counted together by a keyed tag.
    let network = ctx.address.map(signals::network).and_then(|network| signals::tag_of(app, ctx, network));
    let detail = json!({ "key": id, "network": network.map(hex::encode) });
    signals::note_address(app, &mut tx, ctx, "api_keys.elsewhere", 1, detail).await?;
    Ok(tx.commit().await?)
}

/// Whether the last use that is written down is a minute old or more.
pub(crate) fn use_is_stale(row: &ApiKeyRow, now: Micros) -> bool {
    row.used_at.is_none_or(|at| now.since(at) >= Micros::MINUTE)
}

/// Writes the last use down.
pub(crate) async fn touch(tx: &mut Tx, id: ApiKeyId, now: Micros) -> crate::Result<()> {
    Ok(store::used(tx, id, now).await?)
}

/// Reads networks as they are typed.
///
/// # Errors
/// [`Error::Invalid`] of `networks` for the first that is none.
pub fn networks<'a>(texts: impl Iterator<Item = &'a str>) -> crate::Result<Vec<Network>> {
    let texts = texts.map(str::trim).filter(|text| !text.is_empty());
    texts.map(|text| text.parse().map_err(|why| Error::invalid("networks", why))).collect()
}

/// The end of a day in UTC, as a form gives it; none where nothing was chosen.
///
/// # Errors
/// [`Error::Invalid`] of `field` for what is no day.
pub(super) fn end_of_day(field: &str, text: &str) -> crate::Result<Option<Micros>> {
    if text.trim().is_empty() {
        return Ok(None);
    }
    let wrong = || Error::invalid(field, "Write a day such as 2027-01-31, or nothing.");
    let day: jiff::civil::Date = text.trim().parse().map_err(|_| wrong())?;
    let end = day.tomorrow().and_then(|next| next.to_zoned(jiff::tz::TimeZone::UTC)).map_err(|_| wrong())?;
    Ok(Some(Micros::from_i64(end.timestamp().as_microsecond())))
}

fn names(scopes: &[Scope]) -> String {
    scopes.iter().map(|scope| scope.name()).collect::<Vec<_>>().join(",")
}
