//! What law asks, shown on cases that people can read.

mod golden;
mod properties;
