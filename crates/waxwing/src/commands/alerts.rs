//! `waxwing alerts`: what the detectors found, and what follows from it, for when the web is not trusted or not there.
//!
//! Promise: the same alerts, verdicts and rules as on the page, under the host's name. Limit: the host is asked for no
//! proof before it weakens a rule: whoever has the host has the data anyway.

use super::Host;
use crate::cli::Alerts as Command;
use crate::house;
use anyhow::Context as _;
use serde_json::{Value, json};
use waxwing_app::App;
use waxwing_app::alerts::{self, Alert, Detector, Filter, Follows, Names, Rule, Subject, Verdict};
use waxwing_domain::{AlertId, Ctx};

/// Alerts that are listed at a time.
const LISTED: i64 = 50;

/// Lists, shows, judges or rules.
pub async fn run(command: Command, host: Host) -> anyhow::Result<Value> {
    let app = host.open().await?;
    let ctx = app.host().with_purpose("waxwing alerts");
    let done = match command {
        Command::List { open, detector, before } => {
            list(&app, &ctx, &host, (open, detector.as_deref()), before.as_deref()).await
        }
        Command::Show { id } => show(&app, &ctx, &host, id.parse()?).await,
        Command::Judge { ids, verdict } => judge(&app, &ctx, &host, &ids, &verdict).await,
        Command::Precision => precision(&app, &ctx, &host).await,
        Command::Rules => rules(&app, &ctx, &host).await,
        Command::Rule { detector, follows, off } => rule(&app, &ctx, &host, &detector, (follows.as_deref(), off)).await,
    };
    house::close(&app).await?;
    done
}

async fn list(
    app: &App,
    ctx: &Ctx,
    host: &Host,
    (open, detector): (bool, Option<&str>),
    before: Option<&str>,
) -> anyhow::Result<Value> {
    let before = before.map(str::parse::<AlertId>).transpose()?;
    let filter = Filter::parse(if open { "open" } else { "all" }, detector.unwrap_or_default());
    let filter = filter.map_err(|(_, message)| anyhow::anyhow!("{message} See waxwing alerts rules."))?;
    let mut tx = app.read(ctx, "alerts.page").await?;
    let found = alerts::page(&mut tx, ctx, filter, before, LISTED).await?;
    let names = Names::of(app, &mut tx, ctx, &found).await?;
    if found.is_empty() {
        host.output.say("No alert.");
    }
    for alert in &found {
        let verdict = alert.verdict.map_or("not judged", Verdict::words);
        let about = names.subject(alert);
        host.output.say(format!("{}  {}  {}  {about}  {verdict}", alert.id, alert.at, alert.detector.name()));
    }
    Ok(found.iter().map(|alert| view(alert, &names)).collect())
}

fn view(alert: &Alert, names: &Names) -> Value {
    json!({
        "id": alert.id, "at": alert.at, "since": alert.since, "detector": alert.detector.as_str(),
        "campaign": alert.campaign, "account": alert.account, "subject": alert.subject.map(Subject::to_text),
        "subject_name": alert.subject.map(|subject| names.titled(subject)), "finding": alert.finding,
        "act": alert.act.as_str(), "verdict": alert.verdict.map(Verdict::as_str),
    })
}

async fn show(app: &App, ctx: &Ctx, host: &Host, id: AlertId) -> anyhow::Result<Value> {
    let mut tx = app.read(ctx, "alerts.show").await?;
    let alert = alerts::by_id(&mut tx, ctx, id).await?;
    let names = Names::of(app, &mut tx, ctx, std::slice::from_ref(&alert)).await?;
    host.output.say(format!("{}: {}\n{}", alert.detector.name(), alert.finding.why, alert.finding.advice));
    if let Some(subject) = alert.subject {
        host.output.say(format!("About {} ({}), since {}", names.titled(subject), subject.to_text(), alert.since));
    }
    for part in &alert.finding.contributors {
        host.output.say(format!("  {:>8}  {}", part.count, names.label(part)));
    }
    Ok(view(&alert, &names))
}

async fn judge(app: &App, ctx: &Ctx, host: &Host, ids: &[String], verdict: &str) -> anyhow::Result<Value> {
    let verdict = Verdict::parse(verdict).context("say true, false or benign")?;
    let ids = ids.iter().map(|id| id.parse()).collect::<Result<Vec<AlertId>, _>>()?;
    let mut tx = app.begin(ctx, "alerts.judge").await?;
    let judged = match ids.as_slice() {
        [one] => alerts::judge(app, &mut tx, ctx, *one, verdict).await.map(|()| 1)?,
        many => alerts::judge_many(app, &mut tx, ctx, many, verdict).await?,
    };
    tx.commit().await?;
    host.output.say(format!("{judged} judged: {}.", verdict.words()));
    Ok(json!({ "alerts": ids, "judged": judged, "verdict": verdict.as_str() }))
}

async fn precision(app: &App, ctx: &Ctx, host: &Host) -> anyhow::Result<Value> {
    let mut tx = app.read(ctx, "alerts.precision").await?;
    let all = alerts::precision(&mut tx, ctx).await?;
    let view = |one: &alerts::Precision| {
        let name = one.detector.name();
        host.output.say(format!(
            "{} of {} right, {} benign, {} open  {name}",
            one.right,
            one.judged(),
            one.benign,
            one.open
        ));
        json!({
            "detector": one.detector.as_str(), "right": one.right, "wrong": one.wrong, "benign": one.benign, "open": one.open,
        })
    };
    Ok(all.iter().map(view).collect())
}

async fn rules(app: &App, ctx: &Ctx, host: &Host) -> anyhow::Result<Value> {
    let mut tx = app.read(ctx, "alerts.rules").await?;
    let all = alerts::rules(&mut tx, ctx).await?;
    for rule in &all {
        let follows = if rule.looks { rule.follows.words() } else { "Off" };
        host.output.say(format!("{:18} {}: {follows}", rule.detector.as_str(), rule.detector.name()));
    }
    Ok(all.iter().map(shown).collect())
}

fn shown(rule: &Rule) -> Value {
    json!({ "detector": rule.detector.as_str(), "looks": rule.looks, "follows": rule.follows.as_str() })
}

/// Sets the rule of one detector; what is not said stays.
async fn rule(
    app: &App,
    ctx: &Ctx,
    host: &Host,
    detector: &str,
    (follows, off): (Option<&str>, bool),
) -> anyhow::Result<Value> {
    let detector = Detector::parse(detector).context("there is no such detector; see waxwing alerts rules")?;
    let mut tx = app.begin(ctx, "alerts.rule").await?;
    let old = alerts::rules(&mut tx, ctx).await?.into_iter().find(|rule| rule.detector == detector);
    let mut new = Rule { looks: !off, ..old.unwrap_or(Rule::usual(detector)) };
    if let Some(word) = follows {
        new.follows = Follows::parse(word).with_context(|| {
            let words: Vec<&str> = Rule::choices(detector).iter().map(|one| one.as_str()).collect();
            format!("say one of {}", words.join(", "))
        })?;
    }
    alerts::set_rule(app, &mut tx, ctx, new).await?;
    tx.commit().await?;
    let follows = if new.looks { new.follows.words() } else { "Off" };
    host.output.say(format!("{}: {follows}.", detector.name()));
    Ok(shown(&new))
}
