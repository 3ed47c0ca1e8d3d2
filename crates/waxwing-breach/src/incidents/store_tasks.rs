//! The SQL of tasks.

use super::playbooks::{Csf, Run};
use super::tasks::{Task, TaskState};
use super::words::CaseRole;
use waxwing_domain::{AccountId, CasePartId, Ctx, IncidentId, Micros};
use waxwing_store::{Row, StoreError, Tx, args, bulk, statement};

bulk! { INSERT, into "incident_tasks" (id: Int, incident_id: Int, playbook: Text, version: Int, step: Text, csf: Text,
role: Text, due_at: Int, state: Text, sealed: Blob, run: Text), "" }
statement! { TAKEN, "SELECT COUNT(*) FROM incident_tasks WHERE workspace_id = $1 AND incident_id = $2 AND playbook = $3" }
statement! { ALL,
"SELECT id, playbook, version, step, csf, role, owner, due_at, state, ended_at, sealed, proof, run FROM incident_tasks
     WHERE workspace_id = $1 AND incident_id = $2 ORDER BY due_at, id" }
statement! { ASSIGN,
"UPDATE incident_tasks SET owner = $4 WHERE workspace_id = $1 AND incident_id = $2 AND id = $3 AND state = 'open'" }
statement! { FINISH,
"UPDATE incident_tasks SET state = $4, proof = $5, ended_at = $6, ended_by = $7
     WHERE workspace_id = $1 AND incident_id = $2 AND id = $3 AND state = 'open'" }

/// A task to be added.
pub(super) struct NewRow {
    pub id: CasePartId,
    /// Its name, its version, the step; two empty names and 0 for a case's own.
    pub playbook: (String, i64, String),
    pub csf: Csf,
    pub role: CaseRole,
    pub due_at: Micros,
    pub sealed: Vec<u8>,
    /// What of it the machine can do.
    pub run: Option<Run>,
}

pub(super) async fn insert(tx: &mut Tx, case: IncidentId, rows: Vec<NewRow>) -> Result<(), StoreError> {
    let row = |new: NewRow| {
        let (book, version, step) = new.playbook;
        let (csf, role, run) = (new.csf.as_str(), new.role.as_str(), new.run.map_or("", Run::as_str));
        args![new.id, case, book, version, step, csf, role, new.due_at, "open", new.sealed, run]
    };
    tx.bulk(&INSERT, rows.into_iter().map(row).collect()).await.map(drop)
}

pub(super) async fn is_taken(tx: &mut Tx, case: IncidentId, playbook: &str) -> Result<bool, StoreError> {
    Ok(tx.one(&TAKEN, args![case, playbook], |r| r.int(0)).await? > 0)
}

/// A task with its sealed words and its sealed proof.
type Sealed = (Task, Vec<u8>, Option<Vec<u8>>);

fn read(r: &Row<'_>) -> Result<Sealed, StoreError> {
    let task = Task {
        id: CasePartId::from_i64(r.int(0)?),
        playbook: r.text(1)?,
        version: r.int(2)?,
        step: r.text(3)?,
        csf: r.word(4, Csf::parse)?,
        role: r.word(5, CaseRole::parse)?,
        owner: r.opt_int(6)?.map(AccountId::from_i64),
        due_at: r.time(7)?,
        state: r.word(8, TaskState::parse)?,
        ended_at: r.opt_time(9)?,
        run: r.opt_text(12)?.as_deref().and_then(Run::parse),
        title: String::new(),
        detail: String::new(),
        proof: String::new(),
    };
    Ok((task, r.blob(10)?, r.opt_blob(11)?))
}

pub(super) async fn all(tx: &mut Tx, case: IncidentId) -> Result<Vec<Sealed>, StoreError> {
    tx.all(&ALL, args![case], read).await
}

pub(super) async fn assign(
    tx: &mut Tx,
    case: IncidentId,
    task: CasePartId,
    owner: Option<AccountId>,
) -> Result<bool, StoreError> {
    Ok(tx.exec(&ASSIGN, args![case, task, owner]).await? == 1)
}

pub(super) async fn finish(
    tx: &mut Tx,
    ctx: &Ctx,
    case: IncidentId,
    (task, state): (CasePartId, TaskState),
    proof: Vec<u8>,
) -> Result<bool, StoreError> {
    let row = args![case, task, state.as_str(), proof, ctx.now(), ctx.actor.principal()];
    Ok(tx.exec(&FINISH, row).await? == 1)
}
