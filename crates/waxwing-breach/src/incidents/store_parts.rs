//! The SQL of what a case touches, and of its indicators.

use super::assets::Asset;
use super::indicators::{Indicator, NewIndicator};
use super::words::{AssetKind, Compromise, IndicatorKind, Tlp};
use waxwing_domain::{CasePartId, Ctx, IncidentId};
use waxwing_store::{StoreError, Tx, args, bulk, statement};

statement! { ADD_ASSET,
"INSERT INTO incident_assets (id, workspace_id, incident_id, kind, reference, compromise, noted_at, sealed)
     VALUES ($2, $1, $3, $4, $5, $6, $7, $8)" }
statement! { JUDGE_ASSET,
"UPDATE incident_assets SET compromise = $4 WHERE workspace_id = $1 AND incident_id = $2 AND id = $3" }
statement! { ASSETS,
"SELECT id, kind, reference, compromise, noted_at, sealed FROM incident_assets
     WHERE workspace_id = $1 AND incident_id = $2 ORDER BY id" }
statement! { ADD_INDICATOR,
"INSERT INTO incident_indicators (id, workspace_id, incident_id, kind, tlp, first_seen, last_seen, noted_at, sealed)
     VALUES ($2, $1, $3, $4, $5, $6, $7, $8, $9)" }
bulk! { ADD_INDICATORS, into "incident_indicators" (id: Int, incident_id: Int, kind: Text, tlp: Text, first_seen: Int,
last_seen: Int, noted_at: Int, sealed: Blob), "" }
statement! { INDICATORS,
"SELECT id, kind, tlp, first_seen, last_seen, noted_at, sealed FROM incident_indicators
     WHERE workspace_id = $1 AND incident_id = $2 ORDER BY id" }

pub(super) async fn add_asset(
    tx: &mut Tx,
    ctx: &Ctx,
    case: IncidentId,
    id: CasePartId,
    (kind, reference, compromise): (AssetKind, Option<i64>, Compromise),
    sealed: Vec<u8>,
) -> Result<(), StoreError> {
    let row = args![id, case, kind.as_str(), reference, compromise.as_str(), ctx.now(), sealed];
    tx.exec(&ADD_ASSET, row).await.map(drop)
}

pub(super) async fn judge_asset(
    tx: &mut Tx,
    case: IncidentId,
    id: CasePartId,
    compromise: Compromise,
) -> Result<bool, StoreError> {
    Ok(tx.exec(&JUDGE_ASSET, args![case, id, compromise.as_str()]).await? == 1)
}

/// Each with its sealed name.
pub(super) async fn assets(tx: &mut Tx, case: IncidentId) -> Result<Vec<(Asset, Vec<u8>)>, StoreError> {
    tx.all(&ASSETS, args![case], |r| {
        let asset = Asset {
            id: CasePartId::from_i64(r.int(0)?),
            kind: r.word(1, AssetKind::parse)?,
            reference: r.opt_int(2)?,
            compromise: r.word(3, Compromise::parse)?,
            noted_at: r.time(4)?,
            name: String::new(),
        };
        Ok((asset, r.blob(5)?))
    })
    .await
}

pub(super) async fn add_indicator(
    tx: &mut Tx,
    ctx: &Ctx,
    case: IncidentId,
    id: CasePartId,
    new: &NewIndicator,
    sealed: Vec<u8>,
) -> Result<(), StoreError> {
    let row = args![id, case, new.kind.as_str(), new.tlp.as_str(), new.seen.0, new.seen.1, ctx.now(), sealed];
    tx.exec(&ADD_INDICATOR, row).await.map(drop)
}

/// Adds indicators, each with its sealed value.
pub(super) async fn add_indicators(
    tx: &mut Tx,
    case: IncidentId,
    new: Vec<(Indicator, Vec<u8>)>,
) -> Result<(), StoreError> {
    let row = |(one, sealed): (Indicator, Vec<u8>)| {
        let (kind, tlp) = (one.kind.as_str(), one.tlp.as_str());
        args![one.id, case, kind, tlp, one.first_seen, one.last_seen, one.noted_at, sealed]
    };
    tx.bulk(&ADD_INDICATORS, new.into_iter().map(row).collect()).await.map(drop)
}

/// Each with its sealed value.
pub(super) async fn indicators(tx: &mut Tx, case: IncidentId) -> Result<Vec<(Indicator, Vec<u8>)>, StoreError> {
    tx.all(&INDICATORS, args![case], |r| {
        let indicator = Indicator {
            id: CasePartId::from_i64(r.int(0)?),
            kind: r.word(1, IndicatorKind::parse)?,
            tlp: r.word(2, Tlp::parse)?,
            first_seen: r.time(3)?,
            last_seen: r.time(4)?,
            noted_at: r.time(5)?,
            value: String::new(),
        };
        Ok((indicator, r.blob(6)?))
    })
    .await
}
