//! The SQL of what became of imported people.

use super::imports::OfImport;
use std::collections::BTreeMap;
use waxwing_domain::{ImportId, Micros, SourceId};
use waxwing_store::{StoreError, Tx, args, statement};

// Campaigns with so many addresses that do not exist, the newest first. State 5 has failed.
statement! { SUSPECTS,
"SELECT s.id FROM sources s JOIN source_counts c ON c.workspace_id = s.workspace_id AND c.source_id = s.id
 WHERE s.workspace_id = $1 AND s.kind = 'campaign' AND s.started = 1
   AND (s.state IN ('running', 'held') OR s.finished_at >= $3)
   AND c.state = 5 AND c.reason = 'recipient' AND c.rows_there >= $2
 ORDER BY s.id DESC LIMIT $4" }
// State 3 was accepted.
statement! { OF_SOURCE,
"SELECT i.id, i.list_name, l.state, COUNT(*)
 FROM ledger l
 JOIN source_lists sl ON sl.workspace_id = l.workspace_id AND sl.source_id = l.source_id
 JOIN list_members m ON m.workspace_id = l.workspace_id AND m.list_id = sl.list_id AND m.subject = l.subject
 JOIN imports i ON i.workspace_id = m.workspace_id AND i.consent_id = m.consent_id
 WHERE l.workspace_id = $1 AND l.source_id = $2 AND i.quarantined_at IS NULL
   AND (l.state = 3 OR (l.state = 5 AND l.reason = 'recipient'))
 GROUP BY i.id, i.list_name, l.state" }

/// Sources that run, are held or ended after `since`, with at least `fewest` addresses that do not exist.
pub(super) async fn suspects(tx: &mut Tx, fewest: u64, since: Micros, most: i64) -> Result<Vec<SourceId>, StoreError> {
    tx.all(&SUSPECTS, args![fewest.cast_signed(), since, most], |r| Ok(SourceId::from_i64(r.int(0)?))).await
}

/// What became of the people of each import that a source wrote to, but for those in quarantine.
pub(super) async fn of_source(tx: &mut Tx, source: SourceId) -> Result<Vec<OfImport>, StoreError> {
    let row = |r: &waxwing_store::Row<'_>| Ok((r.int(0)?, r.text(1)?, r.int(2)?, r.int(3)?));
    let mut found: BTreeMap<i64, OfImport> = BTreeMap::new();
    for (import, list, state, number) in tx.all(&OF_SOURCE, args![source], row).await? {
        let new = || OfImport { import: ImportId::from_i64(import), list, accepted: 0, missing: 0 };
        let one = found.entry(import).or_insert_with(new);
        *(if state == 3 { &mut one.accepted } else { &mut one.missing }) += number;
    }
    Ok(found.into_values().collect())
}
