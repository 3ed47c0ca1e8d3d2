//! The SQL of packets.

use super::packets::{PacketKind, PacketState};
use waxwing_domain::{CasePartId, Ctx, IncidentId, Micros};
use waxwing_store::{Row, StoreError, Tx, args, statement};

statement! { INSERT,
"INSERT INTO duty_packets (id, workspace_id, incident_id, kind, thing, state, drafted_at, sealed)
     VALUES ($2, $1, $3, $4, $5, 'drafted', $6, $7) ON CONFLICT DO NOTHING" }
statement! { ALL,
"SELECT id, kind, thing, state, drafted_at, sent_at, answered_at, sealed FROM duty_packets
     WHERE workspace_id = $1 AND incident_id = $2 ORDER BY id" }
statement! { REWRITE,
"UPDATE duty_packets SET sealed = $4 WHERE workspace_id = $1 AND incident_id = $2 AND id = $3 AND state = 'drafted'" }
statement! { SENT,
"UPDATE duty_packets SET state = 'sent', sent_at = $4, sealed = $5
     WHERE workspace_id = $1 AND incident_id = $2 AND id = $3 AND state = 'drafted'" }
statement! { ANSWERED,
"UPDATE duty_packets SET state = 'answered', answered_at = $4, sealed = $5
     WHERE workspace_id = $1 AND incident_id = $2 AND id = $3 AND state = 'sent'" }

/// A packet with its words sealed.
pub(super) struct PacketRow {
    pub id: CasePartId,
    pub kind: PacketKind,
    pub thing: i64,
    pub state: PacketState,
    pub drafted_at: Micros,
    pub sent_at: Option<Micros>,
    pub answered_at: Option<Micros>,
    pub sealed: Vec<u8>,
}

/// Keeps a draft; says whether there was none for this relay.
pub(super) async fn insert(
    tx: &mut Tx,
    ctx: &Ctx,
    case: IncidentId,
    (id, kind, thing): (CasePartId, PacketKind, i64),
    sealed: Vec<u8>,
) -> Result<bool, StoreError> {
    Ok(tx.exec(&INSERT, args![id, case, kind.as_str(), thing, ctx.now(), sealed]).await? == 1)
}

pub(super) async fn all(tx: &mut Tx, case: IncidentId) -> Result<Vec<PacketRow>, StoreError> {
    tx.all(&ALL, args![case], read).await
}

fn read(r: &Row<'_>) -> Result<PacketRow, StoreError> {
    Ok(PacketRow {
        id: CasePartId::from_i64(r.int(0)?),
        kind: r.word(1, PacketKind::parse)?,
        thing: r.int(2)?,
        state: r.word(3, PacketState::parse)?,
        drafted_at: r.time(4)?,
        sent_at: r.opt_time(5)?,
        answered_at: r.opt_time(6)?,
        sealed: r.blob(7)?,
    })
}

/// Whether it was a draft still.
pub(super) async fn rewrite(
    tx: &mut Tx,
    case: IncidentId,
    id: CasePartId,
    sealed: Vec<u8>,
) -> Result<bool, StoreError> {
    Ok(tx.exec(&REWRITE, args![case, id, sealed]).await? == 1)
}

/// Whether it was in the state before: a draft becomes sent, what was sent answered.
pub(super) async fn go_on(
    tx: &mut Tx,
    case: IncidentId,
    (id, to): (CasePartId, PacketState),
    at: Micros,
    sealed: Vec<u8>,
) -> Result<bool, StoreError> {
    let statement = if to == PacketState::Sent { &SENT } else { &ANSWERED };
    Ok(tx.exec(statement, args![case, id, at, sealed]).await? == 1)
}
