//! When the detectors look: right after a bad outcome, and at everything recent each minute.
//!
//! A bad outcome queues `alerts.look` for its source in its own transaction; between bad outcomes the
//! evidence only falls, so nothing is missed by not looking. One that comes while a look runs queues
//! none; the next one, or the minute's round, sees it. Unsubscribes do not name their source and wait
//! for that round. A refused or strange sign-in, and a key from elsewhere, queue `alerts.heard` in the same way: whoever
//! guesses passwords is told of within seconds.

use super::store_hours::first_id;
use super::{canaries, clicks, contain, habits, imports, keys, lists, logins, rates, signups, swaps, volumes};
use crate::{App, Error, holds, signals};
use futures::future::BoxFuture;
use serde_json::json;
use std::collections::BTreeMap;
use std::time::Duration;
use waxwing_domain::{Actor, Ctx, EventKind, Micros, SourceId};
use waxwing_store::{Event, EventHook, JobContext, JobError, JobRegistry, NewJob, StoreError, Tx, sweep_jobs};

/// Bad outcomes gather for so long before they are looked at, in microseconds.
const GATHER: i64 = 200 * 1_000;
/// What was observed of sign-ins and keys gathers for so long, in microseconds: tries come by the hundred.
const HEARD: i64 = 2 * Micros::SECOND;
/// The signals that are looked at so soon.
const TELLING: [&str; 4] = ["api_keys.elsewhere", "login.refused", "login.risk", "login.sso_refused"];
/// How long people go on leaving after a campaign, in microseconds.
const AFTERWARDS: i64 = 7 * Micros::DAY;
/// Sources looked at in a round.
const ROUND: i64 = 100;
/// Signals are kept for so long, in microseconds: thrice what the slowest detector looks at.
const SIGNALS: i64 = 90 * Micros::DAY;
/// Jobs that were done are kept for so long, in microseconds.
const JOBS: i64 = 14 * Micros::DAY;
/// Rows forgotten in one transaction, at most of each kind.
const SWEPT: i64 = 5_000;

waxwing_store::inventory::submit! { EventHook::new("alerts", hear) }
waxwing_store::inventory::submit! { signals::Hook::new(hear_signal) }

/// The jobs of this feature.
pub fn register(registry: &mut JobRegistry, app: &App) {
    let looking = app.clone();
    registry.on("alerts.look", 20, move |job| look(looking.clone(), job));
    let heard = app.clone();
    registry.on("alerts.heard", 20, move |job| look_at_credentials(heard.clone(), job));
    let watching = app.clone();
    registry.on("alerts.watch", 3, move |job| watch(watching.clone(), job));
    let hearing = app.clone();
    registry.on("alerts.canary", 20, move |job| hear_of(hearing.clone(), job));
    registry.every("alerts.watch", Duration::from_secs(60));
    let containing = app.clone();
    registry.on("alerts.contain", 20, move |job| contain::run(containing.clone(), job));
    let comparing = app.clone();
    registry.on("alerts.lists", 3, move |job| compare(comparing.clone(), job));
    registry.every("alerts.lists", Duration::from_secs(24 * 3_600));
    let sweeping = app.clone();
    registry.on("alerts.sweep", 3, move |job| sweep(sweeping.clone(), job));
    registry.every("alerts.sweep", Duration::from_secs(24 * 3_600));
}

/// Counts what was sent, and queues a look at every source with a bad outcome among these events.
fn hear<'a>(tx: &'a mut Tx, events: &'a [Event]) -> BoxFuture<'a, Result<(), StoreError>> {
    Box::pin(async move {
        volumes::count_sent(tx, events).await?;
        for (source, event) in of_sources(events) {
            let job = NewJob::now("alerts.look", json!({ "source": source }));
            tx.enqueue_for(event, job.unique(source).at(event.at.plus(GATHER))).await?;
        }
        Ok(())
    })
}

