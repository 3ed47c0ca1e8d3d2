//! The visitor's pages of sign-up: the form, its answer, and the page that a mail's link opens.
//!
//! A GET changes nothing, so that scanners which open every link confirm nothing. Limit: a program
//! that fills in forms waits as long as a person would; what it causes is one mail that does nothing
//! by itself, at most three an hour to one address.

use super::{Asked, Confirmation, Form, form_by_slug, store, throttle};
use crate::login::Finder;
use crate::{App, Error, Result, lists};
use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::{Method, StatusCode};
use serde::Deserialize;
use waxwing_crypto::{SecretPurpose, SecretToken};
use waxwing_domain::{Ctx, Micros, WorkspaceId};
use waxwing_http::{Fail, Limit, Page, Routes, SafeForm, Segment, Shell, Who};
use waxwing_store::{Tx, inventory};

/// Nobody reads and fills in a form faster, in microseconds.
const QUICKEST: i64 = Micros::SECOND;
/// Links that lead nowhere, tried from one network address.
const GUESSES: Limit = Limit::per_hour("signup.guess", 60);

pub(super) fn routes() -> Routes<App> {
    Routes::new()
        .public(Method::GET, "/f/{slug}", show)
        .public(Method::POST, "/f/{slug}", submit)
        .open(Method::POST, "/f/{slug}/join", submit_from_elsewhere)
        .public(Method::GET, "/confirm/{token}", ask)
        .open(Method::POST, "/confirm/{token}", press)
}

inventory::submit! { Finder::new(&["/f/{slug}", "/f/{slug}/join"], |app, slug| Box::pin(of_slug(app, slug))) }
inventory::submit! { Finder::new(&["/confirm/{token}"], |app, token| Box::pin(of_token(app, token))) }

/// Addresses of forms are unique over the installation.
async fn of_slug(app: &App, slug: &str) -> Result<Option<WorkspaceId>> {
    Ok(store::workspace_of_slug(&mut app.store().read_unbound("signup.form_of").await?, slug).await?)
}

async fn of_token(app: &App, text: &str) -> Result<Option<WorkspaceId>> {
    let Ok(token) = SecretToken::parse(SecretPurpose::Confirm, text) else { return Ok(None) };
    Ok(store::workspace_of_token(&mut app.store().read_unbound("signup.request_of").await?, token.hash()).await?)
}

/// What a visitor typed.
#[derive(Deserialize, Default)]
struct Visit {
    #[serde(default)]
    email: String,
    #[serde(default)]
    first_name: String,
    #[serde(default)]
    last_name: String,
    agree: Option<String>,
    /// The version of the wording on the page.
    #[serde(default)]
    version: String,
    /// When the page was shown, in microseconds.
    #[serde(default)]
    shown: String,
    /// A field that people do not see; what fills it is not a person.
    #[serde(default)]
    website: String,
}

impl Visit {
    fn asked(&self, ctx: &Ctx) -> Result<Asked> {
        let asked = Asked::parse(&self.email, &self.first_name, &self.last_name, ctx.address)?;
        if self.agree.is_none() {
            return Err(Error::invalid("agree", "Tick the box to say that you agree."));
        }
        Ok(Asked { wording_version: self.version.parse().ok(), ..asked })
    }
    /// Whether the form came back faster than a person fills it in.
    fn hurried(&self, now: Micros) -> bool {
        self.shown.parse().map_or(true, |shown| now.since(Micros::from_i64(shown)) < QUICKEST)
    }
}

#[derive(Template)]
#[template(path = "signup/pages/form.html")]
struct FormPage {
    shell: Shell,
    form: Form,
    open: bool,
    hurry: bool,
    organisation: String,
    typed: Visit,
    error: (String, String),
}

impl FormPage {
    fn error(&self, field: &str) -> &str {
        if self.error.0 == field { &self.error.1 } else { "" }
    }
}

type Answer = std::result::Result<Response, Fail>;

async fn show(State(app): State<App>, Who(ctx): Who, shell: Shell, Segment(slug): Segment<String>) -> Answer {
    let typed = Visit { shown: ctx.now().as_i64().to_string(), ..Visit::default() };
    Ok(form_page(&app, &ctx, shell, &slug, typed, None).await?.into_response())
}

/// The form, again where something is `wrong`; nothing named means that it came back too quickly.
async fn form_page(
    app: &App,
    ctx: &Ctx,
    shell: Shell,
    slug: &str,
    typed: Visit,
    wrong: Option<(String, String)>,
) -> Result<Page<FormPage>> {
    let mut tx = app.read(ctx, "signup.show").await?;
    let form = form_by_slug(&mut tx, slug).await?;
    let open = super::form::takes_signups(&mut tx, &form).await?;
    let organisation = super::organisation(&mut tx).await?;
    let error = wrong.unwrap_or_default();
    let hurry = typed.agree.is_some() && error.0.is_empty();
    Ok(Page(FormPage { shell: shell.titled(form.title.clone()), form, open, hurry, organisation, typed, error }))
}

async fn submit(
    State(app): State<App>,
    Who(ctx): Who,
    shell: Shell,
    Segment(slug): Segment<String>,
    SafeForm(mut visit): SafeForm<Visit>,
) -> Answer {
    let hurried = visit.hurried(ctx.now());
    if visit.shown.is_empty() {
        visit.shown = ctx.now().as_i64().to_string();
    }
    answer(&app, &ctx, shell, &slug, visit, hurried).await
}

