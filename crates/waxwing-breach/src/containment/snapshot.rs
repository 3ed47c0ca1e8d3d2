//! How the system was set at a containment: the record's signed head, versions, configuration without secrets.
//!
//! Promise: taken once, by the first step, and never changed; its SHA-256 stands in the record, so that a
//! snapshot that is shown later can be held against it. Limit: what was changed between the confirmation and
//! the first step, within about a second, stands in it as it is then; nothing but incident work runs there.

use super::{Containment, store_snapshot as store};
use serde_json::{Value, json};
use waxwing_app::accounts::{self, approvals};
use waxwing_app::{App, Error, Result, domains, relays, settings, webhooks};
use waxwing_crypto::sha256;
use waxwing_domain::{Action, ContainmentId, Ctx, Micros, Operation};
use waxwing_store::{Entry, Tx, record_checkpoint, schema_version};

/// What was set when something was contained.
#[derive(Clone, Debug)]
pub struct Snapshot {
    /// When it was taken.
    pub taken_at: Micros,
    /// SHA-256 of [`Snapshot::body`].
    pub hash: [u8; 32],
    /// JSON; nothing secret, nobody's name.
    pub body: String,
}

impl Snapshot {
    /// The hash in hexadecimal, as it stands in the record.
    pub fn hash_hex(&self) -> String {
        hex::encode(self.hash)
    }
}

/// The snapshot of a containment.
///
/// # Errors
/// [`Error::NotFound`] for no containment, and until the first step is done.
pub async fn snapshot(tx: &mut Tx, ctx: &Ctx, id: ContainmentId) -> Result<Snapshot> {
    ctx.authorise(Action::RecordRead)?;
    store::by_id(tx, id).await?.ok_or(Error::NotFound("snapshot"))
}

/// The same for the evidence of a case, which has asked who may; nothing until the first step is done.
pub(crate) async fn kept(tx: &mut Tx, id: ContainmentId) -> Result<Option<Snapshot>> {
    Ok(store::by_id(tx, id).await?)
}

/// Takes it, as the step of a containment. A second run finds it taken.
pub(super) async fn take(app: &App, tx: &mut Tx, ctx: &Ctx, of: &Containment) -> Result<()> {
    let body = format!("{:#}\n", body(tx, ctx, of).await?);
    let new = Snapshot { taken_at: ctx.now(), hash: sha256(&[body.as_bytes()]), body };
    if store::insert(tx, of.id, &new).await? {
        let entry = Entry::new(Operation::Operate, "containment.snapshot").on("containment", of.id.as_i64());
        tx.record(app.store(), ctx, entry.detail(json!({ "sha256": new.hash_hex() }))).await?;
    }
    Ok(())
}

async fn body(tx: &mut Tx, ctx: &Ctx, of: &Containment) -> Result<Value> {
    let mut whole = json!({
        "containment": of.id,
        "scope": of.scope.to_text(),
        "contained_at": of.at,
        "taken_at": ctx.now(),
    });
    if let (Value::Object(whole), Value::Object(state)) = (&mut whole, state(tx, ctx).await?) {
        whole.extend(state);
    }
    Ok(whole)
}

/// How the system stands: the gate, the record's signed head, the configuration.
pub(crate) async fn state(tx: &mut Tx, ctx: &Ctx) -> Result<Value> {
    let head = record_checkpoint(tx).await?;
    let gate = tx.gate().await?;
    Ok(json!({
        "gate": { "epoch": gate.epoch, "level": gate.level.as_str(), "lowest": gate.lowest },
        "record": head.map(|head| json!({
            "size": head.checkpoint.size, "signed_at": head.signed_at, "checkpoint": head.note.to_text(),
        })),
        "configuration": configuration(tx, ctx).await?,
    }))
}

/// How the system is set, without anything secret and without anybody's name; the tables are those that each feature
/// names with [`kept!`](waxwing_app::kept): roles and grants, keys, rules, forms, holds, the queue and more.
pub async fn configuration(tx: &mut Tx, ctx: &Ctx) -> Result<Value> {
    let set = settings::saved(tx).await?;
    let policy = approvals::policy(tx).await?;
    let mut people: Vec<_> = accounts::colleagues(tx).await?;
    people.sort_by_key(|account| account.id);
    let relays = relays::all(tx, ctx).await?;
    let domains = domains::all(tx, ctx).await?;
    let webhooks = webhooks::all(tx, ctx).await?;
    Ok(json!({
        "version": env!("CARGO_PKG_VERSION"),
        "schema": schema_version(),
        "organisation": set.organisation,
        "default_zone": set.default_zone,
        "limits": { "workspace": set.limits.workspace, "domain": set.limits.domain,
            "recipient_domain": set.limits.recipient_domain },
        "approvals": policy,
        "accounts": people.iter().map(|one| json!({
            "number": one.id, "second_factor": one.has_second_factor(), "since": one.created_at,
        })).collect::<Value>(),
        "relays": relays.iter().map(|one| json!({
            "number": one.id, "name": one.name, "address": one.address, "enabled": one.enabled,
        })).collect::<Value>(),
        "webhooks": webhooks.iter().map(|one| json!({
            "number": one.id, "name": one.name, "origin": one.origin,
        })).collect::<Value>(),
        "domains": domains.iter().map(|one| json!({
            "number": one.id, "name": one.name.as_str(), "changed_at": one.changed_at,
        })).collect::<Value>(),
        "tables": settings::kept(tx).await?,
    }))
}
