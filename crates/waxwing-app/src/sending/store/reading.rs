//! Counts, recipients and audiences, for pages and reviews.

use super::super::{Counts, Recipient, RecipientFilter, RowState};
use waxwing_domain::{ListId, Micros, SourceId};
use waxwing_store::{StoreError, Tx, args, statement};

statement! { AUDIENCE_OF, "SELECT audience, filled_at FROM sources WHERE workspace_id = $1 AND id = $2" }
statement! { COUNTS, "SELECT state, reason, rows_there FROM source_counts WHERE workspace_id = $1 AND source_id = $2" }
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

pub(in crate::sending) async fn counts(tx: &mut Tx, id: SourceId) -> Result<Counts, StoreError> {
    let (audience, filled) = tx.one(&AUDIENCE_OF, args![id], |r| Ok((r.int(0)?, r.opt_int(1)?.is_some()))).await?;
    let rows = tx.all(&COUNTS, args![id], |r| {
        let state = RowState::from_code(r.int(0)?).ok_or_else(|| StoreError::Damaged("a count of no state".into()))?;
        Ok((state, r.text(1)?, r.int(2)?))
    });
    Ok(Counts::from_rows(audience, filled, rows.await?))
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