/// The same form on another website: without seal and clock, so it stands on the mail and the limits alone.
async fn submit_from_elsewhere(
    State(app): State<App>,
    Who(ctx): Who,
    shell: Shell,
    Segment(slug): Segment<String>,
    SafeForm(visit): SafeForm<Visit>,
) -> Answer {
    match visit.asked(&ctx) {
        // Where this page stands there is no form to show the mistake in.
        Err(Error::Invalid { message, .. }) => {
            let page =
                said(&app, &ctx, shell, Said { heading: "One thing is missing", text: message, again: slug }).await?;
            Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
        }
        _ => answer(&app, &ctx, shell, &slug, visit, false).await,
    }
}

async fn answer(app: &App, ctx: &Ctx, shell: Shell, slug: &str, visit: Visit, hurried: bool) -> Answer {
    throttle(app, ctx, ctx.address, slug)?;
    let wrong = match visit.asked(ctx) {
        Err(Error::Invalid { field, message }) => Some((field, message)),
        Err(other) => return Err(other.into()),
        Ok(_) if hurried => Some(Default::default()),
        Ok(asked) => {
            if visit.website.is_empty() {
                ask_for(app, ctx, slug, &asked).await?;
            } else {
                super::note_trap(app, ctx).await?;
            }
            None
        }
    };
    if wrong.is_some() {
        let page = form_page(app, ctx, shell, slug, visit, wrong).await?;
        return Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response());
    }
    let after = after_asking(&mut app.read(ctx, "signup.asked").await?, slug).await?;
    Ok(said(app, ctx, shell, after).await?.into_response())
}

/// One sign-up through a form: its own transaction.
pub(super) async fn ask_for(app: &App, ctx: &Ctx, slug: &str, asked: &Asked) -> Result<()> {
    let mut tx = app.begin(ctx, "signup.begin").await?;
    let form = form_by_slug(&mut tx, slug).await?;
    super::begin(app, &mut tx, ctx, &form, asked).await?;
    Ok(tx.commit().await?)
}

/// What everybody reads who filled in the form: it depends on the list, never on the address.
async fn after_asking(tx: &mut Tx, slug: &str) -> Result<Said> {
    let form = form_by_slug(tx, slug).await?;
    let optin = lists::shown(tx, form.list).await?.map_or_else(lists::OptIn::default, |list| list.optin);
    let (heading, text) = match optin {
        lists::OptIn::Double => (
            "Look into your inbox",
            "A mail is on its way to the address you gave. Open the link in it and press the button there: only then \
             are you subscribed. If nothing comes within a few minutes, look into the spam folder or ask again.",
        ),
        lists::OptIn::Single => (
            "Thank you",
            "The address you gave is being added to the list. If it had left before, a mail asks for its consent first.",
        ),
    };
    Ok(Said { heading, text: text.to_owned(), again: form.slug })
}

/// What a page says, and the form that can be filled in again.
struct Said {
    heading: &'static str,
    text: String,
    again: String,
}

#[derive(Template)]
#[template(path = "signup/pages/said.html")]
struct SaidPage {
    shell: Shell,
    organisation: String,
    heading: &'static str,
    text: String,
    again: String,
}

async fn said(app: &App, ctx: &Ctx, shell: Shell, Said { heading, text, again }: Said) -> Result<Page<SaidPage>> {
    let organisation = super::organisation(&mut app.read(ctx, "signup.said").await?).await?;
    Ok(Page(SaidPage { shell: shell.titled(heading), organisation, heading, text, again }))
}

#[derive(Template)]
#[template(path = "signup/pages/confirm.html")]
struct ConfirmPage {
    shell: Shell,
    organisation: String,
    list: String,
    token: String,
}

async fn ask(State(app): State<App>, Who(ctx): Who, shell: Shell, Segment(token): Segment<String>) -> Answer {
    let mut tx = app.read(&ctx, "signup.ask").await?;
    match super::pending(&mut tx, &ctx, &token).await? {
        Confirmation::Waiting(list) => {
            let list = lists::shown_name(&mut tx, list).await?;
            let organisation = super::organisation(&mut tx).await?;
            Ok(Page(ConfirmPage { shell: shell.titled("Confirm your subscription"), organisation, list, token })
                .into_response())
        }
        other => finished(&app, &ctx, shell, other).await,
    }
}

async fn press(State(app): State<App>, Who(ctx): Who, shell: Shell, Segment(token): Segment<String>) -> Answer {
    let mut tx = app.begin(&ctx, "signup.confirm").await?;
    let outcome = super::confirm(&app, &mut tx, &ctx, &token).await?;
    tx.commit().await.map_err(Error::from)?;
    finished(&app, &ctx, shell, outcome).await
}

async fn finished(app: &App, ctx: &Ctx, shell: Shell, outcome: Confirmation) -> Answer {
    if let (Confirmation::Gone, Some(address)) = (outcome, ctx.address) {
        app.limiter().take(GUESSES, &super::network_key(address), ctx.now())?;
    }
    let again = String::new();
    let said_now = match outcome {
        Confirmation::Gone => {
            let text =
                "It is older than 7 days or is not complete. Fill in the form again to get a new one.".to_owned();
            Said { heading: "This link does not work", text, again }
        }
        Confirmation::Before(_) => {
            let text = "This link was used already; nothing is left to do.".to_owned();
            Said { heading: "Confirmed already", text, again }
        }
        Confirmation::Waiting(list) | Confirmation::Confirmed(list) => {
            let list = lists::shown_name(&mut app.read(ctx, "signup.done").await?, list).await?;
            let text = format!("You will receive “{list}”. Every message has a link to leave.");
            Said { heading: "You are subscribed", text, again }
        }
    };
    let status = if outcome == Confirmation::Gone { StatusCode::NOT_FOUND } else { StatusCode::OK };
    Ok((status, said(app, ctx, shell, said_now).await?).into_response())
}
