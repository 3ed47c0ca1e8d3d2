//! Entries of pure reads share their commits: whoever comes while one commit runs, rides the next.

use super::write::Prepared;
use crate::{Disclosure, Entry, Store, StoreError};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use tokio::sync::{Notify, oneshot};
use waxwing_domain::Ctx;

/// At most this many entries share a commit.
const BATCH: usize = 512;

type Waiting = (Prepared, oneshot::Sender<bool>);

/// The queue of entries that wait for the next commit.
pub(crate) struct ReadWriter {
    queue: Arc<Mutex<Vec<Waiting>>>,
    leader: Arc<tokio::sync::Mutex<()>>,
    unnumbered: AtomicUsize,
    many: Notify,
}

/// As soon as this many entries wait for their numbers, the sequencer is woken.
const MANY: usize = 256;

impl ReadWriter {
    pub(crate) fn new() -> Self {
        let (unnumbered, many) = (AtomicUsize::new(0), Notify::new());
        Self { queue: Arc::default(), leader: Arc::default(), unnumbered, many }
    }

    /// Counts entries of this process that will wait for their numbers.
    pub(super) fn count(&self, entries: usize) {
        if self.unnumbered.fetch_add(entries, Ordering::Relaxed) + entries >= MANY {
            self.many.notify_one();
        }
    }

    /// Waits until many entries wait, and begins to count anew.
    pub(super) async fn many_wait(&self) {
        self.many.notified().await;
        self.unnumbered.store(0, Ordering::Relaxed);
    }
}

impl Store {
    /// Records a read and gives the proof that opens exactly what was recorded.
    ///
    /// Returns only after the entry is durable. An error means: nothing may be shown.
    /// Fields that the reader's role masks are neither opened nor recorded as read.
    pub async fn disclose(&self, ctx: &Ctx, mut entry: Entry) -> Result<Disclosure, StoreError> {
        entry.parts = self.mask(ctx, std::mem::take(&mut entry.parts)).await?;
        let prepared = Prepared::new(self, ctx, &entry)?;
        let id = prepared.id;
        let (done, mut waiting) = oneshot::channel();
        self.reads().queue.lock().map_err(|_| unavailable())?.push((prepared, done));
        let leader = self.reads().leader.clone().lock_owned().await;
        let written = match waiting.try_recv() {
            Ok(written) => written,
            Err(_) => {
                // In a task of its own: a visitor who goes away must not take the others' entries along.
                let store = self.clone();
                tokio::spawn(async move {
                    let _leader = leader;
                    commit_waiting(&store).await;
                });
                waiting.await.unwrap_or(false)
            }
        };
        if written { Ok(Disclosure::new(id, ctx.workspace, entry.parts)) } else { Err(unavailable()) }
    }
}

const fn unavailable() -> StoreError {
    StoreError::Unavailable("record.reads")
}

async fn commit_waiting(store: &Store) {
    let mut batch: Vec<Waiting> = match store.reads().queue.lock() {
        Ok(mut queue) => {
            let count = queue.len().min(BATCH);
            queue.drain(..count).collect()
        }
        Err(_) => return,
    };
    batch.sort_by_key(|(prepared, _)| prepared.workspace);
    while let Some((first, _)) = batch.first() {
        let workspace = first.workspace;
        let count = batch.iter().take_while(|(prepared, _)| prepared.workspace == workspace).count();
        let (entries, answers): (Vec<_>, Vec<_>) = batch.drain(..count).unzip();
        let written = write(store, workspace, entries).await;
        if let Err(error) = &written {
            tracing::error!(%error, count, "reads refused: their record entries could not be written");
        }
        for answer in answers {
            // A reader who has gone away needs no answer.
            let _ = answer.send(written.is_ok());
        }
    }
}

async fn write(
    store: &Store,
    workspace: waxwing_domain::WorkspaceId,
    entries: Vec<Prepared>,
) -> Result<(), StoreError> {
    let mut tx = store.begin(workspace, "record.reads").await?;
    let count = entries.len();
    Prepared::insert_all(entries, &mut tx).await?;
    tx.commit().await?;
    store.reads().count(count);
    Ok(())
}
