//! `/security/containment`: what is contained, the one form that contains, and the way back.

use super::follow::{self, InCase, Links};
use super::pages_everything::{self, EVERYTHING};
use super::steps::{Progress, Step, StepState};
use super::{Order, Overview, Reinstated, Scope, Standing, Vouched, points, since};
use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use serde::Deserialize;
use waxwing_app::alerts::{self, Act, Alert};
use waxwing_app::{App, Error, settings};
use waxwing_domain::{Action, ContainmentId, Ctx, GateLevel, IncidentId, Micros, Thing};
use waxwing_http::{Fail, Flash, Page, Params, SafeForm, SeeOther, Segment, Shell, Who, download};

const HERE: &str = "/security/containment";

#[derive(Template)]
#[template(path = "containment/pages/index.html")]
pub(super) struct IndexPage {
    shell: Shell,
    overview: Overview,
    /// Why this person may not release each of what is open; empty where they may.
    obstacles: Vec<&'static str>,
    /// Alerts whose rule asks for containment.
    asking: Vec<Alert>,
    /// What can be contained, as the form says it, by kind.
    choices: Vec<Choice>,
    /// The open cases of this person, and the case of each containment.
    cases: Vec<(IncidentId, String)>,
    links: Links,
    /// How many workspaces everything would stop; nothing where it is no choice.
    everything: Option<usize>,
    form: Input,
    /// The workspace's zone, in which times are typed.
    zone: String,
    /// The field that is wrong, and why.
    wrong: (String, String),
    /// A fresh secret that is shown once, with what it is for.
    secret: Option<(String, String)>,
}

/// One thing of the list to choose from.
pub(super) struct Choice {
    value: String,
    label: String,
}

/// What was typed.
#[derive(Deserialize, Default)]
pub(super) struct Input {
    #[serde(default)]
    pub(super) scope: String,
    #[serde(default)]
    pub(super) reason: String,
    #[serde(default)]
    pub(super) since: String,
    /// An exact time, which counts instead where it is given.
    #[serde(default)]
    pub(super) since_at: String,
    /// `on` where nobody shall be erased meanwhile.
    #[serde(default)]
    pub(super) hold: String,
    /// Nothing, `new`, or the number of a case.
    #[serde(default)]
    pub(super) case: String,
    /// The alert that it comes from.
    #[serde(default)]
    pub(super) alert: String,
    /// How many workspaces may stop, once that was asked.
    #[serde(default)]
    pub(super) sure: String,
}

/// Since when something may have been wrong, in hours, and how it is said.
const SINCE: [(&str, &str); 5] =
    [("1", "an hour ago"), ("24", "a day ago"), ("168", "a week ago"), ("720", "a month ago"), ("8760", "a year ago")];

impl IndexPage {
    /// Since when an alert says that there were signs, where the form was filled in from one.
    fn first_sign(&self) -> Option<Micros> {
        let at: jiff::Timestamp = self.form.since.parse().ok()?;
        Some(Micros::from_i64(at.as_microsecond()))
    }
    fn wrong(&self, field: &str) -> &str {
        if self.wrong.0 == field { &self.wrong.1 } else { "" }
    }
    /// Where the form waits, filled in for what an alert is about and the time before it.
    /// What the field of an exact time says.
    fn exactly(&self) -> String {
        format!("It counts instead of the choice above. Time zone: {}.", self.zone)
    }
    fn may_reinstate(&self) -> bool {
        self.overview.level.may_move_data() && self.shell.may(Action::ContainmentRelease)
    }
}

/// What people call a kind of thing.
const fn kind_words(thing: Thing) -> &'static str {
    match thing {
        Thing::Account(_) => "Person",
        Thing::ApiKey(_) => "API key",
        Thing::Webhook(_) => "Webhook",
        Thing::Relay(_) => "Relay",
        Thing::Domain(_) => "Sending domain",
    }
}

/// What is said of what does not come back by a checklist.
const fn otherwise(thing: Thing) -> &'static str {
    match thing {
        Thing::Account(_) => "Comes back with its release; a new password is asked for.",
        _ => "Ended for ever. Make its successor under Settings, API keys.",
    }
}

/// The title of something contained.
fn title(standing: &Standing) -> String {
    match standing.containment.scope {
        Scope::Workspace => "The workspace".to_owned(),
        Scope::One(thing) => format!("{}: {}", kind_words(thing), standing.name),
    }
}

