//! The SQL of the incident plan.

use waxwing_domain::{Ctx, Micros};
use waxwing_store::{StoreError, Tx, args, statement};

statement! { PLAN, "SELECT version, changed_at, due_at, sealed FROM incident_plans WHERE workspace_id = $1" }
// A new version follows exactly the one that was looked at; the first follows none.
statement! { PUT,
"INSERT INTO incident_plans (workspace_id, version, changed_at, due_at, practised_at, sealed) VALUES ($1, $2, $3, $4, $5, $6)
     ON CONFLICT (workspace_id) DO UPDATE SET version = excluded.version, changed_at = excluded.changed_at,
       due_at = excluded.due_at, told_at = NULL, practised_at = excluded.practised_at, sealed = excluded.sealed
     WHERE incident_plans.version = excluded.version - 1" }
statement! { PRACTISED, "SELECT practised_at FROM incident_plans WHERE workspace_id = $1" }
statement! { TAKE_REMINDER,
"UPDATE incident_plans SET told_at = $2 WHERE workspace_id = $1 AND due_at <= $2
     AND (told_at IS NULL OR told_at <= $3)" }

/// A plan as it is kept.
pub(super) struct Kept {
    pub version: i64,
    pub changed_at: Micros,
    pub due_at: Option<Micros>,
    pub sealed: Vec<u8>,
}

pub(super) async fn plan(tx: &mut Tx) -> Result<Option<Kept>, StoreError> {
    tx.optional(&PLAN, args![], |r| {
        let (version, changed_at, due_at, sealed) = (r.int(0)?, r.time(1)?, r.opt_time(2)?, r.blob(3)?);
        Ok(Kept { version, changed_at, due_at, sealed })
    })
    .await
}

/// Whether nobody changed it since the version before.
pub(super) async fn put(
    tx: &mut Tx,
    ctx: &Ctx,
    version: i64,
    (due_at, practised_at): (Option<Micros>, Option<Micros>),
    sealed: Vec<u8>,
) -> Result<bool, StoreError> {
    Ok(tx.exec(&PUT, args![version, ctx.now(), due_at, practised_at, sealed]).await? == 1)
}

pub(super) async fn practised(tx: &mut Tx) -> Result<Option<Micros>, StoreError> {
    Ok(tx.optional(&PRACTISED, args![], |r| r.opt_time(0)).await?.flatten())
}

/// Whether something is due and nobody was reminded since `before`; then it counts as told.
pub(super) async fn take_reminder(tx: &mut Tx, now: Micros, before: Micros) -> Result<bool, StoreError> {
    Ok(tx.exec(&TAKE_REMINDER, args![now, before]).await? == 1)
}
