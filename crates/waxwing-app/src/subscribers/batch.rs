//! Many people at once, in steps, so that no sealing happens while the one writer waits.
//!
//! [`prepare`] (no I/O) → [`look_up`] (a read) → [`allocate`] (a short write) → [`seal`] (no I/O)
//! → [`place`] (the write). Promise: `place` notices what changed between the steps: an address
//! that somebody added meanwhile becomes a known one, a new epoch of keys or a person who was
//! deleted sends the batch back (a temporary error: do it again from `look_up`).

use super::store::{self, NewRow};
use super::{StoredPerson, change};
use crate::canaries;
use crate::fields::Field;
use crate::suppression::{self, Reason};
use crate::{App, Result};
use serde_json::{Map, Value};
use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use waxwing_crypto::IndexKind;
use waxwing_domain::{Action, Ctx, EmailAddress, FieldId, Micros, Operation, Rng, SubjectNo, WorkspaceId};
use waxwing_store::{Allocation, Entry, Lost, PersonFields, StoreError, Tx, new_person, subjects};

/// A person to be added, or changed where the address is known.
#[derive(Clone)]
pub struct NewPerson {
    /// The address.
    pub email: EmailAddress,
    /// Fields with values in the form that [`Field::parse`] gives. The address is not among them.
    pub values: Vec<(Arc<Field>, String)>,
}

/// What is known of an address of a batch.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Standing {
    /// Nobody has it.
    Unknown,
    /// This person has it.
    Known(SubjectNo),
    /// The person at this position of the batch has it.
    Same(usize),
    /// It is on the do-not-mail list and is left out.
    Suppressed(Reason),
    /// It belongs to somebody made up and is left out without a word.
    Aside,
}

/// What became of a person of a batch.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Placed {
    /// Was added.
    New(SubjectNo),
    /// Was there; the given fields were changed.
    Known(SubjectNo),
    /// Stood in the batch before; fields given later were taken over.
    Same(SubjectNo),
    /// Was there, but the stored data failed its integrity check, so nothing was changed.
    Damaged(SubjectNo),
    /// Is on the do-not-mail list and was left out.
    Suppressed(Reason),
    /// Is somebody made up and was left out; whoever asks is told the same as of somebody known.
    Aside,
}

impl Placed {
    /// The person's number; none for who was left out.
    pub const fn subject(self) -> Option<SubjectNo> {
        match self {
            Self::New(s) | Self::Known(s) | Self::Same(s) | Self::Damaged(s) => Some(s),
            Self::Suppressed(_) | Self::Aside => None,
        }
    }
}

/// A person with everything computed that needs the address in clear and no database.
pub(super) struct Draft {
    email: String,
    tags: Vec<(u16, [u8; 16])>,
    suppress: [u8; 16],
    domain_hash: i64,
    pub(super) values: Vec<(Arc<Field>, String)>,
}

impl Draft {
    /// The version and tag under which the person is added: the newest.
    fn key(&self) -> (u16, [u8; 16]) {
        self.tags.last().copied().unwrap_or_default()
    }
    fn tag(&self) -> [u8; 16] {
        self.key().1
    }
}

/// People of a batch, in the order given.
pub struct Prepared {
    workspace: WorkspaceId,
    drafts: Vec<Draft>,
    standing: Vec<Standing>,
    suppressed: HashMap<[u8; 16], Reason>,
}

impl Prepared {
    /// What is known of each, in order. Before [`look_up`] only what the batch itself tells.
    pub fn standing(&self) -> &[Standing] {
        &self.standing
    }
    /// Leaves out who is on the do-not-mail list, as an import must. Call it after [`look_up`].
    pub fn leave_out_suppressed(&mut self) {
        for (draft, standing) in self.drafts.iter().zip(&mut self.standing) {
            if let Some(&reason) = self.suppressed.get(&draft.suppress) {
                *standing = Standing::Suppressed(reason);
            }
        }
    }
    /// Leaves out made-up people who come back. Call it after [`look_up`].
    pub async fn leave_out_made_up(&mut self, app: &App, tx: &mut Tx) -> Result<()> {
        let homes = canaries::homes(tx).await?;
        let domain = |email: &str| email.rsplit_once('@').map(|(_, domain)| domain.to_owned()).unwrap_or_default();
        for at in 0..self.drafts.len() {
            let repeated = matches!(self.standing[at], Standing::Same(_));
            if homes.is_empty() || repeated || !homes.contains(&domain(&self.drafts[at].email)) {
                continue;
            }
            let email = EmailAddress::parse(&self.drafts[at].email);
            let email = email.map_err(|_| StoreError::Damaged("an address that cannot be read again".into()))?;
            if canaries::known(app, tx, &[&email]).await?.iter().any(Option::is_some) {
                self.standing[at] = Standing::Aside;
            }
        }
        Ok(())
    }
    /// How many numbers [`allocate`] takes.
    fn unknown(&self) -> usize {
        self.standing.iter().filter(|s| **s == Standing::Unknown).count()
    }
}

