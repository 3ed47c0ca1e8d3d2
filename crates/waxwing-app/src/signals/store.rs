//! The SQL of signals.

use waxwing_domain::{Ctx, Micros};
use waxwing_store::{StoreError, Tx, args, statement};

statement! { INSERT,
"INSERT INTO signals (workspace_id, id, at, kind, actor_kind, principal, credential, address_tag, network_tag, amount,
   detail)
 VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)" }
statement! { FROM_NETWORK,
"SELECT detail FROM signals WHERE workspace_id = $1 AND network_tag = $2 AND kind = $3 AND at > $4
 ORDER BY at DESC LIMIT 200" }

statement! { SWEEP,
"DELETE FROM signals WHERE workspace_id = $1 AND id IN (
   SELECT id FROM signals WHERE workspace_id = $1 AND id < $2 ORDER BY id LIMIT $3)" }
statement! { SINCE, "SELECT kind FROM signals WHERE workspace_id = $1 AND at > $2 ORDER BY id DESC LIMIT 1000" }

// Details are JSON of ids and words; a number stands in it between quotation marks and nowhere else like that.
statement! { ABOUT,
"SELECT at, kind, detail FROM signals WHERE workspace_id = $1 AND at > $2 AND kind LIKE $3 AND detail LIKE $4
     ORDER BY id DESC LIMIT 200" }

/// The keyed tags of where a request came from; empty where that is not known.
#[derive(Default)]
pub(super) struct Place {
    pub(super) address: Option<Vec<u8>>,
    pub(super) network: Option<Vec<u8>>,
}

pub(super) async fn from_network(
    tx: &mut Tx,
    kind: &str,
    tag: Vec<u8>,
    since: Micros,
) -> Result<Vec<serde_json::Value>, StoreError> {
    tx.all(&FROM_NETWORK, args![tag, kind, since], |row| row.json(0)).await
}

pub(super) async fn about(
    tx: &mut Tx,
    (kinds, said): (&str, &str),
    since: Micros,
) -> Result<Vec<(Micros, String, serde_json::Value)>, StoreError> {
    let (kinds, said) = (format!("{kinds}%"), format!("%{said}%"));
    tx.all(&ABOUT, args![since, kinds, said], |row| Ok((row.time(0)?, row.text(1)?, row.json(2)?))).await
}

pub(super) async fn since(tx: &mut Tx, at: Micros) -> Result<Vec<String>, StoreError> {
    tx.all(&SINCE, args![at], |row| row.text(0)).await
}

pub(super) async fn sweep(tx: &mut Tx, before_id: i64, most: i64) -> Result<u64, StoreError> {
    tx.exec(&SWEEP, args![before_id, most]).await
}

pub(super) async fn insert(
    tx: &mut Tx,
    ctx: &Ctx,
    kind: &'static str,
    amount: i64,
    detail: &serde_json::Value,
    place: Place,
) -> crate::Result<()> {
    let actor = ctx.actor;
    let (principal, credential) = (actor.principal(), actor.credential());
    let by = args![ctx.new_id(), ctx.now(), kind, actor.kind(), principal, credential];
    let what = args![place.address, place.network, amount, detail.to_string()];
    tx.exec(&INSERT, by.into_iter().chain(what).collect()).await?;
    Ok(())
}
