//! Mail about requests: to those who may decide, and back to whoever asked.
//!
//! Promise: no link decides anything; the page behind it does, after a look. Limit: the mail names
//! the kind of thing and who asks, not its content.

use super::{Approval, asking, decide, store};
use crate::accounts::{self, Account, Person, mail};
use crate::{App, Error};
use waxwing_domain::{AccountId, ApprovalId, Ctx};
use waxwing_store::Tx;

/// Tells everybody who may decide; once, however often it is called.
pub(super) async fn ask(app: &App, tx: &mut Tx, ctx: &Ctx, id: ApprovalId) -> crate::Result<()> {
    if !store::tell(tx, id, ctx.now()).await? {
        return Ok(());
    }
    let approval = store::by_id(tx, id).await?.ok_or(Error::NotFound("approval"))?;
    let deciders = decide::deciders(tx, ctx.now(), &approval).await?;
    let text = request(app, tx, &approval).await?;
    let everybody = accounts::store::all(tx).await?;
    for account in everybody.iter().filter(|account| deciders.contains(&account.id)) {
        let person = account.person(app, tx.workspace())?;
        mail::post(app, tx, ctx, &person, "approvals.asked", "A second person’s yes is asked for", text.clone())
            .await?;
    }
    Ok(())
}

async fn request(app: &App, tx: &mut Tx, approval: &Approval) -> crate::Result<String> {
    let asker = match approval.behind {
        Some(account) => {
            let account = accounts::by_id(tx, account).await?;
            name(app, tx, account)?
        }
        None => "A program".to_owned(),
    };
    let about = match approval.people {
        0 => String::new(),
        people => format!(" It is about {} people.", waxwing_http::count(people)),
    };
    Ok(format!(
        "{asker} asks for a second person’s yes: {}.{about}\n\n\
         Look at it and decide within 24 hours:\n\n{}/security/approvals/{}\n\n\
         Nothing happens until somebody says yes. If you did not expect this, say no and ask {asker} yourself.\n",
        approval.kind.words().to_lowercase(),
        app.config().public_url,
        approval.id
    ))
}

fn name(app: &App, tx: &Tx, account: Option<Account>) -> crate::Result<String> {
    let person = account.map(|account| account.person(app, tx.workspace())).transpose()?;
    Ok(person.map_or_else(|| "Somebody who is gone".to_owned(), |person: Person| person.shown().to_owned()))
}

/// Tells whoever asked what was decided; `refusal` is why it was refused.
pub(super) async fn decided(
    app: &App,
    tx: &mut Tx,
    ctx: &Ctx,
    approval: &Approval,
    refusal: Option<&str>,
) -> crate::Result<()> {
    let what = approval.kind.words().to_lowercase();
    let text = match refusal {
        Some(why) => format!("Somebody said no to what you asked for: {what}.\n\nWhy: {why}\n"),
        None if approval.kind.goes_on().is_some() => {
            format!("Somebody said yes to what you asked for: {what}. It goes on by itself now.\n")
        }
        None => format!(
            "Somebody said yes to what you asked for: {what}. It waits for you, until 24 hours after you asked:\n"
        ),
    };
    to_asker(app, tx, ctx, approval, "Your request was decided", &text).await
}

async fn to_asker(
    app: &App,
    tx: &mut Tx,
    ctx: &Ctx,
    approval: &Approval,
    subject: &str,
    text: &str,
) -> crate::Result<()> {
    let Some(account) = approval.behind else { return Ok(()) };
    let text = format!("{text}\n{}/security/approvals/{}\n", app.config().public_url, approval.id);
    to_account(app, tx, ctx, account, ("approvals.decided", subject), text).await
}

/// Mails the person behind the credential that caused this; nobody where there is none.
pub async fn tell(
    app: &App,
    tx: &mut Tx,
    ctx: &Ctx,
    kind: &'static str,
    subject: &str,
    text: String,
) -> crate::Result<()> {
    match asking::behind(tx, ctx.origin).await? {
        Some(account) => to_account(app, tx, ctx, account, (kind, subject), text).await,
        None => Ok(()),
    }
}

async fn to_account(
    app: &App,
    tx: &mut Tx,
    ctx: &Ctx,
    account: AccountId,
    (kind, subject): (&'static str, &str),
    text: String,
) -> crate::Result<()> {
    let account = accounts::by_id(tx, account).await?.filter(|account| account.state == accounts::State::Active);
    let Some(account) = account else { return Ok(()) };
    let person = account.person(app, tx.workspace())?;
    mail::post(app, tx, ctx, &person, kind, subject, text).await
}
