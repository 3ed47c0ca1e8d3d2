//! What law asks, shown on cases that people can read.

mod golden;
mod notices;
mod properties;
