//! What is to be done in a case, and what has to become better after it.

use crate::cli::{CaseFinding, CaseTask};
use crate::commands::desk::{Desk, word};
use serde_json::{Value, json};
use waxwing_breach::incidents::{self, CaseRole, Csf, Finding, FindingState, NewTask, Run, Task, TaskState};
use waxwing_domain::{AccountId, CasePartId, IncidentId, Micros};
use waxwing_store::Sequencer;

pub(super) async fn list(desk: &Desk, id: IncidentId) -> anyhow::Result<Value> {
    let found = async |tx: &mut _| incidents::tasks(&desk.app, tx, &desk.ctx, id).await;
    let found = desk.look(("incidents.tasks", id), found).await?;
    let row = |task: &Task| {
        let (state, who) = (task.state.as_str(), task.run.map_or("people", |_| "machine"));
        let value = json!({
            "id": task.id, "state": state, "title": task.title, "due_at": task.due_at, "owner": task.owner,
            "role": task.role.as_str(), "csf": task.csf.as_str(), "proof": task.proof, "run": task.run.map(Run::as_str),
        });
        (format!("{}  {state:7}  {who:7}  {}", task.id, task.title), value)
    };
    Ok(desk.listed("tasks", "There is nothing to be done.", found.iter().map(row)))
}

pub(super) async fn take(desk: &Desk, id: IncidentId, playbook: &str) -> anyhow::Result<Value> {
    let taken = async |tx: &mut _| incidents::take_playbook(&desk.app, tx, &desk.ctx, id, playbook).await;
    desk.change("incidents.take_playbook", taken).await?;
    Ok(desk.said("its steps are tasks now", json!({ "playbook": playbook })))
}

pub(super) async fn machine(desk: &Desk, id: IncidentId, task: Option<String>) -> anyhow::Result<Value> {
    let (app, ctx) = (&desk.app, &desk.ctx);
    Sequencer::new(app.store().clone()).finish().await?;
    let came = match task {
        Some(task) => vec![(task.clone(), Ok(incidents::run_task(app, ctx, id, task.parse()?).await?))],
        None => incidents::run_all(app, ctx, id).await?,
    };
    let row = |(title, came): (String, waxwing_app::Result<String>)| {
        let (done, said) = came.map_or_else(|error| (false, error.to_string()), |said| (true, said));
        let line = format!("{} {title}\n{said}\n", if done { "done" } else { "OPEN" });
        (line, json!({ "step": title, "done": done, "said": said }))
    };
    Ok(desk.listed("steps", "There is no open step that the machine can do.", came.into_iter().map(row)))
}

/// Somebody who is named by their address, if one is.
async fn somebody(desk: &Desk, email: Option<&str>) -> anyhow::Result<Option<AccountId>> {
    match email {
        Some(email) => desk.person(email).await.map(Some),
        None => Ok(None),
    }
}

pub(super) async fn own(desk: &Desk, command: CaseTask) -> anyhow::Result<Value> {
    match command {
        CaseTask::Add { case, title, role, csf, due } => {
            let due_at = desk.moment_or(due.as_deref(), desk.ctx.now().plus(Micros::DAY))?;
            let (role, csf) = (word(&role, CaseRole::ALL, CaseRole::as_str)?, word(&csf, Csf::ALL, Csf::as_str)?);
            let (id, new) = (case.parse()?, NewTask { title, csf, role, due_at });
            let added = async |tx: &mut _| incidents::add_task(&desk.app, tx, &desk.ctx, id, new).await;
            let task = desk.change("incidents.add_task", added).await?;
            Ok(desk.said("added", json!({ "task": task })))
        }
        CaseTask::Assign { case, task, to } => {
            let (id, task, owner) = (case.parse()?, task.parse()?, somebody(desk, to.as_deref()).await?);
            let given = async |tx: &mut _| incidents::assign_task(&desk.app, tx, &desk.ctx, id, (task, owner)).await;
            desk.change("incidents.assign_task", given).await?;
            Ok(desk.said("saved", json!({ "task": task, "owner": owner })))
        }
        CaseTask::Finish { case, task, proof, skipped } => {
            let state = if skipped { TaskState::Skipped } else { TaskState::Done };
            let (id, task): (_, CasePartId) = (case.parse()?, task.parse()?);
            let ended =
                async |tx: &mut _| incidents::finish_task(&desk.app, tx, &desk.ctx, id, (task, state, &proof)).await;
            desk.change("incidents.finish_task", ended).await?;
            Ok(desk.said("noted", json!({ "task": task, "state": state.as_str() })))
        }
    }
}

pub(super) async fn finding(desk: &Desk, command: CaseFinding) -> anyhow::Result<Value> {
    match command {
        CaseFinding::List(id) => findings(desk, id.case.parse()?).await,
        CaseFinding::Add { case, text, owner, due } => {
            let due_at = desk.moment_or(due.as_deref(), desk.ctx.now().plus(30 * Micros::DAY))?;
            let (id, owner) = (case.parse()?, somebody(desk, owner.as_deref()).await?);
            let added =
                async |tx: &mut _| incidents::add_finding(&desk.app, tx, &desk.ctx, id, &text, (owner, due_at)).await;
            let finding = desk.change("incidents.add_finding", added).await?;
            Ok(desk.said("noted", json!({ "finding": finding })))
        }
        CaseFinding::End { case, finding, state, proof } => {
            let state = word(&state, FindingState::ALL, FindingState::as_str)?;
            let (id, finding): (_, CasePartId) = (case.parse()?, finding.parse()?);
            let ended =
                async |tx: &mut _| incidents::end_finding(&desk.app, tx, &desk.ctx, id, (finding, state, &proof)).await;
            desk.change("incidents.end_finding", ended).await?;
            Ok(desk.said("saved", json!({ "finding": finding, "state": state.as_str() })))
        }
    }
}

async fn findings(desk: &Desk, id: IncidentId) -> anyhow::Result<Value> {
    let found = async |tx: &mut _| incidents::findings(&desk.app, tx, &desk.ctx, id).await;
    let found = desk.look(("incidents.findings", id), found).await?;
    let row = |one: &Finding| {
        let state = one.state.as_str();
        let value = json!({
            "id": one.id, "state": state, "due_at": one.due_at, "owner": one.owner, "text": one.text, "proof": one.proof,
        });
        (format!("{}  {state:6}  {}  {}", one.id, one.due_at, one.text), value)
    };
    Ok(desk.listed("findings", "Nothing is noted that has to become better.", found.iter().map(row)))
}
