//! `waxwing init`: a data directory, its keys, its workspace, the first owner's one-time link.
//!
//! Promise: nothing that exists is overwritten, and there is never a sign-up window that a stranger
//! could use: the link is the only way in. Limit: whoever reads the link before the owner does can
//! claim the installation; it is printed once and kept nowhere in clear.

use super::Host;
use crate::cli::Init;
use crate::config::file_in;
use crate::house;
use anyhow::{Context as _, bail};
use serde_json::{Value, json};
use std::fs::{DirBuilder, OpenOptions};
use std::io::Write as _;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::sync::Arc;
use waxwing_app::{App, accounts, fields, settings};
use waxwing_domain::{EmailAddress, SystemClock, SystemRng};
use waxwing_store::{DatabaseUrl, KeyStore};

/// Runs the command.
pub async fn run(init: Init, host: Host) -> anyhow::Result<Value> {
    let owner = EmailAddress::parse(&init.owner).context("--owner")?;
    refuse_inhabited(&host)?;
    let app = make(&host, init.organisation.as_deref().unwrap_or("Waxwing")).await?;
    let link = furnish(&app, &init, owner).await?;
    write_settings(&host, init.public_url.as_deref())?;
    house::close(&app).await?;
    tell(&host, &link);
    let keys = &host.config.keys;
    Ok(json!({ "link": link, "data": host.config.data, "root_key": keys.root, "key_ring": keys.ring }))
}

fn refuse_inhabited(host: &Host) -> anyhow::Result<()> {
    let data = &host.config.data;
    if file_in(data).exists() || data.join("waxwing.db").exists() {
        bail!("{} holds a Waxwing already and is left alone", data.display());
    }
    Ok(())
}

/// Directory, keys, database, workspace.
async fn make(host: &Host, name: &str) -> anyhow::Result<App> {
    let config = &host.config;
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(&config.data)
        .with_context(|| format!("{} cannot be made", config.data.display()))?;
    let keys = KeyStore::create(config.keys.clone(), config.passphrase.as_deref(), &SystemClock, Arc::new(SystemRng))?;
    let store = house::open_with(config, keys).await?;
    if !store.workspaces().await?.is_empty() {
        bail!("that database belongs to another Waxwing and is left alone");
    }
    store.create_workspace(name).await?;
    house::application(config, store, config.listen).await
}

/// The settings file, readable by its owner only, for it may hold the database's password.
fn write_settings(host: &Host, public_url: Option<&str>) -> anyhow::Result<()> {
    let mut text = String::from("# Settings of this Waxwing. `waxwing config` explains each of them.\n");
    if let DatabaseUrl::Postgres(url) = &host.config.database {
        text.push_str(&format!("\n[storage]\ndatabase = {}\n", toml::Value::from(url.as_str())));
    }
    if let Some(url) = public_url {
        text.push_str(&format!("\n[web]\npublic_url = {}\n", toml::Value::from(url)));
    }
    let path = file_in(&host.config.data);
    let mut file = OpenOptions::new().create_new(true).write(true).mode(0o600).open(&path)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    Ok(())
}

fn tell(host: &Host, link: &str) {
    let say = |line: String| host.output.say(line);
    let keys = &host.config.keys;
    say(format!("Waxwing is ready in {}.", host.config.data.display()));
    say(format!("Keys: {} and {}.", keys.root.display(), keys.ring.display()));
    say("Keep copies of both key files away from this machine: without them nothing sealed can ever be read again.".into());
    say(format!("\nStart it:   waxwing serve --data {}", host.config.data.display()));
    say(format!("Then open, once, as the first owner:\n\n    {link}\n"));
    say("If you serve it under another address, the link begins with that one. It ends after seven days; `waxwing account link` makes another.".into());
}

/// What a workspace needs before people come, and the owner's link.
async fn furnish(app: &App, init: &Init, owner: EmailAddress) -> anyhow::Result<String> {
    let ctx = app.host().with_purpose("waxwing init");
    let mut tx = app.begin(&ctx, "init.furnish").await?;
    fields::install(app, &mut tx, &ctx).await?;
    if let (Some(organisation), Some(postal)) = (&init.organisation, &init.postal) {
        let mut workspace = settings::load(&mut tx).await?;
        workspace.organisation = organisation.clone();
        workspace.postal_address = postal.clone();
        settings::save(app, &mut tx, &ctx, &workspace).await?;
    }
    tx.commit().await?;
    let token = accounts::bootstrap(app, &ctx, owner).await?;
    Ok(accounts::LinkKind::Welcome.url(app, &token))
}
