//! The SQL of the record's pages: counts, ranges, witnesses, searches.

use super::searches::Search;
use super::witnesses::WitnessRow;
use std::ops::Range;
use waxwing_crypto::tlog::SignedNote;
use waxwing_domain::{Micros, RequestId};
use waxwing_store::{SignedHead, StoreError, Tx, args, decode_leaf, statement};

// How the system is set, kept when something is contained.
crate::kept! { WITNESSES_KEPT, "record_witnesses" (id: Int, vkey: Text, url: Text, size: Int, seen_at: Int, created_at: Int) }
statement! { PENDING, "SELECT COUNT(*) FROM record_pending WHERE workspace_id = $1" }
statement! { LEAVES, "SELECT leaf FROM record_entries WHERE workspace_id = $1 AND idx >= $2 AND idx < $3 ORDER BY idx" }
statement! { SINCE, "SELECT idx, leaf FROM record_entries WHERE workspace_id = $1 AND id >= $2 AND id < $3 ORDER BY id LIMIT 2000" }
statement! { WITNESSES, "SELECT id, vkey, url, size, seen_at, error FROM record_witnesses WHERE workspace_id = $1 ORDER BY id" }
statement! { ADD_WITNESS, "INSERT INTO record_witnesses (workspace_id, id, vkey, url, size, created_at) VALUES ($1, $2, $3, $4, 0, $5)" }
statement! { REMOVE_WITNESS, "DELETE FROM record_witnesses WHERE workspace_id = $1 AND id = $2" }
statement! { SEEN, "UPDATE record_witnesses SET size = $3, seen_at = $4, error = NULL WHERE workspace_id = $1 AND id = $2" }
statement! { TROUBLE, "UPDATE record_witnesses SET error = $3 WHERE workspace_id = $1 AND id = $2" }
statement! { NOTE, "SELECT note FROM record_checkpoints WHERE workspace_id = $1 AND size = $2 ORDER BY epoch DESC LIMIT 1" }
statement! { KEEP_NOTE,
"UPDATE record_checkpoints SET note = $3, witnesses = witnesses + 1
 WHERE workspace_id = $1 AND size = $2 AND note = $4" }
statement! { FORGET_HEADS,
"DELETE FROM record_checkpoints WHERE workspace_id = $1 AND witnesses = 0 AND signed_at < $2
   AND EXISTS (SELECT 1 FROM record_checkpoints newer WHERE newer.workspace_id = $1 AND newer.epoch >= record_checkpoints.epoch
     AND newer.signed_at > record_checkpoints.signed_at)" }
statement! { SEARCHES, "SELECT id, name, query FROM record_searches WHERE workspace_id = $1 ORDER BY name, id" }
statement! { SAVE_SEARCH, "INSERT INTO record_searches (workspace_id, id, name, query, created_at) VALUES ($1, $2, $3, $4, $5)" }
statement! { DELETE_SEARCH, "DELETE FROM record_searches WHERE workspace_id = $1 AND id = $2" }

/// Ids begin with 41 bits of milliseconds: an hour later, in ids.
const HOUR_OF_IDS: i64 = 3_600_000 << 22;

/// Entries without a number yet.
pub(super) async fn pending(tx: &mut Tx) -> Result<i64, StoreError> {
    tx.one(&PENDING, args![], |r| r.int(0)).await
}

/// The exact bytes of entries, by number.
pub(super) async fn leaves(tx: &mut Tx, span: Range<u64>) -> Result<Vec<Vec<u8>>, StoreError> {
    tx.all(&LEAVES, args![span.start as i64, span.end as i64], |r| r.blob(0)).await
}

/// The numbers and principals of the entries that a request made: those of the next hour are looked
/// through, 2,000 at most.
pub(super) async fn made_by(tx: &mut Tx, request: RequestId) -> Result<Vec<(u64, i64)>, StoreError> {
    let from = request.as_i64();
    let rows = tx.all(&SINCE, args![from, from.saturating_add(HOUR_OF_IDS)], |r| Ok((r.int(0)?, r.blob(1)?))).await?;
    let made = rows.into_iter().filter_map(|(index, leaf)| {
        let leaf = decode_leaf(&leaf).filter(|leaf| leaf["request"] == from)?;
        Some((u64::try_from(index).ok()?, leaf["actor"][1].as_i64()?))
    });
    Ok(made.collect())
}

pub(super) async fn witnesses(tx: &mut Tx) -> Result<Vec<WitnessRow>, StoreError> {
    tx.all(&WITNESSES, args![], |r| {
        Ok(WitnessRow {
            id: r.int(0)?,
            vkey: r.text(1)?,
            url: r.text(2)?,
            size: r.int(3)?,
            seen_at: r.opt_time(4)?,
            error: r.opt_text(5)?,
        })
    })
    .await
}

pub(super) async fn add_witness(tx: &mut Tx, id: i64, vkey: &str, url: &str, now: Micros) -> Result<(), StoreError> {
    tx.exec(&ADD_WITNESS, args![id, vkey, url, now]).await.map(drop)
}

pub(super) async fn remove_witness(tx: &mut Tx, id: i64) -> Result<bool, StoreError> {
    Ok(tx.exec(&REMOVE_WITNESS, args![id]).await? == 1)
}

pub(super) async fn seen(tx: &mut Tx, id: i64, size: u64, now: Micros) -> Result<(), StoreError> {
    tx.exec(&SEEN, args![id, size as i64, now]).await.map(drop)
}

pub(super) async fn trouble(tx: &mut Tx, id: i64, words: &str) -> Result<(), StoreError> {
    tx.exec(&TROUBLE, args![id, words]).await.map(drop)
}

/// The note of a head as it is kept now, with what other witnesses signed meanwhile.
pub(super) async fn note(tx: &mut Tx, head: &SignedHead) -> Result<SignedNote, StoreError> {
    let text = tx.one(&NOTE, args![head.checkpoint.size as i64], |r| r.text(0)).await?;
    SignedNote::parse(&text).map_err(|_| StoreError::Damaged("a checkpoint of the record".into()))
}

/// Keeps a note that one more witness signed, unless another has come between.
pub(super) async fn keep_note(tx: &mut Tx, head: &SignedHead, note: &SignedNote) -> Result<(), StoreError> {
    let before = self::note(tx, head).await?;
    if before.text() != note.text() {
        return Err(StoreError::Conflict("record_checkpoints"));
    }
    let args = args![head.checkpoint.size as i64, note.to_text(), before.to_text()];
    tx.exec(&KEEP_NOTE, args).await.map(drop)
}

/// Forgets heads older than `before` that no witness signed; never the newest.
pub(super) async fn forget_heads(tx: &mut Tx, before: Micros) -> Result<(), StoreError> {
    tx.exec(&FORGET_HEADS, args![before]).await.map(drop)
}

pub(super) async fn searches(tx: &mut Tx) -> Result<Vec<Search>, StoreError> {
    tx.all(&SEARCHES, args![], |r| Ok(Search { id: r.int(0)?, name: r.text(1)?, query: r.text(2)? })).await
}

pub(super) async fn save_search(tx: &mut Tx, id: i64, name: &str, query: &str, now: Micros) -> Result<(), StoreError> {
    tx.exec(&SAVE_SEARCH, args![id, name, query, now]).await.map(drop)
}

pub(super) async fn delete_search(tx: &mut Tx, id: i64) -> Result<bool, StoreError> {
    Ok(tx.exec(&DELETE_SEARCH, args![id]).await? == 1)
}
