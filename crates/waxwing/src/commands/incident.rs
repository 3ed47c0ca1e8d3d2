//! `waxwing incident`: cases, for when the web is not trusted or not there.
//!
//! Promise: the host sees every case and writes in it as the host. Limit: since when a breach is known a person says;
//! the host only passes on who.

use super::Host;
use crate::cli::Incident;
use crate::house;
use anyhow::Context as _;
use serde_json::{Value, json};
use std::fs::OpenOptions;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;
use waxwing_app::{App, accounts};
use waxwing_breach::incidents::{self, Category, Losses, NewCase, NewLine, Severity};
use waxwing_domain::{Ctx, EmailAddress, IncidentId, Micros};
use waxwing_store::Sequencer;

/// The newest cases that are listed.
const NEWEST: i64 = 100;

/// Runs one of the commands about cases.
pub async fn run(command: Incident, host: Host) -> anyhow::Result<Value> {
    let app = host.open().await?;
    let ctx = app.host().with_purpose("waxwing incident");
    let done = match command {
        Incident::List => list(&app, &ctx, &host).await,
        Incident::Open { summary, loss, severity } => open(&app, &ctx, &host, summary, (&loss, &severity)).await,
        Incident::Show { id } => show(&app, &ctx, &host, id.parse()?).await,
        Incident::Note { id, text, category, at } => note(&app, &ctx, &host, id.parse()?, (text, category, at)).await,
        Incident::Evidence { id, dir } => evidence(&app, &ctx, &host, id.parse()?, &dir).await,
        Incident::Radius { id } => radius(&app, &ctx, &host, id.parse()?).await,
        Incident::Indicators { id, from } => indicators(&app, &ctx, &host, id.parse()?, &from).await,
        Incident::Tasks { id } => tasks(&app, &ctx, &host, id.parse()?).await,
        Incident::Take { id, playbook } => take(&app, &ctx, &host, id.parse()?, &playbook).await,
        Incident::Run { id, task } => machine(&app, &ctx, &host, id.parse()?, task).await,
        Incident::Confirm { id, by, since } => confirm(&app, &ctx, &host, id.parse()?, (&by, since)).await,
    };
    house::close(&app).await?;
    done
}

async fn list(app: &App, ctx: &Ctx, host: &Host) -> anyhow::Result<Value> {
    let mut tx = app.read(ctx, "incidents.index").await?;
    let cases = incidents::page(&mut tx, ctx, None, NEWEST).await?;
    if cases.is_empty() {
        host.output.say("There is no case.");
    }
    for case in &cases {
        host.output.say(format!("{}  {:10}  {}", case.id, case.status.as_str(), case.codename));
    }
    Ok(json!({ "cases": cases.iter().map(view).collect::<Value>() }))
}

fn view(case: &incidents::Incident) -> Value {
    json!({
        "id": case.id,
        "codename": case.codename,
        "status": case.status.as_str(),
        "severity": case.severity.as_str(),
        "losses": case.losses.words(),
        "suspected_at": case.suspected_at,
        "aware_at": case.aware.map(|aware| aware.at),
        "contained_at": case.contained_at,
        "ended_at": case.ended_at,
    })
}

async fn open(
    app: &App,
    ctx: &Ctx,
    host: &Host,
    summary: String,
    (losses, severity): (&[String], &str),
) -> anyhow::Result<Value> {
    let severity = Severity::parse(severity).context("the severity is unknown, low, medium, high or very_high")?;
    let new = NewCase { summary, losses: Losses::of(losses)?, severity, suspected_at: ctx.now(), alert: None };
    let mut tx = app.begin(ctx, "incidents.open").await?;
    let id = incidents::open(app, &mut tx, ctx, new).await?;
    let case = incidents::by_id(&mut tx, ctx, id).await?;
    tx.commit().await?;
    host.output.say(format!("opened {id}, codename {}", case.codename));
    Ok(view(&case))
}

async fn show(app: &App, ctx: &Ctx, host: &Host, id: IncidentId) -> anyhow::Result<Value> {
    let mut tx = app.read(ctx, "incidents.show").await?;
    let case = incidents::by_id(&mut tx, ctx, id).await?;
    let lines = incidents::lines(app, &mut tx, ctx, id).await?;
    let summary = incidents::summary(app, ctx, &case)?;
    host.output.say(format!("{}: {}\n{summary}\n", case.codename, case.status.said()));
    for line in &lines {
        host.output.say(format!("{}  {:15} {}", line.at, line.category.as_str(), line.text));
    }
    let line = |line: &incidents::Line| json!({ "at": line.at, "category": line.category.as_str(), "text": line.text, "entry": line.index });
    let mut shown = view(&case);
    shown["summary"] = summary.into();
    shown["timeline"] = lines.iter().map(line).collect();
    Ok(shown)
}

async fn note(
    app: &App,
    ctx: &Ctx,
    host: &Host,
    id: IncidentId,
    (text, category, at): (String, String, Option<String>),
) -> anyhow::Result<Value> {
    let category = Category::parse(&category).context("there is no such category")?;
    let new = NewLine {
        at: moment(at, ctx)?,
        zone: "UTC".into(),
        category,
        source: "waxwing incident".into(),
        text,
        corrects: None,
    };
    let mut tx = app.begin(ctx, "incidents.note").await?;
    let line = incidents::note(app, &mut tx, ctx, id, new).await?;
    tx.commit().await?;
    host.output.say("written on the timeline");
    Ok(json!({ "line": line }))
}

