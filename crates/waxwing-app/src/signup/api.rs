//! Sign-up for programs: the team's forms, and a door for the server of a website.

use super::{Asked, Form, FormChange, FormState, visit};
use crate::{App, Error};
use axum::Json;
use axum::extract::State;
use http::StatusCode;
use serde::{Deserialize, Serialize};
use std::net::IpAddr;
use utoipa::ToSchema;
use waxwing_http::{ApiJson, Fail, Segment, Who};

/// A hosted form.
#[derive(Serialize, ToSchema)]
pub(crate) struct FormView {
    /// Its number.
    id: String,
    /// The list it leads to.
    list: String,
    /// The last part of its address.
    slug: String,
    /// What stands above it.
    title: String,
    /// What the visitor agrees to.
    wording: String,
    /// The version of the wording.
    wording_version: i64,
    /// `open` or `closed`.
    state: &'static str,
    /// Requests that wait for their confirmation.
    waiting: i64,
}

fn view((form, waiting): (Form, i64)) -> FormView {
    let state: FormState = form.state;
    FormView {
        id: form.id.to_string(),
        list: form.list.to_string(),
        slug: form.slug,
        title: form.title,
        wording: form.wording,
        wording_version: form.wording_version,
        state: state.as_str(),
        waiting,
    }
}

/// All hosted forms.
#[utoipa::path(get, path = "/api/v1/forms", tag = "forms", responses((status = 200, body = Vec<FormView>)))]
pub(crate) async fn index(State(app): State<App>, Who(ctx): Who) -> Result<Json<Vec<FormView>>, Fail> {
    let forms = super::forms(&mut app.read(&ctx, "signup.forms").await?, &ctx).await?;
    Ok(Json(forms.into_iter().map(view).collect()))
}

/// For which list.
#[derive(Deserialize, ToSchema)]
pub(crate) struct NewForm {
    /// The list's id.
    list: String,
}

/// Makes the form of a list.
#[utoipa::path(post, path = "/api/v1/forms", tag = "forms", request_body = NewForm,
    responses((status = 201, body = FormView), (status = 409, description = "The list has a form already.")))]
pub(crate) async fn create(
    State(app): State<App>,
    Who(ctx): Who,
    ApiJson(new): ApiJson<NewForm>,
) -> Result<(StatusCode, Json<FormView>), Fail> {
    let list = new.list.parse().map_err(|_| Fail::invalid("list", "is not the id of a list"))?;
    let mut tx = app.begin(&ctx, "signup.form.create").await?;
    let form = super::create_form(&app, &mut tx, &ctx, list).await?;
    tx.commit().await.map_err(Error::from)?;
    Ok((StatusCode::CREATED, Json(view((form, 0)))))
}

/// What a form is changed to.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ChangedForm {
    /// The last part of its address.
    slug: String,
    /// What stands above it.
    title: String,
    /// What the visitor gets, how often.
    #[serde(default)]
    intro: String,
    /// What the visitor agrees to; a new text makes a new version.
    wording: String,
    /// Whether it asks for names.
    ask_names: bool,
    /// Whether it takes sign-ups.
    open: bool,
}

/// Changes a form; everything is given anew.
#[utoipa::path(put, path = "/api/v1/forms/{id}", tag = "forms", params(("id" = i64, Path)), request_body = ChangedForm,
    responses((status = 200, body = FormView)))]
pub(crate) async fn change(
    State(app): State<App>,
    Who(ctx): Who,
    Segment(id): Segment<i64>,
    ApiJson(new): ApiJson<ChangedForm>,
) -> Result<Json<FormView>, Fail> {
    let ChangedForm { slug, title, intro, wording, ask_names, open } = new;
    let state = if open { FormState::Open } else { FormState::Closed };
    let mut tx = app.begin(&ctx, "signup.form.change").await?;
    let form =
        super::change_form(&app, &mut tx, &ctx, id, FormChange { slug, title, intro, wording, ask_names, state })
            .await?;
    let waiting = super::form::waiting(&mut tx, id).await?;
    tx.commit().await.map_err(Error::from)?;
    Ok(Json(view((form, waiting))))
}

/// What a website hands in for its visitor.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Visitor {
    /// Their address.
    email: String,
    /// Their given name; may be empty.
    #[serde(default)]
    first_name: String,
    /// Their family name; may be empty.
    #[serde(default)]
    last_name: String,
    /// The network address of the visitor, kept as evidence and held to the limit of one address.
    #[schema(value_type = Option<String>)]
    visitor_address: Option<IpAddr>,
    /// The version of the wording that the visitor saw; the newest unless given.
    wording_version: Option<i64>,
}

/// The one answer there is.
#[derive(Serialize, ToSchema)]
pub(crate) struct Taken {
    /// Always `check_inbox`.
    status: &'static str,
}

/// Signs a visitor up. The answer is the same for every address: the rest is said in the mailbox.
#[utoipa::path(post, path = "/api/v1/forms/{slug}/signup", tag = "forms", params(("slug" = String, Path)), request_body = Visitor,
    responses((status = 202, body = Taken), (status = 409, description = "The form is closed.")))]
pub(crate) async fn signup(
    State(app): State<App>,
    Who(ctx): Who,
    Segment(slug): Segment<String>,
    ApiJson(visitor): ApiJson<Visitor>,
) -> Result<(StatusCode, Json<Taken>), Fail> {
    super::throttle(&app, &ctx, visitor.visitor_address, &slug)?;
    let Visitor { email, first_name, last_name, visitor_address, wording_version } = visitor;
    let asked = Asked { wording_version, ..Asked::parse(&email, &first_name, &last_name, visitor_address)? };
    visit::ask_for(&app, &ctx, &slug, &asked).await?;
    Ok((StatusCode::ACCEPTED, Json(Taken { status: "check_inbox" })))
}
