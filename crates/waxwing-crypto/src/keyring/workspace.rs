//! The shared keys of one workspace, each for one use.
//!
//! Promise: a key serves one use in one workspace, so equal people in two workspaces have nothing
//! in common in the database. Limit: whoever holds these keys can test guesses; a phone number is
//! guessed in minutes, so the tags are pseudonymous, never anonymous.

use super::versions::Versions;
use super::{Month, RingError};
use crate::envelope::{self, KeyId, OpenError, SealedBy};
use crate::mac::mac_truncated;
use crate::place::Place;
use crate::secret::{FileKey, RingKey};
use std::collections::BTreeMap;
use std::fmt;
use std::net::IpAddr;
use waxwing_domain::{Micros, Rng, WorkspaceId};
use zeroize::{Zeroize, Zeroizing};

/// What an index or a suppression is about. The numbers are frozen.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[repr(u8)]
pub enum IndexKind {
    /// A normalised email address.
    Email = 1,
    /// A normalised phone number.
    Phone = 2,
}

/// A key of a workspace that can be replaced.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum KeyUse {
    /// The blind index of email addresses.
    EmailIndex,
    /// The blind index of phone numbers.
    PhoneIndex,
    /// Secrets: DKIM keys, credentials of relays and webhooks.
    Secrets,
    /// The keys of files.
    Files,
    /// Signed tokens in links and return paths.
    Tokens,
    /// The do-not-mail list.
    Suppression,
    /// The hints of recipient domains in the sending ledger.
    Domains,
}

/// The two keys of one month's network addresses.
#[derive(Clone)]
pub(super) struct MonthKeys {
    pub(super) seal: RingKey,
    pub(super) tag: RingKey,
}

/// The shared keys of one workspace.
#[derive(Clone)]
pub struct WorkspaceKeys {
    pub(super) id: WorkspaceId,
    pub(super) high_water: u32,
    pub(super) email_index: Versions,
    pub(super) phone_index: Versions,
    pub(super) secrets: Versions,
    pub(super) files: Versions,
    pub(super) tokens: Versions,
    pub(super) suppression: Versions,
    pub(super) domains: Versions,
    pub(super) months: BTreeMap<Month, MonthKeys>,
}

impl fmt::Debug for WorkspaceKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "WorkspaceKeys({})", self.id)
    }
}

impl WorkspaceKeys {
    pub(super) fn create(id: WorkspaceId, now: Micros, rng: &dyn Rng) -> Self {
        let first = || Versions::first(now, rng);
        let mut keys = Self {
            id,
            high_water: 0,
            email_index: first(),
            phone_index: first(),
            secrets: first(),
            files: first(),
            tokens: first(),
            suppression: first(),
            domains: first(),
            months: BTreeMap::new(),
        };
        keys.ensure_month(Month::of(now), rng);
        keys
    }

    /// The workspace these keys belong to.
    pub const fn id(&self) -> WorkspaceId {
        self.id
    }

    pub(super) fn versions(&self, key: KeyUse) -> &Versions {
        match key {
            KeyUse::EmailIndex => &self.email_index,
            KeyUse::PhoneIndex => &self.phone_index,
            KeyUse::Secrets => &self.secrets,
            KeyUse::Files => &self.files,
            KeyUse::Tokens => &self.tokens,
            KeyUse::Suppression => &self.suppression,
            KeyUse::Domains => &self.domains,
        }
    }

    fn versions_mut(&mut self, key: KeyUse) -> &mut Versions {
        match key {
            KeyUse::EmailIndex => &mut self.email_index,
            KeyUse::PhoneIndex => &mut self.phone_index,
            KeyUse::Secrets => &mut self.secrets,
            KeyUse::Files => &mut self.files,
            KeyUse::Tokens => &mut self.tokens,
            KeyUse::Suppression => &mut self.suppression,
            KeyUse::Domains => &mut self.domains,
        }
    }

    pub(super) fn rotate(&mut self, key: KeyUse, now: Micros, rng: &dyn Rng) -> Result<u32, RingError> {
        let versions = self.versions_mut(key);
        if versions.current().number >= key.highest_version() {
            return Err(RingError::Exhausted);
        }
        versions.rotate(now, rng)
    }

    pub(super) fn retire_below(&mut self, key: KeyUse, minimum: u32) -> Result<(), RingError> {
        if key == KeyUse::Suppression {
            return Err(RingError::KeptForEver);
        }
        self.versions_mut(key).retire_below(minimum)
    }

