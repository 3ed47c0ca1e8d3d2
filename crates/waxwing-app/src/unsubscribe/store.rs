//! The SQL of leaving.

use super::{How, Link};
use std::collections::{BTreeSet, HashMap};
use waxwing_domain::{ListId, Micros, SourceId, SubjectNo};
use waxwing_store::{StoreError, Tx, args, statement};

statement! { SOURCE_LISTS, "SELECT list_id FROM source_lists WHERE workspace_id = $1 AND source_id = $2 ORDER BY list_id" }
statement! { FIND, "SELECT at, lists, undo_hash, undo_until FROM unsubscribes WHERE workspace_id = $1 AND source_id = $2 AND subject = $3" }
statement! { PUT,
"INSERT INTO unsubscribes (workspace_id, source_id, subject, at, how, lists, undo_hash, undo_until)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
     ON CONFLICT (workspace_id, source_id, subject) DO UPDATE
     SET lists = excluded.lists, undo_hash = excluded.undo_hash, undo_until = excluded.undo_until" }
statement! { REMOVE, "DELETE FROM unsubscribes WHERE workspace_id = $1 AND source_id = $2 AND subject = $3" }
statement! { FORGET, "DELETE FROM unsubscribes WHERE workspace_id = $1 AND subject = $2" }
statement! { COUNT, "SELECT COUNT(*) FROM unsubscribes WHERE workspace_id = $1 AND source_id = $2" }
statement! { COUNTS,
"SELECT source_id, COUNT(*) FROM unsubscribes WHERE workspace_id = $1 AND source_id IN [$2] GROUP BY source_id" }
statement! { PEOPLE,
"SELECT subject, at FROM unsubscribes WHERE workspace_id = $1 AND source_id = $2 AND subject > $3 ORDER BY subject LIMIT $4" }

/// A noted unsubscribe.
pub(super) struct Row {
    pub at: Micros,
    pub lists: BTreeSet<i64>,
    pub undo: Option<([u8; 32], Micros)>,
}

pub(super) async fn source_lists(tx: &mut Tx, source: SourceId) -> Result<Vec<ListId>, StoreError> {
    tx.all(&SOURCE_LISTS, args![source], |r| Ok(ListId::from_i64(r.int(0)?))).await
}

pub(super) async fn find(tx: &mut Tx, link: Link) -> Result<Option<Row>, StoreError> {
    let damaged = || StoreError::Damaged("the note of an unsubscribe".into());
    tx.optional(&FIND, args![link.source, link.subject], |r| {
        let hash = r.opt_blob(2)?.map(|hash| <[u8; 32]>::try_from(hash).map_err(|_| damaged())).transpose()?;
        let lists = serde_json::from_str(&r.text(1)?).map_err(|_| damaged())?;
        Ok(Row { at: r.time(0)?, lists, undo: hash.zip(r.opt_time(3)?) })
    })
    .await
}

pub(super) async fn put(
    tx: &mut Tx,
    link: Link,
    how: How,
    at: Micros,
    lists: &BTreeSet<i64>,
    undo: Option<([u8; 32], Micros)>,
) -> Result<(), StoreError> {
    let lists = serde_json::json!(lists).to_string();
    let (hash, until) = undo.map_or((None, None), |(hash, until)| (Some(hash.to_vec()), Some(until)));
    tx.exec(&PUT, args![link.source, link.subject, at, how.as_str(), lists, hash, until]).await.map(drop)
}

pub(super) async fn remove(tx: &mut Tx, link: Link) -> Result<(), StoreError> {
    tx.exec(&REMOVE, args![link.source, link.subject]).await.map(drop)
}

pub(super) async fn forget(tx: &mut Tx, subject: SubjectNo) -> Result<(), StoreError> {
    tx.exec(&FORGET, args![subject]).await.map(drop)
}

pub(super) async fn count(tx: &mut Tx, source: SourceId) -> Result<i64, StoreError> {
    tx.one(&COUNT, args![source], |r| r.int(0)).await
}

pub(super) async fn counts(tx: &mut Tx, sources: Vec<SourceId>) -> Result<HashMap<SourceId, i64>, StoreError> {
    let ids: Vec<i64> = sources.into_iter().map(SourceId::as_i64).collect();
    let rows = tx.all(&COUNTS, args![ids], |r| Ok((SourceId::from_i64(r.int(0)?), r.int(1)?))).await?;
    Ok(rows.into_iter().collect())
}

pub(super) async fn people(
    tx: &mut Tx,
    source: SourceId,
    after: SubjectNo,
    limit: i64,
) -> Result<Vec<(SubjectNo, Micros)>, StoreError> {
    tx.all(&PEOPLE, args![source, after, limit], |r| Ok((r.subject(0)?, r.time(1)?))).await
}
