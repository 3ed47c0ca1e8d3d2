//! `waxwing import` and `waxwing export`.

use super::Host;
use crate::cli::{Export, Import};
use crate::house;
use crate::output::Output;
use crate::work::{Work, follow};
use anyhow::{Context as _, bail};
use serde_json::{Value, json};
use std::path::Path;
use waxwing_app::importing::{self, RejectFile, Report};
use waxwing_app::{App, exporting, lists};
use waxwing_domain::{Ctx, ImportId};
use waxwing_http::count;

/// Brings a file's people onto a list, or only counts.
pub async fn import(import: Import, host: Host) -> anyhow::Result<Value> {
    let rejects = import.rejects.as_deref().map(RejectFile::reserve).transpose()?;
    let app = host.open().await?;
    let ctx = app.host().with_purpose("waxwing import");
    let id =
        importing::start_from_file(&app, &ctx, &import.file, &import.list, &import.consent, import.dry_run).await?;
    let work = Work::start(&app);
    let ended = watch(&app, &ctx, id, host.output).await;
    work.stop().await;
    let report = ended?;
    let written = match rejects.filter(|_| report.has_rejects) {
        Some(file) => file.fill(&app, &app.host().with_purpose("waxwing import --rejects"), id).await?,
        None => 0,
    };
    house::close(&app).await?;
    let mut told = tell(&report, import.dry_run, host.output);
    if let Some(path) = import.rejects {
        tell_rejects(&path, written, host.output);
        told["rejects"] = json!((written > 0).then_some(path));
    }
    Ok(told)
}

fn tell_rejects(path: &Path, written: u64, output: Output) {
    match written {
        0 => output.say(format!("No line was refused, so there is no {}.", path.display())),
        _ => output.say(format!("The refused lines are in {}, readable by you only.", path.display())),
    }
}

/// Follows an import to its end.
pub async fn watch(app: &App, ctx: &Ctx, id: ImportId, output: Output) -> anyhow::Result<Report> {
    let job = report(app, ctx, id).await?.job.context("the import has no job")?;
    let bar = output.progress("importing");
    let ended = follow(app, job, |status| bar.show(status)).await;
    drop(bar);
    let report = report(app, ctx, id).await?;
    if let Some(error) = &report.error {
        bail!("the import ended early: {error}");
    }
    ended.map(|_| report)
}

async fn report(app: &App, ctx: &Ctx, id: ImportId) -> anyhow::Result<Report> {
    let mut tx = app.read(ctx, "importing.report").await?;
    Ok(importing::report(&mut tx, ctx, id).await?)
}

fn tell(report: &Report, dry_run: bool, output: Output) -> Value {
    let counts = if dry_run { report.checked.clone().unwrap_or_default() } else { report.counts.clone() };
    let verb = if dry_run { "would be" } else { "were" };
    output.say(format!(
        "{} rows: {} {verb} new, {} updated, {} twice in the file, {} suppressed and left so, {} refused.",
        count(counts.rows),
        count(counts.new),
        count(counts.updated),
        count(counts.duplicate),
        count(counts.suppressed),
        count(counts.invalid)
    ));
    for (reason, rows) in &counts.reasons {
        output.say(format!("  {}: {reason}", count(*rows)));
    }
    json!({ "id": report.id, "list": report.list, "dry_run": dry_run, "counts": counts })
}

/// Takes a list's people out to a file, each chunk on the record before it is written.
pub async fn export(export: Export, host: Host) -> anyhow::Result<Value> {
    let app = host.open().await?;
    let ctx = app.host().with_purpose(export.purpose.clone());
    let mut tx = app.read(&ctx, "export.list").await?;
    let list = lists::by_name(&mut tx, &export.list).await?;
    drop(tx);
    let list = list.with_context(|| format!("there is no list called {}", export.list))?;
    let bytes = exporting::to_file(&app, &ctx, list.id, &export.purpose, &export.out).await?;
    let mut tx = app.read(&ctx, "export.count").await?;
    let done = exporting::recent(&mut tx, &ctx, None, 1).await?.into_iter().next();
    let people = done.as_ref().map_or(0, |done| done.people);
    drop(tx);
    let receipts = house::close_with_receipts(&app, &ctx).await?;
    host.output.say(format!("{} people are in {}, readable by you only.", count(people), export.out.display()));
    let id = done.map(|done| done.id);
    Ok(json!({
        "export": id, "list": list.id, "people": people, "bytes": bytes, "file": export.out, "receipts": receipts,
    }))
}
