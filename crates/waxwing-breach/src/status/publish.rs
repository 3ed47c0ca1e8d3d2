//! Publishing: by a person with a fresh proof, dated, never changed, through the linter. A program goes on where a person
//! began: it adds updates to a page that is open, and closes it.

use super::answer::letters;
use super::{Asked, State, StatusPage, Update, store};
use crate::{blast, incidents};
use serde_json::json;
use waxwing_app::{App, Error, Result};
use waxwing_domain::{Action, Actor, Ctx, IncidentId, Operation, StatusPageId};
use waxwing_law::drafts::Locale;
use waxwing_law::lint::{LintRule, Notice, lint};
use waxwing_store::{Entry, Tx};

/// The longest title, in characters.
const LONGEST_TITLE: usize = 150;
/// The longest update, in characters.
const LONGEST: usize = 8_000;

/// How a page is set up.
#[derive(Clone, Debug)]
pub struct Setup {
    /// The last part of its address, to which eight letters of chance are added; fixed once it is made.
    pub slug: String,
    /// Its title.
    pub title: String,
    /// The frozen answer that questions are answered from; none where nobody may ask.
    pub radius: Option<i64>,
    /// Whether those of whom it is only possible are told so.
    pub possible: bool,
}

/// What is published next.
#[derive(Clone, Debug)]
pub struct NewUpdate {
    /// Its title.
    pub title: String,
    /// Its text.
    pub body: String,
    /// The language that it is written in, for the linter.
    pub locale: Locale,
    /// What the linter found that a person lets stand.
    pub overruled: Vec<LintRule>,
    /// Whether it answers a question that people have: then the title is the question.
    pub question: bool,
}

fn title(field: &str, typed: &str) -> Result<String> {
    let text = typed.trim();
    if text.is_empty() || text.chars().count() > LONGEST_TITLE || text.chars().any(char::is_control) {
        return Err(Error::invalid(field, "Write one line of at most 150 characters."));
    }
    Ok(text.to_owned())
}

fn slug(typed: &str) -> Result<String> {
    let text = typed.trim().to_owned();
    let plain = text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
    if !(4..=60).contains(&text.len()) || !plain {
        return Err(Error::invalid("slug", "Use 4 to 60 small letters, digits and dashes."));
    }
    Ok(text)
}

/// Makes the page of a case; nobody reads it before its first update.
///
/// # Errors
/// [`Error::Conflict`] where the case has a page.
pub async fn create(app: &App, tx: &mut Tx, ctx: &Ctx, case: IncidentId, new: Setup) -> Result<StatusPageId> {
    ctx.authorise(Action::StatusPublish)?;
    incidents::writable(tx, ctx, case).await?;
    let id = StatusPageId::from_i64(ctx.new_id());
    // What nobody can guess tells nobody of the drafts of other workspaces, and nobody else can take it first.
    let slug = format!("{}-{}", slug(&new.slug)?, letters::<8>(ctx).to_lowercase());
    let title = title("title", &new.title)?;
    let radius = frozen(app, tx, ctx, new.radius).await?;
    let page =
        StatusPage { id, case, slug, title, state: State::Draft, radius, possible: new.possible, published_at: None };
    if !store::insert(tx, ctx, &page).await? {
        return Err(Error::Conflict("This case has a page already.".into()));
    }
    note(app, tx, ctx, &page, "status.create").await?;
    Ok(id)
}

async fn frozen(app: &App, tx: &mut Tx, ctx: &Ctx, radius: Option<i64>) -> Result<Option<i64>> {
    if let Some(radius) = radius {
        blast::frozen(app, tx, ctx, radius).await?;
    }
    Ok(radius)
}

/// Makes the page of a case, or changes the one that there is.
///
/// # Errors
/// As [`create`] and [`set_up`].
pub async fn put(app: &App, tx: &mut Tx, ctx: &Ctx, case: IncidentId, new: Setup) -> Result<()> {
    match of_case(tx, ctx, case).await? {
        Some(_) => set_up(app, tx, ctx, case, new).await,
        None => create(app, tx, ctx, case, new).await.map(drop),
    }
}

/// Changes title and questions of a page; its address stays.
///
/// # Errors
/// [`Error::NotFound`] for a case without a page; [`Error::Conflict`] once it is closed.
pub async fn set_up(app: &App, tx: &mut Tx, ctx: &Ctx, case: IncidentId, new: Setup) -> Result<()> {
    ctx.authorise(Action::StatusPublish)?;
    incidents::writable(tx, ctx, case).await?;
    let page = store::of_case(tx, case).await?.ok_or(Error::NotFound("page"))?;
    let radius = frozen(app, tx, ctx, new.radius).await?;
    let page = StatusPage { title: title("title", &new.title)?, radius, possible: new.possible, ..page };
    if !store::change(tx, &page).await? {
        return Err(Error::Conflict("This page is closed; it stays as it is.".into()));
    }
    note(app, tx, ctx, &page, "status.set_up").await
}

