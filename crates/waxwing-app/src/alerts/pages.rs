//! `/security/alerts`: the list, one alert with its course, and the verdict.

use super::{Act, Alert, Detector, Filter, Names, Precision, Standing, Subject, Unit, Verdict, names};
use crate::{App, Error, Result, reports};
use askama::Template;
use axum::extract::State;
use serde::Deserialize;
use waxwing_detect::percent;
use waxwing_detect::rate::Signal;
use waxwing_domain::{Action, AlertId, Ctx, MarkId, Micros};
use waxwing_http::{Cursor, Fail, Flash, Page, Paged, Params, SafeForm, SeeOther, Segment, Shell, Who};
use waxwing_store::Tx;

#[derive(Template)]
#[template(path = "alerts/pages/index.html")]
pub(super) struct IndexPage {
    shell: Shell,
    alerts: Vec<Alert>,
    names: Names,
    filter: Filter,
    /// How many wait for a verdict.
    open: i64,
    detectors: Vec<Detector>,
    verdicts: [Verdict; 3],
    may_judge: bool,
    precision: Vec<Precision>,
    first: String,
    next: String,
}

impl IndexPage {
    fn shows(&self, standing: Standing) -> bool {
        self.filter.standing == standing
    }
    fn is_of(&self, detector: &Detector) -> bool {
        self.filter.detector == Some(*detector)
    }
}

#[derive(Template)]
#[template(path = "alerts/pages/show.html")]
pub(super) struct ShowPage {
    shell: Shell,
    alert: Alert,
    course: Vec<Point>,
    /// Kind and name of what it is about, and the page of that for those who may open it; empty where there is none.
    subject: (String, String),
    parts: Vec<Part>,
    verdicts: [Verdict; 3],
    may_judge: bool,
}

/// A part of what was seen, as it is shown.
struct Part {
    label: String,
    /// Its page, for those who may open it.
    page: Option<String>,
    count: u64,
}

/// The mark that an alert about made-up people is of.
const fn mark(alert: &Alert) -> MarkId {
    MarkId::from_i64(alert.about)
}

/// Tone and word of where an alert stands.
const fn badge(alert: &Alert) -> (&'static str, &'static str) {
    match alert.verdict {
        None => ("attention", "Needs a verdict"),
        Some(Verdict::True) => ("danger", "Right"),
        Some(Verdict::False) => ("", "Wrong"),
        Some(Verdict::Benign) => ("note", "Right, but harmless"),
    }
}

/// A number of an alert: a share, a count, or how many times likelier.
fn figure(alert: &Alert, number: &f64) -> String {
    match alert.detector.unit() {
        Unit::Share(_) => percent(*number),
        Unit::Count(_) => waxwing_http::count(number.round() as i64),
        Unit::Times => format!("{} times", waxwing_http::count(number.round() as i64)),
    }
}

/// What an alert's sample is made of.
const fn noun(alert: &Alert) -> &'static str {
    match alert.detector.unit() {
        Unit::Share(noun) | Unit::Count(noun) => noun,
        Unit::Times => "sign-in",
    }
}

/// The same at the head of a figure.
fn head(alert: &Alert) -> String {
    let noun = noun(alert);
    noun[..1].to_ascii_uppercase() + &noun[1..]
}

const fn act_words(alert: &Alert) -> &'static str {
    match alert.act {
        Act::Paused => "The campaign was paused.",
        Act::SteppedUp => "The person's sessions ask for a proof before anything else.",
        Act::SessionsEnded => "The person's sessions were ended.",
        Act::ContainmentAsked => "Containment was asked for.",
        Act::Containing => "It is being contained by itself.",
        Act::Contained => "What it is about was contained by itself.",
        Act::Quarantined => "The import was quarantined.",
        Act::None => "Nothing was stopped.",
    }
}

const fn act_word(alert: &Alert) -> &'static str {
    match alert.act {
        Act::Paused => "Paused",
        Act::SteppedUp => "Asked for a proof",
        Act::SessionsEnded => "Sessions ended",
        Act::ContainmentAsked => "Containment asked for",
        Act::Containing => "Being contained",
        Act::Contained => "Contained",
        Act::Quarantined => "Quarantined",
        Act::None => "Nothing",
    }
}

/// A moment of the course of a campaign: the share refused until then.
struct Point {
    at: Micros,
    share: f64,
}

