//! The head of an archive: what it is and how its key is found. Readable without any key.

use super::ArchiveError;
use crate::{MIGRATIONS, schema_version};
use aws_lc_rs::digest::{SHA256, digest};
use serde::{Deserialize, Serialize};
use std::fs::File;
use std::io::{BufReader, Read as _, Write};
use std::path::Path;
use waxwing_crypto::{FileKey, KeyRing, Place, TableId};
use waxwing_domain::{FieldId, Rng, WorkspaceId};

const MAGIC: &[u8] = b"WAXWING-ARCHIVE 1\n";
/// A key ring of a hundred thousand workspaces fits.
const MOST: u32 = 64 << 20;

/// Which of the two archives.
#[derive(Serialize, Deserialize, Clone, Copy, PartialEq, Eq, Debug)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Rows and files.
    Data,
    /// The key ring, people's keys, and what must hold although the data is older.
    Keys,
}

/// The head.
#[derive(Serialize, Deserialize, Clone, Debug)]
pub struct Header {
    /// Which archive.
    pub kind: Kind,
    /// The version of Waxwing that wrote it.
    pub version: String,
    /// The number of the newest migration.
    pub schema: i64,
    /// A digest of all migrations.
    pub schema_digest: String,
    /// Its own number.
    pub id: i64,
    /// When its snapshot was taken, in microseconds since 1970.
    pub made_at: i64,
    /// When the installation's key ring was made: tells installations apart.
    pub installation: i64,
    /// The archive's key, wrapped by the ring.
    pub key: String,
    /// The ring's file, sealed by the root key.
    pub ring: Option<String>,
    /// The root key's file, where that was asked for.
    pub root: Option<String>,
}

/// A digest of every migration's text.
pub fn schema_digest() -> String {
    let all: String = MIGRATIONS.iter().map(|migration| migration.checksum()).collect();
    hex::encode(&digest(&SHA256, all.as_bytes()).as_ref()[..16])
}

/// Where an archive's key is at home: another archive's wrapped key does not open here.
const fn place(kind: Kind, id: i64) -> Place {
    let field = match kind {
        Kind::Data => FieldId::FILE_KEY,
        Kind::Keys => FieldId::SECRET,
    };
    Place::shared(WorkspaceId::from_i64(0), TableId::FILES, field, id)
}

impl Header {
    /// The head of a new archive, and its key.
    pub fn new(kind: Kind, id: i64, made_at: i64, ring: &KeyRing, rng: &dyn Rng) -> (Self, FileKey) {
        let key = FileKey::random(rng);
        let wrapped = ring.installation_wrap_file_key(&place(kind, id), &key, rng);
        let header = Self {
            kind,
            version: env!("CARGO_PKG_VERSION").to_owned(),
            schema: schema_version(),
            schema_digest: schema_digest(),
            id,
            made_at,
            installation: ring.created().as_i64(),
            key: hex::encode(wrapped),
            ring: None,
            root: None,
        };
        (header, key)
    }

    /// Writes the head; gives its digest.
    pub fn write(&self, out: &mut impl Write) -> std::io::Result<[u8; 32]> {
        let bytes = serde_json::to_vec(self).map_err(std::io::Error::other)?;
        out.write_all(MAGIC)?;
        out.write_all(&(bytes.len() as u32).to_be_bytes())?;
        out.write_all(&bytes)?;
        Ok(digest_of(&bytes))
    }

    /// Reads the head of the archive in `path`; gives also its digest, and the file after it.
    pub fn open(path: &Path) -> Result<(Self, [u8; 32], BufReader<File>), ArchiveError> {
        let io = ArchiveError::io(path);
        let mut input = BufReader::with_capacity(128 << 10, File::open(path).map_err(&io)?);
        let format = |_| ArchiveError::Format(path.to_owned());
        let mut start = [0u8; MAGIC.len() + 4];
        input.read_exact(&mut start).map_err(format)?;
        let length = start.last_chunk::<4>().map_or(u32::MAX, |bytes| u32::from_be_bytes(*bytes));
        if !start.starts_with(MAGIC) || length > MOST {
            return Err(ArchiveError::Format(path.to_owned()));
        }
        let mut bytes = Vec::new();
        input.by_ref().take(u64::from(length)).read_to_end(&mut bytes).map_err(&io)?;
        let header: Self =
            serde_json::from_slice(&bytes).map_err(|_| ArchiveError::damaged(path, "its header cannot be read"))?;
        Ok((header, digest_of(&bytes), input))
    }

    /// The archive's key.
    pub fn file_key(&self, ring: &KeyRing, path: &Path) -> Result<FileKey, ArchiveError> {
        let wrapped = bytes(&self.key, path)?;
        ring.installation_unwrap_file_key(&place(self.kind, self.id), &wrapped)
            .map_err(|e| ArchiveError::unopened(path, e))
    }

    /// Refuses an archive of another schema: its rows would not fit.
    pub fn refuse_other_schema(&self) -> Result<(), ArchiveError> {
        let same = self.schema == schema_version() && self.schema_digest == schema_digest();
        if same { Ok(()) } else { Err(ArchiveError::Schema(self.version.clone())) }
    }
}

/// Bytes that stand in the head in hexadecimal.
pub fn bytes(text: &str, path: &Path) -> Result<Vec<u8>, ArchiveError> {
    hex::decode(text).map_err(|_| ArchiveError::damaged(path, "its header cannot be read"))
}

fn digest_of(bytes: &[u8]) -> [u8; 32] {
    digest(&SHA256, bytes).as_ref().try_into().expect("SHA-256 gives 32 bytes")
}
