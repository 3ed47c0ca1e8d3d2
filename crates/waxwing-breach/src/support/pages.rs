//! `/security/incidents/{id}/support`: what people wrote, and answering it.

use super::{Message, Opened, State as Standing};
use crate::incidents::{self, Incident};
use askama::Template;
use axum::extract::State;
use serde::Deserialize;
use waxwing_app::{App, Error};
use waxwing_domain::{Action, IncidentId, Micros, Operation, SupportId};
use waxwing_http::{Fail, Flash, Page, Params, SafeForm, SeeOther, Segment, Shell, Who};
use waxwing_store::Entry;

type Answer<T> = std::result::Result<T, Fail>;

/// Rows of a page.
const ROWS: usize = 50;

fn at(id: IncidentId) -> String {
    format!("/security/incidents/{id}/support")
}

#[derive(Template)]
#[template(path = "support/pages/index.html")]
pub(super) struct IndexPage {
    shell: Shell,
    case: Incident,
    messages: Vec<Message>,
    now: Micros,
    first: String,
    next: String,
}

impl IndexPage {
    fn back(&self) -> String {
        format!("/security/incidents/{}", self.case.id)
    }
    fn writes(&self) -> bool {
        self.shell.may(Action::IncidentsWrite)
    }
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct Before {
    before: Option<SupportId>,
}

pub(super) async fn index(
    State(app): State<App>,
    Who(ctx): Who,
    shell: Shell,
    Segment(id): Segment<IncidentId>,
    Params(asked): Params<Before>,
) -> Answer<Page<IndexPage>> {
    let mut tx = app.read(&ctx, "support.index").await?;
    let case = incidents::by_id(&mut tx, &ctx, id).await?;
    let mut messages = super::of_case(&mut tx, &ctx, id, asked.before, ROWS as i64 + 1).await?;
    drop(tx);
    let entry = Entry::new(Operation::Read, "support.index").on("incident", id.as_i64()).to("page");
    app.store().disclose(&ctx, entry).await.map_err(Error::from)?;
    let more = messages.len() > ROWS;
    messages.truncate(ROWS);
    let next = messages.last().filter(|_| more).map(|last| format!("{}?before={}", at(id), last.id));
    Ok(Page(IndexPage {
        shell: shell.titled(format!("{}: help", case.codename)),
        first: asked.before.map(|_| at(id)).unwrap_or_default(),
        next: next.unwrap_or_default(),
        case,
        messages,
        now: ctx.now(),
    }))
}

#[derive(Template)]
#[template(path = "support/pages/show.html")]
pub(super) struct ShowPage {
    shell: Shell,
    it: Opened,
    now: Micros,
}

impl ShowPage {
    fn back(&self) -> String {
        at(self.it.message.case)
    }
}

pub(super) async fn show(
    State(app): State<App>,
    Who(ctx): Who,
    shell: Shell,
    Segment((case, id)): Segment<(IncidentId, SupportId)>,
) -> Answer<Page<ShowPage>> {
    let it = super::by_id(&app, &ctx, case, id, "page").await?;
    Ok(Page(ShowPage { shell: shell.titled("A message"), it, now: ctx.now() }))
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub(super) struct AnswerForm {
    text: String,
}

pub(super) async fn answer(
    State(app): State<App>,
    Who(ctx): Who,
    Segment((case, id)): Segment<(IncidentId, SupportId)>,
    SafeForm(form): SafeForm<AnswerForm>,
) -> Answer<SeeOther> {
    let mut tx = app.begin(&ctx, "support.answer").await?;
    super::answer(&app, &mut tx, &ctx, (case, id), &form.text).await?;
    tx.commit().await.map_err(Error::from)?;
    Ok(SeeOther::to(format!("{}/{id}", at(case))).flash(Flash::good("Answered. The mail is on its way.")))
}

pub(super) async fn close(
    State(app): State<App>,
    Who(ctx): Who,
    Segment((case, id)): Segment<(IncidentId, SupportId)>,
) -> Answer<SeeOther> {
    let mut tx = app.begin(&ctx, "support.close").await?;
    super::close(&app, &mut tx, &ctx, case, id).await?;
    tx.commit().await.map_err(Error::from)?;
    Ok(SeeOther::to(at(case)).flash(Flash::good("Closed.")))
}
