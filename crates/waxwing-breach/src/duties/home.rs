//! What a case adds to Home: every open one that whoever looks is in, with its nearest time.

use super::overview;
use crate::incidents::{self, Clocks};
use futures::future::BoxFuture;
use waxwing_app::home::{More, Need};
use waxwing_app::{App, Result};
use waxwing_domain::{Action, Ctx, IncidentId, Micros};
use waxwing_http::Tone;
use waxwing_store::{Tx, inventory};

/// Cases that are looked through for open ones, at most.
const CASES: i64 = 50;

/// What is due within this time is in red, in microseconds.
const PRESSING: i64 = 3 * Micros::DAY;

inventory::submit! { More(ask) }
inventory::submit! { Clocks(|app, tx, ctx, id| Box::pin(running(app, tx, ctx, id))) }

/// What runs out in one case, the nearest first; nothing once it is closed.
async fn running(app: &App, tx: &mut Tx, ctx: &Ctx, id: IncidentId) -> Result<Vec<String>> {
    let seen = overview(app, tx, ctx, id).await?;
    if !seen.case.status.is_open() {
        return Ok(Vec::new());
    }
    Ok(seen.clocks(ctx.now()).into_iter().map(|(standing, due)| seen.line(standing, due, ctx.now())).collect())
}

fn ask<'a>(app: &'a App, tx: &'a mut Tx, ctx: &'a Ctx) -> BoxFuture<'a, Result<Vec<Need>>> {
    Box::pin(cases(app, tx, ctx))
}

async fn cases(app: &App, tx: &mut Tx, ctx: &Ctx) -> Result<Vec<Need>> {
    if !ctx.may(Action::IncidentsRead) {
        return Ok(Vec::new());
    }
    let mut found: Vec<(Option<Micros>, Need)> = Vec::new();
    for case in incidents::page(tx, ctx, None, CASES).await?.into_iter().filter(|case| case.status.is_open()) {
        let seen = overview(app, tx, ctx, case.id).await?;
        let nearest = seen.clocks(ctx.now()).into_iter().next();
        let (tone, text) = match nearest {
            Some((standing, due)) => {
                let tone = if due.since(ctx.now()) < PRESSING { Tone::Danger } else { Tone::Attention };
                (tone, format!("{}. {}", case.codename, seen.line(standing, due, ctx.now())))
            }
            None if case.aware.is_some() => {
                (Tone::Attention, format!("{} is open; no time of law is running out.", case.codename))
            }
            None => (
                Tone::Attention,
                format!("{}: is it a breach? Somebody has to say so, or that it is none.", case.codename),
            ),
        };
        let need = Need { tone, text, href: format!("/security/incidents/{}", case.id), verb: "Open the case" };
        found.push((nearest.map(|(_, due)| due), need));
    }
    found.sort_by_key(|(due, _)| due.unwrap_or(Micros::from_i64(i64::MAX)));
    Ok(found.into_iter().map(|(_, need)| need).collect())
}
