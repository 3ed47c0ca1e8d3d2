//! Steps of playbooks that the machine does.
//!
//! Promise: a step is done with the rights of whoever asks, its result stands on the task and on the timeline, and a
//! step that has ended is not done again. One that fails stays open and says why. Limit: the machine decides nothing:
//! whether it is a breach, who is told and what is taught stays with people.

use super::playbooks::Run;
use super::tasks::{self, Task, TaskState};
use super::words::{AssetKind, Category, Compromise};
use super::{Asset, evidence, members, radius, snapshots, timeline};
use crate::containment::{self, InCase, Order, Scope};
use futures::future::BoxFuture;
use serde_json::json;
use std::collections::BTreeMap;
use waxwing_app::{App, Error, Result};
use waxwing_domain::{CasePartId, Ctx, Entered, IncidentId, Operation, Thing};
use waxwing_http::count;
use waxwing_store::{Entry, inventory};

type Act = for<'a> fn(&'a App, &'a Ctx, IncidentId) -> BoxFuture<'a, Result<String>>;

/// What another feature does for a step. Register one with `inventory::submit!`.
pub struct Machine {
    /// Which step.
    pub run: Run,
    /// Does it; gives what came of it, in words.
    pub act: Act,
}

inventory::collect!(Machine);

/// Lets the machine do a step; gives what came of it. Opens its own transactions.
///
/// # Errors
/// [`Error::NotFound`] for no task of the case; [`Error::Conflict`] for one that is for people, or that cannot be done.
pub async fn run(app: &App, ctx: &Ctx, id: IncidentId, task: CasePartId) -> Result<String> {
    step(app, &mut ctx.clone(), id, task).await
}

/// Does a step. Where it turns the gate, `ctx` goes on under that very epoch and no other: who is contained by somebody
/// else meanwhile writes nothing more.
async fn step(app: &App, ctx: &mut Ctx, id: IncidentId, task: CasePartId) -> Result<String> {
    let found = open(app, ctx, id).await?.into_iter().find(|one| one.id == task);
    let found = found.ok_or(Error::NotFound("task"))?;
    if found.state != TaskState::Open {
        return Ok(found.proof);
    }
    let run = found.run.ok_or_else(|| Error::Conflict("This step is for people.".into()))?;
    let said = act(app, ctx, id, run).await?;
    let mut tx = app.begin(ctx, "incidents.run_task").await?;
    let entry = Entry::new(Operation::Operate, "incidents.run_task");
    let entry = entry.detail(json!({ "task": task, "run": run.as_str() }));
    timeline::act(app, &mut tx, ctx, id, Category::Response, entry).await?;
    tasks::finish(app, &mut tx, ctx, id, (task, TaskState::Done, &said)).await?;
    tx.commit().await?;
    Ok(said)
}

/// Lets the machine do every open step that it can, in the order in which they are due; gives each with what came of it,
/// or why it stays open.
///
/// # Errors
/// As [`run`], for what concerns the whole case.
pub async fn run_all(app: &App, ctx: &Ctx, id: IncidentId) -> Result<Vec<(String, Result<String>)>> {
    let waiting = open(app, ctx, id).await?;
    let mut done: Vec<(String, Result<String>)> = Vec::new();
    let mut ctx = ctx.clone();
    for task in waiting.into_iter().filter(|task| task.state == TaskState::Open && task.run.is_some()) {
        let came = step(app, &mut ctx, id, task.id).await;
        // Who must prove themselves anew is asked before anything else is tried.
        if let Err(error @ Error::Unproven(_)) = came {
            return Err(error);
        }
        done.push((task.title, came));
    }
    Ok(done)
}

async fn open(app: &App, ctx: &Ctx, id: IncidentId) -> Result<Vec<Task>> {
    let mut tx = app.read(ctx, "incidents.run_task").await?;
    members::writable(&mut tx, ctx, id).await?.open()?;
    tasks::tasks(app, &mut tx, ctx, id).await
}

