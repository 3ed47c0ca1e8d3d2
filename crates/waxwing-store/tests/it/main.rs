//! The store on both engines.

mod jobs;
mod people;
mod record;
mod rotate;
mod statements;
