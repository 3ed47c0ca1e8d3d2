//! The settings page.

use super::Draft;
use crate::App;
use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use http::StatusCode;
use waxwing_domain::Ctx;
use waxwing_http::{Fail, FieldError, Flash, Page, SafeForm, SeeOther, Shell, Who};
use waxwing_store::Workspace;

#[derive(Template)]
#[template(path = "settings/pages/settings.html")]
struct SettingsPage {
    shell: Shell,
    draft: Draft,
    errors: Vec<FieldError>,
    workspace: Option<Workspace>,
}

impl SettingsPage {
    /// What is wrong with a field; empty when nothing is.
    fn error(&self, field: &str) -> &str {
        self.errors.iter().find(|e| e.field == field).map_or("", |e| e.message.as_str())
    }
}

pub(super) async fn show(State(app): State<App>, Who(ctx): Who, shell: Shell) -> Result<Response, Fail> {
    let mut tx = app.read(&ctx, "settings.show").await?;
    let saved = super::saved(&mut tx).await?;
    Ok(Page(page(&app, &ctx, shell, (&saved).into(), Vec::new()).await?).into_response())
}

pub(super) async fn save(
    State(app): State<App>,
    Who(ctx): Who,
    shell: Shell,
    SafeForm(draft): SafeForm<Draft>,
) -> Result<Response, Fail> {
    let new = match draft.parse() {
        Ok(new) => new,
        Err(errors) => {
            let page = page(&app, &ctx, shell, draft, errors).await?;
            return Ok((StatusCode::UNPROCESSABLE_ENTITY, Page(page)).into_response());
        }
    };
    let mut tx = app.begin(&ctx, "settings.save").await?;
    super::save(&app, &mut tx, &ctx, &new).await?;
    tx.commit().await.map_err(crate::Error::from)?;
    Ok(SeeOther::to("/settings").flash(Flash::good("Settings saved.")).into_response())
}

async fn page(
    app: &App,
    ctx: &Ctx,
    shell: Shell,
    draft: Draft,
    errors: Vec<FieldError>,
) -> crate::Result<SettingsPage> {
    let workspace = app.store().workspaces().await?.into_iter().find(|known| known.id == ctx.workspace);
    Ok(SettingsPage { shell: shell.titled("Settings"), draft, errors, workspace })
}