    pub(super) fn ensure_month(&mut self, month: Month, rng: &dyn Rng) -> bool {
        let missing = !self.months.contains_key(&month);
        if missing {
            self.months.insert(month, MonthKeys { seal: RingKey::random(rng), tag: RingKey::random(rng) });
        }
        missing
    }

    pub(super) fn destroy_months_before(&mut self, keep: Month) {
        self.months.retain(|&month, _| month >= keep);
    }
}

impl KeyUse {
    /// The version has to fit where it is written: a byte in tokens, 16 bits beside an index.
    const fn highest_version(self) -> u32 {
        match self {
            Self::Tokens => u8::MAX as u32,
            Self::EmailIndex | Self::PhoneIndex | Self::Suppression => u16::MAX as u32,
            Self::Secrets | Self::Files | Self::Domains => u32::MAX,
        }
    }
}

/// Blind indexes: finding a person without knowing, or revealing, the address.
impl WorkspaceKeys {
    fn index(&self, kind: IndexKind) -> &Versions {
        match kind {
            IndexKind::Email => &self.email_index,
            IndexKind::Phone => &self.phone_index,
        }
    }

    /// The tag of a normalised value under the current key: HMAC-SHA-256, keyed for each kind,
    /// cut to 128 bits (RFC 2104 §5 allows no less than half).
    ///
    /// It shows equality within the workspace and nothing else. A new way to normalise comes with
    /// a new key version, so that the version tells how the value was written.
    pub fn blind_index(&self, kind: IndexKind, normalised: &str) -> (u16, [u8; 16]) {
        let current = self.index(kind).current();
        (narrow(current.number), index_tag(&current.key, kind, normalised))
    }

    /// The tag under an older version, to find rows that are not backfilled yet.
    pub fn blind_index_at(&self, version: u16, kind: IndexKind, normalised: &str) -> Result<[u8; 16], OpenError> {
        let key = self.index(kind).find(u32::from(version))?;
        Ok(index_tag(key, kind, normalised))
    }

    /// The versions that can still be computed, oldest first.
    pub fn blind_index_versions(&self, kind: IndexKind) -> Vec<u16> {
        self.index(kind).iter().map(|version| narrow(version.number)).collect()
    }
}

/// The do-not-mail list, which outlives the people on it.
impl WorkspaceKeys {
    /// The version that [`Self::suppression_tag`] answers with.
    pub fn suppression_version(&self) -> u16 {
        narrow(self.suppression.current().number)
    }

    /// The tag that stands for a suppressed address, under a key of its own.
    ///
    /// The address of an erased person is gone, so a new key cannot be applied to it, only to the
    /// tag: version n is the MAC of version n-1 under key n. All versions are therefore kept; the
    /// newest alone decides who can make a tag.
    pub fn suppression_tag(&self, kind: IndexKind, normalised: &str) -> [u8; 16] {
        let mut versions = self.suppression.iter();
        let first = versions.next().unwrap_or(self.suppression.current());
        let label = b"waxwing/suppression/1\0";
        let tag = mac_truncated(&first.key, label, &[&[kind as u8], normalised.as_bytes()]);
        versions.fold(tag, |tag, version| nest(&version.key, &tag))
    }

    /// A stored tag of `version`, brought up to the current version without its plaintext.
    pub fn rekey_suppression_tag(&self, version: u16, tag: [u8; 16]) -> Result<[u8; 16], OpenError> {
        self.suppression.find(u32::from(version))?;
        let newer = self.suppression.iter().filter(|newer| newer.number > u32::from(version));
        Ok(newer.fold(tag, |tag, newer| nest(&newer.key, &tag)))
    }
}

/// Secrets, files and hints.
impl WorkspaceKeys {
    /// Seals a secret of the workspace for its place; make the place with [`Place::shared`].
    pub fn seal_secret(&self, place: &Place, plain: &[u8], rng: &dyn Rng) -> Vec<u8> {
        self.secrets.seal(SealedBy::Secret, place, plain, rng)
    }

    /// Opens what [`Self::seal_secret`] sealed for the same place.
    pub fn open_secret(&self, place: &Place, sealed: &[u8]) -> Result<Vec<u8>, OpenError> {
        self.secrets.open(SealedBy::Secret, place, sealed)
    }

