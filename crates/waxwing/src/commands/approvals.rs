//! `waxwing approvals`: what needs a second person, set by the host, and what waits for one.
//!
//! Promise: the host sets anything without asking anybody; it is the way out where nobody is left to
//! decide. Limit: it decides no request; a yes is a person's.

use super::Host;
use crate::cli::{Approvals, Threshold};
use crate::house;
use serde_json::{Value, json};
use waxwing_app::App;
use waxwing_app::accounts::approvals::{self, Approval, Policy};
use waxwing_domain::Ctx;

/// The newest requests that are listed.
const NEWEST: u32 = 50;

/// Lists requests, or sets what needs a second person.
pub async fn run(command: Approvals, host: Host) -> anyhow::Result<Value> {
    let app = host.open().await?;
    let ctx = app.host().with_purpose("waxwing approvals");
    let done = match command {
        Approvals::List => list(&app, &ctx, &host).await,
        Approvals::Policy { exports, roles, new_lists, sends_over, longer } => {
            let change = |old: Policy| Policy {
                exports: exports.unwrap_or(old.exports),
                grants: roles.unwrap_or(old.grants),
                new_audiences: new_lists.unwrap_or(old.new_audiences),
                sends_over: sends_over.map_or(old.sends_over, |Threshold(most)| most),
                retention: longer.unwrap_or(old.retention),
            };
            policy(&app, &ctx, &host, change).await
        }
    };
    house::close(&app).await?;
    done
}

async fn list(app: &App, ctx: &Ctx, host: &Host) -> anyhow::Result<Value> {
    let mut tx = app.read(ctx, "approvals.index").await?;
    let (requests, _) = approvals::page(&mut tx, ctx, None, NEWEST).await?;
    if requests.is_empty() {
        host.output.say("There is no request.");
    }
    for request in &requests {
        let state = request.state_at(ctx.now()).as_str();
        host.output.say(format!("{}  {state:9}  {}: {}", request.id, request.kind.words(), request.title));
    }
    Ok(requests.iter().map(|request| view(request, ctx)).collect())
}

fn view(request: &Approval, ctx: &Ctx) -> Value {
    json!({
        "id": request.id,
        "kind": request.kind.as_str(),
        "title": request.title,
        "people": request.people,
        "state": request.state_at(ctx.now()).as_str(),
        "digest": request.digest_hex(),
        "asked_at": request.asked_at,
        "expires_at": request.expires_at,
    })
}

async fn policy(app: &App, ctx: &Ctx, host: &Host, change: impl Fn(Policy) -> Policy) -> anyhow::Result<Value> {
    let mut tx = app.begin(ctx, "approvals.set_policy").await?;
    let new = change(approvals::policy(&mut tx).await?);
    let passage = approvals::set_policy(app, &mut tx, ctx, new).await?;
    anyhow::ensure!(passage.waits().is_none(), "the host was asked for a second person");
    tx.commit().await?;
    let word = |on: bool| if on { "yes" } else { "no" };
    host.output.say(format!("exports          {}", word(new.exports)));
    host.output.say(format!("powerful roles   {}", word(new.grants)));
    host.output.say(format!("new lists        {}", word(new.new_audiences)));
    host.output.say(format!("keeping longer   {}", word(new.retention)));
    host.output
        .say(format!("sends over       {}", new.sends_over.map_or("no threshold".into(), |most| most.to_string())));
    Ok(serde_json::to_value(new)?)
}
