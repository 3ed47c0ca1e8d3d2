//! Sources and their frozen revisions.

use super::super::{FrozenRevision, NewSource, RowState, Sender, Source, SourceState};
use std::collections::{BTreeMap, HashSet};
use waxwing_domain::{Actor, Ctx, ListId, RevisionId, SourceId};
use waxwing_store::{Row, StoreError, Tx, args, bulk, statement};

// How the system is set, kept when something is contained: the queue, with its numbers.
crate::kept! { QUEUE, "sources" (id: Int, kind: Text, reference: Int, sender: Text, state: Text, hold_reason: Text, audience: Int,
origin_kind: Text, origin_a: Int, created_at: Int, started_at: Int), where "finished_at IS NULL" }
crate::kept! { QUEUED, "source_counts" (source_id: Int, state: Int, reason: Text, rows_there: Int),
where "source_id IN (SELECT id FROM sources WHERE workspace_id = $1 AND finished_at IS NULL)" }
statement! { INSERT_REVISION, "INSERT INTO revisions (id, workspace_id, content, created_at) VALUES ($2, $1, $3, $4)" }
statement! { REVISION, "SELECT content FROM revisions WHERE workspace_id = $1 AND id = $2" }
statement! { INSERT,
"INSERT INTO sources (id, workspace_id, kind, reference, revision_id, sender, state, started, pass, audience,
       fill_list, fill_after, origin_kind, origin_a, origin_b, created_at)
     VALUES ($2, $1, $3, $4, $5, $6, 'held', 0, 1, 0, 0, 0, $7, $8, $9, $10)" }
