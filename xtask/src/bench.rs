//! `cargo xtask bench NAME`: measurements, built in release, as examples of the crates they measure.

use crate::needs;
use crate::postgres::Cluster;
use crate::tool::{self, cargo, say};
use anyhow::{Result, bail};

/// Name, crate, example, whether it wants a PostgreSQL.
const BENCHES: &[(&str, &str, &str, bool)] = &[
    ("send", "waxwing-app", "bench_send", true),
    ("import", "waxwing-app", "bench_import", true),
    ("record", "waxwing-app", "bench_record", true),
    ("incident", "waxwing-breach", "bench_incident", true),
    ("detect", "waxwing-detect", "bench_detect", false),
];

/// Runs one, passing `rest` on to it.
pub fn run(name: &str, rest: &[&str]) -> Result<()> {
    let Some((_, package, example, stores)) = BENCHES.iter().find(|(known, ..)| *known == name) else {
        let known: Vec<&str> = BENCHES.iter().map(|(name, ..)| *name).collect();
        bail!("there is no bench {name}; there are: {}", known.join(", "));
    };
    let mut command = cargo(&["run", "--quiet", "--release", "--package", package, "--example", example, "--"]);
    command.args(rest);
    if !stores {
        say(&machine());
        return tool::run(&mut command);
    }
    needs::for_benches()?;
    let cluster = Cluster::start()?;
    say(&machine());
    tool::run(command.env("WAXWING_TEST_POSTGRES", cluster.url()))
}

/// The machine that figures were taken on.
fn machine() -> String {
    let read = |path: &str| std::fs::read_to_string(path).unwrap_or_default();
    let field = |text: &str, name: &str| {
        let line = text.lines().find(|line| line.starts_with(name)).and_then(|line| line.split(':').nth(1));
        line.map_or_else(|| "unknown".to_owned(), |value| value.trim().to_owned())
    };
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let memory = field(&read("/proc/meminfo"), "MemTotal");
    format!("machine: {cores} cores, {}, memory {memory}", field(&read("/proc/cpuinfo"), "model name"))
}
