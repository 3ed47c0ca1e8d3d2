//! The jobs of imports: count, write, sweep.

use super::files::{self, Use};
use super::state::State;
use super::store::{self, Stored};
use super::work::{Aim, End, Work};
use crate::{App, Error, Result, lists};
use std::collections::HashSet;
use std::time::Duration;
use waxwing_domain::{ImportId, ListId, Micros};
use waxwing_store::{JobContext, JobError, JobRegistry, StoreError};

/// Counts what an import would do.
pub(super) const CHECK: &str = "import.check";
/// Writes an import.
pub(super) const RUN: &str = "import.run";
/// Deletes files whose time is over.
const SWEEP: &str = "import.sweep";

/// How often a job is begun before it is given up.
const ATTEMPTS: i64 = 20;
/// How long refused lines can be fetched.
const KEPT: i64 = 30 * Micros::DAY;
/// How long a file waits for a decision.
const PATIENCE: i64 = 7 * Micros::DAY;

pub(super) fn register(registry: &mut JobRegistry, app: &App) {
    let (check, run, clean) = (app.clone(), app.clone(), app.clone());
    registry.on(CHECK, ATTEMPTS, move |job| work(check.clone(), job));
    registry.on(RUN, ATTEMPTS, move |job| work(run.clone(), job));
    registry.on(SWEEP, 3, move |job| {
        let app = clean.clone();
        async move { Ok(sweep(&app, &job).await?) }
    });
    registry.every(SWEEP, Duration::from_secs(6 * 3_600));
}

/// Counts or writes, whichever the import waits for; an end that is not a good one is noted on it.
async fn work(app: App, job: JobContext) -> std::result::Result<(), JobError> {
    let id: ImportId = job.job.id_of("import")?;
    let error = match step(&app, &job, id).await {
        Ok(()) => return Ok(()),
        Err(error) => JobError::from(error),
    };
    let final_words = match &error {
        JobError::GiveUp(why) => Some(why.clone()),
        JobError::Retry { after, why } if *after > 0 && job.job.attempts >= ATTEMPTS => Some(why.clone()),
        JobError::Retry { .. } | JobError::Outage(_) => None,
    };
    if let Some(why) = final_words {
        finish(&app, &job, id, State::Failed, Some(why)).await?;
    }
    Err(error)
}

/// Why a job did not come to its end.
enum Broken {
    Error(Error),
    Later(JobError),
}

impl From<Error> for Broken {
    fn from(error: Error) -> Self {
        Self::Error(error)
    }
}
impl From<StoreError> for Broken {
    fn from(error: StoreError) -> Self {
        Self::Error(error.into())
    }
}
impl From<Broken> for JobError {
    fn from(broken: Broken) -> Self {
        match broken {
            // If this worker is the rightful one, it goes on at once after what the other has written.
            Broken::Error(Error::Store(StoreError::Lost(lost))) => JobError::Retry { after: 0, why: lost.to_string() },
            Broken::Error(error) => error.into(),
            Broken::Later(error) => error,
        }
    }
}

async fn step(app: &App, job: &JobContext, id: ImportId) -> std::result::Result<(), Broken> {
    let mut tx = app.read(&job.ctx, "importing.job").await?;
    let Some(import) = store::one(&mut tx, id).await? else { return Ok(()) };
    drop(tx);
    let end = match import.state {
        State::Checking => check(app, job, &import).await?,
        State::Running => run(app, job, &import).await?,
        // Decided otherwise meanwhile, or finished by an attempt whose end was not written.
        _ => return Ok(()),
    };
    match (end, import.state) {
        (End::Through(counts), State::Checking) => {
            let mut tx = app.begin(&job.ctx, "importing.checked").await?;
            job.fence(&mut tx).await?;
            store::set_checked(&mut tx, id, &counts).await?;
            job.progress(&mut tx, import.size, import.size).await?;
            Ok(tx.commit().await?)
        }
        (End::Through(_), _) => Ok(finish(app, job, id, State::Done, None).await?),
        (End::Unwanted, _) => Ok(()),
        (End::Later(why), _) if job.stopping() => {
            tracing::info!(import = %id, why, "an import goes on later");
            Err(Broken::Later(job.interrupted()))
        }
        (End::Later(why), _) => Err(Broken::Later(JobError::Retry { after: 30 * Micros::SECOND, why: why.into() })),
    }
}

async fn check(app: &App, job: &JobContext, import: &Stored) -> Result<End> {
    let mut tx = app.read(&job.ctx, "importing.list").await?;
    let list: Option<ListId> = lists::by_name(&mut tx, &import.list_name).await?.map(|list| list.id);
    drop(tx);
    Work::open(app, &job.ctx, import).await?.check(job, list).await
}

async fn run(app: &App, job: &JobContext, import: &Stored) -> Result<End> {
    let (Some(list), Some(consent)) = (import.list, import.consent_id) else {
        return Err(Error::Conflict("The import has no list or no consent.".into()));
    };
    let work = Work::open(app, &job.ctx, import).await?;
    work.run(job, Aim { list, consent }, import.counts.clone()).await
}

/// Ends an import, and deletes what nobody needs any more.
async fn finish(app: &App, job: &JobContext, id: ImportId, state: State, why: Option<String>) -> Result<()> {
    let mut tx = app.begin(&job.ctx, "importing.end").await?;
    job.fence(&mut tx).await?;
    // A person may have stopped it in this very moment; then that is how it ended.
    if store::state(&mut tx, id).await?.is_none_or(State::is_final) {
        return Ok(());
    }
    super::end(app, &mut tx, &job.ctx, id, state, why).await?;
    tx.commit().await?;
    let app = app.clone();
    files::blocking(move || {
        files::remove(&app, id, Use::Upload);
        Ok(())
    })
    .await
}

/// Forgets files whose time is over, and removes what lies on disk without a row.
async fn sweep(app: &App, job: &JobContext) -> Result<()> {
    let now = job.ctx.now();
    let mut tx = app.begin(&job.ctx, "importing.sweep").await?;
    for id in store::abandoned(&mut tx, now.plus(-PATIENCE)).await? {
        super::end(app, &mut tx, &job.ctx, id, State::Cancelled, Some("Nobody decided on it for seven days.".into()))
            .await?;
    }
    let swept = store::sweep(&mut tx, now.plus(-KEPT)).await?;
    let alive: HashSet<String> = store::with_files(&mut tx).await?.iter().map(ToString::to_string).collect();
    tx.commit().await?;
    let app = app.clone();
    files::blocking(move || {
        swept.into_iter().for_each(|id| files::remove(&app, id, Use::Rejects));
        files::remove_orphans(&app, &alive)
    })
    .await
}
