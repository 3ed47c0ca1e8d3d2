//! The key ring: every key of an installation but the root key and the people's own.
//!
//! Promise: all keys are random and none is derived from another, so that destroying one destroys
//! exactly what it sealed; a value names its key, and no second key is ever tried. Limit: the ring
//! lives in memory in clear while the process runs, and a destroyed key is gone for good only once
//! every backup of the ring file that held it is gone too.
//!
//! A change is made on a clone, written with [`KeyRing::to_file`], and only then used: a crash
//! must not leave values sealed under a key that was never stored.

mod codec;
mod error;
mod file;
mod month;
mod token;
mod versions;
mod workspace;

pub use error::{RingError, RingFileError, TokenError};
pub use month::Month;
pub use token::{TokenPurpose, token_claims};
pub use workspace::{IndexKind, KeyUse, WorkspaceKeys};

use crate::envelope::{self, KeyId, OpenError, SealedBy};
use crate::mac::mac32;
use crate::place::Place;
use crate::secret::{FileKey, SubjectKey};
use std::collections::BTreeMap;
use std::fmt;
use subtle::ConstantTimeEq;
use versions::Versions;
use waxwing_domain::{Clock, Micros, Rng, SubjectNo, WorkspaceId};
use zeroize::Zeroizing;

/// The number of an epoch, counted from 1.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct EpochId(u32);

impl EpochId {
    /// Wraps a stored number.
    pub const fn new(value: u32) -> Self {
        Self(value)
    }
    /// The number.
    pub const fn get(self) -> u32 {
        self.0
    }
}

impl fmt::Display for EpochId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// What an installation-wide MAC is for. The numbers are frozen.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum MacPurpose {
    /// Seals of forms against requests forged from elsewhere.
    Form = 1,
    /// Cookies that carry no secret of their own.
    Session = 2,
    /// Short-lived previews of a customer's content.
    Preview = 3,
    /// Positions in a list of pages.
    Page = 4,
    /// Keys of rate limits, so that their tables hold no address.
    RateLimit = 5,
    /// Links by which a person stops what others do about their account.
    Recovery = 6,
}

/// A key of the installation that can be replaced.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum InstallationUse {
    /// Seals the secrets of accounts (TOTP seeds).
    Credentials,
    /// The key behind [`KeyRing::mac`]; replacing it closes every open form.
    Macs,
}

/// Every key of an installation but the root key and the people's own.
#[derive(Clone)]
pub struct KeyRing {
    revision: u64,
    created: Micros,
    epochs: Versions,
    credentials: Versions,
    macs: Versions,
    workspaces: BTreeMap<WorkspaceId, WorkspaceKeys>,
}

impl fmt::Debug for KeyRing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "KeyRing(revision {}, {} workspaces)", self.revision, self.workspaces.len())
    }
}

impl KeyRing {
    /// The ring of a new installation: epoch 1 and no workspace.
    pub fn create(clock: &dyn Clock, rng: &dyn Rng) -> Self {
        let now = clock.now();
        let first = || Versions::first(now, rng);
        let workspaces = BTreeMap::new();
        Self { revision: 1, created: now, epochs: first(), credentials: first(), macs: first(), workspaces }
    }

    /// Grows by one with every change; the higher of two ring files is the newer.
    pub const fn revision(&self) -> u64 {
        self.revision
    }

    /// When the installation got its ring.
    pub const fn created(&self) -> Micros {
        self.created
    }

    fn changed(&mut self) {
        self.revision = self.revision.saturating_add(1);
    }
}

/// Epochs: the keys that wrap the keys of people.
impl KeyRing {
    /// The epoch under which keys are wrapped now.
    pub fn current_epoch(&self) -> EpochId {
        EpochId(self.epochs.current().number)
    }

    /// The epochs whose key still exists, oldest first, with the moment each began.
    pub fn epochs(&self) -> Vec<(EpochId, Micros)> {
        self.epochs.iter().map(|version| (EpochId(version.number), version.created)).collect()
    }

    /// The lowest epoch that is still accepted.
    pub fn minimum_epoch(&self) -> EpochId {
        EpochId(self.epochs.minimum())
    }

