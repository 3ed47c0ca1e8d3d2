//! Where mail is handed over: address, security, login, limits and patience of one relay.
//!
//! Guarantee: a [`Relay`] that exists never allows an unencrypted connection to anything but this
//! machine. Limit: that the host is the one meant is checked by its certificate when connecting,
//! not here.

mod secret;
mod url;

pub use secret::{Login, Secret};
pub use url::{RelayUrl, RelayUrlError};

use std::path::PathBuf;
use std::time::Duration;
use waxwing_domain::MailDomain;

/// How the connection is protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tls {
    /// No encryption. Loopback only.
    None,
    /// Plain greeting, then `STARTTLS` (RFC 3207), required: a server without it gets no mail.
    StartTls,
    /// TLS from the first byte (RFC 8314 §3.3).
    Implicit,
}

impl Tls {
    /// The word used in a relay's URL.
    pub const fn as_str(self) -> &'static str {
        match self {
            Tls::None => "none",
            Tls::StartTls => "starttls",
            Tls::Implicit => "implicit",
        }
    }
}

/// How long each step may take. The defaults are the minimums of RFC 5321 §4.5.3.2, for a
/// shorter wait after the dot turns accepted mail into mail of unknown fate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timeouts {
    /// Name lookup and TCP connect together. Not in the RFC; 30 s.
    pub connect: Duration,
    /// The TLS handshake. Not in the RFC; 30 s.
    pub handshake: Duration,
    /// Greeting, EHLO, AUTH, MAIL, RCPT and RSET, each: 5 min.
    pub command: Duration,
    /// The reply to DATA: 2 min.
    pub data: Duration,
    /// Each step forward while the message is written: 3 min.
    pub block: Duration,
    /// The reply to the final dot: 10 min.
    pub dot: Duration,
    /// The farewell, which nobody needs: 1 s.
    pub quit: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(30),
            handshake: Duration::from_secs(30),
            command: Duration::from_secs(300),
            data: Duration::from_secs(120),
            block: Duration::from_secs(180),
            dot: Duration::from_secs(600),
            quit: Duration::from_secs(1),
        }
    }
}

/// How much a relay is asked to bear, and how the pool waits when it does not answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Connections open at once; at least 1. Default 8.
    pub connections: usize,
    /// Messages on one connection before it is closed. Default 100: enough to make the handshake
    /// cheap, few enough for the limits of common relays.
    pub messages_per_connection: u32,
    /// A connection unused for this long is closed. Default 30 s, below every known server's own.
    pub idle: Duration,
    /// Wait after the first failed connection; doubles with each further one. Default 1 s.
    pub backoff_first: Duration,
    /// The longest such wait. Default 5 min.
    pub backoff_max: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: 8,
            messages_per_connection: 100,
            idle: Duration::from_secs(30),
            backoff_first: Duration::from_secs(1),
            backoff_max: Duration::from_secs(300),
        }
    }
}

/// Why a relay cannot be used as configured.
#[derive(Debug, thiserror::Error)]
pub enum RelayError {
    /// The file of additional roots could not be read or holds no certificate.
    #[error("{0}")]
    Roots(String),
    /// TLS could not be set up at all.
    #[error("TLS could not be set up: {0}")]
    Tls(String),
}

/// One relay. Fields that could weaken its security are read-only.
#[derive(Debug, Clone)]
pub struct Relay {
    url: RelayUrl,
    /// Name given in EHLO. `None`: the address literal of our end (RFC 5321 §4.1.1.1).
    pub ehlo_name: Option<MailDomain>,
    /// PEM file of roots trusted in addition to the system's, for a private authority.
    pub extra_roots: Option<PathBuf>,
    /// How much.
    pub limits: Limits,
    /// How patiently.
    pub timeouts: Timeouts,
}

impl Relay {
    /// The relay a URL names, with default limits and timeouts.
    pub fn new(url: RelayUrl) -> Self {
        Self { url, ehlo_name: None, extra_roots: None, limits: Limits::default(), timeouts: Timeouts::default() }
    }
    /// Host name or address.
    pub fn host(&self) -> &str {
        self.url.host()
    }
    /// TCP port.
    pub fn port(&self) -> u16 {
        self.url.port()
    }
    /// How the connection is protected.
    pub fn tls(&self) -> Tls {
        self.url.tls()
    }
    /// User and password, where the relay wants them.
    pub fn login(&self) -> Option<&Login> {
        self.url.login()
    }
    /// Whether the relay is named as this machine itself. Mail to it may leave without DNS
    /// alignment, because it goes no further by our doing.
    pub fn is_loopback(&self) -> bool {
        self.url.is_loopback()
    }
}
