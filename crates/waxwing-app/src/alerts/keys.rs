//! API keys that come from a network they are not for, and keys that read many people as they never did.
//!
//! The first is read from signals of `accounts`, the second from what [`volumes`](super::volumes) counts of the access
//! record. Both are of the right key: nobody without it can cause them. A key is judged by its own days once those are
//! known: from its first day where it was made after counting began, else after two weeks.

use super::logins::about;
use super::store_signals::{self, Noted};
use super::{Detector, Subject, raise, store, store_parts};
use crate::{App, Result, accounts, settings};
use std::collections::{BTreeMap, BTreeSet};
use waxwing_detect::volume::Flow;
use waxwing_detect::{Contributor, keys};
use waxwing_domain::{AlertId, ApiKeyId, Ctx, Micros, Thing};
use waxwing_store::{JobContext, Tx};

/// Attempts of so long are looked at together, in microseconds.
const WINDOW: i64 = Micros::HOUR;
/// Days of a key that are compared with.
const DAYS: i64 = 56;
/// A key that was there before anything was counted is judged after so many days.
const LEARNING: i64 = 14;
/// The setting that holds since which hour what keys read is counted.
pub(super) const COUNTED_SINCE: &str = "alerts.keys_since";

/// Looks at every key that was refused within the hour, or read much today; gives the alerts raised.
pub(super) async fn round(app: &App, ctx: &Ctx, job: Option<&JobContext>) -> Result<Vec<AlertId>> {
    let mut tx = app.read(ctx, "alerts.keys").await?;
    let noted = store_signals::of(&mut tx, &["api_keys.elsewhere"], ctx.now().plus(-WINDOW)).await?;
    let mut found = elsewhere(&noted, day_of(ctx.now()));
    found.extend(bulk(&mut tx, ctx).await?);
    drop(tx);
    raise::all(app, ctx, job, found).await
}

const fn day_of(at: Micros) -> i64 {
    at.as_i64().div_euclid(Micros::DAY)
}

fn alert(detector: Detector, key: ApiKeyId, day: i64) -> impl Fn(waxwing_detect::Finding) -> store::New {
    move |finding| {
        let new = store::New::of(detector, about(&format!("key {key}"), day), finding);
        store::New { subject: Some(Subject::Thing(Thing::ApiKey(key))), ..new }
    }
}

/// Keys that came from where they may not: once a day for each.
fn elsewhere(noted: &[Noted], day: i64) -> Vec<store::New> {
    let mut by_key: BTreeMap<ApiKeyId, Vec<&Noted>> = BTreeMap::new();
    for one in noted {
        if let Ok(key) = serde_json::from_value(one.detail["key"].clone()) {
            by_key.entry(key).or_default().push(one);
        }
    }
    let found = by_key.into_iter().filter_map(|(key, noted)| {
        let mut networks: BTreeMap<&str, u64> = BTreeMap::new();
        for one in &noted {
            *networks.entry(one.detail["network"].as_str().unwrap_or_default()).or_default() += 1;
        }
        let networks: Vec<u64> = networks.into_values().collect();
        let new = keys::elsewhere(noted.len() as u64, &networks).map(alert(Detector::KeyElsewhere, key, day))?;
        Some(store::New { since: noted.iter().map(|one| one.at).min(), ..new })
    });
    found.collect()
}

/// Keys that read far more people today than on any day of their own.
async fn bulk(tx: &mut Tx, ctx: &Ctx) -> Result<Vec<store::New>> {
    let Some(since) = settings::value(tx, COUNTED_SINCE).await?.and_then(|text| text.parse::<i64>().ok()) else {
        return Ok(Vec::new());
    };
    let today = day_of(ctx.now());
    let mut found = Vec::new();
    for (key, people) in store_parts::busy(tx, Flow::ApiReads, today * 24, keys::FLOOR).await? {
        let key = ApiKeyId::from_i64(key);
        if is_known(tx, key, (since, today)).await? {
            found.extend(weigh(tx, key, people, today).await?);
        }
    }
    Ok(found)
}

/// Whether all of a key's days were counted, or enough of them.
async fn is_known(tx: &mut Tx, key: ApiKeyId, (since, today): (i64, i64)) -> Result<bool> {
    let made = accounts::key_made_at(tx, key).await?.map_or(i64::MIN, |at| at.as_i64().div_euclid(Micros::HOUR));
    Ok(made > since || today - since.div_euclid(24) >= LEARNING)
}

async fn weigh(tx: &mut Tx, key: ApiKeyId, people: u64, today: i64) -> Result<Option<store::New>> {
    let hours = store_parts::of_one(tx, Flow::ApiReads, key.as_i64(), (today - DAYS) * 24).await?;
    let mut days: BTreeMap<i64, u64> = BTreeMap::new();
    for (hour, amount) in &hours {
        *days.entry(hour.div_euclid(24)).or_default() += amount;
    }
    days.remove(&today);
    let own: Vec<u64> = days.into_values().collect();
    let Some(mut finding) = keys::bulk(people, &own) else { return Ok(None) };
    let of_today: BTreeSet<(i64, u64)> = hours.into_iter().filter(|(hour, _)| *hour >= today * 24).collect();
    finding.contributors = waxwing_detect::Finding::ranked(of_today.iter().map(by_hour).collect());
    let since = of_today.first().map(|(hour, _)| Micros::from_i64(hour * Micros::HOUR));
    Ok(Some(store::New { since, ..alert(Detector::KeyBulk, key, today)(finding) }))
}

fn by_hour((hour, amount): &(i64, u64)) -> Contributor {
    let of_day = hour.rem_euclid(24);
    Contributor::new(format!("{of_day:02}:00 to {of_day:02}:59 UTC"), *amount)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn attempts_are_counted_by_key_and_network_and_begin_with_the_first() {
        let noted = |key: i64, network: &str, at: i64| Noted {
            kind: "api_keys.elsewhere".into(),
            detail: json!({ "key": ApiKeyId::from_i64(key), "network": network }),
            at: Micros::from_i64(at),
        };
        let broken = Noted { detail: json!({ "key": "none" }), ..noted(1, "", 1) };
        let all = [noted(1, "a", 30), noted(1, "a", 20), noted(1, "b", 25), noted(2, "a", 40), broken];
        let found = elsewhere(&all, 5);
        assert_eq!(found.len(), 2);
        assert_eq!(found[0].subject, Some(Subject::Thing(Thing::ApiKey(ApiKeyId::from_i64(1)))));
        assert_eq!((found[0].finding.observed, found[0].since), (3.0, Some(Micros::from_i64(20))));
        assert_eq!(found[0].finding.contributors[0].count, 2);
        assert_ne!(found[0].about, found[1].about);
    }
}
