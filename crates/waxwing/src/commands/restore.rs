//! `waxwing restore`: two archives put back into an empty place, on either engine.
//!
//! Promise: both archives are read from end to end before anything is touched; nothing is sent and
//! nobody is signed in until a person says so; whoever was erased before the key archive was made
//! stays erased. Limit: a restore that broke off leaves a target that no command accepts; empty it
//! and begin again.

use super::Host;
use super::backup::with;
use crate::cli::Restore;
use crate::config::file_in;
use crate::founding::write_settings;
use crate::house;
use anyhow::Context as _;
use serde_json::{Value, json};
use std::fs::DirBuilder;
use std::os::unix::fs::DirBuilderExt as _;
use std::sync::Arc;
use waxwing_domain::SystemRng;
use waxwing_store::archive::{Manifest, Pair, Restored};

/// Runs the command.
pub async fn run(restore: Restore, host: Host) -> anyhow::Result<Value> {
    let config = &host.config;
    let passphrase = config.passphrase.as_deref();
    let keys = restore.keys.unwrap_or_else(|| with(&restore.from, "keys"));
    let pair = Pair::open(&with(&restore.from, "data"), &keys, config.keys.clone(), passphrase).with_context(|| {
        format!("a restore needs both archives, and the root key in {}", config.keys.root.display())
    })?;
    let checked = check(&pair, &host)?;
    let dir = DirBuilder::new().recursive(true).mode(0o700).create(&config.data);
    dir.with_context(|| format!("{} cannot be made", config.data.display()))?;
    let store = house::open_with(config, pair.install_keys(passphrase, Arc::new(SystemRng))?).await?;
    let bar = host.output.progress("restoring");
    let restored = pair.load(&store, &checked, &mut |done, total| bar.rows(done, total)).await;
    drop(bar);
    store.close().await;
    let restored = restored?;
    if !file_in(&config.data).exists() {
        write_settings(config, None)?;
    }
    house::close(&house::open(config).await?).await?;
    tell(&host, &restored);
    Ok(answer(&restored))
}

fn check(pair: &Pair, host: &Host) -> anyhow::Result<[Manifest; 2]> {
    let bar = host.output.progress("checking");
    Ok(pair.check(&mut |done, total| bar.rows(done, total))?)
}

fn answer(restored: &Restored) -> Value {
    let settled = &restored.settled;
    json!({
        "made_at": restored.made_at.to_string(), "rows": restored.rows, "forgotten": settled.forgotten,
        "sources_held": settled.held, "messages_unknown": settled.unknown, "system_mail_dropped": settled.mail,
        "jobs_cancelled": settled.jobs, "sessions_ended": settled.sessions,
    })
}

fn tell(host: &Host, restored: &Restored) {
    let say = |line: String| host.output.say(line);
    let count = |number: u64| waxwing_http::count(i64::try_from(number).unwrap_or(i64::MAX));
    let settled = &restored.settled;
    say(format!("Restored the state of {}: {} rows.", restored.made_at, count(restored.rows)));
    say(format!("Erased or deleted since, and gone again: {} people.", count(settled.forgotten)));
    say(format!("Held until a person releases them: {} sources of messages.", count(settled.held)));
    say(format!(
        "Outcome not known: {} messages. What was sent after the backup is not known here.",
        count(settled.unknown)
    ));
    say(format!("Not run: {} jobs. Not sent: {} pieces of system mail.", count(settled.jobs), count(settled.mail)));
    say("Everybody signs in again. Passwords are those of the backup; settings outside the database were not in it."
        .into());
    say(format!("\nStart it:   waxwing serve --data {}", host.config.data.display()));
}
