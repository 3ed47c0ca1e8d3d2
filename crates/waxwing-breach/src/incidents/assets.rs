//! What a case touches: people, keys, lists, machines; and whether each was taken over.

use super::words::{AssetKind, Category, Compromise};
use super::{members, sealing, store_parts, timeline};
use serde_json::json;
use waxwing_app::{App, Error, Result};
use waxwing_domain::{Action, CasePartId, Ctx, FieldId, IncidentId, Micros, Operation};
use waxwing_store::{Entry, Tx};

/// Something that a case touches.
#[derive(Clone)]
pub struct Asset {
    /// Its id within cases.
    pub id: CasePartId,
    /// What it is.
    pub kind: AssetKind,
    /// Its number in the system, where it has one.
    pub reference: Option<i64>,
    /// Whether it was taken over.
    pub compromise: Compromise,
    /// When it was named.
    pub noted_at: Micros,
    /// What people call it; sealed at rest.
    pub name: String,
}

impl Asset {
    /// The number in the system as it stands in addresses.
    pub fn number(&self) -> Option<String> {
        self.reference.map(|number| CasePartId::from_i64(number).to_string())
    }
}

/// Something to be named as touched.
#[derive(Clone)]
pub struct NewAsset {
    /// What it is.
    pub kind: AssetKind,
    /// What people call it.
    pub name: String,
    /// Its number of 13 characters, where it is something of this system.
    pub number: String,
    /// Whether it was taken over.
    pub compromise: Compromise,
}

/// Names something as touched.
///
/// # Errors
/// [`Error::Invalid`] for a name that says nothing or a number that is none.
pub async fn add(app: &App, tx: &mut Tx, ctx: &Ctx, id: IncidentId, new: NewAsset) -> Result<CasePartId> {
    members::writable(tx, ctx, id).await?.open()?;
    let name = sealing::text("name", &new.name)?;
    let reference = number(&new.number)?;
    let asset = CasePartId::from_i64(ctx.new_id());
    let sealed = sealing::seal(app, ctx, FieldId::CASE_ASSET, asset.as_i64(), &name)?;
    store_parts::add_asset(tx, ctx, id, asset, (new.kind, reference, new.compromise), sealed).await?;
    let detail = json!({ "kind": new.kind.as_str(), "reference": reference, "compromise": new.compromise.as_str() });
    let entry = Entry::new(Operation::Change, "incidents.add_asset").detail(detail);
    timeline::act(app, tx, ctx, id, Category::Discovery, entry).await?;
    Ok(asset)
}

fn number(typed: &str) -> Result<Option<i64>> {
    match typed.trim() {
        "" => Ok(None),
        text => {
            let parsed: std::result::Result<CasePartId, _> = text.parse();
            parsed.map(|id| Some(id.as_i64())).map_err(|_| Error::invalid("number", "A number has 13 characters."))
        }
    }
}

/// Names something of this system, unless the case names it already.
pub(super) async fn add_once(app: &App, tx: &mut Tx, ctx: &Ctx, id: IncidentId, new: NewAsset) -> Result<()> {
    let reference = number(&new.number)?;
    let named = store_parts::assets(tx, id).await?;
    if named.iter().any(|(asset, _)| asset.kind == new.kind && asset.reference == reference) {
        return Ok(());
    }
    add(app, tx, ctx, id, new).await.map(drop)
}

/// Says whether something was taken over.
///
/// # Errors
/// [`Error::NotFound`] for what is not in this case.
pub async fn judge(
    app: &App,
    tx: &mut Tx,
    ctx: &Ctx,
    id: IncidentId,
    asset: CasePartId,
    compromise: Compromise,
) -> Result<()> {
    members::writable(tx, ctx, id).await?.open()?;
    if !store_parts::judge_asset(tx, id, asset, compromise).await? {
        return Err(Error::NotFound("asset"));
    }
    let detail = json!({ "asset": asset, "compromise": compromise.as_str() });
    let entry = Entry::new(Operation::Change, "incidents.judge_asset").detail(detail);
    timeline::act(app, tx, ctx, id, Category::Discovery, entry).await
}

/// What a case touches, in the order that it was named.
pub async fn assets(app: &App, tx: &mut Tx, ctx: &Ctx, id: IncidentId) -> Result<Vec<Asset>> {
    ctx.authorise(Action::IncidentsRead)?;
    members::readable(tx, ctx, id).await?;
    let rows = store_parts::assets(tx, id).await?;
    rows.into_iter()
        .map(|(asset, sealed)| {
            let name = sealing::open(app, ctx.workspace, FieldId::CASE_ASSET, asset.id.as_i64(), &sealed)?;
            Ok(Asset { name, ..asset })
        })
        .collect()
}
