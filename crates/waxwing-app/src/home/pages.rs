//! The home page, and `/healthz` for whoever watches over the process.

use super::needs::{Facts, Need, Step};
use super::{LAST_BACKUP, growth, more, store};
use crate::accounts::approvals;
use crate::settings::{self, Rate};
use crate::{App, alerts, keys, lists, relays, subscribers};
use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use waxwing_domain::{AccountId, Action, Actor, Ctx, Micros};
use waxwing_http::{Fail, Page, Shell, Who, count};
use waxwing_store::{Tx, record_head};

#[derive(Template)]
#[template(path = "home/pages/home.html")]
struct HomePage {
    shell: Shell,
    needs: Vec<Need>,
    /// Empty once all are done.
    steps: Vec<Step>,
    people: String,
    sent: String,
    running: Vec<Running>,
    used: Vec<Used>,
    growth: Vec<(Micros, i64)>,
    security: Security,
}

struct Running {
    href: String,
    audience: String,
}

/// How much of a limit is used up.
struct Used {
    label: &'static str,
    used: i64,
    limit: i64,
}

struct Security {
    entries: String,
    pending: String,
    epoch: Option<Micros>,
    backup: Option<Micros>,
    second_factors: String,
}

/// What is seen by whose rights are limited to lists: nothing that is of the whole workspace.
#[derive(Template)]
#[template(path = "home/pages/of_lists.html")]
struct OfLists {
    shell: Shell,
    people: String,
    lists: Vec<lists::List>,
}

pub(super) async fn show(State(app): State<App>, Who(ctx): Who, shell: Shell) -> Result<Response, Fail> {
    let mut tx = app.read(&ctx, "home.show").await?;
    if ctx.rights.lists.is_some() {
        let people = count(subscribers::count(&mut tx).await?);
        let lists = if ctx.may(Action::ListsRead) { lists::all(&mut tx).await? } else { Vec::new() };
        return Ok(Page(OfLists { shell: shell.titled("Home"), people, lists }).into_response());
    }
    let page = page(&app, &mut tx, &ctx, shell).await?;
    Ok(Page(page).into_response())
}

async fn page(app: &App, tx: &mut Tx, ctx: &Ctx, shell: Shell) -> crate::Result<HomePage> {
    let facts = facts(app, tx, ctx).await?;
    let steps = facts.steps();
    let steps = if steps.iter().all(|step| step.done) { Vec::new() } else { steps };
    let running = facts
        .sources
        .iter()
        .filter(|source| source.running)
        .map(|source| Running { href: format!("/campaigns/{}", source.campaign), audience: count(source.audience) });
    Ok(HomePage {
        shell: shell.titled("Home"),
        needs: facts.needs(more::all(app, tx, ctx).await?),
        steps,
        people: count(facts.people),
        sent: count(store::sent(tx, ctx.now().plus(-30 * Micros::DAY)).await?),
        running: running.collect(),
        used: used(tx, facts.settings.limits.workspace, ctx.now()).await?,
        growth: growth::show(tx, ctx, facts.people).await?,
        security: security(tx, &facts).await?,
    })
}

async fn facts(app: &App, tx: &mut Tx, ctx: &Ctx) -> crate::Result<Facts> {
    let week = ctx.now().plus(-7 * Micros::DAY);
    let ring = app.store().keys().ring();
    let backup = settings::value(tx, LAST_BACKUP).await?;
    Ok(Facts {
        now: ctx.now(),
        settings: settings::load(tx).await?,
        people: store::people(tx).await?,
        relays: store::relays(tx).await?,
        relays_on_loopback: relays::all_on_loopback(tx).await?,
        domains: store::domains(tx).await?,
        sources: store::sources(tx).await?,
        ever_sent: store::ever_sent(tx).await?,
        to_decide: approvals::to_decide(tx, ctx).await?.len(),
        failed_jobs: store::failed_jobs(tx, week).await?,
        lost_mail: store::lost_mail(tx, week).await?,
        alerts: if ctx.may(Action::AlertsRead) { alerts::open(tx).await? } else { 0 },
        own_second_factor: own_second_factor(tx, ctx).await?,
        last_backup: backup.and_then(|text| text.parse().ok()).map(Micros::from_i64),
        resealing: keys::resealing(app, tx).await?,
        epoch_began: ring.epochs().last().map(|(_, began)| *began),
    })
}

async fn own_second_factor(tx: &mut Tx, ctx: &Ctx) -> crate::Result<bool> {
    let Actor::Account(id, _) = ctx.actor else { return Ok(true) };
    let id: AccountId = id;
    Ok(store::has_second_factor(tx, id).await?)
}

/// A bucket is the time at which it will be full again, so what is missing was used.
async fn used(tx: &mut Tx, limit: Rate, now: Micros) -> crate::Result<Vec<Used>> {
    let buckets = store::buckets(tx).await?;
    let of = |label, period: &str, limit: Option<i64>, length: i64| {
        let ready = buckets.iter().find(|(name, _)| name == period).map_or(now, |(_, at)| *at);
        let missing = i128::from(ready.since(now).clamp(0, length));
        let used = |limit: i64| i64::try_from(missing * i128::from(limit) / i128::from(length)).unwrap_or(limit);
        limit.map(|limit| Used { label, used: used(limit), limit })
    };
    let hour = of("Of this hour's limit", "hour", limit.per_hour, Micros::HOUR);
    let day = of("Of this day's limit", "day", limit.per_day, Micros::DAY);
    Ok(hour.into_iter().chain(day).collect())
}

async fn security(tx: &mut Tx, facts: &Facts) -> crate::Result<Security> {
    let (entries, _) = record_head(tx).await?;
    let (owners, with_factor) = store::owners(tx).await?;
    Ok(Security {
        entries: count(entries),
        pending: count(store::pending(tx).await?),
        epoch: facts.epoch_began,
        backup: facts.last_backup,
        second_factors: format!("{} of {}", count(with_factor), count(owners)),
    })
}

/// Whether the process answers and its database with it. Says nothing else: anybody may ask.
pub(super) async fn health(State(app): State<App>) -> Result<&'static str, Fail> {
    app.gate().now(app.workspace()).await.map_err(crate::Error::from)?;
    Ok("ok\n")
}
