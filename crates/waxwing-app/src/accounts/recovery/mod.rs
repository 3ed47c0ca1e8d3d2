//! The way back for who lost password or second factor, decided by two other people who look after accounts.
//!
//! Promise: one asks, another agrees, a day passes, and only then a link to the person's mailbox sets a new password and
//! takes the lost factors off; everybody who looks after accounts and the person hear of each step, and the person stops
//! it by a link at any time. Whoever was given a role by who asks, on the day before, is no second one.
//! States: asked → agreed → ready → done; cancelled from each; what nobody goes on with ends by itself.
//! Tables: `account_recoveries`. Jobs: `accounts.recovery_due`. Events: record and signals `accounts.recovery_*`.
//! Limit: two people who conspire with whoever reads the mailbox are let in; the mail to the others is what shows it.
//! Where nobody is left to agree, the host's command line makes the link at once.

mod mail;
pub(super) mod pages;
mod store;

use super::{Account, State as Standing, passkeys, roles, store as accounts_store};
use crate::{App, Error, signals};
use serde_json::json;
use waxwing_crypto::{MacPurpose, SecretPurpose, SecretToken};
use waxwing_domain::{AccountId, Action, Actor, Ctx, EmailAddress, Micros, Operation, RecoveryId, WorkspaceId};
use waxwing_store::{Entry, NewJob, Tx};

/// How long a request waits for a second person, in microseconds.
pub const ASKED_FOR: i64 = Micros::DAY;
/// How long an agreed recovery waits for somebody to stop it, in microseconds.
pub const DELAY: i64 = Micros::DAY;
/// How long the link works, in microseconds.
pub const LINK_FOR: i64 = 7 * Micros::DAY;
/// How long the link of the host's command line works, in microseconds.
pub const HOST_LINK_FOR: i64 = Micros::HOUR;
/// How long what has ended is kept, in microseconds.
const KEPT: i64 = 30 * Micros::DAY;
/// The job that makes the link when the day is over.
pub(super) const DUE: &str = "accounts.recovery_due";

/// Who cannot be the second person.
const NOT_YOU: &str = "Somebody else agrees: not who asked, nor whose account it is, nor who got a role from who asked \
                       since yesterday.";

/// Where a recovery stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Stage {
    /// Waits for a second person.
    Asked,
    /// Waits for the day to pass.
    Agreed,
    /// The link is with the person.
    Ready,
    /// Used.
    Done,
    /// Stopped.
    Cancelled,
}

impl Stage {
    fn parse(word: &str) -> Option<Self> {
        Some(match word {
            "asked" => Self::Asked,
            "agreed" => Self::Agreed,
            "ready" => Self::Ready,
            "done" => Self::Done,
            "cancelled" => Self::Cancelled,
            _ => return None,
        })
    }
}

/// One recovery.
#[derive(Clone, Copy, Debug)]
pub struct Recovery {
    /// Its number.
    pub id: RecoveryId,
    /// Whose account.
    pub account: AccountId,
    /// Where it stands.
    pub stage: Stage,
    /// Who asked; none for the host.
    pub asked_by: Option<AccountId>,
    /// When.
    pub created_at: Micros,
    /// When the link is made, once a second person has agreed.
    pub due_at: Option<Micros>,
    /// When it ends if nobody goes on.
    pub expires_at: Micros,
}

/// Asks for a recovery; a second person must agree within a day.
///
/// # Errors
/// [`Error::Conflict`] for one's own account, for a second one at a time, and where nobody else could agree.
pub async fn ask(app: &App, tx: &mut Tx, ctx: &Ctx, account: AccountId) -> crate::Result<RecoveryId> {
    ctx.authorise(Action::AccountsWrite)?;
    let asker = person(ctx)?;
    let target = active(tx, account).await?;
    if asker == account {
        return Err(Error::Conflict(
            "Somebody else asks for this. You can change what is yours under Your account.".into(),
        ));
    }
    if !store::open_of(tx, account, ctx.now()).await?.is_empty() {
        return Err(Error::Conflict("A way back for this person is under way already.".into()));
    }
    let recovery = Recovery {
        id: RecoveryId::from_i64(ctx.new_id()),
        account,
        stage: Stage::Asked,
        asked_by: Some(asker),
        created_at: ctx.now(),
        due_at: None,
        expires_at: ctx.now().plus(ASKED_FOR),
    };
    if second_people(tx, ctx, &recovery).await?.is_empty() {
        return Err(Error::Conflict(
            "Nobody else here could agree: it takes two people who look after accounts, beside the person. On the \
             host, “waxwing account recover” makes the link."
                .into(),
        ));
    }
    store::insert(tx, &recovery, None).await?;
    note(app, tx, ctx, &recovery, "accounts.recovery_asked").await?;
    let words =
        "asked to help somebody back in who lost their password or second factor. It needs a second person’s yes.";
    mail::notice(app, tx, ctx, (&target, &recovery), words).await?;
    Ok(recovery.id)
}

