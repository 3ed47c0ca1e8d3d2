//! `/security/containment`: what is contained, the one form that contains, and the way back.

use super::follow::{self, InCase, Links};
use super::steps::{Progress, Step, StepState};
use super::{Order, Overview, Reinstated, Scope, Standing};
use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use serde::Deserialize;
use waxwing_app::alerts::{self, Alert};
use waxwing_app::{App, Error};
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
    form: Input,
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
    scope: String,
    #[serde(default)]
    reason: String,
    #[serde(default)]
    since: String,
    /// Nothing, `new`, or the number of a case.
    #[serde(default)]
    case: String,
    /// The alert that it comes from.
    #[serde(default)]
    alert: String,
}

/// Since when something may have been wrong, in hours, and how it is said.
const SINCE: [(&str, i64, &str); 5] = [
    ("1", 1, "an hour ago"),
    ("24", 24, "a day ago"),
    ("168", 168, "a week ago"),
    ("720", 720, "a month ago"),
    ("8760", 8_760, "a year ago"),
];

impl IndexPage {
    fn wrong(&self, field: &str) -> &str {
        if self.wrong.0 == field { &self.wrong.1 } else { "" }
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

/// What to see to before one thing comes back.
const fn checklist(thing: Thing) -> &'static str {
    match thing {
        Thing::Account(_) => "Comes back with its release; a new password is asked for.",
        Thing::ApiKey(_) => "Ended for ever. Make its successor under Settings, API keys.",
        Thing::Webhook(_) => "The receiver is clean, its address is still theirs, and it waits for the fresh secret.",
        Thing::Relay(_) => "The login was changed at the provider, and the new one is in place under Settings, Relays.",
        Thing::Domain(_) => "Nobody else can sign for it: new keys are published, or the old ones were never out.",
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
}

/// Tone and words of a step. What only people can do is never said to be done.
const fn step_badge(progress: &Progress) -> (&'static str, &'static str) {
    match (progress.state, progress.step) {
        (StepState::Waiting, _) => ("note", "Under way"),
        (StepState::Done, Step::Relays | Step::Dkim) if progress.count > 0 => ("attention", "For you to do"),
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
    Ok(IndexPage {
        shell: shell.titled("Containment"),
        cases,
        links,
        choices: things.into_iter().map(choice).collect(),
        asking: if ctx.may(Action::AlertsRead) { alerts::asking(&mut tx, ctx).await? } else { Vec::new() },
        overview,
        obstacles,
        form: Input { since: "24".to_owned(), case: "new".to_owned(), ..Input::default() },
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
    Ok(Page(IndexPage { form: Input { since, case, ..begun }, ..page }))
}

/// Where the form waits, filled in for what an alert is about.
fn filled_in(alert: &Alert) -> String {
    let scope = alert.account.map_or("workspace".to_owned(), |account| Scope::One(Thing::Account(account)).to_text());
    format!("{HERE}?scope={scope}&reason=Alert+{0}&alert={0}", alert.id)
}

pub(super) async fn contain(
    State(app): State<App>,
    Who(ctx): Who,
    shell: Shell,
    SafeForm(form): SafeForm<Input>,
) -> Result<Response, Fail> {
    let done = match order(&ctx, &form) {
        Ok((order, case)) => super::contain_in(&app, &ctx, &order, case).await,
        Err(error) => Err(error),
    };
    match done {
        Ok(done) => {
            let words = format!(
                "Contained. After {} milliseconds nothing from before was honoured any more. What is cleaned up now stands below.",
                done.effective_in
            );
            let to = done.case.map_or_else(|| HERE.to_owned(), |case| format!("/security/incidents/{case}"));
            Ok(SeeOther::to(to).flash(Flash::good(words)).into_response())
        }
        Err(Error::Invalid { field, message }) => {
            let page = IndexPage { form, wrong: (field, message), ..page(&app, &ctx, shell).await? };
            Ok((http::StatusCode::UNPROCESSABLE_ENTITY, Page(page)).into_response())
        }
        Err(Error::Conflict(message)) => Ok(SeeOther::to(HERE).flash(Flash::danger(message)).into_response()),
        Err(other) => Err(other.into()),
    }
}

fn order(ctx: &Ctx, form: &Input) -> Result<(Order, InCase), Error> {
    let hours = SINCE.iter().find(|(word, ..)| *word == form.since).map(|(_, hours, _)| *hours);
    let hours = hours.ok_or_else(|| Error::invalid("since", "Choose one of the times."))?;
    let order = Order {
        scope: Scope::parse(&form.scope)?,
        reason: form.reason.clone(),
        suspected_from: ctx.now().plus(-hours * Micros::HOUR),
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
    #[serde(default)]
    checked: String,
}

pub(super) async fn reinstate(
    State(app): State<App>,
    Who(ctx): Who,
    shell: Shell,
    SafeForm(back): SafeForm<Back>,
) -> Result<Response, Fail> {
    if back.checked.is_empty() {
        return Ok(SeeOther::to(HERE).flash(Flash::danger("Tick that you saw to it first.")).into_response());
    }
    let Scope::One(thing) = Scope::parse(&back.thing)? else { return Err(Fail::NotFound) };
    let mut tx = app.begin(&ctx, "containment.reinstate").await?;
    match super::reinstate(&app, &mut tx, &ctx, thing).await {
        Ok(done) => {
            tx.commit().await.map_err(Error::from)?;
            reinstated(&app, &ctx, shell, done).await
        }
        Err(Error::Conflict(message)) => Ok(SeeOther::to(HERE).flash(Flash::danger(message)).into_response()),
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
