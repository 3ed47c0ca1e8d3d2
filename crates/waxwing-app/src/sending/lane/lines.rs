//! The relays as the lane uses them: pools of connections, taken in turn.
//!
//! Guarantee: a relay in trouble is passed over until its wait is over, so that an audience is not
//! used up on a relay that is down. Limit: the messages that were on their way to it are deferred.

use crate::{App, Result, relays};
use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use waxwing_delivery::Pool;
use waxwing_domain::{Micros, RelayId, Thing, WorkspaceId};
use waxwing_store::Gate;

/// One relay with its connections.
pub struct Line {
    id: RelayId,
    changed_at: Micros,
    loopback: bool,
    pool: Pool,
    down_until: Mutex<Option<Instant>>,
}

impl Line {
    /// Its relay.
    pub const fn id(&self) -> RelayId {
        self.id
    }
    /// Its connections.
    pub fn pool(&self) -> &Pool {
        &self.pool
    }
    /// Passes it over for a while.
    pub fn rest(&self, wait: Duration) {
        *self.down_until.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now() + wait);
    }
    /// How long it rests still; zero when it may be used.
    fn rests_for(&self) -> Duration {
        let until = *self.down_until.lock().unwrap_or_else(PoisonError::into_inner);
        until.map_or(Duration::ZERO, |until| until.saturating_duration_since(Instant::now()))
    }
}

/// All relays that may be used.
#[derive(Default)]
pub struct Lines {
    all: Mutex<Arc<Vec<Arc<Line>>>>,
    turn: AtomicUsize,
}

/// Which relays a message may go through.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Road {
    /// Those on this machine only.
    pub loopback_only: bool,
    /// This one only.
    pub relay: Option<RelayId>,
}

impl Road {
    fn fits(self, line: &Line) -> bool {
        (line.loopback || !self.loopback_only) && self.relay.is_none_or(|relay| relay == line.id)
    }
}

/// What there is to send through.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Way {
    /// A relay may be used now.
    Open,
    /// All rest for this long at least.
    Resting(Duration),
    /// There is none.
    Nowhere,
}

impl Lines {
    /// Opens and closes pools as the settings say now.
    pub async fn refresh(&self, app: &App, workspace: WorkspaceId) -> Result<()> {
        let mut tx = app.store().read(workspace, "sending.relays").await?;
        let usable = relays::usable(app, &mut tx).await?;
        drop(tx);
        let mut old: HashMap<RelayId, Arc<Line>> = self.all().iter().map(|line| (line.id, line.clone())).collect();
        let mut lines = Vec::with_capacity(usable.len());
        for relay in usable {
            match old.remove(&relay.id).filter(|line| line.changed_at == relay.changed_at) {
                Some(line) => lines.push(line),
                None => lines.extend(open(relay)),
            }
        }
        *self.all.lock().unwrap_or_else(PoisonError::into_inner) = Arc::new(lines);
        for line in old.into_values() {
            tokio::spawn(async move { line.pool.close().await });
        }
        Ok(())
    }

    fn all(&self) -> Arc<Vec<Arc<Line>>> {
        // The list is swapped whole, so a panic elsewhere cannot have broken it.
        self.all.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Whether every relay is on this machine; also when there is none.
    pub fn only_loopback(&self) -> bool {
        self.all().iter().all(|line| line.loopback)
    }

    /// Whether a relay of this road may be used now.
    pub fn way(&self, road: Road) -> Way {
        let all = self.all();
        let waits = all.iter().filter(|line| road.fits(line)).map(|line| line.rests_for());
        match waits.min() {
            None => Way::Nowhere,
            Some(Duration::ZERO) => Way::Open,
            Some(wait) => Way::Resting(wait),
        }
    }

    /// The next relay of this road, in turn, that may be used now.
    pub fn pick(&self, road: Road) -> Option<Arc<Line>> {
        let all = self.all();
        let turn = self.turn.fetch_add(1, Ordering::Relaxed);
        let fits = |line: &&Arc<Line>| road.fits(line) && line.rests_for().is_zero();
        let (before, from) = all.split_at(turn.checked_rem(all.len()).unwrap_or(0));
        from.iter().chain(before).find(fits).cloned()
    }

    /// A relay for system mail: open, ready, and under a containment rather one from before the window, for whoever
    /// changed a relay may read the password links that go through it.
    pub fn pick_trusted(&self, gate: &Gate) -> Option<Arc<Line>> {
        let all = self.all();
        let turn = self.turn.fetch_add(1, Ordering::Relaxed);
        let (before, from) = all.split_at(turn.checked_rem(all.len()).unwrap_or(0));
        let usable = |line: &&Arc<Line>| gate.lets(Thing::Relay(line.id)) && line.rests_for().is_zero();
        let newer = |line: &&Arc<Line>| gate.pinned_at.is_some_and(|at| line.changed_at >= at);
        from.iter().chain(before).filter(usable).min_by_key(newer).cloned()
    }

    /// Says goodbye everywhere.
    pub async fn close(&self) {
        for line in self.all().iter() {
            line.pool.close().await;
        }
    }
}

fn open(relay: relays::Usable) -> Option<Arc<Line>> {
    let loopback = relay.relay.is_loopback();
    match Pool::new(relay.relay) {
        Ok(pool) => {
            let down_until = Mutex::default();
            Some(Arc::new(Line { id: relay.id, changed_at: relay.changed_at, loopback, pool, down_until }))
        }
        Err(error) => {
            tracing::error!(relay = %relay.id, %error, "a relay cannot be used");
            None
        }
    }
}
