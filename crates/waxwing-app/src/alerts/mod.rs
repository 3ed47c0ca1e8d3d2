//! Alerts: what the detectors found, what was done about it, and whether they were right.
//!
//! Promise: a running campaign whose bounces, refusals, complaints or unsubscribes are beyond what its lists'
//! own history allows is paused within a second of the outcome that proves it; every alert says what
//! was observed, what was expected, where the bound lies and on how many messages it rests. A strange sign-in, tried-out
//! passwords and a key from elsewhere are looked at within seconds. What is sent,
//! read by programs, exported, asked for by sign-ups and refused at sign-ins is compared each minute with its hour of
//! the week; so are strange sign-ins, lists that are tried out, people who open far more than they and their peers
//! do, sign-ups that nobody asked for, imports whose addresses do not exist, and campaigns with links or senders that
//! none had before, and links that machines open; so are API keys that come from where they may not or read as they never
//! did, and, each day, lists that are worse than the others. Mail to somebody made up is told at once. An alert names
//! the one thing that it is about; what its rule contains by itself is a key, a webhook or a relay.
//! Limits: a detector speaks once of one campaign, so that whoever resumes it has decided, and once a day of
//! one flow; a message whose last byte is out cannot be called back; complaints and late bounces are heard of as
//! far as somebody brings what providers report.
//! States: without a verdict → true | false | benign; a verdict can be changed.
//! Tables: `alerts`, `alerts_hours`, `alerts_parts`, `alerts_habits`, `alerts_rules`; reads `signals`, the record, `sources`,
//! `source_lists`, `campaigns`, and the names of what can be named.
//! Events: record `alerts.raise`, `alerts.judge`, `alerts.rule`; signals `alerts.raised`, `alerts.rule`; `alert.raised` for
//! webhooks.
//! Jobs: `alerts.contain` (what an alert is about, once), `alerts.heard` (sign-ins and keys, two seconds after what tells
//! of them), `alerts.lists` (each day), `alerts.look` (one source, after a bad outcome), `alerts.watch` (all
//! that are recent, each minute), `alerts.canary` (made-up people that were heard of, at once), `alerts.sweep` (each night: signals older than 90 days,
//! unless everything is held, and jobs that were done two weeks ago; those that failed stay).

mod api;
mod canaries;
mod clicks;
mod contain;
mod detector;
mod filter;
mod habits;
mod imports;
mod judge;
mod keys;
mod lists;
mod logins;
mod names;
mod pages;
mod parts;
mod raise;
mod rates;
mod rules;
mod rules_pages;
mod signups;
mod store;
mod store_hours;
mod store_imports;
mod store_lists;
mod store_names;
mod store_parts;
mod store_rules;
mod store_signals;
mod store_telling;
mod subject;
mod swaps;
mod telling;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod tests_keys;
#[cfg(test)]
mod tests_lists;
#[cfg(test)]
mod tests_parts;
#[cfg(test)]
mod tests_signals;
#[cfg(test)]
mod tests_telling;
mod volumes;
mod watch;

pub use contain::{Contains, contained};
pub use detector::{Detector, Unit};
pub use filter::{Filter, Standing};
pub use judge::{Precision, judge, judge_many, precision};
pub use names::Names;
pub use rules::{Follows, Rule, rules, set as set_rule};
pub use subject::Subject;

pub use watch::register as jobs;

use crate::{App, Error, Result};
use http::Method;
use waxwing_detect::Finding;
use waxwing_domain::{AccountId, Action, AlertId, CampaignId, Ctx, Micros};
use waxwing_http::{Routes, api};
use waxwing_store::Tx;

/// What was done by itself.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Act {
    /// Nothing.
    None,
    /// The campaign was paused.
    Paused,
    /// The person's sessions were asked for a proof before anything else.
    SteppedUp,
    /// The person's sessions were ended.
    SessionsEnded,
    /// Containment was asked for.
    ContainmentAsked,
    /// The key, webhook or relay that it is about is about to be contained.
    Containing,
    /// The key, webhook or relay that it is about was contained.
    Contained,
    /// The import was quarantined.
    Quarantined,
}

