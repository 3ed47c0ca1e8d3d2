//! Token buckets for workspace, sending domain and recipient domain, kept in the database.
//!
//! Guarantee: no more than the limit leaves in any hour or day, also the first, whatever the number
//! of nodes and restarts: a bucket holds a twentieth of its limit and is refilled with the rest over
//! one period. Limit: tokens taken for a message that then did not leave are not given back; and
//! recipients whose reserved time went by while nothing was sent all leave when sending goes on.

use super::store;
use crate::settings::{Limits, Rate};
use std::collections::HashMap;
use waxwing_domain::Micros;
use waxwing_store::{StoreError, Tx};

/// One bucket's rate.
#[derive(Clone, Copy)]
struct Flow {
    period: &'static str,
    /// Tokens in a full bucket.
    burst: i64,
    /// Microseconds between two tokens.
    step: i64,
}

fn flows(rate: Rate) -> impl Iterator<Item = Flow> {
    let flow = |limit: Option<i64>, period, length| limit.map(|limit| Flow::new(limit, period, length));
    [flow(rate.per_hour, "hour", Micros::HOUR), flow(rate.per_day, "day", Micros::DAY)].into_iter().flatten()
}

/// Microseconds that `number` messages take at this rate, if nothing else uses it; none without a limit.
pub(crate) fn time_for(number: i64, rate: Rate) -> Option<i64> {
    flows(rate).map(|flow| (number - flow.burst).max(0).saturating_mul(flow.step)).max()
}

impl Flow {
    /// A full bucket and what drips into it within `length` microseconds are the limit together.
    fn new(limit: i64, period: &'static str, length: i64) -> Self {
        let limit = limit.max(1);
        let burst = (limit / 20).max(1);
        let step = (length / (limit - burst + 1)).saturating_add(1);
        Self { period, burst, step }
    }
    /// Tokens there now.
    fn tokens(self, full_at: Micros, now: Micros) -> i64 {
        let missing = full_at.since(now).max(0);
        (self.burst * self.step - missing).max(0) / self.step
    }
    /// When `count` tokens are there, if nobody takes any.
    fn when(self, full_at: Micros, count: i64) -> Micros {
        full_at.plus((count - self.burst) * self.step)
    }
    /// Tokens of a second: waiting for so many makes batches of what would leave one by one.
    fn worth_waiting(self) -> i64 {
        (Micros::SECOND / self.step).clamp(1, self.burst)
    }
    fn take(self, full_at: Micros, now: Micros, count: i64) -> Micros {
        full_at.max(now).plus(count.saturating_mul(self.step))
    }
}

/// Tokens that the workspace and the sending domain have, and when there is another if there is none.
pub(super) async fn room(
    tx: &mut Tx,
    limits: &Limits,
    domain: i64,
    (most, now): (i64, Micros),
) -> Result<(i64, Micros), StoreError> {
    let mut room = (most, now);
    for (scope, bucket, rate) in [("workspace", 0, limits.workspace), ("sending_domain", domain, limits.domain)] {
        for flow in flows(rate) {
            let full_at = store::bucket(tx, scope, bucket, flow.period).await?.unwrap_or(now);
            let tokens = flow.tokens(full_at, now);
            if tokens == 0 {
                room.1 = room.1.max(flow.when(full_at, flow.worth_waiting()));
            }
            room.0 = room.0.min(tokens);
        }
    }
    Ok(room)
}

/// Takes tokens of the workspace and the sending domain.
pub(super) async fn take(
    tx: &mut Tx,
    limits: &Limits,
    domain: i64,
    (count, now): (i64, Micros),
) -> Result<(), StoreError> {
    for (scope, bucket, rate) in [("workspace", 0, limits.workspace), ("sending_domain", domain, limits.domain)] {
        for flow in flows(rate) {
            let full_at = store::bucket(tx, scope, bucket, flow.period).await?.unwrap_or(now);
            store::set_bucket(tx, scope, bucket, flow.period, flow.take(full_at, now, count)).await?;
        }
    }
    Ok(())
}

/// The time at which each of these recipient domains takes its next message; each call takes a
/// token, so that a row waits once and for its own time.
pub(super) struct Slots {
    rate: Rate,
    now: Micros,
    known: HashMap<i64, Vec<(Flow, Micros)>>,
}

impl Slots {
    pub(super) fn new(rate: Rate, now: Micros) -> Self {
        Self { rate, now, known: HashMap::new() }
    }

    /// `None`: the message may go now. Else the time reserved for it.
    pub(super) async fn reserve(&mut self, tx: &mut Tx, domain: i64) -> Result<Option<Micros>, StoreError> {
        if self.rate == Rate::default() {
            return Ok(None);
        }
        if !self.known.contains_key(&domain) {
            let mut buckets = Vec::new();
            for flow in flows(self.rate) {
                let full_at = store::bucket(tx, "recipient_domain", domain, flow.period).await?;
                buckets.push((flow, full_at.unwrap_or(self.now)));
            }
            self.known.insert(domain, buckets);
        }
        let mut slot = self.now;
        for (flow, full_at) in self.known.get_mut(&domain).into_iter().flatten() {
            if flow.tokens(*full_at, self.now) == 0 {
                slot = slot.max(flow.when(*full_at, 1));
            }
            *full_at = flow.take(*full_at, self.now, 1);
        }
        Ok((slot > self.now).then_some(slot))
    }

    /// Writes the buckets back.
    pub(super) async fn save(self, tx: &mut Tx) -> Result<(), StoreError> {
        for (domain, buckets) in self.known {
            for (flow, full_at) in buckets {
                store::set_bucket(tx, "recipient_domain", domain, flow.period, full_at).await?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Takes every token as soon as it is there; gives the times.
    fn greedy(flow: Flow, until: i64) -> Vec<i64> {
        let (mut full_at, mut now, mut times) = (Micros::from_i64(0), Micros::from_i64(0), Vec::new());
        while now.as_i64() < until {
            let there = flow.tokens(full_at, now);
            times.extend((0..there).map(|_| now.as_i64()));
            full_at = flow.take(full_at, now, there);
            now = flow.when(full_at, 1);
        }
        times
    }

    #[test]
    fn no_hour_has_more_than_the_limit_and_most_of_it_is_used() {
        for limit in [1, 2, 5, 19, 20, 21, 60, 999] {
            let flow = Flow::new(limit, "hour", Micros::HOUR);
            let times = greedy(flow, 5 * Micros::HOUR);
            for (n, from) in times.iter().enumerate() {
                let within = times[n..].iter().take_while(|at| *at - from < Micros::HOUR).count() as i64;
                assert!(within <= limit, "{within} left in an hour of {limit}");
            }
            assert!(times.len() as i64 >= 5 * limit * 9 / 10, "{} of 5 times {limit}", times.len());
        }
    }

    #[test]
    fn a_bucket_that_rested_holds_its_burst_and_no_more() {
        let flow = Flow::new(60, "hour", Micros::HOUR);
        let now = Micros::from_i64(Micros::DAY);
        assert_eq!(flow.tokens(now, now), 3);
        let full_at = flow.take(now, now, 3);
        assert_eq!(flow.tokens(full_at, now), 0);
        assert_eq!(flow.tokens(full_at, flow.when(full_at, 1)), 1);
        assert_eq!(flow.tokens(full_at, now.plus(2 * Micros::HOUR)), 3);
    }
}
