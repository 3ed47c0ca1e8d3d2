//! The SQL of who is to read what a case taught.

use super::training::Reader;
use waxwing_domain::{AccountId, Ctx, IncidentId, Micros};
use waxwing_store::{Row, StoreError, Tx, args, bulk, statement};

// Who has it already gets the new day, and has to read nothing again.
bulk! { ASSIGN, into "incident_training" (incident_id: Int, account_id: Int, assigned_at: Int, due_at: Int),
"ON CONFLICT (workspace_id, incident_id, account_id) DO UPDATE SET due_at = excluded.due_at" }
statement! { OF_CASE,
"SELECT incident_id, account_id, due_at, read_at FROM incident_training
     WHERE workspace_id = $1 AND incident_id = $2 ORDER BY due_at, account_id" }
statement! { OF_ACCOUNT,
"SELECT incident_id, account_id, due_at, read_at FROM incident_training
     WHERE workspace_id = $1 AND account_id = $2 ORDER BY due_at, incident_id" }
statement! { READ,
"UPDATE incident_training SET read_at = $4
     WHERE workspace_id = $1 AND incident_id = $2 AND account_id = $3 AND read_at IS NULL" }
statement! { ANEW, "UPDATE incident_training SET read_at = NULL WHERE workspace_id = $1 AND incident_id = $2" }

pub(super) async fn assign(
    tx: &mut Tx,
    ctx: &Ctx,
    case: IncidentId,
    who: &[AccountId],
    due_at: Micros,
) -> Result<(), StoreError> {
    let row = |account: &AccountId| args![case, *account, ctx.now(), due_at];
    tx.bulk(&ASSIGN, who.iter().map(row).collect()).await.map(drop)
}

pub(super) async fn of_case(tx: &mut Tx, case: IncidentId) -> Result<Vec<Reader>, StoreError> {
    tx.all(&OF_CASE, args![case], reader).await
}

pub(super) async fn of_account(tx: &mut Tx, account: AccountId) -> Result<Vec<Reader>, StoreError> {
    tx.all(&OF_ACCOUNT, args![account], reader).await
}

/// Whether it was not read before.
pub(super) async fn read(tx: &mut Tx, ctx: &Ctx, case: IncidentId, account: AccountId) -> Result<bool, StoreError> {
    Ok(tx.exec(&READ, args![case, account, ctx.now()]).await? == 1)
}

/// What was written anew has to be read anew.
pub(super) async fn anew(tx: &mut Tx, case: IncidentId) -> Result<(), StoreError> {
    tx.exec(&ANEW, args![case]).await.map(drop)
}

fn reader(r: &Row<'_>) -> Result<Reader, StoreError> {
    Ok(Reader {
        case: IncidentId::from_i64(r.int(0)?),
        account: AccountId::from_i64(r.int(1)?),
        due_at: r.time(2)?,
        read_at: r.opt_time(3)?,
    })
}
