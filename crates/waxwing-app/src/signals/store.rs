//! The SQL of signals.

use waxwing_domain::Ctx;
use waxwing_store::{Tx, args, statement};

statement! { INSERT,
"INSERT INTO signals (workspace_id, id, at, kind, actor_kind, principal, credential, address_tag, amount, detail)
 VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)" }

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
