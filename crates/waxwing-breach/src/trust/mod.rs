//! The trust page: what this installation can prove of itself to everybody, checked when the page is asked for.
//!
//! Promise: nothing is shown that a person did not publish and that the machine did not find true in this moment; each line
//! says when it was checked; what was changed after a case stands there while its finding holds. Limit: a line that is not
//! there may be false or not published; nobody is told which, and the one share that is told is cut to tenths and never
//! below a half, for exact numbers help who looks for a way in.
//! States: of each statement: off, or published. Tables: `trust_measures`; the settings `trust.page` and `trust.links`.
//! Events: record `trust.publish`, `trust.set_links`, `trust.add_measure`, `trust.remove_measure`. Jobs: none.

mod api;
mod api_measures;
mod links;
mod measures;
mod pages;
mod pages_measures;
mod store;
#[cfg(test)]
mod tests;

use crate::incidents;
use http::Method;
use serde_json::json;
use std::collections::BTreeSet;
use waxwing_app::accounts::{self, approvals};
use waxwing_app::login::policy;
use waxwing_app::{App, Result, settings};
use waxwing_domain::{Action, Ctx, Micros, Operation, Strength, WorkspaceId};
use waxwing_http::{Routes, api};
use waxwing_store::{Entry, Tx, record_checkpoint, record_witnessed};

pub use links::{Link, links, set_links};
pub use measures::{Candidate, Measure, NewMeasure, add_measure, candidates, measures, remove_measure};

/// The setting that holds what is published, as words with a comma between.
const KEY: &str = crate::status::TRUST;
/// The setting in which the last backup is noted.
const LAST_BACKUP: &str = "backup.last_at";
/// A signature, a witness or a backup older than these is not spoken of, in microseconds.
const FRESH_HEAD: i64 = Micros::DAY;
const FRESH_WITNESS: i64 = 7 * Micros::DAY;
const FRESH_BACKUP: i64 = 8 * Micros::DAY;
/// What was practised longer ago counts as forgotten, in microseconds.
const FRESH_DRILL: i64 = 400 * Micros::DAY;
/// Fewer than so many of ten with a second factor are not spoken of.
const TENTHS: i64 = 5;

/// Something that can be said, where it is true.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Statement {
    /// Accesses are on a signed record.
    Record,
    /// Somebody outside signs it too.
    Witness,
    /// Data lies encrypted, each person under a key of their own.
    Sealed,
    /// A second factor is asked of everybody who signs in.
    SecondFactor,
    /// A passkey is asked of everybody who signs in.
    Passkeys,
    /// A file with people leaves with a second person's yes only.
    TwoPeople,
    /// How many of those who sign in have a second factor.
    FactorShare,
    /// There is a recent backup.
    Backup,
    /// People practised what to do.
    Practised,
    /// Pages come over an encrypted connection only.
    Https,
}

impl Statement {
    /// Every one, in the order of the page.
    pub const ALL: [Self; 10] = [
        Self::Record,
        Self::Witness,
        Self::Sealed,
        Self::SecondFactor,
        Self::Passkeys,
        Self::TwoPeople,
        Self::FactorShare,
        Self::Backup,
        Self::Practised,
        Self::Https,
    ];

    /// The stable word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Record => "record",
            Self::Witness => "witness",
            Self::Sealed => "sealed",
            Self::SecondFactor => "second_factor",
            Self::Passkeys => "passkeys",
            Self::TwoPeople => "two_people",
            Self::FactorShare => "factor_share",
            Self::Backup => "backup",
            Self::Practised => "practised",
            Self::Https => "https",
        }
    }
    /// Reads the stable word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|statement| statement.as_str() == word)
    }
    /// What everybody reads, with its limit.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Record => {
                "Every access to personal data stands on a signed record. Limit: who opens the database by other means \
                 leaves no entry."
            }
            Self::Witness => {
                "A witness outside of this house has signed the record too, so that its past cannot be rewritten."
            }
            Self::Sealed => {
                "Names, addresses and other personal fields lie encrypted, each person’s under a key of their own that is \
                 destroyed when they are erased. Limit: who holds the running machine can read them."
            }
            Self::SecondFactor => "Whoever signs in here needs a second factor.",
            Self::Passkeys => "Whoever signs in here needs a passkey, which no false page can ask for.",
            Self::TwoPeople => "People’s data leaves in a file only after a second person said yes.",
            Self::FactorShare => "At least this share of the people who sign in here has a second factor or a passkey:",
            Self::Backup => "There is a recent backup of data and keys.",
            Self::Practised => "People here practised what to do when data is stolen.",
            Self::Https => "Every page and form is reached over an encrypted connection only.",
        }
    }
}

