//! The capture server as a sender meets it, over real sockets.

mod auth;
mod limits;
mod misbehaviour;
mod pages;
mod providers;
mod speed;
mod support;
mod tls;
