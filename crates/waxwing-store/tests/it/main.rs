//! The store on both engines.

mod archive;
mod jobs;
mod people;
mod record;
mod record_files;
mod record_log;
mod reseal;
mod rotate;
mod statements;
mod witness;
mod workspaces;
