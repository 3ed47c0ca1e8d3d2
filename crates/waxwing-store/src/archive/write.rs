//! Writing the two archives.
//!
//! Promise: one snapshot an archive; the file appears under its name only when it is whole, synced
//! and was read back; memory is a block of rows, however many there are. Limit: on SQLite the
//! write-ahead log grows while the snapshot is read.

use super::catalogue::{self, Table};
use super::frame::{BLOCK, Frame, Manifest, TableHead, pack};
use super::header::{Header, Kind};
use super::seal::Sealing;
use super::{ArchiveError, CARRIED, KEYS_TABLE, Seen, read};
use crate::{Store, StoreError, Tx};
use aws_lc_rs::digest::{Context, SHA256};
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, Read as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use waxwing_crypto::{FileKey, KeyRing};
use waxwing_domain::{Micros, WorkspaceId, new_id};

/// How often the key ring may change under our hands before we give up.
const TRIES: usize = 10;

/// An archive that was written and read back.
#[derive(Debug, Clone)]
pub struct Written {
    /// The file.
    pub path: PathBuf,
    /// Its number; the record names it when it is restored.
    pub id: i64,
    /// When its snapshot was taken.
    pub made_at: Micros,
    /// Its length in bytes.
    pub bytes: u64,
    /// SHA-256 of the file, in hexadecimal: tells without any key whether a copy is whole.
    pub sha256: String,
    /// What is in it.
    pub manifest: Manifest,
}

/// An archive under way, beside its final name.
struct Draft<'a> {
    out: &'a Path,
    beside: PathBuf,
    sealing: Sealing<BufWriter<File>>,
    manifest: Manifest,
    total: u64,
    seen: Seen<'a>,
}

/// Writes the rows of one moment; people's keys are left to [`write_keys`].
pub async fn write_data(store: &Store, out: &Path, seen: Seen<'_>) -> Result<Written, ArchiveError> {
    let ring = store.keys().ring();
    let made_at = store.clock().now();
    let mut tx = store.read(WorkspaceId::from_i64(0), "backup.data").await?;
    let tables: Vec<Table> = catalogue::tables(&mut tx).await?.into_iter().filter(|t| t.name != KEYS_TABLE).collect();
    let wanted: Vec<(&Table, &str)> = tables.iter().map(|table| (table, "")).collect();
    let (header, key) =
        Header::new(Kind::Data, new_id(&**store.clock(), &**store.rng()), made_at.as_i64(), &ring, &**store.rng());
    let total = count(&mut tx, &wanted).await?;
    let mut draft = Draft::begin(out, &header, &key, store, total, seen)?;
    for (table, filter) in wanted {
        draft.table(&mut tx, table, filter).await?;
    }
    draft.finish(&header, &ring)
}

/// Writes the key ring, people's keys, and what must hold although the data is older. With
/// `include_root` the root key's file too: whoever has that archive has everything.
pub async fn write_keys(
    store: &Store,
    out: &Path,
    include_root: bool,
    seen: Seen<'_>,
) -> Result<Written, ArchiveError> {
    let (mut tx, ring_file, made_at) = settled(store).await?;
    let ring = store.keys().ring();
    let tables = catalogue::tables(&mut tx).await?;
    let wanted: Vec<(&Table, &str)> = CARRIED
        .iter()
        .filter_map(|(name, filter)| tables.iter().find(|table| table.name == *name).map(|table| (table, *filter)))
        .collect();
    let (mut header, key) =
        Header::new(Kind::Keys, new_id(&**store.clock(), &**store.rng()), made_at.as_i64(), &ring, &**store.rng());
    header.ring = Some(hex::encode(ring_file));
    header.root = if include_root { Some(hex::encode(store.keys().root_file()?)) } else { None };
    let total = count(&mut tx, &wanted).await?;
    let mut draft = Draft::begin(out, &header, &key, store, total, seen)?;
    for (table, filter) in wanted {
        draft.table(&mut tx, table, filter).await?;
    }
    draft.finish(&header, &ring)
}

/// A snapshot and a key ring of the same moment: the ring did not change while the snapshot was
/// taken, so that every key in the snapshot is wrapped by an epoch that the ring holds.
async fn settled(store: &Store) -> Result<(Tx, Vec<u8>, Micros), ArchiveError> {
    for _ in 0..TRIES {
        let before = store.keys().ring_file()?;
        let made_at = store.clock().now();
        let mut tx = store.read(WorkspaceId::from_i64(0), "backup.keys").await?;
        // On both engines the snapshot is taken by the first statement, not by BEGIN.
        catalogue::inhabited(&mut tx, KEYS_TABLE).await?;
        if store.keys().ring_file()? == before {
            store.keys().reload()?;
            return Ok((tx, before, made_at));
        }
    }
    Err(ArchiveError::Moving)
}

