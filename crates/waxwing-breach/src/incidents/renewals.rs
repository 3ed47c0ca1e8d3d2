//! What was contained and has to be renewed, as tasks of the case.
//!
//! Promise: one task a thing, that names it and says how; the machine ends it when it sees another login or key, and by
//! no word of anybody. Limit: who ends such a task by hand says so in their own words, and the machine says no more.

use super::playbooks::Csf;
use super::tasks::{Asked, TaskState};
use super::words::{CaseRole, Category};
use super::{sealing, store, store_scope, store_tasks, timeline};
use crate::containment::NewRenewal;
use serde_json::json;
use waxwing_app::{App, Result};
use waxwing_domain::{CasePartId, ContainmentId, Ctx, FieldId, IncidentId, Micros, Operation};
use waxwing_store::{Entry, Tx};

/// The step's name, of tasks that a containment made.
const STEP: &str = "renew";

/// Makes a task of each, for tomorrow at the latest.
pub(super) async fn begin(
    app: &App,
    tx: &mut Tx,
    ctx: &Ctx,
    id: IncidentId,
    new: &[NewRenewal],
) -> Result<Vec<CasePartId>> {
    let mut rows = Vec::with_capacity(new.len());
    let mut tasks = Vec::with_capacity(new.len());
    for one in new {
        let task = CasePartId::from_i64(ctx.new_id());
        let asked = Asked { title: one.title(), detail: one.how().to_owned() };
        rows.push(store_tasks::NewRow {
            id: task,
            playbook: (String::new(), 0, STEP.to_owned()),
            csf: Csf::RcRp,
            role: CaseRole::Technical,
            due_at: ctx.now().plus(Micros::DAY),
            sealed: sealing::seal(app, ctx, FieldId::CASE_TASK, task.as_i64(), &asked)?,
            run: None,
        });
        tasks.push(task);
    }
    store_tasks::insert(tx, id, rows).await?;
    let entry = Entry::new(Operation::Change, "incidents.add_task").detail(json!({ "tasks": tasks }));
    timeline::act(app, tx, ctx, id, Category::Response, entry).await?;
    Ok(tasks)
}

/// Ends a task with what came of it, where nobody did and the case is open still.
pub(super) async fn end(
    app: &App,
    tx: &mut Tx,
    ctx: &Ctx,
    of: ContainmentId,
    (task, came): (CasePartId, &str),
) -> Result<()> {
    let Some(id) = store_scope::case_of(tx, of).await? else { return Ok(()) };
    let open = store::by_id(tx, id).await?.is_some_and(|case| case.status.is_open());
    let sealed = sealing::seal(app, ctx, FieldId::CASE_TASK_PROOF, task.as_i64(), &came)?;
    if !open || !store_tasks::finish(tx, ctx, id, (task, TaskState::Done), sealed).await? {
        return Ok(());
    }
    let detail = json!({ "task": task, "state": TaskState::Done.as_str() });
    let entry = Entry::new(Operation::Change, "incidents.finish_task").detail(detail);
    timeline::act(app, tx, ctx, id, Category::Response, entry).await
}
