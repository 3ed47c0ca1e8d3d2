//! What is to be done in a case: the steps of playbooks, and its own.
//!
//! Promise: every task has a role, a time it is due and a word on what came of it; a step that is skipped says why. A
//! playbook is taken once: what was taken stays as it was, whatever later versions say. Limit: who owns a task is told
//! on the case's page, not by mail.

use super::playbooks::{Csf, Playbook, Run, Step, playbooks};
use super::words::{CaseRole, Category, words};
use super::{members, sealing, store_tasks, timeline};
use serde::{Deserialize, Serialize};
use serde_json::json;
use waxwing_app::{App, Error, Result, accounts};
use waxwing_domain::{AccountId, Action, CasePartId, Ctx, FieldId, IncidentId, Micros, Operation};
use waxwing_store::{Entry, Tx};

/// The playbook of a task that a case made itself.
const OWN: &str = "";
/// The longest title, in characters.
const LONGEST_TITLE: usize = 300;

words! {
    /// Where a task stands.
    TaskState {
        /// To be done.
        Open = "open", "Open";
        /// Done, and what came of it is said.
        Done = "done", "Done";
        /// Not done, and why is said.
        Skipped = "skipped", "Skipped";
    }
}

/// The sealed words of a task.
#[derive(Serialize, Deserialize, Clone)]
pub(super) struct Asked {
    pub title: String,
    pub detail: String,
}

/// Something to be done.
#[derive(Clone)]
pub struct Task {
    /// Its id.
    pub id: CasePartId,
    /// The playbook that it is of; empty for one of the case's own.
    pub playbook: String,
    /// The version of that playbook.
    pub version: i64,
    /// The step's name.
    pub step: String,
    /// What it serves.
    pub csf: Csf,
    /// Who does it.
    pub role: CaseRole,
    /// Who took it.
    pub owner: Option<AccountId>,
    /// By when.
    pub due_at: Micros,
    /// Where it stands.
    pub state: TaskState,
    /// When it was done or skipped.
    pub ended_at: Option<Micros>,
    /// What of it the machine can do.
    pub run: Option<Run>,
    /// What is to be done.
    pub title: String,
    /// How.
    pub detail: String,
    /// What came of it, or why it was skipped.
    pub proof: String,
}

impl Task {
    /// Whether it should be done by now and is not.
    pub fn is_late(&self, now: Micros) -> bool {
        self.state == TaskState::Open && self.due_at < now
    }
    /// Colour and word of where it stands.
    pub fn badge(&self, now: Micros) -> (&'static str, &'static str) {
        match self.state {
            TaskState::Open if self.is_late(now) => ("danger", "Late"),
            TaskState::Open => ("attention", "Open"),
            TaskState::Done => ("good", "Done"),
            TaskState::Skipped => ("", "Skipped"),
        }
    }
}

/// A task of a case's own.
#[derive(Clone)]
pub struct NewTask {
    /// What is to be done.
    pub title: String,
    /// What it serves.
    pub csf: Csf,
    /// Who does it.
    pub role: CaseRole,
    /// By when.
    pub due_at: Micros,
}

/// Takes the steps of a playbook into a case, due from now.
///
/// # Errors
/// [`Error::NotFound`] for an unknown playbook; [`Error::Conflict`] for one that was taken.
pub async fn take(app: &App, tx: &mut Tx, ctx: &Ctx, id: IncidentId, name: &str) -> Result<()> {
    members::writable(tx, ctx, id).await?.open()?;
    let book = playbooks().iter().find(|book| book.name == name).ok_or(Error::NotFound("playbook"))?;
    if store_tasks::is_taken(tx, id, name).await? {
        return Err(Error::Conflict("The steps of this playbook are in the case already.".into()));
    }
    let rows: Result<Vec<_>> = book.steps.iter().map(|step| of_step(app, ctx, book, step)).collect();
    store_tasks::insert(tx, id, rows?).await?;
    let detail = json!({ "playbook": book.name, "version": book.version });
    let entry = Entry::new(Operation::Change, "incidents.take_playbook").detail(detail);
    timeline::act(app, tx, ctx, id, Category::Response, entry).await
}

fn of_step(app: &App, ctx: &Ctx, book: &Playbook, step: &Step) -> Result<store_tasks::NewRow> {
    let id = CasePartId::from_i64(ctx.new_id());
    let asked = Asked { title: step.title.clone(), detail: step.detail.clone() };
    Ok(store_tasks::NewRow {
        id,
        playbook: (book.name.clone(), book.version, step.id.clone()),
        csf: step.csf,
        role: step.role,
        due_at: ctx.now().plus(step.within_minutes * Micros::MINUTE),
        sealed: sealing::seal(app, ctx, FieldId::CASE_TASK, id.as_i64(), &asked)?,
        run: step.run,
    })
}

