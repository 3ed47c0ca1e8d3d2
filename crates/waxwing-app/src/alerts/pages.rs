//! `/security/alerts`: the list, one alert with its course, and the verdict.

use super::{Act, Alert, Detector, Precision, Unit, Verdict};
use crate::{App, Error, Result, accounts, reports};
use askama::Template;
use axum::extract::State;
use serde::Deserialize;
use waxwing_detect::percent;
use waxwing_detect::rate::Signal;
use waxwing_domain::{Action, AlertId, Ctx, MarkId, Micros};
use waxwing_http::{Cursor, Fail, Flash, Page, Paged, SafeForm, SeeOther, Segment, Shell, Who};
use waxwing_store::Tx;

#[derive(Template)]
#[template(path = "alerts/pages/index.html")]
pub(super) struct IndexPage {
    shell: Shell,
    alerts: Vec<Alert>,
    precision: Vec<Precision>,
    first: String,
    next: String,
}

#[derive(Template)]
#[template(path = "alerts/pages/show.html")]
pub(super) struct ShowPage {
    shell: Shell,
    alert: Alert,
    course: Vec<Point>,
    /// Whom it is about, for those who may see the team.
    person: Option<String>,
    verdicts: [Verdict; 3],
    may_judge: bool,
    may_open: bool,
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
        Act::SessionsEnded => "The person's sessions were ended.",
        Act::ContainmentAsked => "Containment was asked for.",
        Act::Quarantined => "The import was quarantined.",
        Act::None => "Nothing was stopped.",
    }
}

const fn act_word(alert: &Alert) -> &'static str {
    match alert.act {
        Act::Paused => "Paused",
        Act::SessionsEnded => "Sessions ended",
        Act::ContainmentAsked => "Containment asked for",
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

/// The name of the person an alert is about; `None` where there is none, or for whoever may not see the team.
async fn person(app: &App, tx: &mut Tx, ctx: &Ctx, alert: &Alert) -> Result<Option<String>> {
    let Some(id) = alert.account.filter(|_| ctx.may(Action::RolesRead)) else { return Ok(None) };
    let Some(account) = accounts::by_id(tx, id).await? else { return Ok(None) };
    Ok(Some(account.person(app, tx.workspace())?.shown().to_owned()))
}

pub(super) async fn index(
    State(app): State<App>,
    Who(ctx): Who,
    shell: Shell,
    cursor: Cursor,
) -> std::result::Result<Page<IndexPage>, Fail> {
    let before = cursor.key::<AlertId>()?;
    let mut tx = app.read(&ctx, "alerts.index").await?;
    let found = super::page(&mut tx, &ctx, before, i64::from(cursor.limit) + 1).await?;
    let page = Paged::from_surplus(found, cursor.limit, |alert| alert.id);
    Ok(Page(IndexPage {
        shell: shell.titled("Alerts"),
        alerts: page.items,
        precision: super::precision(&mut tx, &ctx).await?,
        first: before.map(|_| "/security/alerts".to_owned()).unwrap_or_default(),
        next: page.next.map(|after| format!("/security/alerts?after={after}")).unwrap_or_default(),
    }))
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
    let person = person(&app, &mut tx, &ctx, &alert).await?;
    Ok(Page(ShowPage {
        shell: shell.titled(alert.detector.name()),
        course,
        person,
        verdicts: Verdict::ALL,
        may_judge: ctx.may(Action::AlertsJudge),
        may_open: ctx.may(Action::CampaignsRead) && alert.name.is_some(),
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
