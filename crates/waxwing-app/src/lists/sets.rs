//! Sets of members, for features that move many people: import and export.

use super::{MembershipState, store_sets};
use crate::Result;
use std::collections::HashSet;
use waxwing_domain::{ConsentId, ListId, SubjectNo};
use waxwing_store::Tx;

/// Those of `people` who stand so to the list.
pub async fn in_state(
    tx: &mut Tx,
    list: ListId,
    people: &[SubjectNo],
    state: MembershipState,
) -> Result<HashSet<SubjectNo>> {
    if people.is_empty() || !tx.sees(list) {
        return Ok(HashSet::new());
    }
    Ok(store_sets::in_state(tx, list, people, state).await?)
}

/// Up to `limit` members who stand so to the list, by number, after the number `after`.
pub async fn members_after(
    tx: &mut Tx,
    list: ListId,
    state: MembershipState,
    after: SubjectNo,
    limit: u32,
) -> Result<Vec<SubjectNo>> {
    if !tx.sees(list) {
        return Ok(Vec::new());
    }
    Ok(store_sets::members_after(tx, list, state, after, limit).await?)
}

/// Moves those of the next `limit` members after `after` who joined by this consent from one state to
/// another; gives the last member looked at, or `None` when there was none.
pub async fn move_joined(
    tx: &mut Tx,
    (list, consent): (ListId, ConsentId),
    (from, to): (MembershipState, MembershipState),
    after: SubjectNo,
    limit: u32,
) -> Result<Option<SubjectNo>> {
    let Some(last) = store_sets::last_of_next(tx, list, after, limit).await? else { return Ok(None) };
    store_sets::move_joined(tx, (list, consent), (from, to), (after, last)).await?;
    Ok(Some(last))
}
