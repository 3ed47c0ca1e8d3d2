//! A person's way through the interface, in a real Chromium against the real binary.
//!
//! Limit: without Chromium and its driver these say so and are skipped, unless
//! `WAXWING_REQUIRE_ORACLES=1` makes that a failure; `cargo xtask test` installs both.

mod breach;
mod driver;
mod every_page;
mod first_campaign;
pub mod furnished;
mod passkeys;
