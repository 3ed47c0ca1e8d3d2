//! Signing the head of the log.
//!
//! Promise: a checkpoint is signed only over a head that is durable and goes on from the last one
//! this machine signed; where it does not, entries were lost, and the log goes on under a new
//! origin that names the head it goes on from. Never two pasts under one origin. Limit: entries
//! that wait for their number (about a second) are in no checkpoint yet.

use super::tree::record_root;
use super::{log_key, memory};
use crate::{Entry, Lease, LeaseHold, Lost, Store, StoreError, Tx, args, statement};
use std::collections::HashMap;
use waxwing_crypto::merkle::Hash;
use waxwing_crypto::tlog::Checkpoint;
use waxwing_domain::{Ctx, Operation, WorkspaceId};

statement! { HEAD, "SELECT origin, epoch, size, root FROM record_heads WHERE workspace_id = $1" }
statement! { KEEP, "INSERT INTO record_checkpoints (workspace_id, epoch, size, note, witnesses, signed_at) VALUES ($1, $2, $3, $4, 0, $5)
ON CONFLICT DO NOTHING" }
statement! { NEW_ORIGIN, "UPDATE record_heads SET origin = $2, epoch = $3, updated_at = $4 WHERE workspace_id = $1 AND epoch = $5" }

/// The head as the database has it.
struct Head {
    epoch: i64,
    checkpoint: Checkpoint,
}

/// Signs heads, and remembers which.
pub(super) struct Signing {
    signed: HashMap<WorkspaceId, Checkpoint>,
}

impl Signing {
    pub(super) fn new() -> Self {
        Self { signed: HashMap::new() }
    }

    /// Signs the head of a workspace unless that is done; `from` is the head before the entries that
    /// were just numbered.
    pub(super) async fn sign(
        &mut self,
        store: &Store,
        workspace: WorkspaceId,
        from: Option<(u64, Hash)>,
        held: (&Lease, LeaseHold),
    ) -> Result<(), StoreError> {
        let mut tx = store.read(workspace, "record.head").await?;
        let head = head(&mut tx).await?;
        let last = match self.signed.get(&workspace) {
            Some(last) => Some(last.clone()),
            None => memory::last(store, workspace)?,
        };
        let last = last.filter(|last| last.origin == head.checkpoint.origin);
        if let Some(last) = last.as_ref().filter(|last| from != Some((last.size, last.root)))
            && !goes_on(&mut tx, last, &head.checkpoint).await?
        {
            drop(tx);
            return new_origin(store, workspace, head, last, held).await;
        }
        drop(tx);
        if last.as_ref() != Some(&head.checkpoint) {
            sign_and_keep(store, workspace, &head, held).await?;
        }
        self.signed.insert(workspace, head.checkpoint);
        Ok(())
    }
}

/// The signature is remembered on this machine before anybody sees it; then it enters the database.
async fn sign_and_keep(
    store: &Store,
    workspace: WorkspaceId,
    head: &Head,
    (lease, hold): (&Lease, LeaseHold),
) -> Result<(), StoreError> {
    let signer = log_key::signer(store, workspace, &head.checkpoint.origin, (lease, hold)).await?;
    let mut note = head.checkpoint.note().ok_or_else(|| StoreError::Damaged("the origin of the record".into()))?;
    let now = store.clock().now();
    note.sign(&signer, now);
    memory::keep(store, workspace, &note)?;
    let mut tx = store.begin(workspace, "record.checkpoint").await?;
    lease.fence(&mut tx, hold).await?;
    tx.exec(&KEEP, args![head.epoch, head.checkpoint.size as i64, note.to_text(), now]).await?;
    tx.commit().await
}

async fn head(tx: &mut Tx) -> Result<Head, StoreError> {
    tx.one(&HEAD, args![], |r| {
        let size = u64::try_from(r.int(2)?).map_err(|_| StoreError::Damaged("the head of the record".into()))?;
        Ok(Head { epoch: r.int(1)?, checkpoint: Checkpoint { origin: r.text(0)?, size, root: r.array(3)? } })
    })
    .await
}

/// Whether the head holds everything that `last` signed.
async fn goes_on(tx: &mut Tx, last: &Checkpoint, head: &Checkpoint) -> Result<bool, StoreError> {
    Ok(last.size <= head.size && record_root(tx, last.size).await? == last.root)
}

/// The name of a log that goes on from a head: it says which.
pub(crate) fn origin_after(workspace: WorkspaceId, epoch: i64, size: i64, root: &[u8]) -> String {
    format!("waxwing/{workspace}/{epoch}/after/{size}/{}", hex::encode(root))
}

/// Entries that were signed are gone: the log goes on under another name, and says so in itself.
async fn new_origin(
    store: &Store,
    workspace: WorkspaceId,
    head: Head,
    lost: &Checkpoint,
    (lease, hold): (&Lease, LeaseHold),
) -> Result<(), StoreError> {
    let Head { epoch, checkpoint: kept } = head;
    let now = store.clock().now();
    let mut tx = store.begin(workspace, "record.new_origin").await?;
    lease.fence(&mut tx, hold).await?;
    let new = origin_after(workspace, epoch + 1, kept.size as i64, &kept.root);
    if tx.exec(&NEW_ORIGIN, args![&new, epoch + 1, now, epoch]).await? != 1 {
        return Err(Lost("record.sequencer").into());
    }
    let ctx = Ctx::host(workspace, store.clock().clone(), store.rng().clone()).with_purpose("signed entries are gone");
    let detail = serde_json::json!({
        "old_origin": kept.origin, "new_origin": new, "signed_size": lost.size, "signed_root": hex::encode(lost.root),
        "kept_size": kept.size, "kept_root": hex::encode(kept.root),
    });
    tx.record(store, &ctx, Entry::new(Operation::Operate, "record.new_origin").detail(detail)).await?;
    tx.commit().await?;
    tracing::error!(
        signed = lost.size,
        kept = kept.size,
        "the database has lost entries of the record that were signed; the record goes on under a new origin"
    );
    Ok(())
}
