//! What people would otherwise have to remember. Allow-lists here may only shrink.

mod architecture;
mod asvs;
mod columns;
mod floors;
mod foreign;
mod jobs;
mod kept;
mod limited;
mod migrations;
mod pages;
mod parity;
mod reach;
mod routes;
mod sealed;
mod simulated;
mod small_counts;
mod source;
mod sources;
mod statements;
mod step_up;
mod timed;
