//! Notices: the people who were hit by a breach are told, each what was theirs.
//!
//! Promise: a notice goes to exactly the people of a frozen answer, once, each in their language with the kinds of data
//! that were theirs; it leaves only with a second person's yes to these very words and people, whatever they think of
//! letters, and under every level of the gate; what became of each is kept as proof. Limit: who was erased or whose
//! address does not exist gets none and is counted; that a server accepted it does not mean that it was read.
//! States: draft → sent; draft → withdrawn. Tables: `notices`, `notice_parts`.
//! Events: record `notices.*`, on the case's timeline too. Jobs: none of its own; `sending` carries it.

mod act;
mod api;
mod api_say;
mod check;
mod compose;
mod form;
mod groups;
mod kinds;
mod order;
mod pages;
mod pages_say;
mod proof;
mod sealing;
mod store;
#[cfg(test)]
mod tests;
mod words;
mod written;

pub use act::{Act, act};
pub use check::{Found, Tone};
pub use compose::{NewNotice, by_id, change, create, of_case, say, withdraw};
pub use groups::{Group, LOCALE, of_person};
pub use order::{Ordered, Prepared, prepare, send};
pub use proof::{Progress, progress};
pub use waxwing_law::drafts::{Locale, Said};
pub use waxwing_law::facts::DataKind;
pub use waxwing_law::lint::LintRule;
pub use words::{Letter, MARK, Words};
pub use written::{Proof, proof};

use http::Method;
use waxwing_app::App;
use waxwing_domain::{AccountId, Action, IncidentId, Micros, NoticeId, RelayId};
use waxwing_http::{Routes, api};

/// Where a notice stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum State {
    /// It is being written, or waits for a second person.
    Draft,
    /// It was ordered; [`progress`] says how far it is.
    Sent,
    /// It was given up before it was sent.
    Withdrawn,
}

impl State {
    /// The stable word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Sent => "sent",
            Self::Withdrawn => "withdrawn",
        }
    }
    /// Reads the stable word.
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Draft, Self::Sent, Self::Withdrawn].into_iter().find(|state| state.as_str() == word)
    }
}

/// A notice.
#[derive(Clone, Debug)]
pub struct Notice {
    /// Its id.
    pub id: NoticeId,
    /// The case that it belongs to.
    pub case: IncidentId,
    /// The frozen answer whose people it goes to.
    pub radius: i64,
    /// The hash of that answer when the notice was begun.
    pub radius_hash: [u8; 32],
    /// Whether those of whom it is only possible are told too.
    pub possible: bool,
    /// The relay that it goes through.
    pub relay: Option<RelayId>,
    /// Where it stands.
    pub state: State,
    /// Grows with every change of a draft.
    pub version: i64,
    /// What it says, and in whose name.
    pub words: Words,
    /// How many people it was ordered for; 0 while it is a draft.
    pub people: i64,
    /// SHA-256 over words, people and relay, as it was ordered.
    pub digest: Option<[u8; 32]>,
    /// When it was begun.
    pub created_at: Micros,
    /// When it was ordered, and by whom.
    pub sent: Option<(Micros, AccountId)>,
}

/// The routes of this feature.
pub(crate) fn routes() -> Routes<App> {
    let (read, write, send) = (Action::IncidentsRead, Action::IncidentsWrite, Action::NoticesSend);
    let at = |rest: &str| format!("/security/incidents/{{id}}/notices{rest}");
    let routes = Routes::new()
        .page(Method::GET, &at(""), read, pages::index)
        .page(Method::POST, &at(""), write, pages::create)
        .page(Method::GET, &at("/{part}"), read, pages::show)
        .page(Method::POST, &at("/{part}"), write, pages::change)
        .page(Method::POST, &at("/{part}/say"), write, pages_say::say)
        .page(Method::POST, &at("/{part}/withdraw"), write, pages::withdraw)
        .page(Method::POST, &at("/{part}/send"), send, pages::send)
        .page(Method::POST, &at("/{part}/act"), send, pages::act)
        .page(Method::POST, &at("/{part}/proof"), read, pages::proof);
    let routes = api!(routes, read, api::index);
    let routes = api!(routes, write, api::create);
    let routes = api!(routes, read, api::show);
    let routes = api!(routes, write, api::change);
    let routes = api!(routes, write, api_say::say);
    let routes = api!(routes, write, api::withdraw);
    api!(routes, read, api::proof)
}
