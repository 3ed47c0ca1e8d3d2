//! What was done in a case, as files of its evidence: tasks with what came of them, updates, findings, training, holds,
//! files from outside, and each containment with its steps and who released it.

use super::{EvidenceFile, Incident, Task, files, store_scope};
use crate::containment::{self, Standing};
use serde_json::{Value, json};
use waxwing_app::holds::{self, Extent, Hold};
use waxwing_app::{App, Result};
use waxwing_domain::{Actor, Ctx, IncidentId};
use waxwing_store::Tx;

/// The files, without those that came from outside.
pub(super) async fn texts(app: &App, tx: &mut Tx, ctx: &Ctx, id: IncidentId) -> Result<Vec<(&'static str, Value)>> {
    let tasks = super::tasks(app, tx, ctx, id).await?;
    let updates = super::updates(app, tx, ctx, id).await?;
    let findings = super::findings(app, tx, ctx, id).await?;
    let case = super::by_id(tx, ctx, id).await?;
    let holds = holds::all(tx, ctx).await?;
    Ok(vec![
        ("tasks.json", tasks.iter().map(task).collect()),
        ("updates.json", updates.iter().map(update).collect()),
        ("findings.json", findings.iter().map(finding).collect()),
        ("training.json", training(app, tx, ctx, &case).await?),
        ("holds.json", holds.iter().map(hold).collect()),
        ("files.json", files::index(app, tx, ctx, id).await?),
    ])
}

async fn training(app: &App, tx: &mut Tx, ctx: &Ctx, case: &Incident) -> Result<Value> {
    let readers = super::readers(tx, ctx, case.id).await?;
    Ok(json!({
        "text": super::training(app, ctx, case)?,
        "readers": readers.iter().map(|one| json!({
            "account": one.account, "due_at": one.due_at, "read_at": one.read_at,
        })).collect::<Value>(),
    }))
}

fn task(one: &Task) -> Value {
    json!({
        "id": one.id, "playbook": one.playbook, "version": one.version, "step": one.step, "csf": one.csf.as_str(),
        "role": one.role.as_str(), "owner": one.owner, "due_at": one.due_at, "state": one.state.as_str(),
        "ended_at": one.ended_at, "title": one.title, "detail": one.detail, "proof": one.proof,
    })
}

fn update(one: &super::Update) -> Value {
    json!({ "id": one.id, "at": one.at, "by": who(one.author), "mailed": one.mailed, "text": one.text })
}

fn finding(one: &super::Finding) -> Value {
    json!({
        "id": one.id, "owner": one.owner, "due_at": one.due_at, "state": one.state.as_str(), "noted_at": one.noted_at,
        "done_at": one.done_at, "retested_at": one.retested_at, "text": one.text, "proof": one.proof,
    })
}

fn hold(one: &Hold) -> Value {
    let subscriber = match one.extent {
        Extent::Workspace => None,
        Extent::Person(subject) => Some(subject),
    };
    json!({
        "id": one.id, "subscriber": subscriber, "reason": one.reason, "by": who(one.by), "since": one.since,
        "released": one.released.map(|(by, at)| json!({ "by": who(by), "at": at })),
    })
}

fn who(actor: Actor) -> Value {
    let (kind, number, _) = actor.to_columns();
    json!({ "kind": kind, "number": number })
}

/// Each containment of the case: what was kept as it began, how its steps went, what was renewed, who released it.
pub(super) async fn contained(app: &App, tx: &mut Tx, ctx: &Ctx, id: IncidentId) -> Result<Vec<EvidenceFile>> {
    let ids = store_scope::containments(tx, id).await?;
    let mut files = Vec::new();
    for standing in containment::standings(app, tx, ctx, &ids).await? {
        let of = standing.containment.id;
        let kept = containment::kept(tx, of).await?;
        files.extend(kept.map(|kept| EvidenceFile::text(&format!("containment/{of}.json"), kept.body)));
        let steps = format!("{:#}\n", course(&standing));
        files.push(EvidenceFile::text(&format!("containment/{of}-course.json"), steps));
    }
    Ok(files)
}

/// How a containment went.
fn course(standing: &Standing) -> Value {
    let of = &standing.containment;
    json!({
        "id": of.id, "scope": of.scope.to_text(), "reason": of.reason, "by": who(of.by), "at": of.at,
        "suspected_from": of.suspected_from, "effective_in_ms": of.effective_in,
        "released": of.released.map(|(by, at)| json!({ "by": who(by), "at": at })),
        "steps": standing.steps.iter().map(|one| json!({
            "step": one.step.as_str(), "state": one.state.as_str(), "count": one.count, "note": one.note, "at": one.at,
        })).collect::<Value>(),
        "renewals": standing.renewals.iter().map(|one| json!({
            "thing": containment::Scope::One(one.thing).to_text(), "title": one.title(), "done": one.is_done(),
            "made_at": one.made_at,
        })).collect::<Value>(),
    })
}
