//! Everybody, or one person, must prove anew who they are.
//!
//! Promise: in the caller's transaction every session, sign-in under way and reset link of the people meant ends, and
//! their passwords are worth nothing until each has chosen another, by a link of their own mailbox or of the host;
//! the second factor stays and is asked for. The password before cannot be chosen again. Limit: passkeys go on
//! working, since no copy of what this house stores signs in by them; API keys are another matter.

use super::{Account, State, mail, store};
use crate::{App, Error, signals};
use serde_json::json;
use waxwing_domain::{AccountId, Action, Ctx, Operation};
use waxwing_store::{Entry, NewJob, StoreError, Tx};

/// Who must prove anew.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Scope {
    /// This person.
    Person(AccountId),
    /// Everybody in the workspace but, where it is named, the account of who decides it.
    Everybody {
        /// Who goes on undisturbed.
        but: Option<AccountId>,
    },
}

/// Ends what these people are signed in by; says how many they are. Mail tells each of them, by a job.
///
/// `by` is the right under which it is done: [`Action::AccountsWrite`], or that of who contains a breach.
///
/// # Errors
/// [`Error::NotFound`] for a person who cannot sign in.
pub async fn force_reset(app: &App, tx: &mut Tx, ctx: &Ctx, scope: Scope, by: Action) -> crate::Result<usize> {
    ctx.authorise(by)?;
    let ids = match scope {
        Scope::Person(id) => store::force_reset_of(tx, id, ctx.now()).await?.map(|id| vec![id]),
        Scope::Everybody { but } => Some(store::force_reset_all(tx, but, ctx.now()).await?),
    };
    let ids = ids.ok_or(Error::NotFound("account"))?;
    let entry = Entry::new(Operation::Key, "accounts.force_reset");
    let entry = match scope {
        Scope::Person(id) => entry.on("account", id.as_i64()),
        Scope::Everybody { .. } => entry.detail(json!({ "accounts": ids })),
    };
    tx.record(app.store(), ctx, entry).await?;
    signals::note(tx, ctx, "accounts.force_reset", 1, json!({ "accounts": ids })).await?;
    tx.enqueue(ctx, NewJob::now("accounts.tell_reset", json!({ "accounts": ids }))).await?;
    Ok(ids.len())
}

/// Mails those who still have no new password; a list of a job's own making.
pub(crate) async fn tell(app: &App, tx: &mut Tx, ctx: &Ctx, payload: &serde_json::Value) -> crate::Result<()> {
    let damaged = |_| StoreError::Damaged("job accounts.tell_reset lacks accounts".into());
    let ids: Vec<AccountId> = serde_json::from_value(payload["accounts"].clone()).map_err(damaged)?;
    let waits = |account: &Account| account.state == State::Active && account.must_reset() && ids.contains(&account.id);
    for account in store::all(tx).await?.iter().filter(|account| waits(account)) {
        mail::must_reset(app, tx, ctx, account).await?;
    }
    Ok(())
}
