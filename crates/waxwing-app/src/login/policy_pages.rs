//! `/settings/sign-in`, the same for programs, and the page of who has less than the workspace asks for.

use super::policy::{self, Holders, Policy};
use super::{own, passkey};
use crate::accounts::passkeys::{self, Asked};
use crate::{App, Error};
use askama::Template;
use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use waxwing_domain::{Action, Ctx, Strength};
use waxwing_http::{ApiJson, Fail, Flash, Page, Problem, SafeForm, SeeOther, Shell, Who};

#[derive(Template)]
#[template(path = "login/pages/policy.html")]
struct PolicyPage {
    shell: Shell,
    form: Form,
    holders: Holders,
    field: &'static str,
    message: String,
}

impl PolicyPage {
    fn error(&self, field: &str) -> &str {
        if self.field == field { &self.message } else { "" }
    }
    fn is(&self, strength: Strength) -> bool {
        self.form.minimum == strength.as_str()
    }
    fn may_change(&self) -> bool {
        self.shell.may(Action::AccountsWrite)
    }
}

#[derive(Template)]
#[template(path = "login/pages/enrol.html")]
struct EnrolPage {
    shell: Shell,
    minimum: Strength,
    /// Whether the person has a passkey that they could use instead of setting up another.
    passkey: bool,
    /// Whether they have a password, without which no app can be set up.
    password: bool,
    error: String,
}

/// The form of the page, as it was typed.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct Form {
    minimum: String,
    idle_hours: String,
    absolute_days: String,
}

impl From<Policy> for Form {
    fn from(policy: Policy) -> Self {
        Self {
            minimum: policy.minimum.as_str().to_owned(),
            idle_hours: policy.idle_hours.to_string(),
            absolute_days: policy.absolute_days.to_string(),
        }
    }
}

impl Form {
    /// What cannot be read is out of bounds.
    fn parse(&self) -> crate::Result<Policy> {
        let unknown = || Error::invalid("minimum", "Choose one of the three.");
        let number = |text: &str| text.trim().parse().unwrap_or(0);
        Ok(Policy {
            minimum: Strength::parse(&self.minimum).ok_or_else(unknown)?,
            idle_hours: number(&self.idle_hours),
            absolute_days: number(&self.absolute_days),
        })
    }
}

pub(super) async fn show(State(app): State<App>, Who(ctx): Who, shell: Shell) -> Result<Response, Fail> {
    let mut tx = app.read(&ctx, "login.policy").await?;
    let form = policy::load(&mut tx).await?.into();
    drop(tx);
    Ok(Page(page(&app, &ctx, shell, form).await?).into_response())
}

pub(super) async fn save(
    State(app): State<App>,
    Who(ctx): Who,
    shell: Shell,
    SafeForm(form): SafeForm<Form>,
) -> Result<Response, Fail> {
    match change(&app, &ctx, form.parse()).await {
        Ok(()) => {
            let flash = Flash::good("Saved. It counts from everybody’s next click.");
            Ok(SeeOther::to("/settings/sign-in").flash(flash).into_response())
        }
        Err(Error::Invalid { field, message }) => {
            let field = ["minimum", "idle_hours", "absolute_days"].into_iter().find(|known| *known == field);
            let page = page(&app, &ctx, shell, form).await?;
            let page = PolicyPage { field: field.unwrap_or("minimum"), message, ..page };
            Ok((StatusCode::UNPROCESSABLE_ENTITY, Page(page)).into_response())
        }
        Err(other) => Err(other.into()),
    }
}

async fn change(app: &App, ctx: &Ctx, new: crate::Result<Policy>) -> crate::Result<()> {
    let mut tx = app.begin(ctx, "login.set_policy").await?;
    policy::set(app, &mut tx, ctx, new?).await?;
    Ok(tx.commit().await?)
}

