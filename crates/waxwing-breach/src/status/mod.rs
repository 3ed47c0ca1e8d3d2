//! The public page of a case, and "was I affected?".
//!
//! Promise: a person publishes it, dated update by dated update and answer by answer; what was published is not changed, a correction is
//! another update; it is read signed out, under every level of the gate, and as files that outlive this system. Whoever
//! asks whether they were affected reads the same whatever the truth is; the answer goes to the mailbox alone. Limit:
//! whoever reads the mailbox reads the answer; somebody erased before is not known any more and is told so.
//! States: of a page: draft → open → closed; of a question: asked → answered or silent, deleted after 30 days.
//! Tables: `status_pages`, `status_updates`, `status_questions`, `status_turns`. Events: record `status.*`; signal `status.asked`.
//! Jobs: `status.answer`, `status.expire`.

mod answer;
mod api;
mod asking;
mod evidence;
mod export;
pub(crate) mod mailbox;
mod pages;
mod publish;
mod store;
#[cfg(test)]
pub(crate) mod tests;
mod visit;
mod words;

pub use answer::Verdict;
pub(crate) use answer::hash;
pub(crate) use asking::{Desk, Visitor, crowded, hurried, throttle};
pub use export::{File, files, pack, take_out, to_directory};
pub(crate) use publish::check;
pub use publish::{NewUpdate, Setup, asked, close, create, of_case, published, put, set_up, update, updates};
pub(crate) use store::{verdict_of, workspace_of_slug};
pub(crate) use visit::{QUICK, mistaken, said};

use http::Method;
use std::time::Duration;
use waxwing_app::{App, erasure};
use waxwing_domain::{Action, IncidentId, Micros, StatusPageId};
use waxwing_http::{Routes, api, count};
use waxwing_store::{JobRegistry, inventory};

/// Where a page stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum State {
    /// Nobody reads it yet.
    Draft,
    /// Everybody may read it, and ask.
    Open,
    /// Everybody may read it; it takes no questions any more.
    Closed,
}

impl State {
    /// The stable word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Open => "open",
            Self::Closed => "closed",
        }
    }
    /// Reads the stable word.
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Draft, Self::Open, Self::Closed].into_iter().find(|state| state.as_str() == word)
    }
}

/// The public page of a case.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct StatusPage {
    /// Its id.
    pub id: StatusPageId,
    /// The case.
    pub case: IncidentId,
    /// The last part of its address.
    pub slug: String,
    /// Its title.
    pub title: String,
    /// Where it stands.
    pub state: State,
    /// The frozen answer that "was I affected?" is answered from; none where nobody may ask.
    pub radius: Option<i64>,
    /// Whether those of whom it is only possible are told so.
    pub possible: bool,
    /// When it was published.
    pub published_at: Option<Micros>,
}

impl StatusPage {
    /// Whether visitors may ask whether they were affected.
    pub fn takes_questions(&self) -> bool {
        self.state == State::Open && self.radius.is_some()
    }
    /// Its path.
    pub fn path(&self) -> String {
        format!("/status/{}", self.slug)
    }
}

/// What was published at one time. It is not changed any more.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Update {
    /// Counts from 1.
    pub number: i64,
    /// When it was published.
    pub at: Micros,
    /// Its title.
    pub title: String,
    /// Its text.
    pub body: String,
    /// Whether it answers a question that people have: then the title is the question.
    pub question: bool,
}

/// The setting that says what stands on the trust page; nothing where there is none.
pub(crate) const TRUST: &str = "trust.page";

/// What became of the questions of visitors that are kept: those of the last 30 days.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Asked {
    /// Their answer is on its way.
    pub waiting: i64,
    /// Answered by mail.
    pub answered: i64,
    /// No mail went: the mailbox had one within a day, or takes none.
    pub silent: i64,
}

impl Asked {
    /// Whether anybody asked.
    pub const fn any(&self) -> bool {
        self.waiting + self.answered + self.silent > 0
    }
    /// In words, for people.
    pub fn said(&self) -> String {
        let all = self.waiting + self.answered + self.silent;
        let asked = if all == 1 { "One question".into() } else { format!("{} questions", count(all)) };
        format!("{asked} whether they were affected in the last 30 days; {} answered by mail.", count(self.answered))
    }
}

inventory::submit! {
    erasure::Hook::new("status", |_, tx, _, who| Box::pin(async move { Ok(store::forget(tx, &who.suppress_tag).await?) }))
}

/// The routes of this feature.
pub(crate) fn routes() -> Routes<App> {
    let (read, publish) = (Action::IncidentsRead, Action::StatusPublish);
    let at = |rest: &str| format!("/security/incidents/{{id}}/status{rest}");
    let routes = Routes::new()
        .page(Method::GET, &at(""), read, pages::show)
        .page(Method::POST, &at(""), publish, pages::set_up)
        .page(Method::POST, &at("/update"), publish, pages::update)
        .page(Method::POST, &at("/close"), publish, pages::close)
        .page(Method::POST, &at("/export"), read, pages::export);
    let routes = api!(routes, read, api::show);
    let routes = api!(routes, publish, api::set_up);
    let routes = api!(routes, publish, api::update);
    let routes = api!(routes, publish, api::close);
    let routes = api!(routes, read, api::export);
    routes.merge(visit::routes())
}

/// The jobs of this feature.
pub(crate) fn jobs(registry: &mut JobRegistry, app: &App) {
    let own = app.clone();
    registry.on("status.answer", 10, move |job| answer::run(own.clone(), job));
    let own = app.clone();
    registry.on("status.expire", 5, move |job| asking::expire(own.clone(), job));
    registry.every("status.expire", Duration::from_secs(3_600));
}
