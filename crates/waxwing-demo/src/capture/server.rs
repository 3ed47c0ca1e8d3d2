//! The listener: accepts connections up to a limit and gives each to a session.
//!
//! Promise: it listens on loopback or not at all, and stops with all its connections when
//! [`CaptureServer::stop`] is called or the handle is dropped.

use super::captured::{Captured, Keep};
use super::rules::{Act, Reply, Rules};
use super::script::Script;
use super::session::{self, Credentials};
use super::tls::TlsMode;
use std::collections::HashMap;
use std::fmt;
use std::io::{self, Write};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{JoinHandle, JoinSet};
use waxwing_domain::{Clock, SystemClock};

/// Why the server could not start.
#[derive(Debug, thiserror::Error)]
pub enum CaptureError {
    /// Anyone on the network could read what is caught.
    #[error("the capture server listens on loopback only; use 127.0.0.1 or [::1]")]
    NotLoopback,
    /// The address is taken or not allowed.
    #[error("the capture server cannot listen on {address}: {source}")]
    Listen {
        /// Where it tried.
        address: SocketAddr,
        /// What the system said.
        source: io::Error,
    },
    /// A name that cannot stand in a certificate.
    #[error("the certificate could not be made: {0}")]
    Certificate(rcgen::Error),
    /// The TLS library refused certificate or key.
    #[error("the TLS settings were refused: {0}")]
    Tls(rustls::Error),
}

/// How much a peer may ask for.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Bytes of a command line with its CR LF; RFC 5321 asks for 512, parameters for more.
    pub command_line: usize,
    /// Bytes of a message, announced by SIZE (RFC 1870).
    pub message: usize,
    /// Recipients of one message.
    pub recipients: usize,
    /// Connections at once; more are answered with 421.
    pub connections: usize,
    /// Bad commands of one connection before it is closed.
    pub bad_commands: u32,
    /// Patience with a silent peer.
    pub idle: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            command_line: 2_048,
            message: 25 * 1_024 * 1_024,
            recipients: 100,
            connections: 512,
            bad_commands: 10,
            idle: Duration::from_secs(60),
        }
    }
}

/// How the server behaves.
#[derive(Clone)]
pub struct CaptureOptions {
    /// What it calls itself in greeting and EHLO.
    pub hostname: String,
    /// Who gets which answer.
    pub rules: Rules,
    /// How much a peer may ask for.
    pub limits: Limits,
    /// Encryption.
    pub tls: TlsMode,
    /// With these, MAIL is refused until AUTH gave them.
    pub credentials: Option<Credentials>,
    /// Whether EHLO offers PIPELINING (RFC 2920).
    pub pipelining: bool,
    /// What is remembered.
    pub keep: Keep,
    /// What dates the entries.
    pub clock: Arc<dyn Clock>,
}

impl Default for CaptureOptions {
    fn default() -> Self {
        Self {
            hostname: "mx.postbox.example".to_owned(),
            rules: Rules::providers(),
            limits: Limits::default(),
            tls: TlsMode::Off,
            credentials: None,
            pipelining: true,
            keep: Keep::default(),
            clock: Arc::new(SystemClock),
        }
    }
}

impl fmt::Debug for CaptureOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("CaptureOptions");
        shown.field("hostname", &self.hostname).field("limits", &self.limits).field("tls", &self.tls);
        shown.field("keep", &self.keep).finish_non_exhaustive()
    }
}

/// What all sessions of a server share.
pub(crate) struct Shared {
    pub(crate) options: CaptureOptions,
    pub(crate) captured: Captured,
    pub(crate) script: Script,
    attempts: Mutex<HashMap<String, u32>>,
}

