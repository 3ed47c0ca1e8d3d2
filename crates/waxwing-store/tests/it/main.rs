//! The store on both engines.

mod archive;
mod jobs;
mod people;
mod record;
mod rotate;
mod statements;
