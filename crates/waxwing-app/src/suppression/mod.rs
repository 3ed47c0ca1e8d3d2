//! The do-not-mail list: keyed tags of addresses that get nothing, whoever imports them.
//!
//! Promise. A tag is looked up before each message and each import; it outlives the person it
//! stands for. Only the person's own confirmed opt-in lifts it (one put there by hand is lifted by
//! hand). Limit: tags are pseudonymous, not anonymous: with the keys an address can be tested.
//! States. On the list, for the gravest reason that was given.
//! Tables. `suppressions`.
//! Events. The signal `suppression.added`.
//! Jobs. None.

mod api;
mod store;

use crate::{App, Result, signals};
use std::collections::{HashMap, HashSet};
use waxwing_crypto::IndexKind;
use waxwing_domain::{Action, Ctx, EmailAddress, Micros, Operation, WorkspaceId};
use waxwing_http::Routes;
use waxwing_store::{Entry, JobRegistry, StoreError, Tx};

/// What is suppressed.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, serde::Serialize, serde::Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// An email address.
    Email,
    /// A phone number.
    Phone,
}

impl Kind {
    /// The stable word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Email => "email",
            Self::Phone => "phone",
        }
    }
    fn parse(word: &str) -> Option<Self> {
        [Self::Email, Self::Phone].into_iter().find(|kind| kind.as_str() == word)
    }
    const fn index(self) -> IndexKind {
        match self {
            Self::Email => IndexKind::Email,
            Self::Phone => IndexKind::Phone,
        }
    }
}

/// Why nothing is sent. A graver reason replaces a lighter one, never the other way.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, serde::Serialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// The person unsubscribed from everything.
    Unsubscribed,
    /// The address does not exist.
    Bounced,
    /// The person called the mail spam.
    Complained,
    /// The person was erased.
    Erased,
    /// Put there by hand.
    Manual,
}

impl Reason {
    /// Every reason, the gravest last.
    pub const ALL: [Self; 5] = [Self::Unsubscribed, Self::Bounced, Self::Complained, Self::Erased, Self::Manual];

    /// The stable word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Unsubscribed => "unsubscribed",
            Self::Bounced => "bounced",
            Self::Complained => "complained",
            Self::Erased => "erased",
            Self::Manual => "manual",
        }
    }
    /// The same for people.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Unsubscribed => "unsubscribed from everything",
            Self::Bounced => "the address does not exist",
            Self::Complained => "reported the mail as spam",
            Self::Erased => "erased",
            Self::Manual => "put there by hand",
        }
    }
    /// Reads the stable word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.as_str() == word)
    }
    /// Who may give this reason: what a person or a mail server says of itself needs no right of the team.
    const fn action(self) -> Action {
        match self {
            Self::Unsubscribed => Action::Public,
            Self::Bounced | Self::Complained => Action::OutcomesWrite,
            Self::Manual => Action::SubscribersWrite,
            Self::Erased => Action::SubscribersErase,
        }
    }
}

/// One tag on the list.
#[derive(Clone, Debug)]
pub struct Suppression {
    /// What is suppressed.
    pub kind: Kind,
    /// Its keyed tag.
    pub tag: [u8; 16],
    /// Why.
    pub reason: Reason,
    /// What put it there, for example `unsubscribe` or `smtp`.
    pub source: String,
    /// Since when.
    pub at: Micros,
}

/// The tag that stands for a normalised address (`EmailAddress::normalised_v1`, `PhoneNumber::as_str`).
pub fn tag(app: &App, workspace: WorkspaceId, kind: Kind, normalised: &str) -> Result<[u8; 16]> {
    let ring = app.store().keys().ring();
    let keys = ring.workspace(workspace).map_err(|e| StoreError::Damaged(e.to_string()))?;
    Ok(keys.suppression_tag(kind.index(), normalised))
}

/// The tag that stands for an address.
pub fn tag_of_email(app: &App, workspace: WorkspaceId, email: &EmailAddress) -> Result<[u8; 16]> {
    tag(app, workspace, Kind::Email, &email.normalised_v1())
}

