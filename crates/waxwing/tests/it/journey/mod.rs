//! Walks through the real binary.

mod backup;
mod canaries;
pub mod case;
mod command_line;
mod contract;
mod crowd;
mod database_gone;
mod demo;
mod drills;
mod full_disk;
pub mod house;
mod lockdown_cut;
mod notice_cut;
mod planted;
mod power_cut;
mod record;
mod reseal;
mod sign_in;
mod touched;
mod two_processes;
mod workspaces;
