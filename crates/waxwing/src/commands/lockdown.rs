//! `waxwing lockdown`: containment and release from the host, for when the web cannot be trusted.
//!
//! Promise: it needs no server; a server that runs beside it reads the gate and obeys within half a
//! second. Limit: what is cleaned up after the gate has turned is done by the server, or by the next
//! command that does queued work. A release asks for an owner's offline recovery code.

use super::Host;
use crate::cli::Lockdown;
use crate::house;
use anyhow::{Context as _, bail};
use serde_json::{Value, json};
use std::path::Path;
use waxwing_app::App;
use waxwing_breach::containment::{self, Order, Scope};
use waxwing_domain::{Ctx, Micros};

/// Contains, or releases.
pub async fn run(command: Lockdown, host: Host) -> anyhow::Result<Value> {
    let everything = command.scope == "everything";
    let app = if everything { house::open(&host.config).await? } else { host.open().await? };
    let apps = if everything { all(&app).await? } else { vec![app.clone()] };
    let scope = Scope::parse(if everything { "workspace" } else { &command.scope })?;
    let done = match &command.code_file {
        Some(file) if command.release => each(&apps, |app| release(app, &host, scope, file)).await,
        _ => each(&apps, |app| contain(app, &host, &command, scope)).await,
    };
    house::close(&app).await?;
    done.map(Value::Array)
}

/// Does it to all at the same time, so that many take no longer than one. One that fails keeps no other from being
/// done; what failed is said when all are.
async fn each<'a, F>(apps: &'a [App], act: impl Fn(&'a App) -> F) -> anyhow::Result<Vec<Value>>
where
    F: Future<Output = anyhow::Result<Value>>,
{
    let done = futures::future::join_all(apps.iter().map(act)).await;
    let (done, failed): (Vec<_>, Vec<_>) = done.into_iter().partition(Result::is_ok);
    let failed: Vec<String> = failed.into_iter().filter_map(Result::err).map(|error| format!("{error:#}")).collect();
    anyhow::ensure!(failed.is_empty(), "{} of {} failed: {}", failed.len(), apps.len(), failed.join("; "));
    done.into_iter().collect()
}

async fn all(app: &App) -> anyhow::Result<Vec<App>> {
    Ok(app.store().workspaces().await?.into_iter().map(|workspace| app.at(workspace.id)).collect())
}

fn ctx(app: &App) -> Ctx {
    app.host().with_purpose("waxwing lockdown")
}

async fn contain(app: &App, host: &Host, command: &Lockdown, scope: Scope) -> anyhow::Result<Value> {
    let ctx = ctx(app);
    let reason = command.reason.clone().unwrap_or_default();
    let suspected_from = ctx.now().plus(-command.since * Micros::HOUR);
    let done = containment::contain(app, &ctx, &Order { scope, reason, suspected_from }).await?;
    host.output.say(format!("{} is contained; in force after {} ms.", scope.to_text(), done.effective_in));
    host.output.say("Unsubscribe links, notices and system mail go on. Keep a recovery code at hand for the release.");
    Ok(json!({ "id": done.id, "scope": scope.to_text(), "effective_in_ms": done.effective_in }))
}

/// Releases what is contained under this very scope.
async fn release(app: &App, host: &Host, scope: Scope, file: &Path) -> anyhow::Result<Value> {
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
    Ok(json!({ "id": id, "scope": scope.to_text(), "released": true }))
}
