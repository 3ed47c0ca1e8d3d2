//! Background jobs: rows that carry ids, run at least once, and are safe to run twice.

mod queue;
mod runner;

pub use queue::{Job, JobState, JobStatus, NewJob, cancel_jobs, job_status, sweep_jobs};
pub use runner::{JobContext, JobError, JobHandler, JobRegistry, Runner};
