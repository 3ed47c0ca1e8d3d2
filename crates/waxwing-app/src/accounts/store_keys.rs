//! The SQL of API keys.

use super::key_lists;
use super::keys::{ApiKeyRow, NewApiKey};
use waxwing_domain::{ApiKeyId, ClassSet, Micros, Network, Scope, WorkspaceId};
use waxwing_store::{Row, StoreError, Tx, args, statement};

// How the system is set, kept when something is contained.
crate::kept! { API_KEYS, "api_keys" (id: Int, name: Text, scopes: Text, classes: Text, networks: Text, lists: Text, created_by: Int,
created_at: Int, expires_at: Int, used_at: Int, revoked_at: Int) }
statement! { INSERT,
"INSERT INTO api_keys (id, workspace_id, name, hash, scopes, created_by, created_at, expires_at, classes, networks, lists, gate_epoch)
 VALUES ($2, $1, $3, $4, $5, $6, $7, $8, $9, $10, $11,
   (SELECT epoch FROM gate WHERE workspace_id = $1))" }
statement! { ALL,
"SELECT id, name, hash, scopes, created_at, expires_at, used_at, revoked_at, classes, networks, lists, gate_epoch
 FROM api_keys WHERE workspace_id = $1 AND id > $2 ORDER BY id LIMIT $3" }
statement! { ONE,
"SELECT id, name, hash, scopes, created_at, expires_at, used_at, revoked_at, classes, networks, lists, gate_epoch
 FROM api_keys WHERE workspace_id = $1 AND id = $2" }
statement! { MAKER, "SELECT created_by FROM api_keys WHERE workspace_id = $1 AND id = $2" }
statement! { system OF, "SELECT workspace_id FROM api_keys WHERE id = $1" }
statement! { REVOKE, "UPDATE api_keys SET revoked_at = $3 WHERE workspace_id = $1 AND id = $2 AND revoked_at IS NULL" }
statement! { USED, "UPDATE api_keys SET used_at = $3 WHERE workspace_id = $1 AND id = $2" }

/// A key to be written down; its secret only as a hash.
pub(super) struct NewRow<'a> {
    pub id: ApiKeyId,
    pub name: &'a str,
    pub scopes: &'a str,
    /// The account that made it; 0 for the command line.
    pub by: i64,
    pub new: &'a NewApiKey,
}

pub(super) async fn insert(tx: &mut Tx, row: &NewRow<'_>, hash: [u8; 32], now: Micros) -> Result<(), StoreError> {
    let networks = row.new.networks.iter().map(Network::to_string).collect::<Vec<_>>().join(",");
    let (classes, expires_at) = (row.new.clear.words(), row.new.expires_at);
    let lists = key_lists::words(row.new.lists.as_ref());
    let row = args![row.id, row.name, hash, row.scopes, row.by, now, expires_at, classes, networks, lists];
    tx.exec(&INSERT, row).await.map(drop)
}

pub(super) async fn all(tx: &mut Tx, after: ApiKeyId, limit: u32) -> Result<Vec<ApiKeyRow>, StoreError> {
    tx.all(&ALL, args![after, limit], read).await
}

pub(super) async fn one(tx: &mut Tx, id: ApiKeyId) -> Result<Option<ApiKeyRow>, StoreError> {
    tx.optional(&ONE, args![id], read).await
}

/// The account that made a key; 0 for the command line.
pub(super) async fn maker(tx: &mut Tx, id: ApiKeyId) -> Result<Option<i64>, StoreError> {
    tx.optional(&MAKER, args![id], |row| row.int(0)).await
}

/// The workspace that a key is of.
pub(super) async fn workspace_of(tx: &mut Tx, id: ApiKeyId) -> Result<Option<WorkspaceId>, StoreError> {
    tx.optional(&OF, args![id], |r| r.int(0).map(WorkspaceId::from_i64)).await
}

/// Whether there was a key to revoke.
pub(super) async fn revoke(tx: &mut Tx, id: ApiKeyId, now: Micros) -> Result<bool, StoreError> {
    Ok(tx.exec(&REVOKE, args![id, now]).await? > 0)
}

pub(super) async fn used(tx: &mut Tx, id: ApiKeyId, now: Micros) -> Result<(), StoreError> {
    tx.exec(&USED, args![id, now]).await.map(drop)
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
        clear: row.word(8, ClassSet::parse)?,
        networks: row.word(9, parse_networks)?,
        lists: row.word(10, key_lists::parse)?,
        made_under: row.int(11)?,
    })
}

/// Networks with commas; a list that cannot be read lets nobody in.
fn parse_networks(text: &str) -> Option<Vec<Network>> {
    text.split(',').filter(|network| !network.is_empty()).map(|network| network.parse().ok()).collect()
}
