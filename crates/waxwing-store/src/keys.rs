//! The key files: the root key outside the data directory, the sealed key ring, their changes.
//!
//! Promise: the ring on disk is replaced whole or not at all, and only under a lock. Limit: losing
//! the ring or the root key loses every sealed value; nobody can bring them back.

use std::fmt;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, RwLock};
use std::time::SystemTime;
use waxwing_crypto::{KeyRing, RootKey, root_file_from_bytes, root_file_to_bytes};
use waxwing_domain::{Clock, Rng};

/// Where the key files are.
#[derive(Clone, Debug)]
pub struct KeyFiles {
    /// The root key: outside the data directory.
    pub root: PathBuf,
    /// The key ring, sealed by the root key.
    pub ring: PathBuf,
}

impl KeyFiles {
    /// The default places: `DATA-keys/root.key` beside the data directory, `DATA-keys/ring.sealed` with it.
    ///
    /// Both outside the data directory, so that a copy of the data holds no key.
    pub fn beside(data: &Path) -> Self {
        let mut name = data.file_name().map_or_else(|| "waxwing".into(), std::ffi::OsStr::to_os_string);
        name.push("-keys");
        let dir = data.with_file_name(name);
        Self { root: dir.join("root.key"), ring: dir.join("ring.sealed") }
    }
}

/// What is wrong with the key files.
#[derive(Debug, thiserror::Error)]
pub enum KeyStoreError {
    /// A file is not there.
    #[error("the key file {0} is missing; without it nothing sealed can be read. Restore it from the key backup")]
    Missing(PathBuf),
    /// A file is there that must not be overwritten.
    #[error("the key file {0} exists already and is left alone")]
    Exists(PathBuf),
    /// Reading or writing failed.
    #[error("the key file {0} cannot be used: {1}")]
    Io(PathBuf, io::ErrorKind),
    /// Wrong root key, wrong passphrase, or a damaged file.
    #[error("the key file {0} cannot be opened: {1}")]
    Sealed(PathBuf, String),
    /// Others may read the root key.
    #[error("the key file {0} can be read by others; make it private (chmod 600) and consider its keys known")]
    Open(PathBuf),
    /// A change that the ring refuses.
    #[error("{0}")]
    Refused(String),
}

/// The open key ring of an installation. Cheap to clone.
#[derive(Clone)]
pub struct KeyStore {
    inner: Arc<Inner>,
}

/// Which file was read: each change puts another one in place, also within one tick of the file system's clock.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Seen {
    modified: SystemTime,
    inode: u64,
    length: u64,
}

struct Inner {
    files: KeyFiles,
    root: RootKey,
    ring: RwLock<Arc<KeyRing>>,
    seen: Mutex<Option<Seen>>,
    rng: Arc<dyn Rng>,
}

impl KeyStore {
    /// Makes new key files; refuses to overwrite old ones.
    pub fn create(
        files: KeyFiles,
        passphrase: Option<&str>,
        clock: &dyn Clock,
        rng: Arc<dyn Rng>,
    ) -> Result<Self, KeyStoreError> {
        for path in [&files.root, &files.ring] {
            if path.exists() {
                return Err(KeyStoreError::Exists(path.clone()));
            }
        }
        let root = RootKey::random(&*rng);
        replace(&files.root, &root_file_to_bytes(&root, passphrase, &*rng))?;
        let ring = KeyRing::create(clock, &*rng);
        replace(&files.ring, &ring.to_file(&root, &*rng))?;
        let seen = seen(&files.ring);
        Ok(Self::with(files, root, (ring, seen), rng))
    }

    /// Opens the key files.
    pub fn open(files: KeyFiles, passphrase: Option<&str>, rng: Arc<dyn Rng>) -> Result<Self, KeyStoreError> {
        refuse_public(&files.root)?;
        let root = root_file_from_bytes(&read(&files.root)?, passphrase)
            .map_err(|e| KeyStoreError::Sealed(files.root.clone(), e.to_string()))?;
        let seen = seen(&files.ring);
        let ring = load(&files.ring, &root)?;
        Ok(Self::with(files, root, (ring, seen), rng))
    }

    fn with(files: KeyFiles, root: RootKey, (ring, seen): (KeyRing, Option<Seen>), rng: Arc<dyn Rng>) -> Self {
        let seen = Mutex::new(seen);
        Self { inner: Arc::new(Inner { files, root, ring: RwLock::new(Arc::new(ring)), seen, rng }) }
    }

    /// The keys as they are now: another process may have changed them, and what it sealed must open here. It asks
    /// the file system whether the file is still the one that was read, which takes about a microsecond. A file that
    /// cannot be read leaves the keys as last read, and the log says so.
    pub fn ring(&self) -> Arc<KeyRing> {
        match self.reload() {
            // A volume that went away: what runs goes on with what it knows.
            Ok(_) | Err(KeyStoreError::Missing(_)) => {}
            Err(error) => tracing::warn!(%error, "the key ring cannot be read again; the keys of before are used"),
        }
        self.last_read()
    }

    fn last_read(&self) -> Arc<KeyRing> {
        // A poisoned lock still holds a whole ring: it is only ever swapped.
        self.inner.ring.read().unwrap_or_else(std::sync::PoisonError::into_inner).clone()
    }

    /// Where the files are.
    pub fn files(&self) -> &KeyFiles {
        &self.inner.files
    }

