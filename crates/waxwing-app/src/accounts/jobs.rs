//! Jobs of accounts: `accounts.reset` mails a reset link, `accounts.sweep` deletes links and questions that expired.

use super::{Account, LinkKind, State, force_reset, links, mail, passkeys, recovery, store};
use crate::App;
use std::time::Duration;
use waxwing_domain::{AccountId, Ctx, Micros, Operation};
use waxwing_store::{Entry, JobContext, JobError, JobRegistry, Tx};

pub(super) fn register(registry: &mut JobRegistry, app: &App) {
    let resetting = app.clone();
    registry.on("accounts.reset", 5, move |job| reset(resetting.clone(), job));
    let telling = app.clone();
    registry.on("accounts.tell_reset", 5, move |job| tell_reset(telling.clone(), job));
    let recovering = app.clone();
    registry.on(recovery::DUE, 5, move |job| recover(recovering.clone(), job));
    let sweeping = app.clone();
    registry.on("accounts.sweep", 3, move |job| sweep(sweeping.clone(), job));
    registry.every("accounts.sweep", Duration::from_secs(3_600));
}

/// Nobody's account: nothing to do, and nobody was told.
async fn reset(app: App, job: JobContext) -> Result<(), JobError> {
    if job.job.payload["account"].is_null() {
        return Ok(());
    }
    let id = job.job.id_of("account")?;
    let mut tx = job.store.begin(job.ctx.workspace, "accounts.reset").await?;
    job.fence(&mut tx).await?;
    mail_reset(&app, &mut tx, &job.ctx, id).await?;
    Ok(tx.commit().await?)
}

/// Makes the link and its mail; run twice, the second link ends the first.
pub(crate) async fn mail_reset(app: &App, tx: &mut Tx, ctx: &Ctx, id: AccountId) -> crate::Result<()> {
    let account = store::by_id(tx, id).await?.filter(|a| a.state == State::Active);
    let Some(account) = account else { return Ok(()) };
    let person = account.person(app, tx.workspace())?;
    if is_by_mail_alone(tx, &account, ctx.now()).await? {
        return mail::reset_needs_people(app, tx, ctx, &person).await;
    }
    let token = links::make(tx, ctx, LinkKind::Reset, id).await?;
    mail::reset(app, tx, ctx, &person, &token).await?;
    let entry = Entry::new(Operation::Key, "accounts.reset_mailed").on("account", id.as_i64());
    tx.record(app.store(), ctx, entry.to("smtp")).await?;
    Ok(())
}

/// Whether a mailed link would be all that it takes to get into an account that looks after others.
async fn is_by_mail_alone(tx: &mut Tx, account: &Account, now: Micros) -> crate::Result<bool> {
    let has_more = account.has_second_factor() || passkeys::count(tx, account.id).await? > 0;
    Ok(!has_more && recovery::is_guarded(tx, account.id, now).await?)
}

async fn tell_reset(app: App, job: JobContext) -> Result<(), JobError> {
    let mut tx = app.begin(&job.ctx, "accounts.tell_reset").await?;
    job.fence(&mut tx).await?;
    force_reset::tell(&app, &mut tx, &job.ctx, &job.job.payload).await?;
    Ok(tx.commit().await?)
}

async fn recover(app: App, job: JobContext) -> Result<(), JobError> {
    let id = job.job.id_of("recovery")?;
    let mut tx = app.begin(&job.ctx, recovery::DUE).await?;
    job.fence(&mut tx).await?;
    recovery::due(&app, &mut tx, &job.ctx, id).await?;
    Ok(tx.commit().await?)
}

async fn sweep(app: App, job: JobContext) -> Result<(), JobError> {
    let mut tx = app.begin(&job.ctx, "accounts.sweep").await?;
    job.fence(&mut tx).await?;
    store::sweep_links(&mut tx, job.ctx.now()).await?;
    recovery::sweep(&mut tx, job.ctx.now()).await?;
    passkeys::sweep(&mut tx, job.ctx.now()).await?;
    Ok(tx.commit().await?)
}
