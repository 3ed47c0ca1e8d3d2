//! SQL of frozen answers.

use super::touch::{Channel, Effect, Touch};
use waxwing_domain::{FieldId, Micros};
use waxwing_store::{RoaringBitmap, Row, StoreError, Tx, args, bulk, statement};

// How the system is set, kept when something is contained.
waxwing_app::kept! { COUNTRY_KEPT, "blast_country" (field: Text) }
statement! { INSERT,
"INSERT INTO blast_radii (workspace_id, id, size, root, hash, body, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7)" }
statement! { BY_ID, "SELECT id, size, root, hash, body, created_at FROM blast_radii WHERE workspace_id = $1 AND id = $2" }
statement! { NEWEST,
"SELECT id, size, root, hash, body, created_at FROM blast_radii WHERE workspace_id = $1 ORDER BY id DESC LIMIT $2" }
statement! { TOUCHES,
"SELECT effect, channel, fields, entries, first_at, last_at, people FROM blast_touches
 WHERE workspace_id = $1 AND radius_id = $2 ORDER BY part" }
statement! { COUNTRY, "SELECT field FROM blast_country WHERE workspace_id = $1" }
statement! { SET_COUNTRY,
"INSERT INTO blast_country (workspace_id, field) VALUES ($1, $2)
     ON CONFLICT (workspace_id) DO UPDATE SET field = excluded.field" }
statement! { KEYS, "SELECT id, name FROM api_keys WHERE workspace_id = $1 ORDER BY name, id" }
statement! { WEBHOOKS, "SELECT id, name FROM webhooks_endpoints WHERE workspace_id = $1 ORDER BY name, id" }
statement! { CAMPAIGNS,
"SELECT c.id, c.name, s.created_at FROM campaigns c JOIN sources s ON s.workspace_id = c.workspace_id AND s.id = c.source_id
 WHERE c.workspace_id = $1 ORDER BY s.id DESC LIMIT 100" }
statement! { EXPORTS,
"SELECT e.id, l.name, e.created_at FROM exports e JOIN lists l ON l.workspace_id = e.workspace_id AND l.id = e.list_id
 WHERE e.workspace_id = $1 ORDER BY e.id DESC LIMIT 100" }
statement! { SESSIONS,
"SELECT id, account_id, created_at FROM sessions WHERE workspace_id = $1 ORDER BY id DESC LIMIT 100" }
bulk! { ADD_TOUCHES, into "blast_touches" (radius_id: Int, part: Int, effect: Text, channel: Text, fields: Text,
entries: Int, first_at: Int, last_at: Int, people: Blob), "" }

/// A frozen answer as it is stored.
pub(super) struct Kept {
    pub id: i64,
    pub size: i64,
    pub root: [u8; 32],
    pub hash: [u8; 32],
    pub body: Vec<u8>,
    pub at: Micros,
}

fn kept(r: &Row<'_>) -> Result<Kept, StoreError> {
    Ok(Kept { id: r.int(0)?, size: r.int(1)?, root: r.array(2)?, hash: r.array(3)?, body: r.blob(4)?, at: r.time(5)? })
}

/// The API keys there are or were, with their names.
pub(super) async fn keys(tx: &mut Tx) -> Result<Vec<(i64, String)>, StoreError> {
    tx.all(&KEYS, args![], |r| Ok((r.int(0)?, r.text(1)?))).await
}

/// The webhooks, with their names.
pub(super) async fn webhooks(tx: &mut Tx) -> Result<Vec<(i64, String)>, StoreError> {
    tx.all(&WEBHOOKS, args![], |r| Ok((r.int(0)?, r.text(1)?))).await
}

/// The newest campaigns that were sent, with their names and when that began.
pub(super) async fn campaigns(tx: &mut Tx) -> Result<Vec<(i64, String, Micros)>, StoreError> {
    tx.all(&CAMPAIGNS, args![], |r| Ok((r.int(0)?, r.text(1)?, r.time(2)?))).await
}

/// The newest exports: of which list, and when.
pub(super) async fn exports(tx: &mut Tx) -> Result<Vec<(i64, String, Micros)>, StoreError> {
    tx.all(&EXPORTS, args![], |r| Ok((r.int(0)?, r.text(1)?, r.time(2)?))).await
}

/// The newest sessions: whose, and when they began.
pub(super) async fn sessions(tx: &mut Tx) -> Result<Vec<(i64, i64, Micros)>, StoreError> {
    tx.all(&SESSIONS, args![], |r| Ok((r.int(0)?, r.int(1)?, r.time(2)?))).await
}

/// Keeps an answer; `people` are the serialised bitmaps of its touches, in order.
pub(super) async fn insert(tx: &mut Tx, kept: Kept, touches: &[Touch], people: Vec<Vec<u8>>) -> Result<(), StoreError> {
    let Kept { id, size, root, hash, body, at } = kept;
    tx.exec(&INSERT, args![id, size, root, hash, body, at]).await?;
    let row = |(part, (touch, people)): (usize, (&Touch, Vec<u8>))| {
        let (effect, channel, fields) = (touch.effect.as_str(), touch.channel.as_str(), field_words(&touch.fields));
        args![id, part as i64, effect, channel, fields, touch.entries.cast_signed(), touch.first, touch.last, people]
    };
    let rows = touches.iter().zip(people).enumerate().map(row).collect();
    tx.bulk(&ADD_TOUCHES, rows).await.map(drop)
}

/// The numbers of fields as they are stored, with a comma between.
pub(super) fn field_words(fields: &[FieldId]) -> String {
    fields.iter().map(|field| field.get().to_string()).collect::<Vec<_>>().join(",")
}

pub(super) async fn by_id(tx: &mut Tx, id: i64) -> Result<Option<Kept>, StoreError> {
    tx.optional(&BY_ID, args![id], kept).await
}

pub(super) async fn newest(tx: &mut Tx, limit: i64) -> Result<Vec<Kept>, StoreError> {
    tx.all(&NEWEST, args![limit], kept).await
}

/// The touches of an answer, each with the bytes of its bitmap.
pub(super) async fn touches(tx: &mut Tx, id: i64) -> Result<Vec<(Touch, Vec<u8>)>, StoreError> {
    tx.all(&TOUCHES, args![id], touch).await
}

fn touch(r: &Row<'_>) -> Result<(Touch, Vec<u8>), StoreError> {
    let damaged = || StoreError::Damaged("a frozen answer".into());
    let bytes = r.blob(6)?;
    let field = |word: &str| word.parse().map(FieldId::new).map_err(|_| damaged());
    let fields = r.text(2)?.split(',').filter(|word| !word.is_empty()).map(field).collect::<Result<_, _>>()?;
    let touch = Touch {
        effect: r.word(0, Effect::parse)?,
        channel: r.word(1, Channel::parse)?,
        fields,
        people: RoaringBitmap::deserialize_from(&bytes[..]).map_err(|_| damaged())?,
        entries: r.int(3)?.cast_unsigned(),
        first: r.time(4)?,
        last: r.time(5)?,
    };
    Ok((touch, bytes))
}

/// The key of the field that says where people live, where the workspace chose one.
pub(super) async fn country(tx: &mut Tx) -> Result<Option<String>, StoreError> {
    tx.optional(&COUNTRY, args![], |r| r.text(0)).await
}

pub(super) async fn set_country(tx: &mut Tx, field: &str) -> Result<(), StoreError> {
    tx.exec(&SET_COUNTRY, args![field]).await.map(drop)
}
