//! One SMTP conversation: open it, hand over messages, close it.
//!
//! Top down: `session` (a message's way) · `open` (connect, greet, encrypt, sign in) · `auth` ·
//! `capabilities` (what EHLO offered) · `wire` (bytes and replies, with limits and timeouts) ·
//! `tls` (whom to trust) · `stream` (plain or encrypted).

mod auth;
mod capabilities;
mod open;
mod session;
mod stream;
mod tls;
mod wire;

pub(crate) use open::open;
pub(crate) use session::{Asking, Session};
pub(crate) use tls::Trust;
