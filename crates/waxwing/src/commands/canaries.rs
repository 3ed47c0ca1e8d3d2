//! `waxwing canaries …`: the domains of made-up people, and what was heard of them.

use super::Host;
use crate::cli::Canaries;
use crate::house;
use anyhow::Context as _;
use serde_json::{Value, json};
use waxwing_app::App;
use waxwing_app::canaries::{self, Locale};

/// Runs one of them.
pub async fn run(command: Canaries, host: Host) -> anyhow::Result<Value> {
    let app = host.open().await?;
    let told = match command {
        Canaries::Add { name, names } => add(&app, &name, &names).await?,
        Canaries::Remove { name } => remove(&app, &name).await?,
        Canaries::List => list(&app).await?,
    };
    house::close(&app).await?;
    host.output.say(told.0);
    Ok(told.1)
}

async fn add(app: &App, name: &str, names: &str) -> anyhow::Result<(String, Value)> {
    let locale = Locale::parse(names).context("names are en, de, fr, es or it")?;
    let ctx = app.host().with_purpose("waxwing canaries add");
    let mut tx = app.begin(&ctx, "canaries.add").await?;
    let name = canaries::add(app, &mut tx, &ctx, name, locale).await?;
    tx.commit().await?;
    let mx = canaries::check(app, &ctx, name.as_str()).await?;
    let words = format!("Exports carry made-up people of {name} from now on. Its mail: {}.", mx.words());
    Ok((words, json!({ "domain": name.as_str(), "names": locale.as_str(), "mail": mx.words() })))
}

async fn remove(app: &App, name: &str) -> anyhow::Result<(String, Value)> {
    let ctx = app.host().with_purpose("waxwing canaries remove");
    let mut tx = app.begin(&ctx, "canaries.remove").await?;
    canaries::remove(app, &mut tx, &ctx, name).await?;
    tx.commit().await?;
    Ok((format!("Nothing is heard of made-up people of {name} any more."), json!({ "domain": name })))
}

async fn list(app: &App) -> anyhow::Result<(String, Value)> {
    let ctx = app.host().with_purpose("waxwing canaries list");
    let mut tx = app.read(&ctx, "canaries.list").await?;
    let standing = canaries::standing(&mut tx, &ctx).await?;
    let hit = canaries::hit(&mut tx, &ctx).await?;
    let mut lines = vec![format!("{} made-up people in an ordinary export.", standing.per_export)];
    lines.extend(standing.domains.iter().map(|d| format!("{} ({}): {}", d.name, d.locale.words(), d.mx.words())));
    lines.extend(hit.iter().map(|mark| format!("Heard of {} times: {} of {}", mark.hits, mark.suspect(), mark.at)));
    let domains: Vec<Value> =
        standing.domains.iter().map(|d| json!({ "name": d.name, "names": d.locale, "mail": d.mx.words() })).collect();
    let hit: Vec<Value> = hit.iter().map(|m| json!({ "mark": m.id, "who": m.suspect(), "hits": m.hits })).collect();
    Ok((lines.join("\n"), json!({ "per_export": standing.per_export, "domains": domains, "hit": hit })))
}
