//! `waxwing relay add`, `waxwing domain add` and `waxwing domain keys`.

use super::Host;
use crate::cli::{Domain, Relay};
use crate::house;
use anyhow::Context as _;
use serde_json::{Value, json};
use waxwing_app::{App, Error, domains, relays};
use waxwing_domain::{Ctx, MailDomain, RelayId};

/// Adds a relay; one of the same name gets the new address.
pub async fn relay(command: Relay, host: Host) -> anyhow::Result<Value> {
    let Relay::Add { name, url } = command;
    let app = host.open().await?;
    let ctx = app.host().with_purpose("waxwing relay add");
    let id = add_relay(&app, &ctx, &name, &url).await?;
    let reached = relays::test(&app, &ctx, id).await?;
    house::close(&app).await?;
    match &reached {
        Ok(()) => host.output.say(format!("The relay {name} is added, and it answers.")),
        Err(trouble) => host.output.warn(format!("the relay {name} is added, but it could not be reached: {trouble}")),
    }
    Ok(json!({ "id": id, "name": name, "reached": reached.is_ok(), "trouble": reached.err() }))
}

/// Adds a relay or changes the one of that name.
pub async fn add_relay(app: &App, ctx: &Ctx, name: &str, url: &str) -> Result<RelayId, Error> {
    let mut tx = app.begin(ctx, "relays.add").await?;
    let known = relays::all(&mut tx, ctx).await?.into_iter().find(|relay| relay.name == name.trim());
    let id = match known {
        Some(relay) => {
            let edit = relays::Edit { url: Some(url.to_owned()), enabled: Some(true), ..relays::Edit::default() };
            relays::edit(app, &mut tx, ctx, relay.id, edit).await?;
            relay.id
        }
        None => relays::add_url(app, &mut tx, ctx, name, url).await?,
    };
    tx.commit().await?;
    Ok(id)
}

/// One of the commands about sending domains.
pub async fn domain(command: Domain, host: Host) -> anyhow::Result<Value> {
    match command {
        Domain::Add { name } => add(&name, host).await,
        Domain::Keys { name } => next_keys(&name, host).await,
    }
}

/// Prepares new keys; where they are prepared already, shows their records again.
async fn next_keys(name: &str, host: Host) -> anyhow::Result<Value> {
    let app = host.open().await?;
    let ctx = app.host().with_purpose("waxwing domain keys");
    let name = MailDomain::parse(name.trim())?;
    let domain = known(&app, &ctx, &name).await?.with_context(|| format!("{name} is no sending domain here"))?;
    match domains::prepare(&app, &ctx, domain.id).await {
        Ok(()) | Err(Error::Conflict(_)) => {}
        Err(other) => return Err(other.into()),
    }
    let mut tx = app.read(&ctx, "domains.next_keys").await?;
    let next = domains::next_keys(&mut tx, &ctx, domain.id).await?.context("the new keys took over meanwhile")?;
    drop(tx);
    house::close(&app).await?;
    host.output.say("Publish both records beside the old ones; the server changes over when it sees them:\n");
    let record = |key: &domains::PublishedKey| {
        let at = format!("{}._domainkey.{name}", key.selector);
        host.output.say(format!("TXT {at}\n    {}\n", key.record));
        json!({ "name": at, "value": key.record })
    };
    Ok(json!({ "domain": name.as_str(), "records": next.both().map(record) }))
}

async fn known(app: &App, ctx: &Ctx, name: &MailDomain) -> Result<Option<domains::Domain>, Error> {
    let mut tx = app.read(ctx, "domains.find").await?;
    Ok(domains::all(&mut tx, ctx).await?.into_iter().find(|domain| domain.name == *name))
}

/// Makes a domain's keys; for one that has them already, shows its records again.
async fn add(name: &str, host: Host) -> anyhow::Result<Value> {
    let app = host.open().await?;
    let ctx = app.host().with_purpose("waxwing domain add");
    let domain = add_domain(&app, &ctx, name).await?;
    let mut tx = app.read(&ctx, "domains.records").await?;
    let records = domains::records(&mut tx, &domain).await?;
    drop(tx);
    house::close(&app).await?;
    host.output.say(format!("Publish these records for {}:\n", domain.name));
    for record in &records {
        let wanted = if record.required { "required" } else { "advised" };
        host.output
            .say(format!("{} {} ({wanted}; {})\n    {}\n", record.kind, record.name, record.purpose, record.value));
    }
    Ok(json!({ "id": domain.id, "domain": domain.name.as_str(), "records": records }))
}

async fn add_domain(app: &App, ctx: &Ctx, name: &str) -> Result<domains::Domain, Error> {
    let exists = match domains::add(app, ctx, name).await {
        Err(exists @ Error::Conflict(_)) => exists,
        other => return other,
    };
    let name = MailDomain::parse(name.trim()).map_err(|error| Error::invalid("name", error))?;
    known(app, ctx, &name).await?.ok_or(exists)
}
