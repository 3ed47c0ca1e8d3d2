//! The SQL of reports: reads only.

use super::Point;
use crate::outcomes::Kind;
use crate::sending::{RowState, SourceState};
use serde::Deserialize;
use waxwing_domain::{CampaignId, ListId, Micros, SourceId};
use waxwing_store::{Row, StoreError, Tx, args, statement};

statement! { PAGE,
"SELECT s.id, s.reference, s.state, s.hold_reason, s.started_at, s.finished_at, r.content, c.name
     FROM sources s JOIN revisions r ON r.workspace_id = s.workspace_id AND r.id = s.revision_id
     LEFT JOIN campaigns c ON c.workspace_id = s.workspace_id AND c.id = s.reference
     WHERE s.workspace_id = $1 AND s.kind = 'campaign' AND s.id < $2 ORDER BY s.id DESC LIMIT $3" }
statement! { BY_CAMPAIGN,
"SELECT s.id, s.reference, s.state, s.hold_reason, s.started_at, s.finished_at, r.content, c.name
     FROM sources s JOIN revisions r ON r.workspace_id = s.workspace_id AND r.id = s.revision_id
     LEFT JOIN campaigns c ON c.workspace_id = s.workspace_id AND c.id = s.reference
     WHERE s.workspace_id = $1 AND s.kind = 'campaign' AND s.reference = $2 ORDER BY s.id DESC LIMIT 1" }
// The same for who may see some lists only: none that went to another list.
statement! { PAGE_OF_LISTS,
"SELECT s.id, s.reference, s.state, s.hold_reason, s.started_at, s.finished_at, r.content, c.name
     FROM sources s JOIN revisions r ON r.workspace_id = s.workspace_id AND r.id = s.revision_id
     LEFT JOIN campaigns c ON c.workspace_id = s.workspace_id AND c.id = s.reference
     WHERE s.workspace_id = $1 AND s.kind = 'campaign' AND s.id < $2
       AND NOT EXISTS (SELECT 1 FROM source_lists l
         WHERE l.workspace_id = $1 AND l.source_id = s.id AND NOT (l.list_id IN [$4])) ORDER BY s.id DESC LIMIT $3" }
statement! { LISTS, "SELECT list_id FROM source_lists WHERE workspace_id = $1 AND source_id = $2" }
// The states are accepted and failed.
statement! { SPAN,
"SELECT MIN(done_at), MAX(done_at) FROM ledger
 WHERE workspace_id = $1 AND source_id = $2 AND state IN (3, 5) AND done_at > 0" }
statement! { TIMELINE,
"SELECT (done_at / CAST($3 AS BIGINT)) AS step, state, COUNT(*) FROM ledger
 WHERE workspace_id = $1 AND source_id = $2 AND state IN (3, 5) AND done_at > 0 GROUP BY step, state ORDER BY step, state" }

// Domains that are none of those asked for share the number 0.
statement! { BY_DOMAIN,
"SELECT CASE WHEN domain IN [$3] THEN domain ELSE 0 END AS known, state, COUNT(*) FROM ledger
 WHERE workspace_id = $1 AND source_id = $2 GROUP BY known, state" }

// The same of what providers reported of messages that a relay had taken.
statement! { REPORTED_BY_DOMAIN,
"SELECT CASE WHEN l.domain IN [$3] THEN l.domain ELSE 0 END AS known, o.kind, COUNT(*)
 FROM outcomes o JOIN ledger l ON l.workspace_id = o.workspace_id AND l.source_id = o.source_id AND l.subject = o.subject
 WHERE o.workspace_id = $1 AND o.source_id = $2 AND o.beside = 1 GROUP BY known, o.kind" }
// Whose messages were complained of, by the list that they are on; who is on several counts on each.
/// A source of a campaign.
pub(super) struct Sent {
    pub campaign: CampaignId,
    pub source: SourceId,
    /// What the team calls the campaign; the subject where the campaign is gone.
    pub name: String,
    pub subject: String,
    pub state: SourceState,
    pub hold_reason: Option<String>,
    pub started_at: Option<Micros>,
    pub finished_at: Option<Micros>,
}

/// The part of frozen content that a report shows.
#[derive(Deserialize)]
struct Frozen {
    content: Content,
}

#[derive(Deserialize)]
struct Content {
    subject: String,
}

fn sent(r: &Row<'_>) -> Result<Sent, StoreError> {
    let frozen: Frozen = serde_json::from_str(&r.text(6)?)
        .map_err(|_| StoreError::Damaged("the frozen content of a campaign".into()))?;
    Ok(Sent {
        source: SourceId::from_i64(r.int(0)?),
        campaign: CampaignId::from_i64(r.int(1)?),
        name: r.opt_text(7)?.unwrap_or_else(|| frozen.content.subject.clone()),
        subject: frozen.content.subject,
        state: r.word(2, SourceState::parse)?,
        hold_reason: r.opt_text(3)?,
        started_at: r.opt_time(4)?,
        finished_at: r.opt_time(5)?,
    })
}

pub(super) async fn page(tx: &mut Tx, before: i64, limit: i64) -> Result<Vec<Sent>, StoreError> {
    match tx.limit() {
        Some(lists) => tx.all(&PAGE_OF_LISTS, args![before, limit, lists], sent).await,
        None => tx.all(&PAGE, args![before, limit], sent).await,
    }
}

/// The last source of a campaign, unless it went to a list that the transaction may not see.
pub(super) async fn by_campaign(tx: &mut Tx, campaign: CampaignId) -> Result<Option<Sent>, StoreError> {
    let Some(sent) = tx.optional(&BY_CAMPAIGN, args![campaign], sent).await? else { return Ok(None) };
    let lists = tx.all(&LISTS, args![sent.source], |r| r.int(0).map(ListId::from_i64)).await?;
    Ok(Some(sent).filter(|_| lists.iter().all(|list| tx.sees(*list))))
}

/// When the first and the last message got its outcome.
pub(super) async fn span(tx: &mut Tx, source: SourceId) -> Result<Option<(Micros, Micros)>, StoreError> {
    let (first, last) = tx.one(&SPAN, args![source], |r| Ok((r.opt_time(0)?, r.opt_time(1)?))).await?;
    Ok(first.zip(last))
}

/// Outcomes by step of so many microseconds; steps without any are missing.
pub(super) async fn timeline(tx: &mut Tx, source: SourceId, step: i64) -> Result<Vec<Point>, StoreError> {
    let rows = tx.all(&TIMELINE, args![source, step], |r| Ok((r.int(0)?, r.int(1)?, r.int(2)?))).await?;
    let mut points: Vec<Point> = Vec::new();
    for (number, state, count) in rows {
        let at = Micros::from_i64(number * step);
        if points.last().is_none_or(|point| point.at != at) {
            points.push(Point { at, accepted: 0, failed: 0 });
        }
        if let Some(point) = points.last_mut() {
            let of = if state == RowState::Accepted.code() { &mut point.accepted } else { &mut point.failed };
            *of += tx.shown(count);
        }
    }
    Ok(points)
}

/// How many rows of a source are in which state, by the hash of their domain if it is among `hashes`.
pub(super) async fn by_domain(
    tx: &mut Tx,
    source: SourceId,
    hashes: Vec<i64>,
) -> Result<Vec<(i64, RowState, i64)>, StoreError> {
    tx.all(&BY_DOMAIN, args![source, hashes], |r| {
        let state = RowState::from_code(r.int(1)?).ok_or_else(|| StoreError::Damaged("a row of no state".into()))?;
        Ok((r.int(0)?, state, r.int(2)?))
    })
    .await
}

/// How often what was reported of a source, by the hash of the domain if it is among `hashes`.
pub(super) async fn reported_by_domain(
    tx: &mut Tx,
    source: SourceId,
    hashes: Vec<i64>,
) -> Result<Vec<(i64, Kind, i64)>, StoreError> {
    tx.all(&REPORTED_BY_DOMAIN, args![source, hashes], |r| Ok((r.int(0)?, r.word(1, Kind::parse)?, r.int(2)?))).await
}
