//! The SQL of signals.

use waxwing_domain::{Ctx, Micros};
use waxwing_store::{StoreError, Tx, args, statement};

statement! { INSERT,
"INSERT INTO signals (workspace_id, id, at, kind, actor_kind, principal, credential, address_tag, amount, detail)
 VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)" }
statement! { FROM_PLACE,
"SELECT detail FROM signals WHERE workspace_id = $1 AND address_tag = $2 AND kind = $3 AND at > $4
 ORDER BY at DESC LIMIT 200" }

statement! { SINCE, "SELECT kind FROM signals WHERE workspace_id = $1 AND at > $2 ORDER BY id DESC LIMIT 1000" }

pub(super) async fn from_place(
    tx: &mut Tx,
    kind: &str,
    tag: Vec<u8>,
    since: Micros,
) -> Result<Vec<serde_json::Value>, StoreError> {
    tx.all(&FROM_PLACE, args![tag, kind, since], |row| row.json(0)).await
}

pub(super) async fn since(tx: &mut Tx, at: Micros) -> Result<Vec<String>, StoreError> {
    tx.all(&SINCE, args![at], |row| row.text(0)).await
}

pub(super) async fn insert(
    tx: &mut Tx,
    ctx: &Ctx,
    kind: &'static str,
    amount: i64,
    detail: &serde_json::Value,
    tag: Option<Vec<u8>>,
) -> crate::Result<()> {
    let actor = ctx.actor;
    let (principal, credential) = (actor.principal(), actor.credential());
    let row =
        args![ctx.new_id(), ctx.now(), kind, actor.kind(), principal, credential, tag, amount, detail.to_string()];
    tx.exec(&INSERT, row).await?;
    Ok(())
}
