//! Many senders, few connections.
//!
//! Guarantee: at most [`crate::Limits::connections`] are open; they are kept and reused; senders
//! get their turn in the order they asked; while a relay cannot be reached, senders are told at
//! once instead of hammering it. Limit: fairness is between callers, not between campaigns, and an
//! idle connection that says goodbye may overlap with its successor for a moment.

mod breaker;
mod ceiling;
mod idle;

use crate::envelope::Envelope;
use crate::outcome::Outcome;
use crate::permit::Permit;
use crate::relay::{Relay, RelayError};
use crate::smtp::{Asking, Trust, open};
use crate::trouble::{Phase, Trouble};
use breaker::Breaker;
use ceiling::Ceiling;
use idle::{Idle, Pooled};
use std::fmt;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::futures::OwnedNotified;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, timeout};

/// The connections to one relay. Cheap to clone; clones share everything.
#[derive(Clone)]
pub struct Pool(Arc<Shared>);

struct Shared {
    relay: Relay,
    trust: Trust,
    turns: Arc<Semaphore>,
    idle: Idle,
    breaker: Breaker,
    ceiling: Ceiling,
}

impl Pool {
    /// Reads the trusted roots; opens no connection yet. Call it inside a tokio runtime.
    ///
    /// # Errors
    /// If the extra roots cannot be read.
    pub fn new(relay: Relay) -> Result<Self, RelayError> {
        let shared = Arc::new(Shared {
            trust: Trust::for_relay(&relay)?,
            turns: Arc::new(Semaphore::new(relay.limits.connections.clamp(1, Semaphore::MAX_PERMITS))),
            idle: Idle::new(relay.limits.idle),
            breaker: Breaker::new(relay.limits.backoff_first, relay.limits.backoff_max),
            ceiling: Ceiling::new(relay.limits.backoff_max),
            relay,
        });
        tokio::spawn(idle::reap(Arc::downgrade(&shared), shared.relay.limits.idle));
        Ok(Self(shared))
    }

    /// The relay behind it.
    pub fn relay(&self) -> &Relay {
        &self.0.relay
    }

    /// Hands over one message and says what became of it. `permit` is asked while the commands
    /// before the body are under way, once a connection is found. If the future is dropped
    /// unfinished after the permit was granted, the message's fate is unknown.
    pub async fn send<P: Permit>(&self, envelope: &Envelope, permit: P) -> Outcome {
        let Ok(turn) = Arc::clone(&self.0.turns).acquire_owned().await else {
            // Only `close` ends the turns.
            return Outcome::deferred_by(Trouble::Closed { phase: Phase::Connect });
        };
        let mut asking = Asking::new(permit);
        loop {
            let mut pooled = match self.0.session().await {
                Ok(pooled) => pooled,
                Err(outcome) => return outcome,
            };
            let outcome = pooled.session.deliver(envelope, &mut asking).await;
            // A fresh connection is never stale, so this ends.
            if !pooled.session.went_stale() {
                self.0.put_back(pooled, turn);
                return outcome;
            }
        }
    }

    /// Opens a connection up to the point where a message could follow, and closes it: what a
    /// "test this relay" button does. Heeds neither the back-off nor the number of connections.
    ///
    /// # Errors
    /// What went wrong, in words for the operator.
    pub async fn probe(&self) -> Result<(), Trouble> {
        let session = open(&self.0.relay, &self.0.trust).await?;
        session.quit().await;
        self.0.breaker.succeeded();
        Ok(())
    }

    /// Refuses further messages and says goodbye on idle connections. Messages under way finish.
    pub async fn close(&self) {
        self.0.turns.close();
        for pooled in self.0.idle.take_all() {
            pooled.session.quit().await;
        }
    }
}

impl fmt::Debug for Pool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pool").field("relay", &self.0.relay).finish_non_exhaustive()
    }
}

impl Shared {
    /// An idle session, a new one, or the outcome for a message that can have neither.
    async fn session(&self) -> Result<Pooled, Outcome> {
        loop {
            let changed = self.idle.changed();
            if let Some(pooled) = self.idle.take() {
                return Ok(pooled);
            }
            if let Err(wait) = self.ceiling.ask(self.idle.open(), Instant::now()) {
                wait_for(changed, wait).await;
                continue;
            }
            let (trouble, wait) = match self.connect().await {
                Ok(pooled) => return Ok(pooled),
                Err(failure) => failure,
            };
            if self.idle.open() == 0 {
                return Err(postponed(trouble, wait));
            }
            wait_for(changed, wait).await;
        }
    }

    async fn connect(&self) -> Result<Pooled, (Trouble, Duration)> {
        self.breaker.ask(Instant::now())?;
        let place = self.idle.place();
        match open(&self.relay, &self.trust).await {
            Ok(session) => {
                self.breaker.succeeded();
                Ok(place.filled_by(session))
            }
            Err(trouble) => {
                drop(place);
                let wait = self.learn_from(&trouble);
                Err((trouble, wait))
            }
        }
    }

    /// A refusal beside other connections means "no more than these"; one alone, that the relay is
    /// down. The wait until the next try.
    fn learn_from(&self, trouble: &Trouble) -> Duration {
        let (others, now) = (self.idle.open(), Instant::now());
        tracing::warn!(relay = %self.relay.host(), others, reason = %trouble, "no connection to the relay");
        if others == 0 {
            return self.breaker.failed(trouble, now);
        }
        self.ceiling.lower(others, now);
        self.relay.limits.backoff_first
    }

    /// Keeps a session for the next message or sends it off; the turn ends with it, so that its
    /// successor is not opened beside it.
    fn put_back(&self, mut pooled: Pooled, turn: OwnedSemaphorePermit) {
        if !pooled.session.is_usable() {
            return;
        }
        if pooled.session.carried() < self.relay.limits.messages_per_connection {
            return self.idle.put(pooled);
        }
        tokio::spawn(async move {
            pooled.session.quit().await;
            drop(turn);
        });
    }
}

/// Waits until a connection comes back or goes, at most `patience`: either is worth another look.
async fn wait_for(changed: OwnedNotified, patience: Duration) {
    let _ = timeout(patience, changed).await;
}

fn postponed(trouble: Trouble, wait: Duration) -> Outcome {
    match Outcome::deferred_by(trouble) {
        Outcome::Deferred { class, reason, .. } => Outcome::Deferred { class, reason, retry_after: Some(wait) },
        other => other,
    }
}