impl Act {
    const ALL: [Self; 8] = [
        Self::None,
        Self::Paused,
        Self::SteppedUp,
        Self::SessionsEnded,
        Self::ContainmentAsked,
        Self::Containing,
        Self::Contained,
        Self::Quarantined,
    ];

    /// The stable word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Paused => "paused",
            Self::SteppedUp => "stepped_up",
            Self::SessionsEnded => "sessions_ended",
            Self::ContainmentAsked => "containment_asked",
            Self::Containing => "containing",
            Self::Contained => "contained",
            Self::Quarantined => "quarantined",
        }
    }
    fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|act| act.as_str() == word)
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
    /// The number of what it speaks of: a source, a day, a person, a place, a mark.
    pub about: i64,
    /// The campaign it is about, if any.
    pub campaign: Option<CampaignId>,
    /// What the team calls that campaign; `None` when it is gone.
    pub name: Option<String>,
    /// The person it is about, if any.
    pub account: Option<AccountId>,
    /// The one thing that it is about, if any.
    pub subject: Option<Subject>,
    /// When there was the first sign of it, as far as that is known; never after `at`.
    pub since: Micros,
    /// Numbers and reasons.
    pub finding: Finding,
    /// What was done by itself.
    pub act: Act,
    /// What a person said of it.
    pub verdict: Option<Verdict>,
}

impl Alert {
    /// Where the form of containment waits, filled in with what this is about and since when.
    pub fn containment(&self) -> String {
        let thing = self.subject.filter(|subject| subject.thing().is_some());
        let scope = thing.map_or_else(|| "workspace".to_owned(), Subject::to_text);
        format!("/security/containment?scope={scope}&since={}&reason=Alert+{1}&alert={1}", self.since, self.id)
    }
}

/// Those of the filter before `before`, newest first.
pub async fn page(tx: &mut Tx, ctx: &Ctx, filter: Filter, before: Option<AlertId>, limit: i64) -> Result<Vec<Alert>> {
    ctx.authorise(Action::AlertsRead)?;
    Ok(store::page(tx, filter, before.map_or(i64::MAX, AlertId::as_i64), limit).await?)
}

/// One alert.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn by_id(tx: &mut Tx, ctx: &Ctx, id: AlertId) -> Result<Alert> {
    ctx.authorise(Action::AlertsRead)?;
    store::by_id(tx, id).await?.ok_or(Error::NotFound("alert"))
}

/// The alerts whose rule asks for containment, or contains and has not yet, and that nobody has judged, the newest first;
/// at most twenty.
pub async fn asking(tx: &mut Tx, ctx: &Ctx) -> Result<Vec<Alert>> {
    ctx.authorise(Action::AlertsRead)?;
    Ok(store::asking(tx).await?)
}

/// How many alerts wait for a verdict.
pub async fn open(tx: &mut Tx) -> Result<i64> {
    Ok(store::open(tx).await?)
}

/// The routes of this feature.
pub(crate) fn routes() -> Routes<App> {
    let routes = Routes::new()
        .page(Method::GET, "/security/alerts", Action::AlertsRead, pages::index)
        .page(Method::GET, "/security/alerts/rules", Action::AlertsRead, rules_pages::index)
        .page(Method::POST, "/security/alerts/rules", Action::AlertsRules, rules_pages::save)
        .page(Method::POST, "/security/alerts/verdicts", Action::AlertsJudge, pages::judge_many)
        .page(Method::GET, "/security/alerts/{id}", Action::AlertsRead, pages::show)
        .page(Method::POST, "/security/alerts/{id}/verdict", Action::AlertsJudge, pages::judge);
    let routes = api!(routes, Action::AlertsRead, api::index);
    let routes = api!(routes, Action::AlertsRead, api::show);
    let routes = api!(routes, Action::AlertsRead, api::precision);
    let routes = api!(routes, Action::AlertsRead, rules_pages::list);
    let routes = api!(routes, Action::AlertsRules, rules_pages::change);
    let routes = api!(routes, Action::AlertsJudge, api::judge_many);
    api!(routes, Action::AlertsJudge, api::judge)
}
