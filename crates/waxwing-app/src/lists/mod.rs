//! Lists, and who is on them in which state.
//!
//! Promise. A membership becomes confirmed only with evidence; an unsubscribe is lifted by the
//! person's own confirmed opt-in and by nothing else. Limit: whoever may change subscribers can
//! correct an address, and what was agreed under the old one then counts for the new one.
//! States. Of a list: in use, archived. Of a membership: unconfirmed, confirmed, unsubscribed, removed.
//! Tables. `lists`, `list_members`; reads `subscribers.suppress_tag`.
//! Events. `subscribed`, `signup.confirmed`, `unsubscribed`, `removed`.
//! Jobs. None.

mod among;
mod api;
mod limit;
mod list;
mod members;
mod pages;
mod sets;
mod store;
mod store_sets;
#[cfg(test)]
mod tests;

pub use among::{among, on};
pub(crate) use api::MembershipView;
pub use limit::{refuse_unseen, seen};
pub use list::{List, ListChange, NewList, OptIn, Visibility};
pub(crate) use members::forget;
pub use members::{
    Joined, Membership, MembershipState, confirm_by_person, join_attested, join_by_signup, join_fresh, join_new,
    memberships, memberships_of, remove, suppressed, unsubscribe,
};
pub use sets::{in_state, members_after, move_joined};

use crate::pinned::{self, Before};
use crate::{App, Error, Result, accounts};
use std::collections::HashMap;
use waxwing_domain::{Action, Ctx, ListId, Operation};
use waxwing_http::Routes;
use waxwing_store::{Entry, JobRegistry, StoreError, Tx, inventory};

inventory::submit! { accounts::KnownLists(|tx| Box::pin(named(tx))) }

async fn named(tx: &mut Tx) -> Result<Vec<(ListId, String)>> {
    Ok(all(tx).await?.into_iter().map(|list| (list.id, list.name)).collect())
}

/// How many people are on a list, by state.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug, serde::Serialize, utoipa::ToSchema)]
pub struct ListCounts {
    /// Get mail.
    pub confirmed: i64,
    /// Have not confirmed their opt-in.
    pub unconfirmed: i64,
    /// Unsubscribed.
    pub unsubscribed: i64,
    /// Were taken off by the team.
    pub removed: i64,
}

/// Creates a list.
///
/// # Errors
/// [`Error::Invalid`] on a name or description that does not fit; [`Error::Conflict`] when the name is taken.
pub async fn create(app: &App, tx: &mut Tx, ctx: &Ctx, new: NewList) -> Result<List> {
    ctx.authorise(Action::ListsWrite)?;
    let list = list::made(new, ListId::from_i64(ctx.new_id()), ctx.now())?;
    refuse_taken(tx, &list.name, None).await?;
    store::insert(tx, &list).await.map_err(name_taken)?;
    keep(tx, ctx, list.id, None).await?;
    record(app, tx, ctx, Operation::Create, "lists.create", list.id).await?;
    Ok(list)
}

/// Changes name, description, visibility or opt-in of a list.
pub async fn change(app: &App, tx: &mut Tx, ctx: &Ctx, id: ListId, change: ListChange) -> Result<List> {
    ctx.authorise(Action::ListsWrite)?;
    let old = by_id(tx, id).await?;
    keep(tx, ctx, id, Some(&old)).await?;
    let list = list::changed(old, change)?;
    refuse_taken(tx, &list.name, Some(id)).await?;
    store::change(tx, &list).await.map_err(name_taken)?;
    record(app, tx, ctx, Operation::Change, "lists.change", id).await?;
    Ok(list)
}

/// Puts a list away: it takes no new people and no campaigns, its memberships stay.
pub async fn archive(app: &App, tx: &mut Tx, ctx: &Ctx, id: ListId) -> Result<()> {
    ctx.authorise(Action::ListsWrite)?;
    let old = by_id(tx, id).await?;
    keep(tx, ctx, id, Some(&old)).await?;
    store::set_archived(tx, id, Some(ctx.now())).await?;
    record(app, tx, ctx, Operation::Change, "lists.archive", id).await
}

