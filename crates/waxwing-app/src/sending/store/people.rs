//! Sources that go to exactly these people and not to lists.

use waxwing_domain::{RelayId, SourceId};
use waxwing_store::{RoaringBitmap, StoreError, Tx, args, statement};

statement! { INSERT, "INSERT INTO source_people (workspace_id, source_id, relay_id, people) VALUES ($1, $2, $3, $4)" }
statement! { ONE, "SELECT relay_id, people FROM source_people WHERE workspace_id = $1 AND source_id = $2" }
statement! { RELAY, "SELECT relay_id FROM source_people WHERE workspace_id = $1 AND source_id = $2" }
statement! { FILL,
"INSERT INTO ledger (workspace_id, source_id, subject, channel, tag, domain, state, next_at, worker, attempts,
       first_at, done_at)
     SELECT s.workspace_id, CAST($2 AS BIGINT), s.subject, 1, s.email_tag, s.domain_hash, 0, 0, 0, 0, 0, 0
     FROM subscribers s WHERE s.workspace_id = $1 AND s.subject IN [$3]
     ON CONFLICT DO NOTHING" }
statement! { ADVANCE,
"UPDATE sources SET audience = audience + $3, fill_after = $4 WHERE workspace_id = $1 AND id = $2" }

fn damaged() -> StoreError {
    StoreError::Damaged("the people of a source".into())
}

pub(in crate::sending) async fn insert_people(
    tx: &mut Tx,
    id: SourceId,
    relay: Option<RelayId>,
    people: &RoaringBitmap,
) -> Result<(), StoreError> {
    let mut bytes = Vec::with_capacity(people.serialized_size());
    people.serialize_into(&mut bytes).map_err(|_| damaged())?;
    tx.exec(&INSERT, args![id, relay.map(RelayId::as_i64), bytes]).await.map(drop)
}

/// The people of a source; `None` for one that goes to lists.
pub(in crate::sending) async fn people_of(tx: &mut Tx, id: SourceId) -> Result<Option<RoaringBitmap>, StoreError> {
    let bytes = tx.optional(&ONE, args![id], |r| r.blob(1)).await?;
    bytes.map(|bytes| RoaringBitmap::deserialize_from(&bytes[..]).map_err(|_| damaged())).transpose()
}

/// The relay that a source was bound to.
pub(in crate::sending) async fn relay_of(tx: &mut Tx, id: SourceId) -> Result<Option<RelayId>, StoreError> {
    let found = tx.optional(&RELAY, args![id], |r| r.opt_int(0)).await?;
    Ok(found.flatten().map(RelayId::from_i64))
}

/// Freezes those of `people` who are here still; the last of them is done now.
pub(in crate::sending) async fn fill_people(tx: &mut Tx, id: SourceId, people: Vec<i64>) -> Result<(), StoreError> {
    let last = people.last().copied().unwrap_or_default();
    let added = tx.exec(&FILL, args![id, people]).await?;
    tx.exec(&ADVANCE, args![id, i64::try_from(added).unwrap_or(i64::MAX), last]).await.map(drop)
}
