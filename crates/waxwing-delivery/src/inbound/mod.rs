//! Mail that comes in: a listener that takes messages for few, known addresses and relays nothing.
//!
//! Promise: 250 after the dot is said only when [`Door::take`] returned, so what it kept durably survives
//! whatever happens next. A message ends at CR LF dot CR LF and nowhere else; a bare line feed or carriage return
//! refuses it *and* ends the connection, so that no second message can be smuggled behind a first (RFC 5321 §2.3.8).
//! What arrives before a TLS handshake is never read as if it came after it (RFC 3207 §4.2). Lines, messages,
//! recipients, mistakes, silence, connections and the life of each are limited. Nobody is asked for by VRFY or EXPN.
//! A recipient that is not known is refused with the same words, and as late, whether its domain is ours or not.
//! Limits: senders are not authenticated and their names are only written down; TLS is offered, not demanded, and
//! proves nothing to a sender who does not check certificates; mail to `postmaster` is refused unless the door knows it.
//!
//! The way in: [`Listener`] (counts connections) → `session` (the conversation, RFC 5321) → `wire` and `body` (bytes)
//! → [`Door`] (who is known, and who keeps what came).

mod body;
mod command;
mod crowd;
mod identity;
mod listener;
mod session;
mod wire;

pub use command::{Command, Refusal};
pub use identity::{Identity, IdentityError};
pub use listener::Listener;

use std::fmt;
use std::net::SocketAddr;
use std::time::Duration;

/// How much a sender may ask for.
#[derive(Debug, Clone, Copy)]
pub struct InboundLimits {
    /// Bytes of a command line with its CR LF; RFC 5321 §4.5.3.1.4 asks for 512, parameters for more.
    pub command_line: usize,
    /// Bytes of a message, announced by SIZE (RFC 1870).
    pub message: usize,
    /// Recipients of one message; RFC 5321 §4.5.3.1.8 asks for 100.
    pub recipients: usize,
    /// Messages of one connection.
    pub messages: u32,
    /// Connections at once; more are answered with 421.
    pub connections: usize,
    /// Connections at once of one network: 24 bits of IPv4, 48 of IPv6.
    pub of_one_network: usize,
    /// Mistakes of one connection before it is closed.
    pub mistakes: u32,
    /// Unknown recipients of one connection before it is closed.
    pub unknown: u32,
    /// Unknown recipients of one network in an hour before it is turned away until the hour is over.
    pub unknown_of_one_network: u32,
    /// Patience with a silent sender.
    pub idle: Duration,
    /// The longest a connection lives.
    pub life: Duration,
}

impl Default for InboundLimits {
    fn default() -> Self {
        Self {
            command_line: 1_024,
            message: 4 * 1_024 * 1_024,
            recipients: 100,
            messages: 20,
            connections: 64,
            of_one_network: 8,
            mistakes: 5,
            unknown: 5,
            unknown_of_one_network: 100,
            idle: Duration::from_secs(60),
            life: Duration::from_secs(600),
        }
    }
}

/// Whether mail for an address is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Known {
    /// It is taken.
    Yes,
    /// The domain is ours, the mailbox is not.
    NoMailbox,
    /// The domain is not ours: taking it would be relaying.
    NotOurs,
}

/// The door is shut for now: nothing was kept, and the sender is asked to come back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("mail cannot be kept now")]
pub struct Shut;

/// Who knows the addresses and keeps what comes.
pub trait Door: Send + Sync + 'static {
    /// Whether mail for `address` is taken. The address is at most 254 bytes and has an at sign.
    fn knows(&self, address: &str) -> impl Future<Output = Result<Known, Shut>> + Send;
    /// Keeps what came. It must be durable when this returns: the sender is told 250 and forgets it.
    fn take(&self, arrival: Arrival) -> impl Future<Output = Result<(), Shut>> + Send;
}

/// What came: the envelope, and the message unless the sender left before giving one.
#[derive(Clone)]
pub struct Arrival {
    /// Where the connection came from.
    pub peer: SocketAddr,
    /// What the sender called itself in EHLO or HELO; empty if it said nothing.
    pub hello: String,
    /// Whether the connection was encrypted.
    pub tls: bool,
    /// The sender of the envelope; empty for a notice about delivery.
    pub from: String,
    /// The recipients that were taken.
    pub to: Vec<String>,
    /// How many recipients of this connection were unknown: somebody who guesses has many.
    pub unknown: u32,
    /// The message with its dots unstuffed; `None` when a known address was asked for and no message followed, as
    /// whoever checks a list of addresses does.
    pub message: Option<Vec<u8>>,
}

impl fmt::Debug for Arrival {
    /// Numbers only: names and addresses are somebody's.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("Arrival");
        shown.field("tls", &self.tls).field("to", &self.to.len()).field("unknown", &self.unknown);
        shown.field("bytes", &self.message.as_ref().map(Vec::len)).finish_non_exhaustive()
    }
}
