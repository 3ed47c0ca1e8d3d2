//! `waxwing blast`: who was touched by somebody within a window, out of the access record.
//!
//! Promise: the same answer as on the page, and with `--json` all of it. Limit: what has no number
//! yet is numbered first, which needs the sequencer's lease: while a server runs, it does that itself.

use super::Host;
use crate::cli::Blast;
use crate::house;
use anyhow::{Context as _, anyhow, bail};
use serde_json::{Value, json};
use waxwing_breach::blast::{self, Answer, Question, Suspect, moment};
use waxwing_domain::Micros;
use waxwing_http::count;
use waxwing_store::Sequencer;

/// How far back all of a campaign is looked for: ten years, in microseconds.
const WHOLE: i64 = 3_650 * Micros::DAY;

/// Answers the question.
pub async fn run(command: Blast, host: Host) -> anyhow::Result<Value> {
    let app = host.open().await?;
    let question = question(&command, app.store().clock().now())?;
    Sequencer::new(app.store().clone()).finish().await?;
    let ctx = app.host().with_purpose("waxwing blast");
    let answer = blast::ask(&app, &ctx, &question).await;
    house::close(&app).await?;
    let answer = answer?;
    say(&answer, &host);
    Ok(view(&answer, command.numbers))
}

/// What is asked at `now`. Of a campaign all that was ever sent counts, unless a window is named.
fn question(command: &Blast, now: Micros) -> anyhow::Result<Question> {
    let suspect = match (&command.campaign, &command.actor) {
        (Some(id), _) => {
            Suspect::Campaign(id.trim().parse().context("--campaign: write the 13 characters of its number")?)
        }
        (None, Some(who)) => who.parse().map_err(|error: blast::SuspectError| anyhow!("--actor: {error}"))?,
        (None, None) => bail!("say --actor or --campaign"),
    };
    let read = |name: &str, text: &Option<String>, end, otherwise| match text {
        Some(text) => moment(text, end).with_context(|| format!("{name}: write the moment like 2026-12-01T09:30")),
        None => Ok(otherwise),
    };
    let from = read("--from", &command.from, false, now.plus(-WHOLE))?;
    let until = read("--to", &command.to, true, now.plus(Micros::MINUTE))?;
    let skew = command.skew.cast_signed().saturating_mul(Micros::SECOND);
    Ok(Question { suspect, from, until, skew, follow: !command.alone }.checked()?)
}

fn say(answer: &Answer, host: &Host) {
    let (people, radius) = (answer.summary.people, &answer.radius);
    let line = |name: &str, number: u64| host.output.say(format!("{name:12} {}", count(number.cast_signed())));
    line("confirmed", people.confirmed);
    line("possible", people.possible);
    line("altered", people.altered);
    line("excluded", people.excluded);
    for field in &answer.summary.fields {
        let (sure, maybe) = (count(field.confirmed.cast_signed()), count(field.possible.cast_signed()));
        host.output.say(format!("  {:20} {sure} confirmed, {maybe} possible", field.key));
    }
    let entries = count(radius.entries.cast_signed());
    host.output.say(format!("{entries} entries count, of {} in the log.", count(radius.size.cast_signed())));
}

fn view(answer: &Answer, numbers: bool) -> Value {
    let radius = &answer.radius;
    let mut view = json!({
        "who": radius.question.suspect.to_string(),
        "from": radius.question.from.to_string(),
        "until": radius.question.until.to_string(),
        "skew_seconds": radius.skew / Micros::SECOND,
        "log_size": radius.size,
        "log_root": super::record::hex(&radius.root),
        "entries": radius.entries,
        "unnumbered": answer.unnumbered,
        "summary": answer.summary,
    });
    if numbers {
        view["confirmed"] = radius.confirmed().iter().collect();
        view["possible"] = radius.possible().iter().collect();
    }
    view
}
