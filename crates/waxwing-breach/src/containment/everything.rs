//! Everything at once: each workspace of the installation, by one order.
//!
//! Promise: the host, and whoever contains in the workspace that was made first, stop all workspaces at the same time;
//! it returns when no reading of any workspace's gate can be acted on. One that fails keeps no other from being
//! contained. Each workspace has its own containment and case, in which the operator is named and nobody of another
//! workspace. Limit: each is released by its own people, as if it had been contained alone; the reason is read by all.

use super::order::{self, Contained, LONGEST, Order, Scope};
use super::{InCase, contain_in};
use std::collections::BTreeMap;
use waxwing_app::{App, Error, Result};
use waxwing_domain::{Action, Actor, Ctx, Denied, GateLevel, WorkspaceId};

/// What stands in each record beside the act.
const PURPOSE: &str = "the operator contains everything";
/// What stands before the reason where it was not given by somebody of the workspace.
const PREFIX: &str = "The operator of this installation contained everything: ";

/// What came of containing everything.
#[derive(Clone, Debug)]
pub struct Everything {
    /// What was contained now, by workspace, the oldest first.
    pub contained: Vec<(WorkspaceId, Contained)>,
    /// How many workspaces were contained before.
    pub before: usize,
}

impl Everything {
    /// The containment of one workspace, where it was contained now.
    pub fn of(&self, workspace: WorkspaceId) -> Option<Contained> {
        self.contained.iter().find(|(id, _)| *id == workspace).map(|(_, contained)| *contained)
    }
    /// Milliseconds until no reading of any gate could be acted on.
    pub fn effective_in(&self) -> i64 {
        self.contained.iter().map(|(_, contained)| contained.effective_in).max().unwrap_or_default()
    }
}

/// How many workspaces would stop; nothing where whoever asks may contain their own only, where there is no other, and
/// where all are contained.
pub async fn stoppable(app: &App, ctx: &Ctx) -> Result<Option<usize>> {
    let Some(all) = reach(app, ctx).await? else { return Ok(None) };
    let mut open = 0;
    for id in &all {
        open += usize::from(!is_contained(app, *id).await?);
    }
    Ok((all.len() > 1 && open > 0).then_some(open))
}

/// Contains every workspace; `case` is for the one that the order comes from, the others open one each.
///
/// Opens its own transactions: it waits after each of them, for all at the same time.
///
/// # Errors
/// [`Error::Denied`] for whoever may not; [`Error::Invalid`] for a reason or a time that cannot be;
/// [`Error::Conflict`] where all are contained, and where one failed, when the others are done.
pub async fn contain_everything(app: &App, ctx: &Ctx, order: &Order, case: InCase) -> Result<Everything> {
    ctx.authorise(Action::Contain)?;
    order::check(ctx, order)?;
    let mut came: BTreeMap<WorkspaceId, Result<Option<Contained>>> = BTreeMap::new();
    // One that was made meanwhile is found by the next look.
    loop {
        let all = reach(app, ctx).await?.ok_or(Denied(Action::Contain))?;
        let new: Vec<WorkspaceId> = all.into_iter().filter(|id| !came.contains_key(id)).collect();
        if new.is_empty() {
            break;
        }
        let each = new.into_iter().map(async |id| (id, one(app, ctx, order, case, id).await));
        came.extend(futures::future::join_all(each).await);
    }
    summed_up(came)
}

/// The workspaces that whoever asks may contain together: all, for the host and for people of the first one.
async fn reach(app: &App, ctx: &Ctx) -> Result<Option<Vec<WorkspaceId>>> {
    if !ctx.may(Action::Contain) {
        return Ok(None);
    }
    let all: Vec<WorkspaceId> = app.store().workspaces().await?.into_iter().map(|workspace| workspace.id).collect();
    let may = match ctx.actor {
        Actor::Host => true,
        Actor::Account(..) => all.first() == Some(&ctx.workspace),
        Actor::ApiKey(_) | Actor::Public | Actor::Job => false,
    };
    Ok(may.then_some(all))
}

async fn is_contained(app: &App, id: WorkspaceId) -> Result<bool> {
    let there = app.at(id);
    let mut tx = there.read(&there.host(), "containment.everything").await?;
    Ok(tx.gate().await?.level == GateLevel::Contained)
}

/// Contains one of them; nothing for one that is contained.
async fn one(app: &App, ctx: &Ctx, order: &Order, case: InCase, id: WorkspaceId) -> Result<Option<Contained>> {
    let order = Order { scope: Scope::Workspace, ..order.clone() };
    let done = if id == ctx.workspace {
        contain_in(app, &ctx.clone().with_purpose(PURPOSE), &order, case).await
    } else {
        let there = app.at(id);
        let host = Ctx { request: ctx.request, ..there.host().with_purpose(PURPOSE) };
        let reason = format!("{PREFIX}{}", order.reason.trim()).chars().take(LONGEST).collect();
        contain_in(&there, &host, &Order { reason, ..order }, InCase::New(None)).await
    };
    match done {
        Ok(contained) => Ok(Some(contained)),
        Err(_) if is_contained(app, id).await? => Ok(None),
        Err(error) => Err(error),
    }
}

fn summed_up(came: BTreeMap<WorkspaceId, Result<Option<Contained>>>) -> Result<Everything> {
    let (mut all, mut failed) = (Everything { contained: Vec::new(), before: 0 }, 0);
    for (workspace, came) in came {
        match came {
            Ok(Some(contained)) => all.contained.push((workspace, contained)),
            Ok(None) => all.before += 1,
            Err(error) => {
                tracing::error!(%error, %workspace, "a workspace could not be contained with the others");
                failed += 1;
            }
        }
    }
    match (failed, all.contained.len()) {
        (0, 0) => Err(Error::Conflict("Everything is contained already.".into())),
        (0, _) => Ok(all),
        (failed, done) => Err(Error::Conflict(format!(
            "Contained now: {done}; before: {}; not contained: {failed}, and the log says why. Order it again.",
            all.before
        ))),
    }
}
