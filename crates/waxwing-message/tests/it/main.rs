//! Tests of the crate as its callers use it.
