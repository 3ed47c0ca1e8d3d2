//! Opening an installation: its keys, its database, its application.

use crate::config::Config;
use anyhow::{Context as _, bail};
use std::net::SocketAddr;
use std::sync::Arc;
use waxwing_app::{App, AppConfig, Atlas};
use waxwing_delivery::inbound::{Identity, InboundLimits, Listener};
use waxwing_domain::{Ctx, SystemClock, SystemRng};
use waxwing_egress::{Egress, SetupError};
use waxwing_http::{Settings, Site};
use waxwing_store::{DatabaseUrl, KeyStore, Sequencer, Store, StoreOptions};

/// Opens keys and database.
pub async fn open_store(config: &Config) -> anyhow::Result<Store> {
    let inhabited = match &config.database {
        DatabaseUrl::Sqlite(file) => file.exists(),
        DatabaseUrl::Postgres(_) => config.keys.ring.exists(),
    };
    if !inhabited {
        bail!("there is no Waxwing in {}; make one with `waxwing init`", config.data.display());
    }
    let keys = KeyStore::open(config.keys.clone(), config.passphrase.as_deref(), Arc::new(SystemRng))?;
    open_with(config, keys).await
}

/// Opens the database with keys that are open already.
pub async fn open_with(config: &Config, keys: KeyStore) -> anyhow::Result<Store> {
    let options = StoreOptions {
        database: config.database.clone(),
        keys,
        clock: Arc::new(SystemClock),
        rng: Arc::new(SystemRng),
    };
    Store::open(options).await.context("the database could not be opened")
}

/// The application for the commands of the workspace with this word, or of the only one.
pub async fn at(app: App, word: Option<&str>) -> anyhow::Result<App> {
    let all = app.store().workspaces().await?;
    let words = || all.iter().map(|workspace| workspace.word.as_str()).collect::<Vec<_>>().join(", ");
    let found = match (word, all.as_slice()) {
        (Some(word), all) => all.iter().find(|workspace| workspace.word.as_str() == word),
        (None, [only]) => Some(only),
        (None, _) => bail!("there are several workspaces; name one with --workspace: {}", words()),
    };
    match found {
        Some(workspace) => Ok(app.at(workspace.id)),
        None => bail!("there is no workspace {}; there are {}", word.unwrap_or_default(), words()),
    }
}

/// Opens the application of a finished installation; its commands mean the first workspace.
pub async fn open(config: &Config) -> anyhow::Result<App> {
    let store = open_store(config).await?;
    application(config, store, config.listen).await
}

/// The application over `store`, reached at `listen` unless the settings name a public address.
pub async fn application(config: &Config, store: Store, listen: SocketAddr) -> anyhow::Result<App> {
    let workspaces = store.workspaces().await?;
    let Some(workspace) = workspaces.first() else {
        bail!("{} was not finished; remove it with its keys and run `waxwing init` again", config.data.display());
    };
    let app = App::with_egress(store, app_config(config, listen), workspace.id, egress(config)?);
    Ok(app.with_atlas(atlas(config)))
}

/// Where network addresses are. A file that cannot be used keeps nobody out: sign-ins are scored without it.
fn atlas(config: &Config) -> Atlas {
    Atlas::open(&config.places).unwrap_or_else(|error| {
        tracing::warn!(%error, "places.files is not used; waxwing doctor says more");
        Atlas::default()
    })
}

/// The client for outgoing HTTP. A machine without name servers can still do everything else.
fn egress(config: &Config) -> anyhow::Result<Egress> {
    match Egress::new(config.egress.clone()) {
        Err(error @ SetupError::Resolver(_)) => {
            tracing::warn!(%error, "webhooks and other outgoing requests stay off");
            Ok(Egress::closed())
        }
        other => Ok(other?),
    }
}

/// The listener for mail that comes in, where the settings name one.
pub async fn mail(config: &Config, app: &App) -> anyhow::Result<Option<Listener>> {
    let Some(inbound) = &config.inbound else { return Ok(None) };
    let name = inbound.name.clone().unwrap_or_else(|| app.config().ehlo.clone());
    let identity = match &inbound.identity {
        Some((chain, key)) => Identity::read(chain, key)?,
        None => Identity::generate(&name)?,
    };
    let listener = Listener::bind(inbound.listen, name, Some(identity), InboundLimits::default()).await;
    let listener = listener.with_context(|| format!("cannot take mail on {} (inbound.listen)", inbound.listen))?;
    tracing::info!(address = %listener.address()?, "mail for made-up people is taken");
    Ok(Some(listener))
}

/// Ends the work of a command: what it recorded is numbered at once, where no other process does that.
pub async fn close(app: &App) -> anyhow::Result<()> {
    Sequencer::new(app.store().clone()).finish().await?;
    app.store().close().await;
    Ok(())
}

/// Ends the work of a command like [`close`]; gives the receipts of what it did, the proofs of its
/// entries in the signed record. None while another process numbers them: a second later
/// `waxwing record prove` has them.
pub async fn close_with_receipts(app: &App, ctx: &Ctx) -> anyhow::Result<Vec<serde_json::Value>> {
    Sequencer::new(app.store().clone()).finish().await?;
    let proofs = waxwing_app::record::receipts(app, ctx, ctx.request).await?;
    app.store().close().await;
    Ok(proofs.iter().map(|p| serde_json::json!({ "entry": p.index, "proof": p.to_text() })).collect())
}

fn app_config(config: &Config, listen: SocketAddr) -> AppConfig {
    let public_url = config.public_url(listen);
    let host = url::Url::parse(&public_url).ok().and_then(|url| url.host_str().map(str::to_owned));
    AppConfig {
        data: config.data.clone(),
        content_url: config.content_url(listen),
        public_url,
        dns: config.dns,
        ehlo: config.ehlo.clone().or(host).unwrap_or_else(|| "localhost".to_owned()),
    }
}

/// The installation as the web sees it.
pub fn site(config: &Config, listen: SocketAddr, app: &App) -> Site {
    let settings = match &config.public {
        Some(public) => Settings::new(public.clone()).listening_on(listen),
        None => Settings::local(listen),
    };
    let settings = config.content.iter().cloned().fold(settings, Settings::with_content);
    let settings = settings.trusting(config.trusted_proxies.iter().cloned()).strict_below(config.hsts_subdomains);
    let site = Site::new(settings, Arc::new(app.clone()), app.store().clock().clone(), app.store().rng().clone());
    Site { limiter: app.limiter().clone(), ..site }
}
