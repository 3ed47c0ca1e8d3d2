//! Pages to read what the capture server caught: a list, a search, a message; and the drills.
//!
//! Promise: they run no script, load nothing from elsewhere, and escape whatever a message holds;
//! a message's HTML is shown in a frame that may do nothing, under a policy of its own that holds
//! even when the frame's address is opened alone. They answer only to loopback names, so that a
//! page of some website cannot read them through a rebound name.
//! Limit: everyone with an account on this machine can read them. Pictures in a message load
//! when they come from this machine, which counts as an opened message there.

mod drills;
mod guard;
mod views;

pub use drills::{Runner, Stand};

use crate::capture::Captured;
use axum::Router;
use axum::middleware::from_fn;
use axum::routing::{get, post};
use std::io;
use std::net::SocketAddr;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

/// Why the pages could not be served.
#[derive(Debug, thiserror::Error)]
pub enum PagesError {
    /// Anyone on the network could read what was caught.
    #[error("the pages of caught mail are served on loopback only; use 127.0.0.1 or [::1]")]
    NotLoopback,
    /// The address is taken or not allowed.
    #[error("the pages of caught mail cannot be served on {address}: {source}")]
    Listen {
        /// Where it was tried.
        address: SocketAddr,
        /// What the system said.
        source: io::Error,
    },
}

/// The pages over `captured`, and the drills of `stand`.
pub fn router(captured: Captured, stand: Stand) -> Router {
    let drills = Router::new()
        .route("/drills", get(drills::show))
        .route("/drills/{name}/run", post(drills::run))
        .with_state(stand);
    Router::new()
        .route("/", get(views::newest))
        .route("/search", get(views::search))
        .route("/message/{id}", get(views::message))
        .route("/message/{id}/html", get(views::html))
        .route("/message/{id}/raw", get(views::raw))
        .route("/style.css", get(views::style))
        .fallback(views::nowhere)
        .with_state(captured)
        .merge(drills)
        .layer(from_fn(guard::guard))
}

/// The pages on a port of their own.
#[derive(Debug)]
pub struct PageServer {
    address: SocketAddr,
    serving: JoinHandle<()>,
}

impl PageServer {
    /// Serves on `address`; port 0 takes a free one.
    pub async fn start(address: SocketAddr, captured: Captured, stand: Stand) -> Result<Self, PagesError> {
        if !address.ip().is_loopback() {
            return Err(PagesError::NotLoopback);
        }
        let listen = |source| PagesError::Listen { address, source };
        let listener = TcpListener::bind(address).await.map_err(listen)?;
        let address = listener.local_addr().map_err(listen)?;
        let serving = tokio::spawn(async move {
            if let Err(error) = axum::serve(listener, router(captured, stand)).await {
                tracing::error!(%error, "demo: the pages of caught mail ended");
            }
        });
        Ok(Self { address, serving })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The link to the drills.
    pub fn drills_url(&self) -> String {
        format!("{}drills", self.url())
    }

    /// The link to open.
    pub fn url(&self) -> String {
        format!("http://{}/", self.address)
    }
}

impl Drop for PageServer {
    fn drop(&mut self) {
        self.serving.abort();
    }
}
