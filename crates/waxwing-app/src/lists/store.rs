//! SQL of lists and memberships.

use super::{List, Membership, MembershipState, OptIn, Visibility};
use std::collections::HashSet;
use waxwing_domain::{ConsentId, ListId, Micros, SubjectNo};
use waxwing_store::{Row, StoreError, Tx, args, bulk, statement};

// How the system is set, kept when something is contained.
crate::kept! { LISTS_KEPT, "lists" (id: Int, name: Text, visibility: Text, optin: Text, created_at: Int, archived_at: Int) }
statement! { INSERT,
"INSERT INTO lists (id, workspace_id, name, description, visibility, optin, created_at) VALUES ($2, $1, $3, $4, $5, $6, $7)" }
statement! { CHANGE, "UPDATE lists SET name = $3, description = $4, visibility = $5, optin = $6 WHERE workspace_id = $1 AND id = $2" }
statement! { SET_ARCHIVED, "UPDATE lists SET archived_at = $3 WHERE workspace_id = $1 AND id = $2" }
statement! { ALL,
"SELECT id, name, description, visibility, optin, created_at, archived_at FROM lists WHERE workspace_id = $1
 ORDER BY CASE WHEN archived_at IS NULL THEN 0 ELSE 1 END, name" }
statement! { BY_ID,
"SELECT id, name, description, visibility, optin, created_at, archived_at FROM lists WHERE workspace_id = $1 AND id = $2" }
statement! { BY_NAME,
"SELECT id, name, description, visibility, optin, created_at, archived_at FROM lists WHERE workspace_id = $1 AND name = $2" }
// Who waits for an erasure is counted nowhere (GDPR Art. 18(2)).
statement! { CONFIRMED,
"SELECT COUNT(*) FROM list_members m WHERE m.workspace_id = $1 AND m.list_id = $2 AND m.state = 'confirmed'
   AND NOT EXISTS (SELECT 1 FROM erasures_held h WHERE h.workspace_id = m.workspace_id AND h.subject = m.subject)" }
statement! { COUNTS,
"SELECT m.list_id, m.state, COUNT(*) FROM list_members m WHERE m.workspace_id = $1
   AND NOT EXISTS (SELECT 1 FROM erasures_held h WHERE h.workspace_id = m.workspace_id AND h.subject = m.subject)
 GROUP BY m.list_id, m.state" }

// An unsubscribe is not in the list of states that a join may change: nobody else lifts it.
bulk! { JOIN, into "list_members" (list_id: Int, subject: Int, state: Text, consent_id: Int, at: Int),
"ON CONFLICT (workspace_id, list_id, subject) DO UPDATE
     SET state = excluded.state, consent_id = excluded.consent_id, at = excluded.at
     WHERE list_members.state IN ('unconfirmed', 'removed')" }
bulk! { JOIN_FRESH, into "list_members" (list_id: Int, subject: Int, state: Text, consent_id: Int, at: Int), "" }
statement! { SET,
"INSERT INTO list_members (workspace_id, list_id, subject, state, consent_id, at) VALUES ($1, $2, $3, $4, $5, $6)
     ON CONFLICT (workspace_id, list_id, subject) DO UPDATE
     SET state = excluded.state, consent_id = excluded.consent_id, at = excluded.at" }
// The evidence of the confirmation stays beside the unsubscribe. A person who was not on the list
// is noted too, so that a later import does not bring them in.
statement! { LEAVE,
"INSERT INTO list_members (workspace_id, list_id, subject, state, at) VALUES ($1, $2, $3, 'unsubscribed', $4)
     ON CONFLICT (workspace_id, list_id, subject) DO UPDATE SET state = 'unsubscribed', at = excluded.at
     WHERE list_members.state <> 'unsubscribed'" }
statement! { REMOVE,
"UPDATE list_members SET state = 'removed', at = $4
 WHERE workspace_id = $1 AND list_id = $2 AND subject IN [$3] AND state IN ('confirmed', 'unconfirmed') RETURNING subject" }
statement! { COUNT_IN, "SELECT COUNT(*) FROM list_members WHERE workspace_id = $1 AND list_id = $2 AND state = $3 AND subject IN [$4]" }
statement! { OF_PERSON,
"SELECT m.list_id, l.name, m.state, m.consent_id, m.at FROM list_members m JOIN lists l ON l.id = m.list_id
 WHERE m.workspace_id = $1 AND m.subject = $2 ORDER BY l.name" }
statement! { OF_PEOPLE,
"SELECT m.subject, m.list_id, l.name, m.state, m.consent_id, m.at FROM list_members m JOIN lists l ON l.id = m.list_id
 WHERE m.workspace_id = $1 AND m.subject IN [$2] ORDER BY m.subject, l.name" }
statement! { ON_ANY, "SELECT DISTINCT subject FROM list_members WHERE workspace_id = $1 AND subject IN [$2] AND list_id IN [$3]" }
statement! { FORGET, "DELETE FROM list_members WHERE workspace_id = $1 AND subject = $2" }

// The tag stands in the people's table, so that nothing needs to be opened to ask for it.
statement! { SUPPRESS_TAG, "SELECT suppress_tag FROM subscribers WHERE workspace_id = $1 AND subject = $2" }
statement! { SUPPRESSED,
"SELECT s.subject FROM subscribers s JOIN suppressions p
       ON p.workspace_id = s.workspace_id AND p.kind = 'email' AND p.tag = s.suppress_tag
     WHERE s.workspace_id = $1 AND s.subject IN [$2]" }

fn read(r: &Row<'_>) -> Result<List, StoreError> {
    Ok(List {
        id: ListId::from_i64(r.int(0)?),
        name: r.text(1)?,
        description: r.text(2)?,
        visibility: r.word(3, Visibility::parse)?,
        optin: r.word(4, OptIn::parse)?,
        created_at: r.time(5)?,
        archived_at: r.opt_time(6)?,
    })
}

fn numbers(people: &[SubjectNo]) -> Vec<i64> {
    people.iter().map(|subject| subject.as_i64()).collect()
}

pub(super) async fn insert(tx: &mut Tx, l: &List) -> Result<(), StoreError> {
    let row = args![l.id, &l.name, &l.description, l.visibility.as_str(), l.optin.as_str(), l.created_at];
    tx.exec(&INSERT, row).await.map(drop)
}

pub(super) async fn change(tx: &mut Tx, l: &List) -> Result<(), StoreError> {
    let row = args![l.id, &l.name, &l.description, l.visibility.as_str(), l.optin.as_str()];
    tx.exec(&CHANGE, row).await.map(drop)
}

pub(super) async fn set_archived(tx: &mut Tx, id: ListId, at: Option<Micros>) -> Result<(), StoreError> {
    tx.exec(&SET_ARCHIVED, args![id, at]).await.map(drop)
}

pub(super) async fn all(tx: &mut Tx) -> Result<Vec<List>, StoreError> {
    tx.all(&ALL, args![], read).await
}

pub(super) async fn by_id(tx: &mut Tx, id: ListId) -> Result<Option<List>, StoreError> {
    tx.optional(&BY_ID, args![id], read).await
}

pub(super) async fn by_name(tx: &mut Tx, name: &str) -> Result<Option<List>, StoreError> {
    tx.optional(&BY_NAME, args![name], read).await
}

pub(super) async fn confirmed(tx: &mut Tx, id: ListId) -> Result<i64, StoreError> {
    tx.one(&CONFIRMED, args![id], |r| r.int(0)).await
}

pub(super) async fn counts(tx: &mut Tx) -> Result<Vec<(ListId, MembershipState, i64)>, StoreError> {
    tx.all(&COUNTS, args![], |r| Ok((ListId::from_i64(r.int(0)?), r.word(1, MembershipState::parse)?, r.int(2)?))).await
}

/// Confirms people on a list; gives how many were not confirmed on it before.
pub(super) async fn join(
    tx: &mut Tx,
    list: ListId,
    people: &[SubjectNo],
    consent: ConsentId,
    at: Micros,
) -> Result<i64, StoreError> {
    let rows = people.iter().map(|&subject| args![list, subject, "confirmed", consent, at]).collect();
    Ok(tx.bulk(&JOIN, rows).await? as i64)
}

/// Confirms people who cannot be on the list yet.
pub(super) async fn join_fresh(
    tx: &mut Tx,
    list: ListId,
    people: &[SubjectNo],
    consent: ConsentId,
    at: Micros,
) -> Result<(), StoreError> {
    let rows = people.iter().map(|&subject| args![list, subject, "confirmed", consent, at]).collect();
    tx.bulk(&JOIN_FRESH, rows).await.map(drop)
}

pub(super) async fn set(
    tx: &mut Tx,
    list: ListId,
    subject: SubjectNo,
    state: MembershipState,
    consent: Option<ConsentId>,
    at: Micros,
) -> Result<(), StoreError> {
    tx.exec(&SET, args![list, subject, state.as_str(), consent, at]).await.map(drop)
}

/// Whether the person was not unsubscribed before.
pub(super) async fn leave(tx: &mut Tx, list: ListId, subject: SubjectNo, at: Micros) -> Result<bool, StoreError> {
    Ok(tx.exec(&LEAVE, args![list, subject, at]).await? == 1)
}

pub(super) async fn remove(
    tx: &mut Tx,
    list: ListId,
    people: &[SubjectNo],
    at: Micros,
) -> Result<Vec<SubjectNo>, StoreError> {
    tx.all(&REMOVE, args![list, numbers(people), at], |r| r.subject(0)).await
}

pub(super) async fn count_in(
    tx: &mut Tx,
    list: ListId,
    people: &[SubjectNo],
    state: MembershipState,
) -> Result<i64, StoreError> {
    tx.one(&COUNT_IN, args![list, state.as_str(), numbers(people)], |r| r.int(0)).await
}

fn membership(r: &Row<'_>, first: usize) -> Result<Membership, StoreError> {
    Ok(Membership {
        list: ListId::from_i64(r.int(first)?),
        name: r.text(first + 1)?,
        state: r.word(first + 2, MembershipState::parse)?,
        consent: r.opt_int(first + 3)?.map(ConsentId::from_i64),
        at: r.time(first + 4)?,
    })
}

pub(super) async fn of_person(tx: &mut Tx, subject: SubjectNo) -> Result<Vec<Membership>, StoreError> {
    tx.all(&OF_PERSON, args![subject], |r| membership(r, 0)).await
}

pub(super) async fn of_people(tx: &mut Tx, people: &[SubjectNo]) -> Result<Vec<(SubjectNo, Membership)>, StoreError> {
    tx.all(&OF_PEOPLE, args![numbers(people)], |r| Ok((r.subject(0)?, membership(r, 1)?))).await
}

/// Those of these people who are or were on one of these lists.
pub(super) async fn on_any(
    tx: &mut Tx,
    people: &[SubjectNo],
    lists: Vec<i64>,
) -> Result<HashSet<SubjectNo>, StoreError> {
    let numbers: Vec<i64> = people.iter().map(|subject| subject.as_i64()).collect();
    Ok(tx.all(&ON_ANY, args![numbers, lists], |r| r.subject(0)).await?.into_iter().collect())
}

pub(super) async fn forget(tx: &mut Tx, subject: SubjectNo) -> Result<(), StoreError> {
    tx.exec(&FORGET, args![subject]).await.map(drop)
}

pub(super) async fn suppress_tag(tx: &mut Tx, subject: SubjectNo) -> Result<Option<[u8; 16]>, StoreError> {
    tx.optional(&SUPPRESS_TAG, args![subject], |r| r.array(0)).await
}

/// Those of `people` whose address is on the do-not-mail list.
pub(super) async fn suppressed(tx: &mut Tx, people: &[SubjectNo]) -> Result<HashSet<SubjectNo>, StoreError> {
    let rows = tx.all(&SUPPRESSED, args![numbers(people)], |r| r.subject(0)).await?;
    Ok(rows.into_iter().collect())
}