/// Agrees, as the second person; the link is made a day later.
///
/// # Errors
/// [`Error::Conflict`] for whoever may not be the second person, and for a request that is over.
pub async fn agree(app: &App, tx: &mut Tx, ctx: &Ctx, id: RecoveryId) -> crate::Result<()> {
    ctx.authorise(Action::AccountsWrite)?;
    let recovery = by_id(tx, id).await?;
    let target = active(tx, recovery.account).await?;
    let second = person(ctx)?;
    if !second_people(tx, ctx, &recovery).await?.contains(&second) {
        return Err(Error::Conflict(NOT_YOU.into()));
    }
    let due = ctx.now().plus(DELAY);
    if !store::agree(tx, id, second, (ctx.now(), due, due.plus(LINK_FOR))).await? {
        return Err(over());
    }
    let job = NewJob { run_at: Some(due), ..NewJob::now(DUE, json!({ "recovery": id })) };
    tx.enqueue(ctx, job).await?;
    note(app, tx, ctx, &recovery, "accounts.recovery_agreed").await?;
    let words = "agreed to help somebody back in. In 24 hours, a link to a new password goes to their mailbox; second \
                 factor and passkeys come off when it is used.";
    mail::notice(app, tx, ctx, (&target, &recovery), words).await
}

/// Stops a recovery, as somebody who looks after accounts.
///
/// # Errors
/// [`Error::Conflict`] once it is over.
pub async fn cancel(app: &App, tx: &mut Tx, ctx: &Ctx, id: RecoveryId) -> crate::Result<()> {
    ctx.authorise(Action::AccountsWrite)?;
    stop(app, tx, ctx, id).await
}

/// The recovery that a person's own link stops, while it can be stopped. Changes nothing.
pub(crate) async fn stoppable(app: &App, tx: &mut Tx, ctx: &Ctx, text: &str) -> crate::Result<Option<Recovery>> {
    let Some(id) = read_stop(app, text) else { return Ok(None) };
    Ok(store::by_id(tx, id).await?.filter(|recovery| is_open(recovery, ctx.now())))
}

/// Stops it, for whoever holds the link.
pub(crate) async fn stop_by_link(app: &App, tx: &mut Tx, ctx: &Ctx, text: &str) -> crate::Result<()> {
    ctx.authorise(Action::Public)?;
    let recovery = stoppable(app, tx, ctx, text).await?.ok_or(Error::NotFound("recovery"))?;
    stop(app, tx, ctx, recovery.id).await
}

async fn stop(app: &App, tx: &mut Tx, ctx: &Ctx, id: RecoveryId) -> crate::Result<()> {
    let recovery = by_id(tx, id).await?;
    if !store::cancel(tx, id, ctx.now()).await? {
        return Err(over());
    }
    note(app, tx, ctx, &recovery, "accounts.recovery_cancelled").await?;
    match accounts_store::by_id(tx, recovery.account).await? {
        Some(target) if target.state == Standing::Active => {
            mail::notice(app, tx, ctx, (&target, &recovery), "stopped a way back into an account. Nothing was changed.")
                .await
        }
        _ => Ok(()),
    }
}

