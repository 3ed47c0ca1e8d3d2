//! The SQL of notices.

use super::State;
use waxwing_domain::{AccountId, Ctx, IncidentId, Micros, NoticeId, RelayId, SourceId};
use waxwing_store::{Row, StoreError, Tx, args, bulk, statement};

statement! { INSERT,
"INSERT INTO notices (id, workspace_id, incident_id, radius_id, radius_hash, possible, relay_id, state, version, sealed,
       people, created_at, changed_at, changed_by)
     VALUES ($2, $1, $3, $4, $5, $6, $7, 'draft', 1, $8, 0, $9, $9, $10)" }
statement! { BY_ID,
"SELECT id, incident_id, radius_id, radius_hash, possible, relay_id, state, version, sealed, people, digest, created_at,
       sent_at, sent_by
     FROM notices WHERE workspace_id = $1 AND id = $2" }
statement! { OF_CASE,
"SELECT id, incident_id, radius_id, radius_hash, possible, relay_id, state, version, sealed, people, digest, created_at,
       sent_at, sent_by
     FROM notices WHERE workspace_id = $1 AND incident_id = $2 ORDER BY id DESC LIMIT 200" }
statement! { CHANGE,
"UPDATE notices SET possible = $4, relay_id = $5, version = version + 1, sealed = $6, changed_at = $7, changed_by = $8
     WHERE workspace_id = $1 AND id = $2 AND version = $3 AND state = 'draft'" }
statement! { KEEP,
"UPDATE notices SET sealed = $4 WHERE workspace_id = $1 AND id = $2 AND version = $3 AND state = 'draft'" }
statement! { SENT,
"UPDATE notices SET state = 'sent', people = $4, digest = $5, sent_at = $6, sent_by = $7, sealed = $8
     WHERE workspace_id = $1 AND id = $2 AND version = $3 AND state = 'draft'" }
statement! { WITHDRAW,
"UPDATE notices SET state = 'withdrawn', changed_at = $3, changed_by = $4
     WHERE workspace_id = $1 AND id = $2 AND state = 'draft'" }
bulk! { ADD_PARTS, into "notice_parts" (notice_id: Int, part: Int, source_id: Int, locale: Text, certain: Text,
possible: Text, frozen: Int), "" }
statement! { PARTS,
"SELECT source_id, locale, certain, possible, frozen FROM notice_parts
     WHERE workspace_id = $1 AND notice_id = $2 ORDER BY part" }

/// A notice as it is stored.
pub(super) struct Kept {
    pub id: NoticeId,
    pub case: IncidentId,
    pub radius: i64,
    pub radius_hash: [u8; 32],
    pub possible: bool,
    pub relay: Option<RelayId>,
    pub state: State,
    pub version: i64,
    pub sealed: Vec<u8>,
    pub people: i64,
    pub digest: Option<[u8; 32]>,
    pub created_at: Micros,
    pub sent: Option<(Micros, AccountId)>,
}

/// What was sent in one language about one set of kinds of data.
pub(super) struct PartRow {
    pub source: SourceId,
    pub locale: String,
    pub certain: String,
    pub possible: String,
    /// How many of them were here when it was ordered.
    pub frozen: i64,
}

fn kept(r: &Row<'_>) -> Result<Kept, StoreError> {
    let damaged = || StoreError::Damaged("the digest of a notice".into());
    let digest = r.opt_blob(10)?.map(|bytes| bytes.try_into().map_err(|_| damaged())).transpose()?;
    Ok(Kept {
        id: NoticeId::from_i64(r.int(0)?),
        case: IncidentId::from_i64(r.int(1)?),
        radius: r.int(2)?,
        radius_hash: r.array(3)?,
        possible: r.flag(4)?,
        relay: r.opt_int(5)?.map(RelayId::from_i64),
        state: r.word(6, State::parse)?,
        version: r.int(7)?,
        sealed: r.blob(8)?,
        people: r.int(9)?,
        digest,
        created_at: r.time(11)?,
        sent: r.opt_time(12)?.zip(r.opt_int(13)?.map(AccountId::from_i64)),
    })
}

fn author(ctx: &Ctx) -> i64 {
    ctx.actor.to_columns().1
}

/// What a draft is begun with.
pub(super) struct NewRow {
    pub id: NoticeId,
    pub case: IncidentId,
    pub radius: (i64, [u8; 32]),
    pub possible: bool,
    pub relay: Option<RelayId>,
    pub sealed: Vec<u8>,
}

pub(super) async fn insert(tx: &mut Tx, ctx: &Ctx, new: NewRow) -> Result<(), StoreError> {
    let NewRow { id, case, radius: (radius, hash), possible, relay, sealed } = new;
    let relay = relay.map(RelayId::as_i64);
    tx.exec(&INSERT, args![id, case, radius, hash, possible, relay, sealed, ctx.now(), author(ctx)]).await.map(drop)
}

pub(super) async fn by_id(tx: &mut Tx, id: NoticeId) -> Result<Option<Kept>, StoreError> {
    tx.optional(&BY_ID, args![id], kept).await
}

pub(super) async fn of_case(tx: &mut Tx, case: IncidentId) -> Result<Vec<Kept>, StoreError> {
    tx.all(&OF_CASE, args![case], kept).await
}

/// Whether the draft was still in this version.
pub(super) async fn change(
    tx: &mut Tx,
    ctx: &Ctx,
    (id, version): (NoticeId, i64),
    (possible, relay): (bool, Option<RelayId>),
    sealed: Vec<u8>,
) -> Result<bool, StoreError> {
    let row = args![id, version, possible, relay.map(RelayId::as_i64), sealed, ctx.now(), author(ctx)];
    Ok(tx.exec(&CHANGE, row).await? == 1)
}

/// Keeps what was overruled, while the draft waits for a second person.
pub(super) async fn keep(tx: &mut Tx, (id, version): (NoticeId, i64), sealed: Vec<u8>) -> Result<(), StoreError> {
    tx.exec(&KEEP, args![id, version, sealed]).await.map(drop)
}

/// Whether this was the order that counts.
pub(super) async fn sent(
    tx: &mut Tx,
    ctx: &Ctx,
    (id, version): (NoticeId, i64),
    (people, digest): (i64, [u8; 32]),
    sealed: Vec<u8>,
) -> Result<bool, StoreError> {
    Ok(tx.exec(&SENT, args![id, version, people, digest, ctx.now(), author(ctx), sealed]).await? == 1)
}

/// Whether it was a draft.
pub(super) async fn withdraw(tx: &mut Tx, ctx: &Ctx, id: NoticeId) -> Result<bool, StoreError> {
    Ok(tx.exec(&WITHDRAW, args![id, ctx.now(), author(ctx)]).await? == 1)
}

pub(super) async fn add_parts(tx: &mut Tx, id: NoticeId, parts: Vec<PartRow>) -> Result<(), StoreError> {
    let row = |(at, part): (usize, PartRow)| {
        args![id, at as i64, part.source, part.locale, part.certain, part.possible, part.frozen]
    };
    tx.bulk(&ADD_PARTS, parts.into_iter().enumerate().map(row).collect()).await.map(drop)
}

pub(super) async fn parts(tx: &mut Tx, id: NoticeId) -> Result<Vec<PartRow>, StoreError> {
    tx.all(&PARTS, args![id], |r| {
        Ok(PartRow {
            source: SourceId::from_i64(r.int(0)?),
            locale: r.text(1)?,
            certain: r.text(2)?,
            possible: r.text(3)?,
            frozen: r.int(4)?,
        })
    })
    .await
}
