//! Founding an installation: directory, keys, database, workspace, the first owner's link.
//!
//! Promise: nothing that exists is overwritten, and there is never a sign-up window that a stranger
//! could use: the link is the only way in. Limit: whoever reads the link before the owner does can
//! claim the installation.

use crate::config::{Config, file_in};
use crate::house;
use anyhow::{Context as _, bail};
use std::fs::{DirBuilder, OpenOptions};
use std::io::Write as _;
use std::net::SocketAddr;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::sync::Arc;
use waxwing_app::{App, accounts, fields, settings};
use waxwing_domain::{EmailAddress, SystemClock, SystemRng};
use waxwing_store::{DatabaseUrl, KeyStore};

/// Who founds an installation or a workspace.
pub struct Founder {
    /// The first owner.
    pub owner: EmailAddress,
    /// Organisation and postal address, for the legal footer.
    pub sender: Option<(String, String)>,
}

/// Founds an installation that will be reached at `listen`; gives it with the owner's link.
pub async fn found(config: &Config, founder: Founder, listen: SocketAddr) -> anyhow::Result<(App, String)> {
    refuse_inhabited(config)?;
    let app = make(config, &founder, listen).await?;
    let link = furnish(&app, founder, "waxwing init").await?;
    Ok((app, link))
}

fn refuse_inhabited(config: &Config) -> anyhow::Result<()> {
    let data = &config.data;
    if file_in(data).exists() || data.join("waxwing.db").exists() {
        bail!("{} holds a Waxwing already and is left alone", data.display());
    }
    Ok(())
}

/// Directory, keys, database, workspace.
async fn make(config: &Config, founder: &Founder, listen: SocketAddr) -> anyhow::Result<App> {
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
    store.create_workspace(founder.sender.as_ref().map_or("Waxwing", |(name, _)| name)).await?;
    house::application(config, store, listen).await
}

/// What a workspace needs before people come, and the owner's link.
pub async fn furnish(app: &App, founder: Founder, purpose: &str) -> anyhow::Result<String> {
    let ctx = app.host().with_purpose(purpose);
    let mut tx = app.begin(&ctx, "init.furnish").await?;
    fields::install(app, &mut tx, &ctx).await?;
    fields::install_country(app, &mut tx, &ctx).await?;
    if let Some((organisation, postal)) = founder.sender {
        let mut workspace = settings::saved(&mut tx).await?;
        workspace.organisation = organisation;
        workspace.postal_address = postal;
        settings::save(app, &mut tx, &ctx, &workspace).await?;
    }
    tx.commit().await?;
    let token = accounts::bootstrap(app, &ctx, founder.owner).await?;
    Ok(accounts::LinkKind::Welcome.url(app, &token))
}

/// The settings file, readable by its owner only, for it may hold the database's password.
pub fn write_settings(config: &Config, public_url: Option<&str>) -> anyhow::Result<()> {
    let mut text = String::from("# Settings of this Waxwing. `waxwing config` explains each of them.\n");
    if let DatabaseUrl::Postgres(url) = &config.database {
        text.push_str(&format!("\n[storage]\ndatabase = {}\n", toml::Value::from(url.as_str())));
    }
    if let Some(url) = public_url {
        text.push_str(&format!("\n[web]\npublic_url = {}\n", toml::Value::from(url)));
    }
    let path = file_in(&config.data);
    let mut file = OpenOptions::new().create_new(true).write(true).mode(0o600).open(&path)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    Ok(())
}
