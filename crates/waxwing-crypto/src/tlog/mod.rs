//! The access record as outsiders see it: a tiled transparency log in the forms of C2SP.
//!
//! Promise: what is written here is read by any implementation of `tlog-tiles`, `tlog-checkpoint`,
//! `signed-note`, `tlog-cosignature`, `tlog-proof` and `tlog-witness`; every reader has limits, and
//! knows one way only to write a thing, so that no byte of a proof can change unseen. Limit: a
//! signature shows who signed, not that there is one log only; that is what a witness is for.
//!
//! Read in this order: [`Tile`] (where hashes lie), [`Plan`] (which of them make a proof),
//! [`SignedNote`] (how a text is signed), [`Checkpoint`] (what is signed), [`Policy`] (whom to
//! believe), [`EntryProof`] and [`AddCheckpoint`] (what is handed over).

mod checkpoint;
mod key;
mod note;
mod plan;
mod policy;
mod proof;
mod request;
#[cfg(test)]
mod tests;
mod tile;

pub use checkpoint::{Checkpoint, MAX_SIZE};
pub use key::{NoteSigner, SignatureKind, VerifierKey};
pub use note::{MAX_NOTE, NoteSignature, SignedNote};
pub use plan::{MissingTile, Plan};
pub use policy::{Policy, Seen, Trusted};
pub use proof::{EntryProof, MAX_PROOF};
pub use request::AddCheckpoint;
pub use tile::{Bundle, MAX_ENTRY, TILE_WIDTH, Tile};

/// Why a text of the log is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TlogError {
    /// Not a signed note.
    #[error("this is not a signed note")]
    Note,
    /// A signed note whose text is no checkpoint.
    #[error("this note is not a checkpoint")]
    Checkpoint,
    /// Not a key in the form `name+id+key`.
    #[error("this is not a key of the form name+id+key")]
    Key,
    /// Not a proof in the form `c2sp.org/tlog-proof@v1`.
    #[error("this is not a proof of the form c2sp.org/tlog-proof@v1")]
    Proof,
    /// Not a request to a witness.
    #[error("this is not a request to cosign a checkpoint")]
    Request,
    /// A known key's signature does not fit the text.
    #[error("a signature does not fit the text: one of the two was changed")]
    Forged,
    /// The log's key did not sign.
    #[error("the log's own key has not signed this")]
    Unsigned,
    /// Fewer witnesses signed than were asked for.
    #[error("a witness that was asked for has not signed this")]
    Unwitnessed,
    /// The hashes do not lead from the entry to the root.
    #[error("the hashes do not lead from this entry to the signed root")]
    NotIncluded,
}

/// A decimal number as C2SP writes it: digits only, no zero in front.
pub(super) fn decimal(text: &str) -> Option<u64> {
    let plain = text.bytes().all(|byte| byte.is_ascii_digit()) && (text == "0" || !text.starts_with('0'));
    if plain { text.parse().ok().filter(|number| *number <= MAX_SIZE) } else { None }
}

/// Standard base 64 with padding, one form only.
pub(super) fn base64(bytes: &[u8]) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.encode(bytes)
}

/// Reads what [`base64`] writes; unused bits that are set are refused.
pub(super) fn from_base64(text: &str) -> Option<Vec<u8>> {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.decode(text).ok()
}

/// A line that is one hash.
pub(super) fn hash_line(text: &str) -> Option<crate::merkle::Hash> {
    from_base64(text)?.try_into().ok()
}
