//! The SQL that reads signals one by one, and that keeps what people opened day by day.

use super::store_hours::first_id;
use serde_json::Value;
use waxwing_detect::habit::Day;
use waxwing_domain::{AccountId, Micros};
use waxwing_store::{StoreError, Tx, args, bulk, statement};

/// Signals of a kind that are looked at in a round, the newest.
const MOST: i64 = 5_000;

// Signals are kept in the order of their ids, which grow with time: $2 is where this time begins.
statement! { OF,
"SELECT kind, detail, at FROM signals WHERE workspace_id = $1 AND id >= $2 AND at >= $3 AND kind IN [text $4]
     ORDER BY id DESC LIMIT $5" }
statement! { DAYS,
"SELECT account_id, day, used FROM alerts_habits WHERE workspace_id = $1 AND account_id IN [$2] AND day >= $3
     ORDER BY account_id, day" }
statement! { TODAY, "SELECT account_id FROM alerts_habits WHERE workspace_id = $1 AND day = $2 AND people > $3" }
statement! { OTHERS,
"SELECT people FROM alerts_habits WHERE workspace_id = $1 AND account_id <> $2 AND day >= $3 AND day < $4
     ORDER BY day DESC LIMIT 2000" }
bulk! { PUT, into "alerts_habits" (account_id: Int, day: Int, people: Int, used: Text),
"ON CONFLICT (workspace_id, account_id, day) DO UPDATE SET people = excluded.people, used = excluded.used" }
statement! { SWEEP, "DELETE FROM alerts_habits WHERE workspace_id = $1 AND day < $2" }

/// One signal, as far as it is looked at.
pub(super) struct Noted {
    pub kind: String,
    pub detail: Value,
    pub at: Micros,
}

/// The newest signals of these kinds after `from`.
pub(super) async fn of(tx: &mut Tx, kinds: &[&str], from: Micros) -> Result<Vec<Noted>, StoreError> {
    let kinds: Vec<String> = kinds.iter().map(|kind| (*kind).to_owned()).collect();
    tx.all(&OF, args![first_id(from), from, kinds, MOST], |r| {
        Ok(Noted { kind: r.text(0)?, detail: r.json(1)?, at: r.time(2)? })
    })
    .await
}

/// What these people opened since a day, in the order of days.
pub(super) async fn days(tx: &mut Tx, people: &[i64], first: i64) -> Result<Vec<(i64, i64, Day)>, StoreError> {
    tx.all(&DAYS, args![people.to_vec(), first], |r| Ok((r.int(0)?, r.int(1)?, r.json(2)?))).await
}

/// Who opened more than so many people on a day.
pub(super) async fn busy(tx: &mut Tx, day: i64, more_than: u64) -> Result<Vec<i64>, StoreError> {
    tx.all(&TODAY, args![day, more_than.cast_signed()], |r| r.int(0)).await
}

/// How many people others opened on days of their own.
pub(super) async fn others(tx: &mut Tx, not: AccountId, (first, end): (i64, i64)) -> Result<Vec<u64>, StoreError> {
    tx.all(&OTHERS, args![not, first, end], |r| Ok(r.int(0)?.max(0).cast_unsigned())).await
}

/// Writes days down, whole.
pub(super) async fn put(tx: &mut Tx, days: Vec<((i64, i64), Day)>) -> Result<(), StoreError> {
    let mut rows = Vec::new();
    for ((account, day), used) in days {
        let text = serde_json::to_string(&used).map_err(|_| StoreError::Damaged("a day of habits".into()))?;
        rows.push(args![account, day, used.people.cast_signed(), text]);
    }
    tx.bulk(&PUT, rows).await.map(drop)
}

/// Forgets days before `first`.
pub(super) async fn sweep(tx: &mut Tx, first: i64) -> Result<(), StoreError> {
    tx.exec(&SWEEP, args![first]).await.map(drop)
}
