//! The rows of the ledger: leased, taken off to fly, settled, put back.
//!
//! Every change names the lane's epoch and the states it may come from: a lane that was fenced off
//! changes nothing.

use super::super::RowState;
use waxwing_domain::{Micros, SourceId, SubjectNo};
use waxwing_store::{Row, SealedPerson, StoreError, Tx, args, statement};

statement! { LEASE_DUE,
"UPDATE ledger SET state = 1, worker = $3, next_at = $4
     WHERE workspace_id = $1 AND source_id = $2 AND channel = 1 AND subject IN (
       SELECT subject FROM ledger WHERE workspace_id = $1 AND source_id = $2 AND state IN (0, 4)
         AND next_at > 0 AND next_at <= $5 ORDER BY next_at LIMIT $6)
     RETURNING subject, domain, attempts, first_at, done_at, reason" }
statement! { LEASE_FRESH,
"UPDATE ledger SET state = 1, worker = $3, next_at = $4
     WHERE workspace_id = $1 AND source_id = $2 AND channel = 1 AND subject IN (
       SELECT subject FROM ledger WHERE workspace_id = $1 AND source_id = $2 AND subject > $5 AND state = 0
         AND next_at = 0 ORDER BY subject LIMIT $6)
     RETURNING subject, domain, attempts, first_at, done_at, reason" }
// The last look: membership by rank (3 confirmed, 2 unsubscribed, 1 unconfirmed), suppression by tag.
statement! { PEOPLE,
"SELECT s.subject, s.generation, s.sealed, k.wrapped, s.plain, s.suppress_tag,
       (SELECT p.reason FROM suppressions p
          WHERE p.workspace_id = $1 AND p.kind = 'email' AND p.tag = s.suppress_tag),
       (SELECT CAST(MAX(CASE m.state WHEN 'confirmed' THEN 3 WHEN 'unsubscribed' THEN 2 WHEN 'unconfirmed' THEN 1
            ELSE 0 END) AS BIGINT)
          FROM source_lists sl JOIN list_members m ON m.workspace_id = sl.workspace_id AND m.list_id = sl.list_id
          WHERE sl.workspace_id = $1 AND sl.source_id = $2 AND m.subject = s.subject)
     FROM subscribers s JOIN subject_keys k ON k.workspace_id = s.workspace_id AND k.subject = s.subject
     WHERE s.workspace_id = $1 AND s.subject IN [$3]" }
statement! { TAKE_OFF,
"UPDATE ledger SET state = 2, next_at = $5
     WHERE workspace_id = $1 AND source_id = $2 AND channel = 1 AND subject IN [$3] AND worker = $4 AND state IN (1, 2)
       AND EXISTS (SELECT 1 FROM sources o WHERE o.workspace_id = $1 AND o.id = $2 AND o.state = 'running' AND o.pass = $6)
     RETURNING subject" }
statement! { SETTLE,
"UPDATE ledger SET state = $5, next_at = $6, attempts = attempts + $10, done_at = $7, reason = $8, codes = $9,
       first_at = CASE WHEN first_at = 0 THEN $7 ELSE first_at END
     WHERE workspace_id = $1 AND source_id = $2 AND channel = 1 AND subject IN [$3] AND worker = $4 AND state IN (1, 2)
     RETURNING subject" }
statement! { PUT_BACK,
"UPDATE ledger SET state = 0, next_at = $5, worker = 0, done_at = 0, reason = NULL
 WHERE workspace_id = $1 AND source_id = $2 AND channel = 1 AND subject IN [$3] AND worker = $4 AND state IN (1, 2)" }
statement! { COUNT,
"INSERT INTO source_counts (workspace_id, source_id, state, reason, rows_there) VALUES ($1, $2, $3, $4, $5)
     ON CONFLICT (workspace_id, source_id, state, reason)
     DO UPDATE SET rows_there = source_counts.rows_there + excluded.rows_there" }
statement! { NEXT_DUE,
"SELECT next_at FROM ledger WHERE workspace_id = $1 AND source_id = $2 AND state IN (0, 4) AND next_at > 0
 ORDER BY next_at LIMIT 1" }
statement! { FINISH,
"UPDATE sources SET state = 'done', finished_at = $3
     WHERE workspace_id = $1 AND id = $2 AND state = 'running' AND filled_at IS NOT NULL
       AND audience = (SELECT COALESCE(SUM(rows_there), 0) FROM source_counts
         WHERE workspace_id = $1 AND source_id = $2 AND state IN (3, 5, 6, 7))" }
statement! { UNSETTLED,
"SELECT COUNT(*) FROM ledger WHERE workspace_id = $1 AND source_id = $2 AND state IN (0, 1, 2, 4)" }
statement! { CLOSE_PAGE,
"UPDATE ledger SET state = 6, next_at = 0, done_at = $3, reason = 'cancelled'
     WHERE workspace_id = $1 AND source_id = $2 AND channel = 1 AND subject IN (
       SELECT subject FROM ledger WHERE workspace_id = $1 AND source_id = $2 AND subject > $4 AND state = 0
       ORDER BY subject LIMIT $5)
     RETURNING subject" }

/// A row just leased.
#[derive(Clone, Debug)]
pub(in crate::sending) struct Leased {
    pub subject: SubjectNo,
    /// The keyed hash of the recipient's domain.
    pub domain: i64,
    pub attempts: i64,
    /// When it was first tried; zero if never.
    pub first_at: Micros,
    /// The class under which it was counted as deferred, if it was.
    pub deferred: Option<String>,
    /// Whether it waited for its time, so that its domain's limit has room for it.
    pub has_slot: bool,
}

/// A recipient as the last look found them.
pub(in crate::sending) struct Person {
    pub sealed: SealedPerson,
    /// Public and internal fields, as JSON.
    pub plain: serde_json::Map<String, serde_json::Value>,
    pub suppress_tag: Vec<u8>,
    pub suppressed: Option<String>,
    pub membership: i64,
}

/// What a settled row becomes.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(in crate::sending) struct Change {
    pub state: RowState,
    /// When it is tried again; zero for never.
    pub next_at: Micros,
    pub reason: Option<String>,
    pub codes: Option<String>,
    /// Whether it was an attempt at the recipient, and not only at the relay.
    pub attempt: bool,
}

/// Leases waiting rows that are due.
pub(in crate::sending) async fn lease_due(
    tx: &mut Tx,
    id: SourceId,
    epoch: i64,
    (now, deadline): (Micros, Micros),
    limit: i64,
) -> Result<Vec<Leased>, StoreError> {
    tx.all(&LEASE_DUE, args![id, epoch, deadline, now, limit], |r| read_leased(r, true)).await
}

/// Leases rows that were never tried, after the person `after`.
pub(in crate::sending) async fn lease_fresh(
    tx: &mut Tx,
    id: SourceId,
    epoch: i64,
    deadline: Micros,
    (after, limit): (i64, i64),
) -> Result<Vec<Leased>, StoreError> {
    tx.all(&LEASE_FRESH, args![id, epoch, deadline, after, limit], |r| read_leased(r, false)).await
}

fn read_leased(r: &Row<'_>, has_slot: bool) -> Result<Leased, StoreError> {
    // A leased row keeps the mark of its deferral until it is settled or put back.
    let deferred = (r.int(4)? > 0).then_some(r.opt_text(5)?.unwrap_or_default());
    let (subject, domain, attempts) = (r.subject(0)?, r.int(1)?, r.int(2)?);
    Ok(Leased { subject, domain, attempts, first_at: r.time(3)?, deferred, has_slot })
}

/// Everything about leased people that the last look and the message need.
pub(in crate::sending) async fn people(
    tx: &mut Tx,
    id: SourceId,
    subjects: Vec<i64>,
) -> Result<Vec<Person>, StoreError> {
    tx.all(&PEOPLE, args![id, subjects], |r| {
        let generation = u32::try_from(r.int(1)?).map_err(|_| StoreError::Damaged("a key generation".into()))?;
        Ok(Person {
            sealed: SealedPerson { subject: r.subject(0)?, generation, sealed: r.blob(2)?, wrapped: r.blob(3)? },
            plain: r.json(4)?,
            suppress_tag: r.blob(5)?,
            suppressed: r.opt_text(6)?,
            membership: r.opt_int(7)?.unwrap_or(0),
        })
    })
    .await
}

/// Notes that messages may leave now, while the source is in its pass `pass`; gives whose may.
pub(in crate::sending) async fn take_off(
    tx: &mut Tx,
    id: SourceId,
    (epoch, pass): (i64, i64),
    subjects: Vec<i64>,
    deadline: Micros,
) -> Result<Vec<SubjectNo>, StoreError> {
    tx.all(&TAKE_OFF, args![id, subjects, epoch, deadline, pass], |r| r.subject(0)).await
}

/// Settles rows of one change; gives those that were still ours.
pub(in crate::sending) async fn settle(
    tx: &mut Tx,
    id: SourceId,
    epoch: i64,
    subjects: Vec<i64>,
    change: &Change,
    now: Micros,
) -> Result<Vec<SubjectNo>, StoreError> {
    let Change { state, next_at, reason, codes, attempt } = change;
    let row = args![id, subjects, epoch, state.code(), *next_at, now, reason.clone(), codes.clone(), *attempt];
    let settled = tx.all(&SETTLE, row, |r| r.subject(0)).await?;
    count(tx, id, *state, reason.as_deref().unwrap_or_default(), settled.len()).await?;
    Ok(settled)
}

/// Puts rows back into the queue, not before `next_at`.
pub(in crate::sending) async fn put_back(
    tx: &mut Tx,
    id: SourceId,
    epoch: i64,
    subjects: Vec<i64>,
    next_at: Micros,
) -> Result<(), StoreError> {
    tx.exec(&PUT_BACK, args![id, subjects, epoch, next_at]).await.map(drop)
}

/// Counts rows that came to rest in a state. `number` may be negative by way of [`uncount`].
pub(in crate::sending) async fn count(
    tx: &mut Tx,
    id: SourceId,
    state: RowState,
    reason: &str,
    number: usize,
) -> Result<(), StoreError> {
    change_count(tx, id, state, reason, i64::try_from(number).unwrap_or(i64::MAX)).await
}

/// Takes rows out of the count they rested in.
pub(in crate::sending) async fn uncount(
    tx: &mut Tx,
    id: SourceId,
    state: RowState,
    reason: &str,
    number: usize,
) -> Result<(), StoreError> {
    change_count(tx, id, state, reason, -i64::try_from(number).unwrap_or(i64::MAX)).await
}

async fn change_count(tx: &mut Tx, id: SourceId, state: RowState, reason: &str, by: i64) -> Result<(), StoreError> {
    if by == 0 {
        return Ok(());
    }
    tx.exec(&COUNT, args![id, state.code(), reason, by]).await.map(drop)
}

/// When the first waiting row of a source is due.
pub(in crate::sending) async fn next_due(tx: &mut Tx, id: SourceId) -> Result<Option<Micros>, StoreError> {
    tx.optional(&NEXT_DUE, args![id], |r| r.time(0)).await
}

/// Ends a source whose every recipient has an outcome; says whether it did.
pub(in crate::sending) async fn finish(tx: &mut Tx, id: SourceId, now: Micros) -> Result<bool, StoreError> {
    Ok(tx.exec(&FINISH, args![id, now]).await? == 1)
}

/// Skips up to `limit` waiting rows of a cancelled source, none of them deferred, after the person `after`; gives whose.
pub(in crate::sending) async fn close_page(
    tx: &mut Tx,
    id: SourceId,
    (after, limit): (i64, i64),
    now: Micros,
) -> Result<Vec<SubjectNo>, StoreError> {
    tx.all(&CLOSE_PAGE, args![id, now, after, limit], |r| r.subject(0)).await
}

/// How many rows of a source wait, or are in a lane's hands.
pub(in crate::sending) async fn unsettled(tx: &mut Tx, id: SourceId) -> Result<i64, StoreError> {
    tx.one(&UNSETTLED, args![id], |r| r.int(0)).await
}
