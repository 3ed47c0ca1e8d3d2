//! SQL of sets of members.

use super::MembershipState;
use std::collections::HashSet;
use waxwing_domain::{ConsentId, ListId, SubjectNo};
use waxwing_store::{Chunk, Row, StoreError, Tx, args, statement};

statement! { IN_STATE,
"SELECT subject FROM list_members WHERE workspace_id = $1 AND list_id = $2 AND state = $3 AND subject IN [$4]" }
// What is taken out or written to: not who waits for an erasure (GDPR Art. 18(2)).
statement! { MEMBERS_AFTER,
"SELECT m.subject FROM list_members m WHERE m.workspace_id = $1 AND m.list_id = $2 AND m.state = $3 AND m.subject > $4
   AND NOT EXISTS (SELECT 1 FROM erasures_held h WHERE h.workspace_id = m.workspace_id AND h.subject = m.subject)
 ORDER BY m.subject LIMIT $5" }
// Without the plus, SQLite reads all members of all lists to have them in the order of the groups.
statement! { AMONG,
sqlite: "SELECT list_id, COUNT(*) FROM list_members WHERE workspace_id = $1 AND subject IN [$2] GROUP BY +list_id",
postgres: "SELECT list_id, COUNT(*) FROM list_members WHERE workspace_id = $1 AND subject IN [$2] GROUP BY list_id" }
// SQLite sorts what it groups: of a long span it counts list by list instead.
statement! { AMONG_SPAN,
sqlite: "SELECT l.id, (SELECT COUNT(*) FROM list_members m
   WHERE m.workspace_id = l.workspace_id AND m.list_id = l.id AND m.subject >= $2 AND m.subject <= $3)
 FROM lists l WHERE l.workspace_id = $1",
postgres: "SELECT list_id, COUNT(*) FROM list_members
 WHERE workspace_id = $1 AND subject >= $2 AND subject <= $3 GROUP BY list_id" }
statement! { ON, "SELECT subject FROM list_members WHERE workspace_id = $1 AND list_id = $2 AND subject IN [$3]" }
statement! { ON_SPAN,
"SELECT subject FROM list_members WHERE workspace_id = $1 AND list_id = $2 AND subject >= $3 AND subject <= $4" }

// The last of the next so many members, whatever their state.
statement! { LAST_OF_NEXT,
"SELECT subject FROM (SELECT subject FROM list_members WHERE workspace_id = $1 AND list_id = $2 AND subject > $3
   ORDER BY subject LIMIT $4) AS page ORDER BY subject DESC LIMIT 1" }
statement! { MOVE_JOINED,
"UPDATE list_members SET state = $5 WHERE workspace_id = $1 AND list_id = $2 AND consent_id = $3 AND state = $4
   AND subject > $6 AND subject <= $7" }

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

/// How many of these people are on which list.
pub(super) async fn among(tx: &mut Tx, people: &Chunk) -> Result<Vec<(ListId, u64)>, StoreError> {
    let row = |r: &Row<'_>| Ok((ListId::from_i64(r.int(0)?), r.int(1)?.cast_unsigned()));
    match people {
        Chunk::Span(first, last) => tx.all(&AMONG_SPAN, args![*first, *last], row).await,
        Chunk::Some(numbers) => tx.all(&AMONG, args![numbers.clone()], row).await,
    }
}

/// Who of these people is on a list.
pub(super) async fn on(tx: &mut Tx, list: ListId, people: &Chunk) -> Result<Vec<SubjectNo>, StoreError> {
    match people {
        Chunk::Span(first, last) => tx.all(&ON_SPAN, args![list, *first, *last], |r| r.subject(0)).await,
        Chunk::Some(numbers) => tx.all(&ON, args![list, numbers.clone()], |r| r.subject(0)).await,
    }
}

pub(super) async fn last_of_next(
    tx: &mut Tx,
    list: ListId,
    after: SubjectNo,
    limit: u32,
) -> Result<Option<SubjectNo>, StoreError> {
    tx.optional(&LAST_OF_NEXT, args![list, after, limit], |r| r.subject(0)).await
}

pub(super) async fn move_joined(
    tx: &mut Tx,
    (list, consent): (ListId, ConsentId),
    (from, to): (MembershipState, MembershipState),
    (after, last): (SubjectNo, SubjectNo),
) -> Result<u64, StoreError> {
    tx.exec(&MOVE_JOINED, args![list, consent, from.as_str(), to.as_str(), after, last]).await
}