async fn page(app: &App, ctx: &Ctx, shell: Shell, form: Form) -> crate::Result<PolicyPage> {
    let mut tx = app.read(ctx, "login.policy").await?;
    let holders = policy::holders(&mut tx, ctx).await?;
    let mut shell = shell.titled("Sign-in");
    shell.path = "/settings/sign-in".into();
    Ok(PolicyPage { shell, form, holders, field: "", message: String::new() })
}

/// What a workspace asks of everybody who signs in.
#[derive(Serialize, Deserialize, ToSchema)]
pub(super) struct SignInPolicy {
    /// The least credential: password, second_factor or passkey.
    minimum: String,
    /// Hours without use after which a session ends, 1 to 72.
    idle_hours: i64,
    /// Days after which a session ends, used or not, 1 to 30.
    absolute_days: i64,
}

/// What is asked of everybody who signs in.
#[utoipa::path(get, path = "/api/v1/settings/sign-in", tag = "settings", operation_id = "sign_in_policy",
    responses((status = 200, description = "The policy.", body = SignInPolicy)))]
pub(super) async fn read(State(app): State<App>, Who(ctx): Who) -> Result<Json<SignInPolicy>, Fail> {
    ctx.authorise_look(Action::SettingsRead)?;
    let mut tx = app.read(&ctx, "login.policy").await?;
    let Policy { minimum, idle_hours, absolute_days } = policy::load(&mut tx).await?;
    Ok(Json(SignInPolicy { minimum: minimum.as_str().to_owned(), idle_hours, absolute_days }))
}

/// Sets what is asked of everybody who signs in; it counts from their next request.
#[utoipa::path(put, path = "/api/v1/settings/sign-in", tag = "settings", operation_id = "set_sign_in_policy",
    request_body = SignInPolicy, responses((status = 204), (status = 422, body = Problem)))]
pub(super) async fn write(
    State(app): State<App>,
    Who(ctx): Who,
    ApiJson(body): ApiJson<SignInPolicy>,
) -> Result<StatusCode, Fail> {
    let unknown = || Error::invalid("minimum", "Say password, second_factor or passkey.");
    let minimum = Strength::parse(&body.minimum).ok_or_else(unknown);
    let (idle_hours, absolute_days) = (body.idle_hours, body.absolute_days);
    change(&app, &ctx, minimum.map(|minimum| Policy { minimum, idle_hours, absolute_days })).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// For who has less than the workspace asks for: the way on.
pub(super) async fn enrol(State(app): State<App>, Who(ctx): Who, shell: Shell) -> Result<Response, Fail> {
    if !ctx.enrolling {
        return Ok(SeeOther::to("/").into_response());
    }
    Ok(Page(enrol_page(&app, &ctx, shell).await?).into_response())
}

/// Reached with a passkey as the proof, which the guard has judged: then the session rests on it.
pub(super) async fn enrolled(State(app): State<App>, Who(ctx): Who, shell: Shell) -> Result<Response, Fail> {
    if !ctx.enrolling {
        return Ok(SeeOther::to("/").into_response());
    }
    let error = "This needs your passkey.".to_owned();
    let page = EnrolPage { error, ..enrol_page(&app, &ctx, shell).await? };
    Ok((StatusCode::UNPROCESSABLE_ENTITY, Page(page)).into_response())
}

/// The question for a passkey that the person has already.
pub(super) async fn enrol_question(State(app): State<App>, Who(ctx): Who) -> Result<Json<Asked>, Fail> {
    Ok(Json(passkey::proof_question(&app, &ctx).await?.ok_or(Fail::NotFound)?))
}

async fn enrol_page(app: &App, ctx: &Ctx, shell: Shell) -> crate::Result<EnrolPage> {
    let mut tx = app.read(ctx, "login.enrol").await?;
    let (account, _) = own::enrolling(&mut tx, ctx).await?;
    let minimum = policy::load(&mut tx).await?.minimum;
    let passkey = passkeys::count(&mut tx, account.id).await? > 0;
    let password = account.password_hash().is_some();
    Ok(EnrolPage { shell: shell.titled("One more step"), minimum, passkey, password, error: String::new() })
}
