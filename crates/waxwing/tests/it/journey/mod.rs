//! Walks through the real binary.

mod backup;
mod command_line;
mod demo;
pub mod house;
mod planted;
mod power_cut;
mod sign_in;
