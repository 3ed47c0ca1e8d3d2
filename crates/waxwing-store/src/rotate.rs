//! Epochs of keys: begin one, rewrap everybody's key under it, destroy the old ones.
//!
//! Promise: every step may be repeated and may be cut off anywhere; the work that remains is read
//! from the rows themselves. An old epoch is destroyed only when no row needs it, and from then on
//! nobody erased before can be read from a backup, a replica or a freed page. Limit: copies of the
//! key ring made before still hold the old epoch; erasure is complete when the last of them is gone.

use crate::{KeyStoreError, Lost, Store, StoreError, Tx, args, bulk, statement};
use waxwing_crypto::EpochId;
use waxwing_domain::{Micros, SubjectNo, WorkspaceId};

statement! { BEHIND,
sqlite: "SELECT subject, generation, wrapped FROM subject_keys
  WHERE workspace_id = $1 AND subject > $2 AND epoch < $3 ORDER BY subject LIMIT $4",
// Held until the commit, so that nobody erases a person whose key is being written anew.
postgres: "SELECT subject, generation, wrapped FROM subject_keys
  WHERE workspace_id = $1 AND subject > $2 AND epoch < $3 ORDER BY subject LIMIT $4 FOR UPDATE" }
statement! { COUNT_BEHIND, "SELECT COUNT(*) FROM subject_keys WHERE workspace_id = $1 AND epoch < $2" }
statement! { DATABASE_EPOCH, "SELECT current_epoch FROM workspaces WHERE id = $1" }
bulk! { REWRAPPED, into "subject_keys" (subject: Int, generation: Int, epoch: Int, wrapped: Blob),
"ON CONFLICT (workspace_id, subject) DO UPDATE SET epoch = excluded.epoch, wrapped = excluded.wrapped
 WHERE subject_keys.generation = excluded.generation" }

/// People a transaction: some tens of milliseconds in which nobody else writes on SQLite.
const BATCH: i64 = 2_000;

/// What one batch did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rewrapped {
    /// The highest number looked at; the next batch begins after it.
    pub last: SubjectNo,
    /// How many keys were written anew.
    pub count: u64,
    /// How many did not open: moved, changed, or of a key that is not in the ring.
    pub damaged: u64,
}

impl Store {
    /// The current epoch and when it began.
    pub fn epoch(&self) -> (EpochId, Micros) {
        let ring = self.keys().ring();
        let current = ring.current_epoch();
        let began = ring.epochs().into_iter().find(|(id, _)| *id == current).map_or(ring.created(), |(_, began)| began);
        (current, began)
    }

    /// Begins a new epoch: in the key ring first, durably, then in the database.
    pub async fn begin_epoch(&self) -> Result<EpochId, StoreError> {
        let (now, rng) = (self.clock().now(), self.rng().clone());
        let epoch = self
            .keys()
            .change(|ring| ring.begin_epoch(now, &*rng).map_err(|e| KeyStoreError::Refused(e.to_string())))?;
        self.settle_epoch().await?;
        Ok(epoch)
    }

    /// Begins one unless the current one began at `than` or later; two workers that ask at once begin one.
    pub async fn begin_epoch_unless_younger(&self, than: Micros) -> Result<(), StoreError> {
        let (now, rng) = (self.clock().now(), self.rng().clone());
        self.keys().change(|ring| {
            let began = ring.epochs().last().map_or(ring.created(), |(_, began)| *began);
            let begun = if began < than { ring.begin_epoch(now, &*rng).map(drop) } else { Ok(()) };
            begun.map_err(|e| KeyStoreError::Refused(e.to_string()))
        })?;
        self.settle_epoch().await
    }

    /// Makes the database follow the key ring, where a crash came between the two.
    pub async fn settle_epoch(&self) -> Result<(), StoreError> {
        self.keys().reload()?;
        let current = self.keys().ring().current_epoch().get();
        let mut tx = self.begin(WorkspaceId::from_i64(0), "keys.switch_epoch").await?;
        self.switch_epoch(&mut tx, current).await?;
        tx.commit().await
    }

    /// Writes the next batch of keys anew under the current epoch, inside `tx`; `None` when none
    /// after `after` is behind. Limit: the caller fences its lease in the same transaction.
    pub async fn rewrap_batch(&self, tx: &mut Tx, after: SubjectNo) -> Result<Option<Rewrapped>, StoreError> {
        let ring = self.keys().ring();
        let epoch = ring.current_epoch().get();
        let row = |r: &crate::Row<'_>| Ok((r.subject(0)?, r.int(1)?, r.blob(2)?));
        let behind = tx.all(&BEHIND, args![after, epoch, BATCH], row).await?;
        let Some(&(last, ..)) = behind.last() else { return Ok(None) };
        let (workspace, rng, looked_at) = (tx.workspace(), &**self.rng(), behind.len() as u64);
        let rows: Vec<_> = behind
            .into_iter()
            .filter_map(|(subject, generation, wrapped)| {
                let number = u32::try_from(generation).ok()?;
                let key = ring.unwrap_subject_key(workspace, subject, number, &wrapped).ok()?;
                Some(args![subject, generation, epoch, ring.wrap_subject_key(workspace, subject, number, &key, rng)])
            })
            .collect();
        let count = tx.bulk(&REWRAPPED, rows).await?;
        Ok(Some(Rewrapped { last, count, damaged: looked_at - count }))
    }

    /// How many people's keys of a workspace are wrapped under an older epoch.
    pub async fn keys_behind(&self, workspace: WorkspaceId) -> Result<i64, StoreError> {
        let epoch = self.keys().ring().current_epoch().get();
        let mut tx = self.read(workspace, "keys.behind").await?;
        tx.one(&COUNT_BEHIND, args![epoch], |r| r.int(0)).await
    }

    /// Destroys the epochs before the current one; gives which. Refuses while a key still needs
    /// one, or while the database does not follow the key ring yet.
    pub async fn destroy_old_epochs(&self) -> Result<Vec<EpochId>, StoreError> {
        let current = self.keys().ring().current_epoch();
        for workspace in self.workspaces().await? {
            // In a writing transaction: whoever allocated numbers before has committed or failed by now.
            let mut tx = self.begin(workspace.id, "keys.verify").await?;
            let behind = tx.one(&COUNT_BEHIND, args![current.get()], |r| r.int(0)).await?;
            let follows = tx.one(&DATABASE_EPOCH, args![], |r| r.int(0)).await? >= i64::from(current.get());
            tx.commit().await?;
            if behind > 0 || !follows {
                return Err(Lost("keys.rotate").into());
            }
        }
        let destroyed = self.keys().change(|ring| {
            let old: Vec<EpochId> = ring.epochs().into_iter().map(|(id, _)| id).filter(|id| *id < current).collect();
            for epoch in &old {
                ring.destroy_epoch(*epoch).map_err(|e| KeyStoreError::Refused(e.to_string()))?;
            }
            Ok(old)
        })?;
        // What was wrapped under them lingers in the write-ahead log no longer than needed.
        self.checkpoint().await?;
        Ok(destroyed)
    }
}
