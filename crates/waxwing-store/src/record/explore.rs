//! Reading the record: newest first, by page, with the sealed details opened.

use super::leaf::decode_leaf;
use super::write::body_place;
use crate::{RoaringBitmap, Store, StoreError, Tx, args, statement};
use waxwing_crypto::{Place, WorkspaceKeys};
use waxwing_domain::FieldId;

statement! { PAGE,
"SELECT e.idx, e.id, e.leaf, b.sealed, a.sealed FROM record_entries e
     LEFT JOIN record_bodies b ON b.workspace_id = e.workspace_id AND b.entry_id = e.id
     LEFT JOIN record_addresses a ON a.workspace_id = e.workspace_id AND a.entry_id = e.id
     WHERE e.workspace_id = $1 AND e.idx < $2 ORDER BY e.idx DESC LIMIT $3" }
statement! { FROM, "SELECT idx, leaf FROM record_entries WHERE workspace_id = $1 AND idx >= $2 ORDER BY idx LIMIT $3" }
statement! { BITMAPS, "SELECT entry_id, bitmap FROM record_subjects WHERE workspace_id = $1 AND entry_id IN [$2]" }
statement! { SIZE, "SELECT size, root FROM record_heads WHERE workspace_id = $1" }

/// One entry, for showing.
#[derive(Debug, Clone)]
pub struct RecordRow {
    /// Its place in the log.
    pub index: i64,
    /// The decoded leaf.
    pub leaf: serde_json::Value,
    /// The sealed details, opened; `None` when there were none or they were erased.
    pub body: Option<serde_json::Value>,
    /// The network address, opened; `None` also when its month's key is gone.
    pub address: Option<String>,
    /// Everybody named by the entry.
    pub subjects: RoaringBitmap,
}

/// The size and root of the log.
pub async fn record_head(tx: &mut Tx) -> Result<(i64, Vec<u8>), StoreError> {
    tx.one(&SIZE, args![], |r| Ok((r.int(0)?, r.blob(1)?))).await
}

/// Up to `limit` decoded leaves from index `first` on, oldest first, each with its index: what the
/// entries say, with nothing that is sealed.
pub async fn record_from(tx: &mut Tx, first: i64, limit: i64) -> Result<Vec<(i64, serde_json::Value)>, StoreError> {
    let rows = tx.all(&FROM, args![first, limit], |r| Ok((r.int(0)?, r.blob(1)?))).await?;
    let decoded = |(index, leaf): (i64, Vec<u8>)| Ok((index, decode_leaf(&leaf).ok_or_else(|| damaged(index))?));
    rows.into_iter().map(decoded).collect()
}

/// Up to `limit` entries before index `before`, newest first.
pub async fn record_page(store: &Store, tx: &mut Tx, before: i64, limit: i64) -> Result<Vec<RecordRow>, StoreError> {
    let rows = tx
        .all(&PAGE, args![before, limit], |r| Ok((r.int(0)?, r.int(1)?, r.blob(2)?, r.opt_blob(3)?, r.opt_blob(4)?)))
        .await?;
    let ids: Vec<i64> = rows.iter().map(|row| row.1).collect();
    let bitmaps = tx.all(&BITMAPS, args![ids], |r| Ok((r.int(0)?, r.blob(1)?))).await?;
    let ring = store.keys().ring();
    let keys = ring.workspace(tx.workspace()).map_err(|e| StoreError::Damaged(e.to_string()))?;
    rows.into_iter()
        .map(|(index, id, leaf, body, address)| {
            let place = body_place(tx.workspace(), id);
            let body = body.map(|sealed| open(keys, &place, &sealed)).transpose()?;
            let place = Place { field: FieldId::NETWORK_ADDRESS, ..place };
            let mut subjects = RoaringBitmap::new();
            for (_, bytes) in bitmaps.iter().filter(|(entry, _)| *entry == id) {
                subjects |= RoaringBitmap::deserialize_from(&bytes[..]).map_err(|_| damaged(index))?;
            }
            Ok(RecordRow {
                index,
                leaf: decode_leaf(&leaf).ok_or_else(|| damaged(index))?,
                body: body.map(|text| serde_json::from_str(&text).map_err(|_| damaged(index))).transpose()?,
                address: address
                    .and_then(|sealed| keys.open_address(&place, &sealed).ok())
                    .and_then(|bytes| String::from_utf8(bytes).ok()),
                subjects,
            })
        })
        .collect()
}

fn open(keys: &WorkspaceKeys, place: &Place, sealed: &[u8]) -> Result<String, StoreError> {
    let bytes = keys.open_secret(place, sealed).map_err(|e| StoreError::Damaged(e.to_string()))?;
    String::from_utf8(bytes).map_err(|_| StoreError::Damaged("record text that is not UTF-8".into()))
}

fn damaged(index: i64) -> StoreError {
    StoreError::Damaged(format!("entry {index} of the record"))
}