impl Standing {
    /// What was contained, in words.
    pub fn title(&self) -> String {
        title(self)
    }
    /// How many of its steps are done.
    pub fn done(&self) -> usize {
        self.steps.iter().filter(|one| one.state == StepState::Done).count()
    }
    /// Whether people have to renew something still that this step is about.
    fn waits_for(&self, step: Step) -> bool {
        let about =
            |thing: Thing| matches!((step, thing), (Step::Relays, Thing::Relay(_)) | (Step::Dkim, Thing::Domain(_)));
        self.renewals.iter().any(|one| about(one.thing) && !one.is_done())
    }
    /// How many things are renewed of those that it left to renew.
    pub fn renewed(&self) -> usize {
        self.renewals.iter().filter(|one| one.is_done()).count()
    }
}

/// Tone and words of a step. What only people can do is said to be done when each thing is renewed.
fn step_badge(progress: &Progress, of: &Standing) -> (&'static str, &'static str) {
    match (progress.state, progress.step) {
        (StepState::Waiting, _) => ("note", "Under way"),
        (StepState::Done, _) if progress.left.is_some() => ("note", "Under way"),
        (StepState::Done, step @ (Step::Relays | Step::Dkim)) if of.waits_for(step) => ("attention", "For you to do"),
        (StepState::Done, _) => ("good", "Done"),
        (StepState::Failed, _) => ("danger", "Failed, tried again"),
    }
}

async fn page(app: &App, ctx: &Ctx, shell: Shell) -> Result<IndexPage, Error> {
    let mut tx = app.read(ctx, "containment.index").await?;
    let overview = super::overview(app, &mut tx, ctx).await?;
    let mut obstacles = Vec::with_capacity(overview.open.len());
    for standing in &overview.open {
        obstacles.push(super::how_to_release(&mut tx, ctx, &standing.containment).await?.unwrap_or_default());
    }
    let things = if ctx.may(Action::Contain) { super::things(app, &mut tx, ctx).await? } else { Vec::new() };
    let choice =
        |(thing, name)| Choice { value: Scope::One(thing).to_text(), label: format!("{}: {name}", kind_words(thing)) };
    let cases = follow::open_cases(&mut tx, ctx).await?;
    let links = follow::linked(&mut tx, ctx).await?;
    let asking = if ctx.may(Action::AlertsRead) { alerts::asking(&mut tx, ctx).await? } else { Vec::new() };
    let zone = settings::load(&mut tx).await?.default_zone;
    drop(tx);
    Ok(IndexPage {
        shell: shell.titled("Containment"),
        cases,
        links,
        everything: super::stoppable(app, ctx).await?,
        choices: things.into_iter().map(choice).collect(),
        asking,
        overview,
        obstacles,
        zone,
        form: Input { since: "24".to_owned(), case: "new".to_owned(), hold: "on".to_owned(), ..Input::default() },
        wrong: Default::default(),
        secret: None,
    })
}

pub(super) async fn index(
    State(app): State<App>,
    Who(ctx): Who,
    shell: Shell,
    Params(begun): Params<Input>,
) -> Result<Page<IndexPage>, Fail> {
    let page = page(&app, &ctx, shell).await?;
    let or = |typed: String, usual: &String| if typed.is_empty() { usual.clone() } else { typed };
    let (since, case) = (or(begun.since, &page.form.since), or(begun.case, &page.form.case));
    let hold = or(begun.hold, &page.form.hold);
    Ok(Page(IndexPage { form: Input { since, case, hold, ..begun }, ..page }))
}

pub(super) async fn contain(
    State(app): State<App>,
    Who(ctx): Who,
    shell: Shell,
    SafeForm(form): SafeForm<Input>,
) -> Result<Response, Fail> {
    if form.scope == EVERYTHING {
        return pages_everything::contain(&app, &ctx, shell, form).await;
    }
    let done = match order(&app, &ctx, &form).await {
        Ok((order, case)) if form.hold.is_empty() => super::contain_in(&app, &ctx, &order, case).await,
        Ok((order, case)) => super::contain_and_hold(&app, &ctx, &order, case).await,
        Err(error) => Err(error),
    };
    let said = done.map(|done| {
        let words = format!(
            "Contained. After {} milliseconds nothing from before was honoured any more. What is cleaned up now stands below.",
            done.effective_in
        );
        (words, done.case)
    });
    answer(&app, &ctx, shell, form, said).await
}

