//! The SQL of who is in a case.

use super::members::{Member, MemberRef};
use super::words::CaseRole;
use waxwing_domain::{AccountId, Ctx, IncidentId};
use waxwing_store::{StoreError, Tx, args, bulk, statement};

statement! { ROLE,
"SELECT role FROM incident_members
     WHERE workspace_id = $1 AND incident_id = $2 AND kind = $3 AND principal = $4 AND left_at IS NULL" }
statement! { ALL,
"SELECT kind, principal, role, joined_at FROM incident_members
     WHERE workspace_id = $1 AND incident_id = $2 AND left_at IS NULL ORDER BY joined_at, principal" }
statement! { PUT,
"INSERT INTO incident_members (workspace_id, incident_id, kind, principal, role, joined_at, added_by)
     VALUES ($1, $2, $3, $4, $5, $6, $7)
     ON CONFLICT (workspace_id, incident_id, kind, principal) DO UPDATE SET role = excluded.role, left_at = NULL" }
statement! { LEAVE,
"UPDATE incident_members SET left_at = $5
     WHERE workspace_id = $1 AND incident_id = $2 AND kind = $3 AND principal = $4 AND left_at IS NULL" }
bulk! { PUT_ALL, into "incident_members" (incident_id: Int, kind: Text, principal: Int, role: Text, joined_at: Int, added_by: Int),
"ON CONFLICT DO NOTHING" }

pub(super) async fn role_of(tx: &mut Tx, case: IncidentId, who: MemberRef) -> Result<Option<CaseRole>, StoreError> {
    tx.optional(&ROLE, args![case, who.kind, who.principal], |r| r.word(0, CaseRole::parse)).await
}

pub(super) async fn all(tx: &mut Tx, case: IncidentId) -> Result<Vec<Member>, StoreError> {
    tx.all(&ALL, args![case], |r| {
        let who = MemberRef::read(&r.text(0)?, r.int(1)?);
        Ok(Member { who, role: r.word(2, CaseRole::parse)?, since: r.time(3)? })
    })
    .await
}

pub(super) async fn put(
    tx: &mut Tx,
    ctx: &Ctx,
    case: IncidentId,
    who: MemberRef,
    role: CaseRole,
) -> Result<(), StoreError> {
    let row = args![case, who.kind, who.principal, role.as_str(), ctx.now(), ctx.actor.principal()];
    tx.exec(&PUT, row).await.map(drop)
}

/// Puts people into a case who are not in it.
pub(super) async fn put_all(
    tx: &mut Tx,
    ctx: &Ctx,
    case: IncidentId,
    people: &[AccountId],
    role: CaseRole,
) -> Result<(), StoreError> {
    let row = |who: &AccountId| args![case, "account", *who, role.as_str(), ctx.now(), ctx.actor.principal()];
    tx.bulk(&PUT_ALL, people.iter().map(row).collect()).await.map(drop)
}

pub(super) async fn leave(tx: &mut Tx, ctx: &Ctx, case: IncidentId, who: MemberRef) -> Result<bool, StoreError> {
    Ok(tx.exec(&LEAVE, args![case, who.kind, who.principal, ctx.now()]).await? == 1)
}