/// Which of these tags of email addresses are on the list, and why.
pub async fn among(tx: &mut Tx, tags: Vec<Vec<u8>>) -> Result<HashMap<[u8; 16], Reason>> {
    Ok(store::among(tx, tags).await?.into_iter().collect())
}

/// Puts a tag on the list. Doing it twice changes nothing; answers whether anything changed.
pub async fn add(
    app: &App,
    tx: &mut Tx,
    ctx: &Ctx,
    kind: Kind,
    tag: [u8; 16],
    reason: Reason,
    source: &str,
) -> Result<bool> {
    ctx.authorise(reason.action())?;
    refuse_limited(tx)?;
    let known = store::reason(tx, kind, &tag).await?;
    if known.is_some_and(|known| known >= reason) {
        return Ok(false);
    }
    store::put(tx, kind, &tag, reason, source, ctx.now()).await?;
    let entry = Entry::new(Operation::Change, "suppression.add");
    tx.record(app.store(), ctx, entry.detail(serde_json::json!({ "reason": reason.as_str(), "source": source })))
        .await?;
    signals::note(tx, ctx, "suppression.added", 1, serde_json::json!({ "reason": reason.as_str() })).await?;
    Ok(true)
}

/// Puts many tags of email addresses on the list for one reason; answers which changed.
pub async fn add_many(
    app: &App,
    tx: &mut Tx,
    ctx: &Ctx,
    tags: Vec<[u8; 16]>,
    reason: Reason,
    source: &str,
) -> Result<HashSet<[u8; 16]>> {
    ctx.authorise(reason.action())?;
    refuse_limited(tx)?;
    let known = among(tx, tags.iter().map(|tag| tag.to_vec()).collect()).await?;
    let new = tags.into_iter().filter(|tag| known.get(tag).is_none_or(|known| *known < reason));
    let new: HashSet<[u8; 16]> = new.collect();
    if new.is_empty() {
        return Ok(new);
    }
    store::put_many(tx, &new, reason, source, ctx.now()).await?;
    let detail = serde_json::json!({ "reason": reason.as_str(), "source": source, "addresses": new.len() });
    tx.record(app.store(), ctx, Entry::new(Operation::Change, "suppression.add").detail(detail)).await?;
    let amount = i64::try_from(new.len()).unwrap_or(i64::MAX);
    signals::note(tx, ctx, "suppression.added", amount, serde_json::json!({ "reason": reason.as_str() })).await?;
    Ok(new)
}

/// Takes a tag off the list that somebody had put there by hand; answers whether it was there.
pub async fn lift_manual(app: &App, tx: &mut Tx, ctx: &Ctx, kind: Kind, tag: [u8; 16]) -> Result<bool> {
    ctx.authorise(Action::SubscribersWrite)?;
    refuse_limited(tx)?;
    let lifted = store::remove(tx, kind, &tag, &[Reason::Manual]).await?;
    if lifted {
        tx.record(app.store(), ctx, Entry::new(Operation::Change, "suppression.lift")).await?;
    }
    Ok(lifted)
}

/// Takes a tag off the list because the person themselves confirmed an opt-in. What was put there
/// by hand stays. Only `lists::confirm_by_person` calls this.
pub(crate) async fn lift_by_person(tx: &mut Tx, tag: [u8; 16]) -> Result<bool> {
    let own = [Reason::Unsubscribed, Reason::Bounced, Reason::Complained, Reason::Erased];
    Ok(store::remove(tx, Kind::Email, &tag, &own).await?)
}

/// The do-not-mail list is of no list of people: who is limited to some has no part in it.
fn refuse_limited(tx: &Tx) -> Result<()> {
    match tx.limit() {
        Some(_) => Err(waxwing_domain::Denied(Action::SubscribersWrite).into()),
        None => Ok(()),
    }
}

/// How many tags are on the list, by reason.
pub async fn counts(tx: &mut Tx) -> Result<Vec<(Reason, i64)>> {
    Ok(store::counts(tx).await?)
}

/// The routes of this feature.
pub(crate) fn routes() -> Routes<App> {
    api::routes(Routes::new())
}

/// The jobs of this feature.
pub(crate) const fn jobs(_registry: &mut JobRegistry, _app: &App) {}
