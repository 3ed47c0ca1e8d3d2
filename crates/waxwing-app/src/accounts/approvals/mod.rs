//! Four eyes: what one person may not do alone waits for another person's yes.
//!
//! Promise: a yes is bound to the SHA-256 of exactly what was shown; whatever differs in the moment of
//! the act needs another one. It holds for 24 hours and for one act, and is given by a person who
//! neither asked nor was let in by whoever asked. Limit: an audience may grow by one in a hundred
//! (or ten people) between the yes and the act; the host's own command line asks nobody.
//! States: asked → approved → used; asked → refused, withdrawn; asked, approved → expired, withdrawn.
//! Tables: `approvals`; the policy is a setting. Jobs: `approvals.tell`, `approvals.sweep`; a yes to a
//! campaign queues `campaigns.approved`. Events: record and signals `approvals.*`.

mod api;
mod asking;
mod circle;
mod decide;
mod jobs;
mod mail;
mod matter;
mod pages;
mod policy;
mod policy_page;
mod store;
#[cfg(test)]
pub(crate) mod tests;

pub use asking::{Passage, holds, pass, waiting_for, withdraw, withdraw_all_of, withdraw_contained};
pub use circle::Circle;
pub use decide::{approve, deciders, refuse, still_may, to_decide};
pub(super) use jobs::register;
pub use mail::tell;
pub use matter::{Fact, Kind, Matter, is_outgrown};
pub(super) use pages::names;
pub use policy::{Policy, load as policy, save as set_policy};

use crate::{App, Error};
use http::Method;
use waxwing_domain::{AccountId, Action, Actor, ApprovalId, Ctx, Micros};
use waxwing_http::{Routes, api};
use waxwing_store::Tx;

/// How long a request and the yes to it hold, in microseconds.
pub const VALID: i64 = 24 * Micros::HOUR;

/// The routes of this feature.
pub(super) fn routes(routes: Routes<App>) -> Routes<App> {
    let routes = routes
        .page(Method::GET, "/security/approvals", Action::HomeRead, pages::index)
        .page(Method::GET, "/security/approvals/{id}", Action::HomeRead, pages::show)
        .page(Method::POST, "/security/approvals/{id}/approve", Action::ApprovalsDecide, pages::approve)
        .page(Method::POST, "/security/approvals/{id}/refuse", Action::ApprovalsDecide, pages::refuse)
        .page(Method::POST, "/security/approvals/{id}/withdraw", Action::HomeRead, pages::withdraw)
        .page(Method::GET, "/settings/approvals", Action::SettingsRead, policy_page::show)
        .page(Method::POST, "/settings/approvals", Action::ApprovalsWrite, policy_page::save);
    let routes = api!(routes, Action::HomeRead, api::index);
    let routes = api!(routes, Action::HomeRead, api::get);
    api!(routes, Action::SettingsRead, api::policy)
}

/// Where a request stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum State {
    /// Waits for somebody's yes or no.
    Asked,
    /// May be acted on, once.
    Approved,
    /// Somebody said no.
    Refused,
    /// Was acted on.
    Used,
    /// Nobody decided, or nobody acted, within [`VALID`].
    Expired,
    /// Taken back by whoever asked, or no longer what it was asked about.
    Withdrawn,
}

impl State {
    /// Every state.
    pub const ALL: [Self; 6] = [Self::Asked, Self::Approved, Self::Refused, Self::Used, Self::Expired, Self::Withdrawn];

    /// The stable word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Asked => "asked",
            Self::Approved => "approved",
            Self::Refused => "refused",
            Self::Used => "used",
            Self::Expired => "expired",
            Self::Withdrawn => "withdrawn",
        }
    }
    /// What people read.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Asked => "Waits",
            Self::Approved => "Agreed",
            Self::Refused => "Refused",
            Self::Used => "Done",
            Self::Expired => "Expired",
            Self::Withdrawn => "Withdrawn",
        }
    }
    /// The colour of its badge.
    pub const fn tone(self) -> &'static str {
        match self {
            Self::Asked => "attention",
            Self::Approved | Self::Used => "good",
            Self::Refused => "danger",
            Self::Expired | Self::Withdrawn => "",
        }
    }
    fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == word)
    }
}