bulk! { INSERT_LISTS, into "source_lists" (source_id: Int, list_id: Int), "ON CONFLICT DO NOTHING" }
statement! { LISTS, "SELECT list_id FROM source_lists WHERE workspace_id = $1 AND source_id = $2 ORDER BY list_id" }
statement! { SENT_TO,
"SELECT DISTINCT l.list_id FROM source_lists l JOIN sources s ON s.workspace_id = l.workspace_id AND s.id = l.source_id
 WHERE l.workspace_id = $1 AND l.list_id IN [$2] AND s.started = 1" }
statement! { ONE,
"SELECT id, kind, reference, revision_id, sender, state, started, pass, hold_reason, audience, filled_at,
       created_at, started_at, finished_at, origin_kind, origin_a, origin_b
     FROM sources WHERE workspace_id = $1 AND id = $2" }
statement! { OPEN,
"SELECT id, kind, reference, revision_id, sender, state, started, pass, hold_reason, audience, filled_at,
       created_at, started_at, finished_at, origin_kind, origin_a, origin_b
     FROM sources WHERE workspace_id = $1 AND state = 'running' ORDER BY id" }
statement! { RUNNING,
"UPDATE sources SET state = 'running', started = 1, pass = pass + 1, hold_reason = NULL, finished_at = NULL,
       started_at = COALESCE(started_at, $3), origin_kind = $4, origin_a = $5, origin_b = $6
     WHERE workspace_id = $1 AND id = $2 AND pass = $7 AND state IN ('held', 'running', 'done')" }
statement! { HELD,
"UPDATE sources SET state = 'held', pass = pass + 1, hold_reason = $4
 WHERE workspace_id = $1 AND id = $2 AND pass = $3 AND state = 'running'" }
statement! { CANCELLED,
"UPDATE sources SET state = 'cancelled', pass = pass + 1, hold_reason = NULL
 WHERE workspace_id = $1 AND id = $2 AND state IN ('held', 'running')" }
// The reason stays for the moment: it says which count the row leaves.
statement! { REOPEN,
"UPDATE ledger SET state = 0, next_at = 0, worker = 0, attempts = 0, first_at = 0, done_at = 0
     WHERE workspace_id = $1 AND source_id = $2 AND state = $3 RETURNING reason" }
statement! { UNDEFER,
"UPDATE ledger SET state = 0, next_at = 0, done_at = 0
     WHERE workspace_id = $1 AND source_id = $2 AND state = 4 RETURNING reason" }
statement! { CLEAR,
"UPDATE ledger SET reason = NULL, codes = NULL
     WHERE workspace_id = $1 AND source_id = $2 AND state = 0 AND reason IS NOT NULL" }

pub(in crate::sending) async fn insert_source(
    tx: &mut Tx,
    ctx: &Ctx,
    id: SourceId,
    revision: RevisionId,
    new: &NewSource,
) -> Result<(), StoreError> {
    let content = serde_json::to_string(&new.revision)
        .map_err(|_| StoreError::Damaged("content that cannot be written".into()))?;
    let (kind, a, b) = ctx.origin.to_columns();
    tx.exec(&INSERT_REVISION, args![revision, content, ctx.now()]).await?;
    let sender = new.sender.to_json();
    tx.exec(&INSERT, args![id, new.kind, new.reference, revision, sender, kind, a, b, ctx.now()]).await?;
    let rows = new.lists.iter().map(|list| args![id, *list]).collect();
    tx.bulk(&INSERT_LISTS, rows).await.map(drop)
}

pub(in crate::sending) async fn source(tx: &mut Tx, id: SourceId) -> Result<Option<Source>, StoreError> {
    tx.optional(&ONE, args![id], read).await
}

/// The sources that are running, oldest first.
pub(in crate::sending) async fn open_sources(tx: &mut Tx) -> Result<Vec<Source>, StoreError> {
    tx.all(&OPEN, args![], read).await
}

pub(in crate::sending) async fn revision(tx: &mut Tx, id: RevisionId) -> Result<Option<FrozenRevision>, StoreError> {
    tx.optional(&REVISION, args![id], |r| r.json(0)).await
}

pub(in crate::sending) async fn lists(tx: &mut Tx, id: SourceId) -> Result<Vec<ListId>, StoreError> {
    tx.all(&LISTS, args![id], |r| Ok(ListId::from_i64(r.int(0)?))).await
}

/// Those of these lists that something was ever sent to.
pub(in crate::sending) async fn sent_to(tx: &mut Tx, lists: &[ListId]) -> Result<HashSet<ListId>, StoreError> {
    let lists: Vec<i64> = lists.iter().map(|list| list.as_i64()).collect();
    let known = tx.all(&SENT_TO, args![lists], |r| Ok(ListId::from_i64(r.int(0)?))).await?;
    Ok(known.into_iter().collect())
}

/// Lets a source run that is still in its pass `pass`; says whether it was.
pub(in crate::sending) async fn set_running(
    tx: &mut Tx,
    ctx: &Ctx,
    id: SourceId,
    pass: i64,
) -> Result<bool, StoreError> {
    let (kind, a, b) = ctx.origin.to_columns();
    Ok(tx.exec(&RUNNING, args![id, ctx.now(), kind, a, b, pass]).await? == 1)
}

/// Holds a source that is still in its pass `pass`; says whether it was.
pub(in crate::sending) async fn set_held(
    tx: &mut Tx,
    id: SourceId,
    pass: i64,
    reason: &str,
) -> Result<bool, StoreError> {
    Ok(tx.exec(&HELD, args![id, pass, reason]).await? == 1)
}

pub(in crate::sending) async fn set_cancelled(tx: &mut Tx, id: SourceId) -> Result<(), StoreError> {
    tx.exec(&CANCELLED, args![id]).await.map(drop)
}

/// Puts the rows of one final state back into the queue; gives how many.
pub(in crate::sending) async fn reopen(tx: &mut Tx, id: SourceId, state: RowState) -> Result<i64, StoreError> {
    let reasons = tx.all(&REOPEN, args![id, state.code()], |r| r.opt_text(0)).await?;
    leave_counts(tx, id, state, reasons).await
}

/// Makes deferred rows wait without a time, so that they are no longer tried; gives how many.
pub(in crate::sending) async fn undefer(tx: &mut Tx, id: SourceId) -> Result<i64, StoreError> {
    let reasons = tx.all(&UNDEFER, args![id], |r| r.opt_text(0)).await?;
    leave_counts(tx, id, RowState::Deferred, reasons).await
}

/// Takes rows out of the counts that they were in, each by its own reason: a lane may be adding to
/// the same counts, so that emptying them would lose its rows.
async fn leave_counts(
    tx: &mut Tx,
    id: SourceId,
    state: RowState,
    reasons: Vec<Option<String>>,
) -> Result<i64, StoreError> {
    let rows = i64::try_from(reasons.len()).unwrap_or(i64::MAX);
    let mut tally: BTreeMap<String, usize> = BTreeMap::new();
    for reason in reasons {
        *tally.entry(reason.unwrap_or_default()).or_default() += 1;
    }
    for (reason, number) in tally {
        super::uncount(tx, id, state, &reason, number).await?;
    }
    tx.exec(&CLEAR, args![id]).await?;
    Ok(rows)
}

fn read(r: &Row<'_>) -> Result<Source, StoreError> {
    Ok(Source {
        id: SourceId::from_i64(r.int(0)?),
        kind: r.text(1)?,
        reference: r.int(2)?,
        revision: RevisionId::from_i64(r.int(3)?),
        sender: r.word(4, Sender::from_json)?,
        state: r.word(5, SourceState::parse)?,
        started: r.flag(6)?,
        pass: r.int(7)?,
        hold_reason: r.opt_text(8)?,
        audience: r.int(9)?,
        filled: r.opt_int(10)?.is_some(),
        created_at: r.time(11)?,
        started_at: r.opt_time(12)?,
        finished_at: r.opt_time(13)?,
        origin: Actor::from_columns(&r.text(14)?, r.int(15)?, r.int(16)?),
    })
}
