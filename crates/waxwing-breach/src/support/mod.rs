//! Help: what people write on the public page of a case, and what they are answered.
//!
//! Promise: a message is sealed as it comes in, listed in its case with the time by which an answer is due, read on the
//! record by who is in the case, and answered by mail: with a fresh proof, within budgets, without links to elsewhere. What
//! is not kept its writer is told so. Limit: who writes says who they are; only the code of an earlier answer shows that the
//! mailbox is theirs, and only to them their own words are sent back.
//! States: new → answered → closed; new → closed. Tables: `support_messages`, `support_answers`.
//! Events: record `support.*`; signal `support.received`. Jobs: none.

mod api;
mod evidence;
mod inbox;
mod links;
mod pages;
mod sealing;
mod store;
#[cfg(test)]
mod tests;
mod visit;

pub use inbox::{answer, by_id, close, of_case};

use http::Method;
use waxwing_app::{App, erasure};
use waxwing_domain::{Action, IncidentId, Micros, SupportId};
use waxwing_http::{Routes, api};
use waxwing_store::inventory;

/// How long an answer may take, in microseconds.
pub const DUE_IN: i64 = 2 * Micros::DAY;

/// Where a message stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum State {
    /// Nobody answered yet.
    New,
    /// Answered by mail.
    Answered,
    /// Needs no answer, or no more.
    Closed,
}

impl State {
    /// The stable word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Answered => "answered",
            Self::Closed => "closed",
        }
    }
    /// Reads the stable word.
    pub fn parse(word: &str) -> Option<Self> {
        [Self::New, Self::Answered, Self::Closed].into_iter().find(|state| state.as_str() == word)
    }
}

/// A message, without its words.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Message {
    /// Its id.
    pub id: SupportId,
    /// The case.
    pub case: IncidentId,
    /// Where it stands.
    pub state: State,
    /// What they had been told when they asked whether they were affected, shown by the code of that mail.
    pub verdict: Option<crate::status::Verdict>,
    /// When it came.
    pub received_at: Micros,
    /// When an answer is due.
    pub due_at: Micros,
    /// When it was answered or closed first.
    pub ended_at: Option<Micros>,
}

impl Message {
    /// Whether nobody answered in time.
    pub fn is_late(&self, now: Micros) -> bool {
        self.ended_at.unwrap_or(now) > self.due_at
    }
}

/// What was answered.
#[derive(Clone)]
pub struct Reply {
    /// When.
    pub at: Micros,
    /// What.
    pub text: String,
}

/// A message with its words.
#[derive(Clone)]
pub struct Opened {
    /// The message.
    pub message: Message,
    /// The address that it came from, as it was typed.
    pub email: String,
    /// What it says.
    pub text: String,
    /// What was answered, the first first.
    pub replies: Vec<Reply>,
}

inventory::submit! {
    erasure::Hook::new("support", |_, tx, _, who| Box::pin(async move { Ok(store::forget(tx, &who.suppress_tag).await?) }))
}

/// The routes of this feature.
pub(crate) fn routes() -> Routes<App> {
    let (read, write, answer) = (Action::IncidentsRead, Action::IncidentsWrite, Action::SupportAnswer);
    let at = |rest: &str| format!("/security/incidents/{{id}}/support{rest}");
    let routes = Routes::new()
        .page(Method::GET, &at(""), read, pages::index)
        .page(Method::GET, &at("/{part}"), write, pages::show)
        .page(Method::POST, &at("/{part}/answer"), answer, pages::answer)
        .page(Method::POST, &at("/{part}/close"), write, pages::close)
        .public(Method::POST, "/status/{slug}/write", visit::write);
    let routes = api!(routes, read, api::index);
    let routes = api!(routes, write, api::show);
    let routes = api!(routes, answer, api::answer);
    api!(routes, write, api::close)
}
