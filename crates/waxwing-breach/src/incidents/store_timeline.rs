//! The SQL of timelines; reads the entries of the access record that their lines name.

use super::timeline::Line;
use super::words::Category;
use waxwing_domain::{Actor, CasePartId, Ctx, IncidentId, Micros};
use waxwing_store::{Row, StoreError, Tx, args, decode_leaf, statement};

statement! { INSERT,
"INSERT INTO incident_events (id, workspace_id, incident_id, at, zone, category, what, entry_id, corrects,
       author_kind, author, noted_at, sealed)
     VALUES ($2, $1, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)" }
statement! { ALL,
"SELECT l.id, l.at, l.zone, l.category, l.what, l.entry_id, e.idx, l.corrects, l.author_kind, l.author, l.noted_at, l.sealed
     FROM incident_events l LEFT JOIN record_entries e ON e.workspace_id = l.workspace_id AND e.id = l.entry_id
     WHERE l.workspace_id = $1 AND l.incident_id = $2 ORDER BY l.at, l.id" }
statement! { THERE, "SELECT id FROM incident_events WHERE workspace_id = $1 AND incident_id = $2 AND id = $3" }
statement! { ENTRY, "SELECT id, leaf FROM record_entries WHERE workspace_id = $1 AND idx = $2" }

/// A line to be written.
pub(super) struct NewRow {
    pub at: Micros,
    pub zone: String,
    pub category: Category,
    pub what: String,
    pub entry: Option<i64>,
    pub corrects: Option<CasePartId>,
    pub author: Actor,
    pub sealed: Option<Vec<u8>>,
}

pub(super) async fn insert(
    tx: &mut Tx,
    ctx: &Ctx,
    case: IncidentId,
    id: CasePartId,
    new: NewRow,
) -> Result<(), StoreError> {
    let (kind, principal, _) = new.author.to_columns();
    let row = args![
        id,
        case,
        new.at,
        new.zone,
        new.category.as_str(),
        new.what,
        new.entry,
        new.corrects,
        kind,
        principal,
        ctx.now(),
        new.sealed
    ];
    tx.exec(&INSERT, row).await.map(drop)
}

fn read(r: &Row<'_>) -> Result<(Line, Option<Vec<u8>>), StoreError> {
    let line = Line {
        id: CasePartId::from_i64(r.int(0)?),
        at: r.time(1)?,
        zone: r.text(2)?,
        category: r.word(3, Category::parse)?,
        what: r.text(4)?,
        entry: r.opt_int(5)?,
        index: r.opt_int(6)?,
        corrects: r.opt_int(7)?.map(CasePartId::from_i64),
        author: Actor::from_columns(&r.text(8)?, r.int(9)?, 0),
        noted_at: r.time(10)?,
        source: String::new(),
        text: String::new(),
    };
    Ok((line, r.opt_blob(11)?))
}

/// The lines with what is sealed of each, the first first.
pub(super) async fn all(tx: &mut Tx, case: IncidentId) -> Result<Vec<(Line, Option<Vec<u8>>)>, StoreError> {
    tx.all(&ALL, args![case], read).await
}

pub(super) async fn is_there(tx: &mut Tx, case: IncidentId, line: CasePartId) -> Result<bool, StoreError> {
    Ok(tx.optional(&THERE, args![case, line], |r| r.int(0)).await?.is_some())
}

/// An entry of the access record, as far as a timeline shows it.
pub(super) struct Found {
    pub entry: i64,
    pub at: Micros,
    pub what: String,
    pub actor: Actor,
}

pub(super) async fn entry_at(tx: &mut Tx, index: i64) -> Result<Option<Found>, StoreError> {
    let Some((entry, leaf)) = tx.optional(&ENTRY, args![index], |r| Ok((r.int(0)?, r.blob(1)?))).await? else {
        return Ok(None);
    };
    let leaf = decode_leaf(&leaf).ok_or_else(|| StoreError::Damaged(format!("entry {index} of the record")))?;
    let actor = &leaf["actor"];
    Ok(Some(Found {
        entry,
        at: Micros::from_i64(leaf["at"].as_i64().unwrap_or_default()),
        what: leaf["what"].as_str().unwrap_or_default().to_owned(),
        actor: Actor::from_columns(
            actor[0].as_str().unwrap_or_default(),
            actor[1].as_i64().unwrap_or_default(),
            actor[2].as_i64().unwrap_or_default(),
        ),
    }))
}
