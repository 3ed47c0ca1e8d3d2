//! The whole house: what must hold everywhere (`coverage`), and the walks through it (`journey`),
//! which drive the real binary as its users do.

mod coverage;
mod journey;
