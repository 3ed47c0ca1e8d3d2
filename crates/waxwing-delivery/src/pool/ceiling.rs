//! How many connections a relay turned out to allow.
//!
//! Guarantee: a relay that refuses the sixth connection is not asked for a sixth again for a
//! while, and that refusal is not taken for the relay being down. Limit: the number is learnt
//! from a refusal, so each round of learning costs one.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::time::Instant;

pub(super) struct Ceiling {
    /// How long what was learnt is believed.
    memory: Duration,
    learnt: Mutex<Option<Learnt>>,
}

struct Learnt {
    connections: usize,
    until: Instant,
}

impl Ceiling {
    pub(super) fn new(memory: Duration) -> Self {
        Self { memory, learnt: Mutex::default() }
    }

    /// May one more be opened beside `open` others? If not: for how long that is believed.
    pub(super) fn ask(&self, open: usize, now: Instant) -> Result<(), Duration> {
        match &*self.lock() {
            Some(learnt) if learnt.until > now && open >= learnt.connections => Err(learnt.until - now),
            _ => Ok(()),
        }
    }

    /// One more beside `open` others was refused.
    pub(super) fn lower(&self, open: usize, now: Instant) {
        *self.lock() = Some(Learnt { connections: open.max(1), until: now + self.memory });
    }

    fn lock(&self) -> MutexGuard<'_, Option<Learnt>> {
        // Replaced whole, so a panic elsewhere cannot have left half of it.
        self.learnt.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_refused_is_not_asked_again_until_forgotten() {
        let ceiling = Ceiling::new(Duration::from_secs(60));
        let now = Instant::now();
        assert!(ceiling.ask(7, now).is_ok());
        ceiling.lower(5, now);
        assert!(ceiling.ask(4, now).is_ok());
        assert!(ceiling.ask(5, now).is_err());
        assert!(ceiling.ask(5, now + Duration::from_secs(60)).is_ok());
    }
}
