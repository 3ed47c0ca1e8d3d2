//! Pages: upload → columns → dry run → progress → result.

use super::{Decision, Incoming, Preview, Report, State as Stage};
use crate::lists::{self, List};
use crate::{App, Error};
use askama::Template;
use axum::body::Body;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use http::{Method, StatusCode};
use serde::Deserialize;
use waxwing_domain::{Action, FieldId, ImportId};
use waxwing_http::{
    Cursor, Fail, FieldError, Flash, Page, Routes, SafeForm, SeeOther, Segment, Shell, Upload, Who, download,
};

/// The longest file that a browser may send, in bytes: 16 GiB. The command line takes any.
const LONGEST: u64 = 16 << 30;

#[derive(Template)]
#[template(path = "importing/pages/index.html")]
struct Index {
    shell: Shell,
    imports: Vec<Report>,
    next: String,
    first: String,
}

#[derive(Template)]
#[template(path = "importing/pages/mapping.html")]
struct MappingPage {
    shell: Shell,
    report: Report,
    preview: Preview,
    /// By column, the chosen field's number or nothing.
    chosen: Vec<String>,
    lists: Vec<List>,
    list: String,
    consent: String,
    errors: Vec<FieldError>,
}

#[derive(Template)]
#[template(path = "importing/pages/show.html")]
struct Show {
    shell: Shell,
    report: Report,
}

#[derive(Template)]
#[template(path = "importing/pages/progress.html")]
struct Progress {
    report: Report,
}

impl MappingPage {
    fn error(&self, field: &str) -> &str {
        self.errors.iter().find(|error| error.field == field).map_or("", |error| error.message.as_str())
    }
    fn chosen(&self, column: &usize, field: &FieldId) -> bool {
        self.chosen.get(*column).is_some_and(|chosen| *chosen == field.get().to_string())
    }
}

async fn index(State(app): State<App>, Who(ctx): Who, shell: Shell, cursor: Cursor) -> Result<Page<Index>, Fail> {
    let mut tx = app.read(&ctx, "importing.recent").await?;
    let rows = super::recent(&mut tx, &ctx, cursor.key()?, cursor.limit + 1).await?;
    let page = waxwing_http::Paged::from_surplus(rows, cursor.limit, |report| report.id);
    let first = if cursor.after.is_some() { "/audience/import".to_owned() } else { String::new() };
    let next = page.next.map_or_else(String::new, |next| format!("/audience/import?after={next}"));
    Ok(Page(Index { shell: shell.titled("Import people"), imports: page.items, next, first }))
}

async fn upload(State(app): State<App>, Who(ctx): Who, mut upload: Upload) -> Result<SeeOther, Fail> {
    while let Some(mut part) = upload.next().await? {
        if part.name() != "file" {
            continue;
        }
        let name = part.file_name().unwrap_or_default().to_owned();
        let mut incoming = Incoming::begin(&app, &ctx).await?;
        while let Some(bytes) = part.chunk().await? {
            incoming.write(bytes).await?;
        }
        let id = incoming.finish(&name).await?;
        return Ok(SeeOther::to(format!("/audience/import/{id}")));
    }
    Err(Fail::invalid("file", "Choose a file."))
}

async fn show(
    State(app): State<App>,
    Who(ctx): Who,
    shell: Shell,
    Segment(id): Segment<ImportId>,
) -> Result<Response, Fail> {
    let mut tx = app.read(&ctx, "importing.show").await?;
    let report = super::report(&mut tx, &ctx, id).await?;
    if report.state == Stage::Mapping {
        let lists = lists::all(&mut tx).await?;
        drop(tx);
        return Ok(Page(mapping_page(&app, &ctx, shell, report, lists).await?).into_response());
    }
    Ok(Page(Show { shell: shell.titled("Import"), report }).into_response())
}

async fn mapping_page(
    app: &App,
    ctx: &waxwing_domain::Ctx,
    shell: Shell,
    report: Report,
    lists: Vec<List>,
) -> Result<MappingPage, Fail> {
    let preview = super::preview(app, ctx, report.id).await?;
    let number = |field: Option<FieldId>| field.map_or_else(String::new, |field| field.get().to_string());
    let chosen = preview.columns.iter().map(|column| number(column.field)).collect();
    let lists = lists.into_iter().filter(|list| list.archived_at.is_none()).collect();
    let (list, consent) = (report.list_name.clone(), report.consent.clone());
    Ok(MappingPage { shell: shell.titled("Import"), report, preview, chosen, lists, list, consent, errors: Vec::new() })
}

#[derive(Deserialize)]
struct Choices {
    #[serde(default)]
    column: Vec<String>,
    #[serde(default)]
    list: String,
    #[serde(default)]
    consent: String,
}

