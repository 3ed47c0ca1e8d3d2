//! A crowd of people, letters to them, and the mailboxes they have: what the tests of outages share.

use super::house::House;
use serde_json::Value;
use std::fmt::Write as _;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use tempfile::TempDir;
use waxwing_demo::browser::{Answer, Browser};
use waxwing_demo::capture::{Act, CaptureOptions, CaptureServer, Rule, Rules};

/// How long anything may take.
pub const PATIENCE: Duration = Duration::from_secs(240);

/// In every address of the crowd; looked for in errors and logs.
pub const MARK: &str = "quorvane";

/// A crowd, and what lies outside of the installation.
pub struct Crowd {
    /// Files that the installation does not own.
    pub outside: TempDir,
    /// Where the mail goes: slowly, so that there is a middle to be interrupted in.
    pub mailboxes: CaptureServer,
    key: String,
}

impl Crowd {
    /// Mailboxes that `house` can mail to, and a key of its API.
    pub async fn beside(house: &House) -> Self {
        let rules = Rules::accept_all().first(Rule::local("", Act::Slow(Duration::from_millis(40))));
        let options = CaptureOptions { rules, ..CaptureOptions::default() };
        let mailboxes = CaptureServer::start(SocketAddr::from(([127, 0, 0, 1], 0)), options).await.expect("loopback");
        house.ask(&["relay", "add", "mailboxes", "--url", &format!("smtp://{}?tls=none", mailboxes.address())]);
        let key = house.ask(&["api-key", "create", "test", "--scope", "read,write,import,send"]);
        let key = key["key"].as_str().expect("a key").to_owned();
        Self { outside: tempfile::tempdir().expect("a directory"), mailboxes, key }
    }

    /// A CSV file of so many people.
    pub fn csv(&self, name: &str, people: usize) -> PathBuf {
        let text = (0..people).fold(String::from("email,first_name\n"), |mut text, n| {
            writeln!(text, "{MARK}{n}@postbox.example,{MARK}{n}").expect("memory");
            text
        });
        self.write(name, &text)
    }

    /// A letter to a list.
    pub fn letter(&self, list: &str) -> PathBuf {
        let letter = format!(
            "from = \"Larkfield <letters@larkfield.example>\"\nsubject = \"News\"\nlist = \"{list}\"\n\
             format = \"markdown\"\nbody = \"Dear {{{{ subscriber.first_name }}}}, hello.\"\n"
        );
        self.write("letter.toml", &letter)
    }

    /// A program that uses the API of a server.
    pub fn program(&self, server: SocketAddr) -> Browser {
        Browser::new(server).expect("loopback").with_key(&self.key)
    }

    /// Asks the API until the answer is as it should be; errors of an outage are waited through.
    pub async fn until(&self, server: SocketAddr, path: &str, enough: impl Fn(&Value) -> bool) -> Value {
        let (mut program, begun) = (self.program(server), Instant::now());
        let mut last = Value::Null;
        while begun.elapsed() < PATIENCE {
            if let Ok(answer) = program.get(path).await {
                last = answer.json();
                if answer.status.is_success() && enough(&last) {
                    return last;
                }
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        panic!("{path} stays at {last}")
    }

    /// Waits until the newest import is as it should be.
    pub async fn import_until(&self, server: SocketAddr, enough: impl Fn(&Value) -> bool) -> Value {
        let page = self.until(server, "/api/v1/imports", |page| {
            assert_ne!(page["items"][0]["state"], "failed", "{page}");
            enough(&page["items"][0])
        });
        page.await["items"][0].clone()
    }

    /// Waits until a campaign is sent, then judges: everybody has an outcome, nobody has two letters.
    pub async fn judge(&self, server: SocketAddr, campaign: &str, audience: usize) -> Value {
        let path = format!("/api/v1/campaigns/{campaign}/report");
        let report = self.until(server, &path, |report| report["pending"] == 0 && report["deferred"] == 0).await;
        let number = |part: &str| report[part].as_u64().expect("a number");
        let parts = ["accepted", "deferred", "failed", "skipped", "unknown", "pending"];
        assert_eq!(parts.map(number).iter().sum::<u64>(), audience as u64, "{report}");
        assert_eq!((number("audience"), number("failed")), (audience as u64, 0), "{report}");
        let letters = self.mailboxes.captured().deliveries();
        assert!(letters.values().all(|copies| *copies == 1), "nobody gets two letters");
        let arrived = letters.len() as u64;
        assert!(number("accepted") <= arrived && arrived <= number("accepted") + number("unknown"), "{report}");
        report
    }

    fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.outside.path().join(name);
        std::fs::write(&path, text).expect("writes");
        path
    }
}

/// An answer that says plainly that it cannot be done now, and nothing of anybody.
pub fn assert_unavailable(answer: &Answer, words: &str) {
    assert_eq!(answer.status.as_u16(), 503, "{}", answer.body);
    assert!(answer.body.contains(words) && !answer.body.contains(MARK), "{}", answer.body);
}

/// Nobody of the crowd stands in a log.
pub fn assert_silent(log: &Path) {
    let text = std::fs::read_to_string(log).expect("a log");
    let line = text.lines().find(|line| line.contains(MARK));
    assert_eq!(line, None, "a person stands in the log");
}

/// A path as an argument.
pub fn word(path: &Path) -> &str {
    path.to_str().expect("a plain path")
}
