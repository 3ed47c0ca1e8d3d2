//! Everybody's own key: a fresh random one of the next generation, and all that is sealed for them sealed anew.
//!
//! Promise: a person's key row, fields and events change in one transaction or not at all; what a person's salted
//! commitments in the record say stays as it is. Reading and sealing are done beside all writing; in the transaction
//! everything is looked at once more, and who changed meanwhile is sealed from what stands there then. An order
//! remembers how far it is in the same transaction, so nobody is forgotten and nobody is done twice.
//! Limit: it concerns who had a number when it was ordered; newer people have keys that were made after it. Whose data
//! does not open (moved, changed) is left as it is and counted. Somebody with very many events is one transaction.

use super::follow::cell_place;
use crate::{Engine, Lost, PersonFields, Row, Store, StoreError, Tx, args, bulk, statement};
use std::collections::HashMap;
use waxwing_crypto::{KeyRing, Place, SubjectKey, TableId, reseal_under_subject};
use waxwing_domain::{FieldId, Micros, Rng, SubjectNo, WorkspaceId};

statement! { ORDER,
"INSERT INTO key_reseals (workspace_id, id, asked_at, upto, next, people, done, damaged)
 SELECT $1, $2, $3, w.next_subject, 0,
   (SELECT COUNT(*) FROM subscribers s WHERE s.workspace_id = $1 AND s.subject < w.next_subject), 0, 0
 FROM workspaces w WHERE w.id = $1" }
statement! { OLDEST_OPEN,
"SELECT id, asked_at, upto, next, people, done, damaged, ended_at FROM key_reseals
 WHERE workspace_id = $1 AND ended_at IS NULL ORDER BY id LIMIT 1" }
statement! { NEWEST,
"SELECT id, asked_at, upto, next, people, done, damaged, ended_at FROM key_reseals
 WHERE workspace_id = $1 ORDER BY id DESC LIMIT 1" }
statement! { MOVE,
"UPDATE key_reseals SET next = $3, done = done + $4, damaged = damaged + $5
 WHERE workspace_id = $1 AND id = $2 AND next = $6 AND ended_at IS NULL" }
statement! { END, "UPDATE key_reseals SET ended_at = $3 WHERE workspace_id = $1 AND id = $2 AND ended_at IS NULL" }
statement! { PEOPLE,
"SELECT s.subject, s.generation, s.sealed, k.wrapped, s.plain, s.email_tag, s.suppress_tag, s.domain_hash,
   s.created_at, s.updated_at
 FROM subscribers s JOIN subject_keys k ON k.workspace_id = s.workspace_id AND k.subject = s.subject
 WHERE s.workspace_id = $1 AND s.subject >= $2 AND s.subject < $3 ORDER BY s.subject LIMIT $4" }
// Whoever deletes a person takes their key first, and so does a rotation of epochs: both wait for us here.
statement! { PEOPLE_LOCKED,
sqlite: "SELECT s.subject, s.generation, s.sealed, k.wrapped, s.plain, s.email_tag, s.suppress_tag, s.domain_hash,
   s.created_at, s.updated_at
 FROM subscribers s JOIN subject_keys k ON k.workspace_id = s.workspace_id AND k.subject = s.subject
 WHERE s.workspace_id = $1 AND s.subject IN [$2] ORDER BY s.subject",
postgres: "SELECT s.subject, s.generation, s.sealed, k.wrapped, s.plain, s.email_tag, s.suppress_tag, s.domain_hash,
   s.created_at, s.updated_at
 FROM subscribers s JOIN subject_keys k ON k.workspace_id = s.workspace_id AND k.subject = s.subject
 WHERE s.workspace_id = $1 AND s.subject IN [$2] ORDER BY s.subject FOR UPDATE OF k" }
statement! { CELLS,
"SELECT id, subject, sealed FROM events WHERE workspace_id = $1 AND subject IN [$2] AND sealed IS NOT NULL
 ORDER BY subject, id LIMIT $3" }
statement! { SET_CELLS,
// Values first and kept, rows by their key: left to itself, SQLite reads all events for each value.
sqlite: "WITH v (id, sealed) AS MATERIALIZED
   (SELECT json_extract(value, '$[0]'), unhex(json_extract(value, '$[1]')) FROM json_each($2))
 UPDATE events SET sealed = v.sealed FROM v
 WHERE events.workspace_id = $1 AND events.id IN (SELECT id FROM v) AND events.id = v.id",
postgres: "UPDATE events AS e SET sealed = v.sealed FROM UNNEST($2::bigint[], $3::bytea[]) AS v (id, sealed)
 WHERE e.workspace_id = $1 AND e.id = v.id" }
bulk! { SET_PEOPLE, into "subscribers" (subject: Int, generation: Int, sealed: Blob, plain: Text, email_tag: Blob,
suppress_tag: Blob, domain_hash: Int, created_at: Int, updated_at: Int),
"ON CONFLICT (workspace_id, subject) DO UPDATE SET generation = excluded.generation, sealed = excluded.sealed" }
bulk! { SET_KEYS, into "subject_keys" (subject: Int, generation: Int, epoch: Int, wrapped: Blob),
"ON CONFLICT (workspace_id, subject) DO UPDATE SET generation = excluded.generation, epoch = excluded.epoch,
 wrapped = excluded.wrapped" }

/// People a transaction.
const BATCH: i64 = 256;
/// Values in events a transaction, unless one person has more.
const CELLS_AT_MOST: i64 = 10_000;

/// An order to give everybody a new key, and how far it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PeopleOrder {
    /// Its id.
    pub id: i64,
    /// When it was given: keys that may be known since before are replaced.
    pub asked_at: Micros,
    /// How many people it concerned.
    pub people: i64,
    /// How many have a new key.
    pub done: i64,
    /// Whose data does not open, and who keep their key.
    pub damaged: i64,
    /// When the last was done.
    pub ended_at: Option<Micros>,
    upto: i64,
    next: i64,
}

impl PeopleOrder {
    /// How many people still wait.
    pub const fn left(&self) -> i64 {
        let left = self.people - self.done - self.damaged;
        // Who was erased meanwhile waits no more.
        if self.ended_at.is_some() || left < 0 { 0 } else { left }
    }
}

/// What one turn did.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct PeopleTurn {
    /// People with a new key.
    pub done: i64,
    /// People whose data does not open.
    pub damaged: i64,
}

/// Some people, sealed anew and not yet written.
pub struct PeopleBatch {
    order: PeopleOrder,
    next: i64,
    epoch: u32,
    people: Vec<Prepared>,
}

/// A person as read, and what was made of it; nothing where it does not open.
struct Prepared {
    read: Stored,
    renewed: Option<Renewed>,
}

/// A person's row, key and sealed events.
#[derive(Clone, PartialEq)]
struct Stored {
    subject: SubjectNo,
    generation: u32,
    sealed: Vec<u8>,
    wrapped: Vec<u8>,
    rest: Rest,
    cells: Vec<(i64, Vec<u8>)>,
}

/// What of a row stays as it is.
#[derive(Clone, PartialEq)]
struct Rest {
    plain: String,
    email_tag: Vec<u8>,
    suppress_tag: Vec<u8>,
    domain_hash: i64,
    created_at: i64,
    updated_at: i64,
}

struct Renewed {
    generation: u32,
    sealed: Vec<u8>,
    wrapped: Vec<u8>,
    cells: Vec<(i64, Vec<u8>)>,
}

fn order(r: &Row<'_>) -> Result<PeopleOrder, StoreError> {
    let (id, asked_at, upto, next) = (r.int(0)?, r.time(1)?, r.int(2)?, r.int(3)?);
    let (people, done, damaged, ended_at) = (r.int(4)?, r.int(5)?, r.int(6)?, r.opt_time(7)?);
    Ok(PeopleOrder { id, asked_at, people, done, damaged, ended_at, upto, next })
}

fn stored(r: &Row<'_>) -> Result<Stored, StoreError> {
    let generation = u32::try_from(r.int(1)?).map_err(|_| StoreError::Damaged("a generation out of range".into()))?;
    let rest = Rest {
        plain: r.text(4)?,
        email_tag: r.blob(5)?,
        suppress_tag: r.blob(6)?,
        domain_hash: r.int(7)?,
        created_at: r.int(8)?,
        updated_at: r.int(9)?,
    };
    let (subject, sealed, wrapped) = (r.subject(0)?, r.blob(2)?, r.blob(3)?);
    Ok(Stored { subject, generation, sealed, wrapped, rest, cells: Vec::new() })
}

impl Tx {
    /// Orders a new key for everybody who has a number now.
    pub async fn order_new_keys(&mut self, id: i64, now: Micros) -> Result<(), StoreError> {
        self.exec(&ORDER, args![id, now]).await.map(drop)
    }

    /// The oldest order that has not ended.
    pub async fn open_people_order(&mut self) -> Result<Option<PeopleOrder>, StoreError> {
        self.optional(&OLDEST_OPEN, args![], order).await
    }

    /// The newest order.
    pub async fn newest_people_order(&mut self) -> Result<Option<PeopleOrder>, StoreError> {
        self.optional(&NEWEST, args![], order).await
    }

    /// Notes that an order is done.
    pub async fn end_people_order(&mut self, id: i64, now: Micros) -> Result<(), StoreError> {
        self.exec(&END, args![id, now]).await.map(drop)
    }
}

impl Store {
    /// Reads the next people of an order and seals what is theirs under new keys, beside all writing; `None` when all
    /// were looked at.
    pub async fn prepare_people(
        &self,
        workspace: WorkspaceId,
        order: PeopleOrder,
    ) -> Result<Option<PeopleBatch>, StoreError> {
        let mut tx = self.read(workspace, "reseal.people").await?;
        let mut people = tx.all(&PEOPLE, args![order.next, order.upto, BATCH], stored).await?;
        if people.is_empty() {
            return Ok(None);
        }
        attach_cells(&mut tx, &mut people).await?;
        drop(tx);
        let next = people.last().map_or(order.upto, |person| person.subject.as_i64() + 1);
        let (ring, rng) = (self.keys().ring(), self.rng().clone());
        let epoch = ring.current_epoch().get();
        let sealing = move || people.into_iter().map(|read| prepare(&ring, workspace, read, &*rng)).collect();
        let people = tokio::task::spawn_blocking(sealing).await;
        let people = people.unwrap_or_else(|broken| std::panic::resume_unwind(broken.into_panic()));
        Ok(Some(PeopleBatch { order, next, epoch, people }))
    }
}

/// Adds what is sealed in events; where that is much, fewer people are taken.
async fn attach_cells(tx: &mut Tx, people: &mut Vec<Stored>) -> Result<(), StoreError> {
    let mut cells = cells(tx, people, CELLS_AT_MOST + 1).await?;
    if cells.len() as i64 > CELLS_AT_MOST {
        // Whose values were cut off in the middle is left for the next turn, unless it is the first.
        let cut = cells.last().map(|(subject, _)| *subject);
        let whole = people.iter().take_while(|person| Some(person.subject) != cut).count();
        people.truncate(whole.max(1));
        if whole == 0 {
            cells = self::cells(tx, people, i64::MAX).await?;
        }
    }
    attach(people, cells);
    Ok(())
}

type Cell = (SubjectNo, (i64, Vec<u8>));

async fn cells(tx: &mut Tx, people: &[Stored], limit: i64) -> Result<Vec<Cell>, StoreError> {
    let numbers: Vec<i64> = people.iter().map(|person| person.subject.as_i64()).collect();
    tx.all(&CELLS, args![numbers, limit], |r| Ok((r.subject(1)?, (r.int(0)?, r.blob(2)?)))).await
}

fn attach(people: &mut [Stored], cells: Vec<Cell>) {
    for (subject, cell) in cells {
        if let Ok(at) = people.binary_search_by_key(&subject, |person| person.subject) {
            people[at].cells.push(cell);
        }
    }
}

impl PeopleBatch {
    /// Writes it in `tx`, and how far the order is. The caller fences its lease there.
    ///
    /// # Errors
    /// [`StoreError::KeysMoved`] when an epoch began since it was prepared, [`Lost`] when another worker was faster:
    /// prepare again.
    pub async fn write(self, store: &Store, tx: &mut Tx) -> Result<PeopleTurn, StoreError> {
        // Locks the workspace's row, so that no epoch begins, and none is destroyed, before this commits.
        let allocation = store.allocate_subjects(tx, 0).await?;
        if allocation.epoch() != self.epoch {
            return Err(StoreError::KeysMoved("keys.reseal: a new epoch of keys"));
        }
        tx.alone_with_people().await?;
        let now = self.as_it_stands(tx).await?;
        let mut before: HashMap<SubjectNo, Prepared> = self.people.into_iter().map(|p| (p.read.subject, p)).collect();
        let (mut renewed, mut damaged) = (Vec::with_capacity(now.len()), 0);
        for person in now {
            let known = before.remove(&person.subject).filter(|prepared| prepared.read == person);
            let again = || prepare(&allocation.ring, tx.workspace(), person.clone(), &**store.rng());
            match known.unwrap_or_else(again).renewed {
                Some(made) => renewed.push((person, made)),
                None => damaged += 1,
            }
        }
        let done = write(tx, self.epoch, renewed).await?;
        let moved = args![self.order.id, self.next, done, damaged, self.order.next];
        if tx.exec(&MOVE, moved).await? == 0 {
            return Err(Lost("keys.reseal: another worker").into());
        }
        Ok(PeopleTurn { done, damaged })
    }

    /// The same people as they stand now, locked; who was deleted is missing.
    async fn as_it_stands(&self, tx: &mut Tx) -> Result<Vec<Stored>, StoreError> {
        let numbers: Vec<i64> = self.people.iter().map(|person| person.read.subject.as_i64()).collect();
        let mut now = tx.all(&PEOPLE_LOCKED, args![numbers], stored).await?;
        let cells = cells(tx, &now, i64::MAX).await?;
        attach(&mut now, cells);
        Ok(now)
    }
}

async fn write(tx: &mut Tx, epoch: u32, renewed: Vec<(Stored, Renewed)>) -> Result<i64, StoreError> {
    let (mut people, mut keys, mut cells) = (Vec::new(), Vec::new(), Vec::new());
    for (Stored { subject, rest, .. }, made) in renewed {
        let Rest { plain, email_tag, suppress_tag, domain_hash, created_at, updated_at } = rest;
        keys.push(args![subject, made.generation, epoch, made.wrapped]);
        people.push(args![
            subject,
            made.generation,
            made.sealed,
            plain,
            email_tag,
            suppress_tag,
            domain_hash,
            created_at,
            updated_at
        ]);
        cells.extend(made.cells);
    }
    let done = keys.len() as i64;
    tx.bulk(&SET_KEYS, keys).await?;
    tx.bulk(&SET_PEOPLE, people).await?;
    if !cells.is_empty() {
        let args = match tx.engine() {
            Engine::Sqlite => {
                let rows = cells.iter().map(|(id, sealed)| serde_json::json!([id, hex::encode(sealed)]));
                args![serde_json::Value::from(rows.collect::<Vec<_>>()).to_string()]
            }
            Engine::Postgres => {
                let (ids, sealed): (Vec<i64>, Vec<Vec<u8>>) = cells.into_iter().unzip();
                args![ids, sealed]
            }
        };
        tx.exec(&SET_CELLS, args).await?;
    }
    Ok(done)
}

fn prepare(ring: &KeyRing, workspace: WorkspaceId, read: Stored, rng: &dyn Rng) -> Prepared {
    let renewed = renew(ring, workspace, &read, rng);
    let renewed = renewed
        .inspect_err(|error| tracing::error!(%error, subject = %read.subject, "somebody's data does not open"))
        .ok();
    Prepared { read, renewed }
}

fn renew(ring: &KeyRing, workspace: WorkspaceId, read: &Stored, rng: &dyn Rng) -> Result<Renewed, StoreError> {
    let Stored { subject, generation, .. } = *read;
    let damaged = |what: String| StoreError::Damaged(what);
    let next = generation.checked_add(1).ok_or_else(|| damaged("the last generation of keys".into()))?;
    let old = ring.unwrap_subject_key(workspace, subject, generation, &read.wrapped);
    let old = old.map_err(|e| damaged(e.to_string()))?;
    let new = SubjectKey::random(rng);
    let mut fields = PersonFields::default();
    for (field, sealed) in PersonFields::parse(&read.sealed)?.iter() {
        let place = |generation| person_place(workspace, subject, generation, field);
        let again = reseal_under_subject((&old, &place(generation)), (&new, &place(next)), sealed, rng);
        fields.set(field, again.map_err(|e| damaged(e.to_string()))?);
    }
    let cells = read.cells.iter().filter_map(|(id, sealed)| {
        let place = |generation| cell_place(workspace, subject, generation, *id);
        let again = reseal_under_subject((&old, &place(generation)), (&new, &place(next)), sealed, rng);
        // It does not open today either: one answer of a mail server keeps nobody from a new key.
        let again = again.inspect_err(|error| tracing::error!(%error, event = id, "a value of an event does not open"));
        again.ok().map(|sealed| (*id, sealed))
    });
    let cells = cells.collect();
    let wrapped = ring.wrap_subject_key(workspace, subject, next, &new, rng);
    Ok(Renewed { generation: next, sealed: fields.to_bytes(), wrapped, cells })
}

const fn person_place(workspace: WorkspaceId, subject: SubjectNo, generation: u32, field: FieldId) -> Place {
    Place { workspace, table: TableId::SUBSCRIBERS, field, row: subject.as_i64(), subject, generation }
}
