//! The SQL of duties. Every table only grows.

use waxwing_domain::{AccountId, Ctx, IncidentId, Micros};
use waxwing_store::{StoreError, Tx, args, statement};

statement! { STATED,
"SELECT version, sealed FROM duty_facts WHERE workspace_id = $1 AND incident_id = $2 ORDER BY version DESC LIMIT 1" }
statement! { STATE,
"INSERT INTO duty_facts (workspace_id, incident_id, version, written_at, written_by, sealed)
     VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING" }
statement! { SIGNATURE,
"SELECT number, version, signed_at, signed_by, sealed FROM duty_signatures
     WHERE workspace_id = $1 AND incident_id = $2 ORDER BY number DESC LIMIT 1" }
statement! { SIGN,
"INSERT INTO duty_signatures (workspace_id, incident_id, number, version, signed_at, signed_by, sealed)
     VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING" }
statement! { MET,
"SELECT rule, met_at, sealed FROM duty_met WHERE workspace_id = $1 AND incident_id = $2 ORDER BY rule" }
statement! { MEET,
"INSERT INTO duty_met (workspace_id, incident_id, rule, rule_version, met_at, noted_at, noted_by, sealed)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT DO NOTHING" }

pub(super) struct StatedRow {
    pub version: i64,
    pub sealed: Vec<u8>,
}

pub(super) struct SignatureRow {
    pub number: i64,
    pub version: i64,
    pub at: Micros,
    pub by: AccountId,
    pub sealed: Vec<u8>,
}

pub(super) struct MetRow {
    pub rule: String,
    pub at: Micros,
    pub sealed: Vec<u8>,
}

pub(super) async fn stated(tx: &mut Tx, id: IncidentId) -> Result<Option<StatedRow>, StoreError> {
    tx.optional(&STATED, args![id], |r| Ok(StatedRow { version: r.int(0)?, sealed: r.blob(1)? })).await
}

/// Whether the version was free.
pub(super) async fn state(
    tx: &mut Tx,
    ctx: &Ctx,
    id: IncidentId,
    version: i64,
    sealed: Vec<u8>,
) -> Result<bool, StoreError> {
    let (_, by, _) = ctx.actor.to_columns();
    Ok(tx.exec(&STATE, args![id, version, ctx.now(), by, sealed]).await? == 1)
}

pub(super) async fn signature(tx: &mut Tx, id: IncidentId) -> Result<Option<SignatureRow>, StoreError> {
    tx.optional(&SIGNATURE, args![id], |r| {
        Ok(SignatureRow {
            number: r.int(0)?,
            version: r.int(1)?,
            at: r.time(2)?,
            by: AccountId::from_i64(r.int(3)?),
            sealed: r.blob(4)?,
        })
    })
    .await
}

/// Whether the number was free.
pub(super) async fn sign(
    tx: &mut Tx,
    ctx: &Ctx,
    id: IncidentId,
    number: i64,
    version: i64,
    sealed: Vec<u8>,
) -> Result<bool, StoreError> {
    let (_, by, _) = ctx.actor.to_columns();
    Ok(tx.exec(&SIGN, args![id, number, version, ctx.now(), by, sealed]).await? == 1)
}

pub(super) async fn met(tx: &mut Tx, id: IncidentId) -> Result<Vec<MetRow>, StoreError> {
    tx.all(&MET, args![id], |r| Ok(MetRow { rule: r.text(0)?, at: r.time(1)?, sealed: r.blob(2)? })).await
}

/// Whether the duty was not noted before.
pub(super) async fn meet(
    tx: &mut Tx,
    ctx: &Ctx,
    id: IncidentId,
    (rule, version): (&str, u16),
    at: Micros,
    sealed: Vec<u8>,
) -> Result<bool, StoreError> {
    let (_, by, _) = ctx.actor.to_columns();
    Ok(tx.exec(&MEET, args![id, rule, i64::from(version), at, ctx.now(), by, sealed]).await? == 1)
}
