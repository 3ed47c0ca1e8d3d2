//! Whom to believe: one log's key and any number of witnesses.
//!
//! Promise: a checkpoint passes when the log's key signed it, every witness that is asked for did
//! too, and no signature of a known key is wrong; signatures of unknown keys are passed over, as
//! C2SP asks. Limit: without a witness, whoever holds the log's key can sign two different pasts.

use super::{Checkpoint, SignedNote, TlogError, VerifierKey};
use waxwing_domain::Micros;

/// The keys that are believed.
#[derive(Clone, Debug)]
pub struct Policy {
    /// The log's key.
    pub log: VerifierKey,
    /// Witnesses, all of whom must have signed.
    pub witnesses: Vec<VerifierKey>,
    /// Whether the log's key counts under whatever origin the checkpoint names: a log that went on
    /// under a new origin after a restore keeps its key.
    pub any_origin: bool,
}

/// A witness's word.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen {
    /// The witness.
    pub name: String,
    /// When, by its clock.
    pub at: Micros,
}

/// A checkpoint that passed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trusted {
    /// What was signed.
    pub checkpoint: Checkpoint,
    /// Who witnessed it.
    pub seen: Vec<Seen>,
}

impl Policy {
    /// Believes this log's key and nobody else.
    pub const fn log_only(log: VerifierKey) -> Self {
        Self { log, witnesses: Vec::new(), any_origin: false }
    }

    /// Checks a signed checkpoint.
    pub fn check(&self, note: &SignedNote) -> Result<Trusted, TlogError> {
        let checkpoint = Checkpoint::parse(note.text())?;
        let log = if self.any_origin { self.log.renamed(&checkpoint.origin) } else { Some(self.log.clone()) };
        let log = log.filter(|log| log.name() == checkpoint.origin).ok_or(TlogError::Unsigned)?;
        signed_by(note, &log)?.ok_or(TlogError::Unsigned)?;
        let mut seen = Vec::new();
        for witness in &self.witnesses {
            let at = signed_by(note, witness)?.flatten().ok_or(TlogError::Unwitnessed)?;
            seen.push(Seen { name: witness.name().to_owned(), at });
        }
        Ok(Trusted { checkpoint, seen })
    }

    /// Reads and checks a signed checkpoint.
    pub fn read(&self, text: &str) -> Result<Trusted, TlogError> {
        self.check(&SignedNote::parse(text)?)
    }
}

/// `None` when the key has not signed; else the time that a cosignature names.
fn signed_by(note: &SignedNote, key: &VerifierKey) -> Result<Option<Option<Micros>>, TlogError> {
    let mut found = None;
    for signature in note.signatures().iter().filter(|signature| signature.is_of(key)) {
        found = Some(signature.check(key, note.text())?);
    }
    Ok(found)
}

impl SignedNote {
    /// Passes when this key signed the text, and no signature of it is wrong.
    ///
    /// # Errors
    /// [`TlogError::Unsigned`], [`TlogError::Forged`].
    pub fn signed_by(&self, key: &VerifierKey) -> Result<(), TlogError> {
        signed_by(self, key)?.map(drop).ok_or(TlogError::Unsigned)
    }

    /// The signature lines of a witness's answer that are its own and fit this note.
    ///
    /// # Errors
    /// [`TlogError::Unwitnessed`] when none is; [`TlogError::Forged`] when one does not fit.
    pub fn take_cosignature(&mut self, witness: &VerifierKey, answer: &str) -> Result<Seen, TlogError> {
        let lines = super::NoteSignature::parse_lines(answer)?;
        let line = lines.into_iter().find(|line| line.is_of(witness)).ok_or(TlogError::Unwitnessed)?;
        let at = line.check(witness, self.text())?.ok_or(TlogError::Unwitnessed)?;
        self.add(line);
        Ok(Seen { name: witness.name().to_owned(), at })
    }
}
