//! Alerts: what the detectors found, what was done about it, and whether they were right.
//!
//! Promise: a running campaign whose bounces, refusals or unsubscribes are beyond what its lists'
//! own history allows is paused within a second of the outcome that proves it; every alert says what
//! was observed, what was expected, where the bound lies and on how many messages it rests. What is sent,
//! read by programs, exported and asked for by sign-ups is compared each minute with its hour of the week.
//! Limits: a detector speaks once of one campaign, so that whoever resumes it has decided, and once a day of
//! one flow; a message whose last byte is out cannot be called back; complaints are not heard of yet.
//! States: without a verdict → true | false | benign; a verdict can be changed.
//! Tables: `alerts`, `alerts_hours`; reads `signals`, the record, `sources`, `source_lists` and `campaigns`.
//! Events: record `alerts.raise`, `alerts.judge`; signal `alerts.raised`.
//! Jobs: `alerts.look` (one source, after a bad outcome), `alerts.watch` (all that are recent, each minute).

mod api;
mod judge;
mod pages;
mod raise;
mod rates;
mod store;
mod store_hours;
#[cfg(test)]
mod tests;
mod volumes;
mod watch;

pub use judge::{Precision, judge, precision};

pub(crate) use watch::register as jobs;

use crate::{App, Error, Result};
use http::Method;
use waxwing_detect::Finding;
use waxwing_detect::rate::Signal;
use waxwing_detect::volume::Flow;
use waxwing_domain::{Action, AlertId, CampaignId, Ctx, Micros};
use waxwing_http::{Routes, api};
use waxwing_store::Tx;

/// What found it.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub enum Detector {
    /// The rate of bad outcomes of one campaign.
    Rate(Signal),
    /// An hour that brings far more than its hour of the week does.
    Burst(Flow),
    /// A week that brings more than the weeks before it.
    Drift(Flow),
}

impl Detector {
    /// The stable word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Rate(signal) => signal.as_str(),
            Self::Burst(Flow::Sent) => "burst.sent",
            Self::Burst(Flow::ApiReads) => "burst.api_reads",
            Self::Burst(Flow::Exports) => "burst.exports",
            Self::Burst(Flow::Signups) => "burst.signups",
            Self::Drift(Flow::Sent) => "drift.sent",
            Self::Drift(Flow::ApiReads) => "drift.api_reads",
            Self::Drift(Flow::Exports) => "drift.exports",
            Self::Drift(Flow::Signups) => "drift.signups",
        }
    }
    /// Reads the stable word.
    pub fn parse(word: &str) -> Option<Self> {
        match word.split_once('.') {
            None => Signal::parse(word).map(Self::Rate),
            Some(("burst", flow)) => Flow::parse(flow).map(Self::Burst),
            Some(("drift", flow)) => Flow::parse(flow).map(Self::Drift),
            Some(_) => None,
        }
    }
    /// What people read.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Rate(Signal::Bounce) => "Addresses that do not exist",
            Self::Rate(Signal::Refusal) => "Refusals of content or sender",
            Self::Rate(Signal::Complaint) => "Complaints",
            Self::Rate(Signal::Unsubscribe) => "Unsubscribes",
            Self::Rate(Signal::Deferral) => "Deferrals",
            Self::Burst(Flow::Sent) => "A burst of messages",
            Self::Burst(Flow::ApiReads) => "A burst of reads by programs",
            Self::Burst(Flow::Exports) => "A burst of exports",
            Self::Burst(Flow::Signups) => "A burst of sign-ups",
            Self::Drift(Flow::Sent) => "More messages than usual for a week",
            Self::Drift(Flow::ApiReads) => "More reads by programs than usual for a week",
            Self::Drift(Flow::Exports) => "More exports than usual for a week",
            Self::Drift(Flow::Signups) => "More sign-ups than usual for a week",
        }
    }
}

impl Detector {
    /// Whether it speaks of shares of messages; else of numbers in an hour or a week.
    pub const fn is_rate(self) -> bool {
        matches!(self, Self::Rate(_))
    }
}

/// What was done by itself.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Act {
    /// Nothing.
    None,
    /// The campaign was paused.
    Paused,
}

impl Act {
    /// The stable word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Paused => "paused",
        }
    }
    fn parse(word: &str) -> Option<Self> {
        [Self::None, Self::Paused].into_iter().find(|act| act.as_str() == word)
    }
}

/// What a person says of an alert.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Verdict {
    /// It was right, and something was wrong.
    True,
    /// It was wrong.
    False,
    /// It saw something real that was meant to be so.
    Benign,
}

impl Verdict {
    /// Every one.
    pub const ALL: [Self; 3] = [Self::True, Self::False, Self::Benign];
    /// The stable word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::True => "true",
            Self::False => "false",
            Self::Benign => "benign",
        }
    }
    /// Reads the stable word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|verdict| verdict.as_str() == word)
    }
    /// What people read.
    pub const fn words(self) -> &'static str {
        match self {
            Self::True => "Right",
            Self::False => "Wrong",
            Self::Benign => "Right, but harmless",
        }
    }
}

/// An alert.
#[derive(Clone, Debug)]
pub struct Alert {
    /// Its id.
    pub id: AlertId,
    /// When it was raised.
    pub at: Micros,
    /// What found it.
    pub detector: Detector,
    /// The campaign it is about, if any.
    pub campaign: Option<CampaignId>,
    /// What the team calls that campaign; `None` when it is gone.
    pub name: Option<String>,
    /// Numbers and reasons.
    pub finding: Finding,
    /// What was done by itself.
    pub act: Act,
    /// What a person said of it.
    pub verdict: Option<Verdict>,
}

/// Alerts before `before`, newest first.
pub async fn page(tx: &mut Tx, ctx: &Ctx, before: Option<AlertId>, limit: i64) -> Result<Vec<Alert>> {
    ctx.authorise(Action::AlertsRead)?;
    Ok(store::page(tx, before.map_or(i64::MAX, AlertId::as_i64), limit).await?)
}

/// One alert.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn by_id(tx: &mut Tx, ctx: &Ctx, id: AlertId) -> Result<Alert> {
    ctx.authorise(Action::AlertsRead)?;
    store::by_id(tx, id).await?.ok_or(Error::NotFound("alert"))
}

/// How many alerts wait for a verdict.
pub async fn open(tx: &mut Tx) -> Result<i64> {
    Ok(store::open(tx).await?)
}

/// The routes of this feature.
pub(crate) fn routes() -> Routes<App> {
    let routes = Routes::new()
        .page(Method::GET, "/security/alerts", Action::AlertsRead, pages::index)
        .page(Method::GET, "/security/alerts/{id}", Action::AlertsRead, pages::show)
        .page(Method::POST, "/security/alerts/{id}/verdict", Action::AlertsJudge, pages::judge);
    let routes = api!(routes, Action::AlertsRead, api::index);
    let routes = api!(routes, Action::AlertsRead, api::show);
    let routes = api!(routes, Action::AlertsRead, api::precision);
    api!(routes, Action::AlertsJudge, api::judge)
}
