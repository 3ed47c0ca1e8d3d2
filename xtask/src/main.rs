//! Chores of the repository: `cargo xtask test`, `cargo xtask lint`, `cargo xtask bench …`.
//!
//! Promise: `test` needs nothing prepared: on Debian it installs what is missing when it may, and
//! elsewhere it says exactly what to install; the PostgreSQL it tests on is its own and is gone
//! afterwards. Limit: Linux only, and the first build needs the crate and npm registries.

mod bench;
mod lint;
mod needs;
mod postgres;
mod test;
mod tool;

use std::process::ExitCode;

const HELP: &str = "\
cargo xtask test           set up what tests need and run every test, then the lints
cargo xtask test NAME…     only the tests whose names contain NAME
cargo xtask lint           format, clippy
cargo xtask bench NAME     measure: send, import, record, detect (built in release; figures beside the machine's limits)";

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let done = match words.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["test", names @ ..] => test::run(names),
        ["lint"] => lint::run(),
        ["bench", name, rest @ ..] => bench::run(name, rest),
        _ => {
            tool::say(HELP);
            return ExitCode::FAILURE;
        }
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tool::say(&format!("xtask: {error:#}"));
            ExitCode::FAILURE
        }
    }
}