/// Does it; gives what came of it.
async fn act(app: &App, ctx: &mut Ctx, id: IncidentId, run: Run) -> Result<String> {
    Ok(match run {
        Run::Contain => contain(app, ctx, id).await?,
        Run::Radius => counted(&radius::freeze(app, ctx, id).await?),
        Run::VerifyRecord => {
            let (size, root) = evidence::verify(app, ctx).await?;
            let kept = snapshots::take(app, ctx, id).await?;
            format!(
                "{} entries, every set of people and the signed head fit. Root: {root}. How everything is set was kept with the case, SHA-256 {kept}.",
                count(size.cast_signed())
            )
        }
        Run::Evidence => {
            let made = evidence::prepare(app, ctx, id).await?;
            let size = count(made.size.cast_signed());
            format!(
                "Made and checked from its first byte to its last: {size} bytes, SHA-256 {}. Take it out under Evidence.",
                made.sha256
            )
        }
        Run::Duties => {
            let machine = inventory::iter::<Machine>.into_iter().find(|machine| machine.run == run);
            let machine = machine.ok_or_else(|| Error::Conflict("Nothing here does this step.".into()))?;
            (machine.act)(app, ctx, id).await?
        }
    })
}

fn counted(found: &radius::Counted) -> String {
    let people = found.summary.people;
    format!(
        "{} people confirmed, {} possible, {} altered, {} excluded: count {}, from {} frozen answers.",
        count(people.confirmed.cast_signed()),
        count(people.possible.cast_signed()),
        count(people.altered.cast_signed()),
        count(people.excluded.cast_signed()),
        found.number,
        found.cited.len()
    )
}

/// Contains everything that the case calls compromised and that can be contained alone. It is called by its own name,
/// whatever somebody wrote in the case.
async fn contain(app: &App, ctx: &mut Ctx, id: IncidentId) -> Result<String> {
    let mut tx = app.read(ctx, "incidents.run_task").await?;
    let case = members::readable(&mut tx, ctx, id).await?;
    let named = super::assets(app, &mut tx, ctx, id).await?;
    let mut standing = super::containments(app, &mut tx, ctx, id).await?;
    let known: BTreeMap<Thing, String> = containment::things(app, &mut tx, ctx).await?.into_iter().collect();
    drop(tx);
    let things: Vec<Thing> = named.iter().filter_map(thing).collect();
    standing.retain(|one| one.containment.released.is_none());
    if things.is_empty() && !standing.is_empty() {
        let titles: Vec<String> = standing.iter().map(containment::Standing::title).collect();
        return Ok(format!("Contained already: {}.", titles.join(", ")));
    }
    if things.is_empty() {
        return Err(Error::Conflict(
            "Nothing that can be contained alone is called compromised. Judge it under Details, or contain by hand."
                .into(),
        ));
    }
    let (from, _) = case.window(ctx.now());
    let mut said = Vec::new();
    for thing in things {
        let name = known.get(&thing).map_or("What is contained already, or gone", String::as_str);
        let reason = format!("Case {}", case.codename);
        let order = Order { scope: Scope::One(thing), reason, suspected_from: from };
        match containment::contain_and_hold(app, ctx, &order, InCase::Join(id)).await {
            Ok(done) => {
                ctx.entered = ctx.entered.map(|entered| Entered { epoch: done.epoch, ..entered });
                said.push(format!("{name}: contained after {} ms.", done.effective_in));
            }
            Err(Error::Conflict(_) | Error::NotFound(_)) => said.push(format!("{name}: nothing to do.")),
            Err(other) => return Err(other),
        }
    }
    Ok(said.join("\n"))
}

fn thing(asset: &Asset) -> Option<Thing> {
    let number = asset.reference.filter(|_| asset.compromise == Compromise::Yes)?;
    let kind = match asset.kind {
        AssetKind::Person => "account",
        AssetKind::Key => "api_key",
        AssetKind::Webhook => "webhook",
        AssetKind::Relay => "relay",
        AssetKind::Domain => "domain",
        _ => return None,
    };
    Thing::from_columns(kind, number)
}
