//! The binary: command line, settings, wiring, lifecycle. No rules of the product are decided here.
//!
//! Promise: exit code 0 only when what was asked was done. Limit: options of a command line can be
//! seen by other users of the machine; secrets belong in files or variables.

mod ballast;
mod cli;
mod commands;
mod config;
mod founding;
mod house;
mod logs;
mod output;
mod process;
mod work;

use clap::Parser as _;
use cli::{Cli, Command, Record};
use commands::Host;
use config::{Config, ConfigError, Layers};
use output::Output;
use serde_json::Value;
use std::process::ExitCode;

fn main() -> ExitCode {
    let cli = Cli::parse();
    let output = Output::new(cli.common.json);
    match begin(cli, output) {
        Ok(answer) => {
            output.finish(answer);
            ExitCode::SUCCESS
        }
        Err(error) => {
            output.fail(&error);
            ExitCode::FAILURE
        }
    }
}

fn begin(cli: Cli, output: Output) -> anyhow::Result<Value> {
    process::seal_memory()?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let answer = runtime.block_on(run(cli, output));
    // Blocking work that nobody waits for any more (a cancelled hash) must not delay the end.
    runtime.shutdown_background();
    answer
}

async fn run(cli: Cli, output: Output) -> anyhow::Result<Value> {
    let cli = match cli {
        // These two need neither settings nor an installation.
        Cli { command: Command::Record(Record::Verify(verify)), .. } => {
            return commands::record::verify(&verify, output);
        }
        Cli { command: Command::Witness(witness), .. } => return commands::witness::run(witness, output).await,
        cli => cli,
    };
    let layers = layers(&cli)?;
    let data = cli.common.data.as_deref();
    match cli.command {
        Command::Roles => return commands::roles::run(output),
        Command::Config => return commands::config::run(data, &layers, output),
        Command::Demo(demo) => return commands::demo::run(demo, output).await,
        Command::Drill(drill) => return commands::drill::run(drill, output).await,
        _ => {}
    }
    let config = Config::of(data.ok_or(ConfigError::NoData)?, &layers)?;
    let host = Host { config, output, workspace: cli.common.workspace };
    match cli.command {
        Command::Serve(_) => logs::start(&host.config)?,
        _ => logs::start_quiet(&host.config)?,
    }
    commands::dispatch(cli.command, host).await
}

/// The settings, with the options of this command line on top.
fn layers(cli: &Cli) -> Result<Layers, ConfigError> {
    let (listen, public_url, content_url) = match &cli.command {
        Command::Serve(serve) => {
            (serve.listen.map(|listen| listen.to_string()), serve.public_url.clone(), serve.content_url.clone())
        }
        Command::Init(init) => (None, init.public_url.clone(), None),
        _ => (None, None, None),
    };
    let options = [
        ("storage.database", cli.common.database.clone()),
        ("keys.passphrase_file", cli.common.passphrase_file.clone()),
        ("web.listen", listen),
        ("web.public_url", public_url),
        ("web.content_url", content_url),
    ];
    Layers::read(cli.common.data.as_deref(), |name| std::env::var(name).ok(), &options)
}
