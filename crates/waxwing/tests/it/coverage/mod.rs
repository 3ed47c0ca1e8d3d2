//! What people would otherwise have to remember. Allow-lists here may only shrink.

mod architecture;
mod asvs;
mod columns;
mod floors;
mod foreign;
mod jobs;
mod limited;
mod migrations;
mod pages;
mod reach;
mod routes;
mod small_counts;
mod source;
mod sources;
mod statements;
mod step_up;