/// A request for a second person's yes.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Approval {
    /// Its id.
    pub id: ApprovalId,
    /// What is asked for.
    pub kind: Kind,
    /// The number of the thing it is about.
    pub reference: i64,
    /// What that thing is called.
    pub title: String,
    /// What will happen, as the second person is shown it.
    pub facts: Vec<Fact>,
    /// About how many people it is; 0 where it is not about a number.
    pub people: i64,
    /// SHA-256 of the exact matter.
    pub digest: Vec<u8>,
    /// The page from which it goes on.
    pub back: String,
    /// The credential that asks.
    pub asked: Actor,
    /// The account behind that credential; none for the command line.
    pub behind: Option<AccountId>,
    /// Since when.
    pub asked_at: Micros,
    /// Until when it holds.
    pub expires_at: Micros,
    /// Where it stands; see [`Approval::state_at`].
    pub state: State,
    /// Who decided.
    pub decided_by: Option<AccountId>,
    /// When.
    pub decided_at: Option<Micros>,
    /// Why it was refused or withdrawn; may be empty.
    pub reason: String,
    /// When it was acted on.
    pub used_at: Option<Micros>,
}

impl Approval {
    /// Where it stands at `now`: what is open after its time is expired, swept or not.
    pub fn state_at(&self, now: Micros) -> State {
        match self.state {
            State::Asked | State::Approved if now >= self.expires_at => State::Expired,
            state => state,
        }
    }

    /// Whether `ctx` asked for it.
    pub fn is_asked_by(&self, ctx: &Ctx) -> bool {
        let same = (self.asked.kind(), self.asked.principal()) == (ctx.actor.kind(), ctx.actor.principal());
        let behind = self.behind.is_some_and(|behind| matches!(ctx.actor, Actor::Account(own, _) if own == behind));
        same || behind
    }

    /// Whether `ctx` may know of it: whoever asked, whoever may decide, whoever reads the record.
    fn is_shown_to(&self, ctx: &Ctx) -> bool {
        self.is_asked_by(ctx) || decide::is_competent(&ctx.rights, self.kind) || ctx.may(Action::RecordRead)
    }

    /// The digest as it stands in the record.
    pub fn digest_hex(&self) -> String {
        hex::encode(&self.digest)
    }
}

/// One request.
///
/// # Errors
/// [`Error::NotFound`] also for those that the actor may not know of.
pub async fn by_id(tx: &mut Tx, ctx: &Ctx, id: ApprovalId) -> crate::Result<Approval> {
    ctx.authorise(Action::HomeRead)?;
    let found = store::by_id(tx, id).await?.ok_or(Error::NotFound("approval"))?;
    if circle::is_shown(tx, ctx, &found).await? { Ok(found) } else { Err(Error::NotFound("approval")) }
}

/// Requests that the actor may know of, the newest first, older than `before`; the next key where
/// there may be more. Looks at `limit` rows, so a page may hold fewer.
pub async fn page(
    tx: &mut Tx,
    ctx: &Ctx,
    before: Option<ApprovalId>,
    limit: u32,
) -> crate::Result<(Vec<Approval>, Option<ApprovalId>)> {
    ctx.authorise(Action::HomeRead)?;
    let rows = store::page(tx, before, limit).await?;
    let more = rows.len() == limit as usize;
    let next = rows.last().map(|last| last.id).filter(|_| more);
    let mut shown = Vec::with_capacity(rows.len());
    for approval in rows {
        if circle::is_shown(tx, ctx, &approval).await? {
            shown.push(approval);
        }
    }
    Ok((shown, next))
}
