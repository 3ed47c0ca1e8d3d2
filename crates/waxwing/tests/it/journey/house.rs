//! An installation in a temporary place, driven through the binary.

use serde_json::Value;
use std::fs::OpenOptions;
use std::io::{BufRead as _, BufReader};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;
use waxwing_store::{DatabaseUrl, Engine};
use waxwing_testkit::neighbour::Neighbour;
use waxwing_testkit::store::fresh_postgres;

/// The owner of every test installation.
pub const OWNER: &str = "owner@larkfield.example";

/// An installation.
pub struct House {
    // Looked at a last time before the place goes.
    _neighbour: Option<Neighbour>,
    /// Its place; gone with this value.
    pub dir: TempDir,
    database: Option<String>,
    /// What `init` answered.
    pub founded: Value,
}

impl House {
    /// A fresh one on `engine`, beside a neighbour that nobody may see or touch; `None` where there is
    /// no PostgreSQL to test on.
    pub async fn found(engine: Engine) -> Option<Self> {
        let database = match engine {
            Engine::Sqlite => None,
            Engine::Postgres => Some(fresh_postgres().await?),
        };
        let house = Self::found_in(tempfile::tempdir().expect("a directory"), database);
        Some(Self { _neighbour: Some(Neighbour::plant(&house.stored()).await), ..house })
    }

    /// A fresh one in `dir`, on the database of this address or the embedded one.
    pub fn found_in(dir: TempDir, database: Option<String>) -> Self {
        let mut house = Self { _neighbour: None, dir, database, founded: Value::Null };
        let mut words = vec!["init", "--owner", OWNER, "--organisation", "Larkfield", "--postal", "4 Orchard Lane"];
        let database = house.database.clone();
        words.extend(database.iter().flat_map(|url| ["--database", url.as_str()]));
        house.founded = house.ask(&words);
        house
    }

    /// Where its database is.
    pub fn stored(&self) -> DatabaseUrl {
        match &self.database {
            None => DatabaseUrl::Sqlite(self.data().join("waxwing.db")),
            Some(url) => DatabaseUrl::Postgres(url.clone()),
        }
    }

    /// The data directory.
    pub fn data(&self) -> PathBuf {
        self.dir.path().join("data")
    }

    /// A command on this installation.
    pub fn command(&self, words: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_waxwing"));
        command.args(words).arg("--data").arg(self.data()).env_remove("WAXWING_DATABASE").stdin(Stdio::null());
        command
    }

    /// Runs a command to its end.
    pub fn run(&self, words: &[&str]) -> Output {
        let output = self.command(words).output().expect("the binary starts");
        Neighbour::spot(&String::from_utf8_lossy(&output.stdout));
        output
    }

    /// Runs a command that must succeed; gives its JSON.
    pub fn ask(&self, words: &[&str]) -> Value {
        let output = self.run(&[words, &["--json"]].concat());
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{words:?}: {said}");
        last_json(&output)
    }

    /// Runs a command that must fail; gives what it said.
    pub fn refuse(&self, words: &[&str]) -> String {
        let output = self.run(words);
        assert!(!output.status.success(), "{words:?} succeeded");
        String::from_utf8_lossy(&output.stderr).into_owned()
    }

    /// Starts serving on a free port.
    pub fn serve(&self) -> Serving {
        Serving::start(self.command(&["serve", "--listen", "127.0.0.1:0"]).stderr(Stdio::null()))
    }

    /// The same, with a setting from the environment.
    pub fn serve_with(&self, name: &str, value: &str) -> Serving {
        let mut command = self.command(&["serve", "--listen", "127.0.0.1:0"]);
        Serving::start(command.env(name, value).stderr(Stdio::null()))
    }

    /// The same, with its whole log in a file.
    pub fn serve_to(&self, log: &Path) -> Serving {
        let log = OpenOptions::new().create(true).append(true).open(log).expect("a log");
        let mut command = self.command(&["serve", "--listen", "127.0.0.1:0"]);
        Serving::start(command.env("WAXWING_LOG", "debug").stderr(log))
    }
}

/// The one JSON object that a command printed last.
pub fn last_json(output: &Output) -> Value {
    let text = String::from_utf8_lossy(&output.stdout);
    serde_json::from_str(text.lines().last().unwrap_or_default()).unwrap_or_else(|e| panic!("{e}: {text}"))
}

/// A running server; killed when dropped.
pub struct Serving {
    child: Child,
    /// Where it listens.
    pub address: SocketAddr,
}

impl Serving {
    fn start(command: &mut Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).spawn().expect("the binary starts");
        let lines = BufReader::new(child.stdout.take().expect("piped")).lines();
        let mut addresses = lines
            .map_while(Result::ok)
            .filter_map(|line| line.split("listening on ").nth(1)?.split(')').next()?.parse().ok());
        let address = addresses.next().expect("it says where it listens");
        Self { child, address }
    }

    /// Whether it still runs.
    pub fn is_up(&mut self) -> bool {
        self.child.try_wait().expect("it can be waited for").is_none()
    }

    /// Kills it as a power cut would.
    pub fn kill(mut self) {
        self.child.kill().expect("it runs");
        self.child.wait().expect("it ends");
    }

    /// Asks it to end; gives whether it ended well within 30 seconds.
    pub fn end(mut self) -> bool {
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &pid]).status().expect("kill runs").success());
        let asked = Instant::now();
        while asked.elapsed() < Duration::from_secs(30) {
            if let Some(status) = self.child.try_wait().expect("it can be waited for") {
                return status.success();
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        false
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        // Fails only when it has ended already.
        let _ended = self.child.kill();
        let _ended = self.child.wait();
    }
}
