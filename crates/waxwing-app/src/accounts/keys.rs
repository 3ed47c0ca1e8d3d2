//! API keys: made, listed, judged, revoked.
//!
//! Promise: the text is shown once and only its hash is stored; a key never holds more rights than
//! its scopes, and none of them reaches a person's own account. Limit: the last use is kept to the
//! minute, and a key that leaked works until it is revoked or expires.

use crate::{App, Error, signals};
use serde_json::json;
use waxwing_crypto::ApiKey;
use waxwing_domain::{Action, ApiKeyId, Ctx, HeaderText, Micros, Operation, Rights, Scope};
use waxwing_store::{Entry, Row, StoreError, Tx, args, statement};

statement! { INSERT,
"INSERT INTO api_keys (id, workspace_id, name, hash, scopes, created_by, created_at, expires_at)
 VALUES ($2, $1, $3, $4, $5, $6, $7, $8)" }
statement! { ALL,
"SELECT id, name, hash, scopes, created_at, expires_at, used_at, revoked_at
 FROM api_keys WHERE workspace_id = $1 AND id > $2 ORDER BY id LIMIT $3" }
statement! { ONE,
"SELECT id, name, hash, scopes, created_at, expires_at, used_at, revoked_at FROM api_keys WHERE workspace_id = $1 AND id = $2" }
statement! { REVOKE, "UPDATE api_keys SET revoked_at = $3 WHERE workspace_id = $1 AND id = $2 AND revoked_at IS NULL" }
statement! { USED, "UPDATE api_keys SET used_at = $3 WHERE workspace_id = $1 AND id = $2" }

/// The longest name, in characters.
const LONGEST_NAME: usize = 100;

/// A key as it is listed: everything but the secret.
#[derive(Clone, Debug)]
pub struct ApiKeyRow {
    /// Its id, part of its text.
    pub id: ApiKeyId,
    /// What it is for, in the words of whoever made it.
    pub name: String,
    /// What it may do.
    pub scopes: Vec<Scope>,
    /// When it was made.
    pub created_at: Micros,
    /// When it stops working; never where `None`.
    pub expires_at: Option<Micros>,
    /// When it was last used, to the minute.
    pub used_at: Option<Micros>,
    /// When it was revoked.
    pub revoked_at: Option<Micros>,
    hash: Vec<u8>,
}

impl ApiKeyRow {
    /// Whether it works at `now`.
    pub fn works(&self, now: Micros) -> bool {
        self.revoked_at.is_none() && self.expires_at.is_none_or(|at| now < at)
    }
    /// What it may do, as rights.
    pub fn rights(&self) -> Rights {
        Rights::Scopes(self.scopes.clone())
    }
    /// The words of its scopes.
    pub fn scope_names(&self) -> String {
        names(&self.scopes)
    }
}

/// Makes a key and gives its text, which nobody can see again.
///
/// # Errors
/// [`Error::Invalid`] for an empty or long name, no scope, an expiry in the past; [`Error::Denied`] for a scope
/// that the maker lacks: a key cannot make a stronger key.
pub async fn create_api_key(
    app: &App,
    tx: &mut Tx,
    ctx: &Ctx,
    name: &str,
    scopes: &[Scope],
    expires_at: Option<Micros>,
) -> crate::Result<(ApiKeyId, String)> {
    ctx.authorise(Action::ApiKeysWrite)?;
    let (name, scopes) = check(ctx, name, scopes, expires_at)?;
    let key = ApiKey::random(ApiKeyId::from_i64(ctx.new_id()), &*ctx.rng);
    let by = ctx.actor.principal();
    tx.exec(&INSERT, args![key.id, name, key.secret.hash(), names(&scopes), by, ctx.now(), expires_at]).await?;
    let entry = Entry::new(Operation::Key, "api_keys.create").on("api_key", key.id.as_i64());
    tx.record(app.store(), ctx, entry.detail(json!({ "scopes": names(&scopes) }))).await?;
    signals::note(tx, ctx, "api_keys.created", 1, json!({ "key": key.id, "scopes": names(&scopes) })).await?;
    Ok((key.id, key.text()))
}

fn check(ctx: &Ctx, name: &str, scopes: &[Scope], expires: Option<Micros>) -> crate::Result<(String, Vec<Scope>)> {
    let name = HeaderText::parse(name).map_err(|e| Error::invalid("name", e))?;
    if name.as_str().is_empty() || name.as_str().chars().count() > LONGEST_NAME {
        return Err(Error::invalid(
            "name",
            format!("Write what the key is for, in at most {LONGEST_NAME} characters."),
        ));
    }
    let scopes: Vec<Scope> = Scope::GRANTABLE.iter().copied().filter(|scope| scopes.contains(scope)).collect();
    if scopes.is_empty() {
        return Err(Error::invalid("scopes", "Choose at least one thing that the key may do."));
    }
    if expires.is_some_and(|at| at <= ctx.now()) {
        return Err(Error::invalid("expires", "This day has passed. Choose a later one."));
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
    ctx.authorise(Action::ApiKeysWrite)?;
    Ok(tx.all(&ALL, args![after.unwrap_or(ApiKeyId::from_i64(0)), limit], read).await?)
}

/// Ends a key; it never works again.
pub async fn revoke_api_key(app: &App, tx: &mut Tx, ctx: &Ctx, id: ApiKeyId) -> crate::Result<()> {
    ctx.authorise(Action::ApiKeysWrite)?;
    if tx.exec(&REVOKE, args![id, ctx.now()]).await? == 0 {
        return Err(Error::NotFound("API key"));
    }
    tx.record(app.store(), ctx, Entry::new(Operation::Key, "api_keys.revoke").on("api_key", id.as_i64())).await?;
    signals::note(tx, ctx, "api_keys.revoked", 1, json!({ "key": id })).await
}

/// The key that a text is, if it works now.
pub(crate) async fn judge(tx: &mut Tx, text: &str, now: Micros) -> crate::Result<Option<ApiKeyRow>> {
    let Ok(key) = ApiKey::parse(text) else { return Ok(None) };
    let row = tx.optional(&ONE, args![key.id], read).await?;
    Ok(row.filter(|row| key.secret.matches(&row.hash) && row.works(now)))
}

/// Whether the last use that is written down is a minute old or more.
pub(crate) fn use_is_stale(row: &ApiKeyRow, now: Micros) -> bool {
    row.used_at.is_none_or(|at| now.since(at) >= Micros::MINUTE)
}

/// Writes the last use down.
pub(crate) async fn touch(tx: &mut Tx, id: ApiKeyId, now: Micros) -> crate::Result<()> {
    tx.exec(&USED, args![id, now]).await?;
    Ok(())
}

fn names(scopes: &[Scope]) -> String {
    scopes.iter().map(|scope| scope.name()).collect::<Vec<_>>().join(",")
}

fn read(row: &Row<'_>) -> Result<ApiKeyRow, StoreError> {
    let scopes = row.word(3, |text| text.split(',').map(Scope::parse).collect::<Option<Vec<_>>>())?;
    Ok(ApiKeyRow {
        id: ApiKeyId::from_i64(row.int(0)?),
        name: row.text(1)?,
        hash: row.blob(2)?,
        scopes,
        created_at: row.time(4)?,
        expires_at: row.opt_time(5)?,
        used_at: row.opt_time(6)?,
        revoked_at: row.opt_time(7)?,
    })
}
