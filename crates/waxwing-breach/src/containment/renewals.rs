//! What only people can renew: a relay's login, a domain's signing keys, a webhook's secret.
//!
//! Promise: whatever a containment leaves in other hands is a task, one a thing, in the case too; it is done when what
//! the thing signs in or signs by is younger than the containment, and by nothing else. Limit: that the old login was
//! ended at the provider is beyond what Waxwing sees.
//! States: open → done.

use super::{Containment, Scope, follow, store_renewals as store};
use serde_json::json;
use waxwing_app::{App, Result};
use waxwing_domain::{CasePartId, ContainmentId, Ctx, IncidentId, Micros, Operation, Thing};
use waxwing_store::{Entry, JobContext, Tx};

/// Something that is to be renewed from now on.
#[derive(Clone, Debug)]
pub struct NewRenewal {
    /// A relay, a sending domain or a webhook.
    pub thing: Thing,
    /// What people call it.
    pub name: String,
}

impl NewRenewal {
    /// What is to be done, in one line.
    pub fn title(&self) -> String {
        title(self.thing, &self.name)
    }
    /// How.
    pub const fn how(&self) -> &'static str {
        how(self.thing)
    }
}

/// Something that a containment left to renew.
#[derive(Clone, Debug)]
pub struct Renewal {
    /// The containment.
    pub containment: ContainmentId,
    /// A relay, a sending domain or a webhook.
    pub thing: Thing,
    /// What people called it then.
    pub name: String,
    /// The task of the case, where it has one.
    pub task: Option<CasePartId>,
    /// When it was noticed to be done.
    pub done_at: Option<Micros>,
    /// When it was contained.
    pub contained_at: Micros,
    /// Since when it signs in or signs by what it does now; nothing where it is gone, or signs in by nothing.
    pub made_at: Option<Micros>,
}

impl Renewal {
    /// Whether what it signs in or signs by is younger than the containment, or is not there any more.
    pub fn is_done(&self) -> bool {
        self.done_at.is_some() || self.made_at.is_none_or(|at| at > self.contained_at)
    }
    /// What is to be done, in one line.
    pub fn title(&self) -> String {
        title(self.thing, &self.name)
    }
    /// How.
    pub const fn how(&self) -> &'static str {
        how(self.thing)
    }
    /// Where it is done.
    pub fn page(&self) -> String {
        let (folder, id) = match self.thing {
            Thing::Relay(id) => ("relays", id.to_string()),
            Thing::Domain(id) => ("domains", id.to_string()),
            Thing::Webhook(id) => ("webhooks", id.to_string()),
            Thing::Account(_) | Thing::ApiKey(_) => return "/settings".to_owned(),
        };
        format!("/settings/{folder}/{id}")
    }
    /// What came of it, for the task of the case.
    fn came(&self) -> String {
        match self.made_at {
            Some(at) => format!("Renewed {at}, after the containment of {}.", self.contained_at),
            None => "It is gone, or signs in by nothing any more.".to_owned(),
        }
    }
}

fn title(thing: Thing, name: &str) -> String {
    match thing {
        Thing::Relay(_) => format!("Renew the login of the relay {name}"),
        Thing::Domain(_) => format!("Renew the signing keys of {name}"),
        _ => format!("Renew the secret of the webhook {name}"),
    }
}

const fn how(thing: Thing) -> &'static str {
    match thing {
        Thing::Relay(_) => {
            "Change it where your provider gave it out, end the old one there, and put the new one in place."
        }
        Thing::Domain(_) => {
            "Publish the records of the new keys; Waxwing changes over when it sees both. Then withdraw the old ones."
        }
        _ => "Reinstate it, or rotate its secret, and give the fresh one to the receiver by a way you trust.",
    }
}

/// Writes down what a containment leaves to renew, and makes a task of each in its case.
pub(super) async fn begin(app: &App, tx: &mut Tx, ctx: &Ctx, of: &Containment, case: Option<IncidentId>) -> Result<()> {
    let new = store::of(tx, of.id, of.scope).await?;
    let tasks = match case {
        Some(case) if !new.is_empty() => follow::to_renew(app, tx, ctx, case, &new).await?,
        _ => Vec::new(),
    };
    let tasks = tasks.into_iter().map(Some).chain(std::iter::repeat(None));
    Ok(store::insert(tx, of.id, new.into_iter().zip(tasks).collect()).await?)
}

/// Everything that was ever to be renewed, by containment.
pub(super) async fn all(tx: &mut Tx) -> Result<Vec<Renewal>> {
    Ok(store::all(tx).await?)
}

/// Whether a thing signs in or signs by what it did when it was contained by itself; then somebody else may know it.
pub(super) async fn is_unchanged(tx: &mut Tx, thing: Thing) -> Result<bool> {
    let all = store::all(tx).await?;
    Ok(all.iter().any(|one| one.thing == thing && !one.is_done()))
}

/// Notes what was renewed since the last run, and ends its task.
pub(super) async fn settle(app: &App, job: &JobContext) -> Result<()> {
    let mut tx = app.read(&job.ctx, "containment.renewals").await?;
    let fresh: Vec<Renewal> =
        store::all(&mut tx).await?.into_iter().filter(|one| one.done_at.is_none() && one.is_done()).collect();
    drop(tx);
    for renewal in fresh {
        let mut tx = app.begin(&job.ctx, "containment.renewed").await?;
        job.fence(&mut tx).await?;
        if store::done(&mut tx, &renewal, job.ctx.now()).await? {
            note(app, &mut tx, &job.ctx, &renewal).await?;
            tx.commit().await?;
        }
    }
    Ok(())
}

async fn note(app: &App, tx: &mut Tx, ctx: &Ctx, of: &Renewal) -> Result<()> {
    let entry = Entry::new(Operation::Operate, "containment.renewed").on("containment", of.containment.as_i64());
    let thing = Scope::One(of.thing).to_text();
    tx.record(app.store(), ctx, entry.detail(json!({ "thing": thing, "made_at": of.made_at }))).await?;
    match of.task {
        Some(task) => follow::renewed(app, tx, ctx, of.containment, (task, &of.came())).await,
        None => Ok(()),
    }
}
