//! The log: on standard error, as text or JSON. Never an address, a name or a token in it.

use crate::config::Config;
use std::io::{IsTerminal as _, stderr};
use tracing_subscriber::EnvFilter;

/// Starts logging for a server: everything from the configured level up.
pub fn start(config: &Config) -> anyhow::Result<()> {
    let filter = EnvFilter::try_new(&config.log_level)
        .map_err(|_| anyhow::anyhow!("the setting log.level cannot be used: say error, warn, info or debug"))?;
    install(filter, config.log_json);
    Ok(())
}

/// Starts logging for a command that a person watches: warnings only, unless asked for more.
pub fn start_quiet(config: &Config) -> anyhow::Result<()> {
    if config.log_level == "info" {
        install(EnvFilter::new("warn"), config.log_json);
        return Ok(());
    }
    start(config)
}

fn install(filter: EnvFilter, json: bool) {
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(stderr).with_target(true);
    let installed =
        if json { builder.json().try_init() } else { builder.with_ansi(stderr().is_terminal()).compact().try_init() };
    // Only a second call in one process fails, and then the first one's log goes on.
    if let Err(error) = installed {
        tracing::debug!(%error, "the log was started already");
    }
}
