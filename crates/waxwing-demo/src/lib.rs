//! A small outside world on one machine: what `waxwing demo` and the tests share.
//!
//! Promise: nothing here leaves the machine. The [`capture`] server plays mailbox providers and
//! keeps what it is sent, the [`pages`] show it, the [`browser`] walks through pages without a window,
//! [`sample`] makes people who do not exist, and
//! [`mime`] reads a caught message the way its recipient would.
//! Limit: all of it listens on loopback only, keeps everything in memory and forgets it at exit.

pub mod browser;
pub mod capture;
pub mod drills;
pub mod mime;
pub mod pages;
pub mod sample;
