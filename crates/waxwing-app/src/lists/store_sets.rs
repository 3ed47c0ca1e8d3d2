//! SQL of sets of members.

use super::MembershipState;
use std::collections::HashSet;
use waxwing_domain::{ListId, SubjectNo};
use waxwing_store::{StoreError, Tx, args, statement};

statement! { IN_STATE,
"SELECT subject FROM list_members WHERE workspace_id = $1 AND list_id = $2 AND state = $3 AND subject IN [$4]" }
statement! { MEMBERS_AFTER,
"SELECT subject FROM list_members WHERE workspace_id = $1 AND list_id = $2 AND state = $3 AND subject > $4
 ORDER BY subject LIMIT $5" }

pub(super) async fn in_state(
    tx: &mut Tx,
    list: ListId,
    people: &[SubjectNo],
    state: MembershipState,
) -> Result<HashSet<SubjectNo>, StoreError> {
    let numbers: Vec<i64> = people.iter().map(|subject| subject.as_i64()).collect();
    let rows = tx.all(&IN_STATE, args![list, state.as_str(), numbers], |r| r.subject(0)).await?;
    Ok(rows.into_iter().collect())
}

pub(super) async fn members_after(
    tx: &mut Tx,
    list: ListId,
    state: MembershipState,
    after: SubjectNo,
    limit: u32,
) -> Result<Vec<SubjectNo>, StoreError> {
    tx.all(&MEMBERS_AFTER, args![list, state.as_str(), after, limit], |r| r.subject(0)).await
}