    /// Begins a new epoch with a fresh random key; the older ones stay until they are destroyed.
    pub fn begin_epoch(&mut self, now: Micros, rng: &dyn Rng) -> Result<EpochId, RingError> {
        let number = self.epochs.rotate(now, rng)?;
        self.changed();
        Ok(EpochId(number))
    }

    /// Destroys an epoch's key. Every key still wrapped under it is lost, which is what erases the
    /// erased: rewrap the survivors first. The current epoch is refused.
    pub fn destroy_epoch(&mut self, epoch: EpochId) -> Result<(), RingError> {
        self.epochs.destroy(epoch.0)?;
        self.changed();
        Ok(())
    }

    /// Wraps a person's key under the current epoch; 90 bytes.
    pub fn wrap_subject_key(
        &self,
        workspace: WorkspaceId,
        subject: SubjectNo,
        generation: u32,
        key: &SubjectKey,
        rng: &dyn Rng,
    ) -> Vec<u8> {
        let epoch = self.epochs.current();
        let id = KeyId::shared(SealedBy::Epoch, epoch.number);
        envelope::wrap(&epoch.key, id, &Place::subject_key(workspace, subject, generation), key, rng)
    }

    /// Opens a wrapped key of exactly this person and generation.
    pub fn unwrap_subject_key(
        &self,
        workspace: WorkspaceId,
        subject: SubjectNo,
        generation: u32,
        wrapped: &[u8],
    ) -> Result<SubjectKey, OpenError> {
        let epoch = self.epoch_of_wrapped(wrapped)?;
        let id = KeyId::shared(SealedBy::Epoch, epoch.0);
        let place = Place::subject_key(workspace, subject, generation);
        envelope::unwrap(self.epochs.find(epoch.0)?, id, &place, wrapped)
    }

    /// The epoch that a wrapped key names, whether or not that epoch's key still exists.
    pub fn epoch_of_wrapped(&self, wrapped: &[u8]) -> Result<EpochId, OpenError> {
        let id = envelope::key_id(wrapped)?;
        if id.kind == SealedBy::Epoch { Ok(EpochId(id.number)) } else { Err(OpenError::WrongKey) }
    }
}

/// Workspaces.
impl KeyRing {
    /// Gives a new workspace its keys.
    pub fn add_workspace(&mut self, id: WorkspaceId, now: Micros, rng: &dyn Rng) -> Result<(), RingError> {
        if self.workspaces.contains_key(&id) {
            return Err(RingError::WorkspaceExists);
        }
        self.workspaces.insert(id, WorkspaceKeys::create(id, now, rng));
        self.changed();
        Ok(())
    }

    /// Destroys all shared keys of a workspace: its secrets, indexes, tokens and suppressions.
    pub fn destroy_workspace(&mut self, id: WorkspaceId) -> Result<(), RingError> {
        self.workspaces.remove(&id).ok_or(RingError::NoWorkspace)?;
        self.changed();
        Ok(())
    }

