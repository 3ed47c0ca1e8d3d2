//! `waxwing keys` and `waxwing api-key`.

use super::Host;
use crate::cli::{ApiKey, Keys};
use crate::house;
use crate::work::{Work, follow};
use anyhow::{Context as _, bail};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use waxwing_app::{accounts, keys, lists};
use waxwing_domain::{ClassSet, ListId, Micros, Scope};
use waxwing_store::Tx;

/// A new epoch of keys, waited for.
pub async fn run(command: Keys, host: Host) -> anyhow::Result<Value> {
    let Keys::Rotate = command;
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
