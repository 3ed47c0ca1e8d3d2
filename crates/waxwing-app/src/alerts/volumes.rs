//! What flows bring, hour by hour, and whether an hour or a week is far from what is usual.
//!
//! Messages are counted in the transaction of their outcomes. Sign-ups and exports are counted from
//! signals, and reads by programs from the access record itself, each minute: a burst is told within
//! about a minute, once a day for each flow.

use super::{Detector, Subject, habits, keys, parts, raise, store, store_hours, store_parts};
use crate::{App, Result, settings};
use serde_json::Value;
use std::collections::BTreeMap;
use waxwing_detect::Finding;
use waxwing_detect::volume::{self, Flow, HISTORY, Hour, WEEK};
use waxwing_domain::{Actor, AlertId, ApiKeyId, Ctx, EventKind, Micros, Operation};
use waxwing_store::{Event, JobContext, StoreError, Tx, record_from, record_head};

/// Hours that are kept: what a baseline learns from, and the week before it that is judged.
const KEPT: i64 = (HISTORY + WEEK) as i64;
/// Entries of the record read in a round.
const ENTRIES: i64 = 5_000;
/// The setting that holds up to which entry the record was read.
const READ_UNTIL: &str = "alerts.read_until";

fn hour_of(at: Micros) -> i64 {
    at.as_i64().div_euclid(Micros::HOUR)
}

/// Adds the messages that relays accepted to the hour they were accepted in.
pub(super) async fn count_sent(tx: &mut Tx, events: &[Event]) -> std::result::Result<(), StoreError> {
    let (mut hours, mut parts) = (BTreeMap::new(), BTreeMap::new());
    for event in events.iter().filter(|event| event.kind == EventKind::Accepted) {
        let hour = hour_of(event.at);
        *hours.entry(hour).or_default() += 1;
        if let Some(source) = event.source {
            *parts.entry((hour, source.as_i64())).or_default() += 1;
        }
    }
    for (hour, amount) in hours {
        store_hours::add(tx, Flow::Sent, hour, amount).await?;
    }
    store_parts::add(tx, Flow::Sent, parts).await
}

/// Counts what is new, then looks at every flow; gives the alerts raised.
pub(super) async fn round(app: &App, ctx: &Ctx, job: Option<&JobContext>) -> Result<Vec<AlertId>> {
    tally(app, ctx, job).await?;
    let mut tx = app.read(ctx, "alerts.volumes").await?;
    let found = weigh(&mut tx, hour_of(ctx.now())).await?;
    drop(tx);
    raise::all(app, ctx, job, found).await
}

/// The signal that a flow is counted from, where it is one.
const fn signal_of(flow: Flow) -> Option<&'static str> {
    match flow {
        Flow::Signups => Some("signup.asked"),
        Flow::Exports => Some("export.begun"),
        Flow::Refused => Some("login.refused"),
        Flow::Sent | Flow::ApiReads => None,
    }
}

/// Writes down what this hour and the one before brought so far.
async fn tally(app: &App, ctx: &Ctx, job: Option<&JobContext>) -> Result<()> {
    let hour = hour_of(ctx.now());
    let mut tx = app.read(ctx, "alerts.count").await?;
    let mut counts = Vec::new();
    for flow in Flow::ALL {
        let Some(kind) = signal_of(flow) else { continue };
        for hour in [hour - 1, hour] {
            counts.push((flow, hour, store_hours::signals(&mut tx, kind, hour).await?));
        }
    }
    let reads = reads(&mut tx).await?;
    drop(tx);
    counts.retain(|(_, _, amount)| *amount > 0);
    if counts.is_empty() && reads.nothing_new() {
        return Ok(());
    }
    let mut tx = app.begin(ctx, "alerts.tally").await?;
    if let Some(job) = job {
        job.fence(&mut tx).await?;
    }
    for (flow, hour, amount) in counts {
        store_hours::put(&mut tx, flow, hour, amount).await?;
    }
    for (hour, amount) in reads.by_hour {
        store_hours::add(&mut tx, Flow::ApiReads, hour, amount).await?;
    }
    store_parts::add(&mut tx, Flow::ApiReads, reads.by_key).await?;
    habits::add(&mut tx, reads.by_person).await?;
    if reads.begins {
        settings::set_value(&mut tx, ctx, keys::COUNTED_SINCE, &hour.to_string()).await?;
    }
    settings::set_value(&mut tx, ctx, READ_UNTIL, &reads.until.to_string()).await?;
    store_hours::sweep(&mut tx, hour - KEPT).await?;
    store_parts::sweep(&mut tx, hour - KEPT).await?;
    habits::sweep(&mut tx, hour.div_euclid(24)).await?;
    Ok(tx.commit().await?)
}

