//! `waxwing status`: the public page of a case, from the host.

use super::Host;
use crate::cli::Status;
use crate::house;
use anyhow::Context as _;
use serde_json::{Value, json};
use std::path::Path;
use waxwing_app::{App, settings};
use waxwing_breach::notices::Locale;
use waxwing_breach::status::{self, NewUpdate, Setup};
use waxwing_domain::{Ctx, IncidentId};

/// Runs one of the commands about public pages.
pub async fn run(command: Status, host: Host) -> anyhow::Result<Value> {
    let app = host.open().await?;
    let ctx = app.host().with_purpose("waxwing status");
    let done = match command {
        Status::Make { case, slug, title, answer } => {
            let setup = Setup { slug, title, radius: answer, possible: false };
            make(&app, &ctx, &host, case.parse()?, setup).await
        }
        Status::Update { case, title, text } => {
            let new = NewUpdate { title, body: text, locale: Locale::En, overruled: Vec::new() };
            update(&app, &ctx, &host, case.parse()?, &new).await
        }
        Status::Export { case, dir } => export(&app, &ctx, &host, case.parse()?, &dir).await,
    };
    house::close(&app).await?;
    done
}

async fn make(app: &App, ctx: &Ctx, host: &Host, case: IncidentId, setup: Setup) -> anyhow::Result<Value> {
    let address = format!("{}/status/{}", app.config().public_url, setup.slug);
    let mut tx = app.begin(ctx, "status.create").await?;
    let id = status::create(app, &mut tx, ctx, case, setup).await?;
    tx.commit().await?;
    host.output.say(format!("made; its address will be {address}"));
    Ok(json!({ "id": id, "address": address }))
}

async fn update(app: &App, ctx: &Ctx, host: &Host, case: IncidentId, new: &NewUpdate) -> anyhow::Result<Value> {
    let mut tx = app.begin(ctx, "status.update").await?;
    status::update(app, &mut tx, ctx, case, new).await?;
    tx.commit().await?;
    host.output.say("published to everybody");
    Ok(json!({ "published": true }))
}

async fn export(app: &App, ctx: &Ctx, host: &Host, case: IncidentId, dir: &Path) -> anyhow::Result<Value> {
    let mut tx = app.read(ctx, "status.export").await?;
    let page = status::of_case(&mut tx, ctx, case).await?.context("this case has no public page")?;
    let updates = status::updates(&mut tx, page.id).await?;
    let organisation = settings::load(&mut tx).await?.organisation;
    let files = status::files(&page, &updates, &organisation, &app.config().public_url)?;
    status::to_directory(&files, dir)?;
    host.output.say(format!("written to {}; put these files anywhere", dir.display()));
    Ok(json!({ "dir": dir, "files": files.iter().map(|file| file.name).collect::<Vec<_>>() }))
}
