//! Walks through the real binary.

mod command_line;
mod house;
mod sign_in;
