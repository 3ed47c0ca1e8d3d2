//! The SQL of made-up people: their domains, the workspace's key, marks and tags.

use super::mark::{Mark, MarkKind};
use super::person::Home;
use super::words::Locale;
use super::{Domain, Mx};
use std::collections::HashMap;
use waxwing_domain::{Actor, Ctx, ListId, MarkId, Micros, WorkspaceId};
use waxwing_store::{Row, StoreError, Tx, args, bulk, statement};

/// Marks on a page.
const PAGE: i64 = 100;

// How the system is set, kept when something is contained.
crate::kept! { DOMAINS_KEPT, "canaries_domains" (name: Text, locale: Text, created_at: Int, checked_at: Int, mx: Text) }
crate::kept! { MEASURE, "canaries_keys" (per_export: Int) }
statement! { system HOME, "SELECT workspace_id FROM canaries_domains WHERE name = $1" }
statement! { ADD,
"INSERT INTO canaries_domains (name, workspace_id, locale, created_at, mx) VALUES ($2, $1, $3, $4, '')
     ON CONFLICT DO NOTHING" }
statement! { REMOVE, "DELETE FROM canaries_domains WHERE workspace_id = $1 AND name = $2" }
statement! { DOMAINS,
"SELECT name, locale, created_at, checked_at, mx FROM canaries_domains WHERE workspace_id = $1 ORDER BY name" }
statement! { CHECKED, "UPDATE canaries_domains SET checked_at = $3, mx = $4 WHERE workspace_id = $1 AND name = $2" }
statement! { KEY, "SELECT sealed, per_export FROM canaries_keys WHERE workspace_id = $1" }
statement! { KEEP_KEY,
"INSERT INTO canaries_keys (workspace_id, sealed, per_export) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING" }
statement! { SET_MANY, "UPDATE canaries_keys SET per_export = $2 WHERE workspace_id = $1" }
statement! { INSERT_MARK,
"INSERT INTO canaries_marks (workspace_id, id, kind, about, actor_kind, principal, session, list_id, made, at, hits, sealed)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 0, $11)" }
statement! { GROW, "UPDATE canaries_marks SET made = $3, sealed = $4 WHERE workspace_id = $1 AND id = $2" }
statement! { ONE,
"SELECT id, kind, about, actor_kind, principal, session, list_id, made, at, hits, first_hit_at, last_hit_at
     FROM canaries_marks WHERE workspace_id = $1 AND id = $2" }
statement! { ABOUT,
"SELECT id, kind, about, actor_kind, principal, session, list_id, made, at, hits, first_hit_at, last_hit_at
     FROM canaries_marks WHERE workspace_id = $1 AND kind = $2 AND about = $3" }
statement! { MARKS,
"SELECT id, kind, about, actor_kind, principal, session, list_id, made, at, hits, first_hit_at, last_hit_at
     FROM canaries_marks WHERE workspace_id = $1 AND id < $2 ORDER BY id DESC LIMIT $3" }
statement! { HIT_MARKS,
"SELECT id, kind, about, actor_kind, principal, session, list_id, made, at, hits, first_hit_at, last_hit_at
     FROM canaries_marks WHERE workspace_id = $1 AND hits > 0 ORDER BY last_hit_at DESC LIMIT $2" }
statement! { SEALED, "SELECT sealed FROM canaries_marks WHERE workspace_id = $1 AND id = $2" }
statement! { FIND, "SELECT tag, mark, number FROM canaries_tags WHERE workspace_id = $1 AND tag IN [blob $2]" }
statement! { PLACES, "SELECT subject, at FROM canaries_places WHERE workspace_id = $1 ORDER BY subject" }
bulk! { TAGS, into "canaries_tags" (tag: Blob, mark: Int, number: Int), "" }
bulk! { KEEP_PLACES, into "canaries_places" (subject: Int, at: Int), "ON CONFLICT DO NOTHING" }

/// The workspace that takes a domain's mail.
pub(super) async fn home(tx: &mut Tx, domain: &str) -> Result<Option<WorkspaceId>, StoreError> {
    tx.optional(&HOME, args![domain], |r| Ok(WorkspaceId::from_i64(r.int(0)?))).await
}

/// Adds a domain; false when a workspace has it already.
pub(super) async fn add(tx: &mut Tx, name: &str, locale: Locale, now: Micros) -> Result<bool, StoreError> {
    Ok(tx.exec(&ADD, args![name, locale.as_str(), now]).await? == 1)
}

pub(super) async fn remove(tx: &mut Tx, name: &str) -> Result<bool, StoreError> {
    Ok(tx.exec(&REMOVE, args![name]).await? == 1)
}

pub(super) async fn domains(tx: &mut Tx) -> Result<Vec<Domain>, StoreError> {
    let read = |r: &Row<'_>| {
        let (name, locale) = (r.text(0)?, r.word(1, Locale::parse)?);
        Ok(Domain { name, locale, created_at: r.time(2)?, checked_at: r.opt_time(3)?, mx: Mx::parse(&r.text(4)?) })
    };
    tx.all(&DOMAINS, args![], read).await
}

/// The domains that people are made up for.
pub(super) async fn homes(tx: &mut Tx) -> Result<Vec<Home>, StoreError> {
    let all = domains(tx).await?;
    Ok(all.into_iter().map(|domain| Home { name: domain.name, locale: domain.locale }).collect())
}

pub(super) async fn checked(tx: &mut Tx, name: &str, mx: &Mx, now: Micros) -> Result<bool, StoreError> {
    Ok(tx.exec(&CHECKED, args![name, now, mx.as_text()]).await? == 1)
}

/// The sealed key, and how many people an ordinary export gets.
pub(super) async fn key(tx: &mut Tx) -> Result<Option<(Vec<u8>, i64)>, StoreError> {
    tx.optional(&KEY, args![], |r| Ok((r.blob(0)?, r.int(1)?))).await
}

pub(super) async fn keep_key(tx: &mut Tx, sealed: Vec<u8>, per_export: i64) -> Result<(), StoreError> {
    tx.exec(&KEEP_KEY, args![sealed, per_export]).await.map(drop)
}

pub(super) async fn set_many(tx: &mut Tx, per_export: i64) -> Result<bool, StoreError> {
    Ok(tx.exec(&SET_MANY, args![per_export]).await? == 1)
}

pub(super) async fn insert_mark(tx: &mut Tx, ctx: &Ctx, mark: &Mark, sealed: Vec<u8>) -> Result<(), StoreError> {
    let (kind, principal, session) = ctx.actor.to_columns();
    let (what, list) = (mark.kind.as_str(), mark.list);
    let row = args![mark.id, what, mark.about, kind, principal, session, list, mark.made, mark.at, sealed];
    tx.exec(&INSERT_MARK, row).await.map(drop)
}

/// Writes down that a mark has more people than before.
pub(super) async fn grow(tx: &mut Tx, id: MarkId, made: i64, sealed: Vec<u8>) -> Result<(), StoreError> {
    tx.exec(&GROW, args![id, made, sealed]).await.map(drop)
}

fn read(r: &Row<'_>) -> Result<Mark, StoreError> {
    Ok(Mark {
        id: MarkId::from_i64(r.int(0)?),
        kind: r.word(1, MarkKind::parse)?,
        about: r.int(2)?,
        actor: Actor::from_columns(&r.text(3)?, r.int(4)?, r.int(5)?),
        list: r.opt_int(6)?.map(ListId::from_i64),
        made: r.int(7)?,
        at: r.time(8)?,
        hits: r.int(9)?,
        first_hit_at: r.opt_time(10)?,
        last_hit_at: r.opt_time(11)?,
    })
}

pub(super) async fn one(tx: &mut Tx, id: MarkId) -> Result<Option<Mark>, StoreError> {
    tx.optional(&ONE, args![id], read).await
}

pub(super) async fn about(tx: &mut Tx, kind: MarkKind, about: i64) -> Result<Option<Mark>, StoreError> {
    tx.optional(&ABOUT, args![kind.as_str(), about], read).await
}

/// Marks before `before`, the newest first.
pub(super) async fn marks(tx: &mut Tx, before: i64, limit: i64) -> Result<Vec<Mark>, StoreError> {
    tx.all(&MARKS, args![before, limit], read).await
}

/// Marks that were hit, the latest hit first; at most a hundred.
pub(super) async fn hit_marks(tx: &mut Tx) -> Result<Vec<Mark>, StoreError> {
    tx.all(&HIT_MARKS, args![PAGE], read).await
}

pub(super) async fn sealed(tx: &mut Tx, id: MarkId) -> Result<Vec<u8>, StoreError> {
    tx.one(&SEALED, args![id], |r| r.blob(0)).await
}

/// Whose these tags are.
pub(super) async fn find(tx: &mut Tx, tags: &[[u8; 16]]) -> Result<HashMap<[u8; 16], (MarkId, u32)>, StoreError> {
    if tags.is_empty() {
        return Ok(HashMap::new());
    }
    let tags: Vec<Vec<u8>> = tags.iter().map(|tag| tag.to_vec()).collect();
    let read = |r: &Row<'_>| {
        let number = u32::try_from(r.int(2)?).map_err(|_| StoreError::Damaged("a made-up person's number".into()))?;
        Ok((r.array(0)?, (MarkId::from_i64(r.int(1)?), number)))
    };
    Ok(tx.all(&FIND, args![tags], read).await?.into_iter().collect())
}

pub(super) async fn keep_tags(tx: &mut Tx, mark: MarkId, tags: &[([u8; 16], u32)]) -> Result<(), StoreError> {
    let rows = tags.iter().map(|(tag, number)| args![tag, mark, i64::from(*number)]).collect();
    tx.bulk(&TAGS, rows).await.map(drop)
}

/// The numbers set aside for made-up people, with when each was.
pub(super) async fn places(tx: &mut Tx) -> Result<Vec<(u32, Micros)>, StoreError> {
    let number = |n: i64| u32::try_from(n).map_err(|_| StoreError::Damaged("a place".into()));
    tx.all(&PLACES, args![], |r| Ok((number(r.int(0)?)?, r.time(1)?))).await
}

pub(super) async fn keep_places(tx: &mut Tx, subjects: &[u32], now: Micros) -> Result<(), StoreError> {
    let rows = subjects.iter().map(|subject| args![i64::from(*subject), now]).collect();
    tx.bulk(&KEEP_PLACES, rows).await.map(drop)
}
