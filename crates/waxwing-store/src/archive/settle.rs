//! What makes restored data safe to use: nothing of the past goes on by itself.
//!
//! Promise: in one transaction with the rows of the workspaces, all sources are held, nobody is
//! signed in, one-time links are void, whoever was erased or deleted since is gone again, numbers
//! of people go on above all that were ever given, and the record opens a new origin that cites the
//! old head. Limit: what was sent after the data archive was made is not known here; the reason
//! for the hold says so. These tables belong to features; only here does the store write to them.

use super::ArchiveError;
use super::catalogue::Table;
use crate::{KeyStoreError, Store, StoreError, Tx, args, statement};
use waxwing_domain::{Micros, WorkspaceId};

statement! { system HOLD_SOURCES,
"UPDATE sources SET state = 'held', pass = pass + 1,
   hold_reason = 'restored from a backup: what was sent after it was made is not known here' WHERE state = 'running'" }
statement! { system COUNT_UNKNOWN,
"INSERT INTO source_counts (workspace_id, source_id, state, reason, rows_there)
     SELECT workspace_id, source_id, 7, 'stopped', COUNT(*) FROM ledger WHERE state = 2 GROUP BY workspace_id, source_id
     ON CONFLICT (workspace_id, source_id, state, reason) DO UPDATE SET rows_there = source_counts.rows_there + excluded.rows_there" }
statement! { system IN_FLIGHT, "UPDATE ledger SET state = 7, done_at = $1, next_at = 0, reason = 'stopped' WHERE state = 2" }
statement! { system LEASED, "UPDATE ledger SET state = 0, next_at = 0 WHERE state = 1" }
statement! { system MAIL,
"UPDATE outbox SET state = 'unknown', reason = 'restored from a backup; it may have been sent before', sealed = NULL, finished_at = $1
 WHERE state IN ('ready', 'in_flight')" }
statement! { system JOBS,
"UPDATE jobs SET state = 'cancelled', error = 'restored from a backup', finished_at = $1 WHERE state IN ('ready', 'leased')" }
// The files of an import are in no archive, so its keys open nothing any more.
statement! { system IMPORTS,
"UPDATE imports SET state = 'failed', error = 'restored from a backup; begin it again', finished_at = $1
 WHERE state IN ('mapping', 'checking', 'checked', 'running')" }
statement! { system IMPORT_KEYS, "UPDATE imports SET upload_key = NULL, reject_key = NULL" }
statement! { system SESSIONS, "UPDATE sessions SET ended_at = $1 WHERE ended_at IS NULL" }
statement! { system LOGIN_STEPS, "DELETE FROM login_steps" }
statement! { system LINKS, "DELETE FROM account_links" }
// Whoever asked before asks again: a link that was used after the backup must not work twice.
statement! { system REQUESTS, "DELETE FROM signup_requests" }
// Whether it left after the backup is not known here: a person is asked.
statement! { system CAMPAIGNS, "UPDATE campaigns SET state = 'missed' WHERE state IN ('leaving', 'scheduled')" }
statement! { system STRAY_KEYS,
"DELETE FROM subject_keys WHERE NOT EXISTS (SELECT 1 FROM subscribers s
   WHERE s.workspace_id = subject_keys.workspace_id AND s.subject = subject_keys.subject)" }
statement! { system STRAY_MEMBERS, "DELETE FROM list_members WHERE NOT EXISTS (SELECT 1 FROM lists l WHERE l.id = list_members.list_id)" }
statement! { OTHER_GENERATION,
"SELECT COUNT(*) FROM subscribers s JOIN subject_keys k ON k.workspace_id = s.workspace_id AND k.subject = s.subject
 WHERE s.workspace_id = $1 AND k.generation <> s.generation" }
statement! { system WORKSPACES, "SELECT id FROM workspaces ORDER BY id" }
statement! { HEAD, "SELECT origin, epoch, size, root FROM record_heads WHERE workspace_id = $1" }
statement! { NEW_ORIGIN, "UPDATE record_heads SET origin = $2, epoch = $3, updated_at = $4 WHERE workspace_id = $1" }

/// How far above the key ring's mark the numbers of people go on: the mark is kept ahead of use by
/// as much, and a ring from a backup may be one such step behind.
const LEAP: u32 = 1 << 20;

/// What was made safe.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Settled {
    /// People who were erased or deleted after the data archive was made.
    pub forgotten: u64,
    /// Sources that were running and are held.
    pub held: u64,
    /// Messages whose outcome nobody knows.
    pub unknown: u64,
    /// System mail that was waiting; it is not sent.
    pub mail: u64,
    /// Jobs that were waiting or running; they are not run.
    pub jobs: u64,
    /// Sessions that were ended.
    pub sessions: u64,
}

/// Stops everything that would go on by itself, in all workspaces.
pub async fn stop_everything(tx: &mut Tx, now: Micros) -> Result<Settled, StoreError> {
    let held = tx.exec(&HOLD_SOURCES, args![]).await?;
    tx.exec(&COUNT_UNKNOWN, args![]).await?;
    let unknown = tx.exec(&IN_FLIGHT, args![now]).await?;
    tx.exec(&LEASED, args![]).await?;
    let mail = tx.exec(&MAIL, args![now]).await?;
    let jobs = tx.exec(&JOBS, args![now]).await?;
    tx.exec(&IMPORTS, args![now]).await?;
    tx.exec(&IMPORT_KEYS, args![]).await?;
    let sessions = tx.exec(&SESSIONS, args![now]).await?;
    tx.exec(&LOGIN_STEPS, args![]).await?;
    tx.exec(&LINKS, args![]).await?;
    tx.exec(&REQUESTS, args![]).await?;
    tx.exec(&CAMPAIGNS, args![]).await?;
    Ok(Settled { forgotten: 0, held, unknown, mail, jobs, sessions })
}

/// Deletes what stands of people whose key is gone; gives how many they were. The ledger keeps its
/// rows, as after an erasure: a number and an outcome.
pub async fn forget_keyless(tx: &mut Tx, tables: &[Table]) -> Result<u64, StoreError> {
    let forgotten = tx.exec_raw(keyless("subscribers")).await?;
    tx.exec(&STRAY_KEYS, args![]).await?;
    let kept = ["subscribers", "subject_keys", "erasures", "ledger"];
    for table in tables.iter().filter(|table| table.is_about_people() && !kept.contains(&table.name.as_str())) {
        tx.exec_raw(keyless(&table.name)).await?;
    }
    tx.exec(&STRAY_MEMBERS, args![]).await?;
    Ok(forgotten)
}

fn keyless(table: &str) -> String {
    format!(
        "DELETE FROM {table} WHERE subject IS NOT NULL AND NOT EXISTS (SELECT 1 FROM subject_keys k \
         WHERE k.workspace_id = {table}.workspace_id AND k.subject = {table}.subject)"
    )
}

/// Refuses data whose keys were replaced since: people of another generation than their key, and values under
/// versions that were destroyed. In the workspace of `tx`.
pub async fn refuse_resealed(store: &Store, tx: &mut Tx) -> Result<(), ArchiveError> {
    let people = tx.one(&OTHER_GENERATION, args![], |r| r.int(0)).await?;
    if people > 0 || store.sealed_under_destroyed(tx).await? > 0 { Err(ArchiveError::Resealed) } else { Ok(()) }
}

/// The workspaces as this transaction sees them.
pub async fn workspaces(tx: &mut Tx) -> Result<Vec<WorkspaceId>, StoreError> {
    tx.all(&WORKSPACES, args![], |r| r.int(0).map(WorkspaceId::from_i64)).await
}

/// Numbers of people go on above all that were ever given, in the workspace of `tx`.
pub async fn leap(store: &Store, tx: &mut Tx) -> Result<(), StoreError> {
    let workspace = tx.workspace();
    store.keys().change(|ring| {
        let refused = |e: waxwing_crypto::RingError| KeyStoreError::Refused(e.to_string());
        let mark = ring.subject_high_water(workspace).map_err(refused)?;
        ring.raise_subject_high_water(workspace, mark.saturating_add(LEAP)).map_err(refused)
    })?;
    store.skip_used_subjects(tx).await
}

/// Opens a new origin of the record that cites the head of the old one; gives both names.
pub async fn new_origin(tx: &mut Tx, now: Micros) -> Result<(String, String), StoreError> {
    let (old, epoch, size, root) =
        tx.one(&HEAD, args![], |r| Ok((r.text(0)?, r.int(1)?, r.int(2)?, r.blob(3)?))).await?;
    let new = crate::record::origin_after(tx.workspace(), epoch + 1, size, &root);
    tx.exec(&NEW_ORIGIN, args![&new, epoch + 1, now]).await?;
    Ok((old, new))
}
