//! `waxwing duties`: what law asks after a breach, for when the web is not trusted or not there.
//!
//! Promise: the same answers as on the page. Limit: the host signs no judgement; a person does, signed in.

use super::{Host, packets};
use crate::cli::Duties;
use crate::house;
use anyhow::{Context as _, bail};
use serde_json::{Value, json};
use std::path::Path;
use waxwing_app::App;
use waxwing_breach::blast;
use waxwing_breach::duties::{self, Facts, Parts, Wanted};
use waxwing_domain::{Ctx, IncidentId, Micros};

/// Runs one of the commands about duties.
pub async fn run(command: Duties, host: Host) -> anyhow::Result<Value> {
    let app = host.open().await?;
    let ctx = app.host().with_purpose("waxwing duties");
    let done = match command {
        Duties::Show { case } => show(&app, &ctx, &host, case.parse()?).await,
        Duties::Draft { case, draft } => hand_out(&app, &ctx, &host, case.parse()?, &draft).await,
        Duties::Facts { case, from, people_why, data_why } => {
            facts(&app, &ctx, &host, case.parse()?, from.as_deref(), (&people_why, &data_why)).await
        }
        Duties::Words { case, from } => words(&app, &ctx, &host, case.parse()?, from.as_deref()).await,
        Duties::Met { case, rule, at, reference } => {
            meet(&app, &ctx, &host, case.parse()?, (&rule, at.as_deref(), &reference)).await
        }
        Duties::Packets { case } => packets::list(&app, &ctx, &host, case.parse()?).await,
        Duties::Address { case, addressee, kind } => {
            packets::address(&app, &ctx, &host, case.parse()?, (&kind, addressee.as_deref())).await
        }
        Duties::Packet { case, packet, state: Some(state), at, said, .. } => {
            let packet = (case.parse()?, packet.parse()?);
            packets::go_on(&app, &ctx, &host, packet, (&state, at.as_deref(), &said)).await
        }
        Duties::Packet { case, packet, to, asked, .. } => {
            packets::rewrite(&app, &ctx, &host, (case.parse()?, packet.parse()?), (to, asked)).await
        }
        Duties::Register { format } => register(&app, &ctx, &host, &format).await,
        Duties::Country { field } => country(&app, &ctx, &host, field.as_deref()).await,
    };
    house::close(&app).await?;
    done
}

async fn show(app: &App, ctx: &Ctx, host: &Host, case: IncidentId) -> anyhow::Result<Value> {
    let mut tx = app.read(ctx, "duties.show").await?;
    let overview = duties::overview(app, &mut tx, ctx, case).await?;
    let zone = overview.facts.time_zone();
    let mut told = Vec::new();
    for standing in overview.duties.iter().filter(|one| one.clock.is_some()) {
        let duty = &standing.duty;
        let when = duty.when.as_ref().map(|when| when.words(&zone)).unwrap_or_default();
        host.output.say(format!("{:16} {}: {}\n{:16} {when}", duty.rule, duty.law, duty.title, ""));
        told.push(json!({
            "rule": duty.rule, "law": duty.law, "title": duty.title, "when": when, "reasons": duty.reasons,
            "met_at": standing.met.as_ref().map(|met| met.at),
        }));
    }
    if let Some(numbers) = &overview.numbers {
        host.output.say(format!("Numbers from {}", numbers.source));
    }
    host.output.say(waxwing_breach::duties::COUNSEL);
    Ok(
        json!({ "duties": told, "facts": overview.facts, "numbers_from": overview.numbers.map(|numbers| numbers.source) }),
    )
}

async fn hand_out(app: &App, ctx: &Ctx, host: &Host, case: IncidentId, draft: &str) -> anyhow::Result<Value> {
    let Some(wanted) = Wanted::parse(draft) else {
        let all: Vec<String> = Wanted::all().map(Wanted::word).collect();
        bail!("there is no such draft; there are {}", all.join(", "));
    };
    let mut tx = app.begin(ctx, "duties.draft").await?;
    let text = duties::hand_out(app, &mut tx, ctx, case, wanted).await?;
    tx.commit().await?;
    host.output.say(&text);
    Ok(json!({ "draft": draft, "text": text }))
}

async fn facts(
    app: &App,
    ctx: &Ctx,
    host: &Host,
    case: IncidentId,
    from: Option<&Path>,
    why: (&str, &str),
) -> anyhow::Result<Value> {
    let mut tx = app.begin(ctx, "duties.state").await?;
    if let Some(from) = from {
        let text = std::fs::read_to_string(from).with_context(|| from.display().to_string())?;
        let read = Facts::from_json(&text)?;
        duties::state_facts(app, &mut tx, ctx, case, why, |facts| {
            let judgements = facts.judgements.clone();
            *facts = Facts { judgements, ..read };
            Ok(())
        })
        .await?;
    }
    let facts = serde_json::to_value(duties::overview(app, &mut tx, ctx, case).await?.facts)?;
    tx.commit().await?;
    host.output.say(format!("{facts:#}"));
    Ok(json!({ "facts": facts }))
}

async fn words(app: &App, ctx: &Ctx, host: &Host, case: IncidentId, from: Option<&Path>) -> anyhow::Result<Value> {
    let mut tx = app.begin(ctx, "duties.state").await?;
    if let Some(from) = from {
        let text = std::fs::read_to_string(from).with_context(|| from.display().to_string())?;
        let parts = Parts::from_json(&text)?;
        duties::state(app, &mut tx, ctx, case, |stated| {
            stated.parts = parts;
            Ok(())
        })
        .await?;
    }
    let words = serde_json::to_value(duties::overview(app, &mut tx, ctx, case).await?.stated.parts)?;
    tx.commit().await?;
    host.output.say(format!("{words:#}"));
    Ok(json!({ "words": words }))
}

async fn meet(
    app: &App,
    ctx: &Ctx,
    host: &Host,
    case: IncidentId,
    (rule, at, reference): (&str, Option<&str>, &str),
) -> anyhow::Result<Value> {
    let at = match at {
        None => ctx.now(),
        Some(text) => {
            let stamp: jiff::Timestamp = text.parse().context("write the time like 2026-11-22T10:05:00Z")?;
            Micros::from_i64(stamp.as_microsecond())
        }
    };
    let mut tx = app.begin(ctx, "duties.meet").await?;
    duties::meet(app, &mut tx, ctx, case, rule, at, reference).await?;
    tx.commit().await?;
    host.output.say("noted as done");
    Ok(json!({ "rule": rule, "at": at }))
}

async fn register(app: &App, ctx: &Ctx, host: &Host, format: &str) -> anyhow::Result<Value> {
    let format = duties::RegisterFormat::parse(format).context("the format is csv or json")?;
    let mut tx = app.begin(ctx, "duties.register").await?;
    let text = duties::hand_out_register(app, &mut tx, ctx, format).await?;
    tx.commit().await?;
    host.output.say(text.trim_end());
    Ok(json!({ "register": text }))
}

async fn country(app: &App, ctx: &Ctx, host: &Host, field: Option<&str>) -> anyhow::Result<Value> {
    let mut tx = app.begin(ctx, "blast.country").await?;
    if let Some(field) = field {
        blast::set_country_field(app, &mut tx, ctx, field).await?;
    }
    let field = blast::country_field(&mut tx).await?;
    tx.commit().await?;
    host.output.say(format!("People are counted by the field {field}."));
    Ok(json!({ "field": field }))
}
