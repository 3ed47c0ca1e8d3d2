//! The SQL of identity providers, their groups, links and attempts.

use super::config::{Config, Group, Newcomers};
use waxwing_domain::{AccountId, Micros, SessionId, WorkspaceId};
use waxwing_store::{Row, StoreError, Tx, args, bulk, statement};

// How the system is set, kept when something is contained.
crate::kept! { PROVIDERS, "sso_providers" (enabled: Int, name: Text, issuer: Text, client_id: Text, scopes: Text, groups_claim: Text,
domains: Text, newcomers: Text, strong: Text, changed_by: Int, changed_at: Int) }
crate::kept! { GROUPS_KEPT, "sso_groups" (claimed: Text, role: Text, agreed: Int) }
crate::kept! { LINKS, "sso_links" (account_id: Int, linked_at: Int, seen_at: Int) }
statement! { CONFIG,
"SELECT enabled, name, issuer, client_id, secret, scopes, groups_claim, domains, newcomers, strong, changed_by, changed_at
 FROM sso_providers WHERE workspace_id = $1" }
statement! { CONFIG_PUT,
"INSERT INTO sso_providers (workspace_id, enabled, name, issuer, client_id, secret, scopes, groups_claim, domains,
   newcomers, strong, changed_by, changed_at)
 VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
 ON CONFLICT (workspace_id) DO UPDATE SET enabled = excluded.enabled, name = excluded.name, issuer = excluded.issuer,
   client_id = excluded.client_id, secret = excluded.secret, scopes = excluded.scopes,
   groups_claim = excluded.groups_claim, domains = excluded.domains, newcomers = excluded.newcomers,
   strong = excluded.strong, changed_by = excluded.changed_by, changed_at = excluded.changed_at" }
statement! { CONFIG_REMOVE, "DELETE FROM sso_providers WHERE workspace_id = $1" }
statement! { system ENABLED, "SELECT workspace_id, name FROM sso_providers WHERE enabled = 1" }
statement! { GROUPS, "SELECT claimed, role, agreed FROM sso_groups WHERE workspace_id = $1 ORDER BY claimed, role" }
statement! { GROUPS_CLEAR, "DELETE FROM sso_groups WHERE workspace_id = $1" }
bulk! { GROUPS_PUT, into "sso_groups" (claimed: Text, role: Text, agreed: Int), "" }
statement! { LINK, "SELECT account_id, tag FROM sso_links WHERE workspace_id = $1 AND tag IN [blob $2]" }
statement! { LINK_PUT,
"INSERT INTO sso_links (workspace_id, tag, account_id, linked_at, seen_at) VALUES ($1, $2, $3, $4, $4)" }
statement! { LINK_SEEN, "UPDATE sso_links SET seen_at = $3 WHERE workspace_id = $1 AND tag = $2" }
statement! { LINK_REMOVE, "DELETE FROM sso_links WHERE workspace_id = $1 AND account_id = $2" }
statement! { LINKED, "SELECT COUNT(*) FROM sso_links WHERE workspace_id = $1 AND account_id = $2" }
statement! { ATTEMPT_PUT,
"INSERT INTO sso_attempts (id, workspace_id, hash, browser, purpose, account_id, session_id, sealed, created_at, expires_at)
 VALUES ($2, $1, $3, $4, $5, $6, $7, $8, $9, $10)" }
statement! { system ATTEMPT_OF, "SELECT workspace_id FROM sso_attempts WHERE hash = $1" }
statement! { ATTEMPT_TAKE,
"DELETE FROM sso_attempts WHERE workspace_id = $1 AND hash = $2
 RETURNING id, browser, purpose, account_id, session_id, sealed, created_at, expires_at" }
statement! { ATTEMPTS_SWEEP, "DELETE FROM sso_attempts WHERE workspace_id = $1 AND expires_at < $2" }

/// What a sign-in at the provider is for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Purpose {
    /// To come in.
    SignIn,
    /// To join the person there to the account here.
    Link,
    /// To prove anew who sits there.
    Proof,
}

impl Purpose {
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::SignIn => "sign_in",
            Self::Link => "link",
            Self::Proof => "proof",
        }
    }
    fn parse(word: &str) -> Option<Self> {
        [Self::SignIn, Self::Link, Self::Proof].into_iter().find(|one| one.as_str() == word)
    }
}

/// A sign-in that waits for the provider's answer; account and session are 0 for somebody who comes in.
#[derive(Clone)]
pub(super) struct Attempt {
    pub(super) id: i64,
    pub(super) browser: Vec<u8>,
    pub(super) purpose: Purpose,
    pub(super) account: AccountId,
    pub(super) session: SessionId,
    pub(super) sealed: Vec<u8>,
    pub(super) created_at: Micros,
    pub(super) expires_at: Micros,
}

fn words(text: &str) -> Vec<String> {
    text.split_whitespace().map(str::to_owned).collect()
}

