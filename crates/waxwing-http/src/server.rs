//! The listener: HTTP/1.1 with limits on everything that a stranger can make large or slow.
//!
//! Promise: at most `connections` at once, headers within `header_time` and 64 KiB, an orderly
//! end. Limit: TLS is a reverse proxy's work; this speaks plain HTTP.

use axum::Router;
use axum::extract::ConnectInfo;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tower::Layer as _;
use tower::ServiceExt as _;
use tower_http::timeout::RequestBodyTimeoutLayer;

/// The server's limits.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ServerLimits {
    /// Connections at once; more wait in the kernel's queue.
    pub connections: usize,
    /// For a request's headers to arrive whole.
    pub header_time: Duration,
    /// Between two pieces of a body.
    pub body_time: Duration,
    /// For open requests to end after the server was told to.
    pub grace: Duration,
}

impl Default for ServerLimits {
    fn default() -> Self {
        Self {
            connections: 1_024,
            header_time: Duration::from_secs(15),
            body_time: Duration::from_secs(30),
            grace: Duration::from_secs(20),
        }
    }
}

/// The bytes that a request's headers may have.
const HEADER_BYTES: usize = 64 * 1_024;

/// A bound listener that is not serving yet.
#[derive(Debug)]
pub struct Server {
    listener: TcpListener,
    limits: ServerLimits,
}

impl Server {
    /// Binds `address`; port 0 takes any free one.
    pub async fn bind(address: SocketAddr, limits: ServerLimits) -> io::Result<Self> {
        Ok(Self { listener: TcpListener::bind(address).await?, limits })
    }

    /// Where it listens.
    pub fn address(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }

    /// Serves `app` until `stop` is ready, then lets open requests end within the grace time.
    pub async fn serve(self, app: Router, stop: impl Future<Output = ()> + Send) {
        let places = Arc::new(Semaphore::new(self.limits.connections));
        let graceful = GracefulShutdown::new();
        let mut stop = std::pin::pin!(stop);
        loop {
            let permit = tokio::select! {
                () = &mut stop => break,
                // Never closed: the semaphore lives as long as this function.
                Ok(permit) = Arc::clone(&places).acquire_owned() => permit,
            };
            let (stream, peer) = tokio::select! {
                () = &mut stop => break,
                accepted = self.listener.accept() => match accepted {
                    Ok(accepted) => accepted,
                    Err(error) => {
                        accept_failed(&error).await;
                        continue;
                    }
                },
            };
            let connection = self.connection(stream, peer, app.clone(), &graceful);
            tokio::spawn(async move {
                connection.await;
                drop(permit);
            });
        }
        drop(self.listener);
        if tokio::time::timeout(self.limits.grace, graceful.shutdown()).await.is_err() {
            tracing::warn!("some requests did not end within the grace time and were cut off");
        }
    }

    /// One connection's life.
    fn connection(
        &self,
        stream: TcpStream,
        peer: SocketAddr,
        app: Router,
        graceful: &GracefulShutdown,
    ) -> impl Future<Output = ()> + Send + use<> {
        // Small answers must not wait for more; a failure here costs latency only.
        if stream.set_nodelay(true).is_err() {
            tracing::debug!("TCP_NODELAY could not be set");
        }
        let app = RequestBodyTimeoutLayer::new(self.limits.body_time).layer(app);
        let service = app.map_request(move |request: http::Request<hyper::body::Incoming>| {
            let mut request = request;
            request.extensions_mut().insert(ConnectInfo(peer));
            request
        });
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(self.limits.header_time)
            .max_buf_size(HEADER_BYTES)
            .max_headers(100)
            .serve_connection(TokioIo::new(stream), TowerToHyperService::new(service));
        let watched = graceful.watch(connection);
        async move {
            if let Err(error) = watched.await {
                tracing::debug!(%error, "a connection ended early");
            }
        }
    }
}

/// Out of file handles, most likely: pause rather than spin.
async fn accept_failed(error: &io::Error) {
    tracing::warn!(%error, "a connection could not be accepted");
    tokio::time::sleep(Duration::from_millis(200)).await;
}
