//! The SQL of relays.

use super::Relay;
use waxwing_delivery::RelayUrl;
use waxwing_domain::{Micros, RelayId};
use waxwing_store::{Row, StoreError, Tx, args, statement};

// How the system is set, kept when something is contained.
crate::kept! { RELAYS_KEPT, "relays" (id: Int, name: Text, shown: Text, has_login: Int, connections: Int, enabled: Int, created_at: Int,
changed_at: Int, password_changed_at: Int, tested_at: Int, problem: Text) }
statement! { INSERT,
"INSERT INTO relays (id, workspace_id, name, shown, has_login, sealed, connections, enabled, created_at, changed_at)
 VALUES ($2, $1, $3, $4, $5, $6, $7, 1, $8, $8)" }
statement! { UPDATE,
"UPDATE relays SET name = $3, connections = $4, enabled = $5, changed_at = $6 WHERE workspace_id = $1 AND id = $2" }
statement! { SET_URL,
"UPDATE relays SET shown = $3, has_login = $4, sealed = $5, tested_at = NULL, problem = NULL WHERE workspace_id = $1 AND id = $2" }
statement! { PASSWORD_CHANGED, "UPDATE relays SET password_changed_at = $3 WHERE workspace_id = $1 AND id = $2" }
statement! { DELETE, "DELETE FROM relays WHERE workspace_id = $1 AND id = $2" }
statement! { ALL,
"SELECT id, name, shown, has_login, connections, enabled, created_at, changed_at, tested_at, problem
 FROM relays WHERE workspace_id = $1 ORDER BY id" }
statement! { ONE,
"SELECT id, name, shown, has_login, connections, enabled, created_at, changed_at, tested_at, problem
 FROM relays WHERE workspace_id = $1 AND id = $2" }
statement! { SEALED,
"SELECT id, name, sealed, connections, enabled, changed_at FROM relays WHERE workspace_id = $1 ORDER BY id" }
statement! { TESTED, "UPDATE relays SET tested_at = $3, problem = $4 WHERE workspace_id = $1 AND id = $2" }

pub(super) struct NewRow<'a> {
    pub id: RelayId,
    pub name: &'a str,
    pub url: &'a RelayUrl,
    pub sealed: Vec<u8>,
    pub connections: i64,
    pub now: Micros,
}

pub(super) struct SealedRow {
    pub id: RelayId,
    pub name: String,
    pub sealed: Vec<u8>,
    pub connections: i64,
    pub enabled: bool,
    pub changed_at: Micros,
}

fn has_login(url: &RelayUrl) -> bool {
    waxwing_delivery::Relay::new(url.clone()).login().is_some()
}

pub(super) async fn insert(tx: &mut Tx, row: NewRow<'_>) -> Result<(), StoreError> {
    let (shown, login) = (row.url.to_string(), has_login(row.url));
    tx.exec(&INSERT, args![row.id, row.name, shown, login, row.sealed, row.connections, row.now]).await.map(drop)
}

pub(super) async fn update(
    tx: &mut Tx,
    id: RelayId,
    name: &str,
    connections: i64,
    enabled: bool,
    now: Micros,
) -> Result<(), StoreError> {
    tx.exec(&UPDATE, args![id, name, connections, enabled, now]).await.map(drop)
}

pub(super) async fn set_url(tx: &mut Tx, id: RelayId, url: &RelayUrl, sealed: Vec<u8>) -> Result<(), StoreError> {
    tx.exec(&SET_URL, args![id, url.to_string(), has_login(url), sealed]).await.map(drop)
}

pub(super) async fn password_changed(tx: &mut Tx, id: RelayId, now: Micros) -> Result<(), StoreError> {
    tx.exec(&PASSWORD_CHANGED, args![id, now]).await.map(drop)
}

pub(super) async fn delete(tx: &mut Tx, id: RelayId) -> Result<u64, StoreError> {
    tx.exec(&DELETE, args![id]).await
}

pub(super) async fn all(tx: &mut Tx) -> Result<Vec<Relay>, StoreError> {
    tx.all(&ALL, args![], read).await
}

pub(super) async fn by_id(tx: &mut Tx, id: RelayId) -> Result<Option<Relay>, StoreError> {
    tx.optional(&ONE, args![id], read).await
}

pub(super) async fn sealed(tx: &mut Tx) -> Result<Vec<SealedRow>, StoreError> {
    tx.all(&SEALED, args![], |r| {
        Ok(SealedRow {
            id: RelayId::from_i64(r.int(0)?),
            name: r.text(1)?,
            sealed: r.blob(2)?,
            connections: r.int(3)?,
            enabled: r.flag(4)?,
            changed_at: r.time(5)?,
        })
    })
    .await
}

pub(super) async fn tested(tx: &mut Tx, id: RelayId, at: Micros, problem: Option<&str>) -> Result<(), StoreError> {
    tx.exec(&TESTED, args![id, at, problem]).await.map(drop)
}

fn read(r: &Row<'_>) -> Result<Relay, StoreError> {
    let problem = r.opt_text(9)?;
    Ok(Relay {
        id: RelayId::from_i64(r.int(0)?),
        name: r.text(1)?,
        address: r.text(2)?,
        has_login: r.flag(3)?,
        connections: r.int(4)?,
        enabled: r.flag(5)?,
        created_at: r.time(6)?,
        changed_at: r.time(7)?,
        tested: r.opt_time(8)?.map(|at| (at, problem)),
    })
}
