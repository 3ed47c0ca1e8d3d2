//! Pages for people who are not signed in yet, and the way out.
//!
//! Opening a link changes nothing; only sending its form does, so that mail scanners use nothing up.

use super::device::Asking;
use super::second::Waiting;
use super::sso::Offer;
use super::{Outcome, Typed, session};
use crate::accounts::{self, LinkKind};
use crate::{App, Error};
use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use http::StatusCode;
use serde::Deserialize;
use waxwing_domain::{Ctx, EmailAddress};
use waxwing_http::{Fail, Flash, Page, Params, SafeForm, SeeOther, Segment, SessionCookie, Shell, Visitor, Who};

/// The same words whatever was wrong.
const NOT_RIGHT: &str = "The address or the password is not right.";
/// The browser forgets the step when it is over anyway, in seconds.
pub(super) const STEP_SECONDS: u64 = session::STEP.unsigned_abs() / 1_000_000;

#[derive(Template)]
#[template(path = "login/pages/sign_in.html")]
pub(super) struct SignInPage {
    shell: Shell,
    email: String,
    next: String,
    error: &'static str,
    workspace: Asked,
    sso: Offer,
    passkey_error: &'static str,
}

impl SignInPage {
    /// A page on which nothing was typed yet.
    pub(super) async fn of(app: &App, shell: Shell, next: Next) -> crate::Result<Self> {
        let sso = Offer::of(app, &next.workspace).await?;
        let workspace = Asked::of(app, next.workspace).await?;
        let (shell, next) = (shell.titled("Sign in"), next.next);
        Ok(Self { shell, email: String::new(), next, error: "", workspace, sso, passkey_error: "" })
    }

    /// With what was wrong with a passkey.
    pub(super) fn with_passkey_error(self, passkey_error: &'static str) -> Self {
        Self { passkey_error, ..self }
    }
}

/// What a form asks about the workspace: nothing where there is one only.
struct Asked {
    several: bool,
    word: String,
}

impl Asked {
    async fn of(app: &App, word: String) -> crate::Result<Self> {
        Ok(Self { several: app.store().workspaces().await?.len() > 1, word })
    }
}

#[derive(Template)]
#[template(path = "login/pages/second.html")]
pub(super) struct SecondPage {
    shell: Shell,
    next: String,
    ways: Waiting,
    error: &'static str,
    passkey_error: &'static str,
}

impl SecondPage {
    /// The page of a step that waits.
    pub(super) async fn of(app: &App, ctx: &Ctx, step: &str, shell: Shell, next: Next) -> crate::Result<Option<Self>> {
        let ways = super::second::waits(app, ctx, step).await?;
        let (shell, next) = (shell.titled("Second factor"), next.next);
        Ok(ways.map(|ways| Self { shell, next, ways, error: "", passkey_error: "" }))
    }

    /// With what was wrong with a passkey.
    pub(super) fn with_passkey_error(self, passkey_error: &'static str) -> Self {
        Self { passkey_error, ..self }
    }
}

/// The token of the step, which the session's cookie carries meanwhile.
pub(super) fn step_of(cookie: &SessionCookie) -> &str {
    cookie.current.as_ref().map(|token| token.as_str()).unwrap_or_default()
}

#[derive(Template)]
#[template(path = "login/pages/choose.html")]
pub(super) struct ChoosePage {
    shell: Shell,
    title: &'static str,
    intro: &'static str,
    action: String,
    verb: &'static str,
    /// For password managers, and so that the person sees whose password it is.
    email: String,
    fewest: usize,
    error: String,
    repeat_error: &'static str,
}

/// What is said where the two differ.
const DIFFER: &str = "The two passwords differ. Type the same one twice.";

