//! `waxwing lockdown`: containment and release from the host, for when the web cannot be trusted.
//!
//! Promise: it needs no server; a server that runs beside it reads the gate and obeys within half a
//! second. Limit: what is cleaned up after the gate has turned is done by the server, or by the next
//! command that does queued work. Each opens a case, or joins one that is named. A release asks for an owner's offline recovery
//! code; what is shut alone comes back point by point, as on its page.

use super::Host;
use crate::cli::Lockdown;
use crate::house;
use anyhow::{Context as _, bail};
use serde_json::{Value, json};
use std::path::Path;
use waxwing_app::App;
use waxwing_breach::containment::{self, Contained, InCase, Order, Progress, Reinstated, Renewal, Scope, Vouched};
use waxwing_breach::incidents;
use waxwing_domain::Ctx;

/// What stands for all workspaces.
const EVERYTHING: &str = "everything";

/// Contains, or releases.
pub async fn run(command: Lockdown, host: Host) -> anyhow::Result<Value> {
    let everything = command.scope == EVERYTHING;
    let app = if everything { house::open(&host.config).await? } else { host.open().await? };
    if let Some(thing) = &command.reinstate {
        let done = reinstate(&app, &host, thing, &command).await;
        house::close(&app).await?;
        return done;
    }
    if command.status {
        let done = status(&app, &host).await;
        house::close(&app).await?;
        return done;
    }
    let done = match (&command.code_file, everything) {
        (Some(file), true) if command.release => release_all(&app, &host, file).await,
        (Some(file), false) if command.release => release(&app, &host, Scope::parse(&command.scope)?, file).await,
        (_, true) => contain_all(&app, &host, &command).await,
        (_, false) => contain(&app, &host, &command).await.map(|one| vec![one]),
    };
    house::close(&app).await?;
    done.map(Value::Array)
}

/// What is contained and how far its steps are, and what is shut still.
async fn status(app: &App, host: &Host) -> anyhow::Result<Value> {
    let ctx = ctx(app);
    let overview = containment::overview(app, &mut app.read(&ctx, "containment.index").await?, &ctx).await?;
    host.output.say(format!("Level: {}.", overview.level.as_str()));
    let mut open = Vec::new();
    for standing in &overview.open {
        let one = &standing.containment;
        let (scope, at) = (one.scope.to_text(), one.at);
        host.output.say(format!("{scope} is contained since {at} by {}: {}", standing.by, one.reason));
        for step in &standing.steps {
            host.output.say(format!("  {:8} {:>6}  {}", step.state.as_str(), step.count, step.step.words()));
        }
        for changed in &standing.changed {
            host.output.say(format!("  changed in the window: {}", changed.what));
        }
        for one in &standing.renewals {
            let state = if one.is_done() { "done" } else { "to do" };
            host.output.say(format!("  {state:8} {:>6}  {}", "", one.title()));
        }
        let changed: Vec<&str> = standing.changed.iter().map(|one| one.what.as_str()).collect();
        let steps: Vec<Value> = standing.steps.iter().map(step_view).collect();
        let renewals: Vec<Value> = standing.renewals.iter().map(renewal_view).collect();
        open.push(json!({
            "id": one.id, "scope": scope, "at": at, "by": standing.by, "reason": one.reason, "steps": steps,
            "suspected_from": one.suspected_from, "releasers": standing.releasers, "renewals": renewals,
            "changed": changed,
        }));
    }
    for (thing, name) in &overview.shut {
        host.output.say(format!("Shut: {} {name}", Scope::One(*thing).to_text()));
    }
    let shut: Vec<Value> = overview
        .shut
        .iter()
        .map(|(thing, name)| json!({ "kind": thing.kind(), "name": name, "thing": Scope::One(*thing).to_text() }))
        .collect();
    Ok(json!({ "level": overview.level.as_str(), "open": open, "shut": shut }))
}

fn renewal_view(one: &Renewal) -> Value {
    json!({ "thing": Scope::One(one.thing).to_text(), "title": one.title(), "done": one.is_done() })
}

/// Brings something back, or prints what is to be seen to first.
async fn reinstate(app: &App, host: &Host, text: &str, command: &Lockdown) -> anyhow::Result<Value> {
    let Scope::One(thing) = Scope::parse(text)? else { bail!("a workspace is released, not reinstated") };
    if command.saw.is_empty() {
        let points = containment::points(thing);
        for point in points {
            host.output.say(format!("{:10} {}", point.word, point.text));
        }
        let points: Vec<Value> = points.iter().map(|one| json!({ "word": one.word, "text": one.text })).collect();
        return Ok(json!({ "thing": text, "points": points }));
    }
    let ctx = ctx(app);
    let unchanged_because = command.reason.clone().unwrap_or_default();
    let vouched = Vouched { seen: command.saw.clone(), unchanged_because };
    let mut tx = app.begin(&ctx, "containment.reinstate").await?;
    let done = containment::reinstate(app, &mut tx, &ctx, thing, &vouched).await?;
    tx.commit().await?;
    host.output.say(format!("{text} works again."));
    let secret = match done {
        Reinstated::WithSecret(secret) => {
            host.output.say(format!("Its fresh secret, shown once: {secret}"));
            Some(secret)
        }
        Reinstated::Open => None,
    };
    Ok(json!({ "thing": text, "reinstated": true, "secret": secret }))
}

