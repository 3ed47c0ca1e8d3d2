//! `waxwing notice`: telling people, for when the web is not trusted or not there.
//!
//! Promise: the same checks as on the page; what the linter forbids nobody sends. Limit: the host needs no second person,
//! for whoever holds the machine holds its data; the record says that it was the host.

use super::Host;
use crate::cli::Notice;
use crate::house;
use anyhow::Context as _;
use serde_json::{Value, json};
use std::io::Write as _;
use std::path::Path;
use waxwing_app::App;
use waxwing_breach::notices::{self, DataKind, LintRule, Locale, NewNotice, Ordered, Prepared, Said, Tone};
use waxwing_domain::{Ctx, IncidentId, NoticeId};

/// Runs one of the commands about notices.
pub async fn run(command: Notice, host: Host) -> anyhow::Result<Value> {
    let app = host.open().await?;
    let ctx = app.host().with_purpose("waxwing notice");
    let done = match command {
        Notice::List { case } => list(&app, &ctx, &host, case.parse()?).await,
        Notice::New { case, answer, possible } => {
            new(&app, &ctx, &host, case.parse()?, NewNotice { radius: answer, possible }).await
        }
        Notice::Show { case, notice } => show(&app, &ctx, &host, (case.parse()?, notice.parse()?)).await,
        Notice::Words { case, notice, from: None, .. } => {
            words(&app, &ctx, &host, (case.parse()?, notice.parse()?)).await
        }
        Notice::Words { case, notice, from: Some(from), relay, possible } => {
            let how = (relay.as_deref(), possible);
            change(&app, &ctx, &host, (case.parse()?, notice.parse()?), &from, how).await
        }
        Notice::Say { case, notice, language, what_happened, consequences, measures, advice } => {
            let said = Said { what_happened, consequences, measures, advice };
            say(&app, &ctx, &host, (case.parse()?, notice.parse()?), &language, said).await
        }
        Notice::Withdraw { case, notice } => withdraw(&app, &ctx, &host, (case.parse()?, notice.parse()?)).await,
        Notice::Act { case, notice, act } => to(&app, &ctx, &host, (case.parse()?, notice.parse()?), &act).await,
        Notice::Send { case, notice, let_stand } => {
            send(&app, &ctx, &host, (case.parse()?, notice.parse()?), &let_stand).await
        }
        Notice::Proof { case, notice, file } => proof(&app, &ctx, &host, (case.parse()?, notice.parse()?), &file).await,
    };
    house::close(&app).await?;
    done
}

async fn list(app: &App, ctx: &Ctx, host: &Host, case: IncidentId) -> anyhow::Result<Value> {
    let mut tx = app.read(ctx, "notices.index").await?;
    let mut listed = Vec::new();
    for notice in notices::of_case(app, &mut tx, ctx, case).await? {
        let progress = notices::progress(&mut tx, notice.id).await?;
        host.output.say(format!(
            "{}  {:9}  {} people, {} accepted",
            notice.id,
            notice.state.as_str(),
            progress.people,
            progress.accepted
        ));
        listed.push(json!({
            "id": notice.id, "state": notice.state.as_str(), "people": progress.people, "accepted": progress.accepted,
            "waiting": progress.waiting, "failed": progress.failed, "left_out": progress.skipped, "unknown": progress.unknown,
        }));
    }
    if listed.is_empty() {
        host.output.say("There is no notice in this case.");
    }
    Ok(listed.into())
}

async fn new(app: &App, ctx: &Ctx, host: &Host, case: IncidentId, new: NewNotice) -> anyhow::Result<Value> {
    let mut tx = app.begin(ctx, "notices.create").await?;
    let id = notices::create(app, &mut tx, ctx, case, new).await?;
    tx.commit().await?;
    host.output.say(format!("begun {id}; read it with “waxwing notice show {case} {id}”"));
    Ok(json!({ "id": id }))
}

fn told(host: &Host, it: &Prepared) -> Value {
    for group in &it.groups {
        let words = |kinds: &[DataKind]| kinds.iter().map(|one| one.as_str()).collect::<Vec<_>>().join(",");
        host.output.say(format!(
            "{:4} {} people: {}",
            group.locale.as_str(),
            group.people.len(),
            words(&group.certain)
        ));
    }
    for found in &it.found {
        let rule = found.rule.map_or("missing", LintRule::as_str);
        let tone = if found.tone() == Tone::Blocks { "blocks" } else { "may stand" };
        host.output.say(format!("{tone}: {rule}: {} {}", found.why, found.mend));
    }
    json!({
        "id": it.notice.id, "state": it.notice.state.as_str(), "version": it.notice.version, "people": it.people(),
        "gone": it.gone, "relay": it.relay, "blocked": it.is_blocked(),
        "may_stand": it.asks().iter().map(|rule| rule.as_str()).collect::<Vec<_>>(),
    })
}

