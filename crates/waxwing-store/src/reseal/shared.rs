//! What is sealed under keys of the workspace: a new version, everything sealed anew, the old versions destroyed.
//!
//! Promise: the order is new key, fence, values, proof, destruction; each may be cut off and done again, and what
//! remains is read from the ring and the values themselves. A version is destroyed only after one look at one moment
//! found no value under it in any column, behind the fence that lets no new one in.
//! Limit: a value that does not open (moved, changed) is left as it is, and then its key is kept and the answer says so.

use super::column::{SealedCell, SealedColumn, Sealing, sealed_columns};
use crate::{Engine, KeyStoreError, Lost, Store, StoreError, Tx, args};
use waxwing_crypto::envelope::first_bytes;
use waxwing_crypto::{KeyRing, RingError};
use waxwing_domain::{Micros, Rng, WorkspaceId};

/// Values a transaction: some milliseconds.
const BATCH: i64 = 200;
/// Header and salt, which tell a value from every other.
const TELLING: usize = 42;

/// How far a walk through the columns has come: the column by its place in the list, then the row's key.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Position {
    column: usize,
    key: Option<(i64, String)>,
}

/// What one turn did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SharedTurn {
    /// Where the next one begins.
    pub next: Position,
    /// How many values were sealed anew.
    pub done: u64,
    /// How many did not open.
    pub damaged: u64,
}

/// Values of one column, sealed anew and not yet written.
pub struct SharedBatch {
    column: &'static SealedColumn,
    next: Position,
    values: Vec<Renewed>,
    damaged: u64,
}

struct Renewed {
    key: i64,
    more: String,
    old: Vec<u8>,
    new: Vec<u8>,
}

struct Found {
    key: i64,
    more: String,
    sealed: Vec<u8>,
}

fn refused(error: RingError) -> StoreError {
    KeyStoreError::Refused(error.to_string()).into()
}

impl Store {
    /// When the key in use for this was made.
    pub fn sealing_since(&self, workspace: WorkspaceId, sealing: Sealing) -> Result<Micros, StoreError> {
        self.keys().ring().in_use_since(workspace, sealing.key()).map_err(refused)
    }

    /// Whether older versions than the one in use are still there: a re-sealing was begun and has not ended.
    pub fn reseal_unfinished(&self, workspace: WorkspaceId) -> Result<bool, StoreError> {
        let ring = self.keys().ring();
        let mut versions = Sealing::ALL.into_iter().map(|sealing| ring.versions(workspace, sealing.key()));
        versions.try_fold(false, |any, pair| pair.map(|(least, now)| any || least < now)).map_err(refused)
    }

    /// Makes a new version of a key, in the key ring, durably, unless the one in use was made at `than` or later: two
    /// workers that ask at once make one. Older versions still open.
    pub fn renew_sealing(&self, workspace: WorkspaceId, sealing: Sealing, than: Micros) -> Result<(), StoreError> {
        let (now, rng) = (self.clock().now(), self.rng().clone());
        let refused = |error: RingError| KeyStoreError::Refused(error.to_string());
        Ok(self.keys().change(|ring| {
            if ring.in_use_since(workspace, sealing.key()).map_err(refused)? < than {
                ring.rotate(workspace, sealing.key(), now, &*rng).map_err(refused)?;
            }
            Ok(())
        })?)
    }

    /// From the commit of `tx` on nothing is written under an older version than those in use.
    pub async fn fence_sealing(&self, tx: &mut Tx) -> Result<(), StoreError> {
        let ring = self.keys().ring();
        for sealing in Sealing::ALL {
            let (_, current) = ring.versions(tx.workspace(), sealing.key()).map_err(refused)?;
            tx.raise_fence(sealing.as_str(), current).await?;
        }
        Ok(())
    }

    /// How many values are sealed under an older version than the one in use: all columns, at one moment.
    pub async fn sealed_behind(&self, workspace: WorkspaceId) -> Result<i64, StoreError> {
        let mut tx = self.read(workspace, "reseal.behind").await?;
        sealed_behind_in(&mut tx, &self.keys().ring()).await
    }

