//! `/settings/recoveries`: the ways back that are under way.

use super::{Recovery, Stage, mail, second_people};
use crate::{App, Error};
use askama::Template;
use axum::extract::State as Is;
use axum::response::{IntoResponse as _, Response};
use http::StatusCode;
use waxwing_domain::{AccountId, Actor, Ctx, RecoveryId};
use waxwing_http::{Fail, Flash, Page, SeeOther, Segment, Shell, Who};
use waxwing_store::Tx;

const HERE: &str = "/settings/recoveries";

#[derive(Template)]
#[template(path = "accounts/recovery/pages/recoveries.html")]
struct RecoveriesPage {
    shell: Shell,
    rows: Vec<Row>,
    error: String,
}

/// One that is under way, as its reader sees it.
struct Row {
    recovery: Recovery,
    person: String,
    asker: String,
    may_agree: bool,
}

pub(in crate::accounts) async fn index(Is(app): Is<App>, Who(ctx): Who, shell: Shell) -> Result<Response, Fail> {
    Ok(Page(page(&app, &ctx, shell, String::new()).await?).into_response())
}

pub(in crate::accounts) async fn ask(
    Is(app): Is<App>,
    Who(ctx): Who,
    shell: Shell,
    Segment(id): Segment<AccountId>,
) -> Result<Response, Fail> {
    let mut tx = app.begin(&ctx, "accounts.recovery_ask").await?;
    let asked = super::ask(&app, &mut tx, &ctx, id).await;
    answer(
        &app,
        &ctx,
        shell,
        (tx, asked.map(drop)),
        "Asked. It waits for a second person’s yes; everybody who looks after accounts has mail.",
    )
    .await
}

pub(in crate::accounts) async fn agree(
    Is(app): Is<App>,
    Who(ctx): Who,
    shell: Shell,
    Segment(id): Segment<RecoveryId>,
) -> Result<Response, Fail> {
    let mut tx = app.begin(&ctx, "accounts.recovery_agree").await?;
    let agreed = super::agree(&app, &mut tx, &ctx, id).await;
    answer(&app, &ctx, shell, (tx, agreed), "Agreed. The link goes out in 24 hours, unless somebody stops it.").await
}

pub(in crate::accounts) async fn cancel(
    Is(app): Is<App>,
    Who(ctx): Who,
    shell: Shell,
    Segment(id): Segment<RecoveryId>,
) -> Result<Response, Fail> {
    let mut tx = app.begin(&ctx, "accounts.recovery_cancel").await?;
    let stopped = super::cancel(&app, &mut tx, &ctx, id).await;
    answer(&app, &ctx, shell, (tx, stopped), "Stopped. Nothing was changed.").await
}

async fn answer(
    app: &App,
    ctx: &Ctx,
    shell: Shell,
    (tx, done): (Tx, crate::Result<()>),
    words: &str,
) -> Result<Response, Fail> {
    match done {
        Ok(()) => {
            tx.commit().await.map_err(Error::from)?;
            Ok(SeeOther::to(HERE).flash(Flash::good(words)).into_response())
        }
        Err(Error::Conflict(message)) => {
            drop(tx);
            let page = page(app, ctx, shell, message).await?;
            Ok((StatusCode::CONFLICT, Page(page)).into_response())
        }
        Err(other) => Err(other.into()),
    }
}

async fn page(app: &App, ctx: &Ctx, shell: Shell, error: String) -> crate::Result<RecoveriesPage> {
    let mut tx = app.read(ctx, "accounts.recoveries").await?;
    let mut rows = Vec::new();
    for recovery in super::open(&mut tx, ctx).await? {
        rows.push(row(app, &mut tx, ctx, recovery).await?);
    }
    let mut shell = shell.titled("Ways back");
    shell.path = "/settings/people".into();
    Ok(RecoveriesPage { shell, rows, error })
}

async fn row(app: &App, tx: &mut Tx, ctx: &Ctx, recovery: Recovery) -> crate::Result<Row> {
    let own = |id: AccountId| matches!(ctx.actor, Actor::Account(actor, _) if actor == id);
    let seconds = second_people(tx, ctx, &recovery).await?;
    let asker = match recovery.asked_by {
        Some(id) if own(id) => "You".to_owned(),
        Some(id) => mail::name(app, tx, id).await?,
        None => "The host".to_owned(),
    };
    Ok(Row {
        person: mail::name(app, tx, recovery.account).await?,
        may_agree: recovery.stage == Stage::Asked && seconds.iter().any(|id| own(*id)),
        asker,
        recovery,
    })
}
