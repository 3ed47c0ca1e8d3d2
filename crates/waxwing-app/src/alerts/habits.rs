//! What each person opens day by day, read from the access record, against their own days and their peers'.

use super::{Detector, raise, store, store_signals};
use crate::{App, Result};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use waxwing_detect::habit::{self, Day};
use waxwing_domain::{AccountId, AlertId, Ctx, Micros, Operation};
use waxwing_store::{JobContext, StoreError, Tx};

/// Days that are kept and compared with.
const KEPT: i64 = 56;
/// Lists and other things remembered of a day; more are as good as new.
const SOURCES: usize = 200;

/// What people opened: by person and day.
pub(super) type Days = BTreeMap<(i64, i64), Day>;

/// Adds what an entry of the record says, if by it a person got people's data.
pub(super) fn count(days: &mut Days, leaf: &Value) {
    let Some((person, at, people)) = opened(leaf) else { return };
    let day = days.entry((person, at.div_euclid(Micros::DAY))).or_default();
    day.people += people;
    let hour = u8::try_from(at.rem_euclid(Micros::DAY) / Micros::HOUR).unwrap_or(0);
    *day.hours.entry(hour).or_default() += people;
    if let (Some(source), true) = (leaf["object"][1].as_i64(), day.sources.len() < SOURCES) {
        day.sources.insert(source);
    }
    let parts = leaf["parts"].as_array().map(Vec::as_slice).unwrap_or_default();
    let fields = parts.iter().filter_map(|part| part[0].as_array()).flatten();
    day.fields.extend(fields.filter_map(|field| field.as_u64()).filter_map(|field| u32::try_from(field).ok()));
}

/// Who, when and how many people, where an entry handed data to a person.
fn opened(leaf: &Value) -> Option<(i64, i64, u64)> {
    let operation = leaf["operation"].as_str().and_then(Operation::parse)?;
    let hands_out = matches!(operation, Operation::Read | Operation::Search | Operation::Export);
    if !hands_out || leaf["actor"][0] != "account" {
        return None;
    }
    let people: u64 = leaf["parts"].as_array()?.iter().filter_map(|part| part[1].as_u64()).sum();
    (people > 0).then_some((leaf["actor"][1].as_i64()?, leaf["at"].as_i64()?, people))
}

/// Adds to the days that are kept.
pub(super) async fn add(tx: &mut Tx, mut new: Days) -> std::result::Result<(), StoreError> {
    let Some(first) = new.keys().map(|(_, day)| *day).min() else { return Ok(()) };
    let people: BTreeSet<i64> = new.keys().map(|(person, _)| *person).collect();
    let people: Vec<i64> = people.into_iter().collect();
    for (person, day, known) in store_signals::days(tx, &people, first).await? {
        if let Some(added) = new.get_mut(&(person, day)) {
            merge(added, known);
        }
    }
    store_signals::put(tx, new.into_iter().collect()).await
}

fn merge(into: &mut Day, known: Day) {
    into.people += known.people;
    for (hour, people) in known.hours {
        *into.hours.entry(hour).or_default() += people;
    }
    into.sources.extend(known.sources);
    into.fields.extend(known.fields);
}

/// Forgets days that are too old to compare with.
pub(super) async fn sweep(tx: &mut Tx, today: i64) -> std::result::Result<(), StoreError> {
    store_signals::sweep(tx, today - KEPT).await
}

/// Looks at everybody who opened much today; gives the alerts raised.
pub(super) async fn round(app: &App, ctx: &Ctx, job: Option<&JobContext>) -> Result<Vec<AlertId>> {
    let today = ctx.now().as_i64().div_euclid(Micros::DAY);
    let mut tx = app.read(ctx, "alerts.habits").await?;
    let mut found = Vec::new();
    for person in store_signals::busy(&mut tx, today, habit::FLOOR).await? {
        found.extend(weigh(&mut tx, AccountId::from_i64(person), today).await?);
    }
    drop(tx);
    raise::all(app, ctx, job, found).await
}

async fn weigh(tx: &mut Tx, person: AccountId, today: i64) -> Result<Option<store::New>> {
    let days = store_signals::days(tx, &[person.as_i64()], today - KEPT).await?;
    let (now, past): (Vec<_>, Vec<_>) = days.into_iter().partition(|(_, day, _)| *day == today);
    let Some((_, _, now)) = now.into_iter().next() else { return Ok(None) };
    let past: Vec<Day> = past.into_iter().map(|(_, _, day)| day).collect();
    let peers = store_signals::others(tx, person, (today - KEPT, today)).await?;
    let about = super::logins::about(&person.to_string(), today);
    let first = now.hours.keys().next().copied().unwrap_or_default();
    let since = Some(Micros::from_i64(today * Micros::DAY + i64::from(first) * Micros::HOUR));
    Ok(habit::look(&now, &past, &peers).map(|finding| store::New {
        account: Some(person),
        since,
        ..store::New::of(Detector::Habit, about, finding)
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn leaf(actor: &str, operation: &str, hour: i64, people: u64) -> Value {
        json!({ "operation": operation, "actor": [actor, 7, 0], "at": hour * Micros::HOUR + 5,
            "object": ["list", 3], "parts": [[[1, 2], people, "hash"]] })
    }

    #[test]
    fn only_people_that_went_to_a_person_count_and_by_their_hour() {
        let mut days = Days::new();
        for leaf in [
            leaf("account", "read", 9, 40),
            leaf("account", "export", 33, 25),
            leaf("api_key", "read", 9, 900),
            leaf("account", "change", 9, 900),
            json!({ "operation": 5 }),
        ] {
            count(&mut days, &leaf);
        }
        let expected =
            |people, hour| Day { people, hours: [(hour, people)].into(), sources: [3].into(), fields: [1, 2].into() };
        assert_eq!(days, BTreeMap::from([((7, 0), expected(40, 9)), ((7, 1), expected(25, 9))]));
    }
}
