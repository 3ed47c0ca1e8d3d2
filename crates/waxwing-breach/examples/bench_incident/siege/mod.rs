//! A workspace under full load that is contained while everybody watches from outside.
//!
//! Promise: nodes are the product with a store, a listener and a runner each; what is seen of them is seen over
//! sockets: answers to a session and to a key, bytes of exports, messages that arrive at a mail server. Limit: the
//! nodes are in one process, and the order is given by a store of its own, as `waxwing lockdown` gives it.

mod crowd;
mod node;
mod watch;

pub use watch::{Kind, Watch};

use crate::Outcome;
use node::{Node, Place};
use std::time::{Duration, Instant};
use waxwing_app::App;
use waxwing_breach::containment::{self, Order, Scope};
use waxwing_demo::capture::{Act, CaptureOptions, CaptureServer, Rule, Rules};
use waxwing_domain::Micros;

/// How long everybody goes on asking after the containment returned.
const AFTER: Duration = Duration::from_secs(2);
/// How long the load may take to get going.
const PATIENCE: Duration = Duration::from_secs(120);

/// How large it is.
#[derive(Clone)]
pub struct Plan {
    /// People who are written to, and who are exported.
    pub people: usize,
    /// Nodes that serve; more than one only on PostgreSQL.
    pub nodes: usize,
    /// The address of a fresh PostgreSQL database; the embedded one where absent.
    pub postgres: Option<String>,
    /// How long the mail server takes to answer each message.
    pub slowness: Duration,
}

/// What was seen.
pub struct Seen {
    /// From the confirmation to the return of `contain`.
    pub returned: Duration,
    /// Messages a minute, measured over the time before.
    pub a_minute: f64,
    /// Of each kind: how often something was honoured before, and how long after the confirmation the last time.
    pub kinds: Vec<(Kind, u64, Duration)>,
}

/// Lays siege, contains, and says what was seen.
pub async fn run(plan: &Plan) -> Outcome<Seen> {
    let slow = Rules::accept_all().first(Rule::local("", Act::Slow(plan.slowness)));
    let mailboxes = CaptureOptions { rules: slow, ..CaptureOptions::default() };
    let mailboxes = CaptureServer::start(([127, 0, 0, 1], 0).into(), mailboxes).await?;
    let place = Place::found(plan.postgres.clone()).await?;
    let mut nodes = Vec::with_capacity(plan.nodes);
    for _ in 0..plan.nodes {
        nodes.push(Node::start(&place).await?);
    }
    let commander = place.open().await?;
    let crowd = crowd::gather(&commander, plan.people, mailboxes.address()).await?;
    let addresses: Vec<_> = nodes.iter().map(|node| node.address).collect();
    let watch = Watch::begin(&addresses, &crowd, mailboxes.captured().clone());
    let a_minute = under_way(&watch, plan.people).await?;
    let (confirmed, returned) = contain(&commander).await?;
    tokio::time::sleep(AFTER).await;
    let kinds = watch.end(confirmed).await?;
    for node in nodes {
        node.end().await?;
    }
    commander.store().close().await;
    Ok(Seen { returned, a_minute, kinds })
}

/// Waits until all kinds are honoured and a part of the mail is out; gives the messages a minute.
async fn under_way(watch: &Watch, people: usize) -> Outcome<f64> {
    let begun = Instant::now();
    while watch.honoured(Kind::Smtp) == 0 {
        patient(begun)?;
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let (first, since) = (watch.honoured(Kind::Smtp), Instant::now());
    let enough = first + people as u64 / 5;
    while watch.honoured(Kind::Smtp) < enough || Kind::ALL.iter().any(|kind| watch.honoured(*kind) < 3) {
        patient(begun)?;
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let sent = watch.honoured(Kind::Smtp);
    if sent > people as u64 * 9 / 10 {
        return Err("nearly everybody had their message before all else was under way; take more people".into());
    }
    Ok((sent - first) as f64 / since.elapsed().as_secs_f64() * 60.0)
}

fn patient(begun: Instant) -> Outcome<()> {
    if begun.elapsed() < PATIENCE { Ok(()) } else { Err("the load does not get under way".into()) }
}

async fn contain(app: &App) -> Outcome<(Instant, Duration)> {
    let ctx = app.host().with_purpose("siege");
    let suspected_from = ctx.now().plus(-Micros::HOUR);
    let order = Order { scope: Scope::Workspace, reason: "A siege.".into(), suspected_from };
    let confirmed = Instant::now();
    containment::contain(app, &ctx, &order).await?;
    Ok((confirmed, confirmed.elapsed()))
}
