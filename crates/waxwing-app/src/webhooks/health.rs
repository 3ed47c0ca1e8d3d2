//! Whether an endpoint still works, and what happens when it does not.
//!
//! Promise: an endpoint of which every attempt failed for three days, or whose receiver says that
//! it is gone, is disabled; the owners get a mail, and detection a signal. What
//! waits is kept. Limit: one that answers now and then is never disabled.

use super::endpoint::Endpoint;
use super::send::Answer;
use super::store;
use crate::accounts::roles::{self, RoleRef};
use crate::accounts::{self, State as AccountState};
use crate::{App, Result, signals};
use serde_json::json;
use waxwing_domain::{Ctx, HeaderText, Micros, Operation, Role};
use waxwing_store::{Entry, StoreError, SystemMail, Tx};

/// Microseconds of nothing but failure.
const PATIENCE: i64 = 3 * Micros::DAY;
/// People who get the notice, at most.
const MOST_MAILS: usize = 20;

/// Takes note of a batch's answers.
pub(super) async fn note<'a>(
    app: &App,
    tx: &mut Tx,
    ctx: &Ctx,
    endpoint: &Endpoint,
    answers: impl Iterator<Item = &'a Answer>,
) -> Result<()> {
    let answers: Vec<&Answer> = answers.collect();
    if answers.is_empty() {
        return Ok(());
    }
    if answers.iter().any(|answer| answer.is_gone()) {
        return disable(app, tx, ctx, endpoint, "The receiver says that it is gone (410).").await;
    }
    if answers.iter().any(|answer| answer.problem.is_none()) {
        return Ok(store::well(tx, endpoint.id).await?);
    }
    let since = store::failing(tx, endpoint.id, ctx.now()).await?;
    if since.is_some_and(|since| ctx.now().since(since) >= PATIENCE) {
        return disable(app, tx, ctx, endpoint, "Every attempt failed for three days.").await;
    }
    Ok(())
}

async fn disable(app: &App, tx: &mut Tx, ctx: &Ctx, endpoint: &Endpoint, problem: &str) -> Result<()> {
    if !store::disable(tx, endpoint.id, problem, ctx.now()).await? {
        return Ok(());
    }
    let entry = Entry::new(Operation::Change, "webhooks.disable").on("webhook", endpoint.id.as_i64());
    tx.record(app.store(), ctx, entry).await?;
    signals::note(tx, ctx, "webhooks.disabled", 1, json!({ "webhook": endpoint.id })).await?;
    tracing::warn!(webhook = %endpoint.id, problem, "a webhook was disabled");
    tell(app, tx, ctx, endpoint, problem).await
}

async fn tell(app: &App, tx: &mut Tx, ctx: &Ctx, endpoint: &Endpoint, problem: &str) -> Result<()> {
    let subject =
        HeaderText::parse("A webhook of Waxwing was disabled").map_err(|e| StoreError::Damaged(e.to_string()))?;
    let text = format!(
        "The webhook “{}” to {} was disabled. {problem}\n\n\
         What waits for it is kept for thirty days. When the receiver works again, turn it on here:\n\n{}/settings/webhooks/{}\n",
        endpoint.name,
        endpoint.origin,
        app.config().public_url,
        endpoint.id
    );
    let grants = roles::all_grants(tx, ctx).await?;
    let owns = |id| grants.get(&id).is_some_and(|all| all.iter().any(|g| g.role == RoleRef::BuiltIn(Role::Owner)));
    let accounts = accounts::all(tx, ctx).await?;
    for account in accounts.iter().filter(|a| a.state == AccountState::Active && owns(a.id)).take(MOST_MAILS) {
        let to = account.person(app, tx.workspace())?.email;
        let mail =
            SystemMail { kind: "webhooks.disabled", to, subject: subject.clone(), text: text.clone(), html: None };
        tx.post(app.store(), ctx, mail).await?;
    }
    Ok(())
}
