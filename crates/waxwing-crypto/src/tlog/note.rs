//! Texts with signatures below them (C2SP signed-note).
//!
//! Promise: what reads back writes the same bytes, and reading has limits. Limit: reading says
//! nothing about who signed; [`Policy`](super::Policy) does.

use super::key::{NoteSigner, SignatureKind, VerifierKey, is_name};
use super::{TlogError, base64, from_base64};
use waxwing_domain::Micros;

/// The longest note, in bytes: sixteen signatures of the largest kind fit.
pub const MAX_NOTE: usize = 128 * 1024;
/// How many signatures are read.
const MAX_SIGNATURES: usize = 32;
/// Em dash and space.
const DASH: &str = "\u{2014} ";

/// One line of signature.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoteSignature {
    /// The name of the key.
    pub name: String,
    /// The id of the key.
    pub id: [u8; 4],
    /// What the key gave; of a cosignature, the time in seconds (8 bytes) comes first.
    pub bytes: Vec<u8>,
}

impl NoteSignature {
    /// The line, without its newline.
    pub fn line(&self) -> String {
        format!("{DASH}{} {}", self.name, base64(&[&self.id[..], &self.bytes].concat()))
    }

    fn parse(line: &str) -> Option<Self> {
        let (name, bytes) = line.strip_prefix(DASH)?.split_once(' ')?;
        let bytes = from_base64(bytes)?;
        let (id, bytes) = bytes.split_first_chunk::<4>()?;
        let read = Self { name: name.to_owned(), id: *id, bytes: bytes.to_vec() };
        (is_name(name) && !bytes.is_empty()).then_some(read)
    }

    /// Reads lines that each end in a newline, as a witness answers.
    pub fn parse_lines(text: &str) -> Result<Vec<Self>, TlogError> {
        let lines = text.strip_suffix('\n').ok_or(TlogError::Note)?;
        if text.len() > MAX_NOTE {
            return Err(TlogError::Note);
        }
        let read: Option<Vec<_>> = lines.split('\n').map(Self::parse).collect();
        read.filter(|read| read.len() <= MAX_SIGNATURES).ok_or(TlogError::Note)
    }

    /// Whether name and id are this key's.
    pub fn is_of(&self, key: &VerifierKey) -> bool {
        self.name == key.name() && self.id == key.id()
    }

    /// Checks the signature over `text`; of a cosignature, gives the moment it names.
    pub(super) fn check(&self, key: &VerifierKey, text: &str) -> Result<Option<Micros>, TlogError> {
        match key.kind() {
            SignatureKind::Note => key.verify(text.as_bytes(), &self.bytes).then_some(None).ok_or(TlogError::Forged),
            SignatureKind::Cosignature => self.check_cosignature(key, text).ok_or(TlogError::Forged),
        }
    }

    fn check_cosignature(&self, key: &VerifierKey, text: &str) -> Option<Option<Micros>> {
        let (time, signature) = self.bytes.split_first_chunk::<8>()?;
        let seconds = i64::try_from(u64::from_be_bytes(*time)).ok()?;
        let micros = seconds.checked_mul(Micros::SECOND)?;
        key.verify(&cosigned(seconds, text), signature).then(|| Some(Micros::from_i64(micros)))
    }
}

/// What a witness signs (C2SP tlog-cosignature, `cosignature/v1`).
fn cosigned(seconds: i64, text: &str) -> Vec<u8> {
    format!("cosignature/v1\ntime {seconds}\n{text}").into_bytes()
}

/// A text and its signatures.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedNote {
    text: String,
    signatures: Vec<NoteSignature>,
}

impl SignedNote {
    /// A text without signatures yet; `None` when a note cannot hold it.
    pub fn new(text: String) -> Option<Self> {
        let clean = text.ends_with('\n') && text.len() <= MAX_NOTE && !text.contains(is_refused);
        clean.then(|| Self { text, signatures: Vec::new() })
    }

    /// The text, its last newline included.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The signatures, in order.
    pub fn signatures(&self) -> &[NoteSignature] {
        &self.signatures
    }

    /// Signs the text, at `now` where the key gives a cosignature.
    pub fn sign(&mut self, signer: &NoteSigner, now: Micros) -> NoteSignature {
        let key = signer.verifier();
        let bytes = match key.kind() {
            SignatureKind::Note => signer.sign(self.text.as_bytes()),
            SignatureKind::Cosignature => {
                let seconds = now.as_seconds().max(0);
                [&seconds.to_be_bytes()[..], &signer.sign(&cosigned(seconds, &self.text))].concat()
            }
        };
        let signature = NoteSignature { name: key.name().to_owned(), id: key.id(), bytes };
        self.add(signature.clone());
        signature
    }

    /// Adds a signature that came from elsewhere; one of the same key gives way to it.
    pub fn add(&mut self, signature: NoteSignature) {
        self.signatures.retain(|old| (&old.name, old.id) != (&signature.name, signature.id));
        self.signatures.push(signature);
    }

    /// Text, empty line, signatures.
    pub fn to_text(&self) -> String {
        let lines: String = self.signatures.iter().map(|signature| signature.line() + "\n").collect();
        format!("{}\n{lines}", self.text)
    }

    /// Reads what [`Self::to_text`] wrote.
    pub fn parse(note: &str) -> Result<Self, TlogError> {
        if note.len() > MAX_NOTE || note.contains(is_refused) {
            return Err(TlogError::Note);
        }
        let split = note.rfind("\n\n").ok_or(TlogError::Note)?;
        let text = note[..=split].to_owned();
        let signatures = NoteSignature::parse_lines(&note[split + 2..])?;
        let read = Self { text, signatures };
        if read.to_text() == note { Ok(read) } else { Err(TlogError::Note) }
    }
}

/// Control characters other than newline.
fn is_refused(c: char) -> bool {
    c < ' ' && c != '\n'
}
