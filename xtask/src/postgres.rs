//! A PostgreSQL cluster of our own: a fresh directory, a free port, gone when dropped.
//!
//! Promise: no cluster of the machine is touched. Limit: it answers anybody on this machine while
//! it runs (loopback, no password) and forgets everything on a power cut: it holds test data only.

use crate::needs::{is_root, postgres_bin};
use crate::tool::{run, say};
use anyhow::{Context as _, Result};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// A running cluster.
pub struct Cluster {
    bin: PathBuf,
    dir: PathBuf,
    port: u16,
}

impl Cluster {
    /// Makes and starts one.
    pub fn start() -> Result<Self> {
        let bin = postgres_bin().context("PostgreSQL is not installed")?;
        let dir = std::env::temp_dir().join(format!("waxwing-postgres-{}", std::process::id()));
        std::fs::create_dir(&dir)?;
        if is_root() {
            // PostgreSQL refuses to run as root.
            run(Command::new("chown").arg("postgres").arg(&dir))?;
        }
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let cluster = Self { bin, dir, port };
        let data = cluster.dir.join("data");
        run(cluster
            .program("initdb")
            .args(["-A", "trust", "-U", "waxwing", "-E", "UTF8", "--no-sync", "-D"])
            .arg(&data)
            .stdout(Stdio::null()))?;
        run(cluster
            .control("start")
            .args(["-w", "-o", &cluster.options(), "-l"])
            .arg(cluster.dir.join("log"))
            .stdout(Stdio::null()))?;
        Ok(cluster)
    }

    /// Its address; ends in the name of a database to connect to.
    pub fn url(&self) -> String {
        format!("postgres://waxwing@127.0.0.1:{}/postgres", self.port)
    }

    fn options(&self) -> String {
        let socket = self.dir.display();
        format!(
            "-p {} -k {socket} -c listen_addresses=127.0.0.1 -c max_connections=400 -c shared_buffers=128MB \
             -c fsync=off -c full_page_writes=off",
            self.port
        )
    }

    fn program(&self, name: &str) -> Command {
        program(&self.bin.join(name), &self.dir)
    }

    fn control(&self, what: &str) -> Command {
        let mut command = self.program("pg_ctl");
        command.arg(what).arg("-D").arg(self.dir.join("data"));
        command
    }
}

/// As the user `postgres` where we are root.
fn program(path: &Path, dir: &Path) -> Command {
    let mut command = Command::new(path);
    if is_root() {
        command = Command::new("runuser");
        command.args(["-u", "postgres", "--"]).arg(path);
    }
    command.current_dir(dir).stdin(Stdio::null());
    command
}

impl Drop for Cluster {
    fn drop(&mut self) {
        if let Err(error) = run(self.control("stop").args(["-m", "immediate"]).stdout(Stdio::null())) {
            say(&format!("xtask: the test PostgreSQL did not stop: {error:#}"));
        }
        if let Err(error) = std::fs::remove_dir_all(&self.dir) {
            say(&format!("xtask: {} could not be removed: {error}", self.dir.display()));
        }
    }
}
