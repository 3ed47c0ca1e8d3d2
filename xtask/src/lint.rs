//! `cargo xtask lint`: one format, no warning.

use crate::tool::{self, cargo};
use anyhow::{Context as _, Result};

/// Checks format and lints.
pub fn run() -> Result<()> {
    tool::run(&mut cargo(&["fmt", "--all", "--check"])).context("the format differs; run `cargo fmt --all`")?;
    tool::run(&mut cargo(&["clippy", "--workspace", "--all-targets", "--quiet", "--", "-D", "warnings"]))
        .context("clippy has something to say")
}
