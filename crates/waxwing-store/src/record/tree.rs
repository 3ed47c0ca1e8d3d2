//! The hashes of the log by tiles, and proofs from them.
//!
//! Promise: a proof reads at most two tiles a level, whatever the size. Limit: the tables are
//! believed here; whether they fit the signed root, the proof's reader sees.

use super::EntryId;
use crate::{StoreError, Tx, args, bulk, statement};
use std::collections::HashMap;
use waxwing_crypto::merkle::{Hash, root_of};
use waxwing_crypto::tlog::{Checkpoint, EntryProof, Plan, SignedNote, Tile};

statement! { LEAVES, "SELECT leaf_hash FROM record_entries WHERE workspace_id = $1 AND idx >= $2 AND idx < $3 ORDER BY idx" }
statement! { NODES, "SELECT hash FROM record_nodes WHERE workspace_id = $1 AND level = $2 AND idx >= $3 AND idx < $4 ORDER BY idx" }
statement! { ENTRY, "SELECT leaf FROM record_entries WHERE workspace_id = $1 AND idx = $2" }
statement! { INDEX, "SELECT idx FROM record_entries WHERE workspace_id = $1 AND id = $2" }
statement! { NEWEST, "SELECT note, witnesses, signed_at FROM record_checkpoints WHERE workspace_id = $1 ORDER BY epoch DESC, size DESC LIMIT 1" }
statement! { WITNESSED, "SELECT note, witnesses, signed_at FROM record_checkpoints
WHERE workspace_id = $1 AND witnesses > 0 ORDER BY epoch DESC, size DESC LIMIT 1" }
statement! { NODE_COUNT, "SELECT COUNT(*) FROM record_nodes WHERE workspace_id = $1 AND level = $2" }
bulk! { ADD_NODES, into "record_nodes" (level: Int, idx: Int, hash: Blob), "ON CONFLICT DO NOTHING" }

/// A signed head as it is kept.
#[derive(Clone, Debug)]
pub struct SignedHead {
    /// What was signed.
    pub checkpoint: Checkpoint,
    /// The note: its text, the log's signature, those of witnesses.
    pub note: SignedNote,
    /// How many witnesses signed.
    pub witnesses: i64,
    /// When the log signed.
    pub signed_at: waxwing_domain::Micros,
}

fn signed_head(r: &crate::Row<'_>) -> Result<SignedHead, StoreError> {
    let damaged = |_| StoreError::Damaged("a checkpoint of the record".into());
    let note = SignedNote::parse(&r.text(0)?).map_err(damaged)?;
    let checkpoint = Checkpoint::parse(note.text()).map_err(damaged)?;
    Ok(SignedHead { checkpoint, note, witnesses: r.int(1)?, signed_at: r.time(2)? })
}

/// The newest signed head.
pub async fn record_checkpoint(tx: &mut Tx) -> Result<Option<SignedHead>, StoreError> {
    tx.optional(&NEWEST, args![], signed_head).await
}

/// The newest signed head that a witness signed too.
pub async fn record_witnessed(tx: &mut Tx) -> Result<Option<SignedHead>, StoreError> {
    tx.optional(&WITNESSED, args![], signed_head).await
}

/// The hashes of a tile.
pub async fn record_tile(tx: &mut Tx, tile: Tile) -> Result<Vec<Hash>, StoreError> {
    let span = tile.span();
    let (from, to) = (span.start as i64, span.end as i64);
    let hashes = match tile.level {
        0 => tx.all(&LEAVES, args![from, to], |r| r.array::<32>(0)).await?,
        level => tx.all(&NODES, args![i64::from(level), from, to], |r| r.array::<32>(0)).await?,
    };
    if hashes.len() == usize::from(tile.width) { Ok(hashes) } else { Err(missing(tile)) }
}

fn missing(tile: Tile) -> StoreError {
    StoreError::Damaged(format!("the record's {} is not whole", tile.path()))
}

/// The hashes of a plan.
pub(super) async fn carry_out(tx: &mut Tx, plan: &Plan) -> Result<Vec<Hash>, StoreError> {
    let mut tiles = HashMap::new();
    for tile in plan.tiles() {
        tiles.insert(tile, record_tile(tx, tile).await?);
    }
    plan.hashes(|tile| tiles.get(&tile).map(Vec::as_slice)).map_err(|e| missing(e.0))
}

/// The root of the log when it had `size` entries.
pub async fn record_root(tx: &mut Tx, size: u64) -> Result<Hash, StoreError> {
    let root = carry_out(tx, &Plan::root(size)).await?;
    root.first().copied().ok_or(StoreError::Missing("root"))
}

/// The hashes that show the log of `old` entries to be the beginning of that of `new`.
pub async fn record_consistency(tx: &mut Tx, old: u64, new: u64) -> Result<Vec<Hash>, StoreError> {
    let plan = Plan::consistency(old, new).ok_or(StoreError::Missing("checkpoint"))?;
    carry_out(tx, &plan).await
}

/// The proof of one entry, in the newest checkpoint that a witness signed if it is in there
/// already, else in the newest; `None` while no checkpoint covers it.
pub async fn record_proof(tx: &mut Tx, index: u64) -> Result<Option<EntryProof>, StoreError> {
    let covers = |head: &SignedHead| head.checkpoint.size > index;
    let head = match record_witnessed(tx).await?.filter(covers) {
        Some(head) => Some(head),
        None => record_checkpoint(tx).await?.filter(covers),
    };
    let Some(head) = head else { return Ok(None) };
    let plan = Plan::inclusion(index, head.checkpoint.size).ok_or(StoreError::Missing("entry"))?;
    let entry = tx.one(&ENTRY, args![index as i64], |r| r.blob(0)).await?;
    let hashes = carry_out(tx, &plan).await?;
    Ok(Some(EntryProof { entry, index, hashes, note: head.note }))
}

/// The place of an entry in the log; `None` until the sequencer gave it one.
pub async fn record_index(tx: &mut Tx, entry: EntryId) -> Result<Option<u64>, StoreError> {
    Ok(tx.optional(&INDEX, args![entry.as_i64()], |r| r.int(0)).await?.map(|index| index as u64))
}

/// Writes roots that the sequencer came by.
pub(super) async fn add_nodes(tx: &mut Tx, rows: Vec<Vec<crate::Value>>) -> Result<(), StoreError> {
    tx.bulk(&ADD_NODES, rows).await.map(drop)
}

/// Up to this many tiles are filled in one transaction.
const FILL: u64 = 64;

/// Computes roots that are missing in a log of `size` entries, for logs that are older than these
/// roots; says whether there may be more.
pub(super) async fn fill_nodes(tx: &mut Tx, size: u64) -> Result<bool, StoreError> {
    for level in 1..8u8 {
        let wanted = size >> (8 * u32::from(level));
        let there = tx.one(&NODE_COUNT, args![i64::from(level)], |r| r.int(0)).await? as u64;
        if there >= wanted {
            continue;
        }
        let mut rows = Vec::new();
        for index in there..wanted.min(there + FILL) {
            let children = Tile { level: level - 1, index, width: 256 };
            let root = root_of(&record_tile(tx, children).await?);
            rows.push(args![i64::from(level), index as i64, root]);
        }
        add_nodes(tx, rows).await?;
        return Ok(true);
    }
    Ok(false)
}
