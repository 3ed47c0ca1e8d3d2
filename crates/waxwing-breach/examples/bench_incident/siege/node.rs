//! Nodes: the product with a store, a listener and a runner of its own each.

use crate::Outcome;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use tempfile::TempDir;
use tokio::sync::{oneshot, watch};
use tokio::task::JoinHandle;
use waxwing_app::{App, AppConfig};
use waxwing_domain::{SystemClock, SystemRng, WorkspaceId};
use waxwing_http::{Server, ServerLimits, Settings, Site, front};
use waxwing_store::{DatabaseUrl, KeyFiles, KeyStore, Runner, Sequencer, Store, StoreOptions};

/// Keys and database, which all nodes share.
pub struct Place {
    dir: TempDir,
    database: DatabaseUrl,
    workspace: WorkspaceId,
}

impl Place {
    /// A fresh one, on the disk of the workspace: the system's own directory may lie in memory.
    pub async fn found(postgres: Option<String>) -> Outcome<Self> {
        let target = std::env::current_dir()?.join("target");
        std::fs::create_dir_all(&target)?;
        let dir = TempDir::new_in(target)?;
        let data = dir.path().join("data");
        std::fs::create_dir(&data)?;
        KeyStore::create(KeyFiles::beside(&data), None, &SystemClock, Arc::new(SystemRng))?;
        let database = DatabaseUrl::parse(postgres.as_deref(), &data)?;
        let place = Self { dir, database, workspace: WorkspaceId::from_i64(0) };
        let store = place.store().await?;
        let workspace = store.create_workspace("Siege").await?;
        store.close().await;
        Ok(Self { workspace, ..place })
    }

    fn data(&self) -> PathBuf {
        self.dir.path().join("data")
    }

    async fn store(&self) -> Outcome<Store> {
        let (clock, rng) = (Arc::new(SystemClock), Arc::new(SystemRng));
        let keys = KeyStore::open(KeyFiles::beside(&self.data()), None, rng.clone())?;
        Ok(Store::open(StoreOptions { database: self.database.clone(), keys, clock, rng }).await?)
    }

    /// The product over a store of its own.
    pub async fn open(&self) -> Outcome<App> {
        self.open_at("http://127.0.0.1:8080".to_owned()).await
    }

    async fn open_at(&self, url: String) -> Outcome<App> {
        let (data, content_url) = (self.data(), url.clone());
        let config = AppConfig { data, public_url: url, content_url, dns: None, ehlo: "siege.example".into() };
        Ok(App::new(self.store().await?, config, self.workspace))
    }
}

/// A node that serves and works.
pub struct Node {
    /// Where it listens.
    pub address: SocketAddr,
    app: App,
    stop: watch::Sender<bool>,
    shut: oneshot::Sender<()>,
    tasks: Vec<JoinHandle<()>>,
}

impl Node {
    /// Starts one on a free port.
    pub async fn start(place: &Place) -> Outcome<Self> {
        let server = Server::bind(([127, 0, 0, 1], 0).into(), ServerLimits::default()).await?;
        let address = server.address()?;
        let app = place.open_at(format!("http://{address}")).await?;
        let router = waxwing_breach::routes().finish().router.with_state(app.clone());
        let (clock, rng) = (app.store().clock().clone(), app.store().rng().clone());
        let site = Site::new(Settings::local(address), Arc::new(app.clone()), clock, rng);
        let (shut, asked) = oneshot::channel::<()>();
        let (stop, stopped) = watch::channel(false);
        let serving = server.serve(front(router, site), async {
            // A sender that is gone asks for the same.
            let _asked = asked.await;
        });
        let runner = Runner::new(app.store().clone(), waxwing_breach::jobs(&app)).run(stopped.clone());
        let sequencer = Sequencer::new(app.store().clone()).run(stopped);
        let tasks = vec![tokio::spawn(serving), tokio::spawn(runner), tokio::spawn(sequencer)];
        Ok(Self { address, app, stop, shut, tasks })
    }

    /// Ends it in order.
    pub async fn end(self) -> Outcome<()> {
        self.stop.send_replace(true);
        // It may have ended by itself, which the next lines say.
        let _ended = self.shut.send(());
        for task in self.tasks {
            task.await?;
        }
        self.app.store().close().await;
        Ok(())
    }
}
