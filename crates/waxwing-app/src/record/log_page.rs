//! `/security/log`: the signed head, the key, witnesses, the mailbox, and how to check it all.

use super::{LogState, WitnessRow};
use crate::{App, Error};
use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use http::{Method, StatusCode};
use serde::Deserialize;
use waxwing_domain::{Action, Ctx, EmailAddress};
use waxwing_http::{Fail, FieldError, Flash, Page, Routes, SafeForm, SeeOther, Segment, Shell, Who, download};

pub(super) fn routes(routes: Routes<App>) -> Routes<App> {
    let routes = routes.page(Method::GET, "/security/log", Action::RecordRead, show);
    let routes = routes.page(Method::GET, "/security/log/checkpoint", Action::RecordRead, checkpoint);
    let routes = routes.page(Method::POST, "/security/log/witnesses", Action::SettingsWrite, add);
    let routes = routes.page(Method::POST, "/security/log/witnesses/{id}/remove", Action::SettingsWrite, remove);
    routes.page(Method::POST, "/security/log/mailbox", Action::SettingsWrite, mailbox)
}

#[derive(Deserialize, Default)]
struct Input {
    #[serde(default)]
    url: String,
    #[serde(default)]
    vkey: String,
    #[serde(default)]
    mailbox: String,
}

#[derive(Template)]
#[template(path = "record/pages/log.html")]
struct LogPage {
    shell: Shell,
    log: LogState,
    witnesses: Vec<WitnessRow>,
    input: Input,
    errors: Vec<FieldError>,
}

impl LogPage {
    fn error(&self, field: &str) -> &str {
        self.errors.iter().find(|e| e.field == field).map_or("", |e| e.message.as_str())
    }
    fn may_change(&self) -> bool {
        self.shell.may(Action::SettingsWrite)
    }
    /// The root as C2SP writes it, in hexadecimal here for comparing by eye.
    fn root(&self) -> String {
        self.log.head.as_ref().map(|head| hex::encode(head.checkpoint.root)).unwrap_or_default()
    }
}

async fn page(app: &App, ctx: &Ctx, shell: Shell, input: Input, errors: Vec<FieldError>) -> Result<LogPage, Fail> {
    let log = super::log_state(app, ctx).await?;
    let mut tx = app.read(ctx, "record.witnesses").await?;
    let witnesses = super::witnesses(&mut tx, ctx).await?;
    Ok(LogPage { shell: shell.titled("The signed log"), log, witnesses, input, errors })
}

async fn show(State(app): State<App>, Who(ctx): Who, shell: Shell) -> Result<Page<LogPage>, Fail> {
    let mut tx = app.read(&ctx, "record.mailbox").await?;
    let mailbox = super::mailbox(&mut tx, &ctx).await?;
    drop(tx);
    let mailbox = mailbox.as_ref().map(EmailAddress::as_str).unwrap_or_default().to_owned();
    Ok(Page(page(&app, &ctx, shell, Input { mailbox, ..Input::default() }, Vec::new()).await?))
}

async fn checkpoint(State(app): State<App>, Who(ctx): Who) -> Result<Response, Fail> {
    let head = super::log_state(&app, &ctx).await?.head.ok_or(Fail::NotFound)?;
    let name = format!("record-{}.checkpoint", head.checkpoint.size);
    Ok(download(&name, "text/plain; charset=utf-8", head.note.to_text()))
}

async fn add(
    State(app): State<App>,
    Who(ctx): Who,
    shell: Shell,
    SafeForm(input): SafeForm<Input>,
) -> Result<Response, Fail> {
    let mut tx = app.begin(&ctx, "record.add_witness").await?;
    match super::add_witness(&app, &mut tx, &ctx, &input.url, &input.vkey).await {
        Ok(_) => {
            tx.commit().await.map_err(Error::from)?;
            let flash = Flash::good("The witness is asked within a minute.");
            Ok(SeeOther::to("/security/log").flash(flash).into_response())
        }
        Err(error) => {
            drop(tx);
            wrong(&app, &ctx, shell, input, error).await
        }
    }
}

/// The page again, with what is wrong beside its field.
async fn wrong(app: &App, ctx: &Ctx, shell: Shell, input: Input, error: Error) -> Result<Response, Fail> {
    let errors = match error {
        Error::Invalid { field, message } => vec![FieldError { field, message }],
        Error::Conflict(message) => vec![FieldError { field: "vkey".into(), message }],
        other => return Err(other.into()),
    };
    let page = page(app, ctx, shell, input, errors).await?;
    Ok((StatusCode::UNPROCESSABLE_ENTITY, Page(page)).into_response())
}

async fn remove(State(app): State<App>, Who(ctx): Who, Segment(id): Segment<i64>) -> Result<SeeOther, Fail> {
    let mut tx = app.begin(&ctx, "record.remove_witness").await?;
    super::remove_witness(&app, &mut tx, &ctx, id).await?;
    tx.commit().await.map_err(Error::from)?;
    Ok(SeeOther::to("/security/log").flash(Flash::good("The witness is not asked any more.")))
}

async fn mailbox(
    State(app): State<App>,
    Who(ctx): Who,
    shell: Shell,
    SafeForm(input): SafeForm<Input>,
) -> Result<Response, Fail> {
    let mut tx = app.begin(&ctx, "record.set_mailbox").await?;
    match super::set_mailbox(&app, &mut tx, &ctx, &input.mailbox).await {
        Ok(()) => {
            tx.commit().await.map_err(Error::from)?;
            let words =
                if input.mailbox.trim().is_empty() { "No mail is sent." } else { "A checkpoint is mailed once a day." };
            Ok(SeeOther::to("/security/log").flash(Flash::good(words)).into_response())
        }
        Err(error) => {
            drop(tx);
            wrong(&app, &ctx, shell, input, error).await
        }
    }
}