async fn show(app: &App, ctx: &Ctx, host: &Host, (case, id): (IncidentId, NoticeId)) -> anyhow::Result<Value> {
    let mut tx = app.read(ctx, "notices.show").await?;
    let prepared = notices::prepare(app, &mut tx, ctx, case, id).await?;
    Ok(told(host, &prepared))
}

async fn words(app: &App, ctx: &Ctx, host: &Host, (case, id): (IncidentId, NoticeId)) -> anyhow::Result<Value> {
    let mut tx = app.read(ctx, "notices.show").await?;
    let words = serde_json::to_value(notices::by_id(app, &mut tx, ctx, case, id).await?.words)?;
    host.output.say(format!("{words:#}"));
    Ok(json!({ "words": words }))
}

async fn change(
    app: &App,
    ctx: &Ctx,
    host: &Host,
    (case, id): (IncidentId, NoticeId),
    from: &Path,
    (relay, possible): (Option<&str>, Option<bool>),
) -> anyhow::Result<Value> {
    let text = std::fs::read_to_string(from).with_context(|| from.display().to_string())?;
    let words = notices::Words::from_json(&text)?;
    let mut tx = app.begin(ctx, "notices.change").await?;
    let notice = notices::by_id(app, &mut tx, ctx, case, id).await?;
    let relay = relay.map(str::parse).transpose()?.or(notice.relay);
    let how = (possible.unwrap_or(notice.possible), relay);
    notices::change(app, &mut tx, ctx, (case, id, notice.version), words, how).await?;
    let prepared = notices::prepare(app, &mut tx, ctx, case, id).await?;
    tx.commit().await?;
    Ok(told(host, &prepared))
}

async fn say(
    app: &App,
    ctx: &Ctx,
    host: &Host,
    (case, id): (IncidentId, NoticeId),
    language: &str,
    said: Said,
) -> anyhow::Result<Value> {
    let locale = Locale::parse(language).context("there are en, de, fr and es")?;
    let mut tx = app.begin(ctx, "notices.say").await?;
    let notice = notices::by_id(app, &mut tx, ctx, case, id).await?;
    notices::say(app, &mut tx, ctx, (case, id, notice.version), (locale, said)).await?;
    let prepared = notices::prepare(app, &mut tx, ctx, case, id).await?;
    tx.commit().await?;
    Ok(told(host, &prepared))
}

async fn withdraw(app: &App, ctx: &Ctx, host: &Host, (case, id): (IncidentId, NoticeId)) -> anyhow::Result<Value> {
    let mut tx = app.begin(ctx, "notices.withdraw").await?;
    notices::withdraw(app, &mut tx, ctx, case, id).await?;
    tx.commit().await?;
    host.output.say("given up; nothing was sent");
    Ok(json!({ "id": id, "state": "withdrawn" }))
}

async fn to(app: &App, ctx: &Ctx, host: &Host, (case, id): (IncidentId, NoticeId), act: &str) -> anyhow::Result<Value> {
    let act = notices::Act::parse(act).context("there are pause, resume and again")?;
    let mut tx = app.begin(ctx, "notices.act").await?;
    let done = notices::act(app, &mut tx, ctx, (case, id), act).await?;
    tx.commit().await?;
    host.output.say(match act {
        notices::Act::Pause => "paused; what is on the wire now still arrives",
        notices::Act::Resume => "it goes on",
        notices::Act::Again => "it leaves once more to those who were refused for good",
    });
    Ok(json!({ "act": act.as_str(), "done": done }))
}

async fn send(
    app: &App,
    ctx: &Ctx,
    host: &Host,
    (case, id): (IncidentId, NoticeId),
    let_stand: &[String],
) -> anyhow::Result<Value> {
    let rules: Option<Vec<LintRule>> = let_stand.iter().map(|word| LintRule::parse(word)).collect();
    let rules = rules.context("there is no such rule")?;
    let mut tx = app.begin(ctx, "notices.send").await?;
    let prepared = notices::prepare(app, &mut tx, ctx, case, id).await?;
    told(host, &prepared);
    let ordered = notices::send(app, &mut tx, ctx, (case, id, prepared.notice.version), &rules).await?;
    tx.commit().await?;
    Ok(match ordered {
        Ordered::Now(people) => {
            host.output.say(format!("it leaves to {people} people, once “waxwing serve” runs"));
            json!({ "people": people })
        }
        Ordered::Waits(request) => json!({ "approval": request }),
    })
}

async fn proof(
    app: &App,
    ctx: &Ctx,
    host: &Host,
    (case, id): (IncidentId, NoticeId),
    file: &Path,
) -> anyhow::Result<Value> {
    let mut proof = notices::proof(app, ctx, case, id).await?;
    let mut out = std::fs::File::create_new(file).with_context(|| format!("{} cannot be made", file.display()))?;
    while let Some(piece) = proof.next().await? {
        out.write_all(piece.as_bytes()).with_context(|| file.display().to_string())?;
    }
    host.output.say(format!("the proof is in {}", file.display()));
    Ok(json!({ "file": file }))
}