/// Publishes an update; the first one opens the page.
///
/// # Errors
/// [`Error::Invalid`] for what the linter finds and nobody let stand; [`Error::Conflict`] once it is closed, and where a
/// program would open it: that everybody learns of a breach a person decides.
pub async fn update(app: &App, tx: &mut Tx, ctx: &Ctx, case: IncidentId, new: &NewUpdate) -> Result<()> {
    ctx.authorise(Action::StatusPublish)?;
    incidents::writable(tx, ctx, case).await?;
    let page = store::of_case(tx, case).await?.ok_or(Error::NotFound("page"))?;
    if page.state == State::Closed {
        return Err(Error::Conflict("This page is closed; it stays as it is.".into()));
    }
    if page.state == State::Draft && new.question {
        return Err(Error::Conflict("Publish a first update; then questions are answered under it.".into()));
    }
    if page.state == State::Draft && matches!(ctx.actor, Actor::ApiKey(_)) {
        return Err(Error::Conflict("A person publishes the first update; then a program may go on.".into()));
    }
    let title = title("update_title", &new.title)?;
    let body = new.body.trim().replace("\r\n", "\n");
    let control = body.chars().any(|c| c.is_control() && c != '\n');
    if body.is_empty() || control || body.chars().count() > LONGEST {
        return Err(Error::invalid("body", "Write plain text of at most 8,000 characters."));
    }
    check(app, (&title, &body), new.locale, &new.overruled)?;
    if !store::add_update(tx, ctx, page.id, (&title, &body, new.question)).await? {
        return Err(Error::Conflict("Somebody else published in the same moment. Look at it, then repeat.".into()));
    }
    store::open(tx, ctx, page.id).await?;
    note(app, tx, ctx, &page, "status.update").await
}

/// What an update is held to. Its date is ours; data, contact and advice are a notice's.
fn applies(rule: LintRule) -> bool {
    !matches!(rule, LintRule::DatedTitle | LintRule::DataNamed | LintRule::Contact | LintRule::WhatToDo)
}

/// Holds what everybody will read to the linter.
///
/// # Errors
/// [`Error::Invalid`] for the first thing that is found and not let stand.
pub(crate) fn check(app: &App, (title, body): (&str, &str), locale: Locale, overruled: &[LintRule]) -> Result<()> {
    let host = app.config().public_url.split("://").nth(1).unwrap_or_default().split(['/', ':']).next();
    let hosts = [host.unwrap_or_default()];
    let read =
        Notice { locale, title, text: body, html: None, data: &[], certain: false, contacts: &[], hosts: &hosts };
    let stands = |rule: LintRule| rule.may_be_overruled() && overruled.contains(&rule);
    match lint(&read).into_iter().find(|found| applies(found.rule) && !stands(found.rule)) {
        None => Ok(()),
        Some(found) => {
            let stand = if found.rule.may_be_overruled() { " Or let it stand below." } else { "" };
            Err(Error::invalid("body", format!("{}: {} {}{stand}", found.rule.label(), found.why, found.mend)))
        }
    }
}

/// Closes a page: it stays to be read, and takes no questions any more.
///
/// # Errors
/// [`Error::Conflict`] for one that is not open.
pub async fn close(app: &App, tx: &mut Tx, ctx: &Ctx, case: IncidentId) -> Result<()> {
    ctx.authorise(Action::StatusPublish)?;
    incidents::writable(tx, ctx, case).await?;
    let page = store::of_case(tx, case).await?.ok_or(Error::NotFound("page"))?;
    if !store::close(tx, page.id).await? {
        return Err(Error::Conflict("Only an open page can be closed.".into()));
    }
    note(app, tx, ctx, &page, "status.close").await
}

/// The page of a case, for who is in it.
pub async fn of_case(tx: &mut Tx, ctx: &Ctx, case: IncidentId) -> Result<Option<StatusPage>> {
    ctx.authorise(Action::IncidentsRead)?;
    incidents::by_id(tx, ctx, case).await?;
    Ok(store::of_case(tx, case).await?)
}

/// A page that everybody may read.
///
/// # Errors
/// [`Error::NotFound`] for what nobody published.
pub async fn published(tx: &mut Tx, slug: &str) -> Result<StatusPage> {
    store::by_slug(tx, slug).await?.ok_or(Error::NotFound("page"))
}

/// The updates of a page, newest first.
pub async fn updates(tx: &mut Tx, id: StatusPageId) -> Result<Vec<Update>> {
    Ok(store::updates(tx, id).await?)
}

/// What became of the questions of a page's visitors.
pub async fn asked(tx: &mut Tx, id: StatusPageId) -> Result<Asked> {
    Ok(store::counted(tx, id).await?)
}

async fn note(app: &App, tx: &mut Tx, ctx: &Ctx, page: &StatusPage, what: &'static str) -> Result<()> {
    let detail = json!({ "slug": page.slug, "questions": page.radius.is_some() });
    let entry = Entry::new(Operation::Change, what).on("status_page", page.id.as_i64()).detail(detail);
    let entry = tx.record(app.store(), ctx, entry).await?;
    incidents::machine(tx, ctx, page.case, incidents::Category::Communication, (what, entry)).await
}
