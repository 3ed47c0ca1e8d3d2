//! Rate limits: token buckets in memory.
//!
//! Promise: bounded memory, whatever is thrown at it. Limit: one process, forgotten at a
//! restart; when the table is full of buckets in use, strangers share one bucket a name, so
//! that a flood throttles newcomers rather than costing memory.

use crate::Fail;
use std::collections::HashMap;
use std::fmt;
use std::hash::{BuildHasher, RandomState};
use std::sync::{Mutex, PoisonError};
use waxwing_domain::Micros;

/// Buckets kept at most; about 64 bytes each.
const MOST: usize = 100_000;
/// The key of the bucket that newcomers share when the table is full.
const OVERFLOW: u64 = 0;

/// How often something may happen: `burst` at once, then one every `refill` microseconds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Limit {
    /// What is being counted, such as `login.address`.
    pub name: &'static str,
    /// How many may happen at once.
    pub burst: u32,
    /// Microseconds until one more may.
    pub refill: i64,
}

impl Limit {
    /// `burst` per minute.
    pub const fn per_minute(name: &'static str, burst: u32) -> Self {
        Self { name, burst, refill: Micros::MINUTE / if burst == 0 { 1 } else { burst as i64 } }
    }
    /// `burst` per hour.
    pub const fn per_hour(name: &'static str, burst: u32) -> Self {
        Self { name, burst, refill: Micros::HOUR / if burst == 0 { 1 } else { burst as i64 } }
    }
    const fn capacity(self) -> i64 {
        self.refill.saturating_mul(self.burst as i64)
    }
}

/// A bucket stores the time at which it will be full again; nothing else is needed.
#[derive(Clone, Copy)]
struct Bucket {
    full_at: Micros,
}

/// The buckets of all limits. Keys (network addresses, accounts) are kept as keyed hashes only.
pub struct Limiter {
    buckets: Mutex<HashMap<(&'static str, u64), Bucket>>,
    hash: RandomState,
    most: usize,
}

impl Default for Limiter {
    fn default() -> Self {
        Self::holding(MOST)
    }
}

impl Limiter {
    /// With room for `most` buckets.
    pub fn holding(most: usize) -> Self {
        Self { buckets: Mutex::default(), hash: RandomState::new(), most }
    }

    /// Takes one from the bucket of `key`, or says in how many seconds there is one again.
    pub fn take(&self, limit: Limit, key: &[u8], now: Micros) -> Result<(), Fail> {
        // A panic of another holder leaves a table that is at worst one count behind.
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        let mut slot = (limit.name, self.hash.hash_one(key) | 1);
        if !buckets.contains_key(&slot) && buckets.len() >= self.most {
            buckets.retain(|_, bucket| bucket.full_at > now);
            if buckets.len() >= self.most {
                slot = (limit.name, OVERFLOW);
            }
        }
        let bucket = buckets.entry(slot).or_insert(Bucket { full_at: now });
        let full_at = bucket.full_at.max(now).plus(limit.refill);
        let excess = full_at.since(now) - limit.capacity();
        if excess > 0 {
            return Err(Fail::TooMany { retry_after: seconds(excess) });
        }
        bucket.full_at = full_at;
        Ok(())
    }

    /// Gives the bucket of `key` back, after a success that proves that nobody was guessing.
    pub fn forgive(&self, limit: Limit, key: &[u8]) {
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        buckets.remove(&(limit.name, self.hash.hash_one(key) | 1));
    }
}

/// Whole seconds, rounded up.
fn seconds(micros: i64) -> u64 {
    (micros.max(0).unsigned_abs()).div_ceil(Micros::SECOND.unsigned_abs())
}

impl fmt::Debug for Limiter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Limiter(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIVE: Limit = Limit::per_minute("test", 5);

    fn at(seconds: i64) -> Micros {
        Micros::from_i64(seconds * Micros::SECOND)
    }

    #[test]
    fn a_burst_is_allowed_then_one_at_a_time() {
        let limiter = Limiter::default();
        for _ in 0..5 {
            assert!(limiter.take(FIVE, b"a", at(0)).is_ok());
        }
        assert!(matches!(limiter.take(FIVE, b"a", at(0)), Err(Fail::TooMany { retry_after: 12 })));
        assert!(limiter.take(FIVE, b"b", at(0)).is_ok());
        assert!(limiter.take(FIVE, b"a", at(12)).is_ok());
        assert!(limiter.take(FIVE, b"a", at(12)).is_err());
    }

    #[test]
    fn a_success_wipes_the_slate() {
        let limiter = Limiter::default();
        while limiter.take(FIVE, b"a", at(0)).is_ok() {}
        limiter.forgive(FIVE, b"a");
        assert!(limiter.take(FIVE, b"a", at(0)).is_ok());
    }

    #[test]
    fn a_flood_of_keys_costs_no_memory_and_throttles_itself() {
        let limiter = Limiter::holding(10);
        let passed = (0u32..1_000).filter(|n| limiter.take(FIVE, &n.to_be_bytes(), at(0)).is_ok()).count();
        assert_eq!(passed, 15);
        assert!(limiter.buckets.lock().expect("whole").len() <= 11);
        assert!(limiter.take(FIVE, b"later", at(120)).is_ok());
    }
}
