//! What became of each message of a thing, whatever number of sources it had.

use super::super::{Fates, RowState};
use waxwing_domain::SourceId;
use waxwing_store::{StoreError, Tx, args, statement};

/// Rows read at a time.
const PAGE: i64 = 5_000;

statement! { SOURCES_OF, "SELECT id FROM sources WHERE workspace_id = $1 AND kind = $2 AND reference = $3 ORDER BY id" }
// Whoever was of unknown fate and was tried again without success may have the first one: the event says so.
statement! { FATES,
"SELECT l.subject, l.state, CAST(CASE WHEN l.state NOT IN (2, 3, 7) AND EXISTS (SELECT 1 FROM events e
     WHERE e.workspace_id = $1 AND e.subject = l.subject AND e.source_id = $2 AND e.kind = 'unknown')
   THEN 1 ELSE 0 END AS BIGINT)
 FROM ledger l WHERE l.workspace_id = $1 AND l.source_id = $2 AND l.subject > $3 ORDER BY l.subject LIMIT $4" }

pub(in crate::sending) async fn fates(tx: &mut Tx, kind: &str, reference: i64) -> Result<Fates, StoreError> {
    let sources = tx.all(&SOURCES_OF, args![kind, reference], |r| r.int(0).map(SourceId::from_i64)).await?;
    let mut fates = Fates { sources, ..Fates::default() };
    for source in fates.sources.clone() {
        let mut after = -1_i64;
        loop {
            let read = |r: &waxwing_store::Row<'_>| Ok((r.int(0)?, r.int(1)?, r.int(2)? > 0));
            let rows = tx.all(&FATES, args![source, after, PAGE], read).await?;
            let Some(&(last, ..)) = rows.last() else { break };
            for (subject, state, once_unknown) in rows {
                let damaged = || StoreError::Damaged("a row of the ledger".into());
                let subject = u32::try_from(subject).map_err(|_| damaged())?;
                fates.take(subject, RowState::from_code(state).ok_or_else(damaged)?, once_unknown);
            }
            after = last;
        }
    }
    Ok(fates)
}
