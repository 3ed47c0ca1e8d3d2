//! A witness of other logs (C2SP tlog-witness): it remembers the last head of each, and signs the
//! next only when that goes on from it.
//!
//! Promise: what was seen is durable before it is signed, and two requests never race past each
//! other, so that no log can show this witness two pasts. Limit: it believes the keys it was
//! given; it does not read entries, and a log that stops coming is not noticed here.

use crate::keys::replace;
use std::fs::{File, OpenOptions};
use std::io::{self, ErrorKind};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use waxwing_crypto::merkle::{empty_root, leaf_hash, verify_consistency};
use waxwing_crypto::tlog::{AddCheckpoint, Checkpoint, NoteSigner, Policy, SignedNote, TlogError, VerifierKey};
use waxwing_domain::Micros;

/// Why a witness cannot begin.
#[derive(Debug, thiserror::Error)]
pub enum WitnessError {
    /// Its directory.
    #[error("the witness's directory {}: {}", .0.display(), .1)]
    Io(PathBuf, ErrorKind),
    /// Another process works on the same directory.
    #[error("another witness works on {}", .0.display())]
    Taken(PathBuf),
    /// What it remembers of a log is damaged.
    #[error("what the witness remembers in {} is damaged: {}", .0.display(), .1)]
    Damaged(PathBuf, TlogError),
}

/// What is answered to `add-checkpoint`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WitnessAnswer {
    /// Signed: the signature line.
    Cosigned(String),
    /// The request cannot be read, or contradicts itself.
    Malformed,
    /// No key of a log of this name is known here.
    UnknownLog,
    /// No known key of the log has signed.
    Unsigned,
    /// The old size is not the one seen last, which is given; or the same size has two roots.
    Conflict(u64),
    /// The proof does not show that the log goes on from what was seen last.
    Inconsistent,
    /// What was seen could not be made durable, so nothing was signed.
    Unavailable,
}

impl WitnessAnswer {
    /// The status, type and body of the answer over HTTP.
    pub fn http(self) -> (u16, &'static str, String) {
        const TEXT: &str = "text/plain; charset=utf-8";
        match self {
            Self::Cosigned(line) => (200, TEXT, line + "\n"),
            Self::Malformed => (400, TEXT, "This is not a request of the form of c2sp.org/tlog-witness.\n".into()),
            Self::Unsigned => (403, TEXT, "No known key of this log has signed the checkpoint.\n".into()),
            Self::UnknownLog => (404, TEXT, "This witness knows no log of this name.\n".into()),
            Self::Conflict(size) => (409, "text/x.tlog.size", format!("{size}\n")),
            Self::Inconsistent => (422, TEXT, "The proof does not lead from the head seen last to this one.\n".into()),
            Self::Unavailable => (503, TEXT, "The witness cannot keep what it sees. Try again later.\n".into()),
        }
    }
}

/// A witness over its directory.
pub struct Witness {
    dir: PathBuf,
    signer: NoteSigner,
    logs: Vec<VerifierKey>,
    turn: Mutex<()>,
    _lock: File,
}

impl std::fmt::Debug for Witness {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Witness({}, {} logs)", self.signer.verifier(), self.logs.len())
    }
}

impl Witness {
    /// A witness that keeps what it saw in `dir`, signs by `signer` and believes the keys of `logs`.
    pub fn open(dir: &Path, signer: NoteSigner, logs: Vec<VerifierKey>) -> Result<Self, WitnessError> {
        let io = |error: io::Error| WitnessError::Io(dir.to_owned(), error.kind());
        std::fs::DirBuilder::new().recursive(true).mode(0o700).create(dir).map_err(io)?;
        let lock = OpenOptions::new().create(true).truncate(false).write(true).mode(0o600).open(dir.join("lock"));
        let lock = lock.map_err(io)?;
        lock.try_lock().map_err(|_| WitnessError::Taken(dir.to_owned()))?;
        let witness = Self { dir: dir.to_owned(), signer, logs, turn: Mutex::new(()), _lock: lock };
        for log in &witness.logs {
            witness.last(log.name())?;
        }
        Ok(witness)
    }

    /// Its public key.
    pub fn verifier(&self) -> &VerifierKey {
        self.signer.verifier()
    }

    /// What it saw last of the log of this name, with its own signature below; `None` if nothing.
    pub fn last(&self, origin: &str) -> Result<Option<(Checkpoint, SignedNote)>, WitnessError> {
        let path = self.path(origin);
        let text = match std::fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(WitnessError::Io(path, error.kind())),
        };
        let read = SignedNote::parse(&text).and_then(|note| Ok((Checkpoint::parse(note.text())?, note)));
        read.map(Some).map_err(|error| WitnessError::Damaged(path, error))
    }

    fn path(&self, origin: &str) -> PathBuf {
        self.dir.join(format!("{}.checkpoint", hex::encode(leaf_hash(origin.as_bytes()))))
    }

    /// Answers a request; what is signed is durable before.
    pub fn add_checkpoint(&self, body: &[u8], now: Micros) -> WitnessAnswer {
        let request = std::str::from_utf8(body).ok().and_then(|text| AddCheckpoint::parse(text).ok());
        let request = request.and_then(|request| Some((Checkpoint::parse(request.note.text()).ok()?, request)));
        let Some((head, request)) = request else { return WitnessAnswer::Malformed };
        if let Err(refused) = self.believe(&head, &request.note) {
            return refused;
        }
        if request.old > head.size {
            return WitnessAnswer::Malformed;
        }
        // Checking and keeping are one step: a poisoned lock guards nothing that could be half done.
        let _turn = self.turn.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let Ok(last) = self.last(&head.origin) else { return WitnessAnswer::Unavailable };
        let (size, root) = last.map_or((0, empty_root()), |(last, _)| (last.size, last.root));
        if request.old != size || (size == head.size && root != head.root) {
            return WitnessAnswer::Conflict(size);
        }
        if !verify_consistency((size, &root), (head.size, &head.root), &request.proof) {
            return WitnessAnswer::Inconsistent;
        }
        self.cosign(&head, &request.note, now)
    }

    fn believe(&self, head: &Checkpoint, note: &SignedNote) -> Result<(), WitnessAnswer> {
        let mut keys = self.logs.iter().filter(|log| log.name() == head.origin).peekable();
        if keys.peek().is_none() {
            return Err(WitnessAnswer::UnknownLog);
        }
        let signed = keys.any(|key| Policy::log_only(key.clone()).check(note).is_ok());
        if signed { Ok(()) } else { Err(WitnessAnswer::Unsigned) }
    }

    /// Keeps the head with this witness’s signature below those it came with, and answers its own.
    fn cosign(&self, head: &Checkpoint, note: &SignedNote, now: Micros) -> WitnessAnswer {
        let mut kept = note.clone();
        let line = kept.sign(&self.signer, now).line();
        match replace(&self.path(&head.origin), kept.to_text().as_bytes()) {
            Ok(()) => WitnessAnswer::Cosigned(line),
            Err(_) => WitnessAnswer::Unavailable,
        }
    }
}
