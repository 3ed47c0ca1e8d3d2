//! A data archive and a key archive that belong together, and putting them back.

use super::frame::Manifest;
use super::header::{self, Header, Kind};
use super::load::{self, Loader};
use super::settle::{self, Settled};
use super::{ArchiveError, Seen, catalogue, read};
use crate::keys::{install, ring_from_bytes};
use crate::{Entry, KeyFiles, KeyStore, Store};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use waxwing_crypto::KeyRing;
use waxwing_domain::{Ctx, Micros, Operation, Rng, WorkspaceId};

/// What came of a restore.
#[derive(Debug, Clone)]
pub struct Restored {
    /// When the data archive was made.
    pub made_at: Micros,
    /// Rows of both archives.
    pub rows: u64,
    /// What was made safe.
    pub settled: Settled,
}

/// Two archives that belong together.
pub struct Pair {
    data: (PathBuf, Header),
    keys: (PathBuf, Header),
    ring: KeyRing,
    ring_file: Vec<u8>,
    files: KeyFiles,
}

impl Pair {
    /// Reads both heads, and opens the key ring with the root key in `files` (or in the archive, where
    /// it was asked for). Writes nothing.
    pub fn open(data: &Path, keys: &Path, files: KeyFiles, passphrase: Option<&str>) -> Result<Self, ArchiveError> {
        let (data_header, ..) = Header::open(data)?;
        let (keys_header, ..) = Header::open(keys)?;
        refuse_strangers(&data_header, &keys_header)?;
        data_header.refuse_other_schema()?;
        keys_header.refuse_other_schema()?;
        let without_ring = || ArchiveError::damaged(keys, "it holds no key ring");
        let ring_file = header::bytes(keys_header.ring.as_deref().ok_or_else(without_ring)?, keys)?;
        let root = keys_header.root.as_deref().map(|root| header::bytes(root, keys)).transpose()?;
        let ring = ring_from_bytes(&files, root.as_deref(), &ring_file, passphrase)?;
        let ring = in_place(&files, passphrase, &ring)?.unwrap_or(ring);
        Ok(Self { data: (data.to_owned(), data_header), keys: (keys.to_owned(), keys_header), ring, ring_file, files })
    }

    /// When the data archive was made.
    pub const fn made_at(&self) -> Micros {
        Micros::from_i64(self.data.1.made_at)
    }

    /// Reads both archives from end to end; refuses them when anything is wrong. Touches nothing.
    pub fn check(&self, seen: Seen<'_>) -> Result<[Manifest; 2], ArchiveError> {
        let data = read::check(&self.data.0, &self.ring, 0, &mut *seen)?;
        let keys = read::check(&self.keys.0, &self.ring, 0, seen)?;
        Ok([data, keys])
    }

    /// Puts the key files in place, unless they are there already.
    pub fn install_keys(&self, passphrase: Option<&str>, rng: Arc<dyn Rng>) -> Result<KeyStore, ArchiveError> {
        if let (Some(root), false) = (&self.keys.1.root, self.files.root.exists()) {
            install(&self.files.root, &header::bytes(root, &self.keys.0)?)?;
        }
        if !self.files.ring.exists() {
            install(&self.files.ring, &self.ring_file)?;
        }
        Ok(KeyStore::open(self.files.clone(), passphrase, rng)?)
    }

    /// Loads both archives into an empty store and makes them safe to use; `checked` is what
    /// [`check`](Self::check) gave.
    pub async fn load(&self, store: &Store, checked: &[Manifest; 2], seen: Seen<'_>) -> Result<Restored, ArchiveError> {
        let tables = load::empty_tables(store).await?;
        let total = checked.iter().map(Manifest::total).sum();
        let mut loader = Loader { store, tables: &tables, done: 0, total };
        let held = loader.load(&self.data.0, &self.ring, false, &mut *seen).await?;
        loader.load(&self.keys.0, &self.ring, true, seen).await?;
        let settled = self.settle(store, &tables, held).await?;
        store.checkpoint().await?;
        Ok(Restored { made_at: self.made_at(), rows: total, settled })
    }

    /// The last transaction: with it the workspaces exist.
    async fn settle(
        &self,
        store: &Store,
        tables: &[catalogue::Table],
        held: Vec<load::Held>,
    ) -> Result<Settled, ArchiveError> {
        let now = store.clock().now();
        let mut tx = store.begin(WorkspaceId::from_i64(0), "restore.settle").await?;
        catalogue::analyse(&mut tx).await?;
        let forgotten = settle::forget_keyless(&mut tx, tables).await?;
        let settled = Settled { forgotten, ..settle::stop_everything(&mut tx, now).await? };
        load::insert_held(&mut tx, held).await?;
        store.switch_epoch(&mut tx, store.keys().ring().current_epoch().get()).await?;
        for workspace in settle::workspaces(&mut tx).await? {
            tx.bind(workspace);
            settle::refuse_resealed(store, &mut tx).await?;
            settle::leap(store, &mut tx).await?;
            let (old, new) = settle::new_origin(&mut tx, now).await?;
            let ctx = Ctx::host(workspace, store.clock().clone(), store.rng().clone());
            let detail = serde_json::json!({
                "data_archive": self.data.1.id, "made_at": self.made_at().to_string(), "key_archive": self.keys.1.id,
                "old_origin": old, "new_origin": new, "forgotten": settled.forgotten,
            });
            tx.record(store, &ctx, Entry::new(Operation::Operate, "backup.restore").detail(detail)).await?;
        }
        tx.commit().await?;
        Ok(settled)
    }
}

fn refuse_strangers(data: &Header, keys: &Header) -> Result<(), ArchiveError> {
    let why = if data.kind != Kind::Data || keys.kind != Kind::Keys {
        "the first must be a data archive and the second a key archive"
    } else if data.installation != keys.installation {
        "these archives are of two different installations"
    } else if keys.made_at < data.made_at {
        "the key archive is older than the data archive; take the newest key archive there is"
    } else {
        return Ok(());
    };
    Err(ArchiveError::Pair(why))
}

/// The ring that lies in place already, when it is as good as the archive's or newer; an error when
/// it is another: putting the archive's in its place would destroy keys.
fn in_place(files: &KeyFiles, passphrase: Option<&str>, archived: &KeyRing) -> Result<Option<KeyRing>, ArchiveError> {
    if !files.ring.exists() {
        return Ok(None);
    }
    let bytes = std::fs::read(&files.ring).map_err(ArchiveError::io(&files.ring))?;
    let there = ring_from_bytes(files, None, &bytes, passphrase)?;
    let as_good = there.created() == archived.created()
        && there.revision() >= archived.revision()
        && there.current_epoch() == archived.current_epoch();
    if as_good { Ok(Some(there)) } else { Err(ArchiveError::Ring(files.ring.clone())) }
}
