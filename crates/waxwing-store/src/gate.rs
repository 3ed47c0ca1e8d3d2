//! The gate: may this run now? One row and an epoch a workspace; read, never pushed.

use crate::{Store, StoreError, Tx, args, statement};
use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use waxwing_domain::WorkspaceId;

statement! { READ, "SELECT epoch, level FROM gate WHERE workspace_id = $1" }

/// A reading older than this may not be acted on.
const FRESH: Duration = Duration::from_millis(500);

/// How far a workspace is restrained.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum GateLevel {
    /// Everything runs.
    Normal,
    /// Everything runs; people look closely.
    Watch,
    /// Sending is held.
    Held,
    /// Contained: only notices, system mail and unsubscribe.
    Contained,
}

impl GateLevel {
    fn parse(word: &str) -> Option<Self> {
        Some(match word {
            "normal" => Self::Normal,
            "watch" => Self::Watch,
            "held" => Self::Held,
            "contained" => Self::Contained,
            _ => return None,
        })
    }
    /// Whether campaigns may be sent.
    pub const fn may_send(self) -> bool {
        matches!(self, Self::Normal | Self::Watch)
    }
    /// Whether exports, imports and other bulk work may run.
    pub const fn may_move_data(self) -> bool {
        matches!(self, Self::Normal | Self::Watch | Self::Held)
    }
}

/// One reading of the gate.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Gate {
    /// Grows with every change.
    pub epoch: i64,
    /// How far the workspace is restrained.
    pub level: GateLevel,
}

impl Tx {
    /// Reads the gate inside this transaction.
    pub async fn gate(&mut self) -> Result<Gate, StoreError> {
        self.one(&READ, args![], |r| Ok(Gate { epoch: r.int(0)?, level: r.word(1, GateLevel::parse)? })).await
    }
}

/// Readings that are never older than half a second, counted from the query's start.
#[derive(Clone)]
pub struct GateWatch {
    store: Store,
    last: Arc<Mutex<HashMap<WorkspaceId, (Instant, Gate)>>>,
}

impl GateWatch {
    /// A watch on `store`.
    pub fn new(store: Store) -> Self {
        Self { store, last: Arc::default() }
    }

    /// A reading under 500 ms old; an error when the database does not answer in time.
    pub async fn now(&self, workspace: WorkspaceId) -> Result<Gate, StoreError> {
        let known = self.last.lock().ok().and_then(|last| last.get(&workspace).copied());
        if let Some((_, gate)) = known.filter(|(at, _)| at.elapsed() < FRESH / 2) {
            return Ok(gate);
        }
        let begun = Instant::now();
        let gate = self.store.read(workspace, "gate.read").await?.gate().await?;
        if begun.elapsed() > FRESH {
            return Err(StoreError::Unavailable("gate.read"));
        }
        if let Ok(mut last) = self.last.lock() {
            last.insert(workspace, (begun, gate));
        }
        Ok(gate)
    }
}
