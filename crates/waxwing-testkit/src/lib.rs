//! The scripted outside world for tests. Never a dependency of the product.
//!
//! Promise: what a test needs from outside (a database, time, chance, a DNS server) is made here,
//! fresh for each test. Limit: where a machine lacks PostgreSQL the test says so and is skipped.

pub mod dns;
pub mod neighbour;
pub mod postgres;
pub mod second_factor;
pub mod stall;
pub mod store;
pub mod timing;
pub mod web;

pub use waxwing_store;
