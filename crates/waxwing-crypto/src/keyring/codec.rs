//! The inside of a key ring file, format 1: fixed-width integers, highest byte first.
//!
//! Promise: reading what was written gives the same ring, and bytes that are no ring are refused
//! without a panic and without an allocation larger than the file.
//!
//! ```text
//! ring      = revision u64, created i64, versions (epochs), versions (credentials), versions (macs),
//!             count u32, workspace*
//! workspace = id i64, high water u32, versions (email index, phone index, secrets, files, tokens,
//!             suppression, domains), count u32, month*          -- ids ascending
//! versions  = minimum u32, count u32, (number u32, created i64, key 32)*   -- ascending, last current
//! month     = number u32, sealing key 32, tag key 32            -- ascending
//! ```

use super::versions::{KeyVersion, Versions};
use super::workspace::{MonthKeys, WorkspaceKeys};
use super::{KeyRing, Month};
use crate::secret::RingKey;
use std::collections::BTreeMap;
use waxwing_domain::{Micros, WorkspaceId};
use zeroize::Zeroizing;

/// The ring as bytes, wiped when dropped. An allocation that grew leaves its old copy behind, so
/// the size is worked out first.
pub(super) fn encode(ring: &KeyRing) -> Zeroizing<Vec<u8>> {
    let mut out = Zeroizing::new(Vec::with_capacity(encoded_len(ring)));
    out.extend_from_slice(&ring.revision.to_be_bytes());
    out.extend_from_slice(&ring.created.as_i64().to_be_bytes());
    for versions in [&ring.epochs, &ring.credentials, &ring.macs] {
        push_versions(&mut out, versions);
    }
    push_count(&mut out, ring.workspaces.len());
    for workspace in ring.workspaces.values() {
        push_workspace(&mut out, workspace);
    }
    out
}

/// `None` for anything that [`encode`] would not have written.
pub(super) fn decode(bytes: &[u8]) -> Option<KeyRing> {
    let mut reader = Reader(bytes);
    let mut ring = KeyRing {
        revision: reader.u64()?,
        created: reader.micros()?,
        epochs: reader.versions(u32::MAX)?,
        credentials: reader.versions(u32::MAX)?,
        macs: reader.versions(u32::MAX)?,
        workspaces: BTreeMap::new(),
    };
    for _ in 0..reader.u32()? {
        let workspace = reader.workspace()?;
        if ring.workspaces.last_key_value().is_some_and(|(last, _)| *last >= workspace.id) {
            return None;
        }
        ring.workspaces.insert(workspace.id, workspace);
    }
    reader.0.is_empty().then_some(ring)
}

fn uses(keys: &WorkspaceKeys) -> [&Versions; 7] {
    let WorkspaceKeys { email_index, phone_index, secrets, files, tokens, suppression, domains, .. } = keys;
    [email_index, phone_index, secrets, files, tokens, suppression, domains]
}

fn encoded_len(ring: &KeyRing) -> usize {
    let versions = |versions: &Versions| 8 + 44 * versions.len();
    let workspace =
        |keys: &WorkspaceKeys| 16 + 68 * keys.months.len() + uses(keys).into_iter().map(versions).sum::<usize>();
    let own: usize = [&ring.epochs, &ring.credentials, &ring.macs].into_iter().map(versions).sum();
    20 + own + ring.workspaces.values().map(workspace).sum::<usize>()
}

fn push_workspace(out: &mut Vec<u8>, keys: &WorkspaceKeys) {
    out.extend_from_slice(&keys.id.as_i64().to_be_bytes());
    out.extend_from_slice(&keys.high_water.to_be_bytes());
    for versions in uses(keys) {
        push_versions(out, versions);
    }
    push_count(out, keys.months.len());
    for (month, keys) in &keys.months {
        out.extend_from_slice(&month.get().to_be_bytes());
        out.extend_from_slice(keys.seal.bytes());
        out.extend_from_slice(keys.tag.bytes());
    }
}

fn push_versions(out: &mut Vec<u8>, versions: &Versions) {
    out.extend_from_slice(&versions.minimum().to_be_bytes());
    push_count(out, versions.len());
    for version in versions.iter() {
        out.extend_from_slice(&version.number.to_be_bytes());
        out.extend_from_slice(&version.created.as_i64().to_be_bytes());
        out.extend_from_slice(version.key.bytes());
    }
}

fn push_count(out: &mut Vec<u8>, count: usize) {
    let count = u32::try_from(count).expect("2^32 keys of 32 bytes do not fit in memory beside their map");
    out.extend_from_slice(&count.to_be_bytes());
}

/// Takes from the front; `None` when the bytes run out or make no sense.
struct Reader<'a>(&'a [u8]);

impl Reader<'_> {
    fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (head, rest) = self.0.split_first_chunk::<N>()?;
        self.0 = rest;
        Some(*head)
    }
    fn u32(&mut self) -> Option<u32> {
        self.array().map(u32::from_be_bytes)
    }
    fn u64(&mut self) -> Option<u64> {
        self.array().map(u64::from_be_bytes)
    }
    fn micros(&mut self) -> Option<Micros> {
        self.array().map(i64::from_be_bytes).map(Micros::from_i64)
    }
    fn key(&mut self) -> Option<RingKey> {
        self.array().map(RingKey::from_bytes)
    }

    fn versions(&mut self, highest: u32) -> Option<Versions> {
        let minimum = self.u32()?;
        let count = self.u32()?;
        let mut versions = Vec::new();
        for _ in 0..count {
            versions.push(KeyVersion { number: self.u32()?, created: self.micros()?, key: self.key()? });
        }
        let within = versions.last().is_some_and(|last| last.number <= highest);
        if within { Versions::restore(minimum, versions) } else { None }
    }

    fn workspace(&mut self) -> Option<WorkspaceKeys> {
        Some(WorkspaceKeys {
            id: WorkspaceId::from_i64(self.array().map(i64::from_be_bytes)?),
            high_water: self.u32()?,
            email_index: self.versions(u16::MAX.into())?,
            phone_index: self.versions(u16::MAX.into())?,
            secrets: self.versions(u32::MAX)?,
            files: self.versions(u32::MAX)?,
            tokens: self.versions(u8::MAX.into())?,
            // Newer tags are made from all older keys: a gap would make every tag wrong.
            suppression: self.versions(u16::MAX.into()).filter(Versions::has_no_gap)?,
            domains: self.versions(u32::MAX)?,
            months: self.months()?,
        })
    }

    fn months(&mut self) -> Option<BTreeMap<Month, MonthKeys>> {
        let mut months = BTreeMap::new();
        for _ in 0..self.u32()? {
            let (month, seal, tag) = (Month::new(self.u32()?), self.key()?, self.key()?);
            if months.last_key_value().is_some_and(|(last, _)| *last >= month) {
                return None;
            }
            months.insert(month, MonthKeys { seal, tag });
        }
        Some(months)
    }
}
