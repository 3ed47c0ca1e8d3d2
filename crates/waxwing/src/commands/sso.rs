//! `waxwing sso`: the workspace's identity provider, set by the host.
//!
//! Promise: the host sets anything without asking anybody, and can turn the provider off when it misbehaves. The secret
//! comes from a file, so that no list of processes shows it, and is never printed. Limit: it links nobody.

use super::Host;
use crate::cli::{Sso, SsoSet};
use crate::house;
use anyhow::Context as _;
use serde_json::{Value, json};
use waxwing_app::App;
use waxwing_app::login::sso::{self, Said, SaidGroup, Wish};
use waxwing_domain::Ctx;

/// Shows, sets, turns or removes the provider.
pub async fn run(command: Sso, host: Host) -> anyhow::Result<Value> {
    let app = host.open().await?;
    let ctx = app.host().with_purpose("waxwing sso");
    let done = match command {
        Sso::Show => show(&app, &ctx, &host).await,
        Sso::Set(asked) => set(&app, &ctx, &host, *asked).await,
        Sso::Turn { state } => turn(&app, &ctx, &host, state).await,
        Sso::Remove => remove(&app, &ctx, &host).await,
    };
    house::close(&app).await?;
    done
}

async fn said(app: &App, ctx: &Ctx) -> anyhow::Result<Option<Said>> {
    let mut tx = app.read(ctx, "login.sso_read").await?;
    Ok(sso::load(&mut tx).await?.as_ref().map(Said::from))
}

async fn show(app: &App, ctx: &Ctx, host: &Host) -> anyhow::Result<Value> {
    let Some(said) = said(app, ctx).await? else {
        host.output.say("People sign in here only; there is no identity provider.");
        return Ok(json!({ "provider": null }));
    };
    let state = if said.enabled { "on" } else { "off" };
    host.output.say(format!("{} ({state})  {}", said.name, said.issuer));
    host.output.say(format!("client ID        {}", said.client_id));
    host.output.say(format!("newcomers        {}", said.newcomers));
    host.output.say(format!("second factor    {}", any(&said.strong, "asked for here")));
    host.output.say(format!("domains          {}", any(&said.domains, "any")));
    for SaidGroup { group, role } in &said.groups {
        host.output.say(format!("group            {group} gives {role}"));
    }
    Ok(json!({ "provider": said }))
}

fn any(words: &[String], none: &str) -> String {
    if words.is_empty() { none.to_owned() } else { words.join(", ") }
}

async fn set(app: &App, ctx: &Ctx, host: &Host, asked: SsoSet) -> anyhow::Result<Value> {
    let secret = match &asked.secret_file {
        Some(file) => std::fs::read_to_string(file).context("the file of the client secret")?.trim().to_owned(),
        None => String::new(),
    };
    let SsoSet { name, issuer, client_id, scopes, groups_claim, newcomers, .. } = asked;
    let (domains, strong) = (asked.domain.join(" "), asked.strong.join(" "));
    let enabled = !asked.off;
    let groups = asked.map.into_iter().map(|(group, role)| SaidGroup { group, role }).collect();
    let wish =
        Wish { enabled, name, issuer, client_id, secret, scopes, groups_claim, domains, newcomers, strong, groups };
    put(app, ctx, host, &wish).await
}

/// The same provider, on or off.
async fn turn(app: &App, ctx: &Ctx, host: &Host, enabled: bool) -> anyhow::Result<Value> {
    let said = said(app, ctx).await?.context("there is no identity provider")?;
    let Said { name, issuer, client_id, scopes, groups_claim, newcomers, groups, .. } = said;
    let (domains, strong, secret) = (said.domains.join(" "), said.strong.join(" "), String::new());
    let wish =
        Wish { enabled, name, issuer, client_id, secret, scopes, groups_claim, domains, newcomers, strong, groups };
    put(app, ctx, host, &wish).await
}

async fn put(app: &App, ctx: &Ctx, host: &Host, wish: &Wish) -> anyhow::Result<Value> {
    let passage = sso::set(app, ctx, wish).await?;
    anyhow::ensure!(passage.waits().is_none(), "the host was asked for a second person");
    show(app, ctx, host).await
}

async fn remove(app: &App, ctx: &Ctx, host: &Host) -> anyhow::Result<Value> {
    sso::remove(app, ctx).await?;
    host.output.say("The provider and its secret are gone; sessions that it began have ended.");
    Ok(json!({ "provider": null }))
}
