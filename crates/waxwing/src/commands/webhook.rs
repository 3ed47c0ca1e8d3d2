//! `waxwing webhook`.

use super::Host;
use crate::cli::Webhook;
use crate::house;
use anyhow::{anyhow, bail};
use serde_json::{Value, json};
use waxwing_app::webhooks::{self, Endpoint, Wish};
use waxwing_app::{App, lists};
use waxwing_domain::{Ctx, ListId, WebhookId};
use waxwing_store::Tx;

/// Adds, lists, removes or tries webhooks.
pub async fn run(command: Webhook, host: Host) -> anyhow::Result<Value> {
    let app = host.open().await?;
    let ctx = app.host().with_purpose("waxwing webhook");
    let done = match command {
        Webhook::Add { name, url, kind, list, grant } => {
            let wish = Wish { name, url, kinds: kind, lists: Vec::new(), grants: grant };
            add(&app, &ctx, &host, wish, &list).await
        }
        Webhook::List => list(&app, &ctx, &host).await,
        Webhook::Remove { webhook } => remove(&app, &ctx, &host, &webhook).await,
        Webhook::Ping { webhook } => ping(&app, &ctx, &host, &webhook).await,
    };
    house::close(&app).await?;
    done
}

async fn add(app: &App, ctx: &Ctx, host: &Host, wish: Wish, names: &[String]) -> anyhow::Result<Value> {
    let mut tx = app.begin(ctx, "webhooks.add").await?;
    let wish = Wish { lists: list_ids(&mut tx, names).await?, ..wish };
    let made = webhooks::add(app, &mut tx, ctx, &wish).await?;
    tx.commit().await?;
    host.output.say(format!("{}\n\nThis is shown once; the receiver checks signatures with it.", made.secret));
    Ok(json!({ "id": made.id, "name": wish.name, "secret": made.secret }))
}

async fn list_ids(tx: &mut Tx, names: &[String]) -> anyhow::Result<Vec<ListId>> {
    let mut ids = Vec::with_capacity(names.len());
    for name in names {
        let list = lists::by_name(tx, name).await?.ok_or_else(|| anyhow!("there is no list named {name}"))?;
        ids.push(list.id);
    }
    Ok(ids)
}

async fn list(app: &App, ctx: &Ctx, host: &Host) -> anyhow::Result<Value> {
    let mut tx = app.read(ctx, "webhooks.index").await?;
    let endpoints = webhooks::all(&mut tx, ctx).await?;
    if endpoints.is_empty() {
        host.output.say("There is no webhook.");
    }
    for endpoint in &endpoints {
        host.output.say(line(endpoint));
    }
    Ok(json!({ "webhooks": endpoints.iter().map(view).collect::<Vec<_>>() }))
}

fn line(endpoint: &Endpoint) -> String {
    let (id, name, origin) = (endpoint.id, &endpoint.name, &endpoint.origin);
    format!("{id}  {}  {name}  {origin}  {}", endpoint.state.as_str(), endpoint.kind_words())
}

fn view(endpoint: &Endpoint) -> Value {
    json!({
        "id": endpoint.id,
        "name": endpoint.name,
        "origin": endpoint.origin,
        "state": endpoint.state.as_str(),
        "kinds": endpoint.kinds.iter().map(|kind| kind.as_str()).collect::<Vec<_>>(),
        "lists": endpoint.lists,
        "grants": endpoint.grants.iter().map(|class| class.as_str()).collect::<Vec<_>>(),
    })
}

async fn remove(app: &App, ctx: &Ctx, host: &Host, webhook: &str) -> anyhow::Result<Value> {
    let mut tx = app.begin(ctx, "webhooks.remove").await?;
    let id = find(&mut tx, ctx, webhook).await?;
    webhooks::remove(app, &mut tx, ctx, id).await?;
    tx.commit().await?;
    host.output.say("The webhook and its secret are gone.");
    Ok(json!({ "id": id, "removed": true }))
}

async fn ping(app: &App, ctx: &Ctx, host: &Host, webhook: &str) -> anyhow::Result<Value> {
    let mut tx = app.read(ctx, "webhooks.find").await?;
    let id = find(&mut tx, ctx, webhook).await?;
    drop(tx);
    let answer = webhooks::ping(app, ctx, id).await?;
    match &answer {
        Ok(status) => host.output.say(format!("The receiver answered {status}.")),
        Err(problem) => host.output.warn(format!("the test failed: {problem}")),
    }
    Ok(
        json!({ "id": id, "delivered": answer.is_ok(), "status": answer.as_ref().ok(), "problem": answer.as_ref().err() }),
    )
}

/// The webhook of this id or name.
async fn find(tx: &mut Tx, ctx: &Ctx, webhook: &str) -> anyhow::Result<WebhookId> {
    let endpoints = webhooks::all(tx, ctx).await?;
    let wanted = |endpoint: &&Endpoint| endpoint.name == webhook || endpoint.id.to_string() == webhook;
    match endpoints.iter().find(wanted) {
        Some(endpoint) => Ok(endpoint.id),
        None => bail!("there is no webhook {webhook}; `waxwing webhook list` shows them"),
    }
}
