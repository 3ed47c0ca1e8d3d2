//! Walks through the real binary.

mod backup;
mod canaries;
mod command_line;
mod contract;
mod crowd;
mod database_gone;
mod demo;
mod drills;
mod full_disk;
pub mod house;
mod lockdown_cut;
mod planted;
mod power_cut;
mod record;
mod sign_in;
mod workspaces;
