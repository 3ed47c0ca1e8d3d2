//! Walks through the real binary.

mod command_line;
pub mod house;
mod sign_in;
