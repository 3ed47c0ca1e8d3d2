//! When the detectors look: right after a bad outcome, and at everything recent each minute.
//!
//! A bad outcome queues `alerts.look` for its source in its own transaction; between bad outcomes the
//! evidence only falls, so nothing is missed by not looking. One that comes while a look runs queues
//! none; the next one, or the minute's round, sees it. Unsubscribes do not name their source and wait
//! for that round.

use super::{canaries, habits, imports, logins, rates, signups, swaps, volumes};
use crate::{App, Error};
use futures::future::BoxFuture;
use serde_json::json;
use std::collections::BTreeMap;
use std::time::Duration;
use waxwing_domain::{EventKind, Micros, SourceId};
use waxwing_store::{Event, EventHook, JobContext, JobError, JobRegistry, NewJob, StoreError, Tx};

/// Bad outcomes gather for so long before they are looked at, in microseconds.
const GATHER: i64 = 200 * 1_000;
/// How long people go on leaving after a campaign, in microseconds.
const AFTERWARDS: i64 = 7 * Micros::DAY;
/// Sources looked at in a round.
const ROUND: i64 = 100;

waxwing_store::inventory::submit! { EventHook::new("alerts", hear) }

/// The jobs of this feature.
pub(crate) fn register(registry: &mut JobRegistry, app: &App) {
    let looking = app.clone();
    registry.on("alerts.look", 20, move |job| look(looking.clone(), job));
    let watching = app.clone();
    registry.on("alerts.watch", 3, move |job| watch(watching.clone(), job));
    let hearing = app.clone();
    registry.on("alerts.canary", 20, move |job| hear_of(hearing.clone(), job));
    registry.every("alerts.watch", Duration::from_secs(60));
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

/// The sources with a bad outcome, each with one event of it.
fn of_sources(events: &[Event]) -> BTreeMap<SourceId, &Event> {
    let bad = events.iter().filter(|event| matches!(event.kind, EventKind::Failed | EventKind::Deferred));
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

async fn watch(app: App, job: JobContext) -> Result<(), JobError> {
    rates::look_at_recent(&app, &job, job.ctx.now().plus(-AFTERWARDS), ROUND).await?;
    volumes::round(&app, &job.ctx, Some(&job)).await?;
    logins::round(&app, &job.ctx, Some(&job)).await?;
    habits::round(&app, &job.ctx, Some(&job)).await?;
    signups::round(&app, &job.ctx, Some(&job)).await?;
    swaps::round(&app, &job.ctx, Some(&job)).await?;
    imports::round(&app, &job.ctx, Some(&job)).await?;
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
