//! Tests of the crate as its callers use it, and against other implementations.

mod dkim_oracle;
mod mime_oracle;
mod samples;
