//! A short mail to everybody who may act on something.
//!
//! Promise: it is posted in the caller's transaction, so that what happened and its mail are kept or lost together, and
//! it leaves under containment too. Limit: it goes to people who have joined and whose right is of the whole workspace,
//! fifty at most; it names what happened and where to look, never anybody.

use super::{State, by_id, mail, roles};
use crate::{App, Result};
use waxwing_domain::{AccountId, Action, Ctx};
use waxwing_store::Tx;

/// People who get one notice, at most.
const MOST: usize = 50;

/// What is said, in plain words and without data of people.
#[derive(Clone, Debug)]
pub struct Notice {
    /// The kind of mail, such as `alerts.raised`.
    pub kind: &'static str,
    /// Its subject.
    pub subject: String,
    /// Its text.
    pub text: String,
}

/// Mails a notice to everybody who may do `action`; gives to how many.
///
/// # Errors
/// When the subject is none that mail can carry.
pub async fn tell(app: &App, tx: &mut Tx, ctx: &Ctx, action: Action, notice: &Notice) -> Result<usize> {
    let rights = roles::rights_of_everybody(tx, ctx.now()).await?;
    let may = rights.into_iter().filter(|(_, rights)| rights.lists.is_none() && rights.actions.has(action));
    let mut who: Vec<AccountId> = may.map(|(account, _)| account).collect();
    who.sort_unstable();
    who.truncate(MOST);
    tell_these(app, tx, ctx, &who, notice).await
}

/// Mails a notice to these people, where they have joined; gives to how many.
///
/// # Errors
/// As [`tell`].
pub async fn tell_these(app: &App, tx: &mut Tx, ctx: &Ctx, who: &[AccountId], notice: &Notice) -> Result<usize> {
    let mut told = 0;
    for account in who {
        let Some(found) = by_id(tx, *account).await?.filter(|found| found.state == State::Active) else { continue };
        let person = found.person(app, tx.workspace())?;
        mail::post(app, tx, ctx, &person, notice.kind, &notice.subject, notice.text.clone()).await?;
        told += 1;
    }
    Ok(told)
}