/// What came of the form: words and the case that it is part of, or what is wrong.
pub(super) async fn answer(
    app: &App,
    ctx: &Ctx,
    shell: Shell,
    form: Input,
    done: Result<(String, Option<IncidentId>), Error>,
) -> Result<Response, Fail> {
    match done {
        Ok((words, case)) => {
            let to = case.map_or_else(|| HERE.to_owned(), |case| format!("/security/incidents/{case}"));
            Ok(SeeOther::to(to).flash(Flash::good(words)).into_response())
        }
        Err(Error::Invalid { field, message }) => {
            let page = IndexPage { form, wrong: (field, message), ..page(app, ctx, shell).await? };
            Ok((http::StatusCode::UNPROCESSABLE_ENTITY, Page(page)).into_response())
        }
        Err(Error::Conflict(message)) => Ok(SeeOther::to(HERE).flash(Flash::danger(message)).into_response()),
        Err(other) => Err(other.into()),
    }
}

/// What the form asks for; everything is the workspace here, and each of them.
pub(super) async fn order(app: &App, ctx: &Ctx, form: &Input) -> Result<(Order, InCase), Error> {
    let zone = settings::load(&mut app.read(ctx, "containment.zone").await?).await?.default_zone;
    let typed = if form.since_at.trim().is_empty() { &form.since } else { &form.since_at };
    let order = Order {
        scope: if form.scope == EVERYTHING { Scope::Workspace } else { Scope::parse(&form.scope)? },
        reason: form.reason.clone(),
        suspected_from: since::since(typed, &zone, ctx.now())?,
    };
    Ok((order, InCase::parse(&form.case, &form.alert)?))
}

/// What was kept, as a file.
pub(super) async fn snapshot(
    State(app): State<App>,
    Who(ctx): Who,
    Segment(id): Segment<ContainmentId>,
) -> Result<Response, Fail> {
    let mut tx = app.read(&ctx, "containment.snapshot").await?;
    let kept = super::snapshot(&mut tx, &ctx, id).await?;
    Ok(download(&format!("containment-{id}.json"), "application/json", kept.body))
}

pub(super) async fn release(
    State(app): State<App>,
    Who(ctx): Who,
    Segment(id): Segment<ContainmentId>,
) -> Result<SeeOther, Fail> {
    let mut tx = app.begin(&ctx, "containment.release").await?;
    match super::release(&app, &mut tx, &ctx, id).await {
        Ok(()) => {
            tx.commit().await.map_err(Error::from)?;
            Ok(SeeOther::to(HERE)
                .flash(Flash::good("Released. What was revoked stays revoked; bring integrations back one by one.")))
        }
        Err(Error::Conflict(message)) => Ok(SeeOther::to(HERE).flash(Flash::danger(message))),
        Err(other) => Err(other.into()),
    }
}

/// What is to come back.
#[derive(Deserialize)]
pub(super) struct Back {
    #[serde(default)]
    thing: String,
    /// The words of the points that are ticked.
    #[serde(default)]
    seen: Vec<String>,
    /// Why its login or keys may stay as they are.
    #[serde(default)]
    reason: String,
}

pub(super) async fn reinstate(
    State(app): State<App>,
    Who(ctx): Who,
    shell: Shell,
    SafeForm(back): SafeForm<Back>,
) -> Result<Response, Fail> {
    let Scope::One(thing) = Scope::parse(&back.thing)? else { return Err(Fail::NotFound) };
    let vouched = Vouched { seen: back.seen, unchanged_because: back.reason };
    let mut tx = app.begin(&ctx, "containment.reinstate").await?;
    match super::reinstate(&app, &mut tx, &ctx, thing, &vouched).await {
        Ok(done) => {
            tx.commit().await.map_err(Error::from)?;
            reinstated(&app, &ctx, shell, done).await
        }
        Err(Error::Conflict(message) | Error::Invalid { message, .. }) => {
            Ok(SeeOther::to(HERE).flash(Flash::danger(message)).into_response())
        }
        Err(other) => Err(other.into()),
    }
}

async fn reinstated(app: &App, ctx: &Ctx, shell: Shell, done: Reinstated) -> Result<Response, Fail> {
    match done {
        Reinstated::Open => Ok(SeeOther::to(HERE).flash(Flash::good("It works again.")).into_response()),
        Reinstated::WithSecret(secret) => {
            let secret = Some(("The webhook’s fresh secret".to_owned(), secret));
            Ok(Page(IndexPage { secret, ..page(app, ctx, shell).await? }).into_response())
        }
    }
}
