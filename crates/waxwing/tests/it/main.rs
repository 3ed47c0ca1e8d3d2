//! The whole house: what must hold everywhere (`coverage`), and the walks through it (`journey`),
//! which drive the real binary as its users do,
//! also in a real browser (`browser`).

mod browser;
mod coverage;
mod journey;
