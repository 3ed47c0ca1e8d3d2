//! What every feature is handed.

use crate::atlas::Atlas;
use crate::login::sso::Known;
use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use waxwing_domain::{Ctx, WorkspaceId};
use waxwing_egress::Egress;
use waxwing_http::Limiter;
use waxwing_store::{GateWatch, Store, Tx};

/// What the configuration says, as far as features need it.
#[derive(Clone, Debug)]
pub struct AppConfig {
    /// The data directory.
    pub data: PathBuf,
    /// Where people reach the interface, without a slash at the end: `https://mail.example.org`.
    pub public_url: String,
    /// Where hosted HTML of campaigns and pictures is served from; a host of its own where given.
    pub content_url: String,
    /// The DNS server to ask; the system's own when `None`.
    pub dns: Option<SocketAddr>,
    /// The name given in EHLO.
    pub ehlo: String,
}

/// The application: cheap to clone, the state of every handler.
#[derive(Clone)]
pub struct App {
    parts: Arc<Parts>,
    atlas: Arc<Atlas>,
    workspace: WorkspaceId,
}

struct Parts {
    store: Store,
    gate: GateWatch,
    limiter: Arc<Limiter>,
    config: AppConfig,
    egress: Egress,
    providers: Known,
}

impl App {
    /// An application over `store` that makes no outgoing HTTP request. `workspace` is the one that
    /// the host's commands mean, and that answers who comes from outside and names none.
    pub fn new(store: Store, config: AppConfig, workspace: WorkspaceId) -> Self {
        Self::with_egress(store, config, workspace, Egress::closed())
    }
    /// The same with a client for outgoing HTTP.
    pub fn with_egress(store: Store, config: AppConfig, workspace: WorkspaceId, egress: Egress) -> Self {
        let gate = GateWatch::new(store.clone());
        let parts =
            Arc::new(Parts { gate, store, limiter: Arc::default(), config, egress, providers: Known::default() });
        Self { parts, atlas: Arc::default(), workspace }
    }
    /// The same with knowledge of where network addresses are.
    pub fn with_atlas(self, atlas: Atlas) -> Self {
        Self { atlas: Arc::new(atlas), ..self }
    }
    /// The store.
    pub fn store(&self) -> &Store {
        &self.parts.store
    }
    /// The gate.
    pub fn gate(&self) -> &GateWatch {
        &self.parts.gate
    }
    /// Counters against guessing and flooding.
    pub fn limiter(&self) -> &Arc<Limiter> {
        &self.parts.limiter
    }
    /// The configuration.
    pub fn config(&self) -> &AppConfig {
        &self.parts.config
    }
    /// The same application for the commands of another workspace.
    pub fn at(&self, workspace: WorkspaceId) -> Self {
        Self { workspace, ..self.clone() }
    }
    /// The workspace that the host's commands mean. What somebody asks for belongs to the workspace
    /// of their [`Ctx`], never to this one.
    pub fn workspace(&self) -> WorkspaceId {
        self.workspace
    }
    /// The one client for outgoing HTTP.
    pub fn egress(&self) -> &Egress {
        &self.parts.egress
    }
    /// What identity providers last said of themselves.
    pub(crate) fn providers(&self) -> &Known {
        &self.parts.providers
    }
    /// Where network addresses are, as far as the operator's files say.
    pub fn atlas(&self) -> &Atlas {
        &self.atlas
    }
    /// Begins a writing transaction for `ctx`, in its workspace and bound by its rights. That of a request commits
    /// only under the epoch of the gate that the request was let in under.
    pub async fn begin(&self, ctx: &Ctx, name: &'static str) -> crate::Result<Tx> {
        Ok(self.store().begin(ctx.workspace, name).await?.bound_by(&ctx.rights).entered_at(ctx.entered))
    }
    /// Begins a reading transaction for `ctx`, in its workspace and limited to its lists.
    pub async fn read(&self, ctx: &Ctx, name: &'static str) -> crate::Result<Tx> {
        Ok(self.store().read(ctx.workspace, name).await?.bound_by(&ctx.rights))
    }
    /// A context for the host's own command line.
    pub fn host(&self) -> Ctx {
        Ctx::host(self.workspace(), self.store().clock().clone(), self.store().rng().clone())
    }
    /// A context for a visitor of whom nothing is known yet.
    pub fn visitor(&self) -> Ctx {
        Ctx::public(self.workspace(), self.store().clock().clone(), self.store().rng().clone())
    }
}

impl fmt::Debug for App {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "App({:?})", self.store())
    }
}
