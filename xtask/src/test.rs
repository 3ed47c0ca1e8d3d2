//! `cargo xtask test`: every test, then the lints.

use crate::postgres::Cluster;
use crate::tool::{cargo, find, say, watch, works};
use crate::{lint, needs};
use anyhow::{Result, bail};
use std::env;
use std::ffi::OsString;
use std::fmt;
use std::num::NonZero;
use std::path::PathBuf;
use std::process::Command;

/// What was counted.
#[derive(Default)]
struct Totals {
    passed: u64,
    /// Those of them that passed only when they were tried again.
    again: u64,
    failed: u64,
}

/// What the tests find through their environment.
struct Tools {
    path: OsString,
    axe: PathBuf,
    provider: PathBuf,
    schemathesis: PathBuf,
}

/// Runs the tests whose names contain one of `names`, or all of them and the lints.
pub fn run(names: &[&str]) -> Result<()> {
    needs::for_tests()?;
    let (axe, provider, schemathesis) = (needs::axe()?, needs::provider()?, needs::schemathesis()?);
    let tools = Tools { path: search_path()?, axe, provider, schemathesis };
    let cluster = Cluster::start()?;
    let mut totals = Totals::default();
    let mut good = step(&mut unit_and_journey(names), &cluster, &tools, &mut totals)?;
    if names.is_empty() {
        good &= step(&mut cargo(&["test", "--workspace", "--doc"]), &cluster, &tools, &mut totals)?;
    }
    drop(cluster);
    let lints = if names.is_empty() { lint::run() } else { Ok(()) };
    say(&totals.to_string());
    if !good || totals.failed > 0 {
        bail!("some tests failed");
    }
    lints
}

/// Through nextest where it is installed, for it runs tests side by side.
fn unit_and_journey(names: &[&str]) -> Command {
    let mut command = if works("cargo-nextest", &["nextest", "--version"]) {
        // A try that failed is tried once more and counted: it says so at the end.
        let mut nextest = cargo(&["nextest", "run", "--workspace", "--no-fail-fast", "--color=never"]);
        nextest.args(["--no-tests=pass", "--retries=1"]).arg(threads());
        nextest
    } else {
        cargo(&["test", "--workspace", "--lib", "--bins", "--tests", "--no-fail-fast", "--"])
    };
    command.args(names);
    command
}

/// One more than there are cores: drills, and tests without a database, mostly wait.
fn threads() -> String {
    let cores = std::thread::available_parallelism().map_or(1, NonZero::get);
    format!("--test-threads={}", cores + 1)
}

/// One program under the tests' environment; says whether it succeeded.
fn step(command: &mut Command, cluster: &Cluster, tools: &Tools, totals: &mut Totals) -> Result<bool> {
    command
        .env("PATH", &tools.path)
        .env("WAXWING_AXE", &tools.axe)
        .env("WAXWING_OIDC_PROVIDER", &tools.provider)
        .env("WAXWING_SCHEMATHESIS", &tools.schemathesis)
        .env("WAXWING_TEST_POSTGRES", cluster.url())
        .env("WAXWING_REQUIRE_ORACLES", "1");
    if let Some(chromium) = needs::chromium() {
        command.env("WAXWING_CHROMIUM", chromium);
    }
    if let Some(driver) = find("chromedriver", &[]) {
        command.env("WAXWING_CHROMEDRIVER", driver);
    }
    watch(command, |line| totals.count(line))
}

/// The search path, with a `python3` that has dkimpy in front.
fn search_path() -> Result<OsString> {
    let path = env::var_os("PATH").unwrap_or_default();
    let before = needs::verifier_path()?;
    Ok(env::join_paths(before.into_iter().chain(env::split_paths(&path)))?)
}

impl fmt::Display for Totals {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { passed, again, failed } = self;
        match again {
            0 => write!(f, "{passed} passed, {failed} failed"),
            _ => write!(f, "{passed} passed ({again} only when tried again), {failed} failed"),
        }
    }
}

impl Totals {
    /// `test result: ok. 3 passed; 0 failed; …` and nextest's `Summary [ 1.2s] 9 tests run: 8 passed, 1 failed`.
    fn count(&mut self, line: &str) {
        // What nextest quotes of a test that failed is indented, and counted in its summary.
        let counts = match (line.strip_prefix("test result:"), line.trim().strip_prefix("Summary [")) {
            (Some(rest), _) => rest,
            (_, Some(rest)) => rest.split("tests run:").nth(1).unwrap_or_default(),
            _ => return,
        };
        self.passed += number_before(counts, "passed");
        self.again += number_before(counts, "flaky");
        self.failed += number_before(counts, "failed");
    }
}

fn number_before(text: &str, word: &str) -> u64 {
    let words: Vec<&str> = text.split([' ', ',', ';', '.', '(', ')']).filter(|w| !w.is_empty()).collect();
    words.windows(2).find(|pair| pair[1] == word).and_then(|pair| pair[0].parse().ok()).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_kinds_of_summary_are_counted() {
        let mut totals = Totals::default();
        totals.count("test result: ok. 3 passed; 1 failed; 0 ignored; 0 measured");
        totals.count("     Summary [   1.234s] 9 tests run: 7 passed (1 slow, 1 flaky), 2 failed, 1 skipped");
        totals.count("test some_summary ... ok");
        totals.count("    test result: FAILED. 0 passed; 1 failed");
        assert_eq!((totals.passed, totals.again, totals.failed), (10, 1, 3));
        assert_eq!(totals.to_string(), "10 passed (1 only when tried again), 3 failed");
    }
}