/// Adds a task of the case's own.
///
/// # Errors
/// [`Error::Invalid`] for a title that says nothing.
pub async fn add(app: &App, tx: &mut Tx, ctx: &Ctx, id: IncidentId, new: NewTask) -> Result<CasePartId> {
    members::writable(tx, ctx, id).await?.open()?;
    let title = sealing::text("title", &new.title)?;
    if title.contains('\n') || title.chars().count() > LONGEST_TITLE {
        return Err(Error::invalid("title", "Write one line of at most 300 characters."));
    }
    let task = CasePartId::from_i64(ctx.new_id());
    let asked = Asked { title, detail: String::new() };
    let row = store_tasks::NewRow {
        id: task,
        playbook: (OWN.into(), 0, OWN.into()),
        csf: new.csf,
        role: new.role,
        due_at: new.due_at,
        sealed: sealing::seal(app, ctx, FieldId::CASE_TASK, task.as_i64(), &asked)?,
        run: None,
    };
    store_tasks::insert(tx, id, vec![row]).await?;
    let entry = Entry::new(Operation::Change, "incidents.add_task").detail(json!({ "task": task }));
    timeline::act(app, tx, ctx, id, Category::Response, entry).await?;
    Ok(task)
}

/// Says who does a task; nobody where `None`.
///
/// # Errors
/// [`Error::Conflict`] for somebody who is not in the case: they would not see it.
pub async fn assign(
    app: &App,
    tx: &mut Tx,
    ctx: &Ctx,
    id: IncidentId,
    (task, owner): (CasePartId, Option<AccountId>),
) -> Result<()> {
    members::writable(tx, ctx, id).await?.open()?;
    if let Some(owner) = owner {
        let inside = members::members(tx, ctx, id).await?;
        if !inside.iter().any(|one| one.who == members::MemberRef::account(owner)) {
            return Err(Error::Conflict("This person is not in the case. Put them in first.".into()));
        }
        accounts::by_id(tx, owner).await?.ok_or(Error::NotFound("person"))?;
    }
    if !store_tasks::assign(tx, id, task, owner).await? {
        return Err(Error::NotFound("task"));
    }
    let detail = json!({ "task": task, "owner": owner });
    let entry = Entry::new(Operation::Change, "incidents.assign_task").detail(detail);
    tx.record(app.store(), ctx, entry.on("incident", id.as_i64())).await?;
    Ok(())
}

/// Says what came of a task, or why it is skipped.
///
/// # Errors
/// [`Error::Conflict`] for a task that has ended; [`Error::Invalid`] where nothing is said.
pub async fn finish(
    app: &App,
    tx: &mut Tx,
    ctx: &Ctx,
    id: IncidentId,
    (task, state, proof): (CasePartId, TaskState, &str),
) -> Result<()> {
    members::writable(tx, ctx, id).await?.open()?;
    if state == TaskState::Open {
        return Err(Error::invalid("state", "Say done or skipped."));
    }
    let proof = sealing::text("proof", proof)?;
    // Under another field than the title, so that neither can be put in the other's place.
    let sealed = sealing::seal(app, ctx, FieldId::CASE_TASK_PROOF, task.as_i64(), &proof)?;
    if !store_tasks::finish(tx, ctx, id, (task, state), sealed).await? {
        return Err(Error::Conflict("This task has ended already, or is not of this case.".into()));
    }
    let detail = json!({ "task": task, "state": state.as_str() });
    let entry = Entry::new(Operation::Change, "incidents.finish_task").detail(detail);
    timeline::act(app, tx, ctx, id, Category::Response, entry).await
}

/// The tasks of a case, the first due first.
pub async fn tasks(app: &App, tx: &mut Tx, ctx: &Ctx, id: IncidentId) -> Result<Vec<Task>> {
    ctx.authorise(Action::IncidentsRead)?;
    members::readable(tx, ctx, id).await?;
    let rows = store_tasks::all(tx, id).await?;
    rows.into_iter()
        .map(|(task, sealed, proof)| {
            let row = task.id.as_i64();
            let asked: Asked = sealing::open(app, ctx.workspace, FieldId::CASE_TASK, row, &sealed)?;
            let proof = match proof {
                Some(sealed) => sealing::open(app, ctx.workspace, FieldId::CASE_TASK_PROOF, row, &sealed)?,
                None => String::new(),
            };
            Ok(Task { title: asked.title, detail: asked.detail, proof, ..task })
        })
        .collect()
}