fn step_view(step: &Progress) -> Value {
    json!({ "step": step.step.as_str(), "state": step.state.as_str(), "count": step.count, "note": step.note })
}

fn ctx(app: &App) -> Ctx {
    app.host().with_purpose("waxwing lockdown")
}

fn order(ctx: &Ctx, command: &Lockdown, scope: Scope) -> anyhow::Result<Order> {
    let reason = command.reason.clone().unwrap_or_default();
    Ok(Order { scope, reason, suspected_from: containment::since(&command.since, "UTC", ctx.now())? })
}

async fn contain(app: &App, host: &Host, command: &Lockdown) -> anyhow::Result<Value> {
    let (ctx, scope) = (ctx(app), Scope::parse(&command.scope)?);
    let case = match &command.case {
        Some(name) => {
            InCase::Join(incidents::by_name(&mut app.read(&ctx, "incidents.by_name").await?, &ctx, name).await?)
        }
        None => InCase::New(None),
    };
    let order = order(&ctx, command, scope)?;
    let done = if command.no_hold {
        containment::contain_in(app, &ctx, &order, case).await?
    } else {
        containment::contain_and_hold(app, &ctx, &order, case).await?
    };
    host.output.say(format!("{} is contained; in force after {} ms.", scope.to_text(), done.effective_in));
    let said = said(app, host, &scope.to_text(), done).await?;
    goes_on(host);
    Ok(said)
}

async fn contain_all(app: &App, host: &Host, command: &Lockdown) -> anyhow::Result<Vec<Value>> {
    if command.case.is_some() {
        bail!("a case is of one workspace: everything opens one in each");
    }
    let ctx = ctx(app);
    let order = order(&ctx, command, Scope::Workspace)?;
    let done = containment::contain_everything(app, &ctx, &order, InCase::New(None)).await?;
    let (now, before) = (done.contained.len(), done.before);
    host.output.say(format!("Everything is contained; in force after {} ms.", done.effective_in()));
    host.output.say(format!("Workspaces: {now} now, {before} before."));
    let mut all = Vec::with_capacity(now);
    for (workspace, contained) in done.contained {
        all.push(said(&app.at(workspace), host, "workspace", contained).await?);
    }
    goes_on(host);
    Ok(all)
}

/// Names the case that it is part of.
async fn said(app: &App, host: &Host, scope: &str, done: Contained) -> anyhow::Result<Value> {
    let codename = match done.case {
        Some(case) => {
            let ctx = ctx(app);
            Some(incidents::by_id(&mut app.read(&ctx, "incidents.show").await?, &ctx, case).await?.codename)
        }
        None => None,
    };
    if let (Some(case), Some(codename)) = (done.case, &codename) {
        host.output.say(format!("Case: {codename} ({case})."));
    }
    Ok(json!({
        "id": done.id, "workspace": app.workspace(), "scope": scope, "effective_in_ms": done.effective_in,
        "case": done.case, "codename": codename,
    }))
}

fn goes_on(host: &Host) {
    host.output.say("Unsubscribe links, notices and system mail go on. Keep a recovery code at hand for the release.");
}

/// Releases all at the same time. One that fails keeps no other from being released; what failed is said when all are.
async fn release_all(app: &App, host: &Host, file: &Path) -> anyhow::Result<Vec<Value>> {
    let apps: Vec<App> = app.store().workspaces().await?.into_iter().map(|workspace| app.at(workspace.id)).collect();
    let done = futures::future::join_all(apps.iter().map(|app| release(app, host, Scope::Workspace, file))).await;
    let (done, failed): (Vec<_>, Vec<_>) = done.into_iter().partition(Result::is_ok);
    let failed: Vec<String> = failed.into_iter().filter_map(Result::err).map(|error| format!("{error:#}")).collect();
    anyhow::ensure!(failed.is_empty(), "{} of {} failed: {}", failed.len(), apps.len(), failed.join("; "));
    Ok(done.into_iter().filter_map(Result::ok).flatten().collect())
}

/// Releases what is contained under this very scope.
async fn release(app: &App, host: &Host, scope: Scope, file: &Path) -> anyhow::Result<Vec<Value>> {
    let text = std::fs::read_to_string(file).context("--code-file")?;
    let code = text.lines().next().unwrap_or_default().trim();
    let ctx = ctx(app);
    let mut tx = app.begin(&ctx, "containment.release").await?;
    let overview = containment::overview(app, &mut tx, &ctx).await?;
    let open = overview.open.iter().find(|standing| standing.containment.scope == scope);
    let Some(standing) = open else { bail!("{} is not contained", scope.to_text()) };
    let id = standing.containment.id;
    containment::release_by_host(app, &mut tx, &ctx, id, code).await?;
    tx.commit().await?;
    host.output.say(format!("{} is released. What was revoked stays revoked.", scope.to_text()));
    Ok(vec![json!({ "id": id, "scope": scope.to_text(), "released": true })])
}
