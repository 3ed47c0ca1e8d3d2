//! Detectors as pure functions: counts in, findings with their reasons out.
//!
//! Promise: no clock, no chance, no input or output of their own, so that the same counts give the
//! same finding on every machine; a finding says in words what was observed, what was expected, where
//! the bound lies, on how many observations, what contributed most, and what to do. Limit: a finding
//! is a reason to look, with a stated chance of being wrong; it is not a proof.
//!
//! Read in this order: [`Finding`] (what every detector answers), [`rate`] (bounces, complaints,
//! unsubscribes and deferrals while a campaign runs), [`volume`] (counts an hour), [`login`] (sign-ins),
//! [`habit`] (a person's use of data), [`keys`] (what API keys do), [`lists`] (a list over its campaigns), [`bots`]
//! (sign-ups), [`swap`] (links and senders), [`clicks`] (links that machines open), [`novelty`] (any stream of numbers).

pub mod bots;
pub mod clicks;
mod finding;
pub mod habit;
pub mod keys;
pub mod lists;
pub mod login;
pub mod novelty;
pub mod rate;
mod rolling;
mod special;
pub mod swap;
pub mod volume;

pub use finding::{Contributor, Finding, percent};
