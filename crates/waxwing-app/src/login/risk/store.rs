//! The SQL of habits and of codes by mail. Account 0 stands for everybody.

use super::features::{Kind, Value};
use std::collections::HashMap;
use waxwing_detect::login::Counts;
use waxwing_domain::{AccountId, Micros};
use waxwing_store::{StoreError, Tx, args, bulk, statement};

statement! { TOTALS,
"SELECT account_id, kind, COUNT(*), CAST(SUM(seen) AS BIGINT), MAX(last_at) FROM login_habits
 WHERE workspace_id = $1 AND account_id IN [$2] GROUP BY account_id, kind" }
statement! { SAME,
"SELECT account_id, kind, value, seen FROM login_habits
 WHERE workspace_id = $1 AND account_id IN [$2] AND kind IN [$3] AND value IN [blob $4]" }
bulk! { REMEMBER, into "login_habits" (account_id: Int, kind: Int, value: Blob, seen: Int, last_at: Int),
"ON CONFLICT (workspace_id, account_id, kind, value) DO UPDATE
 SET seen = login_habits.seen + 1, last_at = excluded.last_at" }
statement! { FORGET, "DELETE FROM login_habits WHERE workspace_id = $1 AND last_at < $2" }
statement! { CODE_PUT, "INSERT INTO login_codes (workspace_id, step_id, mac) VALUES ($1, $2, $3)" }
statement! { CODE_TAKE, "DELETE FROM login_codes WHERE workspace_id = $1 AND step_id = $2 AND mac = $3" }
statement! { CODE_THERE, "SELECT COUNT(*) FROM login_codes WHERE workspace_id = $1 AND step_id = $2" }
statement! { CODES_SWEEP,
"DELETE FROM login_codes WHERE workspace_id = $1
   AND step_id NOT IN (SELECT id FROM login_steps WHERE workspace_id = $1)" }

/// What one person, or everybody, did before.
#[derive(Default)]
pub(super) struct Habits {
    totals: HashMap<i64, (f64, f64)>,
    same: HashMap<(i64, Vec<u8>), f64>,
    /// The last sign-in.
    pub(super) last: Option<Micros>,
}

impl Habits {
    /// How often a value was seen, among how many of its kind.
    pub(super) fn counts(&self, value: &Value) -> Counts {
        let (kinds, total) = self.totals.get(&(value.kind as i64)).copied().unwrap_or_default();
        let same = self.same.get(&(value.kind as i64, value.tag.clone())).copied().unwrap_or_default();
        Counts { same, total, kinds }
    }
}

/// The habits of a person and of everybody, as far as these values need them.
pub(super) async fn habits(tx: &mut Tx, account: AccountId, values: &[Value]) -> Result<(Habits, Habits), StoreError> {
    let whose = vec![0, account.as_i64()];
    let (mut own, mut all) = (Habits::default(), Habits::default());
    let rows = tx.all(&TOTALS, args![whose.clone()], |r| {
        Ok((r.int(0)?, r.int(1)?, r.int(2)? as f64, r.int(3)? as f64, r.time(4)?))
    });
    for (of, kind, kinds, total, last) in rows.await? {
        let habits = if of == 0 { &mut all } else { &mut own };
        habits.totals.insert(kind, (kinds, total));
        habits.last = habits.last.max(Some(last));
    }
    let kinds: Vec<i64> = values.iter().map(|value| value.kind as i64).collect();
    let tags: Vec<Vec<u8>> = values.iter().map(|value| value.tag.clone()).collect();
    let rows = tx.all(&SAME, args![whose, kinds, tags], |r| Ok((r.int(0)?, r.int(1)?, r.blob(2)?, r.int(3)? as f64)));
    for (of, kind, value, seen) in rows.await? {
        let habits = if of == 0 { &mut all } else { &mut own };
        habits.same.insert((kind, value), seen);
    }
    Ok((own, all))
}

/// Counts a sign-in that went through, for its person and for everybody. In one order always, so that two
/// sign-ins at once wait for each other and not both.
pub(super) async fn remember(tx: &mut Tx, account: AccountId, values: &[Value], now: Micros) -> Result<(), StoreError> {
    let mut keys: Vec<(i64, Vec<u8>)> = values.iter().map(|value| (value.kind as i64, value.tag.clone())).collect();
    keys.push((Kind::Total as i64, Vec::new()));
    keys.sort();
    keys.dedup();
    let rows = |of: i64| keys.iter().map(move |(kind, tag)| args![of, *kind, tag.clone(), 1, now]);
    tx.bulk(&REMEMBER, rows(0).chain(rows(account.as_i64())).collect()).await.map(drop)
}

/// Forgets habits not seen since `before`, and codes whose step is gone.
pub(super) async fn sweep(tx: &mut Tx, before: Micros) -> Result<(), StoreError> {
    tx.exec(&FORGET, args![before]).await?;
    tx.exec(&CODES_SWEEP, args![]).await.map(drop)
}

pub(super) async fn put_code(tx: &mut Tx, step: i64, mac: Vec<u8>) -> Result<(), StoreError> {
    tx.exec(&CODE_PUT, args![step, mac]).await.map(drop)
}

/// Whether it was this code; it is used up then.
pub(super) async fn take_code(tx: &mut Tx, step: i64, mac: Vec<u8>) -> Result<bool, StoreError> {
    Ok(tx.exec(&CODE_TAKE, args![step, mac]).await? == 1)
}

pub(super) async fn has_code(tx: &mut Tx, step: i64) -> Result<bool, StoreError> {
    Ok(tx.one(&CODE_THERE, args![step], |row| row.int(0)).await? > 0)
}
