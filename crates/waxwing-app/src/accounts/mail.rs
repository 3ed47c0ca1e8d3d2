//! Mail about accounts: plain text, one thing each, no link that was not asked for.

use super::{Account, LinkKind, Person};
use crate::{App, settings};
use waxwing_domain::{Ctx, HeaderText};
use waxwing_store::{StoreError, SystemMail, Tx};

pub(super) async fn invitation(app: &App, tx: &mut Tx, ctx: &Ctx, person: &Person, token: &str) -> crate::Result<()> {
    let organisation = organisation(tx).await?;
    let text = format!(
        "You are invited to sign in to Waxwing for {organisation}.\n\n\
         Choose a password here within seven days:\n\n{}\n\n\
         The link works once. If you did not expect it, do nothing.\n",
        LinkKind::Welcome.url(app, token)
    );
    post(app, tx, ctx, person, "accounts.invitation", "Your invitation to Waxwing", text).await
}

pub(super) async fn reset(app: &App, tx: &mut Tx, ctx: &Ctx, person: &Person, token: &str) -> crate::Result<()> {
    let text = format!(
        "Somebody asked to choose a new Waxwing password for this address.\n\n\
         If it was you, do it here within the hour:\n\n{}\n\n\
         The link works once. Your second factor, if you have one, is still asked for.\n\
         If it was not you, do nothing: your password stays as it is.\n",
        LinkKind::Reset.url(app, token)
    );
    post(app, tx, ctx, person, "accounts.reset", "Choose a new Waxwing password", text).await
}

/// Says how somebody who looks after accounts comes back: mail alone is not enough for that.
pub(super) async fn reset_needs_people(app: &App, tx: &mut Tx, ctx: &Ctx, person: &Person) -> crate::Result<()> {
    let text = format!(
        "Somebody asked to choose a new Waxwing password for this address.\n\n\
         You look after accounts there and have no second factor, so a mail alone cannot change your password.\n\n\
         Ask a colleague who looks after accounts: under Settings, People they start a way back for you, and a second \
         one agrees. Or, on the server: waxwing account recover {email}\n\n\
         If it was not you, do nothing: your password stays as it is.\n",
        email = person.email.as_str()
    );
    post(app, tx, ctx, person, "accounts.reset", "Your Waxwing password", text).await
}

/// Tells the person that a credential of theirs changed: the thief's first step must not be silent.
pub(crate) async fn changed(app: &App, tx: &mut Tx, ctx: &Ctx, account: &Account, what: &str) -> crate::Result<()> {
    let text = format!(
        "{what}\n\nIf it was you, there is nothing to do. If it was not, choose a new password now:\n\n{}/reset\n",
        app.config().public_url
    );
    let person = account.person(app, tx.workspace())?;
    post(app, tx, ctx, &person, "accounts.changed", "Your Waxwing account was changed", text).await
}

/// Sends the code that a strange sign-in asks for, with what to do if it was somebody else.
pub(crate) async fn sign_in_code(
    app: &App,
    tx: &mut Tx,
    ctx: &Ctx,
    account: &Account,
    code: &str,
) -> crate::Result<()> {
    let text = format!(
        "Somebody entered your right Waxwing password from a place or device that your account does not know.\n\n\
         If it is you, type this code within ten minutes:\n\n    {code}\n\n\
         If it is not, your password is known to somebody: tell nobody the code, and choose a new password now.\n\n\
         {}/reset\n\nWith a second factor of your own no code is mailed: set one up under Your account.\n",
        app.config().public_url
    );
    let person = account.person(app, tx.workspace())?;
    post(app, tx, ctx, &person, "login.code", "Your code to sign in to Waxwing", text).await
}

/// Tells the person that somebody knows the password but did not have the second factor.
pub(crate) async fn unfinished(app: &App, tx: &mut Tx, ctx: &Ctx, account: &Account) -> crate::Result<()> {
    let text = format!(
        "Somebody entered your right Waxwing password, but not your second factor, so they were not let in.\n\n\
         If it was you, there is nothing to do. If it was not, your password is known to somebody: \
         choose a new one now.\n\n{}/reset\n",
        app.config().public_url
    );
    let person = account.person(app, tx.workspace())?;
    post(app, tx, ctx, &person, "login.unfinished", "A sign-in to Waxwing stopped at your second factor", text).await
}

/// Tells the person that somebody came in from a browser that was not seen before.
pub(crate) async fn new_device(
    app: &App,
    tx: &mut Tx,
    ctx: &Ctx,
    account: &Account,
    browser: &str,
    address: &str,
) -> crate::Result<()> {
    let place = if address.is_empty() { "an unknown network address" } else { address };
    let text = format!(
        "Somebody signed in to your Waxwing account from a browser that it has not seen before:\n\n\
         {browser}, from {place}\n\n\
         If it was you, there is nothing to do. If it was not, somebody has what you sign in with: \
         choose a new password now, which ends every session, and look at your passkeys.\n\n{}/reset\n",
        app.config().public_url
    );
    let person = account.person(app, tx.workspace())?;
    post(app, tx, ctx, &person, "login.new_device", "A sign-in to Waxwing from a new browser", text).await
}

/// Tells the person that their password is worth nothing until they choose another.
pub(super) async fn must_reset(app: &App, tx: &mut Tx, ctx: &Ctx, account: &Account) -> crate::Result<()> {
    let organisation = organisation(tx).await?;
    let text = format!(
        "Your Waxwing password for {organisation} no longer works, and your sessions have ended. \
         Somebody who looks after this workspace decided so, for safety.\n\n\
         Choose another password here; it cannot be the one before:\n\n{}/reset\n\n\
         Your second factor and your passkeys stay and are asked for.\n",
        app.config().public_url
    );
    let person = account.person(app, tx.workspace())?;
    post(app, tx, ctx, &person, "accounts.must_reset", "Choose a new Waxwing password", text).await
}

pub(super) async fn post(
    app: &App,
    tx: &mut Tx,
    ctx: &Ctx,
    person: &Person,
    kind: &'static str,
    subject: &str,
    text: String,
) -> crate::Result<()> {
    let subject = HeaderText::parse(subject).map_err(|e| StoreError::Damaged(e.to_string()))?;
    let mail = SystemMail { kind, to: person.email.clone(), subject, text, html: None };
    tx.post(app.store(), ctx, mail).await?;
    Ok(())
}

async fn organisation(tx: &mut Tx) -> crate::Result<String> {
    let name = settings::load(tx).await?.organisation;
    Ok(if name.is_empty() { "your organisation".into() } else { name })
}
