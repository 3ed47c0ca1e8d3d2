//! `waxwing incident plan`: what was decided before anything happened.

use crate::commands::desk::Desk;
use anyhow::Context as _;
use serde_json::{Value, json};
use std::path::Path;
use waxwing_breach::incidents::{self, Plan};
use waxwing_domain::Operation;
use waxwing_store::Entry;

/// The longest file that is read, in bytes.
const LONGEST: u64 = 256 * 1024;

/// Prints the plan in the form in which it is read.
pub async fn show(desk: &Desk) -> anyhow::Result<Value> {
    let mut tx = desk.app.read(&desk.ctx, "incidents.plan").await?;
    let it = incidents::plan(&desk.app, &mut tx, &desk.ctx).await?;
    drop(tx);
    desk.app.store().disclose(&desk.ctx, Entry::new(Operation::Read, "incidents.plan").to("cli")).await?;
    let plan = serde_json::to_value(&it.plan)?;
    Ok(desk.said(&format!("{plan:#}"), json!({ "version": it.version, "due_at": it.due_at, "plan": plan })))
}

/// Writes the plan anew from a file of JSON.
pub async fn set(desk: &Desk, from: &Path) -> anyhow::Result<Value> {
    let size = std::fs::metadata(from).with_context(|| from.display().to_string())?.len();
    anyhow::ensure!(size <= LONGEST, "{} is longer than 256 KiB", from.display());
    let text = std::fs::read_to_string(from).with_context(|| from.display().to_string())?;
    let plan: Plan = serde_json::from_str(&text).context("this is not the form of a plan")?;
    let (app, ctx) = (&desk.app, &desk.ctx);
    let version = desk.change("incidents.set_plan", async |tx| {
        let version = incidents::plan(app, tx, ctx).await?.version;
        incidents::set_plan(app, tx, ctx, version, &plan).await?;
        Ok(version + 1)
    });
    let version = version.await?;
    Ok(desk.said("saved; every new case begins with it", json!({ "version": version })))
}
