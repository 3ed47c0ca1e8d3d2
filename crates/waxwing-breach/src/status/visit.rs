//! What visitors see: the page, its feed, and the question.
//!
//! Promise: a GET changes nothing and names no case; the answer to a form is the same for every address.

use super::export::organisation;
use super::{Desk, StatusPage, TRUST, Update, Visitor, asking, crowded, export, hurried, store, throttle};
use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::header::CONTENT_TYPE;
use http::{Method, StatusCode};
use serde::Deserialize;
use waxwing_app::login::Finder;
use waxwing_app::{App, Error, Result, settings};
use waxwing_domain::{Ctx, WorkspaceId};
use waxwing_http::{Fail, Page, Routes, SafeForm, Segment, Shell, Who};
use waxwing_law::drafts::Locale;
use waxwing_store::inventory;

type Answer = std::result::Result<Response, Fail>;

pub(super) fn routes() -> Routes<App> {
    Routes::new().public(Method::GET, "/status/{slug}", show).public(Method::GET, "/status/{slug}/feed", feed).public(
        Method::POST,
        "/status/{slug}/ask",
        ask,
    )
}

inventory::submit! {
    Finder::new(&["/status/{slug}", "/status/{slug}/feed", "/status/{slug}/ask"], |app, slug| Box::pin(of_slug(app, slug)))
}

async fn of_slug(app: &App, slug: &str) -> Result<Option<WorkspaceId>> {
    Ok(store::workspace_of_slug(&mut app.store().read_unbound("status.page_of").await?, slug).await?)
}

#[derive(Template)]
#[template(path = "status/pages/public.html")]
struct PublicPage {
    shell: Shell,
    page: StatusPage,
    updates: Vec<Update>,
    organisation: String,
    shown: String,
    locales: &'static [Locale],
    /// Where the trust page is, if something stands there.
    trust: Option<String>,
}

impl PublicPage {
    fn news(&self) -> impl Iterator<Item = &Update> {
        self.updates.iter().filter(|update| !update.question)
    }
    fn answers(&self) -> Vec<&Update> {
        self.updates.iter().filter(|update| update.question).collect()
    }
}

async fn show(State(app): State<App>, Who(ctx): Who, shell: Shell, Segment(slug): Segment<String>) -> Answer {
    let mut tx = app.read(&ctx, "status.public").await?;
    let page = super::published(&mut tx, &slug).await?;
    let updates = super::updates(&mut tx, page.id).await?;
    let organisation = organisation(&mut tx).await?;
    let trust = settings::value(&mut tx, TRUST).await?.filter(|words| !words.is_empty());
    let trust = trust.map(|_| format!("/trust/{}", ctx.workspace));
    let (shell, shown) = (shell.titled(page.title.clone()), ctx.now().as_i64().to_string());
    Ok(Page(PublicPage { shell, page, updates, organisation, shown, locales: Locale::ALL, trust }).into_response())
}

async fn feed(State(app): State<App>, Who(ctx): Who, Segment(slug): Segment<String>) -> Answer {
    let mut tx = app.read(&ctx, "status.feed").await?;
    let page = super::published(&mut tx, &slug).await?;
    let updates = super::updates(&mut tx, page.id).await?;
    let text = export::feed(&page, &updates, &organisation(&mut tx).await?, &app.config().public_url)?;
    Ok(([(CONTENT_TYPE, "application/atom+xml")], text).into_response())
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct AskForm {
    email: String,
    language: String,
    shown: String,
    /// A field that people do not see; what fills it is not a person.
    website: String,
}

/// A page that says one thing.
#[derive(Template)]
#[template(path = "status/pages/said.html")]
pub(crate) struct Said {
    shell: Shell,
    organisation: String,
    heading: &'static str,
    text: String,
    back: String,
}

/// What visitors read after a form: the same for everybody.
pub(crate) async fn said(
    app: &App,
    ctx: &Ctx,
    shell: Shell,
    (heading, text): (&'static str, String),
    slug: &str,
) -> Result<Page<Said>> {
    let organisation = organisation(&mut app.read(ctx, "status.said").await?).await?;
    Ok(Page(Said { shell: shell.titled(heading), organisation, heading, text, back: format!("/status/{slug}") }))
}

/// A mistake that the visitor can mend, or a form that came back too quickly.
pub(crate) async fn mistaken(app: &App, ctx: &Ctx, shell: Shell, why: String, slug: &str) -> Answer {
    let page = said(app, ctx, shell, ("One thing is missing", why), slug).await?;
    Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
}

/// What is said to a form that came back faster than a person fills it in.
pub(crate) const QUICK: &str = "That was very quick. Go back, look the form over and press the button again.";

async fn ask(
    State(app): State<App>,
    Who(ctx): Who,
    shell: Shell,
    Segment(slug): Segment<String>,
    SafeForm(form): SafeForm<AskForm>,
) -> Answer {
    throttle(&app, &ctx, Desk::Ask)?;
    let who = match Visitor::parse(&form.email, &form.language) {
        Err(Error::Invalid { message, .. }) => return mistaken(&app, &ctx, shell, message, &slug).await,
        other => other?,
    };
    if hurried(&form.shown, ctx.now()) {
        return mistaken(&app, &ctx, shell, QUICK.into(), &slug).await;
    }
    if form.website.is_empty() {
        crowded(&app, &ctx, Desk::Ask, &slug)?;
        let mut tx = app.begin(&ctx, "status.ask").await?;
        let page = super::published(&mut tx, &slug).await?;
        asking::ask(&app, &mut tx, &ctx, &page, &who).await?;
        tx.commit().await.map_err(Error::from)?;
    }
    let text = "If mail reaches this address, the answer is on its way to it. Nobody else learns it. \
                We write to an address once a day at most.";
    Ok(said(&app, &ctx, shell, ("Look into your mailbox", text.into()), &slug).await?.into_response())
}