    /// Wraps the key of one file for the row that describes the file.
    pub fn wrap_file_key(&self, place: &Place, key: &FileKey, rng: &dyn Rng) -> Vec<u8> {
        self.files.seal(SealedBy::File, place, key.bytes(), rng)
    }

    /// Opens what [`Self::wrap_file_key`] wrapped for the same place.
    pub fn unwrap_file_key(&self, place: &Place, wrapped: &[u8]) -> Result<FileKey, OpenError> {
        let mut plain = self.files.open(SealedBy::File, place, wrapped)?;
        let key = plain.as_slice().try_into().map(FileKey::from_bytes).map_err(|_| OpenError::Padding);
        plain.zeroize();
        key
    }

    /// Seals anew, under the key in use, what [`Self::seal_secret`] or [`Self::wrap_file_key`] sealed for the
    /// same place under any version that is left. The plaintext leaves this function nowhere.
    pub fn reseal(&self, place: &Place, sealed: &[u8], rng: &dyn Rng) -> Result<Vec<u8>, OpenError> {
        let (kind, _) = envelope::sealed_by(sealed)?;
        let versions = match kind {
            SealedBy::Secret => &self.secrets,
            SealedBy::File => &self.files,
            _ => return Err(OpenError::WrongKey),
        };
        let plain = Zeroizing::new(versions.open(kind, place, sealed)?);
        Ok(versions.seal(kind, place, &plain, rng))
    }

    /// A hint of a recipient's domain for throttling, 64 bits: collisions only share a throttle.
    pub fn domain_hash(&self, domain: &str) -> [u8; 8] {
        mac_truncated(&self.domains.current().key, b"waxwing/domain/1\0", &[domain.as_bytes()])
    }
}

/// Network addresses, readable and searchable for as long as their month's keys live.
impl WorkspaceKeys {
    fn month(&self, month: Month) -> Result<&MonthKeys, RingError> {
        self.months.get(&month).ok_or(RingError::NoMonth)
    }

    /// The months whose keys exist, oldest first.
    pub fn months(&self) -> impl Iterator<Item = Month> + '_ {
        self.months.keys().copied()
    }

    /// A searchable tag of a network address, of no use outside its month. IPv4 written as IPv6
    /// counts as IPv4.
    pub fn address_tag(&self, month: Month, address: IpAddr) -> Result<[u8; 16], RingError> {
        let keys = self.month(month)?;
        Ok(match address.to_canonical() {
            IpAddr::V4(address) => tag_address(&keys.tag, 4, &address.octets()),
            IpAddr::V6(address) => tag_address(&keys.tag, 6, &address.octets()),
        })
    }

    /// Seals a network address, or what else the record keeps for a month only.
    pub fn seal_address(&self, month: Month, place: &Place, plain: &[u8], rng: &dyn Rng) -> Result<Vec<u8>, RingError> {
        let id = KeyId::shared(SealedBy::Address, month.get());
        Ok(envelope::shared_seal(&self.month(month)?.seal, id, place, plain, rng))
    }

    /// Opens what [`Self::seal_address`] sealed, while the month's key lives.
    pub fn open_address(&self, place: &Place, sealed: &[u8]) -> Result<Vec<u8>, OpenError> {
        let id = envelope::key_id(sealed)?;
        if id.kind != SealedBy::Address {
            return Err(OpenError::WrongKey);
        }
        let keys = self.month(Month::new(id.number)).map_err(|_| OpenError::KeyGone)?;
        envelope::shared_open(&keys.seal, id, place, sealed)
    }
}

fn index_tag(key: &RingKey, kind: IndexKind, normalised: &str) -> [u8; 16] {
    mac_truncated(key, b"waxwing/blind-index/1\0", &[&[kind as u8], normalised.as_bytes()])
}

fn nest(key: &RingKey, tag: &[u8; 16]) -> [u8; 16] {
    mac_truncated(key, b"waxwing/suppression-nest/1\0", &[tag])
}

fn tag_address(key: &RingKey, family: u8, octets: &[u8]) -> [u8; 16] {
    mac_truncated(key, b"waxwing/address/1\0", &[&[family], octets])
}

/// Versions of indexes and suppressions never pass 16 bits: rotation and the file reader see to it.
fn narrow(version: u32) -> u16 {
    u16::try_from(version).unwrap_or(u16::MAX)
}