/// Computes the tags of a batch and finds addresses that stand in it twice. No I/O; CPU only.
pub fn prepare(app: &App, workspace: WorkspaceId, people: Vec<NewPerson>) -> Result<Prepared> {
    let ring = app.store().keys().ring();
    let keys = ring.workspace(workspace).map_err(|e| StoreError::Damaged(e.to_string()))?;
    let versions = keys.blind_index_versions(IndexKind::Email);
    let mut first: HashMap<[u8; 16], usize> = HashMap::with_capacity(people.len());
    let mut drafts: Vec<Draft> = Vec::with_capacity(people.len());
    let mut standing = Vec::with_capacity(people.len());
    for person in people {
        let draft = draft(keys, &versions, person)?;
        match first.get(&draft.tag()) {
            Some(&at) => standing.push(Standing::Same(at)),
            None => {
                first.insert(draft.tag(), drafts.len());
                standing.push(Standing::Unknown);
            }
        }
        drafts.push(draft);
    }
    Ok(Prepared { workspace, drafts, standing, suppressed: HashMap::new() })
}

fn draft(keys: &waxwing_crypto::WorkspaceKeys, versions: &[u16], person: NewPerson) -> Result<Draft> {
    let normalised = person.email.normalised_v1();
    let tag = |&version: &u16| Ok((version, keys.blind_index_at(version, IndexKind::Email, &normalised)?));
    let tags: std::result::Result<Vec<_>, waxwing_crypto::OpenError> = versions.iter().map(tag).collect();
    let mut values = person.values;
    values.retain(|(field, _)| field.id != FieldId::EMAIL);
    Ok(Draft {
        tags: tags.map_err(|e| StoreError::Damaged(e.to_string()))?,
        suppress: keys.suppression_tag(IndexKind::Email, &normalised),
        domain_hash: i64::from_be_bytes(keys.domain_hash(person.email.domain())),
        email: person.email.as_str().to_owned(),
        values,
    })
}

/// Finds who is known and who is on the do-not-mail list. Everybody is looked up in the same way.
pub async fn look_up(tx: &mut Tx, batch: &mut Prepared) -> Result<()> {
    let tags: Vec<_> = batch.drafts.iter().flat_map(|draft| draft.tags.iter().copied()).collect();
    let known = store::find(tx, &tags).await?;
    for (draft, standing) in batch.drafts.iter().zip(&mut batch.standing) {
        let hit = draft.tags.iter().rev().find_map(|key| known.get(key));
        match (*standing, hit) {
            (Standing::Same(_), _) => {}
            (_, Some(&subject)) => *standing = Standing::Known(subject),
            (_, None) => *standing = Standing::Unknown,
        }
    }
    let tags = batch.drafts.iter().map(|draft| draft.suppress.to_vec()).collect();
    batch.suppressed = suppression::among(tx, tags).await?;
    Ok(())
}

/// Takes numbers for the unknown people of a batch, in a transaction of its own.
pub async fn allocate(app: &App, batch: &Prepared) -> Result<Allocation> {
    let mut tx = app.store().begin(batch.workspace, "subscribers.allocate").await?;
    let allocation = allocate_in(app, &mut tx, batch).await?;
    tx.commit().await?;
    Ok(allocation)
}

pub(super) async fn allocate_in(app: &App, tx: &mut Tx, batch: &Prepared) -> Result<Allocation> {
    let count =
        u32::try_from(batch.unknown()).map_err(|_| crate::Error::Conflict("too many people in one batch".into()))?;
    // A few numbers more, among which made-up people stand in what programs read.
    let more = canaries::reserve(app, tx, count).await?;
    let mut allocation = app.store().allocate_subjects(tx, count + more).await?;
    let end = allocation.subjects.start + count;
    canaries::keep(tx, end..allocation.subjects.end, app.store().clock().now()).await?;
    allocation.subjects.end = end;
    Ok(allocation)
}

