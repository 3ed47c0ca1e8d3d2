//! The forms of what a case reaches: its window, and who was touched.

use super::forms::moment;
use super::pages::{at, done};
use axum::extract::State;
use serde::Deserialize;
use waxwing_app::{App, Error};
use waxwing_domain::IncidentId;
use waxwing_http::{Fail, Flash, SafeForm, SeeOther, Segment, Who, count};

type Answer<T> = std::result::Result<T, Fail>;

#[derive(Deserialize)]
pub(super) struct WindowForm {
    #[serde(default)]
    from: String,
    #[serde(default)]
    until: String,
    #[serde(default)]
    zone: String,
}

pub(super) async fn window(
    State(app): State<App>,
    Who(ctx): Who,
    Segment(id): Segment<IncidentId>,
    SafeForm(form): SafeForm<WindowForm>,
) -> Answer<SeeOther> {
    let from = super::when::parse("from", &form.from, &form.zone)?.0;
    let until = match form.until.trim() {
        "" => None,
        text => Some(moment("until", text, &form.zone, ctx.now())?.0),
    };
    let mut tx = app.begin(&ctx, "incidents.window").await?;
    super::set_window(&app, &mut tx, &ctx, id, (from, until)).await?;
    done(tx, at(id), "Saved. Count again who was touched: the count before was for the other time.").await
}

pub(super) async fn freeze(
    State(app): State<App>,
    Who(ctx): Who,
    Segment(id): Segment<IncidentId>,
) -> Answer<SeeOther> {
    said(id, super::freeze_radius(&app, &ctx, id).await)
}

#[derive(Deserialize)]
pub(super) struct KeepForm {
    #[serde(default)]
    answer: String,
}

pub(super) async fn keep(
    State(app): State<App>,
    Who(ctx): Who,
    Segment(id): Segment<IncidentId>,
    SafeForm(form): SafeForm<KeepForm>,
) -> Answer<SeeOther> {
    let answer = form.answer.parse().map_err(|_| Fail::invalid("answer", "Choose one of the list."))?;
    said(id, super::keep_radius(&app, &ctx, id, answer).await)
}

fn said(id: IncidentId, counted: waxwing_app::Result<super::Counted>) -> Answer<SeeOther> {
    match counted {
        Ok(counted) => {
            let people = counted.summary.people;
            let (sure, maybe) = (count(people.confirmed.cast_signed()), count(people.possible.cast_signed()));
            let words =
                format!("Frozen: {sure} people confirmed, {maybe} possible. The duties have these numbers now.");
            Ok(SeeOther::to(at(id)).flash(Flash::good(words)))
        }
        Err(Error::Conflict(message)) => Ok(SeeOther::to(at(id)).flash(Flash::danger(message))),
        Err(other) => Err(other.into()),
    }
}
