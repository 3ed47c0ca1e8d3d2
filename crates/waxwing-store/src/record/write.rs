//! Writing entries into the transaction of what they are about.

use super::leaf;
use crate::{Entry, EntryId, KeyStoreError, Store, StoreError, Tx, args, bulk};
use serde_json::json;
use std::sync::Arc;
use waxwing_crypto::tlog::MAX_ENTRY;
use waxwing_crypto::{KeyRing, Month, Place, RingError, TableId, merkle};
use waxwing_domain::{Ctx, FieldId, Micros, Rng, SubjectNo, WorkspaceId};

bulk! { PENDING, into "record_pending" (id: Int, leaf: Blob), "" }
bulk! { BODIES, into "record_bodies" (entry_id: Int, salt: Blob, sealed: Blob), "" }
bulk! { ADDRESSES, into "record_addresses" (entry_id: Int, month: Int, tag: Blob, sealed: Blob), "" }
bulk! { SUBJECTS, into "record_subjects" (entry_id: Int, part: Int, bitmap: Blob), "" }

/// An entry with everything computed that needs no transaction.
pub(crate) struct Prepared {
    pub(super) id: EntryId,
    pub(super) workspace: WorkspaceId,
    leaf: Vec<u8>,
    bitmaps: Vec<Vec<u8>>,
    body: Option<([u8; 32], Vec<u8>)>,
    address: Option<(i64, Vec<u8>, Vec<u8>)>,
}

impl Prepared {
    pub(crate) fn new(store: &Store, ctx: &Ctx, entry: &Entry) -> Result<Self, StoreError> {
        let id = EntryId(ctx.new_id());
        let at = ctx.now();
        let bitmaps = entry.parts.iter().map(serialise).collect::<Result<Vec<_>, _>>()?;
        let (body, commitment) = seal_body(store, ctx, entry, id)?;
        let leaf = leaf::encode(entry, &bitmaps, commitment, (id, at), ctx);
        if leaf.len() > MAX_ENTRY {
            return Err(StoreError::Damaged("an entry too long for the record".into()));
        }
        let address = seal_address(store, ctx, id, at)?;
        Ok(Self { id, workspace: ctx.workspace, leaf, bitmaps, body, address })
    }

    /// Writes entries of one workspace, in as few statements as the engine allows.
    pub(super) async fn insert_all(entries: Vec<Self>, tx: &mut Tx) -> Result<(), StoreError> {
        let mut pending = Vec::with_capacity(entries.len());
        let (mut people, mut bodies, mut addresses) = (Vec::new(), Vec::new(), Vec::new());
        for entry in entries {
            let id = entry.id.0;
            pending.push(args![id, entry.leaf]);
            let bitmaps = entry.bitmaps.into_iter().enumerate();
            people.extend(bitmaps.map(|(part, bytes)| args![id, part as i64, bytes]));
            bodies.extend(entry.body.map(|(salt, sealed)| args![id, salt, sealed]));
            addresses.extend(entry.address.map(|(month, tag, sealed)| args![id, month, tag, sealed]));
        }
        tx.bulk(&PENDING, pending).await?;
        tx.bulk(&SUBJECTS, people).await?;
        tx.bulk(&BODIES, bodies).await?;
        tx.bulk(&ADDRESSES, addresses).await.map(drop)
    }
}

fn serialise(part: &crate::Part) -> Result<Vec<u8>, StoreError> {
    let mut bytes = Vec::with_capacity(part.subjects.serialized_size());
    part.subjects
        .serialize_into(&mut bytes)
        .map_err(|_| StoreError::Damaged("a bitmap that cannot be written".into()))?;
    Ok(bytes)
}

type Body = Option<([u8; 32], Vec<u8>)>;

fn seal_body(store: &Store, ctx: &Ctx, entry: &Entry, id: EntryId) -> Result<(Body, Option<[u8; 32]>), StoreError> {
    if entry.detail.is_null() && ctx.purpose.is_empty() {
        return Ok((None, None));
    }
    let body = json!({ "purpose": ctx.purpose, "detail": entry.detail }).to_string();
    let mut salt = [0u8; 32];
    ctx.rng.fill(&mut salt);
    let ring = store.keys().ring();
    let keys = ring.workspace(ctx.workspace).map_err(|e| StoreError::Damaged(e.to_string()))?;
    let sealed = keys.seal_secret(&body_place(ctx.workspace, id.0), body.as_bytes(), &*ctx.rng);
    Ok((Some((salt, sealed)), Some(merkle::commitment(&salt, body.as_bytes()))))
}

type Address = Option<(i64, Vec<u8>, Vec<u8>)>;

fn seal_address(store: &Store, ctx: &Ctx, id: EntryId, at: Micros) -> Result<Address, StoreError> {
    let Some(address) = ctx.address else { return Ok(None) };
    let month = Month::of(at);
    let ring = ring_with_month(store, ctx.workspace, month, &*ctx.rng)?;
    let damaged = |e: RingError| StoreError::Damaged(e.to_string());
    let keys = ring.workspace(ctx.workspace).map_err(damaged)?;
    let place = Place { field: FieldId::NETWORK_ADDRESS, ..body_place(ctx.workspace, id.0) };
    let tag = keys.address_tag(month, address).map_err(damaged)?;
    let sealed = keys.seal_address(month, &place, address.to_string().as_bytes(), &*ctx.rng).map_err(damaged)?;
    Ok(Some((i64::from(month.get()), tag.to_vec(), sealed)))
}

/// The keys, with this month's key for network addresses among them.
fn ring_with_month(
    store: &Store,
    workspace: WorkspaceId,
    month: Month,
    rng: &dyn Rng,
) -> Result<Arc<KeyRing>, StoreError> {
    let refused = |e: RingError| KeyStoreError::Refused(e.to_string());
    let ring = store.keys().ring();
    if ring.workspace(workspace).map_err(refused)?.months().any(|known| known == month) {
        return Ok(ring);
    }
    store.keys().change(|ring| ring.ensure_month(workspace, month, rng).map_err(refused))?;
    Ok(store.keys().ring())
}

/// Where the sealed body of an entry lives.
pub(super) fn body_place(workspace: WorkspaceId, entry: i64) -> Place {
    Place {
        workspace,
        table: TableId::RECORD,
        field: FieldId::RECORD_BODY,
        row: entry,
        subject: SubjectNo::new(0),
        generation: 0,
    }
}

impl Tx {
    /// Appends an entry; it exists if and only if this transaction commits.
    pub async fn record(&mut self, store: &Store, ctx: &Ctx, entry: Entry) -> Result<EntryId, StoreError> {
        store.reads().count(1);
        let prepared = Prepared::new(store, ctx, &entry)?;
        let id = prepared.id;
        Prepared::insert_all(vec![prepared], self).await?;
        Ok(id)
    }
}

crate::sealed! { "record_bodies"."sealed" by "entry_id", under Secrets,
at |cell| body_place(cell.workspace, cell.key) }
