//! `waxwing keys` and `waxwing api-key`.

use super::Host;
use crate::cli::{ApiKey, Keys};
use crate::house;
use crate::work::{Work, follow};
use anyhow::{Context as _, bail};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use waxwing_app::{App, accounts, keys, lists};
use waxwing_domain::{ClassSet, JobId, ListId, Micros, Scope};
use waxwing_store::Tx;

/// `waxwing keys …`.
pub async fn run(command: Keys, host: Host) -> anyhow::Result<Value> {
    match command {
        Keys::Rotate => rotate(host).await,
        Keys::Reseal { wait } => reseal(wait, host).await,
    }
}

/// New keys under everything of one workspace: ordered, and with `wait` done here.
async fn reseal(wait: bool, host: Host) -> anyhow::Result<Value> {
    let app = host.open().await?;
    let ctx = app.host().with_purpose("waxwing keys reseal");
    let mut tx = app.begin(&ctx, "keys.reseal").await?;
    let secrets = keys::reseal_secrets(&mut tx, &ctx, ctx.now()).await?;
    let people = keys::reseal_people(&app, &mut tx, &ctx, ctx.now()).await?;
    tx.commit().await?;
    if wait {
        let work = Work::start(&app);
        let done = reseal_to_its_end(&app, &host, secrets, people).await;
        work.stop().await;
        done?;
        host.output.say("Everything is sealed under new keys; the old ones are destroyed.");
    } else {
        host.output.say("Ordered; `waxwing serve` does it. `waxwing doctor` says when it is done.");
    }
    host.output.say("Make a new backup of data and keys. A backup from before needs its own key archive.");
    let left = keys::resealing(&app, &mut app.read(&ctx, "keys.reseal").await?).await?;
    house::close(&app).await?;
    Ok(json!({ "done": !left.unfinished(), "people": left.people.map(|order| order.done) }))
}

async fn reseal_to_its_end(app: &App, host: &Host, secrets: JobId, people: JobId) -> anyhow::Result<()> {
    let bar = host.output.progress("sealing secrets anew");
    follow(app, secrets, |status| bar.show(status)).await?;
    let bar = host.output.progress("sealing people anew");
    follow(app, people, |status| bar.show(status)).await?;
    Ok(())
}

/// A new epoch of keys, waited for.
async fn rotate(host: Host) -> anyhow::Result<Value> {
    let app = house::open(&host.config).await?;
    let job = keys::rotate(&app, &app.host().with_purpose("waxwing keys rotate")).await?;
    let work = Work::start(&app);
    let bar = host.output.progress("rewrapping keys");
    let done = follow(&app, job, |status| bar.show(status)).await;
    work.stop().await;
    done?;
    app.store().keys().reload()?;
    let age = keys::age(&app);
    house::close(&app).await?;
    host.output.say(format!("Everybody's key is wrapped under epoch {}; older epochs are destroyed.", age.epoch));
    host.output.say("Make a new backup of the keys, and destroy the old ones: they could still read the erased.");
    Ok(json!({ "epoch": age.epoch, "epochs_alive": age.alive }))
}

/// A key for a program, shown once.
pub async fn api_key(command: ApiKey, host: Host) -> anyhow::Result<Value> {
    let ApiKey::Create { name, scope, clear, network, list, days } = command;
    let clear = match clear.as_str() {
        "none" => ClassSet::NONE,
        words => ClassSet::parse(words).context("--clear: there are public, internal, personal, sensitive, or none")?,
    };
    let networks = accounts::keys::networks(network.iter().map(String::as_str))?;
    let scopes = scope.iter().map(|word| parse(word)).collect::<anyhow::Result<Vec<_>>>()?;
    let app = host.open().await?;
    let ctx = app.host().with_purpose("waxwing api-key create");
    let mut tx = app.begin(&ctx, "api_keys.create").await?;
    let expires_at = days.map(|days| ctx.now().plus(days * Micros::DAY));
    let lists = list_ids(&mut tx, &list).await?;
    let new = accounts::NewApiKey { name: name.clone(), scopes, clear, networks, lists, expires_at };
    let (id, text) = accounts::create_api_key(&app, &mut tx, &ctx, new).await?;
    tx.commit().await?;
    let receipts = house::close_with_receipts(&app, &ctx).await?;
    host.output.say(format!("{text}\n\nThis is shown once; Waxwing keeps only its fingerprint."));
    Ok(json!({ "id": id, "key": text, "name": name, "scopes": scope, "receipts": receipts }))
}

/// The lists of these names; none named means all.
async fn list_ids(tx: &mut Tx, names: &[String]) -> anyhow::Result<Option<BTreeSet<ListId>>> {
    let mut ids = BTreeSet::new();
    for name in names {
        let list = lists::by_name(tx, name).await?.with_context(|| format!("there is no list called {name}"))?;
        ids.insert(list.id);
    }
    Ok((!ids.is_empty()).then_some(ids))
}

fn parse(word: &str) -> anyhow::Result<Scope> {
    let known: Vec<&str> = Scope::GRANTABLE.iter().map(|scope| scope.name()).collect();
    match Scope::parse(word.trim()) {
        Some(scope) => Ok(scope),
        None => bail!("--scope: there is no {word}; there are {}", known.join(", ")),
    }
}
