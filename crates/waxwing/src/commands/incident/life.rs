//! The life of a case: opened, confirmed, contained, closed or dismissed.

use crate::commands::desk::{Desk, word};
use anyhow::Context as _;
use serde_json::{Value, json};
use waxwing_breach::incidents::{self, Incident, Losses, NewCase, Outcome, Severity};
use waxwing_domain::IncidentId;

/// The newest cases that are listed.
const NEWEST: i64 = 100;

pub(super) async fn list(desk: &Desk) -> anyhow::Result<Value> {
    let mut tx = desk.app.read(&desk.ctx, "incidents.index").await?;
    let cases = incidents::page(&mut tx, &desk.ctx, None, NEWEST).await?;
    let line = |case: &Incident| format!("{}  {:10}  {}", case.id, case.status.as_str(), case.codename);
    Ok(desk.listed("cases", "There is no case.", cases.iter().map(|case| (line(case), view(case)))))
}

fn view(case: &Incident) -> Value {
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
        "outcome": case.outcome.map(Outcome::as_str),
    })
}

pub(super) async fn open(desk: &Desk, summary: String, (losses, severity): (&[String], &str)) -> anyhow::Result<Value> {
    let ctx = &desk.ctx;
    let severity = word(severity, Severity::ALL, Severity::as_str)?;
    let new = NewCase { summary, losses: Losses::of(losses)?, severity, suspected_at: ctx.now(), alert: None };
    let case = desk
        .change("incidents.open", async |tx| {
            let id = incidents::open(&desk.app, tx, ctx, new).await?;
            incidents::by_id(tx, ctx, id).await
        })
        .await?;
    desk.output.say(format!("opened {}, codename {}", case.id, case.codename));
    Ok(view(&case))
}

pub(super) async fn show(desk: &Desk, id: IncidentId) -> anyhow::Result<Value> {
    let (app, ctx) = (&desk.app, &desk.ctx);
    let (case, lines) = desk
        .look(("incidents.show", id), async |tx| {
            Ok((incidents::by_id(tx, ctx, id).await?, incidents::lines(app, tx, ctx, id).await?))
        })
        .await?;
    let summary = incidents::summary(app, ctx, &case)?;
    desk.output.say(format!("{}: {}\n{summary}\n", case.codename, case.status.said()));
    for line in &lines {
        desk.output.say(format!("{}  {:15} {}", line.at, line.category.as_str(), line.text));
    }
    let line = |line: &incidents::Line| {
        json!({
            "id": line.id, "at": line.at, "category": line.category.as_str(), "text": line.text, "entry": line.index,
        })
    };
    let mut shown = view(&case);
    shown["summary"] = summary.into();
    shown["ending"] = incidents::ending(app, ctx, &case)?.into();
    shown["timeline"] = lines.iter().map(line).collect();
    Ok(shown)
}

pub(super) async fn classify(
    desk: &Desk,
    id: IncidentId,
    (losses, severity): (&[String], &str),
) -> anyhow::Result<Value> {
    let (losses, severity) = (Losses::of(losses)?, word(severity, Severity::ALL, Severity::as_str)?);
    let classified = async |tx: &mut _| incidents::classify(&desk.app, tx, &desk.ctx, id, losses, severity).await;
    desk.change("incidents.classify", classified).await?;
    after(desk, id, "saved").await
}

pub(super) async fn window(desk: &Desk, id: IncidentId, (from, until): (&str, Option<&str>)) -> anyhow::Result<Value> {
    let from = desk.moment(Some(from))?;
    let until = until.map(|text| desk.moment(Some(text))).transpose()?;
    desk.change("incidents.window", async |tx| {
        incidents::set_window(&desk.app, tx, &desk.ctx, id, (from, until)).await
    })
    .await?;
    let words = "saved; count again who was touched: the count before was for the other time";
    Ok(desk.said(words, json!({ "from": from, "until": until })))
}

pub(super) async fn confirm(desk: &Desk, id: IncidentId, (by, since): (&str, Option<&str>)) -> anyhow::Result<Value> {
    let (since, person) = (desk.moment(since)?, desk.person(by).await.context("--by")?);
    desk.change("incidents.confirm", async |tx| {
        incidents::confirm(&desk.app, tx, &desk.ctx, id, since, Some(person)).await
    })
    .await?;
    after(desk, id, &format!("confirmed; the clocks count from {since}")).await
}

pub(super) async fn contain(desk: &Desk, id: IncidentId, since: Option<&str>) -> anyhow::Result<Value> {
    let since = desk.moment(since)?;
    desk.change("incidents.contain", async |tx| incidents::contain(&desk.app, tx, &desk.ctx, id, since).await).await?;
    after(desk, id, "noted: it goes on no more").await
}

pub(super) async fn end(desk: &Desk, id: IncidentId, (outcome, why): (&str, &str)) -> anyhow::Result<Value> {
    let outcome = word(outcome, Outcome::ALL, Outcome::as_str)?;
    desk.change("incidents.end", async |tx| incidents::end(&desk.app, tx, &desk.ctx, id, outcome, why).await).await?;
    after(desk, id, "ended; it stays in the register").await
}

/// The case as it stands after an act.
async fn after(desk: &Desk, id: IncidentId, words: &str) -> anyhow::Result<Value> {
    let mut tx = desk.app.read(&desk.ctx, "incidents.show").await?;
    let case = incidents::by_id(&mut tx, &desk.ctx, id).await?;
    Ok(desk.said(&format!("{}: {words}", case.codename), view(&case)))
}
