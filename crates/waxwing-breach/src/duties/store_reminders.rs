//! The SQL of what the members of a case were reminded of.

use waxwing_domain::{Ctx, IncidentId, Micros};
use waxwing_store::{StoreError, Tx, args, statement};

statement! { NOTE,
"INSERT INTO duty_reminders (workspace_id, incident_id, what, stage, of_at, told_at)
     VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING" }

/// Notes a reminder of `what`, due at `of`; gives whether it is the first.
pub(super) async fn note(
    tx: &mut Tx,
    ctx: &Ctx,
    case: IncidentId,
    (what, stage): (&str, &str),
    of: Micros,
) -> Result<bool, StoreError> {
    Ok(tx.exec(&NOTE, args![case, what, stage, of, ctx.now()]).await? == 1)
}
