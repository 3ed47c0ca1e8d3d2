//! Finding people: by exact address, or by how they stand to lists; nobody by part of an address.

use super::store;
use crate::lists::{self, MembershipState};
use crate::{App, Error, Result, signals};
use serde::{Deserialize, Serialize};
use waxwing_crypto::IndexKind;
use waxwing_domain::{Action, Ctx, DataClass, EmailAddress, FieldId, ListId, Operation, SubjectNo};
use waxwing_http::{Fail, Limit};
use waxwing_store::{Entry, StoreError, Tx, subjects};

/// Searches of one credential: enough for a day at the desk, too few to try out a file of addresses.
const SEARCHES: Limit = Limit::per_minute("subscribers.search", 30);

/// How people stand who are looked for.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StateFilter {
    /// On the list (or any list) in this state.
    Membership(MembershipState),
    /// On the do-not-mail list.
    Suppressed,
}

impl StateFilter {
    /// Reads the word of an address: a state of membership, or `suppressed`.
    pub fn parse(word: &str) -> Option<Self> {
        match word {
            "suppressed" => Some(Self::Suppressed),
            other => MembershipState::parse(other).map(Self::Membership),
        }
    }
    /// The word that stands in addresses.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Membership(state) => state.as_str(),
            Self::Suppressed => "suppressed",
        }
    }
}

/// Which people; everybody by default.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Filter {
    /// On this list, in any state unless `state` says which.
    pub list: Option<ListId>,
    /// How they stand.
    pub state: Option<StateFilter>,
}

impl Filter {
    /// The membership state as a word; empty for any.
    pub(super) const fn membership(&self) -> &'static str {
        match self.state {
            Some(StateFilter::Membership(state)) => state.as_str(),
            _ => "",
        }
    }
    pub(super) const fn suppressed(&self) -> bool {
        matches!(self.state, Some(StateFilter::Suppressed))
    }
}

/// How many people there are in `filter`.
pub async fn count_in(tx: &mut Tx, filter: &Filter) -> Result<i64> {
    Ok(store::count_in(tx, filter).await?)
}

/// The numbers of the people in `filter` below `after`, the newest first.
pub async fn numbers(tx: &mut Tx, filter: &Filter, after: Option<SubjectNo>, limit: i64) -> Result<Vec<SubjectNo>> {
    Ok(store::numbers_in(tx, filter, after, limit).await?)
}

/// Looks for the person with exactly this address, for somebody who asks.
///
/// Recorded before it is answered, hit or miss, with the keyed tag of the address in the sealed
/// details; throttled for each credential; the same statements run either way.
///
/// # Errors
/// [`Error::TooMany`] after 30 searches a minute.
pub async fn search(
    app: &App,
    ctx: &Ctx,
    email: &EmailAddress,
    destination: &'static str,
) -> Result<Option<SubjectNo>> {
    ctx.authorise(Action::SubscribersRead)?;
    // Whoever may not see an address may not find out whether it is there.
    if !ctx.rights.sees(DataClass::Personal) {
        return Err(waxwing_domain::Denied(Action::SubscribersRead).into());
    }
    throttle(app, ctx).await?;
    let mut tx = app.read(ctx, "subscribers.search").await?;
    let found = find_by_email(app, &mut tx, email).await?;
    // The same statements whether or not there is a hit: nobody tells strangers from people beyond their lists.
    let seen = lists::seen(&mut tx, &[found.unwrap_or(SubjectNo::new(0))]).await?;
    let hidden = store::is_restricted(&mut tx, found.unwrap_or(SubjectNo::new(0))).await?;
    let found = found.filter(|subject| seen.contains(subject) && !hidden);
    drop(tx);
    let ring = app.store().keys().ring();
    let keys = ring.workspace(ctx.workspace).map_err(|e| StoreError::Damaged(e.to_string()))?;
    let (version, tag) = keys.blind_index(IndexKind::Email, &email.normalised_v1());
    let entry =
        Entry::new(Operation::Search, "subscribers.search").to(destination).part(&[FieldId::EMAIL], subjects(found));
    let detail = serde_json::json!({ "found": found.is_some(), "version": version, "tag": hex::encode(tag) });
    app.store().disclose(ctx, entry.detail(detail)).await?;
    Ok(found)
}

async fn throttle(app: &App, ctx: &Ctx) -> Result<()> {
    let key = ctx.actor.credential().to_be_bytes();
    let Err(fail) = app.limiter().take(SEARCHES, &key, ctx.now()) else { return Ok(()) };
    let mut tx = app.begin(ctx, "subscribers.search_throttled").await?;
    signals::note(&mut tx, ctx, "subscribers.search_throttled", 1, serde_json::Value::Null).await?;
    tx.commit().await?;
    match fail {
        Fail::TooMany { retry_after } => Err(Error::TooMany(retry_after)),
        _ => Err(Error::TooMany(60)),
    }
}

/// The person who has this address. For use cases, not for people who ask: nothing is recorded.
///
/// All versions of the blind index are asked in one statement, whether or not one is a hit.
pub async fn find_by_email(app: &App, tx: &mut Tx, email: &EmailAddress) -> Result<Option<SubjectNo>> {
    Ok(find_many(app, tx, std::slice::from_ref(email)).await?.pop().flatten())
}

/// The same for many addresses, in their order.
pub async fn find_many(app: &App, tx: &mut Tx, emails: &[EmailAddress]) -> Result<Vec<Option<SubjectNo>>> {
    let damaged = |error: String| StoreError::Damaged(error);
    let ring = app.store().keys().ring();
    let keys = ring.workspace(tx.workspace()).map_err(|e| damaged(e.to_string()))?;
    let versions = keys.blind_index_versions(IndexKind::Email);
    let mut wanted = Vec::with_capacity(emails.len() * versions.len());
    for email in emails {
        let normalised = email.normalised_v1();
        for &version in &versions {
            let tag = keys.blind_index_at(version, IndexKind::Email, &normalised);
            wanted.push((version, tag.map_err(|e| damaged(e.to_string()))?));
        }
    }
    let found = store::find(tx, &wanted).await?;
    let of_one = wanted.chunks(versions.len().max(1));
    Ok(of_one.map(|keys| keys.iter().rev().find_map(|key| found.get(key)).copied()).collect())
}
