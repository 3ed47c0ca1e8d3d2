//! `waxwing duties packets`, `address` and `packet`: what providers and controllers are told of a case.

use super::Host;
use anyhow::Context as _;
use serde_json::{Value, json};
use waxwing_app::App;
use waxwing_breach::duties::{self, Packet, PacketKind, PacketState};
use waxwing_domain::{CasePartId, Ctx, IncidentId, Micros, Operation};
use waxwing_store::Entry;

fn view(one: &Packet) -> Value {
    json!({
        "id": one.id, "kind": one.kind.as_str(), "state": one.state.as_str(), "addressee": one.addressee,
        "asked": one.asked, "text": one.text, "gaps": one.gaps, "drafted_at": one.drafted_at, "sent_at": one.sent_at,
        "reference": one.reference, "answered_at": one.answered_at, "answer": one.answer,
    })
}

pub(super) async fn list(app: &App, ctx: &Ctx, host: &Host, case: IncidentId) -> anyhow::Result<Value> {
    let all = duties::packets(app, &mut app.read(ctx, "duties.packets").await?, ctx, case).await?;
    let entry = Entry::new(Operation::Read, "duties.packets").on("incident", case.as_i64()).to("cli");
    app.store().disclose(ctx, entry).await?;
    if all.is_empty() {
        host.output.say("Nobody is written to yet.");
    }
    for one in &all {
        host.output.say(format!("{}  {:8}  {}\n\n{}", one.id, one.state.as_str(), one.addressee, one.text));
    }
    Ok(json!({ "packets": all.iter().map(view).collect::<Value>() }))
}

pub(super) async fn address(
    app: &App,
    ctx: &Ctx,
    host: &Host,
    case: IncidentId,
    (kind, addressee): (&str, Option<&str>),
) -> anyhow::Result<Value> {
    let mut tx = app.begin(ctx, "duties.packet").await?;
    let drafted = match addressee {
        None => duties::prepare_packets(app, &mut tx, ctx, case).await?,
        Some(addressee) => {
            let kind = PacketKind::parse(kind).context("say provider or controller")?;
            duties::address_packet(app, &mut tx, ctx, case, (kind, addressee)).await?;
            1
        }
    };
    tx.commit().await?;
    host.output.say(format!("Packets drafted: {drafted}"));
    Ok(json!({ "drafted": drafted }))
}

pub(super) async fn rewrite(
    app: &App,
    ctx: &Ctx,
    host: &Host,
    (case, packet): (IncidentId, CasePartId),
    (to, asked): (Option<String>, Option<String>),
) -> anyhow::Result<Value> {
    let mut tx = app.begin(ctx, "duties.packet").await?;
    let all = duties::packets(app, &mut tx, ctx, case).await?;
    let found = all.into_iter().find(|one| one.id == packet).context("there is no such packet in this case")?;
    let (to, asked) = (to.unwrap_or(found.addressee), asked.unwrap_or(found.asked));
    duties::rewrite_packet(app, &mut tx, ctx, case, packet, (&to, &asked)).await?;
    tx.commit().await?;
    host.output.say("saved");
    Ok(json!({ "id": packet, "addressee": to, "asked": asked }))
}

pub(super) async fn go_on(
    app: &App,
    ctx: &Ctx,
    host: &Host,
    (case, packet): (IncidentId, CasePartId),
    (state, at, said): (&str, Option<&str>, &str),
) -> anyhow::Result<Value> {
    let to = PacketState::parse(state).context("say sent or answered")?;
    let at = match at {
        None => ctx.now(),
        Some(text) => {
            let stamp: jiff::Timestamp = text.parse().context("write the time like 2026-11-22T10:05:00Z")?;
            Micros::from_i64(stamp.as_microsecond())
        }
    };
    let mut tx = app.begin(ctx, "duties.packet").await?;
    duties::go_on_with_packet(app, &mut tx, ctx, case, (packet, to), (at, said)).await?;
    tx.commit().await?;
    host.output.say("noted");
    Ok(json!({ "id": packet, "state": to.as_str(), "at": at }))
}
