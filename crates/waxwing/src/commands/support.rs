//! `waxwing support`: what people write on the public page of a case, for when the web is not trusted or not there.

use super::Host;
use super::desk::Desk;
use crate::cli::Support;
use serde_json::{Value, json};
use waxwing_breach::support::{self, Message};
use waxwing_domain::{IncidentId, SupportId};

/// The newest messages that are listed.
const NEWEST: i64 = 200;

/// Runs one of the commands about messages.
pub async fn run(command: Support, host: Host) -> anyhow::Result<Value> {
    let desk = Desk::open(&host, "waxwing support").await?;
    let done = match command {
        Support::List { case } => list(&desk, &case).await,
        Support::Show { case, message } => show(&desk, &case, &message).await,
        Support::Answer { case, message, text } => answer(&desk, (&case, &message), &text).await,
        Support::Close { case, message } => close(&desk, &case, &message).await,
    };
    desk.close(done).await
}

fn view(one: &Message) -> Value {
    json!({
        "id": one.id, "state": one.state.as_str(), "verdict": one.verdict.map(|verdict| verdict.as_str()),
        "received_at": one.received_at, "due_at": one.due_at,
    })
}

async fn list(desk: &Desk, case: &str) -> anyhow::Result<Value> {
    let id: IncidentId = case.parse()?;
    let found = async |tx: &mut _| support::of_case(tx, &desk.ctx, id, None, NEWEST).await;
    let found = desk.look(("support.index", id), found).await?;
    let now = desk.ctx.now();
    let row = |one: &Message| {
        let late = if one.is_late(now) { "  LATE" } else { "" };
        (format!("{}  {:8}  due {}{late}", one.id, one.state.as_str(), one.due_at), view(one))
    };
    Ok(desk.listed("messages", "Nobody has written.", found.iter().map(row)))
}

async fn show(desk: &Desk, case: &str, message: &str) -> anyhow::Result<Value> {
    let (case, id): (IncidentId, SupportId) = (case.parse()?, message.parse()?);
    let opened = support::by_id(&desk.app, &desk.ctx, case, id, "cli").await?;
    desk.output.say(format!("From {}, {}:\n\n{}", opened.email, opened.message.received_at, opened.text));
    for reply in &opened.replies {
        desk.output.say(format!("\nAnswered {}:\n\n{}", reply.at, reply.text));
    }
    let replies: Value = opened.replies.iter().map(|reply| json!({ "at": reply.at, "text": reply.text })).collect();
    Ok(json!({
        "message": view(&opened.message), "email": opened.email, "text": opened.text, "replies": replies,
    }))
}

async fn answer(desk: &Desk, (case, message): (&str, &str), text: &str) -> anyhow::Result<Value> {
    let at: (IncidentId, SupportId) = (case.parse()?, message.parse()?);
    desk.change("support.answer", async |tx| support::answer(&desk.app, tx, &desk.ctx, at, text).await).await?;
    Ok(desk.said("answered; the mail leaves once “waxwing serve” runs", json!({ "id": at.1, "state": "answered" })))
}

async fn close(desk: &Desk, case: &str, message: &str) -> anyhow::Result<Value> {
    let (case, id): (IncidentId, SupportId) = (case.parse()?, message.parse()?);
    desk.change("support.close", async |tx| support::close(&desk.app, tx, &desk.ctx, case, id).await).await?;
    Ok(desk.said("closed", json!({ "id": id, "state": "closed" })))
}
