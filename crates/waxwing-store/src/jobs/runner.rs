//! The runner: claims jobs while it holds the runner lease, keeps their leases alive, retries.
//!
//! Promise: a job whose process died runs again; a job that lost its lease is told so before it
//! can commit. One process of an installation runs jobs at a time; another takes over within ten
//! seconds of its last heartbeat.

use super::queue::origin_from;
use super::{Job, JobStatus, NewJob, job_status};
use crate::{Lease, LeaseHold, Lost, Store, StoreError, Tx, args, statement};
use futures::future::BoxFuture;
use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::watch;
use tokio::task::JoinSet;
use waxwing_domain::{Actor, Ctx, JobId, Micros, WorkspaceId};

/// How long a claimed job is ours without a heartbeat.
const LEASE: i64 = 15 * Micros::SECOND;
/// Microseconds until a job is tried again that met a full disk or no database.
const AFTER_OUTAGE: i64 = 10 * Micros::SECOND;
/// How many jobs run side by side; each workspace may run one whatever the others do.
const WIDTH: usize = 8;
/// How old the list of workspaces may be: a new one gets its standing and repeated jobs by then.
const WORKSPACES: Duration = Duration::from_secs(2);

// In turn: a workspace's next job waits behind those of workspaces that have fewer running, and its
// first one never waits. Standing jobs are in nobody's way. One runner holds the lease, so nobody
// else claims beside it.
statement! { system CLAIM,
"UPDATE jobs SET state = 'leased', attempts = attempts + 1, lease_epoch = lease_epoch + 1, lease_until = $2
     WHERE state = 'ready' AND id IN (
       SELECT id FROM (
         SELECT id, turn, ROW_NUMBER() OVER (ORDER BY turn, run_at, id) AS place FROM (
           SELECT j.id, j.run_at, COALESCE(b.busy, 0) + ROW_NUMBER() OVER (PARTITION BY j.workspace_id ORDER BY j.run_at, j.id) AS turn
           FROM jobs j LEFT JOIN (
             SELECT workspace_id, COUNT(*) AS busy FROM jobs WHERE state = 'leased' AND NOT (kind IN [text $4]) GROUP BY workspace_id
           ) b ON b.workspace_id = j.workspace_id
           WHERE j.state = 'ready' AND j.run_at <= $1 AND NOT (j.kind IN [text $4])) turns) places
       WHERE turn = 1 OR place <= $3
       UNION ALL
       SELECT id FROM jobs WHERE state = 'ready' AND run_at <= $1 AND kind IN [text $4])
     RETURNING id, workspace_id, kind, payload, attempts, lease_epoch, origin_kind, origin_a, origin_b" }
statement! { system READY, "SELECT id FROM jobs WHERE state = 'ready' AND run_at <= $1 LIMIT 1" }
statement! { system STALE, "SELECT id FROM jobs WHERE state = 'leased' AND lease_until < $1 LIMIT 1" }
statement! { system REQUEUE, "UPDATE jobs SET state = 'ready' WHERE state = 'leased' AND lease_until < $1" }
statement! { system BEAT, "UPDATE jobs SET lease_until = $3 WHERE id = $1 AND lease_epoch = $2 AND state = 'leased'" }
statement! { PROGRESS, "UPDATE jobs SET progress_done = $3, progress_total = $4 WHERE workspace_id = $1 AND id = $2 AND lease_epoch = $5" }
statement! { MINE, "SELECT lease_epoch FROM jobs WHERE workspace_id = $1 AND id = $2 AND lease_epoch = $3 AND state = 'leased'" }
statement! { system FINISH,
"UPDATE jobs SET state = $3, run_at = $4, error = $5, finished_at = $6, attempts = $7 WHERE id = $1 AND lease_epoch = $2 AND state = 'leased'" }

/// How a job ends when it does not end well.
#[derive(Debug, thiserror::Error)]
pub enum JobError {
    /// Try again after this many microseconds.
    #[error("will be tried again: {why}")]
    Retry {
        /// Microseconds.
        after: i64,
        /// Without personal data.
        why: String,
    },
    /// The disk is full or the database away: tried again as long as it takes, and not counted.
    #[error("will be tried again: {0}")]
    Outage(String),
    /// Trying again would not help.
    #[error("given up: {0}")]
    GiveUp(String),
}

impl From<StoreError> for JobError {
    fn from(error: StoreError) -> Self {
        if error.is_outage() {
            JobError::Outage(error.to_string())
        } else if let StoreError::KeysMoved(_) = error {
            // Nobody else holds anything: it is done again with the keys of now.
            JobError::Retry { after: 0, why: error.to_string() }
        } else if error.is_temporary() {
            JobError::Retry { after: 5 * Micros::SECOND, why: error.to_string() }
        } else {
            JobError::GiveUp(error.to_string())
        }
    }
}

/// What a job runs with.
#[derive(Clone)]
pub struct JobContext {
    /// The job.
    pub job: Job,
    /// The store.
    pub store: Store,
    /// Acts for whoever caused the job.
    pub ctx: Ctx,
    stop: watch::Receiver<bool>,
}

impl JobContext {
    /// Whether the process is going down: finish the step and answer `Retry` soon.
    pub fn stopping(&self) -> bool {
        *self.stop.borrow()
    }

    /// Waits until the process goes down.
    pub async fn stopped(&self) {
        let mut stop = self.stop.clone();
        // An error means that the sender is gone, which is a stop too.
        let _ = stop.wait_for(|stop| *stop).await;
    }

    /// An answer for a job that was interrupted by the process going down.
    pub fn interrupted(&self) -> JobError {
        JobError::Retry { after: 0, why: "the process stopped".into() }
    }

    /// Says how far the job is, inside the transaction that made it so.
    pub async fn progress(&self, tx: &mut Tx, done: i64, total: i64) -> Result<(), StoreError> {
        tx.exec(&PROGRESS, args![self.job.id, done, total, self.job.lease_epoch]).await.map(drop)
    }

    /// Inside a transaction: goes on only while this job is still ours.
    pub async fn fence(&self, tx: &mut Tx) -> Result<(), StoreError> {
        tx.optional(&MINE, args![self.job.id, self.job.lease_epoch], |r| r.int(0))
            .await?
            .map(drop)
            .ok_or(Lost("job").into())
    }
}

/// What runs a job of one kind.
pub type JobHandler = Arc<dyn Fn(JobContext) -> BoxFuture<'static, Result<(), JobError>> + Send + Sync>;

struct Kind {
    handler: JobHandler,
    max_attempts: i64,
    every: Option<Duration>,
    standing: bool,
}

/// The kinds of jobs of this program.
#[derive(Default)]
pub struct JobRegistry {
    kinds: HashMap<&'static str, Kind>,
}

impl JobRegistry {
    /// Registers a kind that is tried up to `max_attempts` times.
    pub fn on<F, R>(&mut self, kind: &'static str, max_attempts: i64, handler: F)
    where
        F: Fn(JobContext) -> R + Send + Sync + 'static,
        R: Future<Output = Result<(), JobError>> + Send + 'static,
    {
        let handler: JobHandler = Arc::new(move |context| Box::pin(handler(context)));
        self.kinds.insert(kind, Kind { handler, max_attempts, every: None, standing: false });
    }

    /// Queues a registered kind in every workspace again and again.
    pub fn every(&mut self, kind: &'static str, interval: Duration) {
        if let Some(kind) = self.kinds.get_mut(kind) {
            kind.every = Some(interval);
        }
    }

    /// Says that a registered kind runs for as long as the process lives, one in each workspace: it
    /// takes no other job's place.
    pub fn standing(&mut self, kind: &'static str) {
        if let Some(kind) = self.kinds.get_mut(kind) {
            kind.standing = true;
        }
    }

    /// The registered kinds.
    pub fn kinds(&self) -> Vec<&'static str> {
        let mut kinds: Vec<_> = self.kinds.keys().copied().collect();
        kinds.sort_unstable();
        kinds
    }
}

/// Runs jobs.
pub struct Runner {
    store: Store,
    registry: Arc<JobRegistry>,
    lease: Lease,
}

/// What one run of the runner has in its hands.
#[derive(Default)]
struct Hands {
    hold: Option<(LeaseHold, Instant)>,
    /// Jobs that come to an end by themselves.
    passing: JoinSet<()>,
    /// Jobs that run until the process stops.
    standing: JoinSet<()>,
    /// When each repeated kind was last queued in each workspace.
    queued: HashMap<(&'static str, WorkspaceId), Instant>,
    workspaces: Option<(Vec<WorkspaceId>, Instant)>,
}

impl Runner {
    /// A runner over `store`.
    pub fn new(store: Store, registry: JobRegistry) -> Self {
        let lease = Lease::new("jobs.runner", &store);
        Self { store, registry: Arc::new(registry), lease }
    }

    /// Runs until `stop` turns true, then lets running jobs finish for up to 20 seconds.
    pub async fn run(self, stop: watch::Receiver<bool>) {
        let mut hands = Hands::default();
        while !*stop.borrow() {
            match self.tick(&mut hands, &stop).await {
                Ok(busy) => self.pause(busy, &mut hands, &stop).await,
                Err(error) => {
                    tracing::warn!(%error, "the job queue does not answer; trying again");
                    hands.hold = None;
                    tokio::time::sleep(Duration::from_secs(1)).await;
                }
            }
        }
        let finish = async {
            while hands.passing.join_next().await.is_some() {}
            while hands.standing.join_next().await.is_some() {}
        };
        if tokio::time::timeout(Duration::from_secs(20), finish).await.is_err() {
            tracing::warn!("some jobs did not stop in time; they resume at the next start");
        }
        if let Err(error) = self.lease.release(&self.store).await {
            tracing::debug!(%error, "the runner lease runs out by itself");
        }
    }

    /// Queues nothing, but follows `id` until it is final, while a runner here or elsewhere works.
    pub async fn follow(
        store: &Store,
        workspace: WorkspaceId,
        id: JobId,
        mut seen: impl FnMut(&JobStatus),
    ) -> Result<JobStatus, StoreError> {
        loop {
            let status = job_status(&mut store.read(workspace, "jobs.follow").await?, id).await?;
            let status = status.ok_or(StoreError::Missing("job"))?;
            seen(&status);
            if status.state.is_final() {
                return Ok(status);
            }
            tokio::time::sleep(Duration::from_millis(150)).await;
        }
    }

    /// One round; says whether there was work.
    async fn tick(&self, hands: &mut Hands, stop: &watch::Receiver<bool>) -> Result<bool, StoreError> {
        let due = hands.hold.is_none_or(|(_, at)| at.elapsed() > Duration::from_secs(3));
        if due {
            hands.hold = self.lease.take(&self.store).await?.map(|hold| (hold, Instant::now()));
        }
        if hands.hold.is_none() {
            return Ok(false);
        }
        self.requeue_stale().await?;
        self.queue_periodic(hands).await?;
        let room = WIDTH.saturating_sub(hands.passing.len());
        let jobs = self.claim(room).await?;
        let busy = !jobs.is_empty();
        for job in jobs {
            let standing = self.registry.kinds.get(job.kind.as_str()).is_some_and(|kind| kind.standing);
            let set = if standing { &mut hands.standing } else { &mut hands.passing };
            set.spawn(run_one(self.store.clone(), self.registry.clone(), job, stop.clone()));
        }
        Ok(busy)
    }

    async fn pause(&self, busy: bool, hands: &mut Hands, stop: &watch::Receiver<bool>) {
        let mut stop = stop.clone();
        let pause = Duration::from_millis(if busy { 1 } else { 150 });
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            _ = hands.passing.join_next(), if !hands.passing.is_empty() => {}
            _ = hands.standing.join_next(), if !hands.standing.is_empty() => {}
            _ = stop.changed() => {}
        }
    }

    async fn requeue_stale(&self) -> Result<(), StoreError> {
        let now = self.store.clock().now();
        let none = WorkspaceId::from_i64(0);
        if self.store.read(none, "jobs.stale").await?.optional(&STALE, args![now], |r| r.int(0)).await?.is_none() {
            return Ok(());
        }
        let mut tx = self.store.begin(none, "jobs.requeue").await?;
        let count = tx.exec(&REQUEUE, args![now]).await?;
        tx.commit().await?;
        tracing::info!(count, "jobs of a stopped process go on");
        Ok(())
    }

    /// Queues what is due again, in every workspace; also in one that was made a moment ago.
    async fn queue_periodic(&self, hands: &mut Hands) -> Result<(), StoreError> {
        if hands.workspaces.as_ref().is_none_or(|(_, at)| at.elapsed() > WORKSPACES) {
            let all = self.store.workspaces().await?.into_iter().map(|workspace| workspace.id).collect();
            hands.workspaces = Some((all, Instant::now()));
        }
        let Some((workspaces, _)) = &hands.workspaces else { return Ok(()) };
        for (&name, kind) in &self.registry.kinds {
            let Some(interval) = kind.every else { continue };
            for &workspace in workspaces {
                if hands.queued.get(&(name, workspace)).is_some_and(|at| at.elapsed() < interval) {
                    continue;
                }
                self.queue_again(name, workspace).await?;
                hands.queued.insert((name, workspace), Instant::now());
            }
        }
        Ok(())
    }

    async fn queue_again(&self, kind: &'static str, workspace: WorkspaceId) -> Result<(), StoreError> {
        let ctx = Ctx::job(workspace, Actor::Job, self.store.clock().clone(), self.store.rng().clone());
        let mut tx = self.store.begin(workspace, "jobs.periodic").await?;
        tx.enqueue(&ctx, NewJob::now(kind, serde_json::json!({})).unique("periodic")).await?;
        tx.commit().await
    }

    async fn claim(&self, room: usize) -> Result<Vec<Job>, StoreError> {
        let now = self.store.clock().now();
        let none = WorkspaceId::from_i64(0);
        if self.store.read(none, "jobs.ready").await?.optional(&READY, args![now], |r| r.int(0)).await?.is_none() {
            return Ok(Vec::new());
        }
        let standing = self.registry.kinds.iter().filter(|(_, kind)| kind.standing);
        let standing: Vec<String> = standing.map(|(name, _)| (*name).to_owned()).collect();
        let mut tx = self.store.begin(none, "jobs.claim").await?;
        let jobs = tx
            .all(&CLAIM, args![now, now.plus(LEASE), room as i64, standing], |r| {
                Ok(Job {
                    id: JobId::from_i64(r.int(0)?),
                    workspace: WorkspaceId::from_i64(r.int(1)?),
                    kind: r.text(2)?,
                    payload: r.json(3)?,
                    attempts: r.int(4)?,
                    lease_epoch: r.int(5)?,
                    origin: origin_from(r, 6)?,
                })
            })
            .await?;
        tx.commit().await?;
        Ok(jobs)
    }
}

async fn run_one(store: Store, registry: Arc<JobRegistry>, job: Job, stop: watch::Receiver<bool>) {
    let Some(kind) = registry.kinds.get(job.kind.as_str()) else {
        return finish(&store, &job, Err(JobError::GiveUp("this Waxwing does not know the job".into())), 1).await;
    };
    let ctx = Ctx::job(job.workspace, job.origin, store.clock().clone(), store.rng().clone())
        .with_purpose(format!("job {}", job.kind));
    let context = JobContext { job: job.clone(), store: store.clone(), ctx, stop };
    // In a task of its own, so that a panic ends the job and not the runner.
    let mut work = tokio::spawn((kind.handler)(context));
    let result = loop {
        tokio::select! {
            done = &mut work => break done.unwrap_or_else(|_| Err(JobError::GiveUp("the job broke off; the log says where".into()))),
            () = tokio::time::sleep(Duration::from_secs(4)) => beat(&store, &job).await,
        }
    };
    finish(&store, &job, result, kind.max_attempts).await;
}

async fn beat(store: &Store, job: &Job) {
    let until = store.clock().now().plus(LEASE);
    let renew = async {
        let mut tx = store.begin(job.workspace, "jobs.beat").await?;
        tx.exec(&BEAT, args![job.id, job.lease_epoch, until]).await?;
        tx.commit().await
    };
    if let Err(error) = renew.await {
        tracing::warn!(%error, job = %job.id, "a job's lease could not be renewed");
    }
}

async fn finish(store: &Store, job: &Job, result: Result<(), JobError>, max_attempts: i64) {
    let now = store.clock().now();
    let uncounted = job.attempts.saturating_sub(1);
    let (state, run_at, error, attempts) = match result {
        Ok(()) => ("done", now, None, job.attempts),
        Err(JobError::Outage(why)) => ("ready", now.plus(AFTER_OUTAGE), Some(why), uncounted),
        Err(JobError::Retry { after: 0, why }) => ("ready", now, Some(why), uncounted),
        Err(JobError::Retry { after, why }) if job.attempts < max_attempts => {
            // Doubles with each attempt, at most an hour.
            let wait = after.saturating_mul(1 << job.attempts.clamp(1, 10)).min(Micros::HOUR) / 2;
            ("ready", now.plus(wait), Some(why), job.attempts)
        }
        Err(JobError::Retry { why, .. } | JobError::GiveUp(why)) => ("failed", now, Some(why), job.attempts),
    };
    if state == "failed" {
        tracing::error!(job = %job.id, kind = job.kind, error, "a job was given up");
    }
    let finished = (state != "ready").then_some(now);
    let write = async {
        let mut tx = store.begin(job.workspace, "jobs.finish").await?;
        tx.exec(&FINISH, args![job.id, job.lease_epoch, state, run_at, error, finished, attempts]).await?;
        tx.commit().await
    };
    if let Err(error) = write.await {
        tracing::warn!(%error, job = %job.id, "a job's end could not be written; it will run again");
    }
}

impl std::fmt::Debug for Runner {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Runner({:?})", self.registry.kinds())
    }
}
