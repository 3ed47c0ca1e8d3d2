//! Freezing an audience: pages of one list after another.

use waxwing_domain::{ListId, Micros, SourceId};
use waxwing_store::{StoreError, Tx, args, statement};

statement! { STATE,
"SELECT fill_list, fill_after, audience FROM sources
 WHERE workspace_id = $1 AND id = $2 AND filled_at IS NULL AND state IN ('held', 'running')" }
statement! { PAGE_END,
"SELECT MAX(subject) FROM (SELECT subject FROM list_members
   WHERE workspace_id = $1 AND list_id = $2 AND subject > $3 ORDER BY subject LIMIT $4) AS page" }
// A person on several lists is a conflict with their own row, and stays there once. Who waits for an erasure is no
// audience any more.
statement! { FILL,
"INSERT INTO ledger (workspace_id, source_id, subject, channel, tag, domain, state, next_at, worker, attempts,
       first_at, done_at)
     SELECT s.workspace_id, CAST($2 AS BIGINT), s.subject, 1, s.email_tag, s.domain_hash, 0, 0, 0, 0, 0, 0
     FROM list_members m JOIN subscribers s ON s.workspace_id = m.workspace_id AND s.subject = m.subject
     WHERE m.workspace_id = $1 AND m.list_id = $3 AND m.subject > $4 AND m.subject <= $5 AND m.state <> 'removed'
       AND NOT EXISTS (SELECT 1 FROM erasures_held h WHERE h.workspace_id = m.workspace_id AND h.subject = m.subject)
     ON CONFLICT DO NOTHING" }
statement! { ADVANCE,
"UPDATE sources SET audience = audience + $3, fill_list = $4, fill_after = $5 WHERE workspace_id = $1 AND id = $2" }
statement! { FILLED, "UPDATE sources SET filled_at = $3 WHERE workspace_id = $1 AND id = $2" }

/// How far a fill is.
#[derive(Clone, Copy, Debug)]
pub(in crate::sending) struct FillPage {
    /// Lists before this one are done.
    pub list: i64,
    /// People of this list up to here are done.
    pub after: i64,
    /// People found so far.
    pub audience: i64,
}

/// Where to go on; `None` when the audience is frozen or the source has ended.
pub(in crate::sending) async fn fill_state(tx: &mut Tx, id: SourceId) -> Result<Option<FillPage>, StoreError> {
    tx.optional(&STATE, args![id], |r| Ok(FillPage { list: r.int(0)?, after: r.int(1)?, audience: r.int(2)? })).await
}

/// Freezes up to `limit` members of `list` after the person `after`; gives the last of them, or
/// `None` at the end of the list.
pub(in crate::sending) async fn fill_page(
    tx: &mut Tx,
    id: SourceId,
    list: ListId,
    after: i64,
    limit: i64,
) -> Result<Option<i64>, StoreError> {
    let Some(end) = tx.one(&PAGE_END, args![list, after, limit], |r| r.opt_int(0)).await? else { return Ok(None) };
    let added = tx.exec(&FILL, args![id, list, after, end]).await?;
    tx.exec(&ADVANCE, args![id, i64::try_from(added).unwrap_or(i64::MAX), list, end]).await?;
    Ok(Some(end))
}

pub(in crate::sending) async fn filled(tx: &mut Tx, id: SourceId, now: Micros) -> Result<(), StoreError> {
    tx.exec(&FILLED, args![id, now]).await.map(drop)
}
