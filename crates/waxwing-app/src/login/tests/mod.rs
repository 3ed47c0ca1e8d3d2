//! The story of signing in, in sentences, over the whole web shell and on both engines.

pub(crate) mod browser;
mod doors;
mod enumeration;
mod factor;
mod links;
mod own;
mod sign_in;
mod workspaces;
