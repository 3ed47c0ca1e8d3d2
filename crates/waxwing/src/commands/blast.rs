//! `waxwing blast`: who was touched by somebody within a window, out of the access record; and what was frozen of it.
//!
//! Promise: the same answer as on the page, and with `--json` all of it. Limit: what has no number
//! yet is numbered first, which needs the sequencer's lease: while a server runs, it does that itself.

use super::Host;
use super::desk::{Desk, word};
use crate::cli::{Blast, KeptAnswer};
use anyhow::{Context as _, anyhow, bail, ensure};
use serde_json::{Value, json};
use std::collections::HashMap;
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;
use waxwing_breach::blast::{
    self, Answer, Begun, Effect, Format, Frozen, Question, Reason, Suspect, Which, Wish, moment,
};
use waxwing_domain::{FieldId, Micros, SubjectNo};
use waxwing_http::count;
use waxwing_store::Sequencer;

/// How far back all of a campaign is looked for: ten years, in microseconds.
const WHOLE: i64 = 3_650 * Micros::DAY;

/// Answers the question, or looks at what was frozen.
pub async fn run(command: Blast, host: Host) -> anyhow::Result<Value> {
    let Some(kept) = command.kept else {
        let desk = Desk::open(&host, "waxwing blast").await?;
        let done = match question(&command, desk.app.store().clock().now()) {
            Ok(question) => ask(&desk, &question, command.freeze, command.numbers).await,
            Err(error) => Err(error),
        };
        return desk.close(done).await;
    };
    let desk = Desk::open(&host, "waxwing blast").await?;
    let done = match kept {
        KeptAnswer::List => list(&desk).await,
        KeptAnswer::Show { number } => show(&desk, number).await,
        KeptAnswer::People { number, sure, after, limit } => {
            people(&desk, number, sure.as_deref(), (after, limit)).await
        }
        KeptAnswer::Why { number, subject } => why(&desk, number, SubjectNo::new(subject)).await,
        KeptAnswer::File { number, out, purpose, format, addresses } => match Format::asked(&format) {
            Ok(format) => file(&desk, number, &Wish { format, addresses, purpose }, &out).await,
            Err(error) => Err(error.into()),
        },
    };
    desk.close(done).await
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

async fn ask(desk: &Desk, question: &Question, freeze: bool, numbers: bool) -> anyhow::Result<Value> {
    Sequencer::new(desk.app.store().clone()).finish().await?;
    let answer = blast::ask(&desk.app, &desk.ctx, question).await?;
    say(&answer, desk);
    let mut told = view(&answer, numbers);
    if freeze {
        let id = desk.change("blast.freeze", async |tx| blast::freeze(&desk.app, tx, &desk.ctx, &answer).await).await?;
        desk.output.say(format!("The answer is frozen: {id}."));
        told["frozen"] = json!(id.to_string());
    }
    Ok(told)
}

fn say(answer: &Answer, desk: &Desk) {
    let (people, radius) = (answer.summary.people, &answer.radius);
    let line = |name: &str, number: u64| desk.output.say(format!("{name:12} {}", count(number.cast_signed())));
    line("confirmed", people.confirmed);
    line("possible", people.possible);
    line("altered", people.altered);
    line("excluded", people.excluded);
    for field in &answer.summary.fields {
        let (sure, maybe) = (count(field.confirmed.cast_signed()), count(field.possible.cast_signed()));
        desk.output.say(format!("  {:20} {sure} confirmed, {maybe} possible", field.key));
    }
    let entries = count(radius.entries.cast_signed());
    desk.output.say(format!("{entries} entries count, of {} in the log.", count(radius.size.cast_signed())));
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

async fn list(desk: &Desk) -> anyhow::Result<Value> {
    let mut tx = desk.app.read(&desk.ctx, "blast.list").await?;
    let kept = blast::list(&desk.app, &mut tx, &desk.ctx).await?;
    let row = |one: blast::Listed| {
        let (who, people) = (one.question.suspect.to_string(), one.summary.people);
        let (sure, maybe) = (count(people.confirmed.cast_signed()), count(people.possible.cast_signed()));
        let line = format!("{}  {}  {who}  {sure} confirmed, {maybe} possible", one.id, one.at);
        let value = json!({
            "id": one.id.to_string(), "at": one.at.to_string(), "who": who, "from": one.question.from.to_string(),
            "until": one.question.until.to_string(), "people": people,
        });
        (line, value)
    };
    Ok(desk.listed("answers", "No answer is frozen.", kept.into_iter().map(row)))
}

async fn frozen(desk: &Desk, number: i64) -> anyhow::Result<Frozen> {
    let mut tx = desk.app.read(&desk.ctx, "blast.frozen").await?;
    Ok(blast::frozen(&desk.app, &mut tx, &desk.ctx, number).await?)
}

async fn show(desk: &Desk, number: i64) -> anyhow::Result<Value> {
    let kept = frozen(desk, number).await?;
    let hash = super::record::hex(&kept.hash);
    desk.output.say(format!("frozen {}, hash {hash}", kept.at));
    say(&kept.answer, desk);
    let id = kept.id.to_string();
    Ok(json!({ "id": id, "at": kept.at.to_string(), "hash": hash, "answer": view(&kept.answer, false) }))
}

/// The keys of the fields that an answer names.
struct Keys(HashMap<u32, String>);

impl Keys {
    fn of(answer: &Answer) -> Self {
        Self(answer.summary.fields.iter().map(|field| (field.field, field.key.clone())).collect())
    }
    fn key(&self, field: FieldId) -> String {
        self.0.get(&field.get()).cloned().unwrap_or_else(|| format!("field_{}", field.get()))
    }
    fn line(&self, fields: &[FieldId]) -> String {
        if fields.is_empty() {
            return "number, lists and dates only".to_owned();
        }
        fields.iter().map(|field| self.key(*field)).collect::<Vec<_>>().join(", ")
    }
}

async fn people(desk: &Desk, number: i64, sure: Option<&str>, (after, limit): (u32, u32)) -> anyhow::Result<Value> {
    let effect = sure.map(|typed| word(typed, &Effect::ALL, Effect::as_str)).transpose()?;
    let answer = frozen(desk, number).await?.answer;
    let keys = Keys::of(&answer);
    let page = answer.radius.page(&Which { effect, after, ..Which::default() }, limit as usize);
    let touched = blast::touched(&desk.app, &desk.ctx, &answer.radius, &page.numbers).await?;
    let mut told = Vec::with_capacity(page.numbers.len());
    for subject in page.numbers {
        let fields = touched.of(subject);
        let each = fields.iter().map(|one| {
            let named: Vec<FieldId> = one.field.into_iter().collect();
            format!("{} {}", one.effect.as_str(), keys.line(&named))
        });
        desk.output.say(format!("{subject}  {}", each.collect::<Vec<_>>().join("; ")));
        let fields = fields.iter().map(|one| {
            json!({
                "field": one.field.map(|field| keys.key(field)), "effect": one.effect.as_str(),
                "first": one.first.to_string(), "last": one.last.to_string(),
            })
        });
        told.push(json!({ "subject": subject.get(), "fields": fields.collect::<Vec<_>>() }));
    }
    match page.next {
        Some(next) => {
            desk.output.say(format!("{} in all; go on with --after {next}.", count(page.total.cast_signed())))
        }
        None => desk.output.say(format!("{} in all.", count(page.total.cast_signed()))),
    }
    Ok(json!({ "people": told, "total": page.total, "next": page.next }))
}

async fn why(desk: &Desk, number: i64, subject: SubjectNo) -> anyhow::Result<Value> {
    let answer = frozen(desk, number).await?.answer;
    let keys = Keys::of(&answer);
    let found = blast::why_of(&desk.app, &desk.ctx, &answer.radius, subject).await?;
    ensure!(found.total > 0, "no entry of this answer names subscriber {subject}");
    let row = |one: Reason| {
        let (effect, fields) = (one.effect.as_str(), keys.line(&one.fields));
        let line = format!("{}  {}  {effect:9}  {}  {fields}", one.index, one.at, one.what);
        let value = json!({
            "index": one.index, "at": one.at.to_string(), "operation": one.operation.as_str(), "what": one.what,
            "effect": effect, "channel": one.channel.as_str(),
            "fields": one.fields.iter().map(|field| keys.key(*field)).collect::<Vec<_>>(),
        });
        (line, value)
    };
    let mut told = desk.listed("reasons", "", found.reasons.into_iter().map(row));
    told["total"] = json!(found.total);
    Ok(told)
}

async fn file(desk: &Desk, number: i64, wish: &Wish, out: &Path) -> anyhow::Result<Value> {
    let unwritable = || format!("{} cannot be written", out.display());
    let mut opened = std::fs::OpenOptions::new();
    let mut target = opened.write(true).create_new(true).mode(0o600).open(out).with_context(unwritable)?;
    let written = write(desk, number, wish, &mut target).await;
    let (people, bytes) = match written {
        Ok(written) => written,
        Err(error) => {
            std::fs::remove_file(out).with_context(unwritable)?;
            return Err(error);
        }
    };
    desk.output.say(format!("{} people are in {}, readable by you only.", count(people.cast_signed()), out.display()));
    Ok(json!({ "answer": number.to_string(), "people": people, "bytes": bytes, "file": out }))
}

async fn write(desk: &Desk, number: i64, wish: &Wish, target: &mut std::fs::File) -> anyhow::Result<(u64, u64)> {
    let mut file = match blast::begin_file(&desk.app, &desk.ctx, number, wish, "file").await? {
        Begun::Now(file) => file,
        Begun::Waits(request) => anyhow::bail!("this file waits for a second person’s yes: request {request}"),
    };
    let mut size = 0;
    while let Some(bytes) = file.next().await? {
        size += bytes.len() as u64;
        target.write_all(&bytes)?;
    }
    target.sync_all()?;
    Ok((file.people(), size))
}
