//! Going to the provider and coming back, for whoever signs in, links their account or proves themselves.
//!
//! Forms of ours are sent to us only (`form-action`), so the way there is a page of ours that leads on by itself.

use super::arrive::{Answer, Arrived, arrive as take};
use super::begin::{Begun, begin as start};
use super::refusal::Refusal;
use super::store::{self, Purpose};
use super::{LASTS, link as linking};
use crate::login::Outcome;
use crate::login::device::Asking;
use crate::login::pages::{STEP_SECONDS, encoded, enter};
use crate::{App, Error};
use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use http::header::{REFRESH, SET_COOKIE};
use http::{HeaderValue, StatusCode};
use serde::Deserialize;
use waxwing_domain::{Ctx, WorkspaceId};
use waxwing_http::{
    Fail, Flash, FromElsewhere, Page, Params, SafeForm, SeeOther, SessionCookie, Shell, SsoCookie, Who,
};

const SECONDS: u64 = LASTS.unsigned_abs() / 1_000_000;

/// What the sign-in page offers.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(in crate::login) enum Offer {
    /// Nothing: no provider is on.
    None,
    /// The provider of this name.
    Named(String),
    /// Some workspace has one; its word is to be typed.
    Typed,
}

impl Offer {
    /// What is offered to whoever means the workspace of this word. Where there are several workspaces, nobody is told which
    /// of them has which provider before they say its word.
    pub(in crate::login) async fn of(app: &App, word: &str) -> crate::Result<Self> {
        let on = store::enabled(&mut app.store().read_unbound("login.sso_offer").await?).await?;
        let named = match meant(app, word).await? {
            Some(workspace) => on.iter().find(|(id, _)| *id == workspace).map(|(_, name)| name.clone()),
            None => None,
        };
        Ok(match named {
            Some(name) => Self::Named(name),
            None if on.is_empty() || app.store().workspaces().await?.len() < 2 => Self::None,
            None => Self::Typed,
        })
    }
}

/// The workspace that is meant: the only one, or the one of this word.
async fn meant(app: &App, word: &str) -> crate::Result<Option<WorkspaceId>> {
    let all = app.store().workspaces().await?;
    if let [only] = all.as_slice() {
        return Ok(Some(only.id));
    }
    let word = word.trim().to_lowercase();
    Ok(all.iter().find(|workspace| workspace.word.as_str() == word).map(|found| found.id))
}

#[derive(Template)]
#[template(path = "login/sso/pages/go.html")]
struct GoPage {
    shell: Shell,
    name: String,
    address: String,
}

#[derive(Template)]
#[template(path = "login/sso/pages/refused.html")]
struct RefusedPage {
    shell: Shell,
    refusal: Refusal,
}

#[derive(Template)]
#[template(path = "login/sso/pages/proved.html")]
struct ProvedPage {
    shell: Shell,
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct Meant {
    workspace: String,
    next: String,
}

/// Somebody wants to come in.
pub(super) async fn begin(
    State(app): State<App>,
    Who(ctx): Who,
    cookie: SsoCookie,
    shell: Shell,
    SafeForm(form): SafeForm<Meant>,
) -> Result<Response, Fail> {
    let Some(workspace) = meant(&app, &form.workspace).await? else { return Ok(refused(shell, Refusal::Changed)) };
    let ctx = ctx.found_in(workspace);
    go(&app, &ctx, (Purpose::SignIn, &form.next), cookie, shell).await
}

/// A signed-in person links their account.
pub(super) async fn link(
    State(app): State<App>,
    Who(ctx): Who,
    cookie: SsoCookie,
    shell: Shell,
) -> Result<Response, Fail> {
    go(&app, &ctx, (Purpose::Link, ""), cookie, shell).await
}

/// A signed-in person proves anew who they are.
pub(super) async fn prove(
    State(app): State<App>,
    Who(ctx): Who,
    cookie: SsoCookie,
    shell: Shell,
) -> Result<Response, Fail> {
    go(&app, &ctx, (Purpose::Proof, ""), cookie, shell).await
}

pub(super) async fn unlink(State(app): State<App>, Who(ctx): Who) -> Result<SeeOther, Fail> {
    let flash = match linking::unlink(&app, &ctx).await {
        Ok(()) => Flash::good("Your account is no longer linked."),
        Err(Error::Conflict(message)) => Flash::danger(message),
        Err(other) => return Err(other.into()),
    };
    Ok(SeeOther::to("/account").flash(flash))
}

async fn go(app: &App, ctx: &Ctx, what: (Purpose, &str), cookie: SsoCookie, shell: Shell) -> Result<Response, Fail> {
    let browser = cookie.current.clone().unwrap_or_default();
    let Begun { name, address, browser } = match start(app, ctx, what, &browser).await? {
        Ok(begun) => begun,
        Err(refusal) => return Ok(refused(shell, refusal)),
    };
    let refresh = HeaderValue::try_from(format!("0; url={address}")).map_err(Fail::internal)?;
    let headers = [(REFRESH, refresh), (SET_COOKIE, cookie.keep(&browser, SECONDS)?)];
    Ok((headers, Page(GoPage { shell: shell.titled("On to your identity provider"), name, address })).into_response())
}

/// The provider sent somebody back. It is another site, so the session's and the browser's own cookies come along only once
/// the page was opened again from here; nothing is used up before.
pub(super) async fn arrive(
    State(app): State<App>,
    Who(ctx): Who,
    (elsewhere, cookie): (FromElsewhere, SsoCookie),
    (session, asking): (SessionCookie, Asking),
    Params(answer): Params<Answer>,
    shell: Shell,
) -> Result<Response, Fail> {
    if let Some(page) = elsewhere.reload() {
        return Ok(page);
    }
    let browser = cookie.current.unwrap_or_default();
    Ok(match take(&app, &ctx, (&answer, &browser), &asking.device).await? {
        Ok(Arrived::In(Outcome::In(token), next)) => enter(&app, &ctx, (&session, &asking), &token, &next).await?,
        Ok(Arrived::In(Outcome::Second(token), next)) => {
            let place = format!("/sign-in/second?next={}", encoded(&next));
            SeeOther::to(place).cookie(session.start(&token, Some(STEP_SECONDS))?).into_response()
        }
        Ok(Arrived::In(Outcome::Refused, _)) => refused(shell, Refusal::Provider),
        Ok(Arrived::Linked) => {
            let flash = Flash::good("Your account is linked. You can sign in by your identity provider now.");
            SeeOther::to("/account").flash(flash).into_response()
        }
        Ok(Arrived::Proved(token)) => {
            let page = Page(ProvedPage { shell: shell.titled("It is you") });
            ([(SET_COOKIE, session.start(&token, None)?)], page).into_response()
        }
        Err(refusal) => refused(shell, refusal),
    })
}

fn refused(shell: Shell, refusal: Refusal) -> Response {
    let page = RefusedPage { shell: shell.titled("You were not signed in"), refusal };
    (StatusCode::FORBIDDEN, Page(page)).into_response()
}
