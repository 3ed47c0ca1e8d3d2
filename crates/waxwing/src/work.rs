//! Background work of one process: the runner of jobs, the sequencer of the record, and mail that comes in.

use tokio::sync::watch;
use tokio::task::JoinSet;
use waxwing_app::App;
use waxwing_app::inbound::Inbox;
use waxwing_delivery::inbound::Listener;
use waxwing_domain::JobId;
use waxwing_store::{JobState, JobStatus, Runner, Sequencer};

/// Running work. Both parts compete for a lease, so that any number of processes may start them.
pub struct Work {
    stop: watch::Sender<bool>,
    tasks: JoinSet<()>,
}

impl Work {
    /// Starts both.
    pub fn start(app: &App) -> Self {
        let (stop, stopped) = watch::channel(false);
        let mut tasks = JoinSet::new();
        tasks.spawn(Runner::new(app.store().clone(), waxwing_breach::jobs(app)).run(stopped.clone()));
        tasks.spawn(Sequencer::new(app.store().clone()).run(stopped));
        Self { stop, tasks }
    }

    /// Takes mail that comes in, too.
    pub fn with_mail(mut self, app: &App, listener: Listener) -> Self {
        self.tasks.spawn(listener.run(Inbox::new(app.clone()), self.stop.subscribe()));
        self
    }

    /// Lets what runs come to a good end.
    pub async fn stop(mut self) {
        self.stop.send_replace(true);
        while let Some(ended) = self.tasks.join_next().await {
            if let Err(error) = ended {
                tracing::error!(%error, "background work broke off");
            }
        }
    }
}

/// Follows a job to its end; an error when it did not end well.
pub async fn follow(app: &App, job: JobId, seen: impl FnMut(&JobStatus)) -> anyhow::Result<JobStatus> {
    let status = Runner::follow(app.store(), app.workspace(), job, seen).await?;
    match status.state {
        JobState::Done => Ok(status),
        _ => anyhow::bail!("the job did not end well: {}", status.error.as_deref().unwrap_or("it was cancelled")),
    }
}