impl Choices {
    fn decision(&self) -> Decision {
        let field = |text: &String| text.parse().ok().map(FieldId::new);
        Decision {
            columns: Some(self.column.iter().map(field).collect()),
            list: self.list.clone(),
            consent: self.consent.clone(),
        }
    }
}

/// Keeps the choices and begins the dry run; a mistake is shown beside its field.
async fn check(
    State(app): State<App>,
    Who(ctx): Who,
    shell: Shell,
    Segment(id): Segment<ImportId>,
    SafeForm(choices): SafeForm<Choices>,
) -> Result<Response, Fail> {
    match super::start(&app, &ctx, id, choices.decision(), true).await {
        Ok(()) => Ok(SeeOther::to(format!("/audience/import/{id}")).into_response()),
        Err(Error::Invalid { field, message }) => {
            let mut tx = app.read(&ctx, "importing.show").await?;
            let report = super::report(&mut tx, &ctx, id).await?;
            let lists = lists::all(&mut tx).await?;
            drop(tx);
            let page = mapping_page(&app, &ctx, shell, report, lists).await?;
            let errors = vec![FieldError { field, message }];
            let Choices { column, list, consent } = choices;
            let page = MappingPage { chosen: column, list, consent, errors, ..page };
            Ok((StatusCode::UNPROCESSABLE_ENTITY, Page(page)).into_response())
        }
        Err(error) => Err(error.into()),
    }
}

async fn run(State(app): State<App>, Who(ctx): Who, Segment(id): Segment<ImportId>) -> Result<SeeOther, Fail> {
    let mut tx = app.begin(&ctx, "importing.run").await?;
    super::run(&app, &mut tx, &ctx, id).await?;
    tx.commit().await.map_err(Error::from)?;
    Ok(SeeOther::to(format!("/audience/import/{id}")))
}

/// Back to the columns: the counts of the dry run no longer hold.
async fn again(State(app): State<App>, Who(ctx): Who, Segment(id): Segment<ImportId>) -> Result<SeeOther, Fail> {
    super::reopen(&app, &ctx, id).await?;
    Ok(SeeOther::to(format!("/audience/import/{id}")))
}

async fn cancel(State(app): State<App>, Who(ctx): Who, Segment(id): Segment<ImportId>) -> Result<SeeOther, Fail> {
    super::cancel(&app, &ctx, id).await?;
    let flash = Flash::note("Stopped. The copy of the file was deleted; what was written before stays.");
    Ok(SeeOther::to("/audience/import").flash(flash))
}

async fn release(State(app): State<App>, Who(ctx): Who, Segment(id): Segment<ImportId>) -> Result<SeeOther, Fail> {
    let mut tx = app.begin(&ctx, "importing.release").await?;
    super::release(&app, &mut tx, &ctx, id).await?;
    tx.commit().await.map_err(Error::from)?;
    let flash = Flash::good("Released. Its people get mail again in a moment.");
    Ok(SeeOther::to(format!("/audience/import/{id}")).flash(flash))
}

/// The moving part of the page; at the end it asks for the whole page.
async fn progress(State(app): State<App>, Who(ctx): Who, Segment(id): Segment<ImportId>) -> Result<Response, Fail> {
    let mut tx = app.read(&ctx, "importing.progress").await?;
    let report = super::report(&mut tx, &ctx, id).await?;
    if report.state.is_working() {
        return Ok(Page(Progress { report }).into_response());
    }
    Ok(([("hx-refresh", "true")], StatusCode::NO_CONTENT).into_response())
}

async fn rejects(State(app): State<App>, Who(ctx): Who, Segment(id): Segment<ImportId>) -> Result<Response, Fail> {
    let stream = super::rejects(&app, &ctx, id, "page").await?;
    Ok(download(&format!("import-{id}-refused.csv"), "text/csv; charset=utf-8", Body::from_stream(stream)))
}

pub(super) fn routes(routes: Routes<App>) -> Routes<App> {
    let may = Action::ImportRun;
    routes
        .page(Method::GET, "/audience/import", may, index)
        .upload("/audience/import", may, LONGEST, upload)
        .page(Method::GET, "/audience/import/{id}", may, show)
        .page(Method::POST, "/audience/import/{id}/check", may, check)
        .page(Method::POST, "/audience/import/{id}/run", may, run)
        .page(Method::POST, "/audience/import/{id}/columns", may, again)
        .page(Method::POST, "/audience/import/{id}/cancel", may, cancel)
        .page(Method::POST, "/audience/import/{id}/release", may, release)
        .page(Method::GET, "/audience/import/{id}/progress", may, progress)
        .page(Method::GET, "/audience/import/{id}/rejects", may, rejects)
}
