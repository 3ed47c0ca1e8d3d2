//! The SQL of lists: the campaigns that went to one list alone, and which lists people left or complained by.

use super::Subject;
use waxwing_detect::Contributor;
use waxwing_domain::{CampaignId, ListId, Micros, SourceId};
use waxwing_store::{Row, StoreError, Tx, args, statement};

statement! { LATELY,
"SELECT l.list_id, s.id, s.reference, s.finished_at FROM sources s
   JOIN source_lists l ON l.workspace_id = s.workspace_id AND l.source_id = s.id
 WHERE s.workspace_id = $1 AND s.kind = 'campaign' AND s.state = 'done' AND s.finished_at >= $2 AND NOT EXISTS (
   SELECT 1 FROM source_lists o
     WHERE o.workspace_id = s.workspace_id AND o.source_id = s.id AND o.list_id <> l.list_id)
 ORDER BY s.id DESC LIMIT $3" }
statement! { LEFT,
"SELECT l.id, l.name, COUNT(*) FROM unsubscribes u
   JOIN source_lists sl ON sl.workspace_id = u.workspace_id AND sl.source_id = u.source_id
   JOIN list_members m ON m.workspace_id = u.workspace_id AND m.list_id = sl.list_id AND m.subject = u.subject
   JOIN lists l ON l.workspace_id = u.workspace_id AND l.id = sl.list_id
 WHERE u.workspace_id = $1 AND u.source_id = $2 GROUP BY l.id, l.name ORDER BY l.id" }
statement! { COMPLAINED,
"SELECT l.id, l.name, COUNT(*) FROM outcomes o
   JOIN source_lists sl ON sl.workspace_id = o.workspace_id AND sl.source_id = o.source_id
   JOIN list_members m ON m.workspace_id = o.workspace_id AND m.list_id = sl.list_id AND m.subject = o.subject
   JOIN lists l ON l.workspace_id = o.workspace_id AND l.id = sl.list_id
 WHERE o.workspace_id = $1 AND o.source_id = $2 AND o.kind = 'complaint' GROUP BY l.id, l.name ORDER BY l.id" }

/// A campaign that went to one list alone, and when it was done.
pub(super) struct Sent {
    pub list: ListId,
    pub source: SourceId,
    pub campaign: CampaignId,
    pub at: Micros,
}

/// Campaigns to one list that were done after `since`, the newest first.
pub(super) async fn lately(tx: &mut Tx, since: Micros, most: i64) -> Result<Vec<Sent>, StoreError> {
    tx.all(&LATELY, args![since, most], |r| {
        Ok(Sent {
            list: ListId::from_i64(r.int(0)?),
            source: SourceId::from_i64(r.int(1)?),
            campaign: CampaignId::from_i64(r.int(2)?),
            at: r.time(3)?,
        })
    })
    .await
}

/// Who left by a source, by the list that they were on; who was on several counts on each.
pub(super) async fn left(tx: &mut Tx, source: SourceId) -> Result<Vec<Contributor>, StoreError> {
    tx.all(&LEFT, args![source], part).await
}

/// The same for who complained.
pub(super) async fn complained(tx: &mut Tx, source: SourceId) -> Result<Vec<Contributor>, StoreError> {
    tx.all(&COMPLAINED, args![source], part).await
}

fn part(r: &Row<'_>) -> Result<Contributor, StoreError> {
    let (list, count) = (ListId::from_i64(r.int(0)?), r.int(2)?.max(0).cast_unsigned());
    Ok(Contributor::new(format!("List {}", r.text(1)?), count).of(Subject::List(list).to_text()))
}
