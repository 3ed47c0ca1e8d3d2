//! `waxwing campaign send` and `waxwing campaign report`.

use super::Host;
use crate::cli::Campaign;
use crate::house;
use crate::output::Output;
use crate::work::Work;
use anyhow::{Context as _, bail};
use serde_json::{Value, json};
use std::path::Path;
use std::time::Duration;
use waxwing_app::App;
use waxwing_app::campaigns::{self, CampaignFile, Report};
use waxwing_app::reports;
use waxwing_domain::{CampaignId, Ctx};
use waxwing_http::count;

/// Runs the command.
pub async fn run(command: Campaign, host: Host) -> anyhow::Result<Value> {
    let app = host.open().await?;
    let report = match command {
        Campaign::Send { file, wait, timeout } => send(&app, &file, wait.then_some(timeout), host.output).await?,
        Campaign::Report { id } => report(&app, &id).await?,
    };
    let providers = providers(&app, &report).await?;
    house::close(&app).await?;
    tell(&report, host.output);
    tell_providers(&providers, host.output);
    let mut answer = json!(report);
    answer["providers"] = json!(providers);
    Ok(answer)
}

/// By mailbox provider; nothing for a campaign of which nothing was sent yet.
async fn providers(app: &App, report: &Report) -> anyhow::Result<Vec<reports::Outcome>> {
    let ctx = app.host().with_purpose("waxwing campaign report");
    let mut tx = app.read(&ctx, "campaigns.providers").await?;
    match reports::report(&mut tx, &ctx, report.id.parse().context("the campaign's id")?).await {
        Ok(found) => Ok(reports::providers(app, &mut tx, &ctx, found.source).await?),
        Err(waxwing_app::Error::NotFound(_)) => Ok(Vec::new()),
        Err(error) => Err(error.into()),
    }
}

fn tell_providers(providers: &[reports::Outcome], output: Output) {
    for outcome in providers {
        output.say(format!(
            "  {:<22}{:>10} accepted {:>8} deferred {:>8} failed",
            outcome.provider,
            count(outcome.accepted),
            count(outcome.deferred),
            count(outcome.failed)
        ));
    }
}

/// `wait`: not at all, or to the end, or for so many seconds.
async fn send(app: &App, file: &Path, wait: Option<Option<u64>>, output: Output) -> anyhow::Result<Report> {
    let ctx = app.host().with_purpose("waxwing campaign send");
    let id = campaigns::send_file(app, &ctx, CampaignFile::read(file)?).await?;
    let Some(timeout) = wait else {
        output.say("It waits for `waxwing serve` to send it, or for this command with --wait.");
        return one(app, &ctx, id).await;
    };
    let work = Work::start(app);
    let bar = output.progress("sending");
    let timeout = timeout.map(Duration::from_secs);
    let ended =
        campaigns::wait(app, &ctx, id, timeout, |counts| bar.at(counts.audience - counts.pending, counts.audience))
            .await;
    drop(bar);
    work.stop().await;
    let report = ended?;
    if let Some(reason) = &report.held_because {
        bail!("the campaign is held: {reason}");
    }
    Ok(report)
}

async fn report(app: &App, id: &str) -> anyhow::Result<Report> {
    let id: CampaignId = id.parse().context("the campaign's id")?;
    one(app, &app.host().with_purpose("waxwing campaign report"), id).await
}

async fn one(app: &App, ctx: &Ctx, id: CampaignId) -> anyhow::Result<Report> {
    let mut tx = app.read(ctx, "campaigns.report").await?;
    Ok(campaigns::report(&mut tx, ctx, id).await?)
}

fn tell(report: &Report, output: Output) {
    output.say(format!("{} ({}), {}", report.name, report.id, report.state));
    let parts = [
        ("accepted", report.accepted),
        ("deferred", report.deferred),
        ("failed", report.failed),
        ("skipped", report.skipped),
        ("unknown", report.unknown),
        ("pending", report.pending),
        ("audience", report.audience),
        ("unsubscribed", report.unsubscribed),
    ];
    for (part, value) in parts {
        output.say(format!("  {part:<13}{:>12}", count(value)));
    }
}
