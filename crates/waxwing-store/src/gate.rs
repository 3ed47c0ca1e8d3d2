//! The gate: may this run now? One row and an epoch a workspace; read, never pushed.
//!
//! Promise: every change of the gate is a compare-and-swap that raises the epoch, and what was asked
//! for under an older epoch does not commit. On PostgreSQL the row is locked for sharing until such a
//! commit is through, so whoever turns the gate waits for it. Limit: what left the machine before is out.

use crate::{Store, StoreError, Tx, args, statement};
use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use waxwing_domain::{AccountId, Actor, ContainmentId, Entered, Micros, Thing, WorkspaceId};

pub use waxwing_domain::GateLevel;

statement! { READ,
"SELECT g.epoch, g.level, g.lowest, g.changed_at, g.by_account, s.kind, s.target, g.pinned_at
 FROM gate g LEFT JOIN gate_shut s ON s.workspace_id = g.workspace_id WHERE g.workspace_id = $1" }
// SQLite has one writer: what it reads inside a writing transaction cannot change before the commit.
statement! { EPOCH_TO_COMMIT,
sqlite: "SELECT epoch FROM gate WHERE workspace_id = $1",
postgres: "SELECT epoch FROM gate WHERE workspace_id = $1 FOR SHARE" }
statement! { TURN,
"UPDATE gate SET epoch = epoch + 1, level = $3, changed_at = $4,
   lowest = CASE WHEN CAST($5 AS BIGINT) = 1 THEN epoch + 1 ELSE lowest END,
   by_account = CASE WHEN CAST($5 AS BIGINT) = 1 THEN CAST($6 AS BIGINT) WHEN $3 = 'contained' THEN by_account ELSE NULL END
 WHERE workspace_id = $1 AND epoch = $2 RETURNING epoch" }
statement! { SHUT,
"INSERT INTO gate_shut (workspace_id, kind, target, containment_id) VALUES ($1, $2, $3, $4)
 ON CONFLICT (workspace_id, kind, target) DO NOTHING" }
statement! { PIN, "UPDATE gate SET pinned_at = $2 WHERE workspace_id = $1" }
statement! { REOPEN, "DELETE FROM gate_shut WHERE workspace_id = $1 AND kind = $2 AND target = $3" }

/// A reading older than this may not be acted on.
const FRESH: Duration = Duration::from_millis(500);
/// After this no node acts on a reading from before: [`FRESH`], and the time that an answer or a
/// chunk may take from its last look to the socket.
const SETTLED: Duration = Duration::from_millis(600);

/// One reading of the gate.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Gate {
    /// Grows with every change.
    pub epoch: i64,
    /// How far the workspace is restrained.
    pub level: GateLevel,
    /// Sessions and keys made under an epoch below this are worth nothing.
    pub lowest: i64,
    /// When it was last changed.
    pub changed_at: Micros,
    /// Who contained the workspace; `None` for the host, and while it is not contained.
    pub by: Option<AccountId>,
    /// Before when the words that strangers read were written last; `None` where they are shown as they are saved.
    pub pinned_at: Option<Micros>,
    /// What is shut alone.
    pub shut: Arc<[Thing]>,
}

impl Gate {
    /// Whether this one thing is open; the level is asked for besides.
    pub fn lets(&self, thing: Thing) -> bool {
        !self.shut.contains(&thing)
    }
    /// Whether a session or key that was made under `epoch` is still worth something.
    pub const fn honours(&self, epoch: i64) -> bool {
        epoch >= self.lowest
    }
    /// What a request that is let in now carries along.
    pub const fn entered(&self) -> Entered {
        Entered { epoch: self.epoch, level: self.level }
    }
}

impl Tx {
    /// Reads the gate inside this transaction.
    pub async fn gate(&mut self) -> Result<Gate, StoreError> {
        let rows = self
            .all(&READ, args![], |r| {
                let (level, lowest, changed_at) = (r.word(1, GateLevel::parse)?, r.int(2)?, r.time(3)?);
                let by = r.opt_int(4)?.map(AccountId::from_i64);
                let pinned_at = r.opt_time(7)?;
                let gate = Gate { epoch: r.int(0)?, level, lowest, changed_at, by, pinned_at, shut: Arc::default() };
                Ok((gate, shut_thing(r.opt_text(5)?, r.opt_int(6)?)?))
            })
            .await?;
        let shut = rows.iter().filter_map(|(_, thing)| *thing).collect();
        let (gate, _) = rows.into_iter().next().ok_or(StoreError::Missing("gate"))?;
        Ok(Gate { shut, ..gate })
    }

    /// Binds this transaction to what the gate said when its request was let in: it commits under
    /// that epoch or not at all.
    pub fn entered_at(mut self, entered: Option<Entered>) -> Self {
        self.entered = entered.map(|entered| entered.epoch);
        self
    }

    /// Changes the gate, if its epoch is still `from`; `revoking` makes every session and key from
    /// before worthless, and keeps who asked for it. Gives the new epoch, under which this transaction goes on. Call it last: on
    /// PostgreSQL it waits for whoever is committing.
    ///
    /// A request turns it only from the epoch that it was let in under: else one that was held back until its
    /// person was contained could turn it, and would find its own turn at the commit.
    ///
    /// # Errors
    /// [`StoreError::GateMoved`] when somebody was faster.
    pub async fn turn_gate(
        &mut self,
        from: i64,
        level: GateLevel,
        revoking: Option<Actor>,
        now: Micros,
    ) -> Result<i64, StoreError> {
        if self.entered.is_some_and(|entered| entered != from) {
            return Err(StoreError::GateMoved);
        }
        let by = match revoking {
            Some(Actor::Account(account, _)) => Some(account.as_i64()),
            _ => None,
        };
        let row = args![from, level.as_str(), now, revoking.is_some(), by];
        let turned = self.optional(&TURN, row, |r| r.int(0)).await?;
        let epoch = turned.ok_or(StoreError::GateMoved)?;
        self.entered = self.entered.map(|_| epoch);
        Ok(epoch)
    }

    /// Shuts one thing; it counts from the next [turn](Self::turn_gate) on. Says whether it was open.
    pub async fn shut(&mut self, thing: Thing, by: ContainmentId) -> Result<bool, StoreError> {
        Ok(self.exec(&SHUT, args![thing.kind(), thing.number(), by]).await? == 1)
    }

    /// Shows strangers what was written before `at`, or again what is saved. It counts at once; call it right before
    /// the [turn](Self::turn_gate).
    pub async fn pin_content(&mut self, at: Option<Micros>) -> Result<(), StoreError> {
        self.exec(&PIN, args![at]).await.map(drop)
    }

    /// Opens one thing again. Says whether it was shut.
    pub async fn reopen(&mut self, thing: Thing) -> Result<bool, StoreError> {
        Ok(self.exec(&REOPEN, args![thing.kind(), thing.number()]).await? == 1)
    }

    /// Refuses to go on to the commit when the gate moved since the request was let in.
    pub(crate) async fn hold_gate(&mut self) -> Result<(), StoreError> {
        let Some(entered) = self.entered else { return Ok(()) };
        let epoch = self.one(&EPOCH_TO_COMMIT, args![], |r| r.int(0)).await?;
        if epoch == entered { Ok(()) } else { Err(StoreError::GateMoved) }
    }
}

fn shut_thing(kind: Option<String>, target: Option<i64>) -> Result<Option<Thing>, StoreError> {
    let Some((kind, target)) = kind.zip(target) else { return Ok(None) };
    let thing = Thing::from_columns(&kind, target);
    thing.map(Some).ok_or_else(|| StoreError::Damaged("the gate shuts something unknown".into()))
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
        let known = self.last.lock().ok().and_then(|last| last.get(&workspace).cloned());
        if let Some((_, gate)) = known.filter(|(at, _)| at.elapsed() < FRESH / 2) {
            return Ok(gate);
        }
        let begun = Instant::now();
        let gate = self.store.read(workspace, "gate.read").await?.gate().await?;
        if begun.elapsed() > FRESH {
            return Err(StoreError::Unavailable("gate.read"));
        }
        if let Ok(mut last) = self.last.lock() {
            last.insert(workspace, (begun, gate.clone()));
        }
        Ok(gate)
    }

    /// Waits, from the commit that turned the gate, until no node can act on an older reading.
    pub async fn settled(&self, workspace: WorkspaceId, committed: Instant) {
        if let Ok(mut last) = self.last.lock() {
            last.remove(&workspace);
        }
        tokio::time::sleep(SETTLED.saturating_sub(committed.elapsed())).await;
    }
}

#[cfg(test)]
mod model;