/// Makes the link when the day is over and mails it; nothing if somebody stopped it meanwhile. Safe to run twice.
pub(crate) async fn due(app: &App, tx: &mut Tx, ctx: &Ctx, id: RecoveryId) -> crate::Result<()> {
    let token = SecretToken::random(SecretPurpose::Recovery, &*ctx.rng);
    if !store::ready(tx, id, token.hash(), ctx.now()).await? {
        return Ok(());
    }
    let recovery = by_id(tx, id).await?;
    let target = active(tx, recovery.account).await?;
    note(app, tx, ctx, &recovery, "accounts.recovery_ready").await?;
    mail::link(app, tx, ctx, &target, &url(app, &token.text()), &stop_url(app, id)).await
}

/// Makes a link at once, for the host's command line; everybody who looks after accounts is told.
pub async fn by_host(app: &App, ctx: &Ctx, email: &EmailAddress) -> crate::Result<String> {
    ctx.authorise(Action::AccountsWrite)?;
    if ctx.actor != Actor::Host {
        return Err(Error::Conflict("Only the host makes the link at once.".into()));
    }
    let mut tx = app.begin(ctx, "accounts.recovery_by_host").await?;
    let target = super::by_email(app, &mut tx, email).await?.ok_or(Error::NotFound("account"))?;
    let target = active(&mut tx, target.id).await?;
    let token = SecretToken::random(SecretPurpose::Recovery, &*ctx.rng);
    let (now, expires_at) = (ctx.now(), ctx.now().plus(HOST_LINK_FOR));
    let (account, stage) = (target.id, Stage::Ready);
    let recovery = Recovery {
        id: RecoveryId::from_i64(ctx.new_id()),
        account,
        stage,
        asked_by: None,
        created_at: now,
        due_at: Some(now),
        expires_at,
    };
    store::insert(&mut tx, &recovery, Some(token.hash())).await?;
    note(app, &mut tx, ctx, &recovery, "accounts.recovery_by_host").await?;
    let words = "made a link on the host that lets somebody back in, without second factor and passkeys.";
    mail::notice(app, &mut tx, ctx, (&target, &recovery), words).await?;
    tx.commit().await?;
    Ok(url(app, &token.text()))
}

/// Whose link this is, if it still works. Changes nothing.
pub(crate) async fn look(tx: &mut Tx, ctx: &Ctx, text: &str) -> crate::Result<Option<Account>> {
    let Ok(token) = SecretToken::parse(SecretPurpose::Recovery, text) else { return Ok(None) };
    let Some(recovery) = store::by_hash(tx, token.hash(), ctx.now()).await? else { return Ok(None) };
    Ok(accounts_store::by_id(tx, recovery.account).await?.filter(|account| account.state == Standing::Active))
}

/// Uses the link up: the new password is set, second factor, passkeys and recovery codes come off, every session ends.
/// Of two who try, one gets it.
pub(crate) async fn complete(app: &App, tx: &mut Tx, ctx: &Ctx, text: &str, hash: &str) -> crate::Result<()> {
    let gone = || Error::NotFound("link");
    let token = SecretToken::parse(SecretPurpose::Recovery, text).map_err(|_| gone())?;
    let recovery = store::finish(tx, token.hash(), ctx.now()).await?.ok_or_else(gone)?;
    let target = active(tx, recovery.account).await?;
    accounts_store::set_totp(tx, target.id, None, 0).await?;
    accounts_store::replace_codes(tx, target.id, Vec::new()).await?;
    passkeys::remove_all(tx, target.id).await?;
    super::set_password(app, tx, ctx, target.id, hash, "accounts.recovered").await?;
    note(app, tx, ctx, &recovery, "accounts.recovery_done").await?;
    let words = "used the link that lets them back in. Their password is new; second factor and passkeys are off.";
    mail::notice(app, tx, ctx, (&target, &recovery), words).await
}

/// Those under way.
pub async fn open(tx: &mut Tx, ctx: &Ctx) -> crate::Result<Vec<Recovery>> {
    ctx.authorise_look(Action::AccountsWrite)?;
    Ok(store::open(tx, ctx.now()).await?)
}

/// The workspace of a link to a new password, or of one that stops it. Asked of the installation.
pub(crate) async fn workspace_of(app: &App, tx: &mut Tx, text: &str) -> crate::Result<Option<WorkspaceId>> {
    if let Some(id) = read_stop(app, text) {
        return Ok(store::workspace_of_id(tx, id).await?);
    }
    let Ok(token) = SecretToken::parse(SecretPurpose::Recovery, text) else { return Ok(None) };
    Ok(store::workspace_of_hash(tx, token.hash()).await?)
}