async fn count(tx: &mut Tx, wanted: &[(&Table, &str)]) -> Result<u64, ArchiveError> {
    let mut rows = 0;
    for (table, filter) in wanted {
        rows += catalogue::count(tx, &table.name, filter).await?;
    }
    Ok(rows)
}

impl<'a> Draft<'a> {
    fn begin(
        out: &'a Path,
        header: &Header,
        key: &FileKey,
        store: &Store,
        total: u64,
        seen: Seen<'a>,
    ) -> Result<Self, ArchiveError> {
        if out.exists() {
            return Err(ArchiveError::Exists(out.to_owned()));
        }
        let mut beside = out.as_os_str().to_owned();
        beside.push(".part");
        let beside = PathBuf::from(beside);
        let sealing = seal(&beside, header, key, store).map_err(ArchiveError::io(&beside))?;
        Ok(Self { out, beside, sealing, manifest: Manifest::default(), total, seen })
    }

    fn put(&mut self, frame: &Frame) -> Result<(), ArchiveError> {
        frame.write(&mut self.sealing).map_err(ArchiveError::io(&self.beside))
    }

    async fn table(&mut self, tx: &mut Tx, table: &Table, filter: &str) -> Result<(), ArchiveError> {
        self.put(&Frame::Table(TableHead { name: table.name.clone(), columns: table.columns.clone() }))?;
        self.manifest.tables.insert(table.name.clone(), 0);
        let (mut block, mut waiting, mut failed) = (Vec::with_capacity(BLOCK), 0, None);
        let streamed = tx
            .each_raw(table.select(filter), |row| {
                pack(&mut block, row, &table.columns)?;
                waiting += 1;
                if block.len() < BLOCK {
                    return Ok(());
                }
                self.block(table, &mut block, &mut waiting).map_err(|error| {
                    failed = Some(error);
                    StoreError::Unavailable("backup")
                })
            })
            .await;
        match failed {
            Some(error) => return Err(error),
            None => streamed?,
        }
        self.block(table, &mut block, &mut waiting)
    }

    fn block(&mut self, table: &Table, block: &mut Vec<u8>, waiting: &mut u64) -> Result<(), ArchiveError> {
        if *waiting > 0 {
            self.put(&Frame::Rows(std::mem::take(block)))?;
            *self.manifest.tables.entry(table.name.clone()).or_default() += std::mem::take(waiting);
            (self.seen)(self.manifest.total(), self.total);
        }
        Ok(())
    }

    /// Ends the file, syncs it, reads it back, and only then gives it its name.
    fn finish(mut self, header: &Header, ring: &KeyRing) -> Result<Written, ArchiveError> {
        self.manifest.sha256 = hex::encode(self.sealing.digest());
        let end = Frame::End(self.manifest.clone());
        self.put(&end)?;
        let io = ArchiveError::io(&self.beside);
        let file = self.sealing.finish().map_err(&io)?.into_inner().map_err(|e| io(e.into_error()))?;
        file.sync_all().map_err(&io)?;
        if read::check(&self.beside, ring, self.total, self.seen)? != self.manifest {
            return Err(ArchiveError::damaged(&self.beside, "it reads back other than it was written"));
        }
        let (bytes, sha256) = fingerprint(&self.beside).map_err(&io)?;
        fs::rename(&self.beside, self.out).map_err(&io)?;
        sync_directory(self.out).map_err(ArchiveError::io(self.out))?;
        let (id, made_at) = (header.id, Micros::from_i64(header.made_at));
        Ok(Written { path: self.out.to_owned(), id, made_at, bytes, sha256, manifest: self.manifest })
    }
}

/// Begins the file: its head in clear, then the head's digest under the seal.
fn seal(path: &Path, header: &Header, key: &FileKey, store: &Store) -> io::Result<Sealing<BufWriter<File>>> {
    let file = OpenOptions::new().create(true).truncate(true).write(true).mode(0o600).open(path)?;
    let mut file = BufWriter::with_capacity(256 << 10, file);
    let digest = header.write(&mut file)?;
    let mut sealing = Sealing::new(file, key, &**store.rng())?;
    Frame::Begin(digest.to_vec()).write(&mut sealing)?;
    Ok(sealing)
}

fn fingerprint(path: &Path) -> io::Result<(u64, String)> {
    let mut file = File::open(path)?;
    let (mut hash, mut length, mut buffer) = (Context::new(&SHA256), 0, vec![0u8; 1 << 20]);
    loop {
        let count = file.read(&mut buffer)?;
        if count == 0 {
            return Ok((length, hex::encode(hash.finish().as_ref())));
        }
        hash.update(&buffer[..count]);
        length += count as u64;
    }
}

fn sync_directory(path: &Path) -> io::Result<()> {
    let dir = path.parent().filter(|dir| !dir.as_os_str().is_empty()).unwrap_or(Path::new("."));
    File::open(dir)?.sync_all()
}
