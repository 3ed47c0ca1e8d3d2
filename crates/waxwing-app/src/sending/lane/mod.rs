//! The lane: leases recipients, makes their messages, hands them to relays, settles the outcomes.
//!
//! Guarantee: a message leaves only after its row was durably noted as in flight, under the gate
//! epoch and the pass of its lease, by the newest lane; its outcome is durable before its permit is
//! given back, so at most [`Tuning::permits`] are ever of unknown fate. Limit: what a relay has
//! taken is beyond reach.
//!
//! The way of a batch: `feeder` leases and discloses → `render` makes messages on blocking threads →
//! `flight` sends each with a ticket → `writer` notes take-offs and outcomes in group commits.
//! `pulse` reads the gate beside them; `lines` keeps the relays' connections.

mod backoff;
mod batch;
mod feeder;
mod flight;
mod limits;
mod lines;
mod outbox;
mod pulse;
mod ready;
mod render;
mod writer;

pub(crate) use limits::time_for;
pub(super) use ready::{Ready, people_fields};
pub(super) use render::{Making, make_up, message_for};

use super::store;
use crate::{App, Result};
use futures::StreamExt as _;
use pulse::Pulse;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{Semaphore, mpsc};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use waxwing_domain::{Actor, Ctx, Micros, WorkspaceId};

/// How the lane works. The defaults are decisions; tests and drills change them.
#[derive(Clone, Copy, Debug)]
pub struct Tuning {
    /// Recipients leased at once.
    pub batch: i64,
    /// Messages between take-off and durable outcome, at most: W. Must be the same on every node.
    pub permits: usize,
    /// Microseconds after which an in-flight row of a lane that is gone becomes unknown.
    pub ambiguous_after: i64,
    /// Refusals for content, policy or authentication in a row after which a source is held.
    pub refusals: u32,
    /// Microseconds until a deferred message is first tried again; doubles and more from there.
    pub first_retry: i64,
    /// Microseconds after its first attempt at which a message is given up.
    pub expires_after: i64,
    /// How long a stopping lane waits for messages that are leaving.
    pub farewell: Duration,
    /// A person whose message breaks what makes it: for the test of what becomes of the others.
    #[cfg(test)]
    pub breaks_at: Option<waxwing_domain::SubjectNo>,
}

impl Tuning {
    /// Messages that may be begun and have no outcome yet, at most.
    pub const fn in_hand(&self) -> i64 {
        self.batch + self.permits as i64
    }
}

impl Default for Tuning {
    fn default() -> Self {
        Self {
            batch: 512,
            permits: 256,
            ambiguous_after: 15 * Micros::MINUTE,
            refusals: 20,
            first_retry: Micros::MINUTE,
            expires_after: 3 * Micros::DAY,
            farewell: Duration::from_secs(12),
            #[cfg(test)]
            breaks_at: None,
        }
    }
}

/// What all parts of a running lane share.
struct Shared {
    app: App,
    workspace: WorkspaceId,
    tuning: Tuning,
    /// Fences every lane before this one.
    epoch: i64,
    pulse: Arc<Pulse>,
    lines: lines::Lines,
    writer: mpsc::Sender<writer::Note>,
}

impl Shared {
    /// A context that stands in the record for whoever caused the work.
    fn ctx(&self, origin: Actor) -> Ctx {
        let store = self.app.store();
        Ctx::job(self.workspace, origin, store.clock().clone(), store.rng().clone()).with_purpose("sending")
    }
    fn now(&self) -> Micros {
        self.app.store().clock().now()
    }
}