impl ChoosePage {
    /// For whoever comes back by a recovery.
    pub(super) fn of_recovery(shell: Shell, token: &str, (email, fewest): (String, usize)) -> Self {
        let title = "Your way back";
        let intro =
            "Choose a new password. Your second factor, passkeys and recovery codes come off, and every session ends.";
        let (action, verb) = (format!("/recovery/{token}"), "Change the password");
        let (error, repeat_error) = (String::new(), "");
        Self { shell: shell.titled(title), title, intro, action, verb, email, fewest, error, repeat_error }
    }
    pub(super) fn with_error(self, error: String) -> Self {
        Self { error, ..self }
    }
    pub(super) fn with_other_repeat(self) -> Self {
        Self { repeat_error: DIFFER, ..self }
    }
}

#[derive(Template)]
#[template(path = "login/pages/forgot.html")]
struct ForgotPage {
    shell: Shell,
    email: String,
    error: String,
    sent: bool,
    workspace: Asked,
}

#[derive(Template)]
#[template(path = "login/pages/gone.html")]
struct GonePage {
    shell: Shell,
    reset: bool,
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct Next {
    pub(super) next: String,
    pub(super) workspace: String,
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct Credentials {
    email: String,
    password: String,
    next: String,
    workspace: String,
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct Code {
    code: String,
    next: String,
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct Chosen {
    password: String,
    repeat: String,
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct Forgot {
    email: String,
    workspace: String,
}

pub(super) async fn sign_in(
    State(app): State<App>,
    Visitor(known): Visitor,
    Params(query): Params<Next>,
    shell: Shell,
) -> Result<Response, Fail> {
    if known.is_some() {
        return Ok(SeeOther::to(home_or(&query.next)).into_response());
    }
    Ok(Page(SignInPage::of(&app, shell, query).await?).into_response())
}

pub(super) async fn attempt(
    State(app): State<App>,
    Who(ctx): Who,
    cookie: SessionCookie,
    asking: Asking,
    shell: Shell,
    SafeForm(form): SafeForm<Credentials>,
) -> Result<Response, Fail> {
    let typed = Typed { email: &form.email, workspace: &form.workspace };
    let outcome = super::attempt(&app, &ctx, typed, form.password, &asking.device).await?;
    match outcome {
        Outcome::In(token) => enter(&app, &ctx, (&cookie, &asking), &token, &form.next).await,
        Outcome::Second(token) => {
            let place = format!("/sign-in/second?next={}", encoded(&form.next));
            Ok(SeeOther::to(place).cookie(cookie.start(&token, Some(STEP_SECONDS))?).into_response())
        }
        Outcome::Refused => {
            let next = Next { next: form.next, workspace: form.workspace };
            let page = SignInPage { email: form.email, error: NOT_RIGHT, ..SignInPage::of(&app, shell, next).await? };
            Ok((StatusCode::UNPROCESSABLE_ENTITY, Page(page)).into_response())
        }
    }
}

/// Signs the browser in and marks it; a session that it had before ends, so that none can be planted.
pub(super) async fn enter(
    app: &App,
    ctx: &Ctx,
    (cookie, asking): (&SessionCookie, &Asking),
    token: &str,
    next: &str,
) -> Result<Response, Fail> {
    if let Some(old) = &cookie.current {
        super::end(app, ctx, old.as_str(), "login.replaced").await?;
    }
    let there = SeeOther::to(home_or(next)).cookie(cookie.start(token, None)?);
    Ok(there.cookie(asking.cookie.clone()).into_response())
}

pub(super) async fn ask_second(
    State(app): State<App>,
    Who(ctx): Who,
    cookie: SessionCookie,
    Params(query): Params<Next>,
    shell: Shell,
) -> Result<Response, Fail> {
    Ok(match SecondPage::of(&app, &ctx, step_of(&cookie), shell, query).await? {
        Some(page) => Page(page).into_response(),
        None => SeeOther::to("/sign-in").into_response(),
    })
}

pub(super) async fn second(
    State(app): State<App>,
    Who(ctx): Who,
    cookie: SessionCookie,
    asking: Asking,
    shell: Shell,
    SafeForm(form): SafeForm<Code>,
) -> Result<Response, Fail> {
    match super::second(&app, &ctx, step_of(&cookie), &form.code, &asking.device).await {
        Ok(Outcome::In(token)) => enter(&app, &ctx, (&cookie, &asking), &token, &form.next).await,
        Ok(_) => {
            let error = "This code is not right or was used before.";
            Ok(
                match SecondPage::of(&app, &ctx, step_of(&cookie), shell, Next { next: form.next, ..Next::default() })
                    .await?
                {
                    Some(page) => {
                        (StatusCode::UNPROCESSABLE_ENTITY, Page(SecondPage { error, ..page })).into_response()
                    }
                    None => over(&cookie)?,
                },
            )
        }
        Err(Error::NotFound(_)) => over(&cookie),
        Err(other) => Err(other.into()),
    }
}

/// Back to the beginning: the step is over.
pub(super) fn over(cookie: &SessionCookie) -> Result<Response, Fail> {
    let flash = Flash::note("That sign-in is over. Begin again.");
    Ok(SeeOther::to("/sign-in").cookie(cookie.end()?).flash(flash).into_response())
}

pub(super) async fn sign_out(State(app): State<App>, Who(ctx): Who, cookie: SessionCookie) -> Result<SeeOther, Fail> {
    if let Some(token) = &cookie.current {
        super::end(&app, &ctx, token.as_str(), "login.signed_out").await?;
    }
    Ok(SeeOther::to("/sign-in").cookie(cookie.end()?).flash(Flash::good("You are signed out.")))
}

pub(super) async fn forgot(
    State(app): State<App>,
    Params(query): Params<Next>,
    shell: Shell,
) -> Result<Response, Fail> {
    let (shell, workspace) = (shell.titled("Choose a new password"), Asked::of(&app, query.workspace).await?);
    let page = ForgotPage { shell, email: String::new(), error: String::new(), sent: false, workspace };
    Ok(Page(page).into_response())
}

/// The same answer for every address.
pub(super) async fn send_reset(
    State(app): State<App>,
    Who(ctx): Who,
    shell: Shell,
    SafeForm(form): SafeForm<Forgot>,
) -> Result<Response, Fail> {
    let (shell, workspace) = (shell.titled("Choose a new password"), Asked::of(&app, form.workspace).await?);
    let email = match EmailAddress::parse(&form.email) {
        Ok(email) => email,
        Err(error) => {
            let error = format!("Check the address: {error}.");
            let page = ForgotPage { shell, email: form.email, error, sent: false, workspace };
            return Ok((StatusCode::UNPROCESSABLE_ENTITY, Page(page)).into_response());
        }
    };
    super::ask_for_reset(&app, &ctx, &email, &workspace.word).await?;
    Ok(Page(ForgotPage { shell, email: String::new(), error: String::new(), sent: true, workspace }).into_response())
}

pub(super) async fn welcome(
    State(app): State<App>,
    Who(ctx): Who,
    Segment(token): Segment<String>,
    shell: Shell,
) -> Result<Response, Fail> {
    choose_page(&app, &ctx, LinkKind::Welcome, &token, shell).await
}

pub(super) async fn reset(
    State(app): State<App>,
    Who(ctx): Who,
    Segment(token): Segment<String>,
    shell: Shell,
) -> Result<Response, Fail> {
    choose_page(&app, &ctx, LinkKind::Reset, &token, shell).await
}

pub(super) async fn join(
    State(app): State<App>,
    Who(ctx): Who,
    Segment(token): Segment<String>,
    cookie: SessionCookie,
    asking: Asking,
    shell: Shell,
    SafeForm(form): SafeForm<Chosen>,
) -> Result<Response, Fail> {
    if form.password != form.repeat {
        return again(&app, &ctx, LinkKind::Welcome, &token, shell, Wrong::Repeat).await;
    }
    match super::welcome(&app, &ctx, &token, form.password, &asking.device).await {
        Ok(session) => enter(&app, &ctx, (&cookie, &asking), &session, "/").await,
        Err(error) => refused(&app, &ctx, LinkKind::Welcome, &token, shell, error).await,
    }
}

pub(super) async fn choose(
    State(app): State<App>,
    Who(ctx): Who,
    Segment(token): Segment<String>,
    shell: Shell,
    SafeForm(form): SafeForm<Chosen>,
) -> Result<Response, Fail> {
    if form.password != form.repeat {
        return again(&app, &ctx, LinkKind::Reset, &token, shell, Wrong::Repeat).await;
    }
    match super::reset(&app, &ctx, &token, form.password).await {
        Ok(()) => Ok(SeeOther::to("/sign-in").flash(Flash::good("Password changed. Sign in with it.")).into_response()),
        Err(error) => refused(&app, &ctx, LinkKind::Reset, &token, shell, error).await,
    }
}

/// What is wrong with a chosen password.
enum Wrong {
    Repeat,
    Weak(String),
}

async fn refused(
    app: &App,
    ctx: &Ctx,
    kind: LinkKind,
    token: &str,
    shell: Shell,
    error: Error,
) -> Result<Response, Fail> {
    match error {
        Error::NotFound(_) => Ok(gone(shell, kind)),
        Error::Invalid { message, .. } => again(app, ctx, kind, token, shell, Wrong::Weak(message)).await,
        other => Err(other.into()),
    }
}

/// The page of a link that works; of any other, the words that it does not.
async fn choose_page(app: &App, ctx: &Ctx, kind: LinkKind, token: &str, shell: Shell) -> Result<Response, Fail> {
    Ok(match find(app, ctx, kind, token).await? {
        Some(whose) => Page(choose_form(shell, kind, token, whose)).into_response(),
        None => gone(shell, kind),
    })
}

async fn again(
    app: &App,
    ctx: &Ctx,
    kind: LinkKind,
    token: &str,
    shell: Shell,
    wrong: Wrong,
) -> Result<Response, Fail> {
    let Some(whose) = find(app, ctx, kind, token).await? else { return Ok(gone(shell, kind)) };
    let page = choose_form(shell, kind, token, whose);
    let page = match wrong {
        Wrong::Repeat => page.with_other_repeat(),
        Wrong::Weak(error) => page.with_error(error),
    };
    Ok((StatusCode::UNPROCESSABLE_ENTITY, Page(page)).into_response())
}

/// The address of the person whom a link that works is for, and how long their password must be.
async fn find(app: &App, ctx: &Ctx, kind: LinkKind, token: &str) -> crate::Result<Option<(String, usize)>> {
    let mut tx = app.read(ctx, "login.link").await?;
    let Some(id) = accounts::links::look(&mut tx, ctx, kind, token).await? else { return Ok(None) };
    let Some(account) = accounts::by_id(&mut tx, id).await? else { return Ok(None) };
    let email = account.person(app, ctx.workspace)?.email.as_str().to_owned();
    Ok(Some((email, super::policy::fewest_characters(&mut tx, &account).await?)))
}

fn choose_form(shell: Shell, kind: LinkKind, token: &str, (email, fewest): (String, usize)) -> ChoosePage {
    let action = format!("/{}/{token}", if kind == LinkKind::Welcome { "welcome" } else { "reset" });
    let (title, intro, verb) = match kind {
        LinkKind::Welcome => ("Welcome to Waxwing", "Choose a password. This link works once.", "Begin"),
        LinkKind::Reset => (
            "Choose a new password",
            "Every session ends. Your second factor, if you have one, stays and is asked for when you sign in.",
            "Change the password",
        ),
    };
    let (error, repeat_error) = (String::new(), "");
    ChoosePage { shell: shell.titled(title), title, intro, action, verb, email, fewest, error, repeat_error }
}

pub(super) fn gone(shell: Shell, kind: LinkKind) -> Response {
    let page = GonePage { shell: shell.titled("This link does not work"), reset: kind == LinkKind::Reset };
    (StatusCode::GONE, Page(page)).into_response()
}

/// Where to after the sign-in; `SeeOther` refuses what leads away.
fn home_or(next: &str) -> &str {
    if next.is_empty() { "/" } else { next }
}

pub(super) fn encoded(text: &str) -> String {
    url::form_urlencoded::byte_serialize(text.as_bytes()).collect()
}
