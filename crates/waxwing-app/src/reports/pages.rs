//! The pages of reports.

use super::{Group, Outcome, Person, Point, Report, defer_words, fail_words, skip_words};
use crate::{App, Result};
use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::Method;
use serde::Deserialize;
use waxwing_domain::{Action, CampaignId, Ctx, SubjectNo};
use waxwing_http::{Cursor, Fail, Page, Paged, Params, Routes, Segment, Shell, Who};
use waxwing_store::Tx;

/// People on a page.
const PEOPLE: u32 = 50;

pub(super) fn routes() -> Routes<App> {
    Routes::new()
        .page(Method::GET, "/reports", Action::ReportsRead, index)
        .page(Method::GET, "/reports/campaigns/{id}", Action::ReportsRead, show)
        .page(Method::GET, "/reports/campaigns/{id}/live", Action::ReportsRead, live)
        .page(Method::GET, "/reports/campaigns/{id}/providers", Action::ReportsRead, providers)
        .page(Method::GET, "/reports/campaigns/{id}/people", Action::ReportsRecipients, people)
}

impl Report {
    /// The state in a word, with its colour.
    fn badge(&self) -> (&'static str, &'static str) {
        use crate::sending::SourceState::{Cancelled, Done, Held, Running};
        match self.state {
            Running => ("note", "sending"),
            Done => ("good", "sent"),
            Cancelled => ("", "cancelled"),
            Held if self.started_at.is_some() => ("attention", "paused"),
            Held => ("", "not started"),
        }
    }
}

#[derive(Template)]
#[template(path = "reports/pages/index.html")]
struct IndexPage {
    shell: Shell,
    reports: Vec<Report>,
    first: String,
    next: String,
}

async fn index(
    State(app): State<App>,
    Who(ctx): Who,
    shell: Shell,
    cursor: Cursor,
) -> std::result::Result<Page<IndexPage>, Fail> {
    let before = cursor.key::<i64>()?;
    let mut tx = app.read(&ctx, "reports.index").await?;
    let found = super::reports(&mut tx, &ctx, before.unwrap_or(i64::MAX), i64::from(cursor.limit) + 1).await?;
    let page = Paged::from_surplus(found, cursor.limit, |report| report.source.as_i64());
    let first = before.map(|_| "/reports".to_owned()).unwrap_or_default();
    let next = page.next.map(|after| format!("/reports?after={after}")).unwrap_or_default();
    Ok(Page(IndexPage { shell: shell.titled("Reports"), reports: page.items, first, next }))
}

/// A row of a table of causes.
struct Cause {
    words: String,
    number: i64,
    state: &'static str,
    word: String,
}

fn causes(report: &Report) -> Vec<Cause> {
    let counts = &report.counts;
    let row = |state, words: &str, word: &str, number| Cause {
        words: words.to_owned(),
        number,
        state,
        word: word.to_owned(),
    };
    let failed = counts.failed_by.iter().map(|(cause, n)| row("failed", fail_words(cause), cause, *n));
    let deferred = counts.deferred_by.iter().map(|(class, n)| row("deferred", defer_words(class), class, *n));
    let skipped = counts.skipped_by.iter().map(|(reason, n)| row("skipped", skip_words(*reason), reason.as_str(), *n));
    failed.chain(deferred).chain(skipped).collect()
}

/// The numbers, alone: asks for itself again while they move.
#[derive(Template)]
#[template(path = "reports/pages/live.html")]
struct Live {
    report: Report,
    causes: Vec<Cause>,
    people: bool,
    /// What came back after a relay had taken it.
    bounced: i64,
    /// Whether the asker may bring what providers reported.
    brings: bool,
}

impl Live {
    fn new(report: Report, ctx: &Ctx) -> Self {
        let (people, brings) = (ctx.may(Action::ReportsRecipients), ctx.may(Action::OutcomesWrite));
        Self { causes: causes(&report), bounced: report.reported.bounces(), report, people, brings }
    }
    /// Where the people behind a number are listed, for who may see them.
    fn link(&self, state: &str, number: &i64) -> String {
        if self.people && *number > 0 {
            format!("/reports/campaigns/{}/people?state={state}", self.report.campaign)
        } else {
            String::new()
        }
    }
}