/// A batch that waits to be written: new people sealed, known ones with what is to change.
pub struct Sealed {
    epoch: u32,
    drafts: Vec<Draft>,
    standing: Vec<Standing>,
    rows: HashMap<usize, NewRow>,
}

impl Sealed {
    /// The addresses of made-up people that were left out.
    pub fn aside(&self) -> Vec<EmailAddress> {
        let aside = self.drafts.iter().zip(&self.standing).filter(|(_, standing)| **standing == Standing::Aside);
        aside.filter_map(|(draft, _)| EmailAddress::parse(&draft.email).ok()).collect()
    }
}

/// Seals the new people of a batch. No I/O; CPU only.
pub fn seal(app: &App, batch: Prepared, allocation: &Allocation, now: Micros) -> Sealed {
    let rng = &**app.store().rng();
    let mut numbers = allocation.subjects.clone().map(SubjectNo::new);
    let later = later_values(&batch);
    let mut rows = HashMap::with_capacity(batch.unknown());
    for (at, draft) in batch.drafts.iter().enumerate() {
        if batch.standing[at] != Standing::Unknown {
            continue;
        }
        let Some(subject) = numbers.next() else { break };
        let values = draft.values.iter().chain(later.get(&at).into_iter().flatten().copied());
        rows.insert(at, new_row(batch.workspace, subject, draft, values, allocation, rng, now));
    }
    Sealed { epoch: allocation.epoch(), drafts: batch.drafts, standing: batch.standing, rows }
}

/// Values that later rows of the batch give for the same address, by the position of the first.
fn later_values(batch: &Prepared) -> HashMap<usize, Vec<&(Arc<Field>, String)>> {
    let mut later: HashMap<usize, Vec<_>> = HashMap::new();
    for (draft, standing) in batch.drafts.iter().zip(&batch.standing) {
        if let Standing::Same(first) = standing {
            later.entry(*first).or_default().extend(&draft.values);
        }
    }
    later
}

fn new_row<'a>(
    workspace: WorkspaceId,
    subject: SubjectNo,
    draft: &Draft,
    values: impl Iterator<Item = &'a (Arc<Field>, String)>,
    allocation: &Allocation,
    rng: &dyn Rng,
    now: Micros,
) -> NewRow {
    let (key, wrapped, epoch) = new_person(workspace, subject, allocation, rng);
    let mut fields = PersonFields::default();
    fields.set(FieldId::EMAIL, key.seal(FieldId::EMAIL, &draft.email, rng));
    let mut plain = Map::new();
    for (field, value) in values {
        if field.sealed() {
            fields.set(field.id, key.seal(field.id, value, rng));
        } else {
            plain.insert(field.key.clone(), Value::from(value.as_str()));
        }
    }
    NewRow {
        subject,
        index: draft.key(),
        sealed: fields.to_bytes(),
        plain,
        email_tag: draft.tag(),
        suppress_tag: draft.suppress,
        domain_hash: draft.domain_hash,
        epoch,
        wrapped,
        now,
    }
}

/// Writes a sealed batch: adds the new, changes the known; answers in the order given.
///
/// # Errors
/// [`StoreError::KeysMoved`] when an epoch of keys began, [`Lost`] when a person went under the batch: nothing was
/// written, begin at [`look_up`].
pub async fn place(app: &App, tx: &mut Tx, ctx: &Ctx, batch: Sealed) -> Result<Vec<Placed>> {
    ctx.authorise(Action::SubscribersWrite)?;
    place_trusted(app, tx, ctx, batch).await
}

/// The same for callers who have a right of their own: a person's own sign-up.
pub(super) async fn place_trusted(app: &App, tx: &mut Tx, ctx: &Ctx, mut batch: Sealed) -> Result<Vec<Placed>> {
    // Locks the workspace's row, so that no epoch begins before this commits.
    if app.store().allocate_subjects(tx, 0).await?.epoch() != batch.epoch {
        return Err(StoreError::KeysMoved("subscribers: a new epoch of keys").into());
    }
    add_new(tx, &mut batch).await?;
    let damaged = change_known(app, tx, ctx, &batch).await?;
    let placed = outcome(&batch, &damaged);
    record(app, tx, ctx, &placed).await?;
    Ok(placed)
}

