//! Choosing a password by a one-time link.
//!
//! Promise: a welcome link signs its first user in; a reset link never does: what follows is an
//! ordinary sign-in, with the second factor where there is one.

use super::device::Device;
use super::{enter, policy, throttle};
use crate::accounts::{self, Account, LinkKind, links, mail, password};
use crate::{App, Error, settings};
use waxwing_domain::{Action, Ctx, Strength, WorkspaceId};

/// Chooses the first password and signs in; gives the session's token.
///
/// # Errors
/// [`Error::NotFound`] for a link that was used or is too old; [`Error::Invalid`] for a weak password.
pub async fn welcome(app: &App, ctx: &Ctx, token: &str, text: String, device: &Device) -> crate::Result<String> {
    let (account, hash) = prepare(app, ctx, LinkKind::Welcome, token, text).await?;
    let mut tx = app.begin(ctx, "login.welcome").await?;
    let taken = links::take(&mut tx, ctx, LinkKind::Welcome, token).await?;
    taken.filter(|id| *id == account.id).ok_or(Error::NotFound("link"))?;
    let epoch = accounts::set_password(app, &mut tx, ctx, account.id, &hash, "login.welcome").await?;
    let account = account.at_epoch(epoch);
    let token = enter(app, &mut tx, ctx, &account, device, (Strength::Password, "login.signed_in")).await?;
    tx.commit().await?;
    Ok(token)
}

/// Chooses another password; every session ends, nobody is signed in, and the person is told by mail.
///
/// # Errors
/// As [`welcome`].
pub async fn reset(app: &App, ctx: &Ctx, token: &str, text: String) -> crate::Result<()> {
    let (account, hash) = prepare(app, ctx, LinkKind::Reset, token, text).await?;
    let mut tx = app.begin(ctx, "login.reset").await?;
    let taken = links::take(&mut tx, ctx, LinkKind::Reset, token).await?;
    taken.filter(|id| *id == account.id).ok_or(Error::NotFound("link"))?;
    accounts::set_password(app, &mut tx, ctx, account.id, &hash, "login.reset").await?;
    mail::changed(app, &mut tx, ctx, &account, "Your password was changed by a reset link.").await?;
    Ok(tx.commit().await?)
}

/// Everything that takes long, before the transaction that uses the link up.
async fn prepare(app: &App, ctx: &Ctx, kind: LinkKind, token: &str, text: String) -> crate::Result<(Account, String)> {
    ctx.authorise(Action::Public)?;
    let mut tx = app.begin(ctx, "login.link").await?;
    throttle::of_place(app, &mut tx, ctx, throttle::LINK).await?;
    let found = links::look(&mut tx, ctx, kind, token).await?.ok_or(Error::NotFound("link"))?;
    let account = accounts::by_id(&mut tx, found).await?.ok_or(Error::NotFound("link"))?;
    let about = about(app, ctx.workspace, &account, &settings::load(&mut tx).await?.organisation)?;
    let fewest = policy::fewest_characters(&mut tx, &account).await?;
    tx.commit().await?;
    password::check(text.clone(), about, fewest).await?;
    refuse_spent(&account, &text).await?;
    Ok((account, password::hash(text, ctx.rng.clone()).await?))
}

/// What somebody else may know does not come back.
pub(super) async fn refuse_spent(account: &Account, text: &str) -> crate::Result<()> {
    let Some(spent) = account.spent_hash().cloned() else { return Ok(()) };
    match password::verify(text.to_owned(), Some(spent)).await? {
        true => Err(Error::invalid("password", "Choose another than the one before: somebody else may know that one.")),
        false => Ok(()),
    }
}

/// What a password must not be made of.
pub(super) fn about(
    app: &App,
    workspace: WorkspaceId,
    account: &Account,
    organisation: &str,
) -> crate::Result<Vec<String>> {
    let person = account.person(app, workspace)?;
    Ok(vec![person.email.as_str().to_owned(), person.name, organisation.to_owned(), "waxwing".to_owned()])
}