/// Outcomes by provider, alone: reads every row of the ledger, so it asks again less often.
#[derive(Template)]
#[template(path = "reports/pages/providers.html")]
struct Providers {
    campaign: CampaignId,
    moves: bool,
    outcomes: Vec<Outcome>,
}

impl Providers {
    async fn of(app: &App, tx: &mut Tx, ctx: &Ctx, report: &Report) -> Result<Self> {
        let outcomes = super::providers(app, tx, ctx, report.source).await?;
        Ok(Self { campaign: report.campaign, moves: report.is_live(), outcomes })
    }
}

#[derive(Template)]
#[template(path = "reports/pages/show.html")]
struct ShowPage {
    shell: Shell,
    live: Live,
    providers: Providers,
    points: Vec<Point>,
}

async fn show(
    State(app): State<App>,
    Who(ctx): Who,
    shell: Shell,
    Segment(id): Segment<CampaignId>,
) -> std::result::Result<Page<ShowPage>, Fail> {
    let mut tx = app.read(&ctx, "reports.show").await?;
    let report = super::report(&mut tx, &ctx, id).await?;
    let points = super::timeline(&mut tx, &ctx, report.source).await?;
    let providers = Providers::of(&app, &mut tx, &ctx, &report).await?;
    Ok(Page(ShowPage { shell: shell.titled(report.name.clone()), live: Live::new(report, &ctx), providers, points }))
}

async fn live(
    State(app): State<App>,
    Who(ctx): Who,
    Segment(id): Segment<CampaignId>,
) -> std::result::Result<Page<Live>, Fail> {
    let mut tx = app.read(&ctx, "reports.live").await?;
    let report = super::report(&mut tx, &ctx, id).await?;
    Ok(Page(Live::new(report, &ctx)))
}

async fn providers(
    State(app): State<App>,
    Who(ctx): Who,
    Segment(id): Segment<CampaignId>,
) -> std::result::Result<Page<Providers>, Fail> {
    let mut tx = app.read(&ctx, "reports.providers").await?;
    let report = super::report(&mut tx, &ctx, id).await?;
    Ok(Page(Providers::of(&app, &mut tx, &ctx, &report).await?))
}

#[derive(Deserialize)]
struct Asked {
    #[serde(default)]
    state: String,
    #[serde(default)]
    reason: String,
    #[serde(default)]
    after: String,
}

#[derive(Template)]
#[template(path = "reports/pages/people.html")]
struct PeoplePage {
    shell: Shell,
    back: String,
    subject: String,
    states: [(&'static str, &'static str); 9],
    asked: Asked,
    people: Vec<Person>,
    path: String,
    first: String,
    next: String,
}

/// The groups that can be chosen.
const GROUPS: [(&str, &str); 9] = [
    ("accepted", "Accepted"),
    ("deferred", "Deferred"),
    ("failed", "Failed"),
    ("unknown", "Unknown"),
    ("skipped", "Skipped"),
    ("pending", "Pending"),
    ("unsubscribed", "Unsubscribed"),
    ("bounced", "Bounced later"),
    ("complained", "Complained"),
];

async fn people(
    State(app): State<App>,
    Who(ctx): Who,
    shell: Shell,
    Segment(id): Segment<CampaignId>,
    Params(asked): Params<Asked>,
) -> std::result::Result<Response, Fail> {
    let report = super::report(&mut app.read(&ctx, "reports.people").await?, &ctx, id).await?;
    let group = Group::parse(&asked.state, &asked.reason)?;
    let after = asked.after.parse().ok().map(SubjectNo::new);
    let found = super::people(&app, &ctx, report.source, &group, (after, PEOPLE), "page").await?;
    let path = format!("/reports/campaigns/{id}/people");
    let query = address(&path, &asked)?;
    Ok(Page(PeoplePage {
        shell: shell.titled("Recipients"),
        back: format!("/reports/campaigns/{id}"),
        subject: report.name,
        states: GROUPS,
        people: found.items,
        first: after.map(|_| query.clone()).unwrap_or_default(),
        next: found.next.map(|next| format!("{query}&after={next}")).unwrap_or_default(),
        path,
        asked,
    })
    .into_response())
}

/// The address of the first page with the same filters.
fn address(path: &str, asked: &Asked) -> Result<String> {
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    query.append_pair("state", &asked.state).append_pair("reason", &asked.reason);
    Ok(format!("{path}?{}", query.finish()))
}
