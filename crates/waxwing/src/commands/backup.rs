//! `waxwing backup`: two archives, the data first and then its keys.
//!
//! Promise: each file is whole, synced and read back before it has its name, and the record says
//! that a copy was made before the first byte of it exists. Limit: the root key is in neither file
//! unless that was asked for, and without it neither can ever be read.

use super::Host;
use crate::cli::Backup;
use crate::house;
use anyhow::bail;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use waxwing_app::{App, home};
use waxwing_domain::{Action, Operation};
use waxwing_store::Entry;
use waxwing_store::archive::{Written, write_data, write_keys};

/// Runs the command.
pub async fn run(backup: Backup, host: Host) -> anyhow::Result<Value> {
    let app = house::open(&host.config).await?;
    let all = each(&app).await?;
    let mark = app.store().sealing_mark().await?;
    if mark.is_none() && !backup.keys_only {
        bail!(
            "people are getting new keys, and the data would not open with the keys; `waxwing doctor` says when it is done"
        );
    }
    for app in &all {
        note(app, &backup).await?;
    }
    let data = match backup.keys_only {
        true => None,
        false => {
            let bar = host.output.progress("data");
            Some(write_data(app.store(), &with(&backup.out, "data"), &mut |done, total| bar.rows(done, total)).await?)
        }
    };
    let bar = host.output.progress("keys");
    let out = with(&backup.out, "keys");
    let keys = write_keys(app.store(), &out, backup.include_root, &mut |done, total| bar.rows(done, total)).await?;
    drop(bar);
    if data.is_some() && app.store().sealing_mark().await? != mark {
        bail!(
            "a re-sealing began meanwhile: these two files do not belong together; delete them and make the backup again"
        );
    }
    if data.is_some() {
        for app in &all {
            home::backed_up(app, &app.host().with_purpose("waxwing backup")).await?;
        }
    }
    house::close(&app).await?;
    tell(&host, data.as_ref(), &keys, backup.include_root);
    let root = &host.config.keys.root;
    Ok(
        json!({ "data": data.as_ref().map(about), "keys": about(&keys), "root_key": root, "root_key_included": backup.include_root }),
    )
}

/// `PATH` with an ending of its own, whatever it ends in.
pub fn with(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".");
    name.push(ending);
    PathBuf::from(name)
}

/// The application at every workspace: a backup takes all of them out, and each one's record says so.
async fn each(app: &App) -> anyhow::Result<Vec<App>> {
    Ok(app.store().workspaces().await?.iter().map(|workspace| app.at(workspace.id)).collect())
}

/// The entry of the record.
async fn note(app: &App, backup: &Backup) -> anyhow::Result<()> {
    let ctx = app.host().with_purpose("waxwing backup");
    ctx.authorise(Action::KeysRotate)?;
    let mut tx = app.begin(&ctx, "backup.make").await?;
    let detail = json!({ "keys_only": backup.keys_only, "root_key_included": backup.include_root });
    tx.record(app.store(), &ctx, Entry::new(Operation::Operate, "backup.make").to("file").detail(detail)).await?;
    Ok(tx.commit().await?)
}

fn about(written: &Written) -> Value {
    json!({
        "file": written.path, "bytes": written.bytes, "sha256": written.sha256, "made_at": written.made_at.to_string(),
        "rows": written.manifest.total(), "tables": written.manifest.tables,
    })
}

fn tell(host: &Host, data: Option<&Written>, keys: &Written, root_included: bool) {
    let say = |line: String| host.output.say(line);
    for written in data.into_iter().chain([keys]) {
        let rows = waxwing_http::count(i64::try_from(written.manifest.total()).unwrap_or(i64::MAX));
        say(format!("{}: {rows} rows, written and read back. SHA-256 {}", written.path.display(), written.sha256));
    }
    let root = host.config.keys.root.display();
    say("\nIf you lose the key archive or the root key, everything sealed is lost. Nobody can bring it back.".into());
    if root_included {
        host.output.warn("the root key is in the key archive: whoever has both files can read everybody's data");
    } else {
        say(format!(
            "The root key is in neither file. Keep a copy of {root} (and its passphrase) safe, and apart from both."
        ));
    }
    say("Make key archives often and destroy old ones soon: an old one can still read who was erased since.".into());
}