/// The share refused so far over time, for the detectors of refusals; reads every row of the source.
async fn course(tx: &mut Tx, ctx: &Ctx, alert: &Alert) -> Result<Vec<Point>> {
    let of_refusals = matches!(alert.detector, Detector::Rate(Signal::Bounce | Signal::Refusal));
    let Some(campaign) = alert.campaign.filter(|_| of_refusals && ctx.may(Action::ReportsRead)) else {
        return Ok(Vec::new());
    };
    let report = match reports::report(tx, ctx, campaign).await {
        Ok(report) => report,
        Err(Error::NotFound(_)) => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    let (mut failed, mut all) = (0, 0);
    let points = reports::timeline(tx, ctx, report.source).await?.into_iter().map(|point| {
        failed += point.failed;
        all += point.failed + point.accepted;
        Point { at: point.at, share: failed as f64 / all.max(1) as f64 }
    });
    Ok(points.collect())
}

/// Which alerts, as the address says; those that wait for a verdict where it says nothing.
#[derive(Deserialize)]
pub(super) struct Asked {
    #[serde(default = "open")]
    state: String,
    #[serde(default)]
    detector: String,
}

fn open() -> String {
    Standing::Open.as_str().to_owned()
}

/// A filter as an address or program says it.
pub(super) fn filter(state: &str, detector: &str) -> std::result::Result<Filter, Fail> {
    Filter::parse(state, detector).map_err(|(field, message)| Fail::invalid(field, message))
}

pub(super) async fn index(
    State(app): State<App>,
    Who(ctx): Who,
    shell: Shell,
    Params(asked): Params<Asked>,
    cursor: Cursor,
) -> std::result::Result<Page<IndexPage>, Fail> {
    let (before, filter) = (cursor.key::<AlertId>()?, filter(&asked.state, &asked.detector)?);
    let mut tx = app.read(&ctx, "alerts.index").await?;
    let found = super::page(&mut tx, &ctx, filter, before, i64::from(cursor.limit) + 1).await?;
    let page = Paged::from_surplus(found, cursor.limit, |alert| alert.id);
    let here = format!("/security/alerts?state={}&detector={}", filter.standing.as_str(), asked.detector);
    Ok(Page(IndexPage {
        shell: shell.titled("Alerts"),
        names: Names::of(&app, &mut tx, &ctx, &page.items).await?,
        alerts: page.items,
        filter,
        open: super::open(&mut tx).await?,
        detectors: Detector::all().collect(),
        verdicts: Verdict::ALL,
        may_judge: ctx.may(Action::AlertsJudge),
        precision: super::precision(&mut tx, &ctx).await?,
        next: page.next.map(|after| format!("{here}&after={after}")).unwrap_or_default(),
        first: before.map(|_| here).unwrap_or_default(),
    }))
}

fn parts(ctx: &Ctx, names: &Names, alert: &Alert) -> Vec<Part> {
    let page = |part| names::page_of(part, |action| ctx.may(action));
    let shown = |part| Part { label: names.label(part), page: page(part), count: part.count };
    alert.finding.contributors.iter().map(shown).collect()
}

pub(super) async fn show(
    State(app): State<App>,
    Who(ctx): Who,
    shell: Shell,
    Segment(id): Segment<AlertId>,
) -> std::result::Result<Page<ShowPage>, Fail> {
    let mut tx = app.read(&ctx, "alerts.show").await?;
    let alert = super::by_id(&mut tx, &ctx, id).await?;
    let course = course(&mut tx, &ctx, &alert).await?;
    let names = Names::of(&app, &mut tx, &ctx, std::slice::from_ref(&alert)).await?;
    let page = alert.subject.map(Subject::page).filter(|(action, _)| ctx.may(*action));
    Ok(Page(ShowPage {
        shell: shell.titled(alert.detector.name()),
        course,
        subject: (names.subject(&alert), page.map(|(_, page)| page).unwrap_or_default()),
        parts: parts(&ctx, &names, &alert),
        verdicts: Verdict::ALL,
        may_judge: ctx.may(Action::AlertsJudge),
        alert,
    }))
}

/// A verdict as a form or program sends it.
pub(super) fn verdict(word: &str) -> std::result::Result<Verdict, Fail> {
    Verdict::parse(word).ok_or_else(|| Fail::invalid("verdict", "Say true, false or benign."))
}

#[derive(Deserialize)]
pub(super) struct Input {
    #[serde(default)]
    verdict: String,
}

pub(super) async fn judge(
    State(app): State<App>,
    Who(ctx): Who,
    Segment(id): Segment<AlertId>,
    SafeForm(input): SafeForm<Input>,
) -> std::result::Result<SeeOther, Fail> {
    let verdict = verdict(&input.verdict)?;
    let mut tx = app.begin(&ctx, "alerts.judge").await?;
    super::judge(&app, &mut tx, &ctx, id, verdict).await?;
    tx.commit().await.map_err(Error::from)?;
    Ok(SeeOther::to(format!("/security/alerts/{id}"))
        .flash(Flash::good("Noted. It counts in the detector's precision.")))
}

/// The same verdict for all that were ticked.
pub(super) async fn judge_many(
    State(app): State<App>,
    Who(ctx): Who,
    SafeForm(typed): SafeForm<Vec<(String, String)>>,
) -> std::result::Result<SeeOther, Fail> {
    let of = |key: &'static str| typed.iter().filter(move |(name, _)| name == key).map(|(_, value)| value.as_str());
    let verdict = verdict(of("verdict").next().unwrap_or_default())?;
    let ids = of("alert").map(str::parse::<AlertId>).collect::<std::result::Result<Vec<_>, _>>();
    let ids = ids.map_err(|_| Error::NotFound("alert"))?;
    let to = SeeOther::to("/security/alerts");
    if ids.is_empty() {
        return Ok(to.flash(Flash::danger("Tick the alerts first.")));
    }
    let mut tx = app.begin(&ctx, "alerts.judge").await?;
    let judged = super::judge_many(&app, &mut tx, &ctx, &ids, verdict).await?;
    tx.commit().await.map_err(Error::from)?;
    Ok(to.flash(Flash::good(format!("Noted for {judged}. It counts in the precision of their detectors."))))
}
