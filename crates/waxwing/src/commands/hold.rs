//! `waxwing hold`: legal holds, placed and released from the host.
//!
//! Promise: the same use cases as the page's, under the host's name. Limit: a release asks nobody; who has the host has
//! the data anyway. Who waits for their erasure is erased by the server, or by the next command that does queued work.

use super::Host;
use crate::cli::Hold as Command;
use crate::house;
use serde_json::{Value, json};
use waxwing_app::App;
use waxwing_app::holds::{self, Extent, Hold};
use waxwing_domain::{Ctx, SubjectNo};

/// Lists, places or releases.
pub async fn run(command: Command, host: Host) -> anyhow::Result<Value> {
    let app = host.open().await?;
    let ctx = app.host().with_purpose("waxwing hold");
    let done = match command {
        Command::List => list(&app, &ctx, &host).await,
        Command::Place { reason, subscriber } => place(&app, &ctx, &host, (&reason, subscriber)).await,
        Command::Release { id } => release(&app, &ctx, &host, &id).await,
    };
    house::close(&app).await?;
    done
}

async fn list(app: &App, ctx: &Ctx, host: &Host) -> anyhow::Result<Value> {
    let mut tx = app.read(ctx, "holds.index").await?;
    let all = holds::all(&mut tx, ctx).await?;
    if all.is_empty() {
        host.output.say("Nothing is held.");
    }
    for hold in &all {
        let state = if hold.released.is_some() { "released" } else { "held" };
        host.output.say(format!("{}  {state:8}  {}  {}", hold.id, whom(hold), hold.reason));
    }
    Ok(all.iter().map(view).collect())
}

fn whom(hold: &Hold) -> String {
    match hold.extent {
        Extent::Workspace => "everybody".to_owned(),
        Extent::Person(subject) => format!("subscriber {subject}"),
    }
}

fn view(hold: &Hold) -> Value {
    let subscriber = match hold.extent {
        Extent::Workspace => None,
        Extent::Person(subject) => Some(subject),
    };
    json!({
        "id": hold.id, "subscriber": subscriber, "reason": hold.reason, "since": hold.since,
        "released_at": hold.released.map(|(_, at)| at),
    })
}

async fn place(app: &App, ctx: &Ctx, host: &Host, (reason, subscriber): (&str, Option<u32>)) -> anyhow::Result<Value> {
    let extent = subscriber.map_or(Extent::Workspace, |number| Extent::Person(SubjectNo::new(number)));
    let mut tx = app.begin(ctx, "holds.place").await?;
    let id = holds::place(app, &mut tx, ctx, extent, reason).await?;
    tx.commit().await?;
    host.output.say(format!("{id} is placed. Nobody it covers is erased until it is released."));
    Ok(json!({ "id": id }))
}

async fn release(app: &App, ctx: &Ctx, host: &Host, id: &str) -> anyhow::Result<Value> {
    let id = id.parse()?;
    let mut tx = app.begin(ctx, "holds.release").await?;
    holds::release(app, &mut tx, ctx, id).await?;
    tx.commit().await?;
    host.output.say(format!("{id} is released. Who waited and is under no other hold is erased by the server."));
    Ok(json!({ "id": id, "released": true }))
}
