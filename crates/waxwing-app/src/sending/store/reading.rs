//! Counts, recipients and audiences, for pages and reviews.

use super::super::{Counts, Recipient, RecipientFilter, RowState, SourceState, Standing};
use std::collections::HashMap;
use waxwing_domain::{ListId, Micros, SourceId};
use waxwing_store::{Row, StoreError, Tx, args, statement};

// One row a source and count; a source without counts has one row without.
statement! { STANDINGS,
"SELECT s.id, s.state, s.pass, s.hold_reason, s.started_at, s.audience, s.filled_at, c.state, c.reason, c.rows_there
     FROM sources s LEFT JOIN source_counts c ON c.workspace_id = s.workspace_id AND c.source_id = s.id
     WHERE s.workspace_id = $1 AND s.id IN [$2] ORDER BY s.id" }
statement! { RECIPIENTS,
"SELECT subject, state, reason, codes, attempts, done_at, next_at FROM ledger
     WHERE workspace_id = $1 AND source_id = $2 AND subject > $3 AND state IN [$4]
       AND (CAST($5 AS TEXT) = '' OR reason = CAST($5 AS TEXT))
     ORDER BY subject LIMIT $6" }
// The same ranks as the last look of the lease.
statement! { AUDIENCE,
"SELECT a.membership, p.reason, COUNT(*)
     FROM (SELECT m.subject AS subject, CAST(MAX(CASE m.state WHEN 'confirmed' THEN 3 WHEN 'unsubscribed' THEN 2
             WHEN 'unconfirmed' THEN 1 ELSE 0 END) AS BIGINT) AS membership
           FROM list_members m WHERE m.workspace_id = $1 AND m.list_id IN [$2] AND m.state <> 'removed'
           GROUP BY m.subject) AS a
     JOIN subscribers s ON s.workspace_id = $1 AND s.subject = a.subject
     LEFT JOIN suppressions p ON p.workspace_id = $1 AND p.kind = 'email' AND p.tag = s.suppress_tag
     GROUP BY a.membership, p.reason" }

// The same for recipients in one state; who is gone has no row among the subscribers.
statement! { AGAIN,
"SELECT a.there, a.membership, a.suppressed, COUNT(*)
     FROM (SELECT CAST(CASE WHEN s.subject IS NULL THEN 0 ELSE 1 END AS BIGINT) AS there, p.reason AS suppressed,
             (SELECT CAST(MAX(CASE m.state WHEN 'confirmed' THEN 3 WHEN 'unsubscribed' THEN 2 WHEN 'unconfirmed' THEN 1
                  ELSE 0 END) AS BIGINT)
                FROM source_lists sl
                JOIN list_members m ON m.workspace_id = sl.workspace_id AND m.list_id = sl.list_id
                WHERE sl.workspace_id = $1 AND sl.source_id = $2 AND m.subject = l.subject) AS membership
           FROM ledger l
           LEFT JOIN subscribers s ON s.workspace_id = $1 AND s.subject = l.subject
           LEFT JOIN suppressions p ON p.workspace_id = $1 AND p.kind = 'email' AND p.tag = s.suppress_tag
           WHERE l.workspace_id = $1 AND l.source_id = $2 AND l.state = $3) AS a
     GROUP BY a.there, a.membership, a.suppressed" }

/// How these sources stand; those that are not there are missing.
pub(in crate::sending) async fn standings(
    tx: &mut Tx,
    ids: Vec<i64>,
) -> Result<HashMap<SourceId, Standing>, StoreError> {
    let rows = tx.all(&STANDINGS, args![ids], |r| Ok((standing(r)?, count(r)?))).await?;
    let mut found: HashMap<SourceId, (Standing, Vec<Count>)> = HashMap::new();
    for ((id, standing), count) in rows {
        let (_, counts) = found.entry(id).or_insert_with(|| (standing, Vec::new()));
        counts.extend(count);
    }
    let whole = found.into_iter().map(|(id, (standing, rows))| {
        let counts = Counts::from_rows(standing.counts.audience, standing.counts.filled, rows);
        (id, Standing { counts, ..standing })
    });
    Ok(whole.collect())
}

/// State, reason, how many.
type Count = (RowState, String, i64);

fn standing(r: &Row<'_>) -> Result<(SourceId, Standing), StoreError> {
    let counts = Counts { audience: r.int(5)?, filled: r.opt_int(6)?.is_some(), ..Counts::default() };
    let state = r.word(1, SourceState::parse)?;
    let (pass, hold_reason, started_at) = (r.int(2)?, r.opt_text(3)?, r.opt_time(4)?);
    Ok((SourceId::from_i64(r.int(0)?), Standing { state, pass, hold_reason, started_at, counts }))
}

fn count(r: &Row<'_>) -> Result<Option<Count>, StoreError> {
    let Some(code) = r.opt_int(7)? else { return Ok(None) };
    let state = RowState::from_code(code).ok_or_else(|| StoreError::Damaged("a count of no state".into()))?;
    Ok(Some((state, r.text(8)?, r.int(9)?)))
}

pub(in crate::sending) async fn recipients(
    tx: &mut Tx,
    id: SourceId,
    filter: &RecipientFilter,
) -> Result<Vec<Recipient>, StoreError> {
    let states: Vec<i64> = match filter.state {
        None => RowState::ALL.map(RowState::code).to_vec(),
        Some(RowState::Pending | RowState::Leased | RowState::InFlight) => vec![0, 1, 2],
        Some(state) => vec![state.code()],
    };
    let after = filter.after.map_or(0, |subject| subject.as_i64());
    let reason = filter.reason.as_deref().unwrap_or_default();
    tx.all(&RECIPIENTS, args![id, after, states, reason, filter.limit], |r| {
        let moment = |at: Micros| (at.as_i64() > 0).then_some(at);
        let state = RowState::from_code(r.int(1)?).ok_or_else(|| StoreError::Damaged("a row of no state".into()))?;
        let waits = matches!(state, RowState::Pending | RowState::Deferred);
        Ok(Recipient {
            subject: r.subject(0)?,
            state,
            reason: r.opt_text(2)?,
            codes: r.opt_text(3)?,
            attempts: r.int(4)?,
            at: moment(r.time(5)?),
            next_at: moment(r.time(6)?).filter(|_| waits),
        })
    })
    .await
}

pub(in crate::sending) async fn audience(
    tx: &mut Tx,
    lists: Vec<ListId>,
) -> Result<Vec<(i64, Option<String>, i64)>, StoreError> {
    let lists: Vec<i64> = lists.into_iter().map(ListId::as_i64).collect();
    tx.all(&AUDIENCE, args![lists], |r| Ok((r.int(0)?, r.opt_text(1)?, r.int(2)?))).await
}

/// Recipients of a source in one state, as the last look would see them now.
pub(in crate::sending) async fn again(
    tx: &mut Tx,
    id: SourceId,
    state: RowState,
) -> Result<Vec<(bool, i64, Option<String>, i64)>, StoreError> {
    tx.all(&AGAIN, args![id, state.code()], |r| {
        Ok((r.int(0)? == 1, r.opt_int(1)?.unwrap_or(0), r.opt_text(2)?, r.int(3)?))
    })
    .await
}
