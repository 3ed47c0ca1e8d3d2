//! `waxwing outcomes`: what mailbox providers reported afterwards.

use super::Host;
use crate::cli::Outcomes;
use crate::house;
use anyhow::Context as _;
use serde_json::{Value, json};
use waxwing_app::App;
use waxwing_app::outcomes::{self, MOST, Taken, Wish};

/// Brings a file in, batch by batch. What was taken before a wrong line stays taken; the file can be brought again.
pub async fn run(command: Outcomes, host: Host) -> anyhow::Result<Value> {
    let wishes = outcomes::read_file(&command.file)?;
    let app = host.open().await?;
    let taken = bring(&app, &wishes).await;
    house::close(&app).await?;
    let Taken { received, counted, repeated, unknown } = taken?;
    host.output.say(format!(
        "{received} reports: {counted} new, {repeated} told before, {unknown} of no message of the last 30 days."
    ));
    Ok(json!({ "received": received, "counted": counted, "repeated": repeated, "unknown": unknown }))
}

async fn bring(app: &App, wishes: &[Wish]) -> anyhow::Result<Taken> {
    let ctx = app.host().with_purpose("waxwing outcomes");
    let mut all = Taken::default();
    for (number, batch) in wishes.chunks(MOST).enumerate() {
        let taken = outcomes::report(app, &ctx, batch, "cli").await;
        let taken = taken.with_context(|| format!("in the batch after the first {} reports", number * MOST))?;
        all.received += taken.received;
        all.counted += taken.counted;
        all.repeated += taken.repeated;
        all.unknown += taken.unknown;
    }
    Ok(all)
}
