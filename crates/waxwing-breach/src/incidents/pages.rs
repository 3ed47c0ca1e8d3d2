//! `/security/incidents`: the list, opening a case, and the steps of its life.

use super::forms::{ClassifyForm, EndForm, MomentForm, OpenForm, alert, mark, moment, word};
use super::words::{Outcome, Severity};
use super::{Incident, Losses, copied};
use askama::Template;
use axum::extract::State;
use serde::Deserialize;
use waxwing_app::{App, Error, alerts, canaries, settings};
use waxwing_domain::{Action, Ctx, IncidentId};
use waxwing_http::{Cursor, Fail, Flash, Page, Paged, Params, SafeForm, SeeOther, Segment, Shell, Who};
use waxwing_store::Tx;

type Answer<T> = std::result::Result<T, Fail>;

#[derive(Template)]
#[template(path = "incidents/pages/index.html")]
pub(super) struct IndexPage {
    shell: Shell,
    cases: Vec<Incident>,
    others: Vec<Incident>,
    first: String,
    next: String,
}

#[derive(Template)]
#[template(path = "incidents/pages/new.html")]
pub(super) struct NewPage {
    shell: Shell,
    /// The alert or the made-up people that it comes from, and what that says.
    alert: String,
    mark: String,
    summary: String,
    severities: &'static [Severity],
    /// The zone of the house, in which people type times.
    zone: String,
}

/// Where a case is.
pub(super) fn at(id: IncidentId) -> String {
    format!("/security/incidents/{id}")
}

/// Saves, and goes on to where the case shows it.
pub(super) async fn done(tx: Tx, to: String, said: &str) -> Answer<SeeOther> {
    tx.commit().await.map_err(Error::from)?;
    Ok(SeeOther::to(to).flash(Flash::good(said)))
}

pub(super) async fn index(
    State(app): State<App>,
    Who(ctx): Who,
    shell: Shell,
    cursor: Cursor,
) -> Answer<Page<IndexPage>> {
    let before = cursor.key::<IncidentId>()?;
    let mut tx = app.read(&ctx, "incidents.index").await?;
    let found = super::page(&mut tx, &ctx, before, i64::from(cursor.limit) + 1).await?;
    let page = Paged::from_surplus(found, cursor.limit, |case| case.id);
    Ok(Page(IndexPage {
        shell: shell.titled("Cases"),
        cases: page.items,
        others: super::others(&mut tx, &ctx).await?,
        first: before.map(|_| "/security/incidents".to_owned()).unwrap_or_default(),
        next: page.next.map(|after| format!("/security/incidents?after={after}")).unwrap_or_default(),
    }))
}

#[derive(Deserialize)]
pub(super) struct From {
    #[serde(default)]
    alert: String,
    #[serde(default)]
    mark: String,
}

pub(super) async fn new(
    State(app): State<App>,
    Who(ctx): Who,
    shell: Shell,
    Params(from): Params<From>,
) -> Answer<Page<NewPage>> {
    let summary = match (alert(&from.alert)?, mark(&from.mark)?) {
        (None, None) => String::new(),
        (None, Some(mark)) => copied::summary(&canaries::tell(&app, &ctx, mark).await?),
        (Some(id), _) => {
            let mut tx = app.read(&ctx, "incidents.new").await?;
            let alert = alerts::by_id(&mut tx, &ctx, id).await?;
            format!("{}: {}", alert.detector.name(), alert.finding.why)
        }
    };
    let zone = settings::load(&mut app.read(&ctx, "incidents.new").await?).await?.default_zone;
    let shell = shell.titled("Open a case");
    Ok(Page(NewPage { shell, alert: from.alert, mark: from.mark, summary, severities: Severity::ALL, zone }))
}

