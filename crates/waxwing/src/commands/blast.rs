//! `waxwing blast`: who was touched by somebody within a window, out of the access record; answers that were frozen.
//!
//! Promise: the same answer as on the page, and with `--json` all of it. Limit: what has no number
//! yet is numbered first, which needs the sequencer's lease: while a server runs, it does that itself.

use super::Host;
use crate::cli::{Blast, KeptAnswer};
use crate::house;
use anyhow::{Context as _, anyhow, bail};
use futures::TryStreamExt as _;
use serde_json::{Value, json};
use std::io::Write as _;
use std::path::Path;
use waxwing_app::App;
use waxwing_breach::blast::{self, Answer, Format, Frozen, Listed, Question, Suspect, moment};
use waxwing_domain::{Ctx, Micros, SubjectNo};
use waxwing_http::count;
use waxwing_store::Sequencer;

/// How far back all of a campaign is looked for: ten years, in microseconds.
const WHOLE: i64 = 3_650 * Micros::DAY;

/// Answers the question, or tells of a frozen answer.
pub async fn run(command: Blast, host: Host) -> anyhow::Result<Value> {
    let app = host.open().await?;
    let ctx = app.host().with_purpose("waxwing blast");
    let done = match &command.kept {
        None => ask(&app, &ctx, &host, &command).await,
        Some(KeptAnswer::List) => list(&app, &ctx, &host).await,
        Some(KeptAnswer::Show { id }) => show(&app, &ctx, &host, *id).await,
        Some(KeptAnswer::Why { id, subject }) => why(&app, &ctx, &host, *id, SubjectNo::new(*subject)).await,
        Some(KeptAnswer::File { id, file, format }) => write(&app, &ctx, &host, *id, (file.as_path(), format)).await,
    };
    house::close(&app).await?;
    done
}

async fn ask(app: &App, ctx: &Ctx, host: &Host, command: &Blast) -> anyhow::Result<Value> {
    let question = question(command, app.store().clock().now())?;
    Sequencer::new(app.store().clone()).finish().await?;
    let answer = blast::ask(app, ctx, &question).await?;
    say(&answer, host);
    let mut view = view(&answer, command.numbers);
    if command.freeze {
        let mut tx = app.begin(ctx, "blast.freeze").await?;
        let id = blast::freeze(app, &mut tx, ctx, &answer).await?;
        tx.commit().await?;
        host.output.say(format!("Frozen as {id}."));
        view["frozen"] = json!(id.to_string());
    }
    Ok(view)
}

async fn list(app: &App, ctx: &Ctx, host: &Host) -> anyhow::Result<Value> {
    let mut tx = app.read(ctx, "blast.list").await?;
    let listed = blast::list(app, &mut tx, ctx).await?;
    if listed.is_empty() {
        host.output.say("No answer was frozen. “waxwing blast --actor … --freeze” asks and freezes.");
    }
    for one in &listed {
        let (sure, maybe) = (one.summary.people.confirmed, one.summary.people.possible);
        let people = format!("{} confirmed, {} possible", count(sure.cast_signed()), count(maybe.cast_signed()));
        host.output.say(format!("{:20} {}  {}: {people}", one.id, one.at, one.question.suspect));
    }
    let line = |one: &Listed| {
        let (question, people) = (&one.question, &one.summary.people);
        let (from, until) = (question.from.to_string(), question.until.to_string());
        json!({ "id": one.id.to_string(), "at": one.at.to_string(), "who": question.suspect.to_string(), "from": from,
            "until": until, "people": people })
    };
    Ok(json!({ "items": listed.iter().map(line).collect::<Vec<_>>() }))
}

async fn kept(app: &App, ctx: &Ctx, id: i64) -> anyhow::Result<Frozen> {
    let mut tx = app.read(ctx, "blast.frozen").await?;
    blast::frozen(app, &mut tx, ctx, id).await.with_context(|| format!("the frozen answer {id}"))
}

async fn show(app: &App, ctx: &Ctx, host: &Host, id: i64) -> anyhow::Result<Value> {
    let Frozen { at, hash, answer, .. } = kept(app, ctx, id).await?;
    let hash = super::record::hex(&hash);
    host.output.say(format!("Frozen {at}: {}", answer.radius.question.suspect));
    host.output.say(format!("From {} to {}, hash {hash}", answer.radius.question.from, answer.radius.question.until));
    say(&answer, host);
    let mut view = view(&answer, false);
    view["frozen"] = json!(id.to_string());
    view["at"] = json!(at.to_string());
    view["hash"] = json!(hash);
    Ok(view)
}

async fn why(app: &App, ctx: &Ctx, host: &Host, id: i64, subject: SubjectNo) -> anyhow::Result<Value> {
    let question = kept(app, ctx, id).await?.answer.radius.question;
    let found = blast::why(app, ctx, &question, subject).await?;
    if found.total == 0 {
        host.output.say(format!("No entry within that question names {subject}."));
    }
    for reason in &found.reasons {
        let fields: Vec<String> = reason.fields.iter().map(|field| field.get().to_string()).collect();
        let (effect, channel) = (reason.effect.as_str(), reason.channel.as_str());
        let fields =
            if fields.is_empty() { "the number alone".to_owned() } else { format!("fields {}", fields.join(", ")) };
        host.output
            .say(format!("{:>9}  {}  {effect} by {channel}: {}, {fields}", reason.index, reason.at, reason.what));
    }
    let reason = |reason: &blast::Reason| {
        let fields: Vec<u32> = reason.fields.iter().map(|field| field.get()).collect();
        let (effect, channel) = (reason.effect.as_str(), reason.channel.as_str());
        json!({ "index": reason.index, "at": reason.at.to_string(), "operation": reason.operation.as_str(),
            "what": reason.what, "effect": effect, "channel": channel, "fields": fields })
    };
    Ok(json!({ "total": found.total, "reasons": found.reasons.iter().map(reason).collect::<Vec<_>>() }))
}

async fn write(app: &App, ctx: &Ctx, host: &Host, id: i64, to: (&Path, &str)) -> anyhow::Result<Value> {
    let (path, format) = to;
    let format = Format::parse(format).context("--format: csv or ndjson")?;
    let mut pieces =
        Box::pin(blast::file(app, ctx, id, format).await.with_context(|| format!("the frozen answer {id}"))?);
    let mut file = std::fs::File::create_new(path).with_context(|| format!("{} cannot be made", path.display()))?;
    let mut bytes = 0;
    while let Some(piece) = pieces.try_next().await? {
        file.write_all(&piece)?;
        bytes += piece.len();
    }
    file.sync_all()?;
    host.output.say(format!("{} is written. People stand in it by their number, without names.", path.display()));
    Ok(json!({ "file": path, "bytes": bytes }))
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
