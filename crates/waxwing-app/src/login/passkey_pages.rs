//! Pages of passkeys: signing in by one, and `/account/passkeys`.

use super::account_pages::CodesPage;
use super::device::Asking;
use super::pages::{Next, SecondPage, SignInPage, enter, over, step_of};
use super::{Outcome, passkey};
use crate::accounts::passkeys::{Asked, Held};
use crate::{App, Error};
use askama::Template;
use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use http::StatusCode;
use http::header::SET_COOKIE;
use serde::Deserialize;
use waxwing_domain::{Ctx, PasskeyId};
use waxwing_http::{Fail, Flash, Page, SafeForm, SeeOther, Segment, SessionCookie, Shell, Who};

const NOT_TAKEN: &str = "This passkey does not work here. Try again, or use another way.";

#[derive(Template)]
#[template(path = "login/pages/passkeys.html")]
struct PasskeysPage {
    shell: Shell,
    passkeys: Vec<Held>,
    error: String,
}

#[derive(Template)]
#[template(path = "login/pages/add_passkey.html")]
struct AddPage {
    shell: Shell,
    step: String,
    options: String,
    called: String,
    error: String,
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct Input {
    step: String,
    passkey: String,
    next: String,
    name: String,
}

/// The question for whoever signs in; a POST, since asking leaves a row behind.
pub(super) async fn question(State(app): State<App>, Who(ctx): Who) -> Result<Json<Asked>, Fail> {
    Ok(Json(passkey::question(&app, &ctx).await?))
}

pub(super) async fn attempt(
    State(app): State<App>,
    Who(ctx): Who,
    cookie: SessionCookie,
    asking: Asking,
    shell: Shell,
    SafeForm(form): SafeForm<Input>,
) -> Result<Response, Fail> {
    match passkey::attempt(&app, &ctx, (&form.step, &form.passkey), &asking.device).await? {
        Outcome::In(token) => enter(&app, &ctx, (&cookie, &asking), &token, &form.next).await,
        Outcome::Second(_) | Outcome::Refused => {
            let next = Next { next: form.next, ..Next::default() };
            let page = SignInPage::of(&app, shell, next).await?.with_passkey_error(NOT_TAKEN);
            Ok((StatusCode::UNPROCESSABLE_ENTITY, Page(page)).into_response())
        }
    }
}

pub(super) async fn second_question(
    State(app): State<App>,
    Who(ctx): Who,
    cookie: SessionCookie,
) -> Result<Json<Asked>, Fail> {
    Ok(Json(passkey::second_question(&app, &ctx, step_of(&cookie)).await?.ok_or(Fail::NotFound)?))
}

pub(super) async fn second(
    State(app): State<App>,
    Who(ctx): Who,
    cookie: SessionCookie,
    asking: Asking,
    shell: Shell,
    SafeForm(form): SafeForm<Input>,
) -> Result<Response, Fail> {
    let shown = (&*form.step, &*form.passkey);
    match passkey::second(&app, &ctx, step_of(&cookie), shown, &asking.device).await {
        Ok(Outcome::In(token)) => enter(&app, &ctx, (&cookie, &asking), &token, &form.next).await,
        Ok(_) => {
            let page = SecondPage::of(&app, &ctx, step_of(&cookie), shell, Next { next: form.next, ..Next::default() })
                .await?;
            match page {
                Some(page) => {
                    let page = page.with_passkey_error(NOT_TAKEN);
                    Ok((StatusCode::UNPROCESSABLE_ENTITY, Page(page)).into_response())
                }
                None => over(&cookie),
            }
        }
        Err(Error::NotFound(_)) => over(&cookie),
        Err(other) => Err(other.into()),
    }
}

pub(super) async fn index(State(app): State<App>, Who(ctx): Who, shell: Shell) -> Result<Response, Fail> {
    Ok(Page(page(&app, &ctx, shell).await?).into_response())
}

pub(super) async fn begin(State(app): State<App>, Who(ctx): Who, shell: Shell) -> Result<Response, Fail> {
    match passkey::begin(&app, &ctx).await {
        Ok(asked) => Ok(Page(add_page(shell, asked, String::new(), String::new())).into_response()),
        Err(Error::Conflict(error)) if !ctx.enrolling => {
            let page = PasskeysPage { error, ..page(&app, &ctx, shell).await? };
            Ok((StatusCode::CONFLICT, Page(page)).into_response())
        }
        Err(other) => Err(other.into()),
    }
}

pub(super) async fn add(
    State(app): State<App>,
    Who(ctx): Who,
    cookie: SessionCookie,
    asking: Asking,
    shell: Shell,
    SafeForm(form): SafeForm<Input>,
) -> Result<Response, Fail> {
    let shown = (&*form.step, &*form.passkey);
    match passkey::add(&app, &ctx, &form.name, shown, &asking.device).await {
        Ok((codes, token)) if codes.is_empty() => {
            let flash = Flash::good("Passkey added. All other sessions have ended.");
            Ok(SeeOther::to("/account/passkeys").cookie(cookie.start(&token, None)?).flash(flash).into_response())
        }
        Ok((codes, token)) => {
            let page = Page(CodesPage { shell: shell.titled("Recovery codes"), codes });
            Ok(([(SET_COOKIE, cookie.start(&token, None)?)], page).into_response())
        }
        Err(Error::Invalid { message, .. }) => {
            let asked = passkey::begin(&app, &ctx).await?;
            let page = add_page(shell, asked, form.name, message);
            Ok((StatusCode::UNPROCESSABLE_ENTITY, Page(page)).into_response())
        }
        Err(other) => Err(other.into()),
    }
}

pub(super) async fn remove(
    State(app): State<App>,
    Who(ctx): Who,
    Segment(id): Segment<PasskeyId>,
    cookie: SessionCookie,
    asking: Asking,
) -> Result<Response, Fail> {
    let token = passkey::remove(&app, &ctx, id, &asking.device).await?;
    let flash = Flash::good("Passkey removed. All other sessions have ended.");
    Ok(SeeOther::to("/account/passkeys").cookie(cookie.start(&token, None)?).flash(flash).into_response())
}

async fn page(app: &App, ctx: &Ctx, shell: Shell) -> crate::Result<PasskeysPage> {
    let passkeys = passkey::mine(app, ctx).await?;
    Ok(PasskeysPage { shell: shell.titled("Passkeys"), passkeys, error: String::new() })
}

fn add_page(shell: Shell, asked: Asked, called: String, error: String) -> AddPage {
    AddPage {
        shell: shell.titled("Add a passkey"),
        step: asked.step,
        options: asked.options.to_string(),
        called,
        error,
    }
}
