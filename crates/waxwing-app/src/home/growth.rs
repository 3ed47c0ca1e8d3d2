//! How the audience grew: one count a day, for thirty days.

use super::store;
use crate::settings;
use std::collections::BTreeMap;
use waxwing_domain::{Ctx, Micros};
use waxwing_store::{StoreError, Tx};

const KEY: &str = "home.audience";
/// Days that are kept and shown.
const DAYS: i64 = 30;

/// Days since 1970 (UTC) and how many people there were at their end.
type Days = BTreeMap<i64, i64>;

fn day(at: Micros) -> i64 {
    at.as_i64().div_euclid(Micros::DAY)
}

async fn kept(tx: &mut Tx) -> crate::Result<Option<Days>> {
    let text = settings::value(tx, KEY).await?;
    let days = text.map(|text| serde_json::from_str(&text)).transpose();
    Ok(days.map_err(|_| StoreError::Damaged("the daily counts of people".into()))?)
}

/// Counts today's people into the days that are kept. The first time, the days before are made
/// from when those who are here now were added; who had left by then is not in them.
pub(super) async fn count(tx: &mut Tx, ctx: &Ctx) -> crate::Result<()> {
    let today = day(ctx.now());
    let mut days = match kept(tx).await? {
        Some(days) => days,
        None => history(&store::added_by_day(tx).await?, today),
    };
    days.insert(today, store::people(tx).await?);
    days.retain(|at, _| *at > today - DAYS);
    let text = serde_json::to_string(&days).map_err(|_| StoreError::Damaged("the daily counts of people".into()))?;
    settings::set_value(tx, ctx, KEY, &text).await
}

fn history(added: &[(i64, i64)], today: i64) -> Days {
    let total = |until: i64| added.iter().take_while(|(at, _)| *at <= until).map(|(_, count)| count).sum();
    let first = added.first().map_or(today, |(at, _)| *at).max(today - DAYS + 1);
    (first..=today).map(|at| (at, total(at))).collect()
}

/// The days to show, the last one with `now_there` people; each with the moment it began.
pub(super) async fn show(tx: &mut Tx, ctx: &Ctx, now_there: i64) -> crate::Result<Vec<(Micros, i64)>> {
    let today = day(ctx.now());
    let mut days = kept(tx).await?.unwrap_or_default();
    days.insert(today, now_there);
    days.retain(|at, _| *at > today - DAYS);
    Ok(days.into_iter().map(|(at, count)| (Micros::from_i64(at * Micros::DAY), tx.shown(count))).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_history_adds_up_and_begins_with_the_first_person() {
        let days = history(&[(10, 5), (12, 3)], 13);
        assert_eq!(days.into_iter().collect::<Vec<_>>(), [(10, 5), (11, 5), (12, 8), (13, 8)]);
        assert_eq!(history(&[], 13).into_iter().collect::<Vec<_>>(), [(13, 0)]);
        assert_eq!(history(&[(1, 7)], 100).len(), 30);
    }
}