    /// How many values of the workspace of `tx` name a version that was destroyed: none can ever be opened.
    pub(crate) async fn sealed_under_destroyed(&self, tx: &mut Tx) -> Result<i64, StoreError> {
        let ring = self.keys().ring();
        let mut lost = 0;
        for column in sealed_columns() {
            let (minimum, _) = ring.versions(tx.workspace(), column.sealing.key()).map_err(refused)?;
            let (kind, below) = (column.sealing.kind(), minimum);
            if below > 1 {
                let bounds = args![first_bytes(kind, 0), first_bytes(kind, below)];
                lost += tx.one(column.count, bounds, |r| r.int(0)).await?;
            }
        }
        Ok(lost)
    }

    /// By what a backup knows that its data and its keys belong together: for each workspace the newest order for
    /// people and the oldest versions that are left. `None` while people get new keys. Versions beside each other are
    /// in the ring, and so in the backup; only their destruction comes between.
    pub async fn sealing_mark(&self) -> Result<Option<Vec<[i64; 3]>>, StoreError> {
        let mut marks = Vec::new();
        for workspace in self.workspaces().await? {
            let order = self.read(workspace.id, "reseal.mark").await?.newest_people_order().await?;
            if order.is_some_and(|order| order.ended_at.is_none()) {
                return Ok(None);
            }
            let ring = self.keys().ring();
            let oldest = |sealing: Sealing| {
                ring.versions(workspace.id, sealing.key()).map(|(least, _)| i64::from(least)).map_err(refused)
            };
            marks.push([order.map_or(0, |order| order.id), oldest(Sealing::Secrets)?, oldest(Sealing::Files)?]);
        }
        Ok(Some(marks))
    }

    /// Reads the next values that are behind and seals them anew, beside all writing; `None` at the end of the last
    /// column. The sealing is done on a thread of its own.
    pub async fn prepare_shared(
        &self,
        workspace: WorkspaceId,
        from: &Position,
    ) -> Result<Option<SharedBatch>, StoreError> {
        let mut from = from.clone();
        while let Some(column) = sealed_columns().nth(from.column) {
            let found = self.behind_in(workspace, column, &from).await?;
            let Some(last) = found.last() else {
                from = Position { column: from.column + 1, key: None };
                continue;
            };
            let next = Position { column: from.column, key: Some((last.key, last.more.clone())) };
            let (ring, rng) = (self.keys().ring(), self.rng().clone());
            let sealing = move || renew(&ring, workspace, column, found, &*rng);
            let sealed = tokio::task::spawn_blocking(sealing).await;
            let (values, damaged) = sealed.unwrap_or_else(|broken| std::panic::resume_unwind(broken.into_panic()))?;
            return Ok(Some(SharedBatch { column, next, values, damaged }));
        }
        Ok(None)
    }

    async fn behind_in(
        &self,
        workspace: WorkspaceId,
        column: &'static SealedColumn,
        from: &Position,
    ) -> Result<Vec<Found>, StoreError> {
        let (lowest, below) = bounds(&self.keys().ring(), workspace, column.sealing)?;
        let (key, more) = from.key.clone().unwrap_or((i64::MIN, String::new()));
        let mut tx = self.read(workspace, "reseal.read").await?;
        let row = |r: &crate::Row<'_>| Ok(Found { key: r.int(0)?, more: r.text(1)?, sealed: r.blob(2)? });
        tx.all(column.within, args![key, more, lowest, below, BATCH], row).await
    }

    /// Destroys the versions before those in use; refuses while any value needs one, or somebody may still write one.
    pub async fn retire_sealing(&self, workspace: WorkspaceId) -> Result<(), StoreError> {
        let proven = self.nothing_below(workspace).await?;
        self.keys().change(|ring| {
            // What was proven, and not what is in use by now: another worker may have made a newer one meanwhile.
            let mut proven = proven.into_iter();
            proven
                .try_for_each(|(sealing, version)| ring.retire_below(workspace, sealing.key(), version))
                .map_err(|error| KeyStoreError::Refused(error.to_string()))
        })?;
        // What was sealed under them lingers in the write-ahead log no longer than needed.
        self.checkpoint().await
    }

