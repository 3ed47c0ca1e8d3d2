//! One batch of one endpoint: claim, render, send, settle.
//!
//! Promise: a process that is killed anywhere here has its batch sent again after a minute; two
//! that run at once never claim the same attempt. The gate is asked in the transaction of the claim
//! and again before each request; what it stops goes back, and does not count as an attempt.

use super::endpoint::{Endpoint, State};
use super::payload::{self, Message};
use super::send::{Answer, Door};
use super::store_deliveries::{Claimed, Settled};
use super::{Standing, health, seals, store, store_deliveries};
use crate::{App, Result};
use futures::{StreamExt as _, stream};
use std::collections::HashMap;
use waxwing_domain::{Ctx, EventId, Micros, Thing, WebhookId};
use waxwing_store::{Gate, JobContext, Tx};

/// Deliveries claimed at once.
const BATCH: i64 = 8;
/// Requests to one endpoint at a time.
const WIDTH: usize = 4;
/// Microseconds that a claim lasts: longer than a batch can take.
const LEASE: i64 = 2 * Micros::MINUTE;
/// Microseconds from a failed attempt to the next; the last of the ten ends about 75 hours after
/// the first (the schedule that the Standard Webhooks text proposes).
const SCHEDULE: [i64; 9] = [
    5 * Micros::SECOND,
    5 * Micros::MINUTE,
    30 * Micros::MINUTE,
    2 * Micros::HOUR,
    5 * Micros::HOUR,
    10 * Micros::HOUR,
    14 * Micros::HOUR,
    20 * Micros::HOUR,
    24 * Micros::HOUR,
];

/// A claimed batch and all it takes to send it.
struct Batch {
    endpoint: Endpoint,
    door: Door,
    claimed: Vec<Claimed>,
    messages: HashMap<EventId, Message>,
}

/// Sends one batch; gives how many deliveries were claimed.
pub(super) async fn batch(app: &App, ctx: &Ctx, job: Option<&JobContext>, id: WebhookId) -> Result<usize> {
    let Some(batch) = take(app, ctx, job, id).await? else { return Ok(0) };
    let settled: Vec<(Settled, Option<Answer>)> = stream::iter(batch.claimed.iter().copied())
        .map(|claimed| attempt(app, ctx, &batch, claimed))
        .buffer_unordered(WIDTH)
        .collect()
        .await;
    let count = settled.len();
    let mut tx = app.begin(ctx, "webhooks.settle").await?;
    health::note(app, &mut tx, ctx, &batch.endpoint, settled.iter().filter_map(|(_, answer)| answer.as_ref())).await?;
    store_deliveries::settle(&mut tx, id, settled.into_iter().map(|(settled, _)| settled).collect()).await?;
    tx.commit().await?;
    Ok(count)
}

async fn take(app: &App, ctx: &Ctx, job: Option<&JobContext>, id: WebhookId) -> Result<Option<Batch>> {
    let mut tx = app.begin(ctx, "webhooks.claim").await?;
    if let Some(job) = job {
        job.fence(&mut tx).await?;
    }
    let Some((endpoint, sealed)) = sendable(&mut tx, id).await? else { return Ok(None) };
    let now = ctx.now();
    let claimed = store_deliveries::claim(&mut tx, id, now, now.plus(LEASE), BATCH).await?;
    let events = tx.events_by_id(claimed.iter().map(|one| one.event.as_i64()).collect()).await?;
    tx.commit().await?;
    if claimed.is_empty() {
        return Ok(None);
    }
    let caused = Ctx { origin: endpoint.caused, ..ctx.clone() }.with_purpose("webhook");
    let messages = payload::render(app, &caused, &endpoint, &events).await?;
    Ok(Some(Batch { door: Door::open(app, ctx, id, &sealed)?, endpoint, claimed, messages }))
}

/// The endpoint, if it is on and the gate is open.
async fn sendable(tx: &mut Tx, id: WebhookId) -> Result<Option<(Endpoint, store::Secrets)>> {
    if !is_open(&tx.gate().await?, id) {
        return Ok(None);
    }
    let endpoint = store::by_id(tx, id).await?.filter(|endpoint| endpoint.state == State::On);
    Ok(endpoint.zip(store::secrets(tx, id).await?))
}

