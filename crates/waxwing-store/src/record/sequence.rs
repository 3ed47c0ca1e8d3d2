//! The sequencer: numbers committed entries, hashes them, moves the head by compare-and-swap, and
//! then has it signed: every second, or as soon as 256 entries wait.
//!
//! One holder of the lease at a time; a former holder is fenced inside the transaction. Committed
//! order is the log's order: ids may commit out of order, indexes never do.

use super::sign::Signing;
use super::{log_key, tree};
use crate::{Lease, LeaseHold, Lost, Store, StoreError, Tx, args, bulk, statement};
use std::collections::HashSet;
use waxwing_crypto::merkle::{Frontier, Hash, leaf_hash};
use waxwing_domain::{Micros, WorkspaceId};

statement! { OPEN, "INSERT INTO record_heads (workspace_id, origin, epoch, size, root, frontier, updated_at) VALUES ($1, $2, 1, 0, $3, $4, $5)" }
statement! { HEAD, "SELECT epoch, size, root, frontier FROM record_heads WHERE workspace_id = $1" }
statement! { ANY, "SELECT id FROM record_pending WHERE workspace_id = $1 LIMIT 1" }
statement! { WAITING, "SELECT id, leaf FROM record_pending WHERE workspace_id = $1 ORDER BY id LIMIT 1024" }
statement! { CLEAR, "DELETE FROM record_pending WHERE workspace_id = $1 AND id IN [$2]" }
statement! { SWAP,
"UPDATE record_heads SET size = $2, root = $3, frontier = $4, updated_at = $5
 WHERE workspace_id = $1 AND epoch = $6 AND size = $7 AND root = $8" }
bulk! { NUMBERED, into "record_entries" (idx: Int, id: Int, leaf: Blob, leaf_hash: Blob), "" }

/// Opens the log of a new workspace; the making of its key is its first entry.
pub(crate) async fn open_log(store: &Store, tx: &mut Tx, now: Micros) -> Result<(), StoreError> {
    let empty = Frontier::default();
    let origin = format!("waxwing/{}", tx.workspace());
    tx.exec(&OPEN, args![origin, empty.root(), empty.to_bytes(), now]).await?;
    log_key::ensure(store, tx).await
}

/// Numbers what was committed.
pub struct Sequencer {
    store: Store,
    lease: Lease,
    state: tokio::sync::Mutex<State>,
}

/// What one process knows of the logs it numbers.
struct State {
    signing: Signing,
    /// Workspaces whose roots above the leaves are known to be whole.
    whole: HashSet<WorkspaceId>,
}

/// The head before a step.
type Before = (u64, Hash);

impl Sequencer {
    /// A sequencer that competes for the lease.
    pub fn new(store: Store) -> Self {
        let lease = Lease::new("record.sequencer", &store);
        let state = State { signing: Signing::new(), whole: HashSet::new() };
        Self { store, lease, state: tokio::sync::Mutex::new(state) }
    }

    /// Numbers and signs everything that waits; gives how many entries that were. Nothing when
    /// another node holds the lease.
    pub async fn run_once(&self) -> Result<u64, StoreError> {
        let Some(hold) = self.lease.take(&self.store).await? else { return Ok(0) };
        let mut state = self.state.lock().await;
        let mut open: Vec<WorkspaceId> = self.store.workspaces().await?.iter().map(|workspace| workspace.id).collect();
        let (mut count, mut failed) = (0, None);
        // A batch each in turn, so that no log waits until another's is done, nor until it is mended.
        while !open.is_empty() {
            let mut going_on = Vec::new();
            for workspace in open {
                match self.advance(workspace, hold, &mut state).await {
                    Ok(0) => {}
                    Ok(more) => {
                        count += more;
                        going_on.push(workspace);
                    }
                    Err(lost @ StoreError::Lost(_)) => return Err(lost),
                    Err(error) => failed = Some(error),
                }
            }
            open = going_on;
        }
        failed.map_or(Ok(count), Err)
    }

    /// Numbers and signs one batch of a log; gives how many entries that were.
    async fn advance(&self, workspace: WorkspaceId, hold: LeaseHold, state: &mut State) -> Result<u64, StoreError> {
        if !state.whole.contains(&workspace) {
            self.fill(workspace, hold).await?;
            state.whole.insert(workspace);
            state.signing.sign(&self.store, workspace, None, (&self.lease, hold)).await?;
        }
        let Some((count, before)) = self.step(workspace, hold).await? else { return Ok(0) };
        state.signing.sign(&self.store, workspace, Some(before), (&self.lease, hold)).await?;
        Ok(count)
    }

    /// Roots above the leaves, for a log that was begun before there were any.
    async fn fill(&self, workspace: WorkspaceId, hold: LeaseHold) -> Result<(), StoreError> {
        let mut more = true;
        while more {
            let mut tx = self.store.begin(workspace, "record.fill").await?;
            self.lease.fence(&mut tx, hold).await?;
            let (size, _) = super::record_head(&mut tx).await?;
            more = tree::fill_nodes(&mut tx, size as u64).await?;
            tx.commit().await?;
        }
        Ok(())
    }

    /// Runs every second, and as soon as 256 entries wait, until `stop` turns true.
    pub async fn run(self, mut stop: tokio::sync::watch::Receiver<bool>) {
        while !*stop.borrow() {
            if let Err(error) = self.run_once().await {
                tracing::warn!(%error, "the record could not be sequenced; trying again in a second");
            }
            tokio::select! {
                () = tokio::time::sleep(std::time::Duration::from_secs(1)) => {}
                () = self.store.reads().many_wait() => {}
                _ = stop.changed() => {}
            }
        }
        if let Err(error) = self.finish().await {
            tracing::warn!(%error, "the last entries of the record will be sequenced at the next start");
        }
    }

    /// Numbers what waits and gives the lease back, so that the next process need not wait for its end.
    pub async fn finish(self) -> Result<u64, StoreError> {
        let count = self.run_once().await?;
        self.lease.release(&self.store).await?;
        Ok(count)
    }

    /// Numbers one batch; gives how many, and the head before it. `None` when nothing waits.
    async fn step(&self, workspace: WorkspaceId, hold: LeaseHold) -> Result<Option<(u64, Before)>, StoreError> {
        // An idle workspace costs a read, not a write.
        let mut tx = self.store.read(workspace, "record.waiting").await?;
        if tx.optional(&ANY, args![], |r| r.int(0)).await?.is_none() {
            return Ok(None);
        }
        drop(tx);
        let mut tx = self.store.begin(workspace, "record.sequence").await?;
        self.lease.fence(&mut tx, hold).await?;
        let waiting = tx.all(&WAITING, args![], |r| Ok((r.int(0)?, r.blob(1)?))).await?;
        let (epoch, mut frontier) = head(&mut tx).await?;
        let before = (frontier.size(), frontier.root());
        let count = waiting.len() as u64;
        number(&mut tx, &mut frontier, waiting).await?;
        let now = self.store.clock().now();
        let (size, root) = (frontier.size() as i64, frontier.root());
        let new = args![size, root, frontier.to_bytes(), now, epoch, before.0 as i64, before.1];
        if tx.exec(&SWAP, new).await? != 1 {
            return Err(Lost("record.sequencer").into());
        }
        tx.commit().await?;
        Ok(Some((count, before)))
    }
}

/// The epoch of the head, and its right edge, which must fit its root.
async fn head(tx: &mut Tx) -> Result<(i64, Frontier), StoreError> {
    let (epoch, size, root, frontier) =
        tx.one(&HEAD, args![], |r| Ok((r.int(0)?, r.int(1)?, r.blob(2)?, r.blob(3)?))).await?;
    let frontier = Frontier::from_bytes(&frontier).map_err(|_| StoreError::Damaged("the head of the record".into()))?;
    if frontier.size() as i64 != size || frontier.root()[..] != root[..] {
        return Err(StoreError::Damaged("the head of the record does not fit its root".into()));
    }
    Ok((epoch, frontier))
}

/// Gives entries their numbers, and keeps the roots that they complete.
async fn number(tx: &mut Tx, frontier: &mut Frontier, waiting: Vec<(i64, Vec<u8>)>) -> Result<(), StoreError> {
    let ids: Vec<i64> = waiting.iter().map(|(id, _)| *id).collect();
    let mut nodes = Vec::new();
    let rows = waiting
        .into_iter()
        .map(|(id, leaf)| {
            let (index, hash) = (frontier.size() as i64, leaf_hash(&leaf));
            frontier.push_noting(hash, |node| {
                nodes.push(args![i64::from(node.level), node.index as i64, node.hash]);
            });
            args![index, id, leaf, hash]
        })
        .collect();
    tx.bulk(&NUMBERED, rows).await?;
    tree::add_nodes(tx, nodes).await?;
    tx.exec(&CLEAR, args![ids]).await.map(drop)
}