impl Shared {
    /// The answer to RCPT that `act` gives this time, if it is not 250.
    pub(crate) fn rcpt_answer(&self, act: &Act, address: &str) -> Option<Reply> {
        match act {
            Act::AtRcpt(reply) => Some(reply.clone()),
            Act::FirstAtRcpt { attempts, reply } => (self.attempt(address) <= *attempts).then(|| reply.clone()),
            Act::Accept | Act::AfterData(_) | Act::DropAfterDot | Act::Slow(_) => None,
        }
    }

    /// Counts a try of `address`, from 1; without room to remember it counts as endlessly many.
    fn attempt(&self, address: &str) -> u32 {
        let mut attempts = self.attempts.lock().unwrap_or_else(PoisonError::into_inner);
        let key = address.to_ascii_lowercase();
        if attempts.len() >= Rules::REMEMBERED && !attempts.contains_key(&key) {
            return u32::MAX;
        }
        let count = attempts.entry(key).or_default();
        *count = count.saturating_add(1);
        *count
    }
}

/// A running server.
#[derive(Debug)]
pub struct CaptureServer {
    address: SocketAddr,
    captured: Captured,
    script: Script,
    accepting: JoinHandle<()>,
}

impl CaptureServer {
    /// Listens on `address`; port 0 takes a free one.
    pub async fn start(address: SocketAddr, options: CaptureOptions) -> Result<Self, CaptureError> {
        if !address.ip().is_loopback() {
            return Err(CaptureError::NotLoopback);
        }
        let listen = |source| CaptureError::Listen { address, source };
        let listener = TcpListener::bind(address).await.map_err(listen)?;
        let address = listener.local_addr().map_err(listen)?;
        let captured = Captured::new(options.keep);
        let script = Script::default();
        let shared = Shared { options, captured: captured.clone(), script: script.clone(), attempts: Mutex::default() };
        let accepting = tokio::spawn(accept(listener, Arc::new(shared)));
        Ok(Self { address, captured, script, accepting })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// What it caught.
    pub fn captured(&self) -> &Captured {
        &self.captured
    }

    /// What its next connections shall do.
    pub fn script(&self) -> &Script {
        &self.script
    }

    /// Closes the listener and all connections, and waits until that is done.
    pub async fn stop(mut self) {
        self.accepting.abort();
        // The only other way to end is a panic of the accept loop, which its task has printed.
        if let Err(end) = (&mut self.accepting).await {
            tracing::debug!(cancelled = end.is_cancelled(), "capture: stopped");
        }
    }
}

impl Drop for CaptureServer {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

/// Sessions live in the set: when this future is dropped, they end.
async fn accept(listener: TcpListener, shared: Arc<Shared>) {
    let mut sessions = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => serve(stream, &shared, &mut sessions),
                Err(error) => rest(&error).await,
            },
            Some(ended) = sessions.join_next(), if !sessions.is_empty() => {
                if let Err(error) = ended {
                    tracing::error!(%error, "capture: a session broke off");
                }
            }
        }
    }
}

fn serve(stream: TcpStream, shared: &Arc<Shared>, sessions: &mut JoinSet<()>) {
    let number = shared.captured.connected();
    let crowded = sessions.len() >= shared.options.limits.connections;
    // Small answers must not wait for each other's acknowledgement.
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "capture: no-delay was refused");
    }
    if crowded {
        // Turned away without a task: a crowd must not grow what it is turned away from.
        return turn_away(stream);
    }
    sessions.spawn(session::converse(stream, number, Arc::clone(shared)));
}

/// One write into an empty send buffer: it takes this line or fails, and never blocks.
fn turn_away(stream: TcpStream) {
    let written = stream.into_std().and_then(|mut stream| stream.write_all(b"421 4.3.2 Too many connections\r\n"));
    if let Err(error) = written {
        tracing::trace!(%error, "capture: a connection too many left first");
    }
}

/// Out of file descriptors: trying again at once would only spin.
async fn rest(error: &io::Error) {
    tracing::warn!(%error, "capture: could not accept a connection");
    tokio::time::sleep(Duration::from_millis(50)).await;
}
