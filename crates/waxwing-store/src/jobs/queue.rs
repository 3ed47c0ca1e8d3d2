//! The table of jobs.

use crate::{Event, Row, StoreError, Tx, args, statement};
use waxwing_domain::{Actor, Ctx, JobId, Micros, WorkspaceId};

statement! { ENQUEUE,
"INSERT INTO jobs (id, workspace_id, kind, payload, unique_key, state, run_at, attempts, lease_epoch, lease_until,
       origin_kind, origin_a, origin_b, progress_done, progress_total, created_at)
     VALUES ($2, $1, $3, $4, $5, 'ready', $6, 0, 0, 0, $7, $8, $9, 0, 0, $10)
     ON CONFLICT DO NOTHING" }
statement! { EXISTING, "SELECT id FROM jobs WHERE workspace_id = $1 AND kind = $2 AND unique_key = $3 AND state IN ('ready', 'leased')" }
statement! { STATUS,
"SELECT state, progress_done, progress_total, attempts, error, run_at FROM jobs WHERE workspace_id = $1 AND id = $2" }
statement! { SWEEP,
"DELETE FROM jobs WHERE workspace_id = $1 AND id IN (
   SELECT id FROM jobs WHERE workspace_id = $1 AND id < $2 AND state IN ('done', 'cancelled') AND finished_at < $3
   ORDER BY id LIMIT $4)" }
statement! { CANCEL, "UPDATE jobs SET state = 'cancelled', finished_at = $4 WHERE workspace_id = $1 AND kind = $2 AND unique_key = $3 AND state = 'ready'" }

/// A job to be queued.
pub struct NewJob {
    /// The registered kind, `feature.verb`.
    pub kind: &'static str,
    /// Ids only; never personal data.
    pub payload: serde_json::Value,
    /// While a job of this kind and key waits or runs, another is not queued.
    pub unique_key: Option<String>,
    /// Not before this moment; now when `None`.
    pub run_at: Option<Micros>,
}

impl NewJob {
    /// A job to run now.
    pub fn now(kind: &'static str, payload: serde_json::Value) -> Self {
        Self { kind, payload, unique_key: None, run_at: None }
    }
    /// Not beside another of the same key.
    pub fn unique(mut self, key: impl ToString) -> Self {
        self.unique_key = Some(key.to_string());
        self
    }
    /// Not before `at`.
    pub const fn at(mut self, at: Micros) -> Self {
        self.run_at = Some(at);
        self
    }
}

/// A claimed job.
#[derive(Debug, Clone)]
pub struct Job {
    /// Its id.
    pub id: JobId,
    /// Whose.
    pub workspace: WorkspaceId,
    /// The registered kind.
    pub kind: String,
    /// Ids.
    pub payload: serde_json::Value,
    /// How often it was begun, this time included.
    pub attempts: i64,
    /// Who caused it.
    pub origin: Actor,
    pub(crate) lease_epoch: i64,
}

impl Job {
    /// An id from the payload.
    pub fn id_of<T: std::str::FromStr>(&self, key: &str) -> Result<T, StoreError> {
        let text = self.payload.get(key).and_then(serde_json::Value::as_str);
        text.and_then(|t| t.parse().ok()).ok_or_else(|| StoreError::Damaged(format!("job {} lacks {key}", self.kind)))
    }
}

/// Where a job stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JobState {
    /// Waits for its time or for a runner.
    Ready,
    /// Runs.
    Leased,
    /// Finished well.
    Done,
    /// Given up.
    Failed,
    /// Taken back before it ran.
    Cancelled,
}

impl JobState {
    pub(crate) fn parse(word: &str) -> Option<Self> {
        Some(match word {
            "ready" => Self::Ready,
            "leased" => Self::Leased,
            "done" => Self::Done,
            "failed" => Self::Failed,
            "cancelled" => Self::Cancelled,
            _ => return None,
        })
    }
    /// Whether nothing more will happen.
    pub const fn is_final(self) -> bool {
        matches!(self, Self::Done | Self::Failed | Self::Cancelled)
    }
}

/// A job as others see it.
#[derive(Debug, Clone)]
pub struct JobStatus {
    /// Where it stands.
    pub state: JobState,
    /// How much is done.
    pub done: i64,
    /// Of how much; 0 when unknown.
    pub total: i64,
    /// How often it was begun.
    pub attempts: i64,
    /// Why it failed or waits.
    pub error: Option<String>,
    /// When it runs next.
    pub run_at: Micros,
}

impl Tx {
    /// Queues a job; it exists if and only if this transaction commits. Gives the id of the job
    /// that waits already when the key is taken.
    pub async fn enqueue(&mut self, ctx: &Ctx, job: NewJob) -> Result<JobId, StoreError> {
        let id = JobId::from_i64(ctx.new_id());
        let (kind, a, b) = ctx.origin.to_columns();
        let now = ctx.now();
        let row = args![
            id,
            job.kind,
            job.payload.to_string(),
            job.unique_key.clone(),
            job.run_at.unwrap_or(now),
            kind,
            a,
            b,
            now
        ];
        if self.exec(&ENQUEUE, row).await? == 1 {
            return Ok(id);
        }
        let key = job.unique_key.ok_or(StoreError::Conflict("jobs"))?;
        self.one(&EXISTING, args![job.kind, key], |r| r.int(0)).await.map(JobId::from_i64)
    }
}

impl Tx {
    /// Queues a job because of an event, in the event's transaction, where no context is at hand:
    /// it takes the event's number, and runs for nobody. Not queued while one of its key waits or runs.
    pub async fn enqueue_for(&mut self, event: &Event, job: NewJob) -> Result<(), StoreError> {
        let (kind, a, b) = Actor::Job.to_columns();
        let run_at = job.run_at.unwrap_or(event.at);
        let row = args![event.id, job.kind, job.payload.to_string(), job.unique_key, run_at, kind, a, b, event.at];
        self.exec(&ENQUEUE, row).await.map(drop)
    }
}

/// Where a job stands; `None` when there is none.
pub async fn job_status(tx: &mut Tx, id: JobId) -> Result<Option<JobStatus>, StoreError> {
    tx.optional(&STATUS, args![id], |r| {
        Ok(JobStatus {
            state: r.word(0, JobState::parse)?,
            done: r.int(1)?,
            total: r.int(2)?,
            attempts: r.int(3)?,
            error: r.opt_text(4)?,
            run_at: r.time(5)?,
        })
    })
    .await
}

/// Takes back waiting jobs of this kind and key.
pub async fn cancel_jobs(tx: &mut Tx, ctx: &Ctx, kind: &str, key: &str) -> Result<u64, StoreError> {
    tx.exec(&CANCEL, args![kind, key, ctx.now()]).await
}

/// Forgets jobs that were done or taken back before `before`, the oldest first, at most so many; gives how many.
/// `before_id` is an id that none made since lies before. Jobs that failed stay.
pub async fn sweep_jobs(tx: &mut Tx, (before, before_id): (Micros, i64), most: i64) -> Result<u64, StoreError> {
    tx.exec(&SWEEP, args![before_id, before, most]).await
}

pub(super) fn origin_from(row: &Row<'_>, first: usize) -> Result<Actor, StoreError> {
    Ok(Actor::from_columns(&row.text(first)?, row.int(first + 1)?, row.int(first + 2)?))
}