/// Inserts the new people; whose address was added by somebody else meanwhile becomes known.
async fn add_new(tx: &mut Tx, batch: &mut Sealed) -> Result<()> {
    let tags: Vec<_> = batch.rows.values().map(|row| (row.index, row.subject)).collect();
    let keys: Vec<_> = tags.iter().map(|(key, _)| *key).collect();
    if store::insert_index(tx, tags).await? != keys.len() as u64 {
        let owners = store::find(tx, &keys).await?;
        for (at, standing) in batch.standing.iter_mut().enumerate() {
            let Some(row) = batch.rows.get(&at) else { continue };
            if let Some(&owner) = owners.get(&row.index).filter(|owner| **owner != row.subject) {
                *standing = Standing::Known(owner);
                batch.rows.remove(&at);
            }
        }
    }
    let mut rows: Vec<&NewRow> = batch.rows.values().collect();
    rows.sort_unstable_by_key(|row| row.subject);
    Ok(store::insert_people(tx, &rows).await?)
}

/// Seals given values under the keys of known people; answers whose data is damaged.
async fn change_known(app: &App, tx: &mut Tx, ctx: &Ctx, batch: &Sealed) -> Result<HashSet<SubjectNo>> {
    let changes = known_changes(batch);
    let mut damaged = HashSet::new();
    if changes.is_empty() {
        return Ok(damaged);
    }
    let numbers: Vec<SubjectNo> = changes.keys().copied().collect();
    let stored = store::sealed_for_change(tx, &numbers).await?;
    if stored.len() != numbers.len() {
        return Err(StoreError::from(Lost("subscribers: a person was deleted")).into());
    }
    let mut changed = Vec::with_capacity(stored.len());
    for person in stored {
        let subject = person.subject();
        match with_values(app, ctx, person, &changes[&subject]) {
            Ok(person) => changed.push(person),
            Err(StoreError::Damaged(_)) => _ = damaged.insert(subject),
            Err(other) => return Err(other.into()),
        }
    }
    store::replace(tx, &changed, ctx.now()).await?;
    Ok(damaged)
}

fn with_values(
    app: &App,
    ctx: &Ctx,
    person: StoredPerson,
    values: &[&(Arc<Field>, String)],
) -> std::result::Result<StoredPerson, StoreError> {
    let given = values.iter().map(|(field, value)| (&**field, Some(value.as_str())));
    change::with_values(app.store(), ctx, person, given)
}

/// What is given for known people, by number, in the order given. Who is given nothing is missing.
fn known_changes(batch: &Sealed) -> HashMap<SubjectNo, Vec<&(Arc<Field>, String)>> {
    let mut changes: HashMap<SubjectNo, Vec<_>> = HashMap::new();
    for (at, draft) in batch.drafts.iter().enumerate() {
        let first = match batch.standing[at] {
            Standing::Same(first) => first,
            _ => at,
        };
        if let (Standing::Known(subject), false) = (batch.standing[first], draft.values.is_empty()) {
            changes.entry(subject).or_default().extend(&draft.values);
        }
    }
    changes
}

fn outcome(batch: &Sealed, damaged: &HashSet<SubjectNo>) -> Vec<Placed> {
    let of = |at: usize| match batch.standing[at] {
        Standing::Known(subject) if damaged.contains(&subject) => Placed::Damaged(subject),
        Standing::Known(subject) => Placed::Known(subject),
        Standing::Suppressed(reason) => Placed::Suppressed(reason),
        Standing::Aside => Placed::Aside,
        Standing::Unknown | Standing::Same(_) => Placed::New(batch.rows[&at].subject),
    };
    let answer = |(at, standing): (usize, &Standing)| match standing {
        Standing::Same(first) => match of(*first) {
            Placed::New(subject) | Placed::Known(subject) => Placed::Same(subject),
            other => other,
        },
        _ => of(at),
    };
    batch.standing.iter().enumerate().map(answer).collect()
}

async fn record(app: &App, tx: &mut Tx, ctx: &Ctx, placed: &[Placed]) -> Result<()> {
    let new = subjects(placed.iter().filter_map(|p| if let Placed::New(s) = p { Some(*s) } else { None }));
    let known = subjects(placed.iter().filter_map(|p| if let Placed::Known(s) = p { Some(*s) } else { None }));
    if !new.is_empty() {
        let entry = Entry::new(Operation::Create, "subscribers.add").part(&[], new);
        tx.record(app.store(), ctx, entry).await?;
    }
    if !known.is_empty() {
        let entry = Entry::new(Operation::Change, "subscribers.change").part(&[], known);
        tx.record(app.store(), ctx, entry).await?;
    }
    Ok(())
}
