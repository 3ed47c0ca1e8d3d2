//! A person at rest: one key, one ciphertext a field, packed into one value.
//!
//! Promise: a value opens only in its own row, field, person and generation. Limit: an older
//! ciphertext put back into its own cell is not noticed.

use crate::{Allocation, Store, StoreError};
use std::collections::BTreeMap;
use std::fmt;
use waxwing_crypto::{Place, SubjectKey, TableId, seal_under_subject};
use waxwing_domain::{FieldId, Rng, SubjectNo, WorkspaceId};

/// Personal data in clear, obtained together with a committed record entry.
///
/// Has neither `Debug` nor `Serialize`: it leaves only by [`reveal`](Clear::reveal), by name.
#[derive(Clone)]
pub struct Clear<T>(T);

impl<T> Clear<T> {
    pub(crate) const fn new(value: T) -> Self {
        Self(value)
    }
    /// The value.
    pub const fn reveal(&self) -> &T {
        &self.0
    }
}

/// The opened fields of one person.
#[derive(Clone)]
pub struct ClearPerson {
    subject: SubjectNo,
    values: BTreeMap<FieldId, Clear<String>>,
}

impl ClearPerson {
    pub(crate) const fn new(subject: SubjectNo, values: BTreeMap<FieldId, Clear<String>>) -> Self {
        Self { subject, values }
    }
    /// Whose they are.
    pub const fn subject(&self) -> SubjectNo {
        self.subject
    }
    /// One field.
    pub fn get(&self, field: FieldId) -> Option<&str> {
        self.values.get(&field).map(|value| value.reveal().as_str())
    }
    /// All of them, by field.
    pub fn iter(&self) -> impl Iterator<Item = (FieldId, &str)> {
        self.values.iter().map(|(field, value)| (*field, value.reveal().as_str()))
    }
}

/// Ciphertexts by field, in the order of the field ids.
#[derive(Clone, Default, PartialEq)]
pub struct PersonFields(BTreeMap<FieldId, Vec<u8>>);

impl PersonFields {
    /// Reads the packed form: field id, length, ciphertext; integers of 32 bits, big-endian.
    pub fn parse(mut bytes: &[u8]) -> Result<Self, StoreError> {
        let damaged = || StoreError::Damaged("a person's sealed fields cannot be told apart".into());
        let mut fields = BTreeMap::new();
        while !bytes.is_empty() {
            let (head, rest) = bytes.split_at_checked(8).ok_or_else(damaged)?;
            let (field, length) = head.split_at(4);
            let field = u32::from_be_bytes(field.try_into().map_err(|_| damaged())?);
            let length = u32::from_be_bytes(length.try_into().map_err(|_| damaged())?);
            let (sealed, rest) = rest.split_at_checked(length as usize).ok_or_else(damaged)?;
            fields.insert(FieldId::new(field), sealed.to_vec());
            bytes = rest;
        }
        Ok(Self(fields))
    }
    /// The packed form.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(self.0.values().map(|v| v.len() + 8).sum());
        for (field, sealed) in &self.0 {
            out.extend(field.get().to_be_bytes());
            out.extend((sealed.len() as u32).to_be_bytes());
            out.extend(sealed);
        }
        out
    }
    /// Sets a field's ciphertext.
    pub fn set(&mut self, field: FieldId, sealed: Vec<u8>) {
        self.0.insert(field, sealed);
    }
    /// Removes a field.
    pub fn remove(&mut self, field: FieldId) {
        self.0.remove(&field);
    }
    /// Whether a field is there.
    pub fn has(&self, field: FieldId) -> bool {
        self.0.contains_key(&field)
    }
    /// Fields and ciphertexts.
    pub fn iter(&self) -> impl Iterator<Item = (FieldId, &[u8])> {
        self.0.iter().map(|(field, sealed)| (*field, sealed.as_slice()))
    }
}

