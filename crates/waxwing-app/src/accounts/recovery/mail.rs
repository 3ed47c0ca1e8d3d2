//! Mail about recoveries: each step to everybody who looks after accounts and to the person.
//!
//! Promise: the person's mail holds the link that stops it. Limit: who they are is named by what
//! others may see of them: the name they gave, else their masked address.

use super::super::{mail, store};
use super::{Account, Recovery, Stage, guardians, is_open, stop_url};
use crate::App;
use waxwing_domain::{AccountId, Actor, Ctx};
use waxwing_store::Tx;

/// Tells everybody concerned what somebody did.
pub(super) async fn notice(
    app: &App,
    tx: &mut Tx,
    ctx: &Ctx,
    (target, recovery): (&Account, &Recovery),
    words: &str,
) -> crate::Result<()> {
    let who = actor(app, tx, ctx).await?;
    let guardians = guardians(tx, ctx.now()).await?;
    let subject = "A way back into a Waxwing account";
    let text = format!(
        "{who} {words}\n\nIt is about the account of {}.\n\n\
         See what is under way, and stop it if it is not right:\n\n{}/settings/recoveries\n",
        shown(app, tx, target)?,
        app.config().public_url
    );
    for account in store::all(tx).await?.iter().filter(|a| a.id != target.id && guardians.contains(&a.id)) {
        let person = account.person(app, tx.workspace())?;
        mail::post(app, tx, ctx, &person, "accounts.recovery", subject, text.clone()).await?;
    }
    let stop = match is_open(recovery, ctx.now()) && recovery.stage != Stage::Done {
        true => format!(
            "\n\nIf you did not ask for this yourself, stop it here, without signing in:\n\n{}",
            stop_url(app, recovery.id)
        ),
        false => String::new(),
    };
    let text = format!("{who} {words}\n\nIt is about your own account.{stop}\n");
    let person = target.person(app, tx.workspace())?;
    mail::post(app, tx, ctx, &person, "accounts.recovery", subject, text).await
}

/// Mails the link itself.
pub(super) async fn link(
    app: &App,
    tx: &mut Tx,
    ctx: &Ctx,
    target: &Account,
    url: &str,
    stop: &str,
) -> crate::Result<()> {
    let text = format!(
        "Two people who look after accounts decided to help you back in, and a day has passed.\n\n\
         Choose a new password here within seven days:\n\n{url}\n\n\
         Your second factor, passkeys and recovery codes come off when you do. The link works once.\n\n\
         If you did not ask for this, stop it here:\n\n{stop}\n"
    );
    let person = target.person(app, tx.workspace())?;
    mail::post(app, tx, ctx, &person, "accounts.recovery_link", "Your way back into Waxwing", text).await
}

/// Who acts, as others may see them.
async fn actor(app: &App, tx: &mut Tx, ctx: &Ctx) -> crate::Result<String> {
    Ok(match ctx.actor {
        Actor::Account(id, _) => name(app, tx, id).await?,
        Actor::Host => "Somebody on the host’s command line".to_owned(),
        Actor::Public => "Whoever holds the link".to_owned(),
        Actor::Job | Actor::ApiKey(_) => "The program".to_owned(),
    })
}

pub(super) async fn name(app: &App, tx: &mut Tx, id: AccountId) -> crate::Result<String> {
    match store::by_id(tx, id).await? {
        Some(account) => shown(app, tx, &account),
        None => Ok("Somebody who is gone".to_owned()),
    }
}

fn shown(app: &App, tx: &Tx, account: &Account) -> crate::Result<String> {
    let person = account.person(app, tx.workspace())?;
    Ok(if person.name.is_empty() { person.email.masked() } else { person.name })
}
