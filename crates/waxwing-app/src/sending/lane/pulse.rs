//! The gate and the running sources, read several times a second.
//!
//! Guarantee: nothing is permitted on a reading older than 500 ms, counted from its query's start
//! (HOUSE: enforcement is read, not pushed). Limit: a message whose last look passed within that
//! time still leaves.

use super::store;
use crate::sending::{Source, Stream};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use tokio_util::sync::CancellationToken;
use waxwing_domain::{SourceId, WorkspaceId};
use waxwing_store::{Gate, Store, StoreError};

/// A reading older than this permits nothing.
const FRESH: Duration = Duration::from_millis(500);
/// Between two readings.
const STEP: Duration = Duration::from_millis(120);

/// What a message was leased under.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Terms {
    /// Of which source.
    pub source: SourceId,
    /// In which of its passes.
    pub pass: i64,
    /// Under which gate.
    pub gate: i64,
    /// What the source is for.
    pub stream: Stream,
}

/// One reading.
pub struct Reading {
    at: Instant,
    /// The gate.
    pub gate: Gate,
    /// The running sources, oldest first.
    pub sources: Vec<Source>,
}

impl Reading {
    fn is_fresh(&self) -> bool {
        self.at.elapsed() < FRESH
    }
    fn allows(&self, terms: &Terms) -> bool {
        let same = |source: &Source| source.id == terms.source && source.pass == terms.pass;
        terms.stream.may_leave(self.gate.level) && self.gate.epoch == terms.gate && self.sources.iter().any(same)
    }
}

/// Reads and remembers.
pub struct Pulse {
    store: Store,
    workspace: WorkspaceId,
    last: Mutex<Option<Arc<Reading>>>,
}

impl Pulse {
    pub fn new(store: Store, workspace: WorkspaceId) -> Self {
        Self { store, workspace, last: Mutex::default() }
    }

    /// The last reading, if it is fresh.
    pub fn reading(&self) -> Option<Arc<Reading>> {
        // A reading is swapped whole, so a panic elsewhere cannot have broken it.
        let last = self.last.lock().unwrap_or_else(PoisonError::into_inner).clone();
        last.filter(|reading| reading.is_fresh())
    }

    /// Whether a message leased under `terms` may leave now.
    pub fn allows(&self, terms: &Terms) -> bool {
        self.reading().is_some_and(|reading| reading.allows(terms))
    }

    /// Reads until the end.
    pub async fn beat(self: Arc<Self>, ending: CancellationToken) {
        // Goes on until nobody asks any more: messages that are leaving still need it.
        while !(ending.is_cancelled() && Arc::strong_count(&self) <= 1) {
            if let Err(error) = self.read().await {
                tracing::warn!(%error, "the gate could not be read; nothing leaves meanwhile");
            }
            tokio::time::sleep(STEP).await;
        }
    }

    async fn read(&self) -> Result<(), StoreError> {
        let at = Instant::now();
        let mut tx = self.store.read(self.workspace, "sending.pulse").await?;
        let gate = tx.gate().await?;
        let sources = store::open_sources(&mut tx).await?;
        drop(tx);
        *self.last.lock().unwrap_or_else(PoisonError::into_inner) = Some(Arc::new(Reading { at, gate, sources }));
        Ok(())
    }
}
