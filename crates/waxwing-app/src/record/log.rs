//! The log behind the record, for outsiders: key, signed heads, tiles, proofs, receipts, files.
//!
//! Promise: what is handed out here is checked without this machine, and entries leave only after
//! that is on the record. Limit: a receipt exists about a second after the act, when the entry has
//! its number and the head is signed.

use super::store;
use crate::{App, Error, Result};
use std::path::Path;
use waxwing_crypto::tlog::{Bundle, EntryProof, Tile, VerifierKey};
use waxwing_domain::{Action, Ctx, Operation, RequestId};
use waxwing_store::{
    Entry, ExportedRecord, RecordFileError, SignedHead, export_record, record_checkpoint, record_key, record_proof,
    record_tile, record_witnessed,
};

/// How an outsider sees the log.
#[derive(Clone, Debug)]
pub struct LogState {
    /// The key that checks it; `None` before the first entry.
    pub key: Option<VerifierKey>,
    /// The newest signed head.
    pub head: Option<SignedHead>,
    /// The newest one that a witness signed too.
    pub witnessed: Option<SignedHead>,
}

/// The key and the signed heads.
pub async fn log_state(app: &App, ctx: &Ctx) -> Result<LogState> {
    ctx.authorise(Action::RecordRead)?;
    let mut tx = app.read(ctx, "record.log").await?;
    let (key, head) = (record_key(&mut tx).await?, record_checkpoint(&mut tx).await?);
    Ok(LogState { key, head, witnessed: record_witnessed(&mut tx).await? })
}

/// The hashes of a tile, one after the other.
pub async fn tile(app: &App, ctx: &Ctx, tile: Tile) -> Result<Vec<u8>> {
    ctx.authorise(Action::RecordRead)?;
    let mut tx = app.read(ctx, "record.tile").await?;
    within(record_checkpoint(&mut tx).await?, tile)?;
    Ok(record_tile(&mut tx, tile).await?.as_flattened().to_vec())
}

/// The entries below a tile of level 0; the look is recorded before.
pub async fn entries(app: &App, ctx: &Ctx, tile: Tile) -> Result<Vec<u8>> {
    ctx.authorise(Action::RecordRead)?;
    let mut tx = app.read(ctx, "record.entries").await?;
    within(record_checkpoint(&mut tx).await?, tile)?;
    drop(tx);
    let entry = Entry::new(Operation::Read, "record.entries").on("tile", tile.index as i64).to("api");
    app.store().disclose(ctx, entry).await?;
    let mut tx = app.read(ctx, "record.entries").await?;
    let mut bundle = Bundle::default();
    for leaf in store::leaves(&mut tx, tile.span()).await? {
        bundle.push(&leaf).ok_or(Error::NotFound("tile"))?;
    }
    Ok(bundle.bytes().to_vec())
}

/// Only what the signed head covers is handed out: a wider tile would show hashes of no checkpoint.
fn within(head: Option<SignedHead>, tile: Tile) -> Result<()> {
    let there = head.and_then(|head| Tile::of(tile.level, tile.index, head.checkpoint.size));
    if there.is_some_and(|there| tile.width <= there.width) { Ok(()) } else { Err(Error::NotFound("tile")) }
}

/// The proof of one entry; the look is recorded before.
pub async fn proof(app: &App, ctx: &Ctx, index: u64) -> Result<EntryProof> {
    ctx.authorise(Action::RecordRead)?;
    let entry = Entry::new(Operation::Read, "record.proof").on("entry", i64::try_from(index).unwrap_or(i64::MAX));
    app.store().disclose(ctx, entry.to("file")).await?;
    let mut tx = app.read(ctx, "record.proof").await?;
    record_proof(&mut tx, index).await?.ok_or(Error::NotFound("entry with a signed head"))
}

/// The receipts of a request: the proofs of the entries that it made, oldest first. Empty until they
/// are numbered and signed, about a second after the act.
///
/// Whoever made the request may have its receipts; others need the right to read the record.
pub async fn receipts(app: &App, ctx: &Ctx, request: RequestId) -> Result<Vec<EntryProof>> {
    let mut tx = app.read(ctx, "record.receipts").await?;
    let made = store::made_by(&mut tx, request).await?;
    let own = |principal: i64| principal != 0 && principal == ctx.actor.principal();
    if !made.iter().all(|(_, principal)| own(*principal)) {
        ctx.authorise(Action::RecordRead)?;
    }
    let mut proofs = Vec::new();
    for (index, _) in made {
        proofs.extend(record_proof(&mut tx, index).await?);
    }
    Ok(proofs)
}

/// Writes the record to files in the form of C2SP tlog-tiles; that it leaves is recorded before.
pub async fn to_files(
    app: &App,
    ctx: &Ctx,
    dir: &Path,
    with_people: bool,
    seen: impl FnMut(u64, u64),
) -> Result<ExportedRecord> {
    ctx.authorise(Action::RecordRead)?;
    let detail = serde_json::json!({ "with_people": with_people });
    let entry = Entry::new(Operation::Export, "record.to_files").to("file").detail(detail);
    app.store().disclose(ctx, entry).await?;
    match export_record(app.store(), ctx.workspace, dir, with_people, seen).await {
        Ok(exported) => Ok(exported),
        Err(RecordFileError::Store(error)) => Err(error.into()),
        Err(other) => Err(Error::Conflict(other.to_string())),
    }
}
