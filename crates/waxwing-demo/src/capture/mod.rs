//! An SMTP server that plays mailbox providers: accepts, defers, refuses and loses replies by rule.
//!
//! Promise: an answer depends on the recipient's address alone ([`Rules`]) unless a test scripts
//! a misbehaviour for a connection ([`Misbehaviour`]); what was said is kept, in order, in
//! [`Captured`]. It is strict where a careless sender would be unsafe: lines end with CR LF, the
//! end of a message is CR LF dot CR LF and nothing else, and no line, message, recipient list or
//! number of connections is without a limit.
//! Limit: it relays nothing, checks no signature and listens on loopback only.

mod body;
mod captured;
mod entry;
mod rules;
mod script;
mod server;
mod session;
mod tls;
mod wire;

pub use captured::{Captured, Keep, WaitError};
pub use entry::{CapturedMessage, Counts, Filter, Verdict};
pub use rules::{Act, Reply, Rule, Rules};
pub use script::{Misbehaviour, Script};
pub use server::{CaptureError, CaptureOptions, CaptureServer, Limits};
pub use session::Credentials;
pub use tls::{TlsIdentity, TlsMode};
