//! What each command does: parse, call a use case, say what came of it.

mod account;
mod alerts;
mod approvals;
mod backup;
mod blast;
mod campaign;
mod canaries;
pub mod config;
pub mod demo;
mod desk;
mod doctor;
pub mod drill;
mod duties;
mod fields;
mod hold;
mod incident;
mod init;
mod keys;
mod lockdown;
mod mail;
mod notice;
mod outcomes;
mod packets;
mod people;
pub mod record;
mod restore;
pub mod roles;
mod serve;
mod sso;
mod status;
mod support;
mod trust;
mod webhook;
pub mod witness;
mod workspace;

use crate::cli::Command;
use crate::config::Config;
use crate::house;
use crate::output::Output;
use serde_json::Value;
use waxwing_app::App;

/// What a command is handed.
pub struct Host {
    /// The settings.
    pub config: Config,
    /// Where to speak.
    pub output: Output,
    /// The word of the workspace that was named, if one was.
    pub workspace: Option<String>,
}

impl Host {
    /// The application for a command that works on one workspace: the named one, or the only one.
    pub async fn open(&self) -> anyhow::Result<App> {
        house::at(house::open(&self.config).await?, self.workspace.as_deref()).await
    }
}

/// Runs a command that works on a data directory; gives what `--json` prints.
pub async fn dispatch(command: Command, host: Host) -> anyhow::Result<Value> {
    match command {
        Command::Init(init) => init::run(init, host).await,
        Command::Account(command) => account::run(command, host).await,
        Command::Alerts(command) => alerts::run(command, host).await,
        Command::Approvals(command) => approvals::run(command, host).await,
        Command::Sso(command) => sso::run(command, host).await,
        Command::Incident(command) => incident::run(command, host).await,
        Command::Duties(command) => duties::run(command, host).await,
        Command::Notice(command) => notice::run(command, host).await,
        Command::Status(command) => status::run(command, host).await,
        Command::Support(command) => support::run(command, host).await,
        Command::Trust(command) => trust::run(command, host).await,
        Command::Import(import) => people::import(import, host).await,
        Command::Export(export) => people::export(export, host).await,
        Command::Campaign(command) => campaign::run(command, host).await,
        Command::Outcomes(outcomes) => outcomes::run(outcomes, host).await,
        Command::Relay(command) => mail::relay(command, host).await,
        Command::Domain(command) => mail::domain(command, host).await,
        Command::Canaries(command) => canaries::run(command, host).await,
        Command::Fields(command) => fields::run(command, host).await,
        Command::Blast(blast) => blast::run(blast, host).await,
        Command::Backup(backup) => backup::run(backup, host).await,
        Command::Restore(restore) => restore::run(restore, host).await,
        Command::Doctor => doctor::run(host).await,
        Command::Hold(command) => hold::run(command, host).await,
        Command::Lockdown(lockdown) => lockdown::run(lockdown, host).await,
        Command::Keys(command) => keys::run(command, host).await,
        Command::ApiKey(command) => keys::api_key(command, host).await,
        Command::Record(command) => record::run(command, host).await,
        Command::Webhook(command) => webhook::run(command, host).await,
        Command::Workspace(command) => workspace::run(command, host).await,
        Command::Serve(_) => serve::run(host).await,
        Command::Config | Command::Demo(_) | Command::Drill(_) | Command::Roles | Command::Witness(_) => {
            anyhow::bail!("this command works on no data directory")
        }
    }
}
