//! Rows of the ledger, found again long after they were settled.

use super::super::{Message, RowState};
use waxwing_domain::{CampaignId, Micros, SourceId, SubjectNo};
use waxwing_store::{Row, StoreError, Tx, args, statement};

statement! { NEWEST_OF,
"SELECT id FROM sources WHERE workspace_id = $1 AND kind = 'campaign' AND reference = $2 ORDER BY id DESC LIMIT 1" }
statement! { NEWEST,
"SELECT id FROM sources WHERE workspace_id = $1 AND started = 1 AND created_at >= $2 ORDER BY id DESC LIMIT $3" }
statement! { OF_SOURCE,
"SELECT source_id, subject, state, tag FROM ledger
 WHERE workspace_id = $1 AND source_id = $2 AND subject IN [$3] AND channel = 1" }
statement! { OF_PEOPLE,
"SELECT source_id, subject, state, tag FROM ledger
 WHERE workspace_id = $1 AND source_id IN [$2] AND subject IN [$3] AND channel = 1" }
statement! { PAGE_OF,
"SELECT source_id, subject, state, tag FROM ledger
 WHERE workspace_id = $1 AND source_id = $2 AND subject > $3 AND channel = 1 ORDER BY subject LIMIT $4" }
// State 3 was accepted.
statement! { DONE_AT,
"SELECT done_at FROM ledger WHERE workspace_id = $1 AND source_id = $2 AND subject = $3 AND channel = 1 AND state = 3" }
// Which of them are of unknown fate, and under which reason they were counted; state 7 is unknown.
statement! { UNKNOWN,
"SELECT subject, reason FROM ledger
 WHERE workspace_id = $1 AND source_id = $2 AND subject IN [$3] AND channel = 1 AND state = 7" }
statement! { CAME_TRUE,
"UPDATE ledger SET state = $4, reason = $5, codes = $6, done_at = $7
     WHERE workspace_id = $1 AND source_id = $2 AND subject IN [$3] AND channel = 1 AND state = 7 RETURNING subject" }

fn read(r: &Row<'_>) -> Result<Message, StoreError> {
    let state = RowState::from_code(r.int(2)?).ok_or_else(|| StoreError::Damaged("a row of no state".into()))?;
    Ok(Message { source: SourceId::from_i64(r.int(0)?), subject: r.subject(1)?, state, tag: r.array(3)? })
}

fn numbers(people: &[SubjectNo]) -> Vec<i64> {
    people.iter().map(|subject| subject.as_i64()).collect()
}

pub(in crate::sending) async fn newest_of(tx: &mut Tx, campaign: CampaignId) -> Result<Option<SourceId>, StoreError> {
    tx.optional(&NEWEST_OF, args![campaign], |r| Ok(SourceId::from_i64(r.int(0)?))).await
}

/// The sources that were started and opened after `since`, the newest first.
pub(in crate::sending) async fn newest(tx: &mut Tx, since: Micros, limit: i64) -> Result<Vec<SourceId>, StoreError> {
    tx.all(&NEWEST, args![since, limit], |r| Ok(SourceId::from_i64(r.int(0)?))).await
}

pub(in crate::sending) async fn of_source(
    tx: &mut Tx,
    source: SourceId,
    people: &[SubjectNo],
) -> Result<Vec<Message>, StoreError> {
    tx.all(&OF_SOURCE, args![source, numbers(people)], read).await
}

pub(in crate::sending) async fn of_people(
    tx: &mut Tx,
    sources: &[SourceId],
    people: &[SubjectNo],
) -> Result<Vec<Message>, StoreError> {
    let sources: Vec<i64> = sources.iter().map(|source| source.as_i64()).collect();
    tx.all(&OF_PEOPLE, args![sources, numbers(people)], read).await
}

/// The rows of a source after a person, by number.
pub(in crate::sending) async fn page_of(
    tx: &mut Tx,
    source: SourceId,
    after: SubjectNo,
    limit: i64,
) -> Result<Vec<Message>, StoreError> {
    tx.all(&PAGE_OF, args![source, after, limit], read).await
}

/// Settles those of unknown fate; gives whose they were, and under which reason they were counted.
pub(in crate::sending) async fn came_true(
    tx: &mut Tx,
    source: SourceId,
    people: &[SubjectNo],
    (state, cause): (RowState, Option<(&str, &str)>),
    now: Micros,
) -> Result<Vec<(SubjectNo, String)>, StoreError> {
    let row = |r: &Row<'_>| Ok((r.subject(0)?, r.opt_text(1)?.unwrap_or_default()));
    let unknown = tx.all(&UNKNOWN, args![source, numbers(people)], row).await?;
    let (reason, codes) = cause.unzip();
    let codes = codes.filter(|codes| !codes.is_empty());
    let these: Vec<i64> = unknown.iter().map(|(subject, _)| subject.as_i64()).collect();
    let change = args![source, these, state.code(), reason.map(str::to_owned), codes.map(str::to_owned), now];
    let changed = tx.all(&CAME_TRUE, change, |r| r.subject(0)).await?;
    Ok(unknown.into_iter().filter(|(subject, _)| changed.contains(subject)).collect())
}

/// When a relay took a message; `None` for one that none took.
pub(in crate::sending) async fn done_at(
    tx: &mut Tx,
    source: SourceId,
    subject: SubjectNo,
) -> Result<Option<Micros>, StoreError> {
    tx.optional(&DONE_AT, args![source, subject], |r| r.time(0)).await
}
