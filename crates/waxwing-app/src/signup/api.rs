//! Sign-up for programs: the team's forms, and a door for websites.

use super::{Asked, Form, FormState, pages};
use crate::{App, Error};
use axum::Json;
use axum::extract::State;
use http::{Method, StatusCode};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use waxwing_domain::EmailAddress;
use waxwing_http::{ApiJson, Fail, Routes, Segment, Who};

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
pub(crate) async fn create(State(app): State<App>, Who(ctx): Who, ApiJson(new): ApiJson<NewForm>) -> Result<(StatusCode, Json<FormView>), Fail> {
    let list = new.list.parse().map_err(|_| Fail::invalid("list", "is not the id of a list"))?;
    let mut tx = app.begin(&ctx, "signup.form.create").await?;
    let form = super::create_form(&app, &mut tx, &ctx, list).await?;
    tx.commit().await.map_err(Error::from)?;
    Ok((StatusCode::CREATED, Json(view((form, 0)))))
}

/// What a website hands in for its visitor.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Visitor {
    email: String,
    #[serde(default)]
    first_name: String,
    #[serde(default)]
    last_name: String,
}

/// The one answer there is.
#[derive(Serialize)]
struct Taken {
    status: &'static str,
}

pub(super) fn open_routes() -> Routes<App> {
    Routes::new().open(Method::POST, "/forms/{slug}/signup.json", signup)
}

/// A sign-up from a website's own form. Answers 202 to everybody: the rest is said in the mailbox.
async fn signup(
    State(app): State<App>,
    Who(ctx): Who,
    Segment(slug): Segment<String>,
    ApiJson(visitor): ApiJson<Visitor>,
) -> Result<(StatusCode, Json<Taken>), Fail> {
    pages::throttle(&app, &ctx, &slug)?;
    let email = EmailAddress::parse(&visitor.email).map_err(|e| Fail::invalid("email", e.to_string()))?;
    let asked = Asked { email, first_name: visitor.first_name, last_name: visitor.last_name };
    pages::ask_for(&app, &ctx, &slug, asked).await?;
    Ok((StatusCode::ACCEPTED, Json(Taken { status: "check_inbox" })))
}
