//! What a rule contains by itself: the key, webhook or relay that an alert is about.
//!
//! Promise: the alert and its job are one transaction, and the containment and that it came of this alert are another, so
//! that a job that runs twice, or is cut off at any point, contains once; whoever judged the alert meanwhile is heeded.
//! Limit: people and workspaces are contained by people, and so is everything that somebody without a credential could
//! make look guilty; what is gone meanwhile is asked for instead. Containment stands above alerts, so it registers here.

use super::{Act, Alert, store};
use crate::{App, Error, Result};
use futures::future::BoxFuture;
use serde_json::json;
use waxwing_domain::{AlertId, Ctx, Micros, Thing};
use waxwing_store::{JobContext, JobError, NewJob, Tx, inventory};

/// What of an alert was done by itself is tried again so long after, in microseconds.
const AGAIN: i64 = 5 * Micros::SECOND;

type Contain = for<'a> fn(&'a App, &'a Ctx, &'a Alert, Thing) -> BoxFuture<'a, Result<()>>;

/// Who contains what an alert is about. Register one with `inventory::submit!`; it calls [`contained`] in the transaction
/// of the containment.
pub struct Contains(
    /// Contains it, or finds that it is contained.
    pub Contain,
);

inventory::collect!(Contains);

/// Orders it, in the transaction of the alert.
pub(super) async fn order(tx: &mut Tx, ctx: &Ctx, alert: AlertId) -> Result<()> {
    tx.enqueue(ctx, NewJob::now("alerts.contain", json!({ "alert": alert }))).await?;
    Ok(())
}

/// Notes that the thing of an alert was contained by itself, in the transaction that did it.
///
/// # Errors
/// [`Error::Conflict`] where that was noted before: then it must not be done again.
pub async fn contained(tx: &mut Tx, alert: AlertId) -> Result<()> {
    match store::turn(tx, alert, Act::Contained).await? {
        true => Ok(()),
        false => Err(Error::Conflict("What this alert is about was contained before.".into())),
    }
}

pub(super) async fn run(app: App, job: JobContext) -> std::result::Result<(), JobError> {
    let id = job.job.id_of("alert")?;
    let mut tx = app.read(&job.ctx, "alerts.contain").await?;
    let alert = store::by_id(&mut tx, id).await?.filter(|alert| alert.act == Act::Containing);
    drop(tx);
    let Some(alert) = alert else { return Ok(()) };
    let thing = alert.subject.and_then(|subject| subject.credential());
    let (Some(thing), Some(contains), None) = (thing, inventory::iter::<Contains>.into_iter().next(), alert.verdict)
    else {
        return Ok(ask(&app, &job, id).await?);
    };
    match (contains.0)(&app, &job.ctx, &alert, thing).await {
        Ok(()) => Ok(()),
        Err(Error::NotFound(_)) => Ok(ask(&app, &job, id).await?),
        Err(Error::Conflict(why)) => Err(JobError::Retry { after: AGAIN, why }),
        Err(error) => Err(error.into()),
    }
}

/// Leaves it to a person.
async fn ask(app: &App, job: &JobContext, id: AlertId) -> Result<()> {
    let mut tx = app.begin(&job.ctx, "alerts.ask").await?;
    job.fence(&mut tx).await?;
    store::turn(&mut tx, id, Act::ContainmentAsked).await?;
    Ok(tx.commit().await?)
}
