//! The versions of one key: a current one that seals, older ones that only open and verify.
//!
//! Promise: there is always a current version, numbers only grow and are never used again, and
//! nothing below the minimum is accepted.

use super::RingError;
use crate::envelope::{self, KeyId, OpenError, SealedBy};
use crate::place::Place;
use crate::secret::RingKey;
use std::collections::BTreeMap;
use std::iter;
use waxwing_domain::{Micros, Rng};

#[derive(Clone)]
pub(super) struct KeyVersion {
    pub(super) number: u32,
    pub(super) created: Micros,
    pub(super) key: RingKey,
}

#[derive(Clone)]
pub(super) struct Versions {
    minimum: u32,
    older: BTreeMap<u32, KeyVersion>,
    current: KeyVersion,
}

impl Versions {
    pub(super) fn first(now: Micros, rng: &dyn Rng) -> Self {
        let current = KeyVersion { number: 1, created: now, key: RingKey::random(rng) };
        Self { minimum: 1, older: BTreeMap::new(), current }
    }

    /// From a file: ascending versions, the last of them current. `None` if they are not.
    pub(super) fn restore(minimum: u32, mut versions: Vec<KeyVersion>) -> Option<Self> {
        let ascending = versions.is_sorted_by(|a, b| a.number < b.number);
        let lowest = versions.first()?.number;
        let current = versions.pop()?;
        let older = versions.into_iter().map(|version| (version.number, version)).collect();
        (ascending && 1 <= minimum && minimum <= lowest).then_some(Self { minimum, older, current })
    }

    pub(super) const fn current(&self) -> &KeyVersion {
        &self.current
    }

    pub(super) const fn minimum(&self) -> u32 {
        self.minimum
    }

    /// Oldest first, the current one last.
    pub(super) fn iter(&self) -> impl Iterator<Item = &KeyVersion> {
        self.older.values().chain(iter::once(&self.current))
    }

    pub(super) fn len(&self) -> usize {
        self.older.len() + 1
    }

    /// Whether every version since the first is still here.
    pub(super) fn has_no_gap(&self) -> bool {
        self.minimum == 1 && self.len() == self.current.number as usize
    }

    /// The key of exactly this version.
    pub(super) fn find(&self, number: u32) -> Result<&RingKey, OpenError> {
        if number > self.current.number {
            return Err(OpenError::KeyUnknown);
        }
        if number == self.current.number {
            return Ok(&self.current.key);
        }
        let version = self.older.get(&number).filter(|_| number >= self.minimum);
        version.map(|version| &version.key).ok_or(OpenError::KeyGone)
    }

    pub(super) fn rotate(&mut self, now: Micros, rng: &dyn Rng) -> Result<u32, RingError> {
        let number = self.current.number.checked_add(1).ok_or(RingError::Exhausted)?;
        let fresh = KeyVersion { number, created: now, key: RingKey::random(rng) };
        let old = std::mem::replace(&mut self.current, fresh);
        self.older.insert(old.number, old);
        Ok(number)
    }

    /// Destroys one version; the minimum follows the oldest that is left.
    pub(super) fn destroy(&mut self, number: u32) -> Result<(), RingError> {
        if number == self.current.number {
            return Err(RingError::InUse);
        }
        self.older.remove(&number).ok_or(RingError::NoSuchKey)?;
        self.minimum = self.older.keys().next().copied().unwrap_or(self.current.number);
        Ok(())
    }

    /// Destroys everything below `minimum` and refuses it from now on.
    pub(super) fn retire_below(&mut self, minimum: u32) -> Result<(), RingError> {
        if minimum > self.current.number {
            return Err(RingError::InUse);
        }
        self.older.retain(|&number, _| number >= minimum);
        self.minimum = self.minimum.max(minimum);
        Ok(())
    }

    /// Seals under the current version.
    pub(super) fn seal(&self, kind: SealedBy, place: &Place, plain: &[u8], rng: &dyn Rng) -> Vec<u8> {
        let id = KeyId::shared(kind, self.current.number);
        envelope::shared_seal(&self.current.key, id, place, plain, rng)
    }

    /// Opens with exactly the version that the envelope names.
    pub(super) fn open(&self, kind: SealedBy, place: &Place, sealed: &[u8]) -> Result<Vec<u8>, OpenError> {
        let id = envelope::key_id(sealed)?;
        if id.kind != kind {
            return Err(OpenError::WrongKey);
        }
        envelope::shared_open(self.find(id.number)?, id, place, sealed)
    }
}
