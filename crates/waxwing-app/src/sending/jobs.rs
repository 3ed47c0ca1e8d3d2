//! The jobs of sending: freezing audiences, closing cancelled sources, and the lane itself.

use super::lane::{self, Tuning};
use super::{RowState, store};
use crate::App;
use std::time::Duration;
use tokio_util::sync::CancellationToken;
use waxwing_domain::{EventKind, ListId, SkipReason, SourceId};
use waxwing_store::{Event, JobContext, JobError, JobRegistry, RoaringBitmap, StoreError};

/// People frozen in one transaction.
const FILL_PAGE: i64 = 5_000;
/// People of a notice frozen in one transaction.
const PEOPLE_PAGE: usize = 2_000;
/// Rows closed in one transaction.
const CLOSE_PAGE: i64 = 2_000;
/// Microseconds until a close looks again whether the lane has let go.
const AGAIN: i64 = 2 * waxwing_domain::Micros::SECOND;

pub(super) fn register(registry: &mut JobRegistry, app: &App) {
    let lane_app = app.clone();
    register_small(registry);
    registry.on("sending.lane", 1_000_000, move |job| run_lane(lane_app.clone(), job));
    registry.every("sending.lane", Duration::from_secs(30));
    registry.standing("sending.lane");
}

/// All but the lane.
pub(super) fn register_small(registry: &mut JobRegistry) {
    registry.on("sending.fill", 20, fill);
    registry.on("sending.close", 1_000, close);
}

/// Freezes the audience of a source, page by page; goes on where a stopped process was.
async fn fill(job: JobContext) -> Result<(), JobError> {
    let id: SourceId = job.job.id_of("source")?;
    let mut tx = job.store.read(job.ctx.workspace, "sending.fill.lists").await?;
    let lists = store::lists(&mut tx, id).await?;
    let people = store::people_of(&mut tx, id).await?;
    drop(tx);
    if let Some(people) = people {
        fill_people(&job, id, people).await?;
    }
    for list in lists {
        while fill_one(&job, id, list).await? {
            if job.stopping() {
                return Err(job.interrupted());
            }
        }
    }
    let mut tx = job.store.begin(job.ctx.workspace, "sending.filled").await?;
    job.fence(&mut tx).await?;
    store::filled(&mut tx, id, job.ctx.now()).await?;
    tx.commit().await?;
    Ok(())
}

/// Freezes exactly these people, page by page.
async fn fill_people(job: &JobContext, id: SourceId, people: RoaringBitmap) -> Result<(), JobError> {
    loop {
        let mut tx = job.store.begin(job.ctx.workspace, "sending.fill").await?;
        job.fence(&mut tx).await?;
        let Some(at) = store::fill_state(&mut tx, id).await? else { return Ok(()) };
        let from = u32::try_from(at.after + 1).unwrap_or(u32::MAX);
        let page: Vec<i64> = people.range(from..).take(PEOPLE_PAGE).map(i64::from).collect();
        if page.is_empty() {
            return Ok(());
        }
        store::fill_people(&mut tx, id, page).await?;
        job.progress(&mut tx, at.audience, 0).await?;
        tx.commit().await?;
        if job.stopping() {
            return Err(job.interrupted());
        }
    }
}

/// One page of one list; says whether there may be another.
async fn fill_one(job: &JobContext, id: SourceId, list: ListId) -> Result<bool, StoreError> {
    let mut tx = job.store.begin(job.ctx.workspace, "sending.fill").await?;
    job.fence(&mut tx).await?;
    let Some(at) = store::fill_state(&mut tx, id).await? else { return Ok(false) };
    if at.list > list.as_i64() {
        return Ok(false);
    }
    let after = if at.list == list.as_i64() { at.after } else { 0 };
    let more = store::fill_page(&mut tx, id, list, after, FILL_PAGE).await?.is_some();
    job.progress(&mut tx, at.audience, 0).await?;
    tx.commit().await?;
    Ok(more)
}

/// Skips what a cancelled source had not sent, once the lane has let go of it.
async fn close(job: JobContext) -> Result<(), JobError> {
    let id: SourceId = job.job.id_of("source")?;
    let mut tx = job.store.begin(job.ctx.workspace, "sending.close").await?;
    store::undefer(&mut tx, id).await?;
    let mut after = close_page(&job, &mut tx, id, 0).await?;
    tx.commit().await?;
    while let Some(last) = after {
        let mut tx = job.store.begin(job.ctx.workspace, "sending.close").await?;
        after = close_page(&job, &mut tx, id, last).await?;
        tx.commit().await?;
    }
    let mut tx = job.store.read(job.ctx.workspace, "sending.closed").await?;
    match store::unsettled(&mut tx, id).await? {
        0 => Ok(()),
        _ => Err(JobError::Retry { after: AGAIN, why: "messages of it are still leaving".into() }),
    }
}

async fn close_page(
    job: &JobContext,
    tx: &mut waxwing_store::Tx,
    id: SourceId,
    after: i64,
) -> Result<Option<i64>, StoreError> {
    let reason = SkipReason::Cancelled.as_str();
    let now = job.ctx.now();
    let closed = store::close_page(tx, id, (after, CLOSE_PAGE), now).await?;
    store::count(tx, id, RowState::Skipped, reason, closed.len()).await?;
    let event = |subject| Event::of(job.ctx.new_id(), now, EventKind::Skipped, subject).in_source(id).because(reason);
    tx.events(closed.iter().map(|subject| event(*subject)).collect()).await?;
    Ok(closed.iter().map(|subject| subject.as_i64()).max())
}

async fn run_lane(app: App, job: JobContext) -> Result<(), JobError> {
    let stop = CancellationToken::new();
    let watched = stop.clone();
    let watching = job.clone();
    let watch = tokio::spawn(async move {
        watching.stopped().await;
        watched.cancel();
    });
    let result = lane::run(&app, job.ctx.workspace, Tuning::default(), stop).await;
    watch.abort();
    result?;
    Err(job.interrupted())
}
