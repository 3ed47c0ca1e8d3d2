//! The signed-out end of a recovery: choosing the new password, and stopping it.
//!
//! Promise: looking changes nothing; the link signs nobody in. Why and when it is made: `accounts::recovery`.

use super::pages::{ChoosePage, gone};
use super::{links, policy, throttle};
use crate::accounts::{LinkKind, password, recovery};
use crate::{App, Error, settings};
use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use http::StatusCode;
use serde::Deserialize;
use waxwing_domain::{Action, Ctx};
use waxwing_http::{Fail, Flash, Page, SafeForm, SeeOther, Segment, Shell, Who};

#[derive(Template)]
#[template(path = "login/pages/stop_recovery.html")]
struct StopPage {
    shell: Shell,
    token: String,
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct Chosen {
    password: String,
    repeat: String,
}

pub(super) async fn show(
    State(app): State<App>,
    Who(ctx): Who,
    Segment(token): Segment<String>,
    shell: Shell,
) -> Result<Response, Fail> {
    form(&app, &ctx, &token, shell, None).await
}

pub(super) async fn choose(
    State(app): State<App>,
    Who(ctx): Who,
    Segment(token): Segment<String>,
    shell: Shell,
    SafeForm(chosen): SafeForm<Chosen>,
) -> Result<Response, Fail> {
    if chosen.password != chosen.repeat {
        return form(&app, &ctx, &token, shell, Some(Wrong::Repeat)).await;
    }
    match complete(&app, &ctx, &token, chosen.password).await {
        Ok(()) => {
            let words = "You are back. Sign in with your new password, then set up a passkey.";
            Ok(SeeOther::to("/sign-in").flash(Flash::good(words)).into_response())
        }
        Err(Error::NotFound(_)) => Ok(gone(shell, LinkKind::Welcome)),
        Err(Error::Invalid { message, .. }) => form(&app, &ctx, &token, shell, Some(Wrong::Weak(message))).await,
        Err(other) => Err(other.into()),
    }
}

/// What is wrong with a chosen password.
enum Wrong {
    Repeat,
    Weak(String),
}

async fn form(app: &App, ctx: &Ctx, token: &str, shell: Shell, wrong: Option<Wrong>) -> Result<Response, Fail> {
    let mut tx = app.read(ctx, "login.recovery").await?;
    let Some(account) = recovery::look(&mut tx, ctx, token).await? else { return Ok(gone(shell, LinkKind::Welcome)) };
    let email = account.person(app, ctx.workspace)?.email.as_str().to_owned();
    let page = ChoosePage::of_recovery(shell, token, (email, policy::fewest_without(&mut tx).await?));
    drop(tx);
    Ok(match wrong {
        None => Page(page).into_response(),
        Some(Wrong::Repeat) => (StatusCode::UNPROCESSABLE_ENTITY, Page(page.with_other_repeat())).into_response(),
        Some(Wrong::Weak(error)) => (StatusCode::UNPROCESSABLE_ENTITY, Page(page.with_error(error))).into_response(),
    })
}

/// Chooses the new password; lost factors come off, every session ends, nobody is signed in.
///
/// # Errors
/// [`Error::NotFound`] for a link that was used, stopped or is too old; [`Error::Invalid`] for a weak password.
async fn complete(app: &App, ctx: &Ctx, token: &str, text: String) -> crate::Result<()> {
    ctx.authorise(Action::Public)?;
    let mut tx = app.begin(ctx, "login.recovery").await?;
    throttle::of_place(app, &mut tx, ctx, throttle::LINK).await?;
    let account = recovery::look(&mut tx, ctx, token).await?.ok_or(Error::NotFound("link"))?;
    let about = links::about(app, ctx.workspace, &account, &settings::load(&mut tx).await?.organisation)?;
    let fewest = policy::fewest_without(&mut tx).await?;
    tx.commit().await?;
    password::check(text.clone(), about, fewest).await?;
    links::refuse_spent(&account, &text).await?;
    let hash = password::hash(text, ctx.rng.clone()).await?;
    let mut tx = app.begin(ctx, "login.recover").await?;
    recovery::complete(app, &mut tx, ctx, token, &hash).await?;
    Ok(tx.commit().await?)
}

pub(super) async fn ask_to_stop(
    State(app): State<App>,
    Who(ctx): Who,
    Segment(token): Segment<String>,
    shell: Shell,
) -> Result<Response, Fail> {
    let mut tx = app.read(&ctx, "login.recovery_stop").await?;
    Ok(match recovery::stoppable(&app, &mut tx, &ctx, &token).await? {
        Some(_) => Page(StopPage { shell: shell.titled("Stop a way back"), token }).into_response(),
        None => gone(shell, LinkKind::Welcome),
    })
}

pub(super) async fn stop(
    State(app): State<App>,
    Who(ctx): Who,
    Segment(token): Segment<String>,
    shell: Shell,
) -> Result<Response, Fail> {
    let mut tx = app.begin(&ctx, "login.recovery_stop").await?;
    throttle::of_place(&app, &mut tx, &ctx, throttle::LINK).await?;
    match recovery::stop_by_link(&app, &mut tx, &ctx, &token).await {
        Ok(()) => {
            tx.commit().await.map_err(Error::from)?;
            let words = "Stopped. Nothing was changed, and everybody who looks after accounts has been told.";
            Ok(SeeOther::to("/sign-in").flash(Flash::good(words)).into_response())
        }
        Err(Error::NotFound(_) | Error::Conflict(_)) => Ok(gone(shell, LinkKind::Welcome)),
        Err(other) => Err(other.into()),
    }
}