async fn confirm(
    app: &App,
    ctx: &Ctx,
    host: &Host,
    id: IncidentId,
    (by, since): (&str, Option<String>),
) -> anyhow::Result<Value> {
    let since = moment(since, ctx)?;
    let mut tx = app.begin(ctx, "incidents.confirm").await?;
    let person = accounts::by_email(app, &mut tx, &EmailAddress::parse(by)?).await?;
    let person = person.context("nobody signs in with this address")?;
    incidents::confirm(app, &mut tx, ctx, id, since, Some(person.id)).await?;
    let case = incidents::by_id(&mut tx, ctx, id).await?;
    tx.commit().await?;
    host.output.say(format!("{} is confirmed; the clocks count from {since}", case.codename));
    Ok(view(&case))
}

async fn evidence(app: &App, ctx: &Ctx, host: &Host, id: IncidentId, to: &Path) -> anyhow::Result<Value> {
    if to.extension().is_some_and(|ending| ending == "tar") {
        return archive(app, ctx, host, id, to).await;
    }
    let written = incidents::to_files(app, ctx, id, to).await?;
    told(host, to, &written.key);
    host.output.say(format!("SHA-256 of its manifest: {}", written.manifest));
    Ok(json!({ "dir": to, "manifest": written.manifest, "key": written.key, "entries": written.entries }))
}

fn told(host: &Host, to: &Path, key: &str) {
    host.output.say(format!("The evidence is in {}, readable by you only. Check it anywhere:", to.display()));
    host.output.say(format!("\n    waxwing record verify {} --key {key}\n", to.display()));
}

async fn archive(app: &App, ctx: &Ctx, host: &Host, id: IncidentId, to: &Path) -> anyhow::Result<Value> {
    // Before anything is gathered: a file that is there is not written over.
    let new = OpenOptions::new().create_new(true).write(true).mode(0o600).open(to);
    let mut new = new.with_context(|| to.display().to_string())?;
    let (mut file, made) = incidents::to_archive(app, ctx, id).await?;
    std::io::copy(&mut file, &mut new).with_context(|| to.display().to_string())?;
    told(host, to, &made.written.key);
    host.output.say(format!("SHA-256 of the archive: {}", made.sha256));
    Ok(json!({
        "file": to, "sha256": made.sha256, "bytes": made.size, "manifest": made.written.manifest, "key": made.written.key,
        "entries": made.written.entries,
    }))
}

async fn radius(app: &App, ctx: &Ctx, host: &Host, id: IncidentId) -> anyhow::Result<Value> {
    Sequencer::new(app.store().clone()).finish().await?;
    let counted = incidents::freeze_radius(app, ctx, id).await?;
    let people = counted.summary.people;
    host.output.say(format!(
        "{} people confirmed, {} possible; {}",
        people.confirmed,
        people.possible,
        counted.source()
    ));
    Ok(json!({ "number": counted.number, "count": counted }))
}

async fn indicators(app: &App, ctx: &Ctx, host: &Host, id: IncidentId, from: &Path) -> anyhow::Result<Value> {
    let text = std::fs::read_to_string(from).with_context(|| from.display().to_string())?;
    let mut tx = app.begin(ctx, "incidents.take_indicators").await?;
    let came = incidents::take_in_indicators(app, &mut tx, ctx, id, &text).await?;
    tx.commit().await?;
    host.output.say(format!("{} indicators were taken in; {} objects were left out", came.taken, came.left_out));
    Ok(json!({ "taken": came.taken, "left_out": came.left_out }))
}

async fn tasks(app: &App, ctx: &Ctx, host: &Host, id: IncidentId) -> anyhow::Result<Value> {
    let mut tx = app.read(ctx, "incidents.tasks").await?;
    let found = incidents::tasks(app, &mut tx, ctx, id).await?;
    for task in &found {
        let who = task.run.map_or("people", |_| "machine");
        host.output.say(format!("{}  {:7}  {:7}  {}", task.id, task.state.as_str(), who, task.title));
    }
    let view = |task: &incidents::Task| {
        json!({
            "id": task.id, "state": task.state.as_str(), "title": task.title, "due_at": task.due_at, "proof": task.proof,
            "run": task.run.map(incidents::Run::as_str),
        })
    };
    Ok(json!({ "tasks": found.iter().map(view).collect::<Value>() }))
}

async fn take(app: &App, ctx: &Ctx, host: &Host, id: IncidentId, playbook: &str) -> anyhow::Result<Value> {
    let mut tx = app.begin(ctx, "incidents.take_playbook").await?;
    incidents::take_playbook(app, &mut tx, ctx, id, playbook).await?;
    tx.commit().await?;
    host.output.say("its steps are tasks now");
    Ok(json!({ "playbook": playbook }))
}

async fn machine(app: &App, ctx: &Ctx, host: &Host, id: IncidentId, task: Option<String>) -> anyhow::Result<Value> {
    Sequencer::new(app.store().clone()).finish().await?;
    let came = match task {
        Some(task) => vec![(task.clone(), Ok(incidents::run_task(app, ctx, id, task.parse()?).await?))],
        None => incidents::run_all(app, ctx, id).await?,
    };
    let mut told = Vec::new();
    for (title, came) in came {
        let (done, said) = match came {
            Ok(said) => (true, said),
            Err(error) => (false, error.to_string()),
        };
        host.output.say(format!("{} {title}\n{said}\n", if done { "done" } else { "OPEN" }));
        told.push(json!({ "step": title, "done": done, "said": said }));
    }
    Ok(json!({ "steps": told }))
}

fn moment(text: Option<String>, ctx: &Ctx) -> anyhow::Result<Micros> {
    let Some(text) = text else { return Ok(ctx.now()) };
    let stamp: jiff::Timestamp = text.parse().context("write the time like 2026-11-22T10:05:00Z")?;
    Ok(Micros::from_i64(stamp.as_microsecond()))
}
