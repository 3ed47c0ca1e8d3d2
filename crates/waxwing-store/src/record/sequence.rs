//! The sequencer: numbers committed entries, hashes them, moves the head by compare-and-swap.
//!
//! One holder of the lease at a time; a former holder is fenced inside the transaction. Committed
//! order is the log's order: ids may commit out of order, indexes never do.

use crate::{Lease, LeaseHold, Lost, Store, StoreError, Tx, args, bulk, statement};
use waxwing_crypto::merkle::{Frontier, leaf_hash};
use waxwing_domain::{Micros, WorkspaceId};

statement! { OPEN, "INSERT INTO record_heads (workspace_id, origin, epoch, size, root, frontier, updated_at) VALUES ($1, $2, 1, 0, $3, $4, $5)" }
statement! { HEAD, "SELECT epoch, size, root, frontier FROM record_heads WHERE workspace_id = $1" }
statement! { WAITING, "SELECT id, leaf FROM record_pending WHERE workspace_id = $1 ORDER BY id LIMIT 1024" }
statement! { CLEAR, "DELETE FROM record_pending WHERE workspace_id = $1 AND id IN [$2]" }
statement! { SWAP,
"UPDATE record_heads SET size = $2, root = $3, frontier = $4, updated_at = $5
 WHERE workspace_id = $1 AND epoch = $6 AND size = $7 AND root = $8" }
bulk! { NUMBERED, into "record_entries" (idx: Int, id: Int, leaf: Blob, leaf_hash: Blob), "" }

/// Opens the log of a new workspace.
pub(crate) async fn open_log(tx: &mut Tx, now: Micros) -> Result<(), StoreError> {
    let empty = Frontier::default();
    let origin = format!("waxwing/{}", tx.workspace());
    tx.exec(&OPEN, args![origin, empty.root(), empty.to_bytes(), now]).await.map(drop)
}

/// Numbers what was committed.
pub struct Sequencer {
    store: Store,
    lease: Lease,
}

impl Sequencer {
    /// A sequencer that competes for the lease.
    pub fn new(store: Store) -> Self {
        let lease = Lease::new("record.sequencer", &store);
        Self { store, lease }
    }

    /// Numbers everything that waits; gives how many. Nothing when another node holds the lease.
    pub async fn run_once(&self) -> Result<u64, StoreError> {
        let Some(hold) = self.lease.take(&self.store).await? else { return Ok(0) };
        let mut count = 0;
        for workspace in self.store.workspaces().await? {
            while let more @ 1.. = self.step(workspace.id, hold).await? {
                count += more;
            }
        }
        Ok(count)
    }

    /// Runs every second until `stop` turns true.
    pub async fn run(self, mut stop: tokio::sync::watch::Receiver<bool>) {
        while !*stop.borrow() {
            if let Err(error) = self.run_once().await {
                tracing::warn!(%error, "the record could not be sequenced; trying again in a second");
            }
            tokio::select! {
                () = tokio::time::sleep(std::time::Duration::from_secs(1)) => {}
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

    async fn step(&self, workspace: WorkspaceId, hold: LeaseHold) -> Result<u64, StoreError> {
        // An idle workspace costs a read, not a write.
        let idle =
            self.store.read(workspace, "record.waiting").await?.all(&WAITING, args![], |r| r.int(0)).await?.is_empty();
        if idle {
            return Ok(0);
        }
        let mut tx = self.store.begin(workspace, "record.sequence").await?;
        self.lease.fence(&mut tx, hold).await?;
        let waiting = tx.all(&WAITING, args![], |r| Ok((r.int(0)?, r.blob(1)?))).await?;
        let (epoch, size, root, frontier) =
            tx.one(&HEAD, args![], |r| Ok((r.int(0)?, r.int(1)?, r.blob(2)?, r.blob(3)?))).await?;
        let mut frontier =
            Frontier::from_bytes(&frontier).map_err(|_| StoreError::Damaged("the head of the record".into()))?;
        if frontier.size() as i64 != size || frontier.root()[..] != root[..] {
            return Err(StoreError::Damaged("the head of the record does not fit its root".into()));
        }
        let ids: Vec<i64> = waiting.iter().map(|(id, _)| *id).collect();
        let rows = waiting
            .into_iter()
            .map(|(id, leaf)| {
                let hash = leaf_hash(&leaf);
                let index = frontier.size() as i64;
                frontier.push(hash);
                args![index, id, leaf, hash]
            })
            .collect();
        tx.bulk(&NUMBERED, rows).await?;
        let count = ids.len() as u64;
        tx.exec(&CLEAR, args![ids]).await?;
        let now = self.store.clock().now();
        let new = args![frontier.size() as i64, frontier.root(), frontier.to_bytes(), now, epoch, size, root];
        if tx.exec(&SWAP, new).await? != 1 {
            return Err(Lost("record.sequencer").into());
        }
        tx.commit().await?;
        Ok(count)
    }
}
