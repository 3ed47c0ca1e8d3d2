//! The SQL of hourly counts, and of the signals they are made from.

use super::Subject;
use waxwing_detect::Contributor;
use waxwing_detect::volume::{Flow, Hour};
use waxwing_domain::{AccountId, Micros};
use waxwing_store::{StoreError, Tx, args, statement};

statement! { ADD,
"INSERT INTO alerts_hours (workspace_id, flow, hour, amount) VALUES ($1, $2, $3, $4)
     ON CONFLICT (workspace_id, flow, hour) DO UPDATE SET amount = alerts_hours.amount + excluded.amount" }
statement! { PUT,
"INSERT INTO alerts_hours (workspace_id, flow, hour, amount) VALUES ($1, $2, $3, $4)
     ON CONFLICT (workspace_id, flow, hour) DO UPDATE SET amount = excluded.amount" }
statement! { SINCE,
"SELECT hour, amount FROM alerts_hours WHERE workspace_id = $1 AND flow = $2 AND hour >= $3 ORDER BY hour" }
statement! { SWEEP, "DELETE FROM alerts_hours WHERE workspace_id = $1 AND hour < $2" }
// Signals are kept in the order of their ids, which grow with time: $3 is where this time begins.
statement! { SIGNALS,
"SELECT CAST(COALESCE(SUM(amount), 0) AS BIGINT) FROM signals
     WHERE workspace_id = $1 AND kind = $2 AND id >= $3 AND at >= $4 AND at < $5" }
statement! { ADDRESSES,
"SELECT CAST(SUM(amount) AS BIGINT) AS number FROM signals
     WHERE workspace_id = $1 AND kind = $2 AND id >= $3 AND at >= $4 AND at < $5 AND address_tag IS NOT NULL
     GROUP BY address_tag ORDER BY number DESC LIMIT 5" }
statement! { ACTORS,
"SELECT actor_kind, principal, CAST(SUM(amount) AS BIGINT) AS number FROM signals
     WHERE workspace_id = $1 AND kind = $2 AND id >= $3 AND at >= $4 AND at < $5
     GROUP BY actor_kind, principal ORDER BY number DESC LIMIT 5" }

/// The first moment of an hour, the first of the next, and an id that none of the hour's lies before.
pub(super) fn bounds(hour: i64) -> (Micros, Micros, i64) {
    let from = Micros::from_i64(hour * Micros::HOUR);
    (from, from.plus(Micros::HOUR), first_id(from))
}

/// An id that none of what was noted since lies before.
pub(super) fn first_id(from: Micros) -> i64 {
    // Ids begin with milliseconds, then 22 bits; a second of room for clocks that were set.
    (from.as_i64() / 1_000 - 1_000).max(0) << 22
}

/// Adds to what an hour brought.
pub(super) async fn add(tx: &mut Tx, flow: Flow, hour: i64, amount: i64) -> Result<(), StoreError> {
    tx.exec(&ADD, args![flow.as_str(), hour, amount]).await.map(drop)
}

/// Says what an hour brought.
pub(super) async fn put(tx: &mut Tx, flow: Flow, hour: i64, amount: i64) -> Result<(), StoreError> {
    tx.exec(&PUT, args![flow.as_str(), hour, amount]).await.map(drop)
}

/// The hours since `first` that brought something, in order.
pub(super) async fn since(tx: &mut Tx, flow: Flow, first: i64) -> Result<Vec<Hour>, StoreError> {
    tx.all(&SINCE, args![flow.as_str(), first], |r| {
        Ok(Hour { number: r.int(0)?, count: r.int(1)?.max(0).cast_unsigned() })
    })
    .await
}

/// Forgets the hours before `first`.
pub(super) async fn sweep(tx: &mut Tx, first: i64) -> Result<u64, StoreError> {
    tx.exec(&SWEEP, args![first]).await
}

/// How much signals of a kind tell of an hour.
pub(super) async fn signals(tx: &mut Tx, kind: &'static str, hour: i64) -> Result<i64, StoreError> {
    let (from, until, first_id) = bounds(hour);
    tx.one(&SIGNALS, args![kind, first_id, from, until], |r| r.int(0)).await
}

/// The network addresses that signals of a kind came from, from one hour to another; their tags are not told.
pub(super) async fn addresses(
    tx: &mut Tx,
    kind: &'static str,
    (first, last): (i64, i64),
) -> Result<Vec<Contributor>, StoreError> {
    let ((from, _, first_id), (_, until, _)) = (bounds(first), bounds(last));
    let counts = tx.all(&ADDRESSES, args![kind, first_id, from, until], |r| r.int(0)).await?;
    let named = counts.into_iter().enumerate();
    Ok(named
        .map(|(at, count)| Contributor::new(format!("Network address {}", at + 1), count.max(0).cast_unsigned()))
        .collect())
}

/// The people and keys that signals of a kind came from, from one hour to another.
pub(super) async fn actors(
    tx: &mut Tx,
    kind: &'static str,
    (first, last): (i64, i64),
) -> Result<Vec<Contributor>, StoreError> {
    let ((from, _, first_id), (_, until, _)) = (bounds(first), bounds(last));
    tx.all(&ACTORS, args![kind, first_id, from, until], |r| {
        let (kind, number, count) = (r.text(0)?, r.int(1)?, r.int(2)?.max(0).cast_unsigned());
        let thing = Subject::from_columns(&kind, number);
        // Every id is written the same way.
        let part = Contributor::new(format!("{kind} {}", AccountId::from_i64(number)), count);
        Ok(match thing {
            Some(thing) => part.of(thing.to_text()),
            None => part,
        })
    })
    .await
}