/// Runs a lane of `workspace` until `stop`, or until another lane takes over. System mail is sent beside it.
///
/// # Errors
/// When the database fails in a way that waiting does not mend.
pub async fn run(app: &App, workspace: WorkspaceId, tuning: Tuning, stop: CancellationToken) -> Result<()> {
    let tuning = tuned(app, workspace, tuning).await?;
    let epoch = begin(app, workspace).await?;
    let pulse = Arc::new(Pulse::new(app.store().clone(), workspace));
    let (writer, notes) = mpsc::channel(tuning.permits * 2 + 16);
    let shared =
        Arc::new(Shared { app: app.clone(), workspace, tuning, epoch, pulse, lines: lines::Lines::default(), writer });
    // Ends pulse, feeder and outbox; the writer ends when nobody can write to it any more.
    let ending = stop.child_token();
    let pulse = tokio::spawn(Arc::clone(&shared.pulse).beat(ending.clone()));
    let writer = tokio::spawn(writer::run(app.clone(), workspace, tuning, epoch, notes));
    let outbox = tokio::spawn(outbox::run(Arc::clone(&shared), ending.clone()));
    let result = carry(&shared, &ending).await;
    ending.cancel();
    shared.lines.close().await;
    drop(shared);
    // A message that outlives the farewell keeps its parts of the lane, and nobody waits for it:
    // its outcome is still written if it comes, else it becomes unknown.
    let parts = async { tokio::join!(outbox, writer, pulse) };
    if tokio::time::timeout(Duration::from_secs(3), parts).await.is_err() {
        tracing::warn!("some messages were still leaving; they become unknown if their outcome stays out");
    }
    result
}

/// What a workspace sets about retries, for demonstrations and drills.
async fn tuned(app: &App, workspace: WorkspaceId, tuning: Tuning) -> Result<Tuning> {
    let mut tx = app.store().read(workspace, "sending.tuning").await?;
    let seconds = crate::settings::value(&mut tx, super::FIRST_RETRY).await?.and_then(|text| text.parse::<i64>().ok());
    let first_retry = seconds.map_or(tuning.first_retry, |seconds| seconds.clamp(1, 86_400) * Micros::SECOND);
    Ok(Tuning { first_retry, ..tuning })
}

/// Takes over: fences the lanes before, puts back what they had only leased.
async fn begin(app: &App, workspace: WorkspaceId) -> Result<i64> {
    let now = app.store().clock().now();
    let mut tx = app.store().begin(workspace, "sending.begin").await?;
    let epoch = store::begin_epoch(&mut tx, now).await?;
    let back = store::recover(&mut tx, epoch, now).await?;
    tx.commit().await?;
    tracing::info!(epoch, back, "the sending lane runs");
    Ok(epoch)
}

/// Feeds, renders and sends until told to stop, then waits for what is leaving.
async fn carry(shared: &Arc<Shared>, ending: &CancellationToken) -> Result<()> {
    let (chunks, leased) = mpsc::channel::<batch::Chunk>(8);
    let feeder = tokio::spawn(feeder::run(Arc::clone(shared), chunks, ending.clone()));
    let threads = std::thread::available_parallelism().map_or(2, usize::from);
    let stream = futures::stream::unfold(leased, |mut leased| async { leased.recv().await.map(|c| (c, leased)) });
    let mut rendered =
        std::pin::pin!(stream.map(|chunk| render::chunk(Arc::clone(shared), chunk)).buffered(threads + 1));
    let permits = Arc::new(Semaphore::new(shared.tuning.permits));
    let flights = TaskTracker::new();
    while let Some(made) = rendered.next().await {
        for one in made {
            let Ok(permit) = Arc::clone(&permits).acquire_owned().await else { break };
            // What is not begun stays leased, and the next lane takes it back.
            if !ending.is_cancelled() {
                flights.spawn(flight::fly(Arc::clone(shared), one, permit));
            }
        }
    }
    flights.close();
    if tokio::time::timeout(shared.tuning.farewell, flights.wait()).await.is_err() {
        tracing::warn!(left = flights.len(), "messages are still leaving after the farewell");
    }
    feeder.await.unwrap_or_else(|_| Err(crate::Error::Conflict("the feeder of the lane broke off".into())))
}
