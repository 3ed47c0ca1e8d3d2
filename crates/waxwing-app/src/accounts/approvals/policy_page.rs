//! `/settings/approvals`: what needs a second person.

use super::{Passage, Policy};
use crate::{App, Error};
use askama::Template;
use axum::extract::State as Is;
use axum::response::{IntoResponse as _, Response};
use http::StatusCode;
use serde::Deserialize;
use waxwing_domain::Action;
use waxwing_http::{Fail, Flash, Page, Params, SafeForm, SeeOther, Shell, Who};

#[derive(Template)]
#[template(path = "accounts/approvals/pages/policy.html")]
struct PolicyPage {
    shell: Shell,
    form: Form,
    field: String,
    error: String,
}

impl PolicyPage {
    fn wrong(&self, field: &str) -> &str {
        if self.field == field { &self.error } else { "" }
    }
}

/// The policy as it is typed. The page takes it from its address too, so that what waited for a
/// second person is filled in again.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(in crate::accounts) struct Form {
    /// Given where the address fills the form in.
    again: String,
    exports: String,
    grants: String,
    new_audiences: String,
    sends_over: String,
    retention: String,
}

impl Form {
    fn of(policy: &Policy) -> Self {
        let tick = |on: bool| if on { "on".to_owned() } else { String::new() };
        Self {
            again: String::new(),
            exports: tick(policy.exports),
            grants: tick(policy.grants),
            new_audiences: tick(policy.new_audiences),
            sends_over: policy.sends_over.map(|most| most.to_string()).unwrap_or_default(),
            retention: tick(policy.retention),
        }
    }

    fn read(&self) -> crate::Result<Policy> {
        let digits: String = self.sends_over.chars().filter(|c| !matches!(c, ' ' | ',' | '\'')).collect();
        let wrong = |_| Error::invalid("sends_over", "Write a whole number, or nothing for no threshold.");
        let sends_over = if digits.is_empty() { None } else { Some(digits.parse().map_err(wrong)?) };
        let (exports, grants) = (!self.exports.is_empty(), !self.grants.is_empty());
        let (new_audiences, retention) = (!self.new_audiences.is_empty(), !self.retention.is_empty());
        Ok(Policy { exports, grants, new_audiences, sends_over, retention })
    }
}

pub(in crate::accounts) async fn show(
    Is(app): Is<App>,
    Who(ctx): Who,
    shell: Shell,
    Params(asked): Params<Form>,
) -> Result<Response, Fail> {
    let mut tx = app.read(&ctx, "approvals.policy").await?;
    let saved = Form::of(&super::policy(&mut tx).await?);
    let form = if asked.again.is_empty() { saved } else { asked };
    Ok(Page(page(shell, form)).into_response())
}

fn page(shell: Shell, form: Form) -> PolicyPage {
    let mut shell = shell.titled("Second person");
    shell.path = "/settings/approvals".into();
    PolicyPage { shell, form, field: String::new(), error: String::new() }
}

pub(in crate::accounts) async fn save(
    Is(app): Is<App>,
    Who(ctx): Who,
    shell: Shell,
    SafeForm(form): SafeForm<Form>,
) -> Result<Response, Fail> {
    let (field, error) = match try_save(&app, &ctx, &form).await {
        Ok(Passage::Waits(id)) => {
            let waits = SeeOther::to(format!("/security/approvals/{id}"));
            return Ok(waits.flash(Flash::note("This waits for a second person’s yes.")).into_response());
        }
        Ok(Passage::Open(_)) => {
            let saved = SeeOther::to("/settings/approvals").flash(Flash::good("Saved. It counts from now on."));
            return Ok(saved.into_response());
        }
        Err(Error::Invalid { field, message }) => (field, message),
        Err(Error::Conflict(message)) => (String::new(), message),
        Err(other) => return Err(other.into()),
    };
    let page = PolicyPage { field, error, ..page(shell, form) };
    Ok((StatusCode::UNPROCESSABLE_ENTITY, Page(page)).into_response())
}

async fn try_save(app: &App, ctx: &waxwing_domain::Ctx, form: &Form) -> crate::Result<Passage> {
    let new = form.read()?;
    let mut tx = app.begin(ctx, "approvals.set_policy").await?;
    let passage = super::set_policy(app, &mut tx, ctx, new).await?;
    tx.commit().await?;
    Ok(passage)
}
