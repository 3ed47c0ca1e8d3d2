//! The SQL of what a case reaches: its window, what was contained for it, its frozen answers and their count.

use super::words::Status;
use std::collections::BTreeMap;
use waxwing_domain::{ContainmentId, Ctx, IncidentId, Micros};
use waxwing_store::{StoreError, Tx, args, bulk, statement};

statement! { WINDOW, "UPDATE incidents SET window_from = $3, window_until = $4 WHERE workspace_id = $1 AND id = $2" }
statement! { LINK,
"INSERT INTO incident_containments (workspace_id, containment_id, incident_id, joined_at) VALUES ($1, $2, $3, $4)" }
statement! { CONTAINMENTS,
"SELECT containment_id FROM incident_containments WHERE workspace_id = $1 AND incident_id = $2 ORDER BY containment_id" }
statement! { CASE_OF, "SELECT incident_id FROM incident_containments WHERE workspace_id = $1 AND containment_id = $2" }
statement! { LINKED,
"SELECT l.containment_id, l.incident_id, i.codename FROM incident_containments l
     JOIN incidents i ON i.workspace_id = l.workspace_id AND i.id = l.incident_id
     JOIN incident_members m ON m.workspace_id = i.workspace_id AND m.incident_id = i.id
     WHERE l.workspace_id = $1 AND m.kind = $2 AND m.principal = $3 AND m.left_at IS NULL
     ORDER BY l.containment_id DESC LIMIT 200" }
statement! { OPEN_OF,
"SELECT i.id, i.codename, i.status FROM incidents i
     JOIN incident_members m ON m.workspace_id = i.workspace_id AND m.incident_id = i.id
     WHERE i.workspace_id = $1 AND m.kind = $2 AND m.principal = $3 AND m.left_at IS NULL AND m.role <> 'observer'
       AND i.ended_at IS NULL ORDER BY i.id DESC LIMIT 100" }
statement! { BY_CODENAME, "SELECT id FROM incidents WHERE workspace_id = $1 AND codename = $2" }
statement! { COUNT,
"INSERT INTO incident_counts (workspace_id, incident_id, number, counted_at, sealed)
     VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING" }
statement! { COUNTED,
"SELECT number, counted_at, sealed FROM incident_counts
     WHERE workspace_id = $1 AND incident_id = $2 ORDER BY number DESC LIMIT 1" }
bulk! { KEEP, into "incident_radii" (incident_id: Int, radius_id: Int, hash: Blob, kept_at: Int), "ON CONFLICT DO NOTHING" }

pub(super) async fn window(
    tx: &mut Tx,
    id: IncidentId,
    (from, until): (Option<Micros>, Option<Micros>),
) -> Result<(), StoreError> {
    tx.exec(&WINDOW, args![id, from, until]).await.map(drop)
}

pub(super) async fn link(tx: &mut Tx, ctx: &Ctx, id: IncidentId, containment: ContainmentId) -> Result<(), StoreError> {
    tx.exec(&LINK, args![containment, id, ctx.now()]).await.map(drop)
}

pub(super) async fn containments(tx: &mut Tx, id: IncidentId) -> Result<Vec<ContainmentId>, StoreError> {
    tx.all(&CONTAINMENTS, args![id], |r| r.int(0).map(ContainmentId::from_i64)).await
}

pub(super) async fn case_of(tx: &mut Tx, containment: ContainmentId) -> Result<Option<IncidentId>, StoreError> {
    tx.optional(&CASE_OF, args![containment], |r| r.int(0).map(IncidentId::from_i64)).await
}

pub(super) async fn by_codename(tx: &mut Tx, codename: &str) -> Result<Option<IncidentId>, StoreError> {
    tx.optional(&BY_CODENAME, args![codename], |r| r.int(0).map(IncidentId::from_i64)).await
}

/// Containments of the cases that somebody is in.
pub(super) async fn linked(
    tx: &mut Tx,
    who: super::MemberRef,
) -> Result<BTreeMap<ContainmentId, (IncidentId, String)>, StoreError> {
    let row = |r: &waxwing_store::Row<'_>| {
        Ok((ContainmentId::from_i64(r.int(0)?), (IncidentId::from_i64(r.int(1)?), r.text(2)?)))
    };
    Ok(tx.all(&LINKED, args![who.kind, who.principal], row).await?.into_iter().collect())
}

/// The open cases that somebody is in and may write in, the newest first.
pub(super) async fn open_of(tx: &mut Tx, who: super::MemberRef) -> Result<Vec<(IncidentId, String)>, StoreError> {
    let row = |r: &waxwing_store::Row<'_>| Ok((IncidentId::from_i64(r.int(0)?), r.text(1)?, r.word(2, Status::parse)?));
    let all = tx.all(&OPEN_OF, args![who.kind, who.principal], row).await?;
    Ok(all.into_iter().filter(|(.., status)| status.is_open()).map(|(id, name, _)| (id, name)).collect())
}

/// Keeps the numbers of frozen answers, each with its hash.
pub(super) async fn keep(
    tx: &mut Tx,
    ctx: &Ctx,
    id: IncidentId,
    answers: &[(i64, [u8; 32])],
) -> Result<(), StoreError> {
    let rows = answers.iter().map(|(radius, hash)| args![id, *radius, hash.to_vec(), ctx.now()]).collect();
    tx.bulk(&KEEP, rows).await.map(drop)
}

/// Whether the number was free.
pub(super) async fn count(
    tx: &mut Tx,
    ctx: &Ctx,
    id: IncidentId,
    number: i64,
    sealed: Vec<u8>,
) -> Result<bool, StoreError> {
    Ok(tx.exec(&COUNT, args![id, number, ctx.now(), sealed]).await? == 1)
}

/// The newest count: its number, when it was made, and the count itself.
pub(super) async fn counted(tx: &mut Tx, id: IncidentId) -> Result<Option<(i64, Micros, Vec<u8>)>, StoreError> {
    tx.optional(&COUNTED, args![id], |r| Ok((r.int(0)?, r.time(1)?, r.blob(2)?))).await
}
