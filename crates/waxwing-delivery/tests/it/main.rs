//! How delivery behaves towards servers that do not: a scripted peer, one file a behaviour.
#![expect(clippy::unwrap_used, reason = "a failing step of a test should stop it where it is")]

mod peer;
mod support;

mod auth;
mod bad_certificate;
mod connection_reuse;
mod disconnect_after_dot;
mod disconnect_in_data;
mod dns_posture;
mod dns_resolver;
mod dot_stuffing;
mod garbage_reply;
mod hangs;
mod inbound;
mod lockstep;
mod nodelay;
mod permit;
mod pool_bounds;
mod refuses_mail;
mod refuses_rcpt;
mod start_tls;
mod tells_421;