/// Whether the gate lets anything out there: what is contained queues.
fn is_open(gate: &Gate, id: WebhookId) -> bool {
    gate.level.may_send() && gate.lets(Thing::Webhook(id))
}

async fn attempt(app: &App, ctx: &Ctx, batch: &Batch, claimed: Claimed) -> (Settled, Option<Answer>) {
    let now = ctx.now();
    let Some(message) = batch.messages.get(&claimed.event) else {
        return (over(claimed, now, "The event is not kept any more."), None);
    };
    // A reading that cannot be had counts as closed.
    if !app.gate().now(ctx.workspace).await.is_ok_and(|gate| is_open(&gate, batch.endpoint.id)) {
        return (put_back(claimed, now), None);
    }
    let answer = batch.door.send(app, ctx, message).await;
    (settled(app, ctx, claimed, &answer), Some(answer))
}

fn settled(app: &App, ctx: &Ctx, claimed: Claimed, answer: &Answer) -> Settled {
    let now = ctx.now();
    let (state, next_at) = match (&answer.problem, wait(ctx, claimed.attempts)) {
        (None, _) => (Standing::Delivered, now),
        (Some(_), Some(wait)) => (Standing::Waiting, now.plus(wait)),
        (Some(_), None) => (Standing::Failed, now),
    };
    Settled {
        claimed,
        state,
        attempts: claimed.attempts,
        next_at,
        last_at: Some(now),
        status: answer.status.map(i64::from),
        problem: answer.problem.clone(),
        took: i64::try_from(answer.took.as_millis()).ok(),
        excerpt: sealed_excerpt(app, ctx, claimed.event, &answer.excerpt),
    }
}

/// An excerpt that cannot be sealed is not kept.
fn sealed_excerpt(app: &App, ctx: &Ctx, event: EventId, excerpt: &[u8]) -> Option<Vec<u8>> {
    if excerpt.is_empty() {
        return None;
    }
    match seals::seal_answer(app, ctx.workspace, event, excerpt) {
        Ok(sealed) => Some(sealed),
        Err(error) => {
            tracing::error!(%error, "the beginning of a receiver's answer was not kept");
            None
        }
    }
}

/// Microseconds until the next attempt, a tenth more or less by chance; `None` after the last.
fn wait(ctx: &Ctx, attempts: i64) -> Option<i64> {
    let place = usize::try_from(attempts - 1).ok()?;
    let wait = *SCHEDULE.get(place)?;
    let mut chance = [0];
    ctx.rng.fill(&mut chance);
    Some(wait - wait / 10 + wait / 5 * i64::from(chance[0]) / 255)
}

fn put_back(claimed: Claimed, now: Micros) -> Settled {
    Settled { state: Standing::Waiting, attempts: claimed.attempts - 1, last_at: None, ..over(claimed, now, "") }
}

fn over(claimed: Claimed, now: Micros, problem: &str) -> Settled {
    Settled {
        claimed,
        state: Standing::Failed,
        attempts: claimed.attempts,
        next_at: now,
        last_at: Some(now),
        status: None,
        problem: Some(problem.to_owned()).filter(|text| !text.is_empty()),
        took: None,
        excerpt: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;
    use waxwing_domain::{TestClock, TestRng, WorkspaceId};

    #[test]
    fn a_delivery_is_tried_ten_times_in_about_three_days() {
        let clock = Arc::new(TestClock::at(1));
        let ctx = Ctx::host(WorkspaceId::from_i64(1), clock, Arc::new(TestRng::seeded(7)));
        let waits: Vec<i64> = (1..).map_while(|attempts| wait(&ctx, attempts)).collect();
        assert_eq!(waits.len(), 9);
        for (wait, planned) in waits.iter().zip(SCHEDULE) {
            assert!((wait - planned).abs() <= planned / 10, "{wait} for {planned}");
        }
        assert!(waits.iter().zip(SCHEDULE).any(|(wait, planned)| *wait != planned), "no two receivers in step");
        let total: i64 = SCHEDULE.iter().sum();
        assert!((3 * Micros::DAY..4 * Micros::DAY).contains(&total));
    }
}
