//! SQL of people.

use super::{Filter, StoredPerson};
use crate::lists;
use serde_json::{Map, Value};
use std::collections::HashMap;
use waxwing_domain::{Micros, SubjectNo};
use waxwing_store::{Row, SealedPerson, StoreError, Tx, args, bulk, statement};

/// A version of the blind index's key, and a tag under it.
pub(super) type IndexKey = (u16, [u8; 16]);

// PostgreSQL takes a filter over thousands of tags for one over ten and may scan the table for each
// page of an import; a lateral limit leaves it no other plan than one look into the index for a tag.
statement! { FIND,
sqlite: "SELECT version, tag, subject FROM blind_index
 WHERE workspace_id = $1 AND kind = 'email' AND version IN [$2] AND tag IN [blob $3]",
postgres: "SELECT hit.version, hit.tag, hit.subject
 FROM UNNEST($2::bigint[]) AS v (version) CROSS JOIN UNNEST($3::bytea[]) AS t (tag)
 CROSS JOIN LATERAL (SELECT b.version, b.tag, b.subject FROM blind_index b
   WHERE b.workspace_id = $1 AND b.kind = 'email' AND b.version = v.version AND b.tag = t.tag LIMIT 1) AS hit" }
statement! { SEALED,
"SELECT s.subject, s.generation, s.sealed, k.wrapped, s.plain, s.email_tag, s.suppress_tag, s.domain_hash,
       s.created_at, s.updated_at
     FROM subscribers s JOIN subject_keys k ON k.workspace_id = s.workspace_id AND k.subject = s.subject
     WHERE s.workspace_id = $1 AND s.subject IN [$2] ORDER BY s.subject" }
// SQLite has one writer, so a row that a writing transaction has read stays; PostgreSQL must be told.
statement! { SEALED_FOR_CHANGE,
sqlite: "SELECT s.subject, s.generation, s.sealed, k.wrapped, s.plain, s.email_tag, s.suppress_tag, s.domain_hash,
       s.created_at, s.updated_at
     FROM subscribers s JOIN subject_keys k ON k.workspace_id = s.workspace_id AND k.subject = s.subject
     WHERE s.workspace_id = $1 AND s.subject IN [$2] ORDER BY s.subject",
postgres: "SELECT s.subject, s.generation, s.sealed, k.wrapped, s.plain, s.email_tag, s.suppress_tag, s.domain_hash,
       s.created_at, s.updated_at
     FROM subscribers s JOIN subject_keys k ON k.workspace_id = s.workspace_id AND k.subject = s.subject
     WHERE s.workspace_id = $1 AND s.subject IN [$2] ORDER BY s.subject FOR UPDATE OF s" }
// Everybody without the few who wait for an erasure: asked as a difference, nobody's row is looked up.
statement! { COUNT,
"SELECT (SELECT COUNT(*) FROM subscribers WHERE workspace_id = $1)
   - (SELECT COUNT(*) FROM erasures_held h JOIN subscribers s ON s.workspace_id = h.workspace_id AND s.subject = h.subject
      WHERE h.workspace_id = $1)" }
statement! { IS_RESTRICTED, "SELECT COUNT(*) FROM erasures_held WHERE workspace_id = $1 AND subject = $2" }
statement! { INDEX_ONE, "INSERT INTO blind_index (workspace_id, kind, version, tag, subject) VALUES ($1, 'email', $2, $3, $4)" }
statement! { UNINDEX, "DELETE FROM blind_index WHERE workspace_id = $1 AND kind = 'email' AND version IN [$2] AND tag = $3 AND subject = $4" }
statement! { DELETE_PERSON, "DELETE FROM subscribers WHERE workspace_id = $1 AND subject = $2" }
statement! { DELETE_KEY, "DELETE FROM subject_keys WHERE workspace_id = $1 AND subject = $2" }

// With a list, its own rows lead the way; without one, everybody is walked, newest first. Who waits for an erasure is
// in none of these (GDPR Art. 18(2)).
statement! { NUMBERS,
"SELECT s.subject FROM subscribers s WHERE s.workspace_id = $1 AND s.subject < $2
       AND NOT EXISTS (SELECT 1 FROM erasures_held h WHERE h.workspace_id = s.workspace_id AND h.subject = s.subject)
       AND ($3 = '' OR EXISTS (SELECT 1 FROM list_members m
         WHERE m.workspace_id = s.workspace_id AND m.subject = s.subject AND m.state = $3))
       AND ($4 = 0 OR EXISTS (SELECT 1 FROM suppressions p
         WHERE p.workspace_id = s.workspace_id AND p.kind = 'email' AND p.tag = s.suppress_tag))
     ORDER BY s.subject DESC LIMIT $5" }
statement! { NUMBERS_OF_LIST,
"SELECT m.subject FROM list_members m WHERE m.workspace_id = $1 AND m.list_id = $5 AND m.subject < $2
       AND NOT EXISTS (SELECT 1 FROM erasures_held h WHERE h.workspace_id = m.workspace_id AND h.subject = m.subject)
       AND ($3 = '' OR m.state = $3)
       AND ($4 = 0 OR EXISTS (SELECT 1 FROM subscribers s JOIN suppressions p
           ON p.workspace_id = s.workspace_id AND p.kind = 'email' AND p.tag = s.suppress_tag
         WHERE s.workspace_id = m.workspace_id AND s.subject = m.subject))
     ORDER BY m.subject DESC LIMIT $6" }
// For who is limited to lists: only people who are or were on one of them.
statement! { NUMBERS_OF_SOME,
"SELECT s.subject FROM subscribers s WHERE s.workspace_id = $1 AND s.subject < $2
       AND NOT EXISTS (SELECT 1 FROM erasures_held h WHERE h.workspace_id = s.workspace_id AND h.subject = s.subject)
       AND EXISTS (SELECT 1 FROM list_members m WHERE m.workspace_id = s.workspace_id AND m.subject = s.subject
         AND m.list_id IN [$5] AND ($3 = '' OR m.state = $3))
       AND ($4 = 0 OR EXISTS (SELECT 1 FROM suppressions p
         WHERE p.workspace_id = s.workspace_id AND p.kind = 'email' AND p.tag = s.suppress_tag))
     ORDER BY s.subject DESC LIMIT $6" }
statement! { COUNT_OF_SOME,
"SELECT COUNT(*) FROM subscribers s WHERE s.workspace_id = $1
       AND NOT EXISTS (SELECT 1 FROM erasures_held h WHERE h.workspace_id = s.workspace_id AND h.subject = s.subject)
       AND EXISTS (SELECT 1 FROM list_members m WHERE m.workspace_id = s.workspace_id AND m.subject = s.subject
         AND m.list_id IN [$4] AND ($2 = '' OR m.state = $2))
       AND ($3 = 0 OR EXISTS (SELECT 1 FROM suppressions p
         WHERE p.workspace_id = s.workspace_id AND p.kind = 'email' AND p.tag = s.suppress_tag))" }
statement! { COUNT_IN,
"SELECT COUNT(*) FROM subscribers s WHERE s.workspace_id = $1
       AND NOT EXISTS (SELECT 1 FROM erasures_held h WHERE h.workspace_id = s.workspace_id AND h.subject = s.subject)
       AND ($2 = '' OR EXISTS (SELECT 1 FROM list_members m
         WHERE m.workspace_id = s.workspace_id AND m.subject = s.subject AND m.state = $2))
       AND ($3 = 0 OR EXISTS (SELECT 1 FROM suppressions p
         WHERE p.workspace_id = s.workspace_id AND p.kind = 'email' AND p.tag = s.suppress_tag))" }
statement! { COUNT_IN_LIST,
"SELECT COUNT(*) FROM list_members m WHERE m.workspace_id = $1 AND m.list_id = $4
       AND NOT EXISTS (SELECT 1 FROM erasures_held h WHERE h.workspace_id = m.workspace_id AND h.subject = m.subject)
       AND ($2 = '' OR m.state = $2)
       AND ($3 = 0 OR EXISTS (SELECT 1 FROM subscribers s JOIN suppressions p
           ON p.workspace_id = s.workspace_id AND p.kind = 'email' AND p.tag = s.suppress_tag
         WHERE s.workspace_id = m.workspace_id AND s.subject = m.subject))" }
bulk! { INDEX, into "blind_index" (kind: Text, version: Int, tag: Blob, subject: Int), "ON CONFLICT DO NOTHING" }
bulk! { PEOPLE, into "subscribers" (subject: Int, generation: Int, sealed: Blob, plain: Text, email_tag: Blob,
suppress_tag: Blob, domain_hash: Int, created_at: Int, updated_at: Int), "" }
bulk! { KEYS, into "subject_keys" (subject: Int, generation: Int, epoch: Int, wrapped: Blob), "" }
bulk! { REPLACE, into "subscribers" (subject: Int, generation: Int, sealed: Blob, plain: Text, email_tag: Blob,
suppress_tag: Blob, domain_hash: Int, created_at: Int, updated_at: Int),
"ON CONFLICT (workspace_id, subject) DO UPDATE SET sealed = excluded.sealed, plain = excluded.plain,
       email_tag = excluded.email_tag, suppress_tag = excluded.suppress_tag, domain_hash = excluded.domain_hash,
       updated_at = excluded.updated_at" }

/// A new person, ready to be inserted.
pub(super) struct NewRow {
    pub(super) subject: SubjectNo,
    pub(super) index: IndexKey,
    pub(super) sealed: Vec<u8>,
    pub(super) plain: Map<String, Value>,
    pub(super) email_tag: [u8; 16],
    pub(super) suppress_tag: [u8; 16],
    pub(super) domain_hash: i64,
    pub(super) epoch: u32,
    pub(super) wrapped: Vec<u8>,
    pub(super) now: Micros,
}

/// Who has these tags.
pub(super) async fn find(tx: &mut Tx, keys: &[IndexKey]) -> Result<HashMap<IndexKey, SubjectNo>, StoreError> {
    let mut versions: Vec<i64> = keys.iter().map(|(version, _)| i64::from(*version)).collect();
    versions.sort_unstable();
    versions.dedup();
    let mut tags: Vec<[u8; 16]> = keys.iter().map(|(_, tag)| *tag).collect();
    tags.sort_unstable();
    let tags: Vec<Vec<u8>> = tags.into_iter().map(|tag| tag.to_vec()).collect();
    let map = |r: &Row<'_>| {
        let version =
            u16::try_from(r.int(0)?).map_err(|_| StoreError::Damaged("a version of the blind index".into()))?;
        Ok(((version, r.array(1)?), r.subject(2)?))
    };
    Ok(tx.all(&FIND, args![versions, tags], map).await?.into_iter().collect())
}

fn read(r: &Row<'_>) -> Result<StoredPerson, StoreError> {
    let generation = u32::try_from(r.int(1)?).map_err(|_| StoreError::Damaged("a generation out of range".into()))?;
    Ok(StoredPerson {
        person: SealedPerson { subject: r.subject(0)?, generation, sealed: r.blob(2)?, wrapped: r.blob(3)? },
        plain: r.json(4)?,
        email_tag: r.array(5)?,
        suppress_tag: r.array(6)?,
        domain_hash: r.int(7)?,
        created_at: r.time(8)?,
        updated_at: r.time(9)?,
    })
}

fn numbers(people: &[SubjectNo]) -> Vec<i64> {
    people.iter().map(|subject| subject.as_i64()).collect()
}

/// The rows of those of these people whom the transaction may see.
pub(super) async fn sealed(tx: &mut Tx, people: &[SubjectNo]) -> crate::Result<Vec<StoredPerson>> {
    let people = in_sight(tx, people).await?;
    Ok(tx.all(&SEALED, args![people], read).await?)
}

/// The same, locked until the transaction ends.
pub(super) async fn sealed_for_change(tx: &mut Tx, people: &[SubjectNo]) -> crate::Result<Vec<StoredPerson>> {
    let people = in_sight(tx, people).await?;
    // Their keys stay what they are, so that row and key, which PostgreSQL reads at two moments, belong together.
    tx.beside_people().await?;
    Ok(tx.all(&SEALED_FOR_CHANGE, args![people], read).await?)
}

/// Whether they asked to be erased and a legal hold keeps them: nobody reads what is stored of them, but for the hold's
/// own reasons (GDPR Art. 18(2)).
pub(super) async fn is_restricted(tx: &mut Tx, subject: SubjectNo) -> Result<bool, StoreError> {
    Ok(tx.one(&IS_RESTRICTED, args![subject], |r| r.int(0)).await? > 0)
}

/// The numbers of those of these people whom the transaction may see.
async fn in_sight(tx: &mut Tx, people: &[SubjectNo]) -> crate::Result<Vec<i64>> {
    if tx.limit().is_none() {
        return Ok(numbers(people));
    }
    let seen = lists::seen(tx, people).await?;
    Ok(numbers(people).into_iter().zip(people).filter(|(_, subject)| seen.contains(subject)).map(|(n, _)| n).collect())
}

pub(super) async fn count(tx: &mut Tx) -> crate::Result<i64> {
    if tx.limit().is_some() {
        return Ok(count_in(tx, &Filter::default()).await?);
    }
    let people = tx.one(&COUNT, args![], |r| r.int(0)).await?;
    Ok(tx.shown(people))
}

/// Inserts tags in their order, which is the order of the table; gives how many were free.
pub(super) async fn insert_index(tx: &mut Tx, mut rows: Vec<(IndexKey, SubjectNo)>) -> Result<u64, StoreError> {
    rows.sort_unstable_by_key(|(key, _)| *key);
    let rows = rows.into_iter().map(|((version, tag), subject)| args!["email", version, tag, subject]).collect();
    tx.bulk(&INDEX, rows).await
}

pub(super) async fn insert_people(tx: &mut Tx, rows: &[&NewRow]) -> Result<(), StoreError> {
    let people = rows.iter().map(|r| {
        let plain = plain_text(&r.plain);
        args![r.subject, 1_i64, &r.sealed, plain, r.email_tag, r.suppress_tag, r.domain_hash, r.now, r.now]
    });
    tx.bulk(&PEOPLE, people.collect()).await?;
    let keys = rows.iter().map(|r| args![r.subject, 1_i64, r.epoch, &r.wrapped]);
    tx.bulk(&KEYS, keys.collect()).await.map(drop)
}

/// Writes changed people back. They must have been read by [`sealed_for_change`] in this transaction.
pub(super) async fn replace(tx: &mut Tx, people: &[StoredPerson], now: Micros) -> Result<(), StoreError> {
    let rows = people.iter().map(|p| {
        let plain = plain_text(&p.plain);
        let generation = p.person.generation;
        args![
            p.subject(),
            generation,
            &p.person.sealed,
            plain,
            p.email_tag,
            p.suppress_tag,
            p.domain_hash,
            p.created_at,
            now
        ]
    });
    tx.bulk(&REPLACE, rows.collect()).await.map(drop)
}

fn plain_text(plain: &Map<String, Value>) -> String {
    if plain.is_empty() { "{}".to_owned() } else { Value::Object(plain.clone()).to_string() }
}

/// Gives a person's address another tag. The old one may lie under any version that is still known.
pub(super) async fn move_index(
    tx: &mut Tx,
    subject: SubjectNo,
    old: &[u8; 16],
    versions: &[u16],
    (version, tag): IndexKey,
) -> Result<(), StoreError> {
    unindex(tx, subject, old, versions).await?;
    tx.exec(&INDEX_ONE, args![version, tag, subject]).await.map(drop)
}

async fn unindex(tx: &mut Tx, subject: SubjectNo, tag: &[u8; 16], versions: &[u16]) -> Result<(), StoreError> {
    let versions: Vec<i64> = versions.iter().copied().map(i64::from).collect();
    tx.exec(&UNINDEX, args![versions, tag, subject]).await.map(drop)
}

/// Destroys a person's key, row, tag and events.
pub(super) async fn delete(
    tx: &mut Tx,
    subject: SubjectNo,
    tag: &[u8; 16],
    versions: &[u16],
) -> Result<(), StoreError> {
    tx.exec(&DELETE_KEY, args![subject]).await?;
    tx.exec(&DELETE_PERSON, args![subject]).await?;
    unindex(tx, subject, tag, versions).await?;
    tx.forget_events(subject).await.map(drop)
}

/// People of a filter below `after`, newest first; of them those whom the transaction may see.
pub(super) async fn numbers_in(
    tx: &mut Tx,
    f: &Filter,
    after: Option<SubjectNo>,
    limit: i64,
) -> Result<Vec<SubjectNo>, StoreError> {
    let below = after.map_or(i64::MAX, SubjectNo::as_i64);
    let (state, suppressed) = (f.membership(), f.suppressed());
    match (f.list, tx.limit()) {
        (Some(list), _) if !tx.sees(list) => Ok(Vec::new()),
        (Some(list), _) => {
            tx.all(&NUMBERS_OF_LIST, args![below, state, suppressed, list, limit], |r| r.subject(0)).await
        }
        (None, Some(lists)) => {
            tx.all(&NUMBERS_OF_SOME, args![below, state, suppressed, lists, limit], |r| r.subject(0)).await
        }
        (None, None) => tx.all(&NUMBERS, args![below, state, suppressed, limit], |r| r.subject(0)).await,
    }
}

pub(super) async fn count_in(tx: &mut Tx, f: &Filter) -> Result<i64, StoreError> {
    let (state, suppressed) = (f.membership(), f.suppressed());
    match (f.list, tx.limit()) {
        (Some(list), _) if !tx.sees(list) => Ok(0),
        (Some(list), _) => tx.one(&COUNT_IN_LIST, args![state, suppressed, list], |r| r.int(0)).await,
        (None, Some(lists)) => tx.one(&COUNT_OF_SOME, args![state, suppressed, lists], |r| r.int(0)).await,
        (None, None) => tx.one(&COUNT_IN, args![state, suppressed], |r| r.int(0)).await,
    }
}