/// What the record's new entries say of reads by programs and by people.
#[derive(Default)]
struct Reads {
    before: i64,
    until: i64,
    by_hour: BTreeMap<i64, i64>,
    /// By hour and key.
    by_key: BTreeMap<(i64, i64), i64>,
    by_person: habits::Days,
    /// Whether keys were never counted before.
    begins: bool,
}

impl Reads {
    const fn nothing_new(&self) -> bool {
        self.before == self.until && !self.begins
    }
}

async fn reads(tx: &mut Tx) -> Result<Reads> {
    let (size, _) = record_head(tx).await?;
    let known = settings::value(tx, READ_UNTIL).await?.and_then(|text| text.parse().ok());
    // What was read before anybody counted is no burst of now.
    let begins = settings::value(tx, keys::COUNTED_SINCE).await?.is_none();
    let Some(before) = known else { return Ok(Reads { before: -1, until: size, begins, ..Reads::default() }) };
    let entries = record_from(tx, before, ENTRIES).await?;
    let mut reads = Reads { before, until: before, begins, ..Reads::default() };
    for (index, leaf) in entries {
        reads.until = index + 1;
        if let Some((hour, key, people)) = read_by_program(&leaf) {
            *reads.by_hour.entry(hour).or_default() += people;
            *reads.by_key.entry((hour, key)).or_default() += people;
        }
        habits::count(&mut reads.by_person, &leaf);
    }
    Ok(reads)
}

/// The hour, key and number of people of an entry by which a program got people's data.
fn read_by_program(leaf: &Value) -> Option<(i64, i64, i64)> {
    let operation = leaf["operation"].as_str().and_then(Operation::parse)?;
    let hands_out = matches!(operation, Operation::Read | Operation::Search | Operation::Export);
    let key = leaf["actor"][1].as_i64()?;
    let program = Actor::ApiKey(ApiKeyId::from_i64(key)).kind();
    if !hands_out || leaf["actor"][0].as_str() != Some(program) {
        return None;
    }
    // Each part is of other people: those for whom the same fields were there.
    let people: i64 = leaf["parts"].as_array()?.iter().filter_map(|part| part[1].as_i64()).sum();
    (people > 0).then_some((leaf["at"].as_i64()?.div_euclid(Micros::HOUR), key, people))
}

/// What stands out now.
async fn weigh(tx: &mut Tx, hour: i64) -> Result<Vec<store::New>> {
    let mut found = Vec::new();
    for flow in Flow::ALL {
        let hours = store_hours::since(tx, flow, hour - KEPT).await?;
        let now = hours.last().copied().filter(|last| last.number == hour).unwrap_or(Hour { number: hour, count: 0 });
        let past = &hours[..hours.partition_point(|one| one.number < hour)];
        if let Some(finding) = volume::look(flow, past, now) {
            let new = store::New::of(Detector::Burst(flow), hour.div_euclid(24), finding);
            found.push(named(tx, flow, (hour, hour), new).await?);
        }
        // The hour that runs is not whole.
        if let Some(finding) = volume::drift(flow, past, hour - 1) {
            let new = store::New::of(Detector::Drift(flow), hour.div_euclid(WEEK as i64), finding);
            found.push(named(tx, flow, (hour - WEEK as i64, hour - 1), new).await?);
        }
    }
    Ok(found)
}

/// The same with who brought most of these hours, and with the one thing that plainly did.
async fn named(tx: &mut Tx, flow: Flow, hours: parts::Hours, new: store::New) -> Result<store::New> {
    let whole = new.finding.observed;
    let contributors = parts::of(tx, flow, hours, whole).await?;
    let subject = parts::subject(&contributors, whole);
    let campaign = match subject {
        Some(Subject::Campaign(campaign)) => Some(campaign),
        _ => None,
    };
    let since = Some(Micros::from_i64(hours.0 * Micros::HOUR));
    Ok(store::New { campaign, subject, since, finding: Finding { contributors, ..new.finding }, ..new })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn leaf(actor: &str, operation: &str, people: &[i64]) -> Value {
        let parts: Vec<Value> = people.iter().map(|people| json!([[1], people, "hash"])).collect();
        json!({ "operation": operation, "actor": [actor, 7, 0], "at": 3 * Micros::HOUR + 5, "parts": parts })
    }

    #[test]
    fn only_people_that_went_to_a_program_count() {
        assert_eq!(read_by_program(&leaf("api_key", "read", &[40, 25])), Some((3, 7, 65)));
        assert_eq!(read_by_program(&leaf("api_key", "export", &[9])), Some((3, 7, 9)));
        assert_eq!(read_by_program(&leaf("account", "read", &[40])), None);
        assert_eq!(read_by_program(&leaf("api_key", "change", &[40])), None);
        assert_eq!(read_by_program(&leaf("api_key", "read", &[])), None);
        assert_eq!(read_by_program(&json!({ "operation": 5 })), None);
    }
}
