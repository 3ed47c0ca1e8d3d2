//! `/account/training/{id}`: what a case taught, for whoever is to read it; and who is to.

use super::forms::moment;
use super::pages::{at, done};
use super::training::{self, Reader, USUAL};
use askama::Template;
use axum::extract::State;
use serde::Deserialize;
use waxwing_app::{App, Error};
use waxwing_domain::{IncidentId, Micros, Operation};
use waxwing_http::{Fail, Page, SafeForm, SeeOther, Segment, Shell, Who};
use waxwing_store::Entry;

type Answer<T> = std::result::Result<T, Fail>;

#[derive(Template)]
#[template(path = "incidents/pages/lesson.html")]
pub(super) struct LessonPage {
    shell: Shell,
    reader: Reader,
    text: String,
    now: Micros,
}

/// The lesson; that it was opened is on the record first.
pub(super) async fn show(
    State(app): State<App>,
    Who(ctx): Who,
    shell: Shell,
    Segment(id): Segment<IncidentId>,
) -> Answer<Page<LessonPage>> {
    let mut tx = app.read(&ctx, "incidents.lesson").await?;
    let (reader, text) = training::lesson(&app, &mut tx, &ctx, id).await?;
    drop(tx);
    let entry = Entry::new(Operation::Read, "incidents.lesson").on("incident", id.as_i64()).to("page");
    app.store().disclose(&ctx, entry).await.map_err(Error::from)?;
    Ok(Page(LessonPage { shell: shell.titled("What was learnt"), reader, text, now: ctx.now() }))
}

pub(super) async fn have_read(
    State(app): State<App>,
    Who(ctx): Who,
    Segment(id): Segment<IncidentId>,
) -> Answer<SeeOther> {
    let mut tx = app.begin(&ctx, "incidents.read_training").await?;
    training::have_read(&app, &mut tx, &ctx, id).await?;
    done(tx, "/".to_owned(), "Noted.").await
}

/// Who is to read it, until when.
#[derive(Deserialize)]
pub(super) struct AssignForm {
    /// `everybody`, roles, and numbers of people.
    #[serde(default)]
    to: Vec<String>,
    #[serde(default)]
    due_at: String,
    #[serde(default)]
    zone: String,
}

pub(super) async fn assign(
    State(app): State<App>,
    Who(ctx): Who,
    Segment(id): Segment<IncidentId>,
    SafeForm(form): SafeForm<AssignForm>,
) -> Answer<SeeOther> {
    let (due_at, _) = moment("due_at", &form.due_at, &form.zone, ctx.now().plus(USUAL))?;
    let mut tx = app.begin(&ctx, "incidents.assign_training").await?;
    let number = training::assign(&app, &mut tx, &ctx, id, &form.to, due_at).await?;
    let said = format!(
        "Assigned to {}. It stands on their Home.",
        super::updates::people(i64::try_from(number).unwrap_or(i64::MAX))
    );
    done(tx, format!("{}/after", at(id)), &said).await
}
