//! The team's pages of sign-up.

use super::{Form, FormChange, FormState};
use crate::{App, Error, Result, lists};
use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::{Method, StatusCode};
use serde::Deserialize;
use waxwing_domain::{Action, ListId};
use waxwing_http::{Fail, Flash, Page, Routes, SafeForm, SeeOther, Segment, Shell, Who};

pub(super) fn routes() -> Routes<App> {
    Routes::new()
        .page(Method::GET, "/forms", Action::FormsRead, index)
        .page(Method::POST, "/forms", Action::FormsWrite, create)
        .page(Method::GET, "/forms/{id}", Action::FormsRead, edit)
        .page(Method::POST, "/forms/{id}", Action::FormsWrite, save)
}

/// A form as the team's table shows it.
struct FormRow {
    id: i64,
    title: String,
    list: String,
    address: String,
    open: bool,
    waiting: i64,
}

#[derive(Template)]
#[template(path = "signup/pages/index.html")]
struct IndexPage {
    shell: Shell,
    rows: Vec<FormRow>,
    without: Vec<(String, String)>,
}

async fn index(State(app): State<App>, Who(ctx): Who, shell: Shell) -> std::result::Result<Page<IndexPage>, Fail> {
    let mut tx = app.read(&ctx, "signup.forms").await?;
    let all = lists::all(&mut tx).await?;
    let name = |id: ListId| all.iter().find(|list| list.id == id).map_or_else(String::new, |list| list.name.clone());
    let forms = super::forms(&mut tx, &ctx).await?;
    let without = all
        .iter()
        .filter(|list| list.archived_at.is_none() && !forms.iter().any(|(form, _)| form.list == list.id))
        .map(|list| (list.id.to_string(), list.name.clone()))
        .collect();
    let rows = forms.into_iter().map(|(form, waiting)| FormRow {
        id: form.id,
        list: name(form.list),
        address: address(&app, &form),
        open: form.state == FormState::Open,
        title: form.title,
        waiting,
    });
    Ok(Page(IndexPage { shell: shell.titled("Forms"), rows: rows.collect(), without }))
}

fn address(app: &App, form: &Form) -> String {
    format!("{}/f/{}", app.config().public_url, form.slug)
}

#[derive(Deserialize)]
struct NewForm {
    list: String,
}

async fn create(
    State(app): State<App>,
    Who(ctx): Who,
    SafeForm(new): SafeForm<NewForm>,
) -> std::result::Result<SeeOther, Fail> {
    let list = new.list.parse().map_err(|_| Fail::invalid("list", "choose a list"))?;
    let mut tx = app.begin(&ctx, "signup.form.create").await?;
    let form = super::create_form(&app, &mut tx, &ctx, list).await?;
    tx.commit().await.map_err(Error::from)?;
    Ok(SeeOther::to(format!("/forms/{}", form.id))
        .flash(Flash::good("The form is open. Look at its wording before you share it.")))
}

#[derive(Template)]
#[template(path = "signup/pages/edit.html")]
struct EditPage {
    shell: Shell,
    id: i64,
    address: String,
    hint: String,
    intro: String,
    snippet: String,
    typed: Change,
    error: (String, String),
}

impl EditPage {
    fn error(&self, field: &str) -> &str {
        if self.error.0 == field { &self.error.1 } else { "" }
    }
}

/// What the team typed into the editor of a form.
#[derive(Deserialize)]
struct Change {
    slug: String,
    title: String,
    intro: String,
    wording: String,
    ask_names: Option<String>,
    open: Option<String>,
}

async fn edit(
    State(app): State<App>,
    Who(ctx): Who,
    shell: Shell,
    Segment(id): Segment<i64>,
) -> std::result::Result<Page<EditPage>, Fail> {
    let mut tx = app.read(&ctx, "signup.form").await?;
    let form = super::form_by_id(&mut tx, id).await?;
    let on = |yes: bool| yes.then(String::new);
    let typed = Change {
        slug: form.slug.clone(),
        title: form.title.clone(),
        intro: form.intro.clone(),
        wording: form.wording.clone(),
        ask_names: on(form.ask_names),
        open: on(form.state == FormState::Open),
    };
    Ok(Page(edit_page(&app, &mut tx, shell, form, typed, Default::default()).await?))
}

async fn edit_page(
    app: &App,
    tx: &mut waxwing_store::Tx,
    shell: Shell,
    form: Form,
    typed: Change,
    error: (String, String),
) -> Result<EditPage> {
    let list = lists::by_id(tx, form.list).await?.name;
    let address = address(app, &form);
    let snippet = Snippet { address: &address, form: &form }.render();
    Ok(EditPage {
        snippet: snippet
            .map_err(|_| waxwing_store::StoreError::Damaged("a form that cannot be written as HTML".into()))?,
        hint: format!(
            "Version {}. A change makes a new version; who agreed to which is kept as evidence.",
            form.wording_version
        ),
        intro: format!("Leads to the list “{list}”."),
        id: form.id,
        shell: shell.titled(form.title),
        address,
        typed,
        error,
    })
}

/// The form for another website, to be copied.
#[derive(Template)]
#[template(path = "signup/pages/snippet.html")]
struct Snippet<'a> {
    address: &'a str,
    form: &'a Form,
}

async fn save(
    State(app): State<App>,
    Who(ctx): Who,
    shell: Shell,
    Segment(id): Segment<i64>,
    SafeForm(typed): SafeForm<Change>,
) -> std::result::Result<Response, Fail> {
    let state = if typed.open.is_some() { FormState::Open } else { FormState::Closed };
    let change = FormChange {
        slug: typed.slug.trim().to_owned(),
        title: typed.title.clone(),
        intro: typed.intro.clone(),
        wording: typed.wording.clone(),
        ask_names: typed.ask_names.is_some(),
        state,
    };
    let mut tx = app.begin(&ctx, "signup.form.change").await?;
    match super::change_form(&app, &mut tx, &ctx, id, change).await {
        Ok(_) => {
            tx.commit().await.map_err(Error::from)?;
            Ok(SeeOther::to(format!("/forms/{id}")).flash(Flash::good("Saved.")).into_response())
        }
        Err(Error::Invalid { field, message }) => {
            let form = super::form_by_id(&mut tx, id).await?;
            let page = edit_page(&app, &mut tx, shell, form, typed, (field, message)).await?;
            Ok((StatusCode::UNPROCESSABLE_ENTITY, Page(page)).into_response())
        }
        Err(other) => Err(other.into()),
    }
}