/// A person as the tables `subscribers` and `subject_keys` hold them.
#[derive(Clone)]
pub struct SealedPerson {
    /// Their number.
    pub subject: SubjectNo,
    /// The generation of their key.
    pub generation: u32,
    /// The packed ciphertexts.
    pub sealed: Vec<u8>,
    /// Their key, wrapped by an epoch key.
    pub wrapped: Vec<u8>,
}

impl SealedPerson {
    /// The ciphertexts by field.
    pub fn fields(&self) -> Result<PersonFields, StoreError> {
        PersonFields::parse(&self.sealed)
    }
    /// Those of `wanted` that the person has a value in; all of them where what is stored cannot be read, for it is not
    /// known then.
    pub fn present(&self, wanted: &[FieldId]) -> Vec<FieldId> {
        let held = self.fields().ok();
        wanted.iter().copied().filter(|field| held.as_ref().is_none_or(|held| held.has(*field))).collect()
    }
    /// Where a field of this person lives.
    pub const fn place(&self, workspace: WorkspaceId, field: FieldId) -> Place {
        person_place(workspace, self.subject, self.generation, field)
    }
}

impl fmt::Debug for SealedPerson {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SealedPerson({})", self.subject)
    }
}

const fn person_place(workspace: WorkspaceId, subject: SubjectNo, generation: u32, field: FieldId) -> Place {
    Place { workspace, table: TableId::SUBSCRIBERS, field, row: subject.as_i64(), subject, generation }
}

/// A person's key, at hand for sealing. It cannot open anything by itself.
pub struct PersonKey {
    workspace: WorkspaceId,
    subject: SubjectNo,
    generation: u32,
    key: SubjectKey,
}

impl PersonKey {
    /// Whose key it is.
    pub const fn subject(&self) -> SubjectNo {
        self.subject
    }
    /// Its generation.
    pub const fn generation(&self) -> u32 {
        self.generation
    }
    /// Seals one field of the person.
    pub fn seal(&self, field: FieldId, text: &str, rng: &dyn Rng) -> Vec<u8> {
        let place = person_place(self.workspace, self.subject, self.generation, field);
        seal_under_subject(&self.key, &place, text.as_bytes(), rng)
    }
    /// Seals a cell of another table under the person's key.
    pub fn seal_cell(&self, table: TableId, field: FieldId, row: i64, bytes: &[u8], rng: &dyn Rng) -> Vec<u8> {
        let place =
            Place { workspace: self.workspace, table, field, row, subject: self.subject, generation: self.generation };
        seal_under_subject(&self.key, &place, bytes, rng)
    }
}

/// Makes the key of a new person: the key, its wrapped form and its epoch for `subject_keys`.
pub fn new_person(
    workspace: WorkspaceId,
    subject: SubjectNo,
    allocation: &Allocation,
    rng: &dyn Rng,
) -> (PersonKey, Vec<u8>, u32) {
    let key = SubjectKey::random(rng);
    let wrapped = allocation.ring.wrap_subject_key(workspace, subject, 1, &key, rng);
    (PersonKey { workspace, subject, generation: 1, key }, wrapped, allocation.ring.current_epoch().get())
}

/// Unwraps a person's key; reloads the key ring once when the epoch is not known yet.
pub fn open_key(store: &Store, workspace: WorkspaceId, person: &SealedPerson) -> Result<SubjectKey, StoreError> {
    let try_open =
        || store.keys().ring().unwrap_subject_key(workspace, person.subject, person.generation, &person.wrapped);
    let opened = match try_open() {
        Ok(key) => Ok(key),
        Err(_) if store.keys().reload()? => try_open(),
        Err(error) => Err(error),
    };
    opened.map_err(|e| StoreError::Damaged(format!("subscriber {}: {e}", person.subject)))
}

impl SealedPerson {
    /// The person's key, for sealing more fields.
    pub fn key(&self, store: &Store, workspace: WorkspaceId) -> Result<PersonKey, StoreError> {
        let key = open_key(store, workspace, self)?;
        Ok(PersonKey { workspace, subject: self.subject, generation: self.generation, key })
    }
}