/// A statement, and whether it is true now.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Checked {
    /// Which.
    pub statement: Statement,
    /// Whether the machine finds it true.
    pub holds: bool,
    /// Since when or from when, where there is such a time.
    pub at: Option<Micros>,
    /// Of ten people, how many; where it is about a share.
    pub tenths: Option<i64>,
}

/// Every statement, checked now.
pub async fn check(app: &App, tx: &mut Tx, ctx: &Ctx) -> Result<Vec<Checked>> {
    let now = ctx.now();
    let fresh = |at: &Micros, most: i64| now.since(*at) < most;
    let head = record_checkpoint(tx).await?.map(|head| head.signed_at).filter(|at| fresh(at, FRESH_HEAD));
    let witness = record_witnessed(tx).await?.map(|head| head.signed_at).filter(|at| fresh(at, FRESH_WITNESS));
    let backup = settings::value(tx, LAST_BACKUP).await?.and_then(|text| text.parse().ok()).map(Micros::from_i64);
    let backup = backup.filter(|at| fresh(at, FRESH_BACKUP));
    let minimum = policy::load(tx).await?.minimum;
    let exports = approvals::policy(tx).await?.exports;
    let (people, with) = accounts::with_second_factor(tx).await?;
    let tenths = (with * 10).checked_div(people).filter(|tenths| *tenths >= TENTHS);
    let drill = incidents::practised_at(tx).await?.filter(|at| fresh(at, FRESH_DRILL));
    let epoch = app.store().keys().ring().epochs().last().map(|(_, began)| *began);
    let found = |statement: Statement| match statement {
        Statement::Record => (head.is_some(), head),
        Statement::Witness => (witness.is_some(), witness),
        Statement::Sealed => (true, epoch),
        Statement::SecondFactor => (matches!(minimum, Strength::SecondFactor | Strength::Passkey), None),
        Statement::Passkeys => (minimum == Strength::Passkey, None),
        Statement::TwoPeople => (exports, None),
        Statement::FactorShare => (tenths.is_some(), None),
        Statement::Backup => (backup.is_some(), backup),
        Statement::Practised => (drill.is_some(), drill),
        Statement::Https => (app.config().public_url.starts_with("https://"), None),
    };
    let checked = |statement| {
        let (holds, at) = found(statement);
        Checked { statement, holds, at, tenths: tenths.filter(|_| statement == Statement::FactorShare) }
    };
    Ok(Statement::ALL.into_iter().map(checked).collect())
}

/// What is published; nothing until a person does.
pub async fn published(tx: &mut Tx) -> Result<BTreeSet<Statement>> {
    let words = settings::value(tx, KEY).await?.unwrap_or_default();
    Ok(words.split(',').filter_map(Statement::parse).collect())
}

/// Publishes exactly these statements, each while it is true; none of them takes the page away.
///
/// # Errors
/// [`waxwing_app::Error::Denied`] without the right or a fresh proof.
pub async fn publish(app: &App, tx: &mut Tx, ctx: &Ctx, statements: &BTreeSet<Statement>) -> Result<()> {
    ctx.authorise(Action::StatusPublish)?;
    let words: Vec<&str> = statements.iter().map(|statement| statement.as_str()).collect();
    settings::set_value(tx, ctx, KEY, &words.join(",")).await?;
    let entry = Entry::new(Operation::Change, "trust.publish").detail(json!({ "statements": words }));
    tx.record(app.store(), ctx, entry).await?;
    Ok(())
}

/// Where a workspace's page is.
pub fn path(workspace: WorkspaceId) -> String {
    format!("/trust/{workspace}")
}

/// The routes of this feature.
pub(crate) fn routes() -> Routes<App> {
    let routes = Routes::new()
        .page(Method::GET, "/security/trust", Action::IncidentsRead, pages::show)
        .page(Method::POST, "/security/trust", Action::StatusPublish, pages::publish)
        .page(Method::POST, "/security/trust/links", Action::StatusPublish, pages_measures::set_links)
        .page(Method::POST, "/security/trust/measures", Action::StatusPublish, pages_measures::add)
        .page(Method::POST, "/security/trust/measures/{id}/remove", Action::StatusPublish, pages_measures::remove)
        .public(Method::GET, "/trust/{workspace}", pages::public);
    let routes = api!(routes, Action::IncidentsRead, api::show);
    let routes = api!(routes, Action::StatusPublish, api::publish);
    let routes = api!(routes, Action::StatusPublish, api_measures::set_links);
    let routes = api!(routes, Action::StatusPublish, api_measures::add);
    api!(routes, Action::StatusPublish, api_measures::remove)
}
