//! The shell, asked from outside, in process.

mod api;
mod content_host;
mod forms;
mod hosts;
mod log;
mod pages;
mod site;
mod socket;
mod uploads;