/// Takes a list back into use.
pub async fn unarchive(app: &App, tx: &mut Tx, ctx: &Ctx, id: ListId) -> Result<()> {
    ctx.authorise(Action::ListsWrite)?;
    let old = by_id(tx, id).await?;
    keep(tx, ctx, id, Some(&old)).await?;
    store::set_archived(tx, id, None).await?;
    record(app, tx, ctx, Operation::Change, "lists.unarchive", id).await
}

/// Every list, archived ones last, by name.
pub async fn all(tx: &mut Tx) -> Result<Vec<List>> {
    let mut all = store::all(tx).await?;
    all.retain(|list| tx.sees(list.id));
    Ok(all)
}

/// The list with this id, archived or not.
pub async fn by_id(tx: &mut Tx, id: ListId) -> Result<List> {
    store::by_id(tx, id).await?.filter(|list| tx.sees(list.id)).ok_or(Error::NotFound("list"))
}

/// The list as strangers meet it: as it is, or of before the window while the workspace is contained; none that was made
/// in the window.
pub async fn shown(tx: &mut Tx, id: ListId) -> Result<Option<List>> {
    let list = by_id(tx, id).await?;
    Ok(match pinned::before::<list::Words>(tx, pinned::Kind::List, &id.to_string()).await? {
        Before::AsNow => Some(list),
        Before::Nothing => None,
        Before::Was(words) => Some(words.on(list)),
    })
}

/// Its name as strangers read it.
pub async fn shown_name(tx: &mut Tx, id: ListId) -> Result<String> {
    Ok(shown(tx, id).await?.map_or_else(|| "this list".to_owned(), |list| list.name))
}

async fn keep(tx: &mut Tx, ctx: &Ctx, id: ListId, was: Option<&List>) -> Result<()> {
    let words = was.map(list::Words::of);
    pinned::keep(tx, pinned::Kind::List, &id.to_string(), words.as_ref(), ctx.now()).await
}

/// The list with exactly this name.
pub async fn by_name(tx: &mut Tx, name: &str) -> Result<Option<List>> {
    Ok(store::by_name(tx, name.trim()).await?.filter(|list| tx.sees(list.id)))
}

/// The list that takes new people: exists and is in use.
pub async fn open(tx: &mut Tx, id: ListId) -> Result<List> {
    let list = by_id(tx, id).await?;
    if list.archived_at.is_some() {
        return Err(Error::Conflict("This list is archived; take it back into use first.".into()));
    }
    Ok(list)
}

/// How many get this list's mail.
pub async fn confirmed(tx: &mut Tx, id: ListId) -> Result<i64> {
    let confirmed = store::confirmed(tx, id).await?;
    Ok(tx.shown(confirmed))
}

/// How many people are on each list, by state. A list without people is missing.
pub async fn counts(tx: &mut Tx) -> Result<HashMap<ListId, ListCounts>> {
    let mut counts: HashMap<ListId, ListCounts> = HashMap::new();
    let all = store::counts(tx).await?;
    for (list, state, number) in all.into_iter().filter(|(list, ..)| tx.sees(*list)) {
        let (of, number) = (counts.entry(list).or_default(), tx.shown(number));
        match state {
            MembershipState::Confirmed => of.confirmed = number,
            MembershipState::Unconfirmed => of.unconfirmed = number,
            MembershipState::Unsubscribed => of.unsubscribed = number,
            MembershipState::Removed => of.removed = number,
        }
    }
    Ok(counts)
}

async fn refuse_taken(tx: &mut Tx, name: &str, own: Option<ListId>) -> Result<()> {
    match store::by_name(tx, name).await? {
        Some(list) if Some(list.id) != own => Err(Error::invalid("name", "another list has this name")),
        _ => Ok(()),
    }
}

/// Two people may choose one name in the same moment; the index decides.
fn name_taken(error: StoreError) -> Error {
    match error {
        StoreError::Conflict(_) => Error::invalid("name", "another list has this name"),
        other => other.into(),
    }
}

async fn record(app: &App, tx: &mut Tx, ctx: &Ctx, operation: Operation, what: &'static str, id: ListId) -> Result<()> {
    tx.record(app.store(), ctx, Entry::new(operation, what).on("list", id.as_i64())).await?;
    Ok(())
}

/// The routes of this feature.
pub(crate) fn routes() -> Routes<App> {
    api::routes(pages::routes(Routes::new()))
}

/// The jobs of this feature.
pub(crate) const fn jobs(_registry: &mut JobRegistry, _app: &App) {}
