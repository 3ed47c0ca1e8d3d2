//! The tasks of a case, for programs.

use super::api::look;
use super::api_people::CasePart;
use super::forms::{moment, word};
use super::words::CaseRole;
use super::{Csf, NewTask, Run, Task, TaskState};
use axum::Json;
use axum::extract::State;
use http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use waxwing_app::{App, Error};
use waxwing_domain::{CasePartId, IncidentId, Micros};
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
    /// The account that took it.
    owner: Option<String>,
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
            owner: task.owner.map(|id| id.to_string()),
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

/// A step, and what came of it.
#[derive(Serialize, ToSchema)]
pub(crate) struct StepCame {
    /// The step's title.
    step: String,
    /// Whether it is done.
    done: bool,
    /// What came of it, or why it stays open.
    said: String,
}

/// Lets the machine do every open step that it can, in the order in which they are due.
#[utoipa::path(post, path = "/api/v1/incidents/{id}/tasks/run", tag = "incidents", operation_id = "incidents_run_tasks", params(("id" = String, Path)), responses((status = 200, body = Vec<StepCame>)))]
pub(crate) async fn run_all(
    State(app): State<App>,
    Who(ctx): Who,
    Segment(id): Segment<IncidentId>,
) -> Result<Json<Vec<StepCame>>, Fail> {
    let came = super::run_all(&app, &ctx, id).await?;
    let told = came.into_iter().map(|(step, came)| match came {
        Ok(said) => StepCame { step, done: true, said },
        Err(error) => StepCame { step, done: false, said: error.to_string() },
    });
    Ok(Json(told.collect()))
}

/// A task of the case's own.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CaseTaskInput {
    /// What is to be done, in one line; sealed at rest.
    title: String,
    /// The category of NIST CSF 2.0 that it serves: `DE.AE`, `RS.MA`, `RS.AN`, `RS.CO`, `RS.MI`, `RC.RP` or `ID.IM`.
    csf: String,
    /// Who does it: `lead`, `scribe`, `technical`, `legal`, `comms` or `observer`.
    role: String,
    /// By when (RFC 3339); a day unless given.
    #[serde(default)]
    due_at: String,
}

/// Adds a task.
#[utoipa::path(post, path = "/api/v1/incidents/{id}/tasks", tag = "incidents", operation_id = "incidents_add_task", params(("id" = String, Path)), request_body = CaseTaskInput, responses((status = 201, body = CasePart)))]
pub(crate) async fn add(
    State(app): State<App>,
    Who(ctx): Who,
    Segment(id): Segment<IncidentId>,
    ApiJson(body): ApiJson<CaseTaskInput>,
) -> Result<(StatusCode, Json<CasePart>), Fail> {
    let new = NewTask {
        csf: word("csf", &body.csf, Csf::parse)?,
        role: word("role", &body.role, CaseRole::parse)?,
        due_at: moment("due_at", &body.due_at, "UTC", ctx.now().plus(Micros::DAY))?.0,
        title: body.title,
    };
    let mut tx = app.begin(&ctx, "incidents.add_task").await?;
    let made = super::add_task(&app, &mut tx, &ctx, id, new).await?;
    tx.commit().await.map_err(Error::from)?;
    Ok(CasePart::made(made))
}

/// Who does a task.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CaseTaskOwner {
    /// An account that is in the case; nobody where it is left out.
    #[serde(default)]
    owner: Option<String>,
}

/// Says who does a task.
#[utoipa::path(put, path = "/api/v1/incidents/{id}/tasks/{task}/owner", tag = "incidents", operation_id = "incidents_assign_task", params(("id" = String, Path), ("task" = String, Path)), request_body = CaseTaskOwner, responses((status = 204)))]
pub(crate) async fn assign(
    State(app): State<App>,
    Who(ctx): Who,
    Segment((id, task)): Segment<(IncidentId, CasePartId)>,
    ApiJson(body): ApiJson<CaseTaskOwner>,
) -> Result<StatusCode, Fail> {
    let owner = body.owner.map(|text| text.parse()).transpose().map_err(|_| Error::NotFound("person"))?;
    let mut tx = app.begin(&ctx, "incidents.assign_task").await?;
    super::assign_task(&app, &mut tx, &ctx, id, (task, owner)).await?;
    tx.commit().await.map_err(Error::from)?;
    Ok(StatusCode::NO_CONTENT)
}

/// What came of a task.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CaseTaskEnd {
    /// `done` or `skipped`.
    state: String,
    /// What came of it, or why it is skipped; sealed at rest.
    proof: String,
}

/// Says what came of a task, or why it is skipped.
#[utoipa::path(post, path = "/api/v1/incidents/{id}/tasks/{task}/finish", tag = "incidents", operation_id = "incidents_finish_task", params(("id" = String, Path), ("task" = String, Path)), request_body = CaseTaskEnd, responses((status = 204)))]
pub(crate) async fn finish(
    State(app): State<App>,
    Who(ctx): Who,
    Segment((id, task)): Segment<(IncidentId, CasePartId)>,
    ApiJson(body): ApiJson<CaseTaskEnd>,
) -> Result<StatusCode, Fail> {
    let state = word("state", &body.state, TaskState::parse)?;
    let mut tx = app.begin(&ctx, "incidents.finish_task").await?;
    super::finish_task(&app, &mut tx, &ctx, id, (task, state, &body.proof)).await?;
    tx.commit().await.map_err(Error::from)?;
    Ok(StatusCode::NO_CONTENT)
}
