//! Joining an account here to a person at the provider: only by its owner, signed in with a fresh proof.
//!
//! Promise: an account has one person there, and a person one account; both ends hear of it by mail. Limit: the two
//! addresses need not be the same; whoever is signed in at both ends is believed.

use super::arrive::Vouched;
use super::refusal::Refusal;
use super::{acting, enter, seals, store};
use crate::accounts::{self, Account, State, mail};
use crate::login::{contain, own};
use crate::{App, Error, signals};
use serde_json::json;
use waxwing_domain::{Action, Ctx, Operation};
use waxwing_store::{Entry, Tx};

/// Links the account of the session that asked.
pub(super) async fn link(app: &App, ctx: &Ctx, vouched: &Vouched) -> crate::Result<Result<(), Refusal>> {
    let ctx = &acting(ctx, &vouched.attempt);
    let mut tx = app.begin(ctx, "login.sso_link").await?;
    let Some(account) = holder(&mut tx, vouched).await? else { return Ok(Err(Refusal::Session)) };
    let email = enter::email(vouched);
    if email.is_none() || !vouched.config.admits(email.as_ref()) {
        return Ok(Err(Refusal::Address));
    }
    let (issuer, subject) = (&vouched.config.issuer, &vouched.claims.subject);
    if let Some((other, _)) = store::link(&mut tx, seals::tags(app, ctx.workspace, issuer, subject)?).await? {
        let gone = accounts::by_id(&mut tx, other).await?.is_none_or(|other| other.state == State::Removed);
        if other == account.id {
            return Ok(Ok(()));
        }
        if !gone {
            return Ok(Err(Refusal::OtherPerson));
        }
        store::remove_link(&mut tx, other).await?;
    }
    store::remove_link(&mut tx, account.id).await?;
    store::put_link(&mut tx, &seals::tag(app, ctx.workspace, issuer, subject)?, account.id, ctx.now()).await?;
    let words = "Your Waxwing account was linked to your identity provider. You can sign in by it now.";
    changed(app, &mut tx, ctx, &account, ("login.sso_linked", words)).await?;
    tx.commit().await?;
    Ok(Ok(()))
}

/// The account of the session that began this, if that session still holds.
pub(super) async fn holder(tx: &mut Tx, vouched: &Vouched) -> crate::Result<Option<Account>> {
    let (account, session) = (vouched.attempt.account, vouched.attempt.session);
    let gate = tx.gate().await?;
    match contain::session_holds(tx, &gate, account, session).await? {
        true => Ok(accounts::by_id(tx, account).await?.filter(|account| account.state == State::Active)),
        false => Ok(None),
    }
}

/// Unlinks the account of whoever asks; sessions that the provider began end.
///
/// # Errors
/// [`Error::Conflict`] where nothing would be left to sign in by.
pub(super) async fn unlink(app: &App, ctx: &Ctx) -> crate::Result<()> {
    ctx.authorise(Action::OwnAccount)?;
    let mut tx = app.begin(ctx, "login.sso_unlink").await?;
    let (account, _) = own::account(&mut tx, ctx).await?;
    if account.password_hash().is_none() && accounts::passkeys::count(&mut tx, account.id).await? == 0 {
        return Err(Error::Conflict("You have nothing else to sign in by. Add a passkey first.".into()));
    }
    if !store::remove_link(&mut tx, account.id).await? {
        return Err(Error::NotFound("link"));
    }
    let words = "Your Waxwing account is no longer linked to your identity provider.";
    changed(app, &mut tx, ctx, &account, ("login.sso_unlinked", words)).await?;
    crate::login::store::end_by_sso(&mut tx, Some(account.id), ctx.now()).await?;
    Ok(tx.commit().await?)
}

/// On the record, as a signal, and to the person.
async fn changed(
    app: &App,
    tx: &mut Tx,
    ctx: &Ctx,
    account: &Account,
    (what, words): (&'static str, &str),
) -> crate::Result<()> {
    let entry = Entry::new(Operation::Key, what).on("account", account.id.as_i64());
    tx.record(app.store(), ctx, entry).await?;
    signals::note_address(app, tx, ctx, what, 1, json!({ "account": account.id })).await?;
    mail::changed(app, tx, ctx, account, words).await
}
