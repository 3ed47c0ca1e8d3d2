//! A PostgreSQL cluster of one test's own, which may be crashed and read file by file.
//!
//! Promise: a fresh directory and a free port, gone with the value; no cluster of the machine is
//! touched. Limit: it answers anybody on this machine while it runs (loopback, no password) and
//! does not survive a power cut, only a crash of its processes: it holds test data only.

use rustix::process::geteuid;
use std::io::Write as _;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use tempfile::TempDir;

/// Every statement with its values goes to the log, as on the most talkative server.
const SETTINGS: &str = "-c listen_addresses=127.0.0.1 -c fsync=off -c max_connections=60 -c shared_buffers=32MB \
                        -c log_statement=all -c log_min_messages=info";

/// A cluster.
pub struct Cluster {
    bin: PathBuf,
    dir: TempDir,
    port: u16,
}

impl Cluster {
    /// Makes and starts one; `None`, with a word on stderr, where PostgreSQL is not installed.
    pub fn start() -> Option<Self> {
        let Some(bin) = programs() else {
            let required = std::env::var("WAXWING_REQUIRE_ORACLES").is_ok_and(|v| v == "1");
            assert!(!required, "PostgreSQL 15 or later is required and missing");
            // Nobody left to read is no reason to stop.
            let _gone = writeln!(std::io::stderr(), "SKIPPED on PostgreSQL: 15 or later is not installed");
            return None;
        };
        let dir = tempfile::tempdir().expect("a directory");
        if geteuid().is_root() {
            // PostgreSQL refuses to run as root.
            run(Command::new("chown").arg("postgres").arg(dir.path()));
        }
        let free = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr());
        let cluster = Self { bin, dir, port: free.expect("a free port").port() };
        let mut init = cluster.program("initdb");
        init.args(["-A", "trust", "-U", "waxwing", "-E", "UTF8", "--no-sync", "-D"]).arg(cluster.data());
        run(&mut init);
        cluster.start_again();
        Some(cluster)
    }

    /// Its address.
    pub fn url(&self) -> String {
        format!("postgres://waxwing@127.0.0.1:{}/postgres", self.port)
    }

    /// Everything it keeps: tables, write-ahead log, server log.
    pub fn folder(&self) -> &Path {
        self.dir.path()
    }

    /// Ends it as a crash would: nothing is written any more, connections break.
    pub fn crash(&self) {
        run(self.control("stop").args(["-m", "immediate"]));
    }

    /// Ends it well: all of it lies in its files.
    pub fn stop(&self) {
        run(self.control("stop").args(["-m", "fast"]));
    }

    /// Starts it after [`crash`](Self::crash) or [`stop`](Self::stop).
    pub fn start_again(&self) {
        let options = format!("-p {} -k {} {SETTINGS}", self.port, self.dir.path().display());
        run(self.control("start").args(["-w", "-o", &options, "-l"]).arg(self.dir.path().join("log")));
    }

    fn data(&self) -> PathBuf {
        self.dir.path().join("data")
    }

    fn control(&self, what: &str) -> Command {
        let mut command = self.program("pg_ctl");
        command.arg(what).arg("-D").arg(self.data());
        command
    }

    /// A program of PostgreSQL, as the user `postgres` where we are root.
    fn program(&self, name: &str) -> Command {
        let path = self.bin.join(name);
        let mut command = Command::new(&path);
        if geteuid().is_root() {
            command = Command::new("runuser");
            command.args(["-u", "postgres", "--"]).arg(path);
        }
        command.current_dir(self.dir.path());
        command
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        // Fails when the test stopped it already.
        let _ended =
            self.control("stop").args(["-m", "immediate"]).stdout(Stdio::null()).stderr(Stdio::null()).status();
    }
}

fn run(command: &mut Command) {
    let status = command.stdin(Stdio::null()).stdout(Stdio::null()).status().expect("the program starts");
    assert!(status.success(), "{}: {status}", command.get_program().to_string_lossy());
}

/// Where the programs of the newest PostgreSQL of 15 or later are.
fn programs() -> Option<PathBuf> {
    let versions = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let versions = versions.filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
    let debian = versions.filter(|&version| version >= 15).max();
    let debian = debian.map(|version| PathBuf::from(format!("/usr/lib/postgresql/{version}/bin")));
    let path = std::env::var_os("PATH").unwrap_or_default();
    debian.or_else(|| std::env::split_paths(&path).find(|folder| folder.join("initdb").is_file()))
}