    /// The versions in use, once nothing is below them: behind the fence, in all columns, at one moment.
    async fn nothing_below(&self, workspace: WorkspaceId) -> Result<Vec<(Sealing, u32)>, StoreError> {
        let ring = self.keys().ring();
        // A transaction that only reads sees all columns at one moment, on both engines.
        let mut tx = self.read(workspace, "reseal.verify").await?;
        let fences = tx.fences().await?;
        let mut proven = Vec::with_capacity(Sealing::ALL.len());
        for sealing in Sealing::ALL {
            let (_, current) = ring.versions(workspace, sealing.key()).map_err(refused)?;
            let fenced = |(kind, minimum): &(String, i64)| kind == sealing.as_str() && *minimum >= i64::from(current);
            if current > 1 && !fences.iter().any(fenced) {
                return Err(Lost("keys.reseal: no fence").into());
            }
            proven.push((sealing, current));
        }
        match sealed_behind_in(&mut tx, &ring).await? {
            0 => Ok(proven),
            _ => Err(Lost("keys.reseal: values remain").into()),
        }
    }
}

/// How many values are sealed under an older version than the one in use of `ring`.
async fn sealed_behind_in(tx: &mut Tx, ring: &KeyRing) -> Result<i64, StoreError> {
    let mut behind = 0;
    for column in sealed_columns() {
        let (from, below) = bounds(ring, tx.workspace(), column.sealing)?;
        behind += tx.one(column.count, args![from, below], |r| r.int(0)).await?;
    }
    Ok(behind)
}

impl SharedBatch {
    /// Where the next one begins.
    pub const fn next(&self) -> &Position {
        &self.next
    }

    /// Writes it, in `tx`; where somebody wrote meanwhile, what they wrote stays. The caller fences its lease there.
    pub async fn write(self, tx: &mut Tx) -> Result<SharedTurn, StoreError> {
        let args = match tx.engine() {
            Engine::Sqlite => lite(&self.values),
            Engine::Postgres => postgres(self.values),
        };
        let done = tx.exec(self.column.replace, args).await?;
        Ok(SharedTurn { next: self.next, done, damaged: self.damaged })
    }
}

/// The beginnings of envelopes that name an older version: from the first version on, below the one in use.
fn bounds(ring: &KeyRing, workspace: WorkspaceId, sealing: Sealing) -> Result<([u8; 6], [u8; 6]), StoreError> {
    let (_, current) = ring.versions(workspace, sealing.key()).map_err(refused)?;
    Ok((first_bytes(sealing.kind(), 0), first_bytes(sealing.kind(), current)))
}

fn renew(
    ring: &KeyRing,
    workspace: WorkspaceId,
    column: &SealedColumn,
    found: Vec<Found>,
    rng: &dyn Rng,
) -> Result<(Vec<Renewed>, u64), StoreError> {
    let keys = ring.workspace(workspace).map_err(refused)?;
    let (mut values, mut damaged) = (Vec::with_capacity(found.len()), 0);
    for Found { key, more, mut sealed } in found {
        let place = (column.place)(SealedCell { workspace, key, more: &more });
        match keys.reseal(&place, &sealed, rng) {
            Ok(new) => {
                sealed.truncate(TELLING);
                values.push(Renewed { key, more, old: sealed, new });
            }
            Err(error) => {
                tracing::error!(%error, table = column.table, column = column.column, row = key, "a value does not open");
                damaged += 1;
            }
        }
    }
    Ok((values, damaged))
}

fn lite(values: &[Renewed]) -> Vec<crate::Value> {
    let row =
        |value: &Renewed| serde_json::json!([value.key, value.more, hex::encode(&value.old), hex::encode(&value.new)]);
    args![serde_json::Value::from(values.iter().map(row).collect::<Vec<_>>()).to_string()]
}

fn postgres(values: Vec<Renewed>) -> Vec<crate::Value> {
    let keys: Vec<i64> = values.iter().map(|value| value.key).collect();
    let more: Vec<String> = values.iter().map(|value| value.more.clone()).collect();
    let (old, new): (Vec<Vec<u8>>, Vec<Vec<u8>>) = values.into_iter().map(|value| (value.old, value.new)).unzip();
    args![keys, more, old, new]
}
