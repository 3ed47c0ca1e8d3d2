//! What a rule of alerts contains by itself: a key, a webhook or a relay.
//!
//! Alerts stand below and may not call containment; they find it here. Promise: the containment, its case and that the
//! alert led to it are one transaction, so that an alert contains once, however often its job runs and wherever it is cut
//! off; what is contained already stays as it is. Limit: it is suspected since the first sign that the alert knows of, and
//! never for longer than a year.

use super::follow::InCase;
use super::order::OLDEST;
use super::{Order, Scope, contain_in, store};
use waxwing_app::alerts::{self, Alert, Contains};
use waxwing_app::{App, Error, Result};
use waxwing_domain::{Actor, Ctx, Micros, Thing};
use waxwing_store::{Tx, inventory};

inventory::submit! { Contains(|app, ctx, alert, thing| Box::pin(by_itself(app, ctx, alert, thing))) }

async fn by_itself(app: &App, ctx: &Ctx, alert: &Alert, thing: Thing) -> Result<()> {
    let order = order(ctx.now(), alert, thing);
    match contain_in(app, ctx, &order, InCase::New(Some(alert.id))).await {
        Ok(_) => Ok(()),
        Err(Error::Conflict(why)) => before(app, ctx, alert, order.scope, why).await,
        Err(other) => Err(other),
    }
}

fn order(now: Micros, alert: &Alert, thing: Thing) -> Order {
    Order {
        scope: Scope::One(thing),
        reason: format!("Alert {}: {}.", alert.id, alert.detector.name()),
        suspected_from: alert.since.max(now.plus(-OLDEST)).min(now),
    }
}

/// Where somebody, or an earlier alert, contained it before: then this alert led to nothing more.
async fn before(app: &App, ctx: &Ctx, alert: &Alert, scope: Scope, why: String) -> Result<()> {
    let mut tx = app.begin(ctx, "containment.before").await?;
    if !store::is_open(&mut tx, scope).await? {
        return Err(Error::Conflict(why));
    }
    match alerts::contained(&mut tx, alert.id).await {
        // The run before this one was cut off after it had done all.
        Ok(()) | Err(Error::Conflict(_)) => Ok(tx.commit().await?),
        Err(other) => Err(other),
    }
}

/// In the transaction of a containment: the alert that it comes from, where no person ordered it.
pub(super) async fn noted(tx: &mut Tx, ctx: &Ctx, case: InCase) -> Result<()> {
    match (ctx.actor, case) {
        (Actor::Job, InCase::New(Some(alert))) => alerts::contained(tx, alert).await,
        _ => Ok(()),
    }
}
