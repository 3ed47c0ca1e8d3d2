//! OpenID Connect as a relying party: what a provider says, read and judged.
//!
//! Promise: an ID token is taken for true only if one of the provider's own keys signed it by the one algorithm that fits
//! that key, for this installation, for this very sign-in, and lately (OpenID Connect Core 1.0 §3.1.3.7). Everything
//! read has a limit. Limit: pure; who fetches the documents, and from where, is the caller's; encrypted tokens and
//! shared-key signatures are not read at all.
//!
//! Read in this order: [`Provider`] (where its doors are), [`KeySet`] (by what it signs), [`verify`] (what it says of whom).

mod flow;
mod keys;
mod provider;
mod token;

pub use flow::{Challenge, Verifier};
pub use keys::{Algorithm, KeySet, KeySetError};
pub use provider::{ClientAuth, Provider, ProviderError};
pub use token::{Claims, Expected, TokenError, verify};

/// The largest document that is read, in bytes.
pub const MOST_BYTES: usize = 256 * 1024;