    /// The workspaces of this ring.
    pub fn workspaces(&self) -> impl Iterator<Item = WorkspaceId> + '_ {
        self.workspaces.keys().copied()
    }

    /// The keys of one workspace.
    pub fn workspace(&self, id: WorkspaceId) -> Result<&WorkspaceKeys, RingError> {
        self.workspaces.get(&id).ok_or(RingError::NoWorkspace)
    }

    fn workspace_mut(&mut self, id: WorkspaceId) -> Result<&mut WorkspaceKeys, RingError> {
        self.workspaces.get_mut(&id).ok_or(RingError::NoWorkspace)
    }

    /// The highest subject number ever given out in a workspace, also before a restore; 0 if none.
    pub fn subject_high_water(&self, id: WorkspaceId) -> Result<u32, RingError> {
        self.workspace(id).map(|keys| keys.high_water)
    }

    /// Raises the mark; never lowers it. Store the ring before numbers up to the mark are used.
    pub fn raise_subject_high_water(&mut self, id: WorkspaceId, mark: u32) -> Result<(), RingError> {
        let keys = self.workspace_mut(id)?;
        if mark > keys.high_water {
            keys.high_water = mark;
            self.changed();
        }
        Ok(())
    }

    /// Gives one use of a workspace a new key; returns its version. Older versions still open and
    /// verify until [`Self::retire_below`].
    pub fn rotate(&mut self, id: WorkspaceId, key: KeyUse, now: Micros, rng: &dyn Rng) -> Result<u32, RingError> {
        let version = self.workspace_mut(id)?.rotate(key, now, rng)?;
        self.changed();
        Ok(version)
    }

    /// The lowest version accepted and the one in use.
    pub fn versions(&self, id: WorkspaceId, key: KeyUse) -> Result<(u32, u32), RingError> {
        let versions = self.workspace(id)?.versions(key);
        Ok((versions.minimum(), versions.current().number))
    }

    /// When the version in use was made.
    pub fn in_use_since(&self, id: WorkspaceId, key: KeyUse) -> Result<Micros, RingError> {
        Ok(self.workspace(id)?.versions(key).current().created)
    }

    /// Destroys the versions below `minimum` and refuses them from now on. Suppression keys are
    /// kept for ever, because newer tags are made from older ones.
    pub fn retire_below(&mut self, id: WorkspaceId, key: KeyUse, minimum: u32) -> Result<(), RingError> {
        self.workspace_mut(id)?.retire_below(key, minimum)?;
        self.changed();
        Ok(())
    }

    /// Makes sure the month has its keys; tells whether the ring changed and must be stored.
    pub fn ensure_month(&mut self, id: WorkspaceId, month: Month, rng: &dyn Rng) -> Result<bool, RingError> {
        let added = self.workspace_mut(id)?.ensure_month(month, rng);
        if added {
            self.changed();
        }
        Ok(added)
    }

    /// Destroys the keys of the months before `keep`: their network addresses are erased.
    pub fn destroy_months_before(&mut self, id: WorkspaceId, keep: Month) -> Result<(), RingError> {
        self.workspace_mut(id)?.destroy_months_before(keep);
        self.changed();
        Ok(())
    }
}

/// Keys of the installation itself.
impl KeyRing {
    /// Replaces a key of the installation; returns its version.
    pub fn rotate_installation(&mut self, key: InstallationUse, now: Micros, rng: &dyn Rng) -> Result<u32, RingError> {
        let versions = match key {
            InstallationUse::Credentials => &mut self.credentials,
            InstallationUse::Macs => &mut self.macs,
        };
        let version = versions.rotate(now, rng)?;
        self.changed();
        Ok(version)
    }

    /// Seals a secret of an account. Make the place with [`Place::account`], so that a seed copied
    /// to another account does not open.
    pub fn installation_seal(&self, place: &Place, plain: &[u8], rng: &dyn Rng) -> Vec<u8> {
        self.credentials.seal(SealedBy::Installation, place, plain, rng)
    }

    /// Opens what [`Self::installation_seal`] sealed for the same place.
    pub fn installation_open(&self, place: &Place, sealed: &[u8]) -> Result<Vec<u8>, OpenError> {
        self.credentials.open(SealedBy::Installation, place, sealed)
    }

    /// Wraps the key of a file that belongs to the whole installation: a backup.
    pub fn installation_wrap_file_key(&self, place: &Place, key: &FileKey, rng: &dyn Rng) -> Vec<u8> {
        self.installation_seal(place, key.bytes(), rng)
    }

    /// Opens what [`Self::installation_wrap_file_key`] wrapped for the same place.
    pub fn installation_unwrap_file_key(&self, place: &Place, wrapped: &[u8]) -> Result<FileKey, OpenError> {
        let plain = Zeroizing::new(self.installation_open(place, wrapped)?);
        plain.as_slice().try_into().map(FileKey::from_bytes).map_err(|_| OpenError::Padding)
    }

    /// A MAC bound to its purpose, under the current key only: replacing the key ends them all.
    pub fn mac(&self, purpose: MacPurpose, data: &[u8]) -> [u8; 32] {
        mac32(&self.macs.current().key, b"waxwing/mac/1\0", &[&[purpose as u8], data])
    }

    /// Whether `tag` is the MAC of `data`; takes the same time wherever they differ.
    pub fn verify_mac(&self, purpose: MacPurpose, data: &[u8], tag: &[u8]) -> bool {
        self.mac(purpose, data).ct_eq(tag).into()
    }
}

#[cfg(test)]
mod tests;
