//! The settings page.

use super::Draft;
use crate::App;
use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use http::StatusCode;
use waxwing_http::{Fail, FieldError, Flash, Page, SafeForm, SeeOther, Shell, Who};

#[derive(Template)]
#[template(path = "settings/pages/settings.html")]
struct SettingsPage {
    shell: Shell,
    draft: Draft,
    errors: Vec<FieldError>,
}

impl SettingsPage {
    /// What is wrong with a field; empty when nothing is.
    fn error(&self, field: &str) -> &str {
        self.errors.iter().find(|e| e.field == field).map_or("", |e| e.message.as_str())
    }
}

pub(super) async fn show(State(app): State<App>, Who(ctx): Who, shell: Shell) -> Result<Response, Fail> {
    let mut tx = app.read(&ctx, "settings.show").await?;
    let saved = super::load(&mut tx).await?;
    Ok(Page(page(shell, (&saved).into(), Vec::new())).into_response())
}

pub(super) async fn save(
    State(app): State<App>,
    Who(ctx): Who,
    shell: Shell,
    SafeForm(draft): SafeForm<Draft>,
) -> Result<Response, Fail> {
    let new = match draft.parse() {
        Ok(new) => new,
        Err(errors) => return Ok((StatusCode::UNPROCESSABLE_ENTITY, Page(page(shell, draft, errors))).into_response()),
    };
    let mut tx = app.begin(&ctx, "settings.save").await?;
    super::save(&app, &mut tx, &ctx, &new).await?;
    tx.commit().await.map_err(crate::Error::from)?;
    Ok(SeeOther::to("/settings").flash(Flash::good("Settings saved.")).into_response())
}

fn page(shell: Shell, draft: Draft, errors: Vec<FieldError>) -> SettingsPage {
    SettingsPage { shell: shell.titled("Settings"), draft, errors }
}
