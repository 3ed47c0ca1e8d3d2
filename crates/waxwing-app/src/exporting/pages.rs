//! Pages: choose a list, say why, download; and what left before.

use super::{Begun, Exported};
use crate::lists::{self, List};
use crate::{App, Error};
use askama::Template;
use axum::body::Body;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use http::{Method, StatusCode};
use serde::Deserialize;
use waxwing_domain::{Action, Ctx, ListId};
use waxwing_http::{Cursor, Fail, Flash, Page, Paged, Params, Routes, SafeForm, SeeOther, Shell, Who, download};

#[derive(Template)]
#[template(path = "exporting/pages/index.html")]
struct Index {
    shell: Shell,
    lists: Vec<List>,
    exports: Vec<Exported>,
    next: String,
    first: String,
    list: String,
    purpose: String,
    error: String,
}

impl Index {
    fn chosen(&self, list: &List) -> bool {
        list.id.to_string() == self.list
    }
}

#[derive(Deserialize, Default)]
struct Form {
    #[serde(default)]
    list: String,
    #[serde(default)]
    purpose: String,
}

async fn page(app: &App, ctx: &Ctx, shell: Shell, cursor: &Cursor, form: Form) -> Result<Index, Fail> {
    let mut tx = app.read(ctx, "exporting.recent").await?;
    let lists = lists::all(&mut tx).await?;
    let rows = super::recent(&mut tx, ctx, cursor.key()?, cursor.limit + 1).await?;
    let page = Paged::from_surplus(rows, cursor.limit, |export| export.id);
    let first = if cursor.after.is_some() { "/audience/export".to_owned() } else { String::new() };
    let next = page.next.map_or_else(String::new, |next| format!("/audience/export?after={next}"));
    let Form { list, purpose } = form;
    Ok(Index {
        shell: shell.titled("Export people"),
        lists,
        exports: page.items,
        next,
        first,
        list,
        purpose,
        error: String::new(),
    })
}

async fn index(
    State(app): State<App>,
    Who(ctx): Who,
    shell: Shell,
    cursor: Cursor,
    Params(form): Params<Form>,
) -> Result<Page<Index>, Fail> {
    Ok(Page(page(&app, &ctx, shell, &cursor, form).await?))
}

async fn create(
    State(app): State<App>,
    Who(ctx): Who,
    shell: Shell,
    SafeForm(form): SafeForm<Form>,
) -> Result<Response, Fail> {
    let list: ListId = form.list.parse().map_err(|_| Fail::NotFound)?;
    match super::begin(&app, &ctx, list, &form.purpose, "page").await {
        Ok(Begun::Waits(request)) => {
            let waits = SeeOther::to(format!("/security/approvals/{request}"));
            Ok(waits.flash(Flash::note("This export waits for a second person’s yes.")).into_response())
        }
        Ok(Begun::Now(export)) => {
            let name = format!("export-{}.csv", export.id());
            Ok(download(&name, "text/csv; charset=utf-8", Body::from_stream(export.into_stream())))
        }
        Err(Error::Invalid { message, .. }) => {
            let page = page(&app, &ctx, shell, &Cursor::default(), form).await?;
            Ok((StatusCode::UNPROCESSABLE_ENTITY, Page(Index { error: message, ..page })).into_response())
        }
        Err(error) => Err(error.into()),
    }
}

pub(super) fn routes(routes: Routes<App>) -> Routes<App> {
    routes.page(Method::GET, "/audience/export", Action::ExportRun, index).page(
        Method::POST,
        "/audience/export",
        Action::ExportRun,
        create,
    )
}
