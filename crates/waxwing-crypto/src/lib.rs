//! Keys, sealing bound to its place, blind indexes, tokens, passwords and log hashing.
//!
//! Promise: what is sealed here opens only with its own key and only in the place it was sealed
//! for; nothing here reads a clock, a file or a socket, and no secret reaches `Debug` or an error.
//! Limit: memory that a moved value leaves behind and pages the system swaps out are not wiped,
//! and an old ciphertext put back into its own cell opens again (see [`envelope`]).
//!
//! Every byte layout in this crate is frozen: people's data is stored in it. Known-answer tests
//! pin each one; a change needs a new format byte beside the old one, never an edit.
//!
//! Read in this order: [`Place`] (where a value lives), [`envelope`] (how it is sealed),
//! [`KeyRing`] (which keys there are), then whichever of the small modules is needed.

pub mod envelope;
pub mod file_key;
pub mod keyring;
pub mod merkle;
pub mod password;
pub mod place;
pub mod root;
pub mod tlog;
pub mod token;
pub mod totp;

mod api_key;
mod base32;
mod canary;
mod mac;
mod recovery;
mod secret;
#[cfg(test)]
mod vectors;
mod webhook;

pub use api_key::{ApiKey, ApiKeyError};
pub use canary::CanaryKey;
pub use envelope::{OpenError, SealedBy, open_under_subject, reseal_under_subject, seal_under_subject, sealed_by};
pub use file_key::{FileError, FileOpener, FileSealer};
pub use keyring::{
    EpochId, IndexKind, InstallationUse, KeyRing, KeyUse, MacPurpose, Month, RingError, RingFileError, TokenError,
    TokenPurpose, WorkspaceKeys, token_claims,
};
pub use place::{Place, TableId};
pub use recovery::{RecoveryCode, recovery_codes};
pub use root::{RootFileError, root_file_from_bytes, root_file_to_bytes};
pub use secret::{FileKey, RootKey, SubjectKey};
pub use token::{SecretPurpose, SecretToken, SecretTokenError, constant_time_eq, credential_tag, sha256};
pub use webhook::{WebhookSecret, WebhookSecretError, webhook_seconds};
