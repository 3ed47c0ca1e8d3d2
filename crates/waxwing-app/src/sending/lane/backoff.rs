//! When a deferred message is tried again, and when it is given up.

use super::Tuning;
use std::time::Duration;
use waxwing_domain::Micros;

/// The waits after the first, as multiples of it: 1, 5, 15, 30, 60, 120 and 240 minutes by default.
const STEPS: [i64; 7] = [1, 5, 15, 30, 60, 120, 240];
/// The least wait when the relay, not the recipient, was the trouble.
const RELAY: i64 = 5 * Micros::SECOND;

/// When to try again after `attempts` earlier attempts; `None` when the message has expired.
///
/// Times are rounded up to a whole second, so that rows that were deferred together are settled by
/// one statement.
pub(super) fn next_try(tuning: &Tuning, attempts: i64, first_at: Micros, now: Micros) -> Option<Micros> {
    let begun = if first_at.as_i64() == 0 { now } else { first_at };
    if now.since(begun) >= tuning.expires_after {
        return None;
    }
    let step = usize::try_from(attempts).unwrap_or(0).min(STEPS.len() - 1);
    Some(whole_second(now.plus(STEPS[step] * tuning.first_retry)))
}

/// When to try again after trouble with the relay.
pub(super) fn after_relay(retry_after: Option<Duration>, now: Micros) -> Micros {
    let wait = retry_after.and_then(|wait| i64::try_from(wait.as_micros()).ok()).unwrap_or(0);
    whole_second(now.plus(wait.max(RELAY)))
}

fn whole_second(at: Micros) -> Micros {
    let second = Micros::SECOND;
    Micros::from_i64(at.as_i64().div_euclid(second).saturating_add(1).saturating_mul(second))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_to_four_hours_and_end_after_three_days() {
        let tuning = Tuning::default();
        let start = Micros::from_i64(1_000_000_000);
        let minutes = |attempts| {
            let next = next_try(&tuning, attempts, start, start).expect("not expired");
            next.since(start) / Micros::MINUTE
        };
        assert_eq!([0, 1, 2, 3, 4, 5, 6, 99].map(minutes), [1, 5, 15, 30, 60, 120, 240, 240]);
        assert_eq!(next_try(&tuning, 3, start, start.plus(3 * Micros::DAY)), None);
        assert!(next_try(&tuning, 0, Micros::from_i64(0), start).is_some(), "the first attempt never expires");
    }

    #[test]
    fn a_relay_in_trouble_is_left_alone_for_as_long_as_it_asks() {
        let now = Micros::from_i64(0);
        assert_eq!(after_relay(None, now).as_seconds(), 6);
        assert_eq!(after_relay(Some(Duration::from_secs(60)), now).as_seconds(), 61);
    }
}
