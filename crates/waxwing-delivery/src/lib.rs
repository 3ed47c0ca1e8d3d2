//! Takes an envelope, returns an outcome: SMTP relays, TLS, pools and DNS facts.
//!
//! Promise: [`Pool::send`] answers with exactly one [`Outcome`]; it never calls a message
//! undelivered once the final dot may have left ([`Outcome::Unknown`]), never puts a login or a
//! message on a connection in the clear except on loopback, and never falls back from a security
//! that was asked for. Limit: `Accepted` means that the relay took responsibility, not that the
//! message was read or even delivered.
//!
//! The way of a message: [`Envelope`] → [`Pool`] (connections kept open, a breaker) → a session
//! (`smtp/`) → [`Permit`] just before the body → `classify` → [`Outcome`]. This crate knows no
//! campaign and no database.

mod classify;
pub mod dns;
mod envelope;
pub mod inbound;
mod outcome;
mod permit;
mod pool;
mod relay;
mod reply;
mod smtp;
mod trouble;

pub use classify::reported;
pub use envelope::{Envelope, EnvelopeError};
pub use outcome::{DeferClass, FailCause, Outcome, Reason};
pub use permit::{Always, Permit, Verdict, When, when};
pub use pool::Pool;
pub use relay::{Limits, Login, Relay, RelayError, RelayUrl, RelayUrlError, Secret, Timeouts, Tls};
pub use reply::{EnhancedCode, SmtpReply};
pub use trouble::{Phase, Trouble};
