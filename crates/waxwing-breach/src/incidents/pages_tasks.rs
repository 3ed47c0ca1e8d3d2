//! `/security/incidents/{id}/tasks`: what is to be done, by whom and by when.

use super::forms::{moment, word};
use super::pages::{at, done};
use super::playbooks::{Csf, Playbook, playbooks};
use super::room::{Top, top};
use super::tasks::{self, NewTask, Task, TaskState};
use super::words::CaseRole;
use askama::Template;
use axum::extract::State;
use serde::Deserialize;
use waxwing_app::{App, Error};
use waxwing_domain::{AccountId, CasePartId, IncidentId, Micros};
use waxwing_http::{Fail, Flash, Page, SafeForm, SeeOther, Segment, Shell, Who};

type Answer<T> = std::result::Result<T, Fail>;

#[derive(Template)]
#[template(path = "incidents/pages/tasks.html")]
pub(super) struct TasksPage {
    shell: Shell,
    top: Top,
    tasks: Vec<Task>,
    /// Playbooks that are not in the case yet.
    books: Vec<&'static Playbook>,
    /// Who can take a task: the people in the case.
    people: Vec<(AccountId, String)>,
    now: Micros,
    csfs: &'static [Csf],
    roles: &'static [CaseRole],
}

impl TasksPage {
    fn badge(&self, task: &Task) -> (&'static str, &'static str) {
        task.badge(self.now)
    }
    /// Whether any open step can be done by the machine.
    fn any_runs(&self) -> bool {
        self.tasks.iter().any(|task| task.run.is_some() && task.state == TaskState::Open)
    }
    fn is_with(&self, task: &Task, account: &AccountId) -> bool {
        task.owner == Some(*account)
    }
}

fn here(id: IncidentId) -> String {
    format!("{}/tasks", at(id))
}

pub(super) async fn show(
    State(app): State<App>,
    Who(ctx): Who,
    shell: Shell,
    Segment(id): Segment<IncidentId>,
) -> Answer<Page<TasksPage>> {
    let top = top(&app, &ctx, id, "incidents.tasks").await?;
    let mut tx = app.read(&ctx, "incidents.tasks").await?;
    let tasks = tasks::tasks(&app, &mut tx, &ctx, id).await?;
    let members = super::members(&mut tx, &ctx, id).await?;
    let accounts = members.iter().filter(|one| one.who.kind == "account");
    let people = accounts.map(|one| AccountId::from_i64(one.who.principal));
    Ok(Page(TasksPage {
        shell: shell.titled(format!("{}: tasks", top.case.codename)),
        books: playbooks().iter().filter(|book| !tasks.iter().any(|task| task.playbook == book.name)).collect(),
        people: people.map(|id| (id, top.names.of(&id).to_owned())).collect(),
        tasks,
        now: ctx.now(),
        csfs: Csf::ALL,
        roles: CaseRole::ALL,
        top,
    }))
}

#[derive(Deserialize)]
pub(super) struct TakeForm {
    #[serde(default)]
    playbook: String,
}

pub(super) async fn take(
    State(app): State<App>,
    Who(ctx): Who,
    Segment(id): Segment<IncidentId>,
    SafeForm(form): SafeForm<TakeForm>,
) -> Answer<SeeOther> {
    let mut tx = app.begin(&ctx, "incidents.take_playbook").await?;
    tasks::take(&app, &mut tx, &ctx, id, &form.playbook).await?;
    done(tx, here(id), "Its steps are tasks now, due from this minute.").await
}

#[derive(Deserialize)]
pub(super) struct TaskForm {
    #[serde(default)]
    title: String,
    #[serde(default)]
    csf: String,
    #[serde(default)]
    role: String,
    #[serde(default)]
    due_at: String,
    #[serde(default)]
    zone: String,
}

pub(super) async fn add(
    State(app): State<App>,
    Who(ctx): Who,
    Segment(id): Segment<IncidentId>,
    SafeForm(form): SafeForm<TaskForm>,
) -> Answer<SeeOther> {
    let tomorrow = ctx.now().plus(Micros::DAY);
    let new = NewTask {
        title: form.title,
        csf: word("csf", &form.csf, Csf::parse)?,
        role: word("role", &form.role, CaseRole::parse)?,
        due_at: moment("due_at", &form.due_at, &form.zone, tomorrow)?.0,
    };
    let mut tx = app.begin(&ctx, "incidents.add_task").await?;
    tasks::add(&app, &mut tx, &ctx, id, new).await?;
    done(tx, here(id), "Added.").await
}

#[derive(Deserialize)]
pub(super) struct AssignForm {
    #[serde(default)]
    owner: String,
}

pub(super) async fn assign(
    State(app): State<App>,
    Who(ctx): Who,
    Segment((id, task)): Segment<(IncidentId, CasePartId)>,
    SafeForm(form): SafeForm<AssignForm>,
) -> Answer<SeeOther> {
    let owner = match form.owner.as_str() {
        "" => None,
        text => Some(text.parse().map_err(|_| Fail::invalid("owner", "Choose a person."))?),
    };
    let mut tx = app.begin(&ctx, "incidents.assign_task").await?;
    tasks::assign(&app, &mut tx, &ctx, id, (task, owner)).await?;
    done(tx, here(id), "Saved.").await
}

pub(super) async fn run(
    State(app): State<App>,
    Who(ctx): Who,
    Segment((id, task)): Segment<(IncidentId, CasePartId)>,
) -> Answer<SeeOther> {
    match super::run_task(&app, &ctx, id, task).await {
        Ok(said) => Ok(SeeOther::to(here(id)).flash(Flash::good(format!("Done. {said}")))),
        Err(Error::Conflict(why)) => Ok(SeeOther::to(here(id)).flash(Flash::danger(why))),
        Err(other) => Err(other.into()),
    }
}

pub(super) async fn run_all(
    State(app): State<App>,
    Who(ctx): Who,
    Segment(id): Segment<IncidentId>,
) -> Answer<SeeOther> {
    let came = super::run_all(&app, &ctx, id).await?;
    let left: Vec<String> =
        came.iter().filter_map(|(title, came)| Some(format!("{title}: {}", came.as_ref().err()?))).collect();
    let done = came.len() - left.len();
    let flash = if left.is_empty() {
        Flash::good(format!("{done} steps are done. What came of each stands beside it."))
    } else {
        Flash::danger(format!("{done} steps are done. These stay open: {}", left.join(" ")))
    };
    Ok(SeeOther::to(here(id)).flash(flash))
}

#[derive(Deserialize)]
pub(super) struct FinishForm {
    #[serde(default)]
    state: String,
    #[serde(default)]
    proof: String,
}

pub(super) async fn finish(
    State(app): State<App>,
    Who(ctx): Who,
    Segment((id, task)): Segment<(IncidentId, CasePartId)>,
    SafeForm(form): SafeForm<FinishForm>,
) -> Answer<SeeOther> {
    let state = word("state", &form.state, TaskState::parse)?;
    let mut tx = app.begin(&ctx, "incidents.finish_task").await?;
    tasks::finish(&app, &mut tx, &ctx, id, (task, state, &form.proof)).await?;
    done(tx, here(id), "Noted.").await
}