    /// The file of the ring as it stands, sealed by the root key: for a backup.
    pub(crate) fn ring_file(&self) -> Result<Vec<u8>, KeyStoreError> {
        read(&self.inner.files.ring)
    }

    /// The file of the root key as it stands: for a backup that was asked to hold it.
    pub(crate) fn root_file(&self) -> Result<Vec<u8>, KeyStoreError> {
        read(&self.inner.files.root)
    }

    /// Reads the ring again if its file changed; says whether it did.
    pub fn reload(&self) -> Result<bool, KeyStoreError> {
        let path = &self.inner.files.ring;
        // Held until the swap, so that no slower thread puts older keys back.
        let mut known = self.inner.seen.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        // Before the file is read: if it is replaced in between, the next call reads it once more.
        let now = seen(path);
        if *known == now {
            return Ok(false);
        }
        let loaded = load(path, &self.inner.root);
        if !matches!(loaded, Err(KeyStoreError::Io(..) | KeyStoreError::Missing(_))) {
            // A file that does not open is not tried again until it changes.
            *known = now;
        }
        self.put(loaded?);
        Ok(true)
    }

    /// Changes the ring under a lock on its file, and replaces the file durably before it counts.
    pub fn change<T>(&self, change: impl FnOnce(&mut KeyRing) -> Result<T, KeyStoreError>) -> Result<T, KeyStoreError> {
        let path = &self.inner.files.ring;
        let lock_path = path.with_extension("lock");
        let io = |e: io::Error| KeyStoreError::Io(lock_path.clone(), e.kind());
        let lock =
            OpenOptions::new().create(true).truncate(false).write(true).mode(0o600).open(&lock_path).map_err(io)?;
        lock.lock().map_err(io)?;
        let mut ring = load(path, &self.inner.root)?;
        let answer = change(&mut ring)?;
        replace(path, &ring.to_file(&self.inner.root, &*self.inner.rng))?;
        let mut known = self.inner.seen.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        self.put(ring);
        *known = seen(path);
        Ok(answer)
    }

    fn put(&self, ring: KeyRing) {
        *self.inner.ring.write().unwrap_or_else(std::sync::PoisonError::into_inner) = Arc::new(ring);
    }
}

impl fmt::Debug for KeyStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "KeyStore({})", self.inner.files.ring.display())
    }
}

/// Opens the bytes of a ring's file with the root key in `files`, or with the bytes of a root
/// key's file. Writes nothing.
pub(crate) fn ring_from_bytes(
    files: &KeyFiles,
    root: Option<&[u8]>,
    ring: &[u8],
    passphrase: Option<&str>,
) -> Result<KeyRing, KeyStoreError> {
    let root = match root {
        Some(bytes) if !files.root.exists() => bytes.to_vec(),
        _ => {
            refuse_public(&files.root)?;
            read(&files.root)?
        }
    };
    let root = root_file_from_bytes(&root, passphrase)
        .map_err(|e| KeyStoreError::Sealed(files.root.clone(), e.to_string()))?;
    KeyRing::from_file(&root, ring).map_err(|e| KeyStoreError::Sealed("of the key archive".into(), e.to_string()))
}

/// Puts a key file from a backup in place; an existing one is left alone.
pub(crate) fn install(path: &Path, bytes: &[u8]) -> Result<(), KeyStoreError> {
    if path.exists() { Err(KeyStoreError::Exists(path.to_owned())) } else { replace(path, bytes) }
}

fn load(path: &Path, root: &RootKey) -> Result<KeyRing, KeyStoreError> {
    KeyRing::from_file(root, &read(path)?).map_err(|e| KeyStoreError::Sealed(path.to_owned(), e.to_string()))
}

fn read(path: &Path) -> Result<Vec<u8>, KeyStoreError> {
    fs::read(path).map_err(|e| match e.kind() {
        io::ErrorKind::NotFound => KeyStoreError::Missing(path.to_owned()),
        kind => KeyStoreError::Io(path.to_owned(), kind),
    })
}

fn seen(path: &Path) -> Option<Seen> {
    use std::os::unix::fs::MetadataExt as _;
    let file = fs::metadata(path).ok()?;
    Some(Seen { modified: file.modified().ok()?, inode: file.ino(), length: file.len() })
}

/// Writes beside, syncs, renames, syncs the directory: the old file or the new one, never half.
pub(crate) fn replace(path: &Path, bytes: &[u8]) -> Result<(), KeyStoreError> {
    let io = |e: io::Error| KeyStoreError::Io(path.to_owned(), e.kind());
    let dir = path.parent().unwrap_or(Path::new("."));
    if !dir.exists() {
        fs::DirBuilder::new().recursive(true).mode(0o700).create(dir).map_err(io)?;
    }
    let beside = path.with_extension("new");
    let mut file = OpenOptions::new().create(true).truncate(true).write(true).mode(0o600).open(&beside).map_err(io)?;
    file.write_all(bytes).and_then(|()| file.sync_all()).map_err(io)?;
    fs::rename(&beside, path).and_then(|()| File::open(dir)?.sync_all()).map_err(io)
}

fn refuse_public(path: &Path) -> Result<(), KeyStoreError> {
    use std::os::unix::fs::MetadataExt as _;
    let mode = match fs::metadata(path) {
        Ok(meta) => meta.mode(),
        Err(_) => return Err(KeyStoreError::Missing(path.to_owned())),
    };
    if mode & 0o077 == 0 { Ok(()) } else { Err(KeyStoreError::Open(path.to_owned())) }
}
