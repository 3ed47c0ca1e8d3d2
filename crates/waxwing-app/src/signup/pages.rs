//! The pages of sign-up: the team's, and the visitor's.

use super::{Asked, Confirmation, Form, FormChange, FormState, PER_ADDRESS, PER_FORM};
use crate::{App, Error, Result, lists};
use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::{Method, StatusCode};
use serde::Deserialize;
use waxwing_domain::{Action, Ctx, EmailAddress, ListId};
use waxwing_http::{Fail, Flash, Page, Routes, SafeForm, SeeOther, Segment, Shell, Who};

pub(super) fn routes() -> Routes<App> {
    Routes::new()
        .page(Method::GET, "/forms", Action::FormsRead, index)
        .page(Method::POST, "/forms", Action::FormsWrite, create)
        .page(Method::GET, "/forms/{id}", Action::FormsRead, edit)
        .page(Method::POST, "/forms/{id}", Action::FormsWrite, save)
        .public(Method::GET, "/f/{slug}", show)
        .public(Method::POST, "/f/{slug}", submit)
        .public(Method::GET, "/confirm/{token}", ask)
        .open(Method::POST, "/confirm/{token}", press)
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
        .filter(|list| !forms.iter().any(|(form, _)| form.list == list.id))
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

async fn create(State(app): State<App>, Who(ctx): Who, SafeForm(new): SafeForm<NewForm>) -> std::result::Result<SeeOther, Fail> {
    let list = new.list.parse().map_err(|_| Fail::invalid("list", "choose a list"))?;
    let mut tx = app.begin(&ctx, "signup.form.create").await?;
    let form = super::create_form(&app, &mut tx, &ctx, list).await?;
    tx.commit().await.map_err(Error::from)?;
    Ok(SeeOther::to(format!("/forms/{}", form.id)).flash(Flash::good("The form is open. Look at its wording before you share it.")))
}

#[derive(Template)]
#[template(path = "signup/pages/edit.html")]
struct EditPage {
    shell: Shell,
    id: i64,
    address: String,
    version: i64,
    list: String,
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

async fn edit(State(app): State<App>, Who(ctx): Who, shell: Shell, Segment(id): Segment<i64>) -> std::result::Result<Page<EditPage>, Fail> {
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

async fn edit_page(app: &App, tx: &mut waxwing_store::Tx, shell: Shell, form: Form, typed: Change, error: (String, String)) -> Result<EditPage> {
    let list = lists::by_id(tx, form.list).await?.name;
    let (address, version) = (address(app, &form), form.wording_version);
    Ok(EditPage { shell: shell.titled(form.title), id: form.id, address, version, list, typed, error })
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

#[derive(Template)]
#[template(path = "signup/pages/form.html")]
struct FormPage {
    shell: Shell,
    form: Form,
    organisation: String,
    typed: Visit,
    error: String,
}

/// What a visitor typed.
#[derive(Deserialize, Default)]
struct Visit {
    email: String,
    #[serde(default)]
    first_name: String,
    #[serde(default)]
    last_name: String,
    agree: Option<String>,
    /// A field that people do not see; what fills it is not a person.
    #[serde(default)]
    website: String,
}

async fn show(State(app): State<App>, Who(ctx): Who, shell: Shell, Segment(slug): Segment<String>) -> std::result::Result<Page<FormPage>, Fail> {
    form_page(&app, &ctx, shell, &slug, Visit::default(), String::new()).await
}

async fn form_page(app: &App, ctx: &Ctx, shell: Shell, slug: &str, typed: Visit, error: String) -> std::result::Result<Page<FormPage>, Fail> {
    let mut tx = app.read(ctx, "signup.show").await?;
    let form = super::form_by_slug(&mut tx, slug).await?;
    let organisation = super::organisation(&mut tx).await?;
    Ok(Page(FormPage { shell: shell.titled(form.title.clone()), form, organisation, typed, error }))
}

#[derive(Template)]
#[template(path = "signup/pages/said.html")]
struct SaidPage {
    shell: Shell,
    organisation: String,
    heading: &'static str,
    text: String,
}

async fn submit(
    State(app): State<App>,
    Who(ctx): Who,
    shell: Shell,
    Segment(slug): Segment<String>,
    SafeForm(visit): SafeForm<Visit>,
) -> std::result::Result<Response, Fail> {
    throttle(&app, &ctx, &slug)?;
    let wrong = match EmailAddress::parse(&visit.email) {
        Err(error) => Some(format!("This does not look like an address that mail can reach: {error}.")),
        Ok(_) if visit.agree.is_none() => Some("Tick the box to say that you agree.".to_owned()),
        Ok(email) => {
            if visit.website.is_empty() {
                let asked = Asked { email, first_name: visit.first_name.clone(), last_name: visit.last_name.clone() };
                ask_for(&app, &ctx, &slug, asked).await?;
            }
            None
        }
    };
    if let Some(error) = wrong {
        let page = form_page(&app, &ctx, shell, &slug, visit, error).await?;
        return Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response());
    }
    let (heading, text) = after_asking(&app, &ctx, &slug).await?;
    Ok(said(&app, &ctx, shell, heading, text.to_owned()).await?.into_response())
}

/// What everybody reads who filled in the form: it depends on the list, never on the address.
async fn after_asking(app: &App, ctx: &Ctx, slug: &str) -> std::result::Result<(&'static str, &'static str), Fail> {
    let mut tx = app.read(ctx, "signup.asked").await?;
    let form = super::form_by_slug(&mut tx, slug).await?;
    Ok(match lists::by_id(&mut tx, form.list).await?.optin {
        lists::OptIn::Double => (
            "Look into your inbox",
            "We have sent a mail to the address you gave. Open the link in it and press the button there: \
             only then is it done. If nothing comes within a few minutes, look into the spam folder or try again.",
        ),
        lists::OptIn::Single => (
            "Thank you",
            "The address you gave is on the list. If it had left before, a mail asks for its consent first.",
        ),
    })
}

/// One sign-up through a form: its own transaction.
pub(super) async fn ask_for(app: &App, ctx: &Ctx, slug: &str, asked: Asked) -> std::result::Result<(), Fail> {
    let mut tx = app.begin(ctx, "signup.begin").await?;
    let form = super::form_by_slug(&mut tx, slug).await?;
    super::begin(app, &mut tx, ctx, &form, asked).await?;
    Ok(tx.commit().await.map_err(Error::from)?)
}

pub(super) fn throttle(app: &App, ctx: &Ctx, slug: &str) -> std::result::Result<(), Fail> {
    let address = ctx.address.map(|a| a.to_string()).unwrap_or_default();
    app.limiter().take(PER_ADDRESS, address.as_bytes(), ctx.now())?;
    app.limiter().take(PER_FORM, slug.as_bytes(), ctx.now())
}

async fn said(app: &App, ctx: &Ctx, shell: Shell, heading: &'static str, text: String) -> std::result::Result<Page<SaidPage>, Fail> {
    let organisation = super::organisation(&mut app.read(ctx, "signup.said").await?).await?;
    Ok(Page(SaidPage { shell: shell.titled(heading), organisation, heading, text }))
}

#[derive(Template)]
#[template(path = "signup/pages/confirm.html")]
struct ConfirmPage {
    shell: Shell,
    organisation: String,
    list: String,
    token: String,
}

async fn ask(State(app): State<App>, Who(ctx): Who, shell: Shell, Segment(token): Segment<String>) -> std::result::Result<Response, Fail> {
    let mut tx = app.read(&ctx, "signup.ask").await?;
    match super::pending(&mut tx, &ctx, &token).await? {
        Confirmation::Waiting(list) => {
            let list = lists::by_id(&mut tx, list).await?.name;
            let organisation = super::organisation(&mut tx).await?;
            Ok(Page(ConfirmPage { shell: shell.titled("Confirm your subscription"), organisation, list, token }).into_response())
        }
        other => finished(&app, &ctx, shell, other).await,
    }
}

async fn press(State(app): State<App>, Who(ctx): Who, shell: Shell, Segment(token): Segment<String>) -> std::result::Result<Response, Fail> {
    let mut tx = app.begin(&ctx, "signup.confirm").await?;
    let outcome = super::confirm(&app, &mut tx, &ctx, &token).await?;
    tx.commit().await.map_err(Error::from)?;
    finished(&app, &ctx, shell, outcome).await
}

async fn finished(app: &App, ctx: &Ctx, shell: Shell, outcome: Confirmation) -> std::result::Result<Response, Fail> {
    let (status, heading, text) = match outcome {
        Confirmation::Gone => (
            StatusCode::NOT_FOUND,
            "This link no longer works",
            "It is older than 7 days or is not complete. Fill in the form again to get a new one.".to_owned(),
        ),
        Confirmation::Waiting(list) | Confirmation::Done(list) => {
            let list = lists::by_id(&mut app.read(ctx, "signup.done").await?, list).await?.name;
            (StatusCode::OK, "You are subscribed", format!("You will receive “{list}”. Every message has a link to leave."))
        }
    };
    Ok((status, said(app, ctx, shell, heading, text).await?).into_response())
}
