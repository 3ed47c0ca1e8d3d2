//! What became of imports. Counts only: nothing of a person.

use super::counts::Counts;
use super::state::State;
use super::store::{self, Stored};
use crate::{Error, Result};
use serde::Serialize;
use utoipa::ToSchema;
use waxwing_domain::{Action, Ctx, ImportId, JobId, ListId, Micros};
use waxwing_store::{Tx, job_status};

/// Where an import stands, and its counts.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Report {
    /// The import.
    #[schema(value_type = String)]
    pub id: ImportId,
    /// Where it stands.
    pub state: State,
    /// The list that people join, once it exists.
    #[schema(value_type = Option<String>)]
    pub list: Option<ListId>,
    /// Its name.
    pub list_name: String,
    /// Where and how these people agreed to receive mail.
    pub consent: String,
    /// Bytes of the file.
    pub size: i64,
    /// Bytes of the file that the work at hand has read.
    pub read: i64,
    /// What the dry run counted.
    pub checked: Option<Counts>,
    /// What was written so far.
    pub counts: Counts,
    /// Why it failed or was stopped.
    pub error: Option<String>,
    /// The job that works on it.
    #[schema(value_type = Option<String>)]
    pub job: Option<JobId>,
    /// When the file came, in microseconds since 1970.
    #[schema(value_type = i64)]
    pub created_at: Micros,
    /// When the import ended.
    #[schema(value_type = Option<i64>)]
    pub finished_at: Option<Micros>,
    /// Since when its people get nothing; `None` where they do.
    #[schema(value_type = Option<i64>)]
    pub quarantined_at: Option<Micros>,
    /// Whether refused lines can still be fetched.
    pub has_rejects: bool,
}

/// Where an import stands.
pub async fn report(tx: &mut Tx, ctx: &Ctx, id: ImportId) -> Result<Report> {
    ctx.authorise(Action::ImportRun)?;
    let import = store::one(tx, id).await?.ok_or(Error::NotFound("import"))?;
    let mut report = plain(import);
    if let Some(job) = report.job.filter(|_| report.state.is_working()) {
        report.read = job_status(tx, job).await?.map_or(0, |status| status.done);
    }
    Ok(report)
}

/// Imports before the one given, the newest first.
pub async fn recent(tx: &mut Tx, ctx: &Ctx, before: Option<ImportId>, limit: u32) -> Result<Vec<Report>> {
    ctx.authorise(Action::ImportRun)?;
    let before = before.map_or(i64::MAX, ImportId::as_i64);
    Ok(store::recent(tx, before, limit).await?.into_iter().map(plain).collect())
}

fn plain(import: Stored) -> Report {
    let through = matches!(import.state, State::Checked | State::Done);
    Report {
        id: import.id,
        state: import.state,
        list: import.list,
        list_name: import.list_name,
        consent: import.consent,
        size: import.size,
        read: if through { import.size } else { 0 },
        checked: import.checked,
        has_rejects: import.counts.invalid > 0 && import.reject_key.is_some(),
        counts: import.counts,
        error: import.error,
        job: import.job,
        created_at: import.created_at,
        finished_at: import.finished_at,
        quarantined_at: import.quarantined_at,
    }
}
