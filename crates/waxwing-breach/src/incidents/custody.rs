//! Who had the evidence of a case in hands: when it was acquired, looked at again and taken out, each with its hash.
//!
//! Promise: a row is never changed, and its entry in the access record holds the same hash, so that a row that was is
//! noticed. Limit: what happens to a file after it was taken out is for people to note on the timeline.

use super::{members, store_custody, words::words};
use serde_json::{Value, json};
use waxwing_app::{App, Result};
use waxwing_domain::{Action, Actor, Ctx, IncidentId, Micros, Operation};
use waxwing_store::{Entry, EntryId, Tx};

words! {
    /// What was done with evidence.
    CustodyAct {
        /// It came into being here.
        Acquired = "acquired", "Acquired";
        /// It was opened and its hash compared.
        Viewed = "viewed", "Looked at, and its hash compared";
        /// It was taken out.
        Exported = "exported", "Taken out";
    }
}

/// A link of the chain.
#[derive(Clone, Debug)]
pub struct Custody {
    /// Counts from 1.
    pub number: i64,
    /// What was done.
    pub act: CustodyAct,
    /// With what: `radius:…`, `archive`, `files`.
    pub what: String,
    /// Its SHA-256.
    pub hash: Option<Vec<u8>>,
    /// When.
    pub at: Micros,
    /// By whom: kind and principal.
    pub by: Actor,
    /// The entry of the access record.
    pub entry: i64,
    /// The place of that entry in the log, once it has one.
    pub index: Option<i64>,
}

impl Custody {
    /// The hash in hexadecimal; empty where there is none.
    pub fn hash_text(&self) -> String {
        self.hash.as_deref().map(hex::encode).unwrap_or_default()
    }
    /// As the evidence has it.
    pub(super) fn view(&self) -> Value {
        let (kind, principal, _) = self.by.to_columns();
        json!({
            "number": self.number, "act": self.act.as_str(), "what": self.what, "sha256": self.hash_text(), "at": self.at,
            "by": { "kind": kind, "number": principal }, "entry": self.index,
        })
    }
}

/// Adds a link, on the record with the same hash.
pub(super) async fn add(
    app: &App,
    tx: &mut Tx,
    ctx: &Ctx,
    id: IncidentId,
    act: CustodyAct,
    (what, hash): (&str, &[u8]),
) -> Result<EntryId> {
    let number = store_custody::last(tx, id).await? + 1;
    let detail = json!({ "number": number, "act": act.as_str(), "what": what, "sha256": hex::encode(hash) });
    let entry = Entry::new(Operation::Create, "incidents.custody").on("incident", id.as_i64()).detail(detail);
    let entry = tx.record(app.store(), ctx, entry).await?;
    store_custody::insert(tx, ctx, id, (number, act), (what, hash), entry).await?;
    Ok(entry)
}

/// The whole chain, the first link first.
pub async fn custody(tx: &mut Tx, ctx: &Ctx, id: IncidentId) -> Result<Vec<Custody>> {
    ctx.authorise(Action::IncidentsRead)?;
    members::readable(tx, ctx, id).await?;
    Ok(store_custody::all(tx, id).await?)
}