pub(super) async fn open(
    State(app): State<App>,
    Who(ctx): Who,
    SafeForm(form): SafeForm<OpenForm>,
) -> Answer<SeeOther> {
    let marked = mark(&form.mark)?;
    let new = form.read(ctx.now())?;
    // Before the transaction: that they were looked at is recorded in one of its own.
    let told = match marked {
        Some(mark) => Some(canaries::tell(&app, &ctx, mark).await?),
        None => None,
    };
    let mut tx = app.begin(&ctx, "incidents.open").await?;
    let id = super::open(&app, &mut tx, &ctx, new).await?;
    let Some(told) = told else {
        return done(tx, at(id), "The case is open. Only who is in it sees it.").await;
    };
    copied::of_mark(&app, &mut tx, &ctx, id, &told).await?;
    tx.commit().await.map_err(Error::from)?;
    Ok(SeeOther::to(at(id)).flash(touched(&app, &ctx, id).await?))
}

/// Who was touched by what was copied, asked at once where whoever opened the case may ask.
async fn touched(app: &App, ctx: &Ctx, id: IncidentId) -> Answer<Flash> {
    if !ctx.may(Action::RecordRead) {
        return Ok(Flash::good("The case is open, with what was copied. Only who is in it sees it."));
    }
    match super::freeze_radius(app, ctx, id).await {
        Ok(_) => {
            Ok(Flash::good("The case is open, with what was copied and who was touched. Only who is in it sees it."))
        }
        Err(Error::Conflict(why)) => {
            Ok(Flash::note(format!("The case is open. Who was touched is not counted yet: {why}")))
        }
        Err(other) => Err(other.into()),
    }
}

pub(super) async fn join(State(app): State<App>, Who(ctx): Who, Segment(id): Segment<IncidentId>) -> Answer<SeeOther> {
    let mut tx = app.begin(&ctx, "incidents.join").await?;
    super::join(&app, &mut tx, &ctx, id).await?;
    done(tx, at(id), "You are in the case. That is on its timeline and in the record.").await
}

pub(super) async fn classify(
    State(app): State<App>,
    Who(ctx): Who,
    Segment(id): Segment<IncidentId>,
    SafeForm(form): SafeForm<ClassifyForm>,
) -> Answer<SeeOther> {
    let (losses, severity) = (Losses::of(&form.losses)?, word("severity", &form.severity, Severity::parse)?);
    let mut tx = app.begin(&ctx, "incidents.classify").await?;
    super::classify(&app, &mut tx, &ctx, id, losses, severity).await?;
    done(tx, at(id), "Saved.").await
}

pub(super) async fn confirm(
    State(app): State<App>,
    Who(ctx): Who,
    Segment(id): Segment<IncidentId>,
    SafeForm(form): SafeForm<MomentForm>,
) -> Answer<SeeOther> {
    let (aware_at, _) = moment("at", &form.at, &form.zone, ctx.now())?;
    let mut tx = app.begin(&ctx, "incidents.confirm").await?;
    super::confirm(&app, &mut tx, &ctx, id, aware_at, None).await?;
    done(tx, at(id), "Confirmed. The clocks run from the time you named.").await
}

pub(super) async fn contain(
    State(app): State<App>,
    Who(ctx): Who,
    Segment(id): Segment<IncidentId>,
    SafeForm(form): SafeForm<MomentForm>,
) -> Answer<SeeOther> {
    let (since, _) = moment("at", &form.at, &form.zone, ctx.now())?;
    let mut tx = app.begin(&ctx, "incidents.contain").await?;
    super::contain(&app, &mut tx, &ctx, id, since).await?;
    done(tx, at(id), "Noted: it goes on no more.").await
}

pub(super) async fn end(
    State(app): State<App>,
    Who(ctx): Who,
    Segment(id): Segment<IncidentId>,
    SafeForm(form): SafeForm<EndForm>,
) -> Answer<SeeOther> {
    let outcome = word("outcome", &form.outcome, Outcome::parse)?;
    let mut tx = app.begin(&ctx, "incidents.end").await?;
    super::end(&app, &mut tx, &ctx, id, outcome, &form.why).await?;
    done(tx, at(id), "The case has ended. It stays in the register.").await
}

impl IndexPage {
    fn may_open(&self) -> bool {
        self.shell.may(Action::IncidentsWrite)
    }
}
