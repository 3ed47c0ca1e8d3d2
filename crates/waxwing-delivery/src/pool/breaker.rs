//! Leaves a relay alone that could not be reached, longer each time.
//!
//! Guarantee: after a failure at most one caller at a time tries again, and not before the wait is
//! over; the others hear why at once. Limit: a relay that comes back is noticed only at the next
//! try.

use crate::trouble::Trouble;
use rand::RngExt;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::time::Instant;

pub(super) struct Breaker {
    first: Duration,
    max: Duration,
    /// `None`: the relay was reached the last time, or never tried.
    state: Mutex<Option<Down>>,
}

struct Down {
    why: Trouble,
    failures: u32,
    /// Nobody connects before this.
    until: Instant,
    /// Somebody has been let through and has not reported yet.
    trying: bool,
}

impl Breaker {
    pub(super) fn new(first: Duration, max: Duration) -> Self {
        Self { first, max, state: Mutex::default() }
    }

    /// May a connection be opened now? If not: what failed, and how long until it is worth asking.
    /// Who is let through while the relay is down holds the others off for one more wait.
    pub(super) fn ask(&self, now: Instant) -> Result<(), (Trouble, Duration)> {
        match &mut *self.lock() {
            Some(down) if down.until > now => Err((down.why.clone(), down.until - now)),
            Some(down) => {
                down.trying = true;
                down.until = now + self.wait(down.failures);
                Ok(())
            }
            None => Ok(()),
        }
    }

    pub(super) fn succeeded(&self) {
        *self.lock() = None;
    }

    /// Notes a failure; the wait until the next try.
    pub(super) fn failed(&self, why: &Trouble, now: Instant) -> Duration {
        let mut state = self.lock();
        let failures = match &*state {
            // Connections that were begun together and failed together count once.
            Some(down) if !down.trying => down.failures,
            Some(down) => down.failures.saturating_add(1),
            None => 1,
        };
        let wait = self.wait(failures);
        *state = Some(Down { why: why.clone(), failures, until: now + wait, trying: false });
        wait
    }

    /// Doubles with each failure up to the maximum; up to a fifth is taken off by chance, so that
    /// several nodes do not come back in step.
    fn wait(&self, failures: u32) -> Duration {
        let doubled = self.first.saturating_mul(1 << failures.saturating_sub(1).min(20));
        doubled.min(self.max).mul_f64(rand::rng().random_range(0.8..=1.0))
    }

    fn lock(&self) -> MutexGuard<'_, Option<Down>> {
        // The state is valid after every statement, so a panic elsewhere cannot have broken it.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trouble::Phase;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn waits_grow_and_one_caller_at_a_time_tries() {
        let breaker = Breaker::new(SECOND, 8 * SECOND);
        let why = Trouble::Closed { phase: Phase::Greeting };
        let mut now = Instant::now();
        assert!(breaker.ask(now).is_ok());
        for expected in [1, 2, 4, 8, 8] {
            let wait = breaker.failed(&why, now);
            assert!(wait <= expected * SECOND && wait * 5 >= expected * SECOND * 4, "{wait:?} for {expected}");
            assert_eq!(breaker.ask(now).err().map(|(why, _)| why), Some(why.clone()));
            now += wait;
            assert!(breaker.ask(now).is_ok(), "the wait is over");
            assert!(breaker.ask(now).is_err(), "somebody is trying");
        }
        breaker.succeeded();
        assert!(breaker.ask(now).is_ok());
    }

    #[test]
    fn failures_at_the_same_time_count_once() {
        let breaker = Breaker::new(SECOND, 100 * SECOND);
        let why = Trouble::Closed { phase: Phase::Greeting };
        let now = Instant::now();
        for _ in 0..8 {
            assert!(breaker.failed(&why, now) <= SECOND);
        }
    }
}
