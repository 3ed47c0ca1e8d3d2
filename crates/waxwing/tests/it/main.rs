//! The whole house: what must hold everywhere (`coverage`), and the walks through it.

mod coverage;