fn config_row(row: &Row<'_>) -> Result<Config, StoreError> {
    Ok(Config {
        enabled: row.int(0)? == 1,
        name: row.text(1)?,
        issuer: row.text(2)?,
        client_id: row.text(3)?,
        secret: row.blob(4)?,
        scopes: row.text(5)?,
        groups_claim: row.text(6)?,
        domains: words(&row.text(7)?),
        newcomers: row.word(8, Newcomers::parse)?,
        strong: words(&row.text(9)?),
        changed_by: row.int(10)?,
        changed_at: row.time(11)?,
        groups: Vec::new(),
    })
}

pub(super) async fn config(tx: &mut Tx) -> Result<Option<Config>, StoreError> {
    let Some(config) = tx.optional(&CONFIG, args![], config_row).await? else { return Ok(None) };
    let group = |row: &Row<'_>| {
        let (claimed, role) = (row.text(0)?, row.word(1, |word| word.parse().ok())?);
        Ok(Group { claimed, role, agreed: row.int(2)? == 1 })
    };
    Ok(Some(Config { groups: tx.all(&GROUPS, args![], group).await?, ..config }))
}

pub(super) async fn put_config(tx: &mut Tx, new: &Config) -> Result<(), StoreError> {
    let Config { name, issuer, client_id, secret, scopes, groups_claim, .. } = new.clone();
    let (enabled, domains, strong) = (i64::from(new.enabled), new.domains.join(" "), new.strong.join(" "));
    let (newcomers, by, at) = (new.newcomers.as_str(), new.changed_by, new.changed_at);
    let row = args![enabled, name, issuer, client_id, secret, scopes, groups_claim, domains, newcomers, strong, by, at];
    tx.exec(&CONFIG_PUT, row).await?;
    tx.exec(&GROUPS_CLEAR, args![]).await?;
    let row = |group: &Group| args![group.claimed.clone(), group.role.to_string(), i64::from(group.agreed)];
    tx.bulk(&GROUPS_PUT, new.groups.iter().map(row).collect()).await.map(drop)
}

pub(super) async fn remove_config(tx: &mut Tx) -> Result<bool, StoreError> {
    tx.exec(&GROUPS_CLEAR, args![]).await?;
    Ok(tx.exec(&CONFIG_REMOVE, args![]).await? == 1)
}

/// The workspaces with a provider that is on, and what it is called.
pub(super) async fn enabled(tx: &mut Tx) -> Result<Vec<(WorkspaceId, String)>, StoreError> {
    tx.all(&ENABLED, args![], |row| Ok((WorkspaceId::from_i64(row.int(0)?), row.text(1)?))).await
}

/// Whose account the person of one of these tags has, and the tag.
pub(super) async fn link(tx: &mut Tx, tags: Vec<Vec<u8>>) -> Result<Option<(AccountId, Vec<u8>)>, StoreError> {
    tx.optional(&LINK, args![tags], |row| Ok((AccountId::from_i64(row.int(0)?), row.blob(1)?))).await
}

pub(super) async fn put_link(tx: &mut Tx, tag: &[u8], account: AccountId, now: Micros) -> Result<(), StoreError> {
    tx.exec(&LINK_PUT, args![tag, account, now]).await.map(drop)
}

pub(super) async fn see_link(tx: &mut Tx, tag: &[u8], now: Micros) -> Result<(), StoreError> {
    tx.exec(&LINK_SEEN, args![tag, now]).await.map(drop)
}

/// Whether there was one.
pub(super) async fn remove_link(tx: &mut Tx, account: AccountId) -> Result<bool, StoreError> {
    Ok(tx.exec(&LINK_REMOVE, args![account]).await? > 0)
}

pub(super) async fn is_linked(tx: &mut Tx, account: AccountId) -> Result<bool, StoreError> {
    Ok(tx.one(&LINKED, args![account], |row| row.int(0)).await? > 0)
}

pub(super) async fn put_attempt(tx: &mut Tx, hash: [u8; 32], new: &Attempt) -> Result<(), StoreError> {
    let Attempt { id, browser, purpose, account, session, sealed, created_at, expires_at } = new.clone();
    let row = args![id, hash, browser, purpose.as_str(), account, session, sealed, created_at, expires_at];
    tx.exec(&ATTEMPT_PUT, row).await.map(drop)
}

/// The workspace that an attempt is of.
pub(super) async fn attempt_of(tx: &mut Tx, hash: [u8; 32]) -> Result<Option<WorkspaceId>, StoreError> {
    tx.optional(&ATTEMPT_OF, args![hash], |row| row.int(0).map(WorkspaceId::from_i64)).await
}

/// Uses an attempt up.
pub(super) async fn take_attempt(tx: &mut Tx, hash: [u8; 32]) -> Result<Option<Attempt>, StoreError> {
    tx.optional(&ATTEMPT_TAKE, args![hash], |row| {
        Ok(Attempt {
            id: row.int(0)?,
            browser: row.blob(1)?,
            purpose: row.word(2, Purpose::parse)?,
            account: AccountId::from_i64(row.int(3)?),
            session: SessionId::from_i64(row.int(4)?),
            sealed: row.blob(5)?,
            created_at: row.time(6)?,
            expires_at: row.time(7)?,
        })
    })
    .await
}

pub(super) async fn sweep(tx: &mut Tx, now: Micros) -> Result<(), StoreError> {
    tx.exec(&ATTEMPTS_SWEEP, args![now]).await.map(drop)
}
