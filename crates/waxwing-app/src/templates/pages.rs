//! The pages of templates.

use super::preview::{Answer, facts};
use super::{Content, ContentInput, Drawn, Editor, Mistakes, Part, Shelf, Template as Row, draw, made_up};
use crate::{App, Error};
use askama::Template;
use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use http::StatusCode;
use serde::Deserialize;
use std::sync::Arc;
use waxwing_domain::{Action, Ctx, TemplateId};
use waxwing_http::{Fail, Flash, Page, SafeForm, SeeOther, Segment, Shell, Who};
use waxwing_message::PersonalLinks;
use waxwing_message::starters::{STARTERS, Starter};

const ROOT: &str = "/campaigns/templates";

#[derive(Template)]
#[template(path = "templates/pages/index.html")]
struct Index {
    shell: Shell,
    starters: &'static [Starter],
    templates: Vec<Row>,
    typed: String,
    mistakes: Mistakes,
    may_write: bool,
}

/// What begins a template.
#[derive(Deserialize, Default)]
pub(super) struct Beginning {
    #[serde(default)]
    name: String,
    #[serde(default)]
    begin: String,
}

async fn index_of(app: &App, shell: Shell, ctx: &Ctx, typed: String, mistakes: Mistakes) -> Result<Index, Fail> {
    let mut tx = app.read(ctx, "templates.index").await?;
    let templates = super::all(&mut tx, ctx).await?;
    let may_write = shell.may(Action::ContentWrite);
    Ok(Index { shell: shell.titled("Templates"), starters: STARTERS, templates, typed, mistakes, may_write })
}

pub(super) async fn index(shell: Shell, Who(ctx): Who, State(app): State<App>) -> Result<Response, Fail> {
    Ok(Page(index_of(&app, shell, &ctx, String::new(), Mistakes::default()).await?).into_response())
}

pub(super) async fn create(
    shell: Shell,
    Who(ctx): Who,
    State(app): State<App>,
    SafeForm(input): SafeForm<Beginning>,
) -> Result<Response, Fail> {
    let mut mistakes = Mistakes::default();
    let mut tx = app.begin(&ctx, "templates.create").await?;
    let content = mistakes.take(super::beginning(&mut tx, &ctx, &input.begin).await)?;
    let id = match content {
        Some(content) => mistakes.take(super::create(&app, &mut tx, &ctx, &input.name, &content).await)?,
        None => None,
    };
    let Some(id) = id else {
        drop(tx);
        let page = index_of(&app, shell, &ctx, input.name, mistakes).await?;
        return Ok((StatusCode::UNPROCESSABLE_ENTITY, Page(page)).into_response());
    };
    tx.commit().await.map_err(Error::from)?;
    Ok(SeeOther::to(format!("{ROOT}/{id}")).into_response())
}

#[derive(Template)]
#[template(path = "templates/pages/edit.html")]
struct Edit {
    shell: Shell,
    id: TemplateId,
    typed: String,
    editor: Editor,
    may_write: bool,
    preview_path: &'static str,
}

/// The form of the editor.
#[derive(Deserialize, Default)]
pub(super) struct Saved {
    #[serde(default)]
    name: String,
    #[serde(default)]
    part: String,
    #[serde(flatten)]
    content: ContentInput,
}

async fn edit_of(
    app: &App,
    shell: Shell,
    ctx: &Ctx,
    id: TemplateId,
    saved: Saved,
    mistakes: Mistakes,
) -> Result<Edit, Fail> {
    let may_write = shell.may(Action::ContentWrite);
    let editor = Editor::new(app, ctx, saved.content, mistakes).await?;
    let shell = shell.titled(if saved.name.is_empty() { "Template" } else { &saved.name });
    Ok(Edit { shell, id, typed: saved.name, editor, may_write, preview_path: "/campaigns/templates/preview" })
}

pub(super) async fn edit(
    shell: Shell,
    Who(ctx): Who,
    State(app): State<App>,
    Segment(id): Segment<TemplateId>,
) -> Result<Response, Fail> {
    let mut tx = app.read(&ctx, "templates.edit").await?;
    let (template, content) = super::by_id(&mut tx, &ctx, id).await?;
    drop(tx);
    let saved = Saved { name: template.name, part: String::new(), content: content.input() };
    Ok(Page(edit_of(&app, shell, &ctx, id, saved, Mistakes::default()).await?).into_response())
}

pub(super) async fn save(
    shell: Shell,
    Who(ctx): Who,
    State(app): State<App>,
    Segment(id): Segment<TemplateId>,
    SafeForm(input): SafeForm<Saved>,
) -> Result<Response, Fail> {
    let mut mistakes = Mistakes::default();
    let content = mistakes.take(input.content.parse())?;
    if let Some(content) = &content {
        let mut tx = app.begin(&ctx, "templates.save").await?;
        if mistakes.take(super::save(&app, &mut tx, &ctx, id, &input.name, content).await)?.is_some() {
            tx.commit().await.map_err(Error::from)?;
        }
    }
    let Some(content) = content.filter(|_| mistakes.is_empty()) else {
        let page = edit_of(&app, shell, &ctx, id, input, mistakes).await?;
        return Ok((StatusCode::UNPROCESSABLE_ENTITY, Page(page)).into_response());
    };
    let flash = match Editor::check(&content, "", "").await? {
        None => Flash::good("Saved."),
        Some(problem) => Flash::danger(format!("Saved as it is; it cannot be sent yet. {problem}")),
    };
    Ok(SeeOther::to(format!("{ROOT}/{id}")).flash(flash).into_response())
}

pub(super) async fn remove(
    Who(ctx): Who,
    State(app): State<App>,
    Segment(id): Segment<TemplateId>,
) -> Result<SeeOther, Fail> {
    let mut tx = app.begin(&ctx, "templates.remove").await?;
    super::remove(&app, &mut tx, &ctx, id).await?;
    tx.commit().await.map_err(Error::from)?;
    Ok(SeeOther::to(ROOT).flash(Flash::good("The template was removed.")))
}

pub(super) async fn preview(
    shelf: Arc<Shelf>,
    Who(ctx): Who,
    app: State<App>,
    SafeForm(input): SafeForm<Saved>,
) -> Result<Json<Answer>, Fail> {
    let drawn = match input.content.parse() {
        Ok(content) => draw_made_up(&app, &ctx, &content, &input.name, Part::parse(&input.part)).await?,
        Err(error) => Err(error.to_string()),
    };
    Ok(Answer::of(&shelf, &ctx, drawn, "/campaigns/templates/preview"))
}

/// Draws a template for the made-up person, under its name as the subject.
async fn draw_made_up(
    app: &State<App>,
    ctx: &Ctx,
    content: &Content,
    name: &str,
    part: Part,
) -> crate::Result<Result<Drawn, String>> {
    let facts = facts(app, ctx, name).await?;
    let source = content.source("{{ campaign.subject }}", "");
    let person = made_up();
    let links = PersonalLinks {
        unsubscribe_url: "https://example.com/unsubscribe".into(),
        view_url: "https://example.com/view".into(),
    };
    draw(source, facts, person, links, part).await
}
