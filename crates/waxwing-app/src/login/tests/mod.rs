//! The story of signing in, in sentences, over the whole web shell and on both engines.

pub mod authenticator;
pub(crate) mod browser;
mod device;
mod doors;
mod enumeration;
pub(crate) mod factor;
mod force_reset;
mod links;
mod own;
mod passkey;
mod policy;
mod recovery;
mod sign_in;
mod step_up;
mod stepped_up;
mod workspaces;
