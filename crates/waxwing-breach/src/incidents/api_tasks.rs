//! The tasks of a case, for programs.

use super::api::look;
use super::{Run, Task};
use axum::Json;
use axum::extract::State;
use http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use waxwing_app::{App, Error};
use waxwing_domain::{CasePartId, IncidentId};
use waxwing_http::{ApiJson, Fail, Segment, Who};

/// Something to be done.
#[derive(Serialize, ToSchema)]
pub(crate) struct CaseTask {
    /// Its id.
    id: String,
    /// The playbook that it is of; empty for one of the case's own.
    playbook: String,
    /// The version of that playbook.
    version: i64,
    /// The step's name.
    step: String,
    /// The category of NIST CSF 2.0 that it serves.
    csf: &'static str,
    /// Who does it.
    role: &'static str,
    /// By when (RFC 3339).
    due_at: String,
    /// `open`, `done` or `skipped`.
    state: &'static str,
    /// What of it the machine can do: `contain`, `radius`, `verify-record`, `duties` or `evidence`.
    run: Option<&'static str>,
    /// What is to be done.
    title: String,
    /// What came of it, or why it was skipped.
    proof: String,
}

impl From<Task> for CaseTask {
    fn from(task: Task) -> Self {
        Self {
            id: task.id.to_string(),
            version: task.version,
            csf: task.csf.as_str(),
            role: task.role.as_str(),
            due_at: task.due_at.to_string(),
            state: task.state.as_str(),
            run: task.run.map(Run::as_str),
            playbook: task.playbook,
            step: task.step,
            title: task.title,
            proof: task.proof,
        }
    }
}

/// What is to be done, the first due first.
#[utoipa::path(get, path = "/api/v1/incidents/{id}/tasks", tag = "incidents", operation_id = "incidents_tasks", params(("id" = String, Path)), responses((status = 200, body = Vec<CaseTask>)))]
pub(crate) async fn index(
    State(app): State<App>,
    Who(ctx): Who,
    Segment(id): Segment<IncidentId>,
) -> Result<Json<Vec<CaseTask>>, Fail> {
    look(&app, &ctx, id, "incidents.tasks").await?;
    let mut tx = app.read(&ctx, "incidents.tasks").await?;
    let tasks = super::tasks(&app, &mut tx, &ctx, id).await?;
    Ok(Json(tasks.into_iter().map(CaseTask::from).collect()))
}

/// Which playbook.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct TakePlaybook {
    /// Its name: `key-leak`.
    playbook: String,
}

/// Takes the steps of a playbook into a case, due from now.
#[utoipa::path(post, path = "/api/v1/incidents/{id}/playbooks", tag = "incidents", operation_id = "incidents_take_playbook", params(("id" = String, Path)), request_body = TakePlaybook, responses((status = 204)))]
pub(crate) async fn take(
    State(app): State<App>,
    Who(ctx): Who,
    Segment(id): Segment<IncidentId>,
    ApiJson(body): ApiJson<TakePlaybook>,
) -> Result<StatusCode, Fail> {
    let mut tx = app.begin(&ctx, "incidents.take_playbook").await?;
    super::take_playbook(&app, &mut tx, &ctx, id, &body.playbook).await?;
    tx.commit().await.map_err(Error::from)?;
    Ok(StatusCode::NO_CONTENT)
}

/// What came of a step.
#[derive(Serialize, ToSchema)]
pub(crate) struct StepDone {
    /// In words.
    proof: String,
}

/// Lets the machine do a step; one that has ended is not done again.
#[utoipa::path(post, path = "/api/v1/incidents/{id}/tasks/{task}/run", tag = "incidents", operation_id = "incidents_run_task", params(("id" = String, Path), ("task" = String, Path)), responses((status = 200, body = StepDone)))]
pub(crate) async fn run(
    State(app): State<App>,
    Who(ctx): Who,
    Segment((id, task)): Segment<(IncidentId, CasePartId)>,
) -> Result<Json<StepDone>, Fail> {
    Ok(Json(StepDone { proof: super::run_task(&app, &ctx, id, task).await? }))
}
