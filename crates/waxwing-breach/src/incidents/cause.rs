//! The root cause, with what the system itself knows of its controls.
//!
//! Promise: the controls are read from the database in the moment that the cause is stated, and frozen. Limit: they
//! are those of that moment, not of the attack; whether a password stood on a blocklist is not known, for only a hash of it is.

use super::words::{AssetKind, Category, CauseKind};
use super::{assets, members, sealing, store, timeline};
use serde::{Deserialize, Serialize};
use serde_json::json;
use waxwing_app::{App, Result, accounts};
use waxwing_domain::{AccountId, Ctx, FieldId, IncidentId, Micros, Operation};
use waxwing_store::{Entry, StoreError, Tx};

/// What the system knew of its controls when the cause was stated.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Controls {
    /// When that was.
    pub at: Micros,
    /// The version that ran.
    pub version: String,
    /// People who sign in and are named as touched.
    pub people: Vec<PersonControls>,
}

/// What guarded one account.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct PersonControls {
    /// Which.
    pub account: AccountId,
    /// Whether codes of a second factor were asked for.
    pub second_factor: bool,
    /// Whether the account could still sign in.
    pub active: bool,
}

/// The cause of a case.
#[derive(Clone)]
pub struct Cause {
    /// What kind.
    pub kind: CauseKind,
    /// How it came about, in words.
    pub text: String,
    /// What the system knew then.
    pub controls: Controls,
}

/// States how it came about; a later statement replaces an earlier one, and both are on the record.
///
/// # Errors
/// [`waxwing_app::Error::Invalid`] for a text that says nothing.
pub async fn state(app: &App, tx: &mut Tx, ctx: &Ctx, id: IncidentId, kind: CauseKind, text: &str) -> Result<()> {
    members::writable(tx, ctx, id).await?.open()?;
    let text = sealing::text("cause_text", text)?;
    let sealed = sealing::seal(app, ctx, FieldId::CASE_CAUSE, id.as_i64(), &text)?;
    let controls = controls(app, tx, ctx, id).await?;
    let frozen = serde_json::to_string(&controls).map_err(|_| StoreError::Damaged("controls".into()))?;
    store::cause(tx, id, kind, sealed, frozen).await?;
    let entry = Entry::new(Operation::Change, "incidents.cause").detail(json!({ "cause": kind.as_str() }));
    timeline::act(app, tx, ctx, id, Category::Decision, entry).await
}

async fn controls(app: &App, tx: &mut Tx, ctx: &Ctx, id: IncidentId) -> Result<Controls> {
    let touched: Vec<i64> = assets::assets(app, tx, ctx, id)
        .await?
        .into_iter()
        .filter(|asset| asset.kind == AssetKind::Person)
        .filter_map(|asset| asset.reference)
        .collect();
    let everybody = accounts::colleagues(tx).await?;
    let people = everybody.iter().filter(|account| touched.contains(&account.id.as_i64()));
    let people = people.map(|account| PersonControls {
        account: account.id,
        second_factor: account.has_second_factor(),
        active: account.state == accounts::State::Active,
    });
    Ok(Controls { at: ctx.now(), version: env!("CARGO_PKG_VERSION").into(), people: people.collect() })
}

/// The stated cause of a case, for somebody who is in it.
pub async fn cause(app: &App, tx: &mut Tx, ctx: &Ctx, id: IncidentId) -> Result<Option<Cause>> {
    let case = super::by_id(tx, ctx, id).await?;
    let (Some(kind), Some(sealed), Some(controls)) = (case.cause, &case.cause_text, &case.controls) else {
        return Ok(None);
    };
    let text = sealing::open(app, ctx.workspace, FieldId::CASE_CAUSE, id.as_i64(), sealed)?;
    let controls = serde_json::from_str(controls).map_err(|_| StoreError::Damaged("controls of a case".into()))?;
    Ok(Some(Cause { kind, text, controls }))
}
