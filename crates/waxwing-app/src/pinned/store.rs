//! The SQL of what things were.

use super::Kind;
use waxwing_domain::Micros;
use waxwing_store::{StoreError, Tx, args, statement};

// Of two changes in one microsecond the first knows what was there before both.
statement! { KEEP,
"INSERT INTO pinned_past (workspace_id, kind, thing, until_at, was) VALUES ($1, $2, $3, $4, $5)
 ON CONFLICT (workspace_id, kind, thing, until_at) DO NOTHING" }
// What it was until its first change after the time was what it was at the time.
statement! { BEFORE,
"SELECT p.was FROM gate g JOIN pinned_past p ON p.workspace_id = g.workspace_id AND p.until_at >= g.pinned_at
 WHERE g.workspace_id = $1 AND p.kind = $2 AND p.thing = $3 ORDER BY p.until_at LIMIT 1" }
statement! { SETTINGS,
"SELECT p.thing, p.was FROM gate g JOIN pinned_past p ON p.workspace_id = g.workspace_id AND p.until_at >= g.pinned_at
 WHERE g.workspace_id = $1 AND p.kind = 'setting' ORDER BY p.until_at DESC" }
statement! { PINNED_AT, "SELECT pinned_at FROM gate WHERE workspace_id = $1" }
statement! { CHANGED_SINCE,
"SELECT DISTINCT kind, thing FROM pinned_past WHERE workspace_id = $1 AND until_at >= $2 ORDER BY kind, thing" }

pub(super) async fn keep(
    tx: &mut Tx,
    kind: Kind,
    thing: &str,
    was: Option<String>,
    now: Micros,
) -> Result<(), StoreError> {
    tx.exec(&KEEP, args![kind.as_str(), thing, now, was]).await.map(drop)
}

pub(super) async fn before(tx: &mut Tx, kind: Kind, thing: &str) -> Result<Option<Option<String>>, StoreError> {
    tx.optional(&BEFORE, args![kind.as_str(), thing], |r| r.opt_text(0)).await
}

/// The newest first, so that who collects them by key keeps the oldest.
pub(super) async fn settings(tx: &mut Tx) -> Result<Vec<(String, Option<String>)>, StoreError> {
    tx.all(&SETTINGS, args![], |r| Ok((r.text(0)?, r.opt_text(1)?))).await
}

pub(super) async fn pinned_at(tx: &mut Tx) -> Result<Option<Micros>, StoreError> {
    Ok(tx.optional(&PINNED_AT, args![], |r| r.opt_time(0)).await?.flatten())
}

pub(super) async fn changed_since(tx: &mut Tx, at: Micros) -> Result<Vec<(Kind, String)>, StoreError> {
    tx.all(&CHANGED_SINCE, args![at], |r| Ok((r.word(0, Kind::parse)?, r.text(1)?))).await
}
