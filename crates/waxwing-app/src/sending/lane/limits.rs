//! Token buckets for workspace, sending domain and recipient domain, kept in the database.
//!
//! Guarantee: after a full bucket, mail leaves at the limit's rate, whatever the number of nodes
//! and restarts. A bucket holds one period's worth, so at most twice the limit leaves in the first
//! period. Limit: tokens taken for a message that then did not leave are not given back.

use super::store;
use crate::settings::{Limits, Rate};
use std::collections::HashMap;
use waxwing_domain::Micros;
use waxwing_store::{StoreError, Tx};

/// One bucket's rate.
#[derive(Clone, Copy)]
struct Flow {
    period: &'static str,
    length: i64,
    /// Microseconds between two tokens.
    step: i64,
}

fn flows(rate: Rate) -> impl Iterator<Item = Flow> {
    let flow = |limit: Option<i64>, period, length: i64| {
        limit.map(|limit| Flow { period, length, step: (length / limit.max(1)).max(1) })
    };
    [flow(rate.per_hour, "hour", Micros::HOUR), flow(rate.per_day, "day", Micros::DAY)].into_iter().flatten()
}

impl Flow {
    /// Tokens there now.
    fn tokens(self, full_at: Micros, now: Micros) -> i64 {
        let missing = full_at.since(now).max(0);
        (self.length - missing).max(0) / self.step
    }
    /// When the next token is there, if there is none now.
    fn next(self, full_at: Micros) -> Micros {
        full_at.plus(self.step - self.length)
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
                room.1 = room.1.max(flow.next(full_at));
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
                slot = slot.max(flow.next(*full_at));
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

    #[test]
    fn a_bucket_holds_one_period_and_refills_at_the_rate() {
        let rate = Rate { per_hour: Some(60), per_day: None };
        let flow = flows(rate).next().expect("one");
        let now = Micros::from_i64(Micros::DAY);
        assert_eq!(flow.tokens(now, now), 60);
        let full_at = flow.take(now, now, 60);
        assert_eq!(flow.tokens(full_at, now), 0);
        assert_eq!(flow.next(full_at).since(now), Micros::MINUTE);
        assert_eq!(flow.tokens(full_at, now.plus(Micros::MINUTE)), 1);
        assert_eq!(flow.tokens(full_at, now.plus(2 * Micros::HOUR)), 60);
    }
}