/// Whether this account looks after accounts: then mail alone never lets anybody into it.
pub(crate) async fn is_guarded(tx: &mut Tx, account: AccountId, now: Micros) -> crate::Result<bool> {
    Ok(guardians(tx, now).await?.contains(&account))
}

/// Everybody who looks after accounts.
async fn guardians(tx: &mut Tx, now: Micros) -> crate::Result<Vec<AccountId>> {
    let rights = roles::rights_of_everybody(tx, now).await?;
    let active = accounts_store::all(tx).await?.into_iter().filter(|account| account.state == Standing::Active);
    let able = active.filter(|account| rights.get(&account.id).is_some_and(|r| r.actions.has(Action::AccountsWrite)));
    Ok(able.map(|account| account.id).collect())
}

/// Who may be the second person of a recovery.
pub(super) async fn second_people(tx: &mut Tx, ctx: &Ctx, recovery: &Recovery) -> crate::Result<Vec<AccountId>> {
    // Whoever stole an account must not be able to let in a second pair of eyes on the same day.
    let let_in = roles::granted_since(tx, recovery.created_at.plus(-Micros::DAY)).await?;
    let let_in = |id: &AccountId| let_in.iter().any(|g| g.account == *id && Some(g.by) == recovery.asked_by);
    let others = guardians(tx, ctx.now()).await?.into_iter();
    Ok(others.filter(|id| *id != recovery.account && Some(*id) != recovery.asked_by && !let_in(id)).collect())
}

fn is_open(recovery: &Recovery, now: Micros) -> bool {
    !matches!(recovery.stage, Stage::Done | Stage::Cancelled) && now < recovery.expires_at
}

fn person(ctx: &Ctx) -> crate::Result<AccountId> {
    match ctx.actor {
        Actor::Account(account, _) => Ok(account),
        _ => Err(Error::Conflict("Only a person who is signed in asks for this or agrees to it.".into())),
    }
}

async fn by_id(tx: &mut Tx, id: RecoveryId) -> crate::Result<Recovery> {
    Ok(store::by_id(tx, id).await?.ok_or(Error::NotFound("recovery"))?)
}

async fn active(tx: &mut Tx, id: AccountId) -> crate::Result<Account> {
    let account = accounts_store::by_id(tx, id).await?.filter(|account| account.state == Standing::Active);
    account.ok_or(Error::NotFound("account"))
}

async fn note(app: &App, tx: &mut Tx, ctx: &Ctx, recovery: &Recovery, what: &'static str) -> crate::Result<()> {
    let entry = Entry::new(Operation::Key, what).on("account", recovery.account.as_i64());
    tx.record(app.store(), ctx, entry.detail(json!({ "recovery": recovery.id }))).await?;
    signals::note_address(app, tx, ctx, what, 1, json!({ "account": recovery.account })).await
}

fn over() -> Error {
    Error::Conflict("This is over already: used, stopped, or too old.".into())
}

fn url(app: &App, token: &str) -> String {
    format!("{}/recovery/{token}", app.config().public_url)
}

/// The link by which the person stops it: the number and our MAC, so that every mail holds the same.
fn stop_url(app: &App, id: RecoveryId) -> String {
    let mac = app.store().keys().ring().mac(MacPurpose::Recovery, &id.as_i64().to_be_bytes());
    format!("{}/recovery/stop/{:016x}{}", app.config().public_url, id.as_i64(), hex::encode(mac))
}

fn read_stop(app: &App, text: &str) -> Option<RecoveryId> {
    let (number, mac) = text.split_at_checked(16)?;
    let id = i64::from_str_radix(number, 16).map(RecoveryId::from_i64).ok()?;
    let mac = hex::decode(mac).ok()?;
    app.store().keys().ring().verify_mac(MacPurpose::Recovery, &id.as_i64().to_be_bytes(), &mac).then_some(id)
}

/// Forgets what ended long ago.
pub(super) async fn sweep(tx: &mut Tx, now: Micros) -> crate::Result<()> {
    Ok(store::sweep(tx, now.plus(-KEPT)).await?)
}
