//! Outgoing webhooks: what happened, told to another system, signed by the Standard Webhooks text.
//!
//! Promise: a delivery is queued in the transaction of its event, so that none is lost and none is
//! told that never happened; it is tried for three days, at least once, and a gate that is closed
//! keeps it. By default a body holds ids and subject numbers only; fields of people are added only
//! for classes that the endpoint was granted, and each batch of them stands in the access record
//! under the credential that made the endpoint before it leaves. Limits: at least once, so that a
//! receiver must look at `webhook-id`; in no promised order, so that it must look at `timestamp`;
//! what a receiver was told cannot be called back.
//! States: endpoints `on`, `paused`, `disabled`; deliveries waiting → delivered | failed.
//! Tables: `webhooks_endpoints`, `webhooks_lists`, `webhooks_deliveries`.
//! Events: record `webhooks.add`, `edit`, `state`, `rotate`, `remove`, `ping`, `replay`, `batch`,
//! `disable`; signals `webhooks.added`, `webhooks.granted`, `webhooks.disabled`.
//! Jobs: `webhooks.deliver` (while there is an endpoint), `webhooks.sweep`.

mod api;
mod change;
mod deliver;
mod endpoint;
mod health;
mod jobs;
mod pages;
mod payload;
mod queue;
mod seals;
mod send;
mod store;
mod store_deliveries;
#[cfg(test)]
mod tests;

pub use change::{Made, Wish, add, edit, remove, replace_secret, rotate, set_state};
pub use endpoint::{Endpoint, State};
pub use send::ping;

pub(crate) use jobs::register as jobs;

use crate::{App, Error, Result};
use http::Method;
use waxwing_domain::{Action, Ctx, EventId, EventKind, Micros, Operation, SubjectNo, WebhookId};
use waxwing_http::{Routes, api};
use waxwing_store::{Entry, NewJob, Tx};

/// Where a delivery stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Standing {
    /// Will be tried, or tried again.
    Waiting,
    /// The receiver answered with success.
    Delivered,
    /// Given up.
    Failed,
}

impl Standing {
    /// The stable word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Delivered => "delivered",
            Self::Failed => "failed",
        }
    }
    fn parse(word: &str) -> Option<Self> {
        [Self::Waiting, Self::Delivered, Self::Failed].into_iter().find(|state| state.as_str() == word)
    }
}

/// One delivery, as the log shows it.
#[derive(Clone, Debug)]
pub struct Delivery {
    /// Of which event.
    pub event: EventId,
    /// What happened.
    pub kind: EventKind,
    /// To whom.
    pub subject: Option<SubjectNo>,
    /// When it happened.
    pub at: Micros,
    /// Where it stands.
    pub state: Standing,
    /// How often it was begun.
    pub attempts: i64,
    /// When it is tried next, while it waits.
    pub next_at: Micros,
    /// When it was tried last.
    pub last_at: Option<Micros>,
    /// The receiver's last HTTP status.
    pub status: Option<i64>,
    /// What was wrong last, in words.
    pub problem: Option<String>,
    /// Milliseconds that the last attempt took.
    pub took: Option<i64>,
    /// The beginning of the last answer that was no success; at most 512 bytes.
    pub excerpt: Option<String>,
}

/// Every endpoint, oldest first, without its secrets.
pub async fn all(tx: &mut Tx, ctx: &Ctx) -> Result<Vec<Endpoint>> {
    ctx.authorise_look(Action::WebhooksWrite)?;
    Ok(store::all(tx).await?)
}

/// One endpoint, without its secrets.
pub async fn by_id(tx: &mut Tx, ctx: &Ctx, id: WebhookId) -> Result<Endpoint> {
    ctx.authorise_look(Action::WebhooksWrite)?;
    store::by_id(tx, id).await?.ok_or(Error::NotFound("webhook"))
}

/// The same for who is about to change it or to send through it.
async fn by_id_to_change(tx: &mut Tx, ctx: &Ctx, id: WebhookId) -> Result<Endpoint> {
    ctx.authorise(Action::WebhooksWrite)?;
    by_id(tx, ctx, id).await
}

/// The newest deliveries of an endpoint before event `before`, newest first.
pub async fn log(
    app: &App,
    tx: &mut Tx,
    ctx: &Ctx,
    id: WebhookId,
    before: Option<EventId>,
    limit: i64,
) -> Result<Vec<Delivery>> {
    by_id(tx, ctx, id).await?;
    let rows = store_deliveries::log(tx, id, before.map_or(i64::MAX, EventId::as_i64), limit).await?;
    Ok(rows.into_iter().map(|row| row.shown(app, ctx.workspace)).collect())
}

/// Queues a delivery again, as if it had never been tried. The receiver sees the same `webhook-id`.
pub async fn replay(app: &App, tx: &mut Tx, ctx: &Ctx, id: WebhookId, event: EventId) -> Result<()> {
    by_id_to_change(tx, ctx, id).await?;
    if store_deliveries::replay(tx, id, event, ctx.now()).await? == 0 {
        return Err(Error::NotFound("delivery"));
    }
    let entry = Entry::new(Operation::Operate, "webhooks.replay").on("webhook", id.as_i64());
    let detail = serde_json::json!({ "event": event });
    tx.record(app.store(), ctx, entry.detail(detail)).await?;
    wake(tx, ctx).await
}

/// Sees to it that the job runs.
async fn wake(tx: &mut Tx, ctx: &Ctx) -> Result<()> {
    tx.enqueue(ctx, NewJob::now("webhooks.deliver", serde_json::json!({})).unique("periodic")).await?;
    Ok(())
}

/// The routes of this feature.
pub(crate) fn routes() -> Routes<App> {
    let (all, one, act) = ("/settings/webhooks", "/settings/webhooks/{id}", Action::WebhooksWrite);
    let routes = Routes::new()
        .page(Method::GET, all, act, pages::index)
        .page(Method::POST, all, act, pages::add)
        .page(Method::GET, one, act, pages::show)
        .page(Method::POST, one, act, pages::edit)
        .page(Method::POST, "/settings/webhooks/{id}/ping", act, pages::ping)
        .page(Method::POST, "/settings/webhooks/{id}/state", act, pages::state)
        .page(Method::POST, "/settings/webhooks/{id}/rotate", act, pages::rotate)
        .page(Method::POST, "/settings/webhooks/{id}/replay", act, pages::replay)
        .page(Method::POST, "/settings/webhooks/{id}/remove", act, pages::remove);
    let routes = api!(routes, Action::WebhooksWrite, api::index);
    let routes = api!(routes, Action::WebhooksWrite, api::create);
    let routes = api!(routes, Action::WebhooksWrite, api::update);
    let routes = api!(routes, Action::WebhooksWrite, api::remove);
    let routes = api!(routes, Action::WebhooksWrite, api::rotate);
    let routes = api!(routes, Action::WebhooksWrite, api::ping);
    let routes = api!(routes, Action::WebhooksWrite, api::deliveries);
    api!(routes, Action::WebhooksWrite, api::replay)
}
