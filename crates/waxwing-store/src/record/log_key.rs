//! The key that signs the log.
//!
//! Promise: one key a workspace, sealed like its other secrets; its making is the log's first
//! entry, or where the log is older than the key, the entry before the first checkpoint. Limit:
//! whoever holds the key ring and the database can sign; a witness is what stops them.

use crate::{Entry, Lease, LeaseHold, Store, StoreError, Tx, args, statement};
use waxwing_crypto::tlog::{NoteSigner, SignatureKind, VerifierKey};
use waxwing_crypto::{Place, TableId};
use waxwing_domain::{Ctx, FieldId, Operation, WorkspaceId};
use zeroize::Zeroizing;

statement! { INSERT, "INSERT INTO record_keys (workspace_id, public, sealed, created_at) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING" }
statement! { SEALED, "SELECT sealed FROM record_keys WHERE workspace_id = $1" }
statement! { PUBLIC, "SELECT k.public, h.origin FROM record_keys k JOIN record_heads h ON h.workspace_id = k.workspace_id
WHERE k.workspace_id = $1" }

const fn place(workspace: WorkspaceId) -> Place {
    Place::shared(workspace, TableId::RECORD, FieldId::SECRET, 0)
}

fn damaged(what: impl ToString) -> StoreError {
    StoreError::Damaged(format!("the key of the record: {}", what.to_string()))
}

/// Makes the key of a log that has none, and records that.
pub(super) async fn ensure(store: &Store, tx: &mut Tx) -> Result<(), StoreError> {
    if tx.optional(&SEALED, args![], |r| r.blob(0)).await?.is_some() {
        return Ok(());
    }
    let ctx = Ctx::host(tx.workspace(), store.clock().clone(), store.rng().clone()).with_purpose("the log is opened");
    let signer = NoteSigner::random("log", SignatureKind::Note, &*ctx.rng).ok_or_else(|| damaged("cannot be made"))?;
    let ring = store.keys().ring();
    let keys = ring.workspace(tx.workspace()).map_err(damaged)?;
    let sealed = keys.seal_secret(&place(tx.workspace()), signer.seed(), &*ctx.rng);
    let public = *signer.verifier().public();
    if tx.exec(&INSERT, args![public, sealed, ctx.now()]).await? == 1 {
        let detail = serde_json::json!({ "public_key": hex::encode(public) });
        tx.record(store, &ctx, Entry::new(Operation::Key, "record.key").detail(detail)).await?;
    }
    Ok(())
}

/// The key under the name of `origin`; made where a log that is older than keys has none.
pub(super) async fn signer(
    store: &Store,
    workspace: WorkspaceId,
    origin: &str,
    (lease, hold): (&Lease, LeaseHold),
) -> Result<NoteSigner, StoreError> {
    let mut tx = store.read(workspace, "record.key").await?;
    let mut sealed = tx.optional(&SEALED, args![], |r| r.blob(0)).await?;
    drop(tx);
    if sealed.is_none() {
        let mut tx = store.begin(workspace, "record.key").await?;
        lease.fence(&mut tx, hold).await?;
        ensure(store, &mut tx).await?;
        sealed = tx.optional(&SEALED, args![], |r| r.blob(0)).await?;
        tx.commit().await?;
    }
    open(store, workspace, origin, &sealed.ok_or_else(|| damaged("is not there"))?)
}

/// The key under a name that is no log's, for what stands beside a log; it must be there already.
pub(in crate::record) async fn evidence_signer(
    store: &Store,
    workspace: WorkspaceId,
    name: &str,
) -> Result<NoteSigner, StoreError> {
    let mut tx = store.read(workspace, "record.evidence").await?;
    let sealed = tx.optional(&SEALED, args![], |r| r.blob(0)).await?;
    drop(tx);
    open(store, workspace, name, &sealed.ok_or_else(|| damaged("is not there"))?)
}

fn open(store: &Store, workspace: WorkspaceId, name: &str, sealed: &[u8]) -> Result<NoteSigner, StoreError> {
    let ring = store.keys().ring();
    let keys = ring.workspace(workspace).map_err(damaged)?;
    let seed = Zeroizing::new(keys.open_secret(&place(workspace), sealed).map_err(damaged)?);
    let seed: &[u8; 32] = seed.as_slice().try_into().map_err(|_| damaged("has the wrong length"))?;
    NoteSigner::from_seed(name, SignatureKind::Note, seed).ok_or_else(|| damaged("cannot sign"))
}

/// The public key of the log, by which outsiders check it; `None` before its first entry was made.
pub async fn record_key(tx: &mut Tx) -> Result<Option<VerifierKey>, StoreError> {
    let found = tx.optional(&PUBLIC, args![], |r| Ok((r.array::<32>(0)?, r.text(1)?))).await?;
    let key = |(public, origin): ([u8; 32], String)| VerifierKey::new(&origin, SignatureKind::Note, public);
    found.map(|found| key(found).ok_or_else(|| damaged("has no name"))).transpose()
}

crate::sealed! { "record_keys"."sealed" by "workspace_id", under Secrets,
at |cell| place(cell.workspace) }