/// Queues a look at sign-ins and keys, for nobody: whoever is looked at may not be able to act any more.
fn hear_signal<'a>(tx: &'a mut Tx, ctx: &'a Ctx, kind: &'static str) -> BoxFuture<'a, crate::Result<()>> {
    Box::pin(async move {
        if TELLING.contains(&kind) {
            let ctx = Ctx { origin: Actor::Job, ..ctx.clone() };
            let job = NewJob::now("alerts.heard", json!({})).unique("heard").at(ctx.now().plus(HEARD));
            tx.enqueue(&ctx, job).await?;
        }
        Ok(())
    })
}

/// The sources with a bad outcome, each with one event of it.
fn of_sources(events: &[Event]) -> BTreeMap<SourceId, &Event> {
    let is_bad =
        |kind| matches!(kind, EventKind::Failed | EventKind::Deferred | EventKind::Bounced | EventKind::Complained);
    let bad = events.iter().filter(|event| is_bad(event.kind));
    bad.filter_map(|event| Some((event.source?, event))).collect()
}

async fn look(app: App, job: JobContext) -> Result<(), JobError> {
    let source = job.job.id_of("source")?;
    match rates::look(&app, &job.ctx, source, Some(&job)).await {
        Ok(_) => Ok(()),
        Err(Error::Conflict(why)) => Err(JobError::Retry { after: Micros::SECOND, why }),
        Err(error) => Err(error.into()),
    }
}

async fn hear_of(app: App, job: JobContext) -> Result<(), JobError> {
    canaries::look(&app, &job.ctx, job.job.id_of("mark")?, Some(&job)).await?;
    Ok(())
}

async fn compare(app: App, job: JobContext) -> Result<(), JobError> {
    lists::round(&app, &job.ctx, Some(&job)).await?;
    Ok(())
}

/// Forgets what no detector looks at any more, a bounded number of rows in each transaction.
async fn sweep(app: App, job: JobContext) -> Result<(), JobError> {
    let now = job.ctx.now();
    loop {
        let mut tx = app.begin(&job.ctx, "alerts.sweep").await?;
        job.fence(&mut tx).await?;
        // What was observed may be asked for as long as everything is held.
        let signals = match holds::keep_all(&mut tx).await? {
            true => 0,
            false => signals::sweep(&mut tx, first_id(now.plus(-SIGNALS)), SWEPT).await?,
        };
        let done = now.plus(-JOBS);
        let jobs = sweep_jobs(&mut tx, (done, first_id(done)), SWEPT).await?;
        tx.commit().await?;
        if signals.max(jobs) < SWEPT.unsigned_abs() {
            return Ok(());
        }
    }
}

async fn look_at_credentials(app: App, job: JobContext) -> Result<(), JobError> {
    logins::round(&app, &job.ctx, Some(&job)).await?;
    keys::round(&app, &job.ctx, Some(&job)).await?;
    Ok(())
}

async fn watch(app: App, job: JobContext) -> Result<(), JobError> {
    rates::look_at_recent(&app, &job, job.ctx.now().plus(-AFTERWARDS), ROUND).await?;
    volumes::round(&app, &job.ctx, Some(&job)).await?;
    look_at_credentials(app.clone(), job.clone()).await?;
    habits::round(&app, &job.ctx, Some(&job)).await?;
    signups::round(&app, &job.ctx, Some(&job)).await?;
    swaps::round(&app, &job.ctx, Some(&job)).await?;
    imports::round(&app, &job.ctx, Some(&job)).await?;
    clicks::round(&app, &job.ctx, Some(&job)).await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use waxwing_domain::SubjectNo;

    #[test]
    fn only_bad_outcomes_of_a_source_are_looked_at_and_each_source_once() {
        let event = |kind, source: Option<i64>| {
            let event = Event::of(1, Micros::from_i64(5), kind, SubjectNo::new(1));
            Event { source: source.map(SourceId::from_i64), ..event }
        };
        let events = [
            event(EventKind::Accepted, Some(1)),
            event(EventKind::Failed, Some(2)),
            event(EventKind::Deferred, Some(2)),
            event(EventKind::Failed, None),
            event(EventKind::Deferred, Some(3)),
        ];
        let sources: Vec<i64> = of_sources(&events).keys().map(|source| source.as_i64()).collect();
        assert_eq!(sources, [2, 3]);
    }
}
