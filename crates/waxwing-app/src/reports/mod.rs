//! What became of every message: did it arrive, did people care, did it harm us?
//!
//! Promise: every number is read from the ledger when it is shown, and every number of people leads to them;
//! that look is recorded before it is answered. Limit: “accepted” is not “delivered”: what a provider does
//! with a message that it took is seen from here only when it answers.
//! States: none.
//! Tables: none of its own; reads `sources`, `revisions`, `ledger`, `outcomes`.
//! Events: none.
//! Jobs: none.

mod api;
mod pages;
mod people;
mod providers;
mod store;
#[cfg(test)]
mod tests;
mod words;

pub use people::{Group, Person, people};
pub use providers::{Outcome, providers};
pub use words::{defer_words, fail_words, skip_words};

use crate::outcomes::{self, Tally};
use crate::sending::{self, Counts, SourceState};
use crate::{App, Error, Result, unsubscribe};
use waxwing_domain::{Action, CampaignId, Ctx, Micros, SourceId};
use waxwing_http::{Routes, api};
use waxwing_store::{JobRegistry, Tx};

/// At most so many points on the time axis.
const POINTS: i64 = 48;
/// Steps of the time axis, in microseconds.
const STEPS: [i64; 7] = [
    Micros::MINUTE,
    5 * Micros::MINUTE,
    15 * Micros::MINUTE,
    Micros::HOUR,
    6 * Micros::HOUR,
    Micros::DAY,
    7 * Micros::DAY,
];

/// The report of a campaign.
#[derive(Clone, Debug)]
pub struct Report {
    /// The campaign.
    pub campaign: CampaignId,
    /// Its messages in the ledger.
    pub source: SourceId,
    /// What the team calls the campaign.
    pub name: String,
    /// The subject as it was frozen.
    pub subject: String,
    /// Where it stands.
    pub state: SourceState,
    /// Why it is held, in a sentence.
    pub hold_reason: Option<String>,
    /// When the first message could leave.
    pub started_at: Option<Micros>,
    /// When the last recipient got an outcome.
    pub finished_at: Option<Micros>,
    /// How many recipients stand where.
    pub counts: Counts,
    /// Who left by a link of this campaign.
    pub unsubscribed: i64,
    /// What providers reported afterwards.
    pub reported: Tally,
}

impl Report {
    /// Refused for the message or for who we are: what hurts the next campaign too.
    pub fn refused_us(&self) -> i64 {
        self.failed_for(&["content", "policy", "auth"])
    }
    /// Refused because there is no such mailbox.
    pub fn refused_address(&self) -> i64 {
        self.failed_for(&["recipient"])
    }
    /// Whether the numbers still move.
    pub const fn is_live(&self) -> bool {
        matches!(self.state, SourceState::Running) || !self.counts.filled
    }

    fn failed_for(&self, causes: &[&str]) -> i64 {
        let of = |(cause, number): &(String, i64)| if causes.contains(&cause.as_str()) { *number } else { 0 };
        self.counts.failed_by.iter().map(of).sum()
    }
}

/// The report of a campaign that was started or scheduled.
///
/// # Errors
/// [`Error::NotFound`] for a campaign of which nothing was sent yet.
pub async fn report(tx: &mut Tx, ctx: &Ctx, campaign: CampaignId) -> Result<Report> {
    ctx.authorise(Action::ReportsRead)?;
    let sent = store::by_campaign(tx, campaign).await?.ok_or(Error::NotFound("report"))?;
    let unsubscribed = unsubscribe::count(tx, ctx, sent.source).await?;
    let reported = outcomes::tally(tx, ctx, sent.source).await?;
    let counts = sending::counts(tx, sent.source).await?;
    Ok(complete(sent, counts, unsubscribed, reported))
}

/// Reports before source number `before`, newest first.
pub async fn reports(tx: &mut Tx, ctx: &Ctx, before: i64, limit: i64) -> Result<Vec<Report>> {
    ctx.authorise(Action::ReportsRead)?;
    let page = store::page(tx, before, limit).await?;
    let sources: Vec<SourceId> = page.iter().map(|sent| sent.source).collect();
    let mut standings = sending::standings(tx, &sources).await?;
    let mut reported = outcomes::tallies(tx, ctx, &sources).await?;
    let left = unsubscribe::counts(tx, ctx, sources).await?;
    let whole = page.into_iter().map(|sent| {
        let unsubscribed = left.get(&sent.source).copied().unwrap_or_default();
        let standing = standings.remove(&sent.source).ok_or(Error::NotFound("source"))?;
        let reported = reported.remove(&sent.source).unwrap_or_default();
        Ok(complete(sent, standing.counts, unsubscribed, reported))
    });
    whole.collect()
}

fn complete(sent: store::Sent, counts: Counts, unsubscribed: i64, reported: Tally) -> Report {
    let store::Sent { campaign, source, name, subject, state, hold_reason, started_at, finished_at } = sent;
    Report {
        campaign,
        source,
        name,
        subject,
        state,
        hold_reason,
        started_at,
        finished_at,
        counts,
        unsubscribed,
        reported,
    }
}

/// One point on the time axis.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Point {
    /// When it begins.
    pub at: Micros,
    /// Accepted until the next point.
    pub accepted: i64,
    /// Failed until the next point.
    pub failed: i64,
}

/// How many messages were accepted and failed over time, in at most 50 steps. Reads every row of the source.
pub async fn timeline(tx: &mut Tx, ctx: &Ctx, source: SourceId) -> Result<Vec<Point>> {
    ctx.authorise(Action::ReportsRead)?;
    let Some((first, last)) = store::span(tx, source).await? else { return Ok(Vec::new()) };
    Ok(store::timeline(tx, source, step(last.since(first))).await?)
}

fn step(span: i64) -> i64 {
    let weeks = STEPS[STEPS.len() - 1];
    let fits = STEPS.into_iter().find(|step| span / step < POINTS);
    fits.unwrap_or_else(|| (span / POINTS / weeks + 1) * weeks)
}

/// The routes of this feature.
pub(crate) fn routes() -> Routes<App> {
    let routes = api!(pages::routes(), Action::ReportsRead, api::index);
    let routes = api!(routes, Action::ReportsRead, api::show);
    let routes = api!(routes, Action::ReportsRead, api::providers);
    api!(routes, Action::ReportsRecipients, api::recipients)
}

/// The jobs of this feature.
pub(crate) const fn jobs(_registry: &mut JobRegistry, _app: &App) {}
